"""Causes in `realtime.toml` itself: what it says of a target that is well, and is not so."""

from typing import Final
from urllib.parse import urlsplit

from harness.doctor.cause import CERTAIN, LIKELY, Cause, answer_at, either
from harness.doctor.observations import Answer, Seen

_COOKIE: Final = "Set-Cookie"


def _no_cookie(seen: Seen, _: str) -> str:
    answer = seen.login or Answer(asked="")
    if seen.token_path != _COOKIE or not answer.is_ok or answer.data is None:
        return ""
    members = ", ".join(answer.data) if isinstance(answer.data, dict) else type(answer.data).__name__
    return f"{answer.asked} was answered with {answer.status}, {members} and no session cookie"


def _other_fields(seen: Seen, _: str) -> str:
    named = seen.by_stock_names
    if named is None or not named.is_ok:
        return ""
    return "the same request is answered with a signature when its fields are called socket_id and channel_name"


def _api_unreachable(seen: Seen, _: str) -> str:
    answer = seen.api or Answer(asked="")
    return either(answer, is_so=answer.status is None and bool(answer.error))


def _answered_by_the_backend(seen: Seen, hop: str) -> str:
    answer = (seen.upgrade.answer if seen.upgrade else Answer(asked="")) if hop == "upgrade" else answer_at(seen, hop)
    return either(answer, is_so=answer.is_unrouted)


def _path_of_upgrade(seen: Seen, _: str) -> str:
    if seen.upgrade is None:
        return ""
    answer, path = seen.upgrade.answer, urlsplit(seen.upgrade.url).path.rpartition("/app/")[0]
    is_of_reverb = "reverb" in answer.headers.get("x-powered-by", "").lower()
    is_so = bool(path) and answer.status == 404 and is_of_reverb  # noqa: PLR2004
    return f"the broadcaster itself has nothing at {path}/app" if is_so else ""


def _send_unrouted(seen: Seen, _: str) -> str:
    answer = answer_at(seen, "send")
    return either(answer, is_so=answer.is_unrouted or answer.status == 405)  # noqa: PLR2004


OF_DECLARATIONS: Final = (
    Cause(
        "no-cookie", "the login sets no session cookie", ("login",), _no_cookie,
        'where it gives a bearer token, take authentication = "cookie" out of [targets.NAME.backend]; else see whether '
        "Sanctum takes this host for its page (SANCTUM_STATEFUL_DOMAINS, and an Origin in `headers`)",
        CERTAIN,
    ),
    Cause(
        "authorize-fields", "the fields of the authorization endpoint have other names", ("authorize",), _other_fields,
        'correct [targets.NAME.backend] authorize: fields = { socket_id = "socket_id", channel_name = "channel_name" }',
        CERTAIN + 4,
    ),
    Cause(
        "api-url", "the address of the broadcaster's HTTP API is another one", ("API",), _api_unreachable,
        "correct `api_url` of [targets.NAME.broadcaster]: its scheme, name and port; left out, it is `url` with http",
        LIKELY + 5, is_environment=True,
    ),
    Cause(
        "backend-instead", "the backend answers where the broadcaster is due", ("upgrade", "API"),
        _answered_by_the_backend,
        "correct `url` or `api_url` of [targets.NAME.broadcaster]: Reverb's port, not the application's; where one "
        "proxy stands before both, let its locations /app and /apps lead to the broadcaster",
        CERTAIN + 5,
    ),
    Cause(
        "upgrade-path", "the path in the broadcaster's address is none of its", ("upgrade",), _path_of_upgrade,
        "`url` of [targets.NAME.broadcaster] has no /app and no path, unless a proxy takes it away or "
        "REVERB_SERVER_PATH adds it",
        CERTAIN + 3,
    ),
    Cause(
        "send-route", "the backend has no such route for a message", ("send",), _send_unrouted,
        "correct [targets.NAME.backend] send: its request; compare `php artisan route:list`", CERTAIN,
    ),
)  # fmt: skip
"""One cause an entry; the first of equals comes first."""
