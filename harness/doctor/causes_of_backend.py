"""Causes at the hops to the backend (PROTOCOL.md, sections 8 and 10)."""

import re
from typing import Final
from urllib.parse import urlsplit

from harness.doctor.cause import CERTAIN, LIKELY, POSSIBLE, Cause, Evidence, answer_at, either
from harness.doctor.observations import Answer, Reached, Seen

_ASKED: Final = ("backend HTTP", "login", "token", "authorize", "send")
_BEHIND_TOKEN: Final = ("token", "authorize")
_NO_ROUTE: Final = (404, 405)
_REFUSED: Final = (401, 403, 422)
_LOGIN_ERROR: Final = "Route [login] not defined"


def _reached(seen: Seen, hop: str) -> Reached:
    return (seen.backend if hop.startswith("backend") else seen.broadcaster) or Reached(address="")


def _failed(how: str) -> Evidence:
    def evidence(seen: Seen, hop: str) -> str:
        reached = _reached(seen, hop)
        return f"{reached.address}: {reached.says}" if reached.failure == how else ""

    return evidence


def _other_scheme(seen: Seen, hop: str) -> str:
    reached = _reached(seen, "backend" if hop.startswith("backend") else "broadcaster")
    if not reached.other_scheme:
        return ""
    speaks, asked = ("plain text", "TLS") if reached.failure == "no-tls" else ("TLS", "plain text")
    return f"{reached.address} speaks {speaks}, and the address says {asked}"


def _challenged(seen: Seen, hop: str) -> str:
    answer = answer_at(seen, hop)
    return either(answer, is_so=answer.is_challenge)


def _too_many(seen: Seen, hop: str) -> str:
    answer = answer_at(seen, hop)
    after = answer.headers.get("retry-after", "no time at all")
    waited = f", after {answer.waited:g} s that it had asked for" if answer.waited else ""
    return f"{answer.asked}: 429, Retry-After {after}{waited}" if answer.status == 429 else ""  # noqa: PLR2004


def _is_same_path(answer: Answer) -> bool:
    return urlsplit(answer.location).path == answer.asked.partition(" ")[2].partition(" ")[0]


def _sent_to_https(seen: Seen, hop: str) -> str:
    answer = answer_at(seen, hop)
    is_secure = answer.location.startswith(("https:", "wss:"))
    return either(answer, is_so=answer.is_redirect and is_secure and _is_same_path(answer))


def _sent_to_login(seen: Seen, hop: str) -> str:
    answer = answer_at(seen, hop)
    is_page = answer.is_redirect and "login" in answer.location and not _is_same_path(answer)
    return either(answer, is_so=is_page or _LOGIN_ERROR in answer.text)


def _a_page(seen: Seen, hop: str) -> str:
    answer = answer_at(seen, hop)
    return either(answer, is_so=answer.is_html and not answer.is_challenge)


def _csrf(seen: Seen, hop: str) -> str:
    answer = answer_at(seen, hop)
    return either(answer, is_so=answer.status == 419)  # noqa: PLR2004


def _path_to_nothing(seen: Seen, _: str) -> str:
    answer = seen.login or Answer(asked="")
    if not answer.is_ok or answer.data is None:
        return ""
    members = ", ".join(answer.data) if isinstance(answer.data, dict) else type(answer.data).__name__
    return f"the answer has no text at {seen.token_path!r}; it has {members}"


def _login_refused(seen: Seen, _: str) -> str:
    answer = seen.login or Answer(asked="")
    return either(answer, is_so=answer.status in _REFUSED)


def _no_such_route(seen: Seen, hop: str) -> str:
    answer = answer_at(seen, hop)
    return either(answer, is_so=answer.status in _NO_ROUTE)


def _dead_token(seen: Seen, hop: str) -> str:
    answer = answer_at(seen, hop)
    is_so = answer.status == 401 and not (seen.identity is not None and seen.identity.is_ok)  # noqa: PLR2004
    given = " with the token that was given" if seen.stated.token else ""
    return f"{either(answer, is_so=True)}{given}" if is_so else ""


def _knows_nobody(seen: Seen, _: str) -> str:
    denied, identity = seen.authorized, seen.identity
    if denied is None or denied.status not in (401, 403) or identity is None or not identity.is_ok:
        return ""
    if seen.own_channel is not None and seen.own_channel.is_ok:
        return ""
    also = ", also for the person's own channel" if seen.own_channel is not None else ""
    return f"the same token gives {identity.status} at {identity.asked}, and {denied.status} here{also}"


def _not_a_participant(seen: Seen, _: str) -> str:
    denied, read = seen.authorized, seen.may_read
    if denied is None or denied.status != 403:  # noqa: PLR2004
        return ""
    own = seen.own_channel is not None and seen.own_channel.is_ok
    if read is not None and read.status in (403, 404):
        return f"{read.asked} is refused to the same person with {read.status}"
    return "the person's own channel is signed, and this one is not" if own and read is None else ""


def _twice(seen: Seen, hop: str) -> str:
    answer = answer_at(seen, hop)
    found = re.match(r"\w+ ((?:/[^/]+)+?)\1/", answer.asked) if answer.status == 404 else None  # noqa: PLR2004
    return f"{answer.asked} was asked for, and gives 404: {found[1]} stands there twice" if found else ""


def _declared_id(seen: Seen, _: str) -> str:
    return seen.notes.get("declared id", "")


def _rule_unmatched(seen: Seen, _: str) -> str:
    denied, read = seen.authorized, seen.may_read
    own = seen.own_channel is not None and seen.own_channel.is_ok
    if denied is None or denied.status != 403 or not own or read is None or not read.is_ok:  # noqa: PLR2004
        return ""
    name = seen.notes.get("channel")
    return f"the person may read the conversation and is signed for their own channel, but not for {name}"


def _elsewhere(seen: Seen, _: str) -> str:
    denied = seen.authorized
    if denied is None or denied.status not in (404, 405, 403):
        return ""
    there = next((one for one in seen.auth_elsewhere if one.status in (401, 403, 200, 419, 422, 500)), None)
    if denied.status in _NO_ROUTE and there is not None:
        return f"{denied.asked} gives {denied.status}, and {there.asked} gives {there.status}"
    return ""


def _empty(seen: Seen, _: str) -> str:
    answer = seen.authorized
    if answer is None or not answer.is_ok or answer.is_html or seen.has_auth:
        return ""
    return f"{answer.asked} gives {answer.status} with {answer.text[:60] or 'an empty body'} and no signature"


def _fails(seen: Seen, hop: str) -> str:
    answer = answer_at(seen, hop)
    return either(answer, is_so=answer.status is not None and answer.status >= 500 and not answer.is_challenge)  # noqa: PLR2004


def _silent(seen: Seen, hop: str) -> str:
    answer = answer_at(seen, hop)
    return either(answer, is_so=answer.status is None and bool(answer.error))


def _login_page_for_strangers(seen: Seen, _: str) -> str:
    answer = seen.without_token
    if answer is None or answer.status in (401, 403):
        return ""
    is_so = answer.is_redirect or answer.is_html or _LOGIN_ERROR in answer.text or (answer.status or 0) >= 500  # noqa: PLR2004
    return either(answer, is_so=is_so)


def _signs_for_nobody(seen: Seen, _: str) -> str:
    answer = seen.without_token
    is_so = answer is not None and answer.is_ok and isinstance(answer.data, dict) and "auth" in answer.data
    return f"{answer.asked} without a token gives a signature" if answer and is_so else ""


def _no_preflight(seen: Seen, _: str) -> str:
    return either(seen.preflight, is_so=True) if seen.preflight is not None else ""


def _no_token_given(seen: Seen, _: str) -> str:
    log = seen.stated.log
    return log.without_token() if log else ""


_NAMES: Final = ("backend name", "broadcaster name")
_PORTS: Final = ("backend port", "broadcaster port")
_TLS: Final = ("backend TLS", "broadcaster TLS")

OF_BACKEND: Final = (
    Cause(
        "unresolvable", "the name of the server has no address", _NAMES, _failed("name"),
        "correct `url` of the target, or its DNS record; from inside a container, use the service's name",
        CERTAIN, is_environment=True,
    ),
    Cause(
        "backend-down", "nothing listens at the backend's address", ("backend port",), _failed("refused"),
        "start the backend (php artisan serve, php-fpm and nginx), or correct [targets.NAME.backend] url",
        CERTAIN, is_environment=True,
    ),
    Cause(
        "unreachable", "a firewall or a wrong address swallows the connection", _PORTS, _failed("silent"),
        "open the port in the firewall or security group, or correct `url` of the target",
        CERTAIN, is_environment=True,
    ),
    Cause(
        "unreachable", "there is no way to the address", _PORTS, _failed("unreachable"),
        "correct `url` of the target, or connect to the network (VPN) it is in", CERTAIN, is_environment=True,
    ),
    Cause(
        "proxy", "the HTTP proxy on the way does not let the connection through", _PORTS, _failed("proxy"),
        "correct `proxy` of that server's table below [targets.NAME], with the user and password that it wants",
        CERTAIN, is_environment=True,
    ),
    Cause(
        "9", "the certificate is self-signed, expired, or of another name", _TLS, _failed("certificate"),
        "install a certificate of a public authority with its chain (fullchain.pem); or name its authority here: "
        'tls = { ca = "file.pem" } in that server\'s table, and in the backend `verify` of Guzzle\'s client_options',
        CERTAIN,
    ),
    Cause(
        "7", "the scheme is not the port's: TLS to a plain port, or plain text to a TLS port",
        (*_TLS, "backend HTTP", "upgrade", "API"), _other_scheme,
        "change the scheme or the port in `url` of the target; REVERB_SCHEME and REVERB_PORT in the backend, "
        "forceTLS in clients",
        CERTAIN + 2,
    ),
    Cause(
        "no-tls", "the port does not agree on TLS", _TLS, _failed("no-tls"),
        "serve TLS at that port, or use http:// or ws:// in `url`; where it wants to know who calls, `tls.certificate`",
    ),
    Cause(
        "bot-challenge",
        "a bot protection before the server asks for a human", (*_ASKED, "upgrade", "API", "preflight"),
        _challenged,
        "exempt the API, /app and /apps from the challenge (a WAF rule that skips it), or run from an allowed address",
        CERTAIN + 5, is_environment=True,
    ),
    Cause(
        "rate-limited", "a rate limit turns the requests away", (*_ASKED, "subscribe", "API", "signed API"),
        _too_many,
        "wait for the time in Retry-After, or raise the limit of that route (RateLimiter, throttle:api)", CERTAIN,
    ),
    Cause(
        "12", "a redirect from http to https turns a POST into a GET", (*_ASKED, "API"), _sent_to_https,
        "write https:// and the right port into `url` (REVERB_SCHEME=https, REVERB_PORT=443 in the backend)",
        CERTAIN + 1,
    ),
    Cause(
        "18", "the endpoint redirects to a login page, or fails, where 401 in JSON is due",
        ("token", "authorize", "send"), _sent_to_login,
        "send Accept: application/json, and answer JSON for api/*: shouldRenderJsonWhen in bootstrap/app.php", CERTAIN,
    ),
    Cause(
        "login-redirect", "the route sends to a login page", ("login", "backend HTTP"), _sent_to_login,
        "name the API's own login route in [targets.NAME.backend] login = { request = \"POST …\" }", CERTAIN,
    ),
    Cause(
        "html-for-json", "a page comes where JSON is due", _ASKED, _a_page,
        "correct the path in the contract of [targets.NAME.backend], or the server that answers for it", LIKELY - 2,
    ),
    Cause(
        "19", "the CSRF check refuses a request that carries a bearer token", ("login", "authorize", "send"), _csrf,
        "except the route: validateCsrfTokens(except: ['broadcasting/auth']), or move it to routes/api.php", CERTAIN,
    ),
    Cause(
        "token-path", "the login's answer has no token where the contract says", ("login",), _path_to_nothing,
        "correct `token` of [targets.NAME.backend] login: the dotted path to the token in that answer", CERTAIN - 5,
    ),
    Cause(
        "login-refused", "the login does not know this address and password", ("login",), _login_refused,
        "correct email and password in [[targets.NAME.cast]], or seed that person", LIKELY,
    ),
    Cause(
        "prefix", "a prefix stands twice: in the address and in the route", _ASKED, _twice,
        "leave it out of [targets.NAME.backend] url, or of its routes", CERTAIN,
    ),
    Cause(
        "declared-id", "the id in realtime.toml is somebody else's", ("token",), _declared_id,
        "correct `id` of that person in [[targets.NAME.cast]], or leave it out", CERTAIN,
    ),
    Cause(
        "login-route", "there is no such login route", ("login",), _no_such_route,
        'correct [targets.NAME.backend] login = { request = "POST /…" }; compare `php artisan route:list`',
    ),
    Cause(
        "17", "the token has expired or was revoked", _BEHIND_TOKEN, _dead_token,
        "log in anew and subscribe again; look at `expiration` in config/sanctum.php", LIKELY + 5,
    ),
    Cause(
        "26", "the broadcast driver is log or null: the endpoint says 200 to everything and signs nothing",
        ("authorize",), _empty,
        "BROADCAST_CONNECTION=reverb (BROADCAST_DRIVER before Laravel 11), then php artisan config:clear", CERTAIN,
    ),
    Cause(
        "22", "the authorization endpoint stands at another path", ("authorize",), _elsewhere,
        "correct [targets.NAME.backend] authorize and the client's authEndpoint; compare `php artisan route:list`",
        CERTAIN,
    ),
    Cause(
        "22", "there is no authorization endpoint at this path", ("authorize",), _no_such_route,
        "register it: Broadcast::routes(['prefix' => 'api', 'middleware' => ['auth:sanctum']])", POSSIBLE,
    ),
    Cause(
        "16",
        "the authorization route stands without the token guard, so it knows nobody", ("authorize",), _knows_nobody,
        "Broadcast::routes(['middleware' => ['auth:sanctum']]): without it the web guard looks for a session cookie",
        LIKELY,
    ),
    Cause(
        "not-a-participant",
        "the person is no participant of the conversation", ("authorize", "send"), _not_a_participant,
        "add them to it, or name another in [targets.NAME.world] conversation", LIKELY + 10,
    ),
    Cause(
        "23", "no channel rule matches the name", ("authorize",), _rule_unmatched,
        "make [[targets.NAME.channels]] pattern, routes/channels.php and broadcastOn() name the same channel",
        LIKELY + 8,
    ),
    Cause(
        "backend-error", "the backend fails", ("backend HTTP", "login", "token", "authorize", "subscribe"), _fails,
        "read storage/logs/laravel.log at this moment", POSSIBLE,
    ),
    Cause(
        "backend-silent", "the backend does not answer", (*_ASKED, "subscribe"), _silent,
        "look at its workers and its database; raise max_children of php-fpm where all are busy", LIKELY,
    ),
    Cause(
        "18",
        "who shows no token gets a page, or an error, where 401 in JSON is due", ("guard",), _login_page_for_strangers,
        "send Accept: application/json, and answer JSON for api/*: shouldRenderJsonWhen in bootstrap/app.php", LIKELY,
    ),
    Cause(
        "AU-01", "the endpoint asks for no token", ("guard",), _signs_for_nobody,
        "Broadcast::routes(['middleware' => ['auth:sanctum']])", CERTAIN,
    ),
    Cause(
        "20", "CORS does not let the page ask the authorization endpoint", ("preflight",), _no_preflight,
        "add broadcasting/auth to `paths` in config/cors.php, and the page's origin to `allowed_origins`", CERTAIN,
    ),
    Cause(
        "no-token", "the client shows no token", ("client log",), _no_token_given,
        "give the client auth: { headers: { Authorization: `Bearer ${token}` } }, or an authorizer that adds it",
        CERTAIN,
    ),
)  # fmt: skip
"""One cause an entry; the first of equals comes first."""
