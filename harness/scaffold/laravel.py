"""
What a Laravel application says about itself in its files, without running any of it.

Text is looked for, PHP is not understood: what is found is a proposal for a file that a person reads, and what is not
found is left at its default and said (PROTOCOL.md, sections 8 and 9).
"""

import re
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Final

import msgspec
from dotenv import dotenv_values

from harness.scaffold.project import Channel, Found, Remark
from harness.scaffold.reading import text_of

_CHANNEL: Final = re.compile(
    r"Broadcast::channel\(\s*(['\"])(?P<name>[^'\"]+)\1(?P<rest>.*?)(?=Broadcast::channel\(|\Z)", re.DOTALL
)
_ROUTES: Final = re.compile(r"Broadcast::routes\(|withBroadcasting\(")
_PREFIX: Final = re.compile(
    r"(?:Broadcast::routes|withBroadcasting)\([^;]*?['\"]prefix['\"]\s*=>\s*['\"]([^'\"]*)['\"]", re.DOTALL
)
_GUARD: Final = re.compile(r"auth:[a-z_,]+")
_EVENT: Final = re.compile(r"class\s+(?P<name>\w+)[^{]*\bimplements\b[^{]*\bShouldBroadcast(?P<now>Now)?\b")
_NAMESPACE: Final = re.compile(r"^namespace\s+([\w\\]+);", re.MULTILINE)
_ALIAS: Final = re.compile(r"function\s+broadcastAs\(\)[^{]*\{\s*return\s+['\"]([^'\"]+)['\"]")
_LOGIN: Final = re.compile(r"Route::post\(\s*['\"]/?([\w/-]*log-?in)['\"]", re.IGNORECASE)
_COMMENT: Final = re.compile(r"/\*[\s\S]*?(?:\*/|\Z)|(?<![:'\"])//[^\n]*|^\s*#(?!\[)[^\n]*", re.MULTILINE)
_LISTS: Final = re.compile(r"=>\s*\[|return\s*\[")

_MEANINGS: Final = {
    "company": ("company", "tenant", "team", "organi"),
    "conversation": ("conversation", "chat", "room", "thread"),
    "user": ("user", "id"),
}
"""Our placeholder ← what the name of one of theirs may hold; the first that fits."""

_WHERE_ROUTES_STAND: Final = ("bootstrap/app.php", "routes/*.php", "app/Providers/*.php")


def is_laravel(folder: Path) -> bool:
    """Tell whether a Laravel application begins here."""
    return (folder / "artisan").is_file()


def read_laravel(folder: Path) -> Found:
    """Read what can be read; a file that is missing or unreadable adds nothing but a remark."""
    environment = _environment(folder / ".env")
    remarks: list[Remark] = []
    prefix = _authorization_prefix(folder, remarks)
    found = Found(
        name="laravel",
        backend_url=environment.get("APP_URL", ""),
        authorize=f"POST /{prefix}broadcasting/auth",
        login=_login(folder),
        channels=_channels(folder, remarks),
        env_file=".env" if environment else "",
    )
    spoken = {**_event(folder), **_broadcaster(environment, remarks)}
    return msgspec.structs.replace(found, **spoken, remarks=tuple(remarks))


def _broadcaster(environment: Mapping[str, str], remarks: list[Remark]) -> dict[str, str]:
    connection = environment.get("BROADCAST_CONNECTION") or environment.get("BROADCAST_DRIVER") or ""
    if connection in ("log", "null"):
        remarks.append(Remark(f".env: BROADCAST_CONNECTION is {connection!r}: nothing is sent to any broadcaster"))
    has_reverb = "REVERB_APP_KEY" in environment or (
        "REVERB_HOST" in environment and "PUSHER_APP_KEY" not in environment
    )
    family = "PUSHER" if connection == "pusher" or not has_reverb else "REVERB"
    names = {field: f"{family}_APP_{field.upper()}" for field in ("id", "key", "secret")}
    if names["key"] not in environment:
        if f"{family}_HOST" not in environment:
            return {}
        remarks.append(Remark(f".env: {names['key']} is missing or empty: no client can connect without a key"))
    host, port = environment.get(f"{family}_HOST", ""), environment.get(f"{family}_PORT", "")
    scheme = "ws" if environment.get(f"{family}_SCHEME", "https") == "http" else "wss"
    if not host and (cluster := environment.get("PUSHER_APP_CLUSTER")) and family == "PUSHER":
        host, port = f"ws-{cluster}.pusher.com", ""
    stock = {"ws": "80", "wss": "443"}[scheme]
    address = f"{scheme}://{host}{'' if port in ('', stock) else f':{port}'}" if host else ""
    hosted = host.endswith(".pusher.com")
    dialect = "pusher" if hosted else "reverb"
    api = f"https://api-{environment.get('PUSHER_APP_CLUSTER', '')}.pusher.com" if hosted else ""
    return {
        "broadcaster_url": address,
        "api_url": api,
        "dialect": dialect,
        **{f"app_{field}": f"${{{name}}}" if name in environment else "" for field, name in names.items()},
    }


def _authorization_prefix(folder: Path, remarks: list[Remark]) -> str:
    texts = [text for pattern in _WHERE_ROUTES_STAND for _, text in _php(folder, pattern)]
    if not any(_ROUTES.search(text) for text in texts):
        remarks.append(
            Remark(
                "no Broadcast::routes() and no withBroadcasting() in bootstrap/app.php, routes/ or app/Providers/: "
                "private channels cannot be authorized, so nobody hears them"
            )
        )
    elif not any(_ROUTES.search(text) and _GUARD.search(text) for text in texts):
        remarks.append(Remark("the broadcasting routes name no guard (auth:sanctum): a bearer token is ignored there"))
    prefixes = [found[1].strip("/") for text in texts if (found := _PREFIX.search(text))]
    return f"{prefixes[0]}/" if prefixes and prefixes[0] else ""


def _login(folder: Path) -> str:
    for _, text in _php(folder, "routes/api.php"):
        if found := _LOGIN.search(text):
            return f"POST /api/{found[1].lstrip('/')}"
    return ""


def _channels(folder: Path, remarks: list[Remark]) -> tuple[Channel, ...]:
    channels = []
    for file, text in _php(folder, "routes/channels.php"):
        for found in _CHANNEL.finditer(text):
            pattern, unknown = _in_our_words(found["name"])
            kind = "presence" if _LISTS.search(found["rest"]) else "private"
            channels.append(Channel(f"{kind}-{pattern}", source=found["name"], unknown=unknown))
        if not channels:
            remarks.append(Remark(f"{file}: no Broadcast::channel(…): every private channel is denied"))
    return tuple(channels)


def _in_our_words(name: str) -> tuple[str, str]:
    """Give a pattern with our placeholders, and the first of theirs that means nothing to us."""
    unknown = ""

    def meant(placeholder: re.Match[str]) -> str:
        nonlocal unknown
        theirs = placeholder[1].lower()
        for ours, hints in _MEANINGS.items():
            if any(hint in theirs for hint in hints) and f"{{{ours}}}" not in taken:
                taken.add(f"{{{ours}}}")
                return f"{{{ours}}}"
        unknown = unknown or placeholder[1]
        return placeholder[0]

    taken: set[str] = set()
    return re.sub(r"\{([^{}]+)\}", meant, name), unknown


def _event(folder: Path) -> dict[str, str]:
    """Name the event that a message most likely is broadcast as: of several, the one whose name says so."""
    names = {}
    for _, text in _php(folder, "app/Events/*.php"):
        if (found := _EVENT.search(text)) is None:
            continue
        space, alias = _NAMESPACE.search(text), _ALIAS.search(text)
        full = f"{space[1]}\\{found['name']}" if space else found["name"]
        names[found["name"]] = (alias[1] if alias else full, "before-answer" if found["now"] else "")
    if not names:
        return {}
    likely = min(names, key=lambda name: ("message" not in name.lower(), name))
    event, publishes = names[likely]
    return {"event": event, "publishes": publishes}


def _environment(file: Path) -> dict[str, str]:
    try:
        text = text_of(file)
    except OSError:
        return {}
    return {name: value for name, value in dotenv_values(stream=StringIO(text)).items() if value}


def _php(folder: Path, pattern: str) -> Iterator[tuple[str, str]]:
    """Give name and text of each such file, comments taken out."""
    for file in sorted(folder.glob(pattern)):
        try:
            text = text_of(file)
        except OSError:
            continue
        yield str(file.relative_to(folder)), _COMMENT.sub("", text)
