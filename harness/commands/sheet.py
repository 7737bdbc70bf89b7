"""What `realtime up` says about a stack: a sheet for a person, one JSON object for a program."""

import json

from harness.config import Person, TargetDeclaration

_HIDDEN = "PASSWORD"


def as_json(target: TargetDeclaration) -> str:
    """Give everything that is needed to use the stack, secrets included, as one line of JSON."""
    return json.dumps(
        {
            "backend": target.backend.url,
            "broadcaster": target.broadcaster.url,
            "api": target.broadcaster.api_url,
            "dialect": target.broadcaster.dialect,
            "app_id": target.broadcaster.app_id,
            "key": target.broadcaster.key,
            "secret": target.broadcaster.secret,
            "people": [{name: getattr(person, name) for name in person.__struct_fields__} for person in target.cast],
            "echo": echo_line(target, passwords=True),
        },
        ensure_ascii=False,
    )


def as_text(target: TargetDeclaration, *, passwords: bool) -> str:
    """Give the sheet for a person; without `passwords` it says how to get at them instead."""
    broadcaster = target.broadcaster
    lines = [
        "The embedded stack is up; Ctrl-C ends it.",
        "",
        f"  chat page    {target.backend.url}/",
        f"  backend      {target.backend.url}",
        f"  broadcaster  {broadcaster.url}  ({broadcaster.dialect}; signed HTTP API at {broadcaster.api_url})",
        f"  app          id {broadcaster.app_id}, key {broadcaster.key}  (secret: --json or --target-file)",
        "",
        "  people" if passwords else "  people  (passwords: on a terminal, with --json or --target-file)",
        *_table(target.cast, passwords=passwords),
        "",
        '  Echo, in a module that imports Echo from "laravel-echo" and Pusher from "pusher-js":',
        f"  {echo_line(target, passwords=passwords)}",
    ]
    return "\n".join(lines)


def echo_line(target: TargetDeclaration, *, passwords: bool) -> str:
    """Give the JavaScript that logs the first of the cast in and connects Laravel Echo as that person."""
    host, _, port = target.broadcaster.url.removeprefix("ws://").rpartition(":")
    login, authorize = target.backend.contract.login, target.backend.contract.authorize
    if not (login and authorize and target.cast):
        return "// nobody can log in"
    first = target.cast[0]
    credentials = json.dumps({"email": first.email, "password": first.password if passwords else _HIDDEN})
    return (
        f'const echo = new Echo({{ broadcaster: "reverb", Pusher, key: "{target.broadcaster.key}", wsHost: "{host}", '
        f'wsPort: {port}, forceTLS: false, enabledTransports: ["ws"], '
        f'authEndpoint: "{target.backend.url}{authorize.path}", auth: {{ headers: {{ Authorization: "Bearer " + '
        f'(await (await fetch("{target.backend.url}{login.path}", {{ method: "POST", '
        f'headers: {{ "Content-Type": "application/json", Accept: "application/json" }}, '
        f"body: '{credentials}' }})).json()).{login.token} }} }} }});"
    )


def _table(people: tuple[Person, ...], *, passwords: bool) -> list[str]:
    rows = [
        (
            one.name,
            f"id {one.id}",
            f"company {one.company}",
            one.email,
            one.password if passwords else "",
            one.display_name,
        )
        for one in people
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "    " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True) if width).rstrip()
        for row in rows
    ]
