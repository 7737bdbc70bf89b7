"""Causes at the hops to the broadcaster and its HTTP API (PROTOCOL.md, sections 1, 7, 9 and 10)."""

from typing import Final

from harness.checkers.suspects import SUSPECTS
from harness.doctor.cause import CERTAIN, LIKELY, POSSIBLE, Cause, answer_at, either
from harness.doctor.observations import SILENT, Answer, Reached, Seen
from harness.doctor.socket_hops import WINDOW

_UNKNOWN_KEY: Final = (4001, 4003)
_UNAUTHORIZED: Final = 4009
_QUOTA: Final = (4004, 4100)
_PROXIES: Final = ("nginx", "apache", "cloudflare", "haproxy", "caddy", "traefik", "openresty", "litespeed", "awselb")
_NO_APPLICATION: Final = "No matching application"
_REVERB_ERROR: Final = "Internal server error."
_TOO_LARGE: Final = 1009
_NOT_FOUND: Final = 404
_NO_ROUTE: Final = "The route app"
_ASKED: Final = ("upgrade", "API", "signed API")


def _refused(seen: Seen, _: str) -> str:
    reached = seen.broadcaster or Reached(address="")
    return f"{reached.address}: connection refused" if reached.failure == "refused" else ""


def _local_address(seen: Seen, _: str) -> str:
    reached = seen.broadcaster or Reached(address="")
    host = reached.address.partition(":")[0]
    is_local = host in ("localhost", "127.0.0.1", "0.0.0.0", "::1")  # noqa: S104  what it is compared with
    if seen.is_backend_remote and is_local:
        return f"the broadcaster is at {reached.address}, which is this very machine, and the backend is not"
    return ""


def _is_of_broadcaster(seen: Seen) -> str:
    """Say what shows that a broadcaster stands behind an answer."""
    upgrade = seen.upgrade.answer if seen.upgrade else Answer(asked="")
    if "reverb" in upgrade.headers.get("x-powered-by", "").lower() or upgrade.text.strip() == _REVERB_ERROR:
        return f"Reverb itself answered the upgrade with {upgrade.told}"
    health = seen.health
    if health is not None and health.is_ok and isinstance(health.data, dict) and health.data.get("health") == "OK":
        return f"GET /up is answered by Reverb, and the upgrade with {upgrade.told}"
    return ""


def _no_upgrade(seen: Seen, _: str) -> str:
    upgrade = seen.upgrade.answer if seen.upgrade else Answer(asked="")
    if upgrade.status is None or upgrade.is_challenge:
        return ""
    if shown := _is_of_broadcaster(seen):
        return shown
    if upgrade.status in (400, 426) and "upgrade" in upgrade.text.lower():
        return upgrade.told
    if seen.api is not None and not seen.api.is_html and seen.api.status == 401:  # noqa: PLR2004
        return f"the HTTP API behind the same address answers as a broadcaster, and the upgrade gets {upgrade.told}"
    return ""


def _proxy_in_front(seen: Seen, _: str) -> str:
    upgrade = seen.upgrade.answer if seen.upgrade else Answer(asked="")
    server = upgrade.headers.get("server", "").lower()
    is_so = any(one in server for one in _PROXIES) and upgrade.status in (400, 404, 426, 502, 503, 504)
    return f"{server} answered the upgrade with {upgrade.told}" if is_so else ""


def _another_application(seen: Seen, hop: str) -> str:
    upgrade = seen.upgrade.answer if seen.upgrade else Answer(asked="")
    if seen.upgrade is None or seen.upgrade.first is not None:
        return ""
    if hop == "API":
        return either(seen.api, is_so=seen.api.is_html) if seen.api else ""
    if upgrade.status is None and upgrade.error:
        return f"the upgrade got no HTTP answer: {upgrade.error}"
    health = f", GET /up with {seen.health.told}" if seen.health is not None else ""
    return f"the upgrade was answered with {upgrade.told}{health}"


def _hangs(seen: Seen, hop: str) -> str:
    answer = answer_at(seen, hop)
    return f"{answer.asked}: the connection was taken, and {answer.error}" if answer.error.startswith(SILENT) else ""


def _upgrade_redirected(seen: Seen, _: str) -> str:
    upgrade = seen.upgrade.answer if seen.upgrade else Answer(asked="")
    return either(upgrade, is_so=upgrade.is_redirect)


def _is_unknown(seen: Seen) -> bool:
    return seen.upgrade is not None and seen.upgrade.error_code in _UNKNOWN_KEY


def _client_key(seen: Seen, hop: str) -> str:
    signed = seen.signed
    if hop == "driver":
        is_so = signed is not None and signed.key != seen.key and _is_unknown(seen)
    else:
        is_so = _is_unknown(seen) and signed is not None and signed.key != seen.key
    if not is_so or signed is None:
        return ""
    works = seen.with_backend_key is not None and seen.with_backend_key.is_established
    more = ", with which the broadcaster lets in" if works else ""
    return f"the broadcaster knows no key {seen.key!r}; the backend signs for {signed.key!r}{more}"


def _key_unknown(seen: Seen, _: str) -> str:
    return f"the broadcaster knows no key {seen.key!r}" if _is_unknown(seen) else ""


def _stale_daemon(seen: Seen, _: str) -> str:
    is_so = _is_unknown(seen) and seen.signed is not None and seen.signed.key == seen.key
    return f"the backend signs for {seen.key!r}, and the running broadcaster does not know it" if is_so else ""


def _stale_backend(seen: Seen, _: str) -> str:
    if seen.signed is None or _is_unknown(seen):
        return ""
    if seen.signed.by_previous:
        return "the signature is made with the secret of before"
    if seen.signed.key != seen.key:
        served = "served" if seen.upgrade is not None and seen.upgrade.is_established else "declared"
        return f"the backend signs for the key {seen.signed.key!r}, and {served} is {seen.key!r}"
    return ""


def _wrong_secret(seen: Seen, hop: str) -> str:
    signed = seen.signed
    if signed is not None and signed.by_declared is False:
        proven = seen.api_signed is not None and seen.api_signed.is_ok
        more = ", with which the broadcaster's API can be called" if proven else ""
        return f"the backend does not sign with the declared secret{more}"
    error = seen.subscribed.data if seen.subscribed else None
    if hop == "subscribe" and signed is not None and signed.by_declared is None and isinstance(error, dict):
        return f"the backend says 200 with a signature, and the broadcaster says {error}"
    return ""


def _declared_secret(seen: Seen, _: str) -> str:
    api = seen.api_signed
    is_refused = api is not None and api.status == 401  # noqa: PLR2004
    joined = seen.subscribed is not None and seen.subscribed.event.endswith("subscription_succeeded")
    if seen.signed is not None and seen.signed.by_declared is False and is_refused and joined:
        return "the broadcaster takes the backend's signatures, and refuses what is signed with the declared secret"
    return ""


def _daemon_secret(seen: Seen, _: str) -> str:
    api = seen.api_signed
    if seen.signed is not None and seen.signed.by_declared and api is not None and api.status == 401:  # noqa: PLR2004
        return "the backend signs with the declared secret, and the running broadcaster refuses it"
    return ""


def _origin(seen: Seen, _: str) -> str:
    first = seen.upgrade.first if seen.upgrade else None
    if first is None or not isinstance(first.data, dict) or "rigin" not in str(first.data.get("message", "")):
        return ""
    lets_in = seen.with_origin is not None and seen.with_origin.is_established
    tried = "with an Origin header it is let in" if lets_in else "with an Origin header it is refused as well"
    return f"{first.data.get('message')}; {tried}"


def _quota(seen: Seen, _: str) -> str:
    code = seen.upgrade.error_code if seen.upgrade else None
    return f"the first frame is an error {code}" if code in _QUOTA else ""


def _api_not_mapped(seen: Seen, hop: str) -> str:
    answer = answer_at(seen, hop)
    if _NO_APPLICATION in answer.text:
        return ""
    is_so = answer.is_html or answer.status in (404, 405, 502, 503)
    if not is_so or answer.is_challenge or seen.upgrade is None or seen.upgrade.first is None:
        return ""
    return f"{answer.asked} is answered with {answer.told} while the WebSocket opens"


def _app_id(seen: Seen, hop: str) -> str:
    answer = answer_at(seen, hop)
    names_it = _NO_APPLICATION in answer.text or "app" in answer.text.lower()
    return either(answer, is_so=answer.status == _NOT_FOUND and not answer.is_html and names_it)


def _became_a_get(seen: Seen, _: str) -> str:
    post = seen.api_post
    if post is None or post.is_html:
        return ""
    return either(post, is_so=post.is_redirect or post.status == 405)  # noqa: PLR2004


def _timestamp(seen: Seen, _: str) -> str:
    answer = seen.api_signed
    return either(answer, is_so="imestamp" in answer.text) if answer is not None else ""


def _secret_refused(seen: Seen, _: str) -> str:
    answer = seen.api_signed
    if answer is None:
        return ""
    in_body = answer.is_ok and isinstance(answer.data, dict) and "error" in answer.data
    return either(answer, is_so=answer.status == 401 or in_body)  # noqa: PLR2004


def _skewed(seen: Seen, _: str) -> str:
    if seen.skew is None:
        return ""
    window = f", and {seen.dialect} looks at the time of a signature" if abs(seen.skew) > WINDOW else ""
    return f"the backend's clock and {seen.skew_of} are {abs(seen.skew):.0f} s apart{window}"


def _cut_while_idle(seen: Seen, _: str) -> str:
    if seen.idle is None or seen.idle[2]:
        return ""
    seconds, code, _explained = seen.idle
    near = next((known for known in (30, 60, 120) if abs(seconds - known) < 2), None)  # noqa: PLR2004  seconds
    usual = f", a proxy's usual {near} s" if near else ""
    return f"an idle connection ended after {seconds:.1f} s with {code} and no error before it{usual}"


def _frame_too_large(seen: Seen, _: str) -> str:
    return f"a frame of {seen.frame_size} bytes closes with 1009" if seen.frame_code == _TOO_LARGE else ""


def _plateau(seen: Seen, _: str) -> str:
    if seen.ramp is None or any(f"{code}" in seen.ramp[1] for code in _QUOTA):
        return ""
    return f"{seen.ramp[0]} connections are open, and the next one fails: {seen.ramp[1]}"


def _ramp_quota(seen: Seen, _: str) -> str:
    is_so = seen.ramp is not None and any(f"{code}" in seen.ramp[1] for code in _QUOTA)
    return f"{seen.ramp[0]} connections are open: {seen.ramp[1]}" if seen.ramp and is_so else ""


_NGINX: Final = (
    "in the proxy: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; "
    'proxy_set_header Connection "Upgrade"; for location /app'
)
_CLEAR: Final = (
    "php artisan config:clear, restart php-fpm, queue workers and the broadcaster (php artisan reverb:restart)"
)

OF_BROADCASTER: Final = (
    Cause(
        "14", "the address is that of the machine itself: REVERB_HOST and REVERB_SERVER_HOST are mixed up",
        ("broadcaster port", "broadcaster name"), _local_address,
        "REVERB_HOST, REVERB_PORT, REVERB_SCHEME are what clients and the backend dial, REVERB_SERVER_* where the "
        "daemon "
        "listens; build the client anew after a change of VITE_REVERB_*",
        CERTAIN + 1,
    ),
    Cause(
        "1", "the broadcaster is not running", ("broadcaster port",), _refused,
        "php artisan reverb:start (under supervisor or systemd), or correct [targets.NAME.broadcaster] url",
        CERTAIN, is_environment=True,
    ),
    Cause(
        "12", "the upgrade is redirected, which no WebSocket client follows", ("upgrade",), _upgrade_redirected,
        "write the final address, scheme and port into [targets.NAME.broadcaster] url and the client's options",
        LIKELY + 5,
    ),
    Cause("10", "a proxy does not pass the Upgrade on", ("upgrade",), _no_upgrade, _NGINX, CERTAIN),
    Cause("10", "a proxy does not pass the Upgrade on", ("upgrade",), _proxy_in_front, _NGINX, LIKELY),
    Cause(
        "hangs", "the broadcaster is paused, or stuck", _ASKED, _hangs,
        "look at its log and its process (ps, supervisorctl status), and start it again", LIKELY,
    ),
    Cause(
        "2", "another application owns the port", ("upgrade", "API"), _another_application,
        "find it (ss -ltnp), and give it or the broadcaster another port: REVERB_SERVER_PORT, "
        "[targets.NAME.broadcaster] url",
        POSSIBLE + 10,
    ),
    Cause(
        "3", "the client has another app key than the broadcaster", ("key", "driver"), _client_key,
        "take REVERB_APP_KEY from the server into [targets.NAME.broadcaster] key and VITE_REVERB_APP_KEY; build anew",
        CERTAIN,
    ),
    Cause("6", "the running broadcaster has the key of before", ("key",), _stale_daemon, _CLEAR, LIKELY + 10),
    Cause(
        "3", "the app key is not one of the broadcaster's", ("key",), _key_unknown,
        "compare REVERB_APP_KEY on the server with [targets.NAME.broadcaster] key", LIKELY - 5,
    ),
    Cause(
        "6", "a cached configuration of the backend holds the key or the secret of before", ("driver", "subscribe"),
        _stale_backend, _CLEAR, CERTAIN - 3,
    ),
    Cause(
        "4", "the backend and the broadcaster have different secrets", ("driver", "subscribe"), _wrong_secret,
        f"make REVERB_APP_SECRET the same on both; then {_CLEAR}", CERTAIN - 5,
    ),
    Cause(
        "declared-secret",
        "the secret in realtime.toml is not the server's", ("driver", "signed API"), _declared_secret,
        "take REVERB_APP_SECRET from the server into [targets.NAME.broadcaster] secret", CERTAIN + 2,
    ),
    Cause(
        "6",
        "the running broadcaster has the secret of before",
        ("signed API", "subscribe"), _daemon_secret, _CLEAR, CERTAIN,
    ),
    Cause(
        "21", "allowed_origins lets in fewer than connect; a native app sends no Origin", ("handshake",), _origin,
        "allowed_origins in config/reverb.php: hosts without a scheme, and '*' where native apps connect", CERTAIN,
    ),
    Cause(
        "over-quota", "the app has more connections than it may", ("handshake",), _quota,
        "raise REVERB_APP_MAX_CONNECTIONS, or find who keeps connections open", CERTAIN,
    ),
    Cause(
        "2", "what opened the WebSocket does not speak the Pusher protocol", ("handshake",),
        lambda seen, _: f"the first frame: {seen.upgrade.first}" if seen.upgrade else "",
        "find what listens there, and correct [targets.NAME.broadcaster] url", POSSIBLE,
    ),
    Cause(
        "CO-01", SUSPECTS["CO-01"], ("ping",), lambda seen, _: "no pong came" if seen.pong is False else "",
        "update the broadcaster; a proxy that only passes on one direction looks the same", LIKELY,
    ),
    Cause(
        "12", "a redirect turns a POST into a GET", ("API",), _became_a_get,
        "publish to the final address: REVERB_SCHEME=https and REVERB_PORT=443, api_url of the target", CERTAIN + 1,
    ),
    Cause(
        "5", "the app id is not one of the broadcaster's", ("API", "signed API"), _app_id,
        "take REVERB_APP_ID from the server into [targets.NAME.broadcaster] app_id", LIKELY + 15,
    ),
    Cause(
        "11", "a proxy maps /app and not /apps", ("API", "signed API"), _api_not_mapped,
        "add location /apps to the proxy, to the same upstream as /app; or set api_url of the target", LIKELY + 5,
    ),
    Cause(
        "41", "a clock is more than ten minutes off", ("signed API",), _timestamp,
        "set the clocks by NTP (timedatectl set-ntp true)", CERTAIN,
    ),
    Cause(
        "41", "the clocks are apart", ("clocks",), _skewed, "set the clocks by NTP (timedatectl set-ntp true)", CERTAIN,
    ),
    Cause(
        "4", "the secret is not the broadcaster's", ("signed API",),
        _secret_refused,
        "compare REVERB_APP_SECRET on the server with [targets.NAME.broadcaster] secret", LIKELY - 5,
    ),
    Cause(
        "HT-09", "what is asked of the HTTP API is answered without a signature", ("API",),
        lambda seen, _: either(seen.api, is_so=seen.api.is_ok) if seen.api else "",
        "let nobody but the backend reach /apps, and update the broadcaster", LIKELY,
    ),
    Cause(
        "13", "a proxy cuts quiet connections before the broadcaster would ping", ("silence",), _cut_while_idle,
        "proxy_read_timeout 3600s (nginx), idle timeout of the load balancer above REVERB_APP_PING_INTERVAL", CERTAIN,
    ),
    Cause(
        "28", "frames of this size are too large for the broadcaster", ("frame",), _frame_too_large,
        "REVERB_APP_MAX_MESSAGE_SIZE, or send what is long through the backend", CERTAIN,
    ),
    Cause(
        "38", "the event loop of the broadcaster has no more descriptors", ("ramp",), _plateau,
        "install ext-uv (pecl install uv), raise `ulimit -n` and minfds of supervisor", LIKELY,
    ),
    Cause(
        "over-quota", "the app has more connections than it may", ("ramp",), _ramp_quota,
        "raise REVERB_APP_MAX_CONNECTIONS", CERTAIN,
    ),
)  # fmt: skip
"""One cause an entry; the first of equals comes first."""
