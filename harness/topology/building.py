"""
Images of the reference servers, built from what is installed and kept under the fingerprint of it.

A tag says everything that decides what is in an image: our source, the Dockerfile, the versions that are asked for, the
base. The same source finds its image again; a changed one never finds a stale one.
"""

import hashlib
import io
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from harness.errors import EnvironmentFault

if TYPE_CHECKING:
    from docker import DockerClient

IMAGES: Final = Path(__file__).with_name("images")
"""The folder of the Dockerfiles; each is usable with `docker build` on the folder that `context` makes."""

BASE: Final = "python:3.12-slim"
"""What the images are built on, unless a target says otherwise."""

_LINES: Final = 15
"""Lines of a failed build that are shown."""

_PACKAGE: Final = Path(__file__).parents[1]
_SHARED: Final = ("__init__.py", "errors.py", "protocol", "lifetime.py", "servers/__init__.py", "servers/switch.py")
_NEEDS: Final = {
    "broadcaster": ("h11", "msgspec", "websockets"),
    "backend": ("faker", "h11", "httpcore", "msgspec", "python-multipart", "sqlalchemy", "starlette", "uvicorn"),
}
"""The distributions of ours that each server imports, whose versions our own metadata ask for."""


@dataclass(frozen=True)
class Context:
    """What an image is built from: file contents by their paths."""

    server: str
    base: str
    files: dict[str, bytes] = field(repr=False)

    def tag(self, base_id: str) -> str:
        """Name the image that it makes on a base with this id, or of this name where the base is not here yet."""
        digest = hashlib.sha256((base_id or self.base).encode())
        for path, content in sorted(self.files.items()):
            digest.update(path.encode() + b"\0" + hashlib.sha256(content).digest())
        return f"realtime-harness/{self.server}:{digest.hexdigest()[:16]}"

    def archive(self) -> io.BytesIO:
        """Pack it as the engine wants it; the same content gives the same bytes."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            for path, content in sorted(self.files.items()):
                entry = tarfile.TarInfo(path)
                entry.size, entry.mode = len(content), 0o644
                tar.addfile(entry, io.BytesIO(content))
        packed.seek(0)
        return packed


def context(server: str, base: str = "", *, extras: tuple[str, ...] = ()) -> Context:
    """Gather what the image of a server is built from; `extras` are further distributions, database drivers say."""
    files = {
        "Dockerfile": (IMAGES / server / "Dockerfile").read_bytes(),
        "requirements.txt": "".join(f"{one}\n" for one in _requirements(server, extras)).encode(),
    }
    for path in _sources(server):
        files[f"harness/{path.relative_to(_PACKAGE).as_posix()}"] = path.read_bytes()
    return Context(server, base or BASE, files)


def built(client: "DockerClient", made_of: Context) -> str:
    """
    Give the tag of an image, built if there is none yet.

    Raises `EnvironmentFault` with the last lines of a build that fails, and for a base image that cannot be had.
    """
    tag = made_of.tag(_id_of(client, made_of.base))
    if _id_of(client, tag):
        return tag
    _build(
        client,
        f"the image of the {made_of.server} cannot be built on {made_of.base}",
        fileobj=made_of.archive(),
        custom_context=True,
        tag=tag,
        buildargs={"BASE_IMAGE": made_of.base},
    )
    return tag


def built_from(client: "DockerClient", folder: Path, name: str) -> str:
    """
    Build the image of a service from a folder of somebody's own, and give its id.

    Each time: the engine keeps what did not change. Not by a name, which another project's service may have as well.
    """
    if not (folder / "Dockerfile").is_file():
        raise EnvironmentFault(f"the service {name} is to be built from {folder}, which has no Dockerfile")
    tag = f"realtime-harness/own-{name.lower()}:latest"
    return _build(client, f"the image of {name} cannot be built from {folder}", path=str(folder), tag=tag)


def _build(client: "DockerClient", failing: str, **how: Any) -> str:
    from docker.errors import APIError, BuildError  # noqa: PLC0415 - heavy, see `engine.connect`

    try:
        image, _ = client.images.build(rm=True, forcerm=True, **how)
    except BuildError as error:
        raise EnvironmentFault(f"{failing}: {error}{_end_of(error.build_log)}") from None
    except APIError as error:
        raise EnvironmentFault(f"{failing}: {error.explanation or error}") from None
    return str(image.id)


def _id_of(client: "DockerClient", image: str) -> str:
    from docker.errors import ImageNotFound  # noqa: PLC0415 - as above

    try:
        return str(client.images.get(image).id)
    except ImageNotFound:
        return ""


def _end_of(log: Iterable[Any]) -> str:
    """Quote the last lines of a build."""
    said = "\n".join(str(one.get("stream", "")).rstrip() for one in log if isinstance(one, dict))
    return "".join(f"\n    {line}" for line in [line for line in said.splitlines() if line.strip()][-_LINES:])


def _sources(server: str) -> Iterator[Path]:
    for name in (*_SHARED, f"servers/{server}"):
        path = _PACKAGE / name
        yield from sorted(one for one in ([path] if path.is_file() else path.rglob("*")) if _is_source(one))


def _is_source(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def _requirements(server: str, extras: tuple[str, ...]) -> list[str]:
    """List what to install, in the versions that our own metadata ask for."""
    wanted = {*_NEEDS[server], *extras}
    asked: dict[str, str] = {}
    for line in metadata.requires("realtime-harness") or ():
        requirement = line.partition(";")[0].strip()
        name = _name(requirement)
        if name in wanted:
            asked.setdefault(name, requirement)
    if missing := sorted(wanted - asked.keys()):
        raise EnvironmentFault(f"the metadata of realtime-harness do not say which {', '.join(missing)} to install")
    return [asked[name] for name in sorted(asked)]


def _name(requirement: str) -> str:
    end = next((at for at, one in enumerate(requirement) if not (one.isalnum() or one in "-_.")), len(requirement))
    return requirement[:end].lower().replace("_", "-")
