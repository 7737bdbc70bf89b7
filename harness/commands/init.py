"""`realtime init`: a first `realtime.toml`, a first test and a CI job, filled in with what the project itself says."""

import sys
from pathlib import Path
from typing import Final, get_args
from urllib.parse import urlsplit

import click
import msgspec

from harness.errors import UsageError
from harness.scaffold.collected import first_test
from harness.scaffold.files import CI, Ci, cast_of, proposed, write
from harness.scaffold.laravel import is_laravel, read_laravel
from harness.scaffold.project import Channel, Found
from harness.scaffold.reading import text_of

_SCHEMES: Final = {"backend": ("http", "https"), "broadcaster": ("ws", "wss")}


@click.command(short_help="Write a first realtime.toml, test and CI job.")
@click.argument("folder", default=".", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--backend", help="Address of the backend, http(s)://…")
@click.option("--broadcaster", help="Address of the WebSocket server, ws(s)://…")
@click.option("--channel", help="Pattern of the conversations' channel, as private-chat.{conversation}.")
@click.option("--people", help="Addresses of alice, bob and eve: a@x,b@x,e@x.")
@click.option("--ci", type=click.Choice(CI), help="Which CI the job is for.")
@click.option("--yes", "-y", is_flag=True, help="Ask nothing; what no option says is taken from the project.")
def init(
    *,
    folder: Path,
    backend: str | None,
    broadcaster: str | None,
    channel: str | None,
    people: str | None,
    ci: str | None,
    yes: bool,
) -> None:
    """
    Write realtime.toml, a first test (where pytest looks for tests) and a CI job into FOLDER; what exists is kept.

    A Laravel application is recognised, and its .env, routes and events are read; secrets are referred to by the names
    of their variables, never copied. On a terminal at most five questions are asked.
    """
    asks = not yes and sys.stdin.isatty()
    found = read_laravel(folder) if is_laravel(folder) else Found()
    if found.name:
        click.echo("found a Laravel application")
    found = msgspec.structs.replace(
        found,
        backend_url=_address("backend", backend, found.backend_url, asks=asks),
        broadcaster_url=_address("broadcaster", broadcaster, found.broadcaster_url, asks=asks),
    )
    if found.backend_url and found.broadcaster_url and not found.app_key:
        found = msgspec.structs.replace(found, app_key="${REVERB_APP_KEY}")
    found = _with_channel(found, channel, asks=asks)
    addresses = people if people is not None else _asked("addresses of alice, bob and eve", "", asks=asks)
    cast = cast_of([one.strip() for one in addresses.split(",") if one.strip()])
    name = "local" if found.is_local else "staging"
    texts = proposed(found, name=name, people=cast, ci=_ci(ci, folder, asks=asks), test=first_test(folder))
    written, kept = write(folder, _without_rivals(texts, folder))
    _tell(found, written, kept, name)


def _asked(question: str, default: str, *, asks: bool) -> str:
    if not asks:
        return default
    return str(click.prompt(f"{question} (Enter to leave out)" if not default else question, default=default)).strip()


def _address(role: str, given: str | None, default: str, *, asks: bool) -> str:
    text = given if given is not None else _asked(f"address of the {role}", default, asks=asks)
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in _SCHEMES[role] and bool(parts.hostname) and parts.port != 0 and "@" not in text
    except ValueError:
        usable = False
    if not usable:
        example = f"{_SCHEMES[role][-1]}://host.example.com"
        raise UsageError(f"--{role} is {text!r}; write an address such as {example} ({' or '.join(_SCHEMES[role])})")
    return text.rstrip("/")


def _with_channel(found: Found, given: str | None, *, asks: bool) -> Found:
    default = next((one.pattern for one in found.channels if "{conversation}" in one.pattern), "")
    pattern = given if given is not None else _asked("pattern of the conversations' channel", default, asks=asks)
    if not pattern or pattern == default:
        return found
    if not pattern.startswith(("private-", "presence-")) or "{conversation}" not in pattern:
        raise UsageError(f"--channel is {pattern!r}; write a pattern such as private-chat.{{conversation}}")
    return msgspec.structs.replace(found, channels=(Channel(pattern), *found.channels))


def _ci(given: str | None, folder: Path, *, asks: bool) -> Ci:
    default: Ci = "gitlab" if (folder / ".gitlab-ci.yml").exists() else "github"
    text = given or _asked(f"CI ({', '.join(CI)})", default, asks=asks)
    for one in get_args(Ci):
        if text == one:
            return one  # type: ignore[no-any-return]
    raise UsageError(f"the CI is {text!r}; allowed are {', '.join(CI)}")


def _without_rivals(texts: dict[str, str], folder: Path) -> dict[str, str]:
    """Leave out a declaration where pyproject.toml has one: two would be an error."""
    try:
        declares = "[tool.realtime" in text_of(folder / "pyproject.toml")
    except OSError:
        declares = False
    return {path: text for path, text in texts.items() if not (declares and path == "realtime.toml")}


def _tell(found: Found, written: list[str], kept: list[str], name: str) -> None:
    for path in written:
        click.echo(f"wrote  {path}")
    for path in kept:
        click.echo(f"kept   {path} (it exists)")
    for remark in found.remarks:
        click.echo(f"note   {remark.sentence}")
    if found.is_reachable:
        click.echo(f"next   set the passwords that realtime.toml names; realtime doctor {name}; pytest -m realtime")
    else:
        click.echo("next   pytest -m realtime   (on the embedded stack; declare your own in realtime.toml)")
