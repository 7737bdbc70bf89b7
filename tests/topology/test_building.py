"""Images: their tags say what is in them, the same source finds its image, a failed build says where it failed."""

from typing import TYPE_CHECKING

import pytest

from harness.config import base_image
from harness.errors import EnvironmentFault
from harness.topology import building
from harness.topology.building import Context, built, context

if TYPE_CHECKING:
    from docker import DockerClient

MEGABYTE = 1_000_000


@pytest.mark.parametrize("server", ["broadcaster", "backend"])
def test_an_image_holds_its_own_server_and_nothing_else_of_ours(server: str) -> None:
    """What both need, and no test, no plugin, no other server."""
    made_of = context(server)

    packages = {path.split("/")[1] for path in made_of.files if path.startswith("harness/")}
    servers = {
        path.split("/")[2] for path in made_of.files if path.startswith("harness/servers/") and path.count("/") > 2
    }
    assert packages == {"__init__.py", "errors.py", "lifetime.py", "protocol", "servers"}
    assert servers == {server}
    assert not [path for path in made_of.files if "__pycache__" in path]
    assert "msgspec>=" in made_of.files["requirements.txt"].decode()


def test_a_tag_changes_with_whatever_decides_what_is_in_it() -> None:
    """Source, base, requirements; and with nothing else."""
    one = Context("backend", "base", {"a": b"1"})
    others = [
        Context("backend", "base", {"a": b"2"}),
        Context("backend", "base", {"b": b"1"}),
        Context("broadcaster", "base", {"a": b"1"}),
        Context("backend", "other", {"a": b"1"}),
    ]

    assert one.tag("") == Context("backend", "base", {"a": b"1"}).tag("")
    assert len({one.tag(""), one.tag("sha256:1"), *(other.tag("") for other in others)}) == 6
    assert one.archive().read() == one.archive().read()


def test_an_image_is_built_once_and_small(client: "DockerClient") -> None:
    """It is found again by its tag, runs as nobody in particular, and stays below 200 MB."""
    for server in ("broadcaster", "backend"):
        made_of = context(server, base_image())
        tag = built(client, made_of)
        image = client.images.get(tag)

        assert built(client, made_of) == tag
        assert image.attrs["Size"] < 200 * MEGABYTE
        assert image.attrs["Config"]["User"] == "65534:65534"
        assert image.attrs["Config"]["Healthcheck"]["Test"][:2] == ["CMD", "python3"]


def test_a_base_that_does_not_exist_is_one_sentence(client: "DockerClient") -> None:
    """It names the base, and the engine's own words."""
    made_of = context("broadcaster", "localhost:1/no-such-base:latest")

    with pytest.raises(
        EnvironmentFault, match="the image of the broadcaster cannot be built on localhost:1/no-such-base"
    ):
        built(client, made_of)


def test_a_build_that_fails_shows_its_last_lines(client: "DockerClient") -> None:
    """Whoever wrote the Dockerfile needs them."""
    base = base_image() or building.BASE
    dockerfile = f"FROM {base}\nRUN echo what is going on here && exit 3\n".encode()

    with pytest.raises(EnvironmentFault, match=r"cannot be built on .*\n(.*\n)*    what is going on here"):
        built(client, Context("broadcaster", base, {"Dockerfile": dockerfile}))


def test_every_distribution_that_a_server_needs_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that our metadata do not name would be installed in any version."""
    monkeypatch.setattr(building.metadata, "requires", lambda _: ["msgspec>=0.19"])

    with pytest.raises(EnvironmentFault, match="do not say which h11, websockets to install"):
        context("broadcaster")
