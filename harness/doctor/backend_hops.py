"""The hops to the backend: name, port, TLS, HTTP, login, token, conversation, authorization, driver, guard."""

from typing import Final

import msgspec

from harness.config import Transport
from harness.doctor import dialing
from harness.doctor.asking import skew_of
from harness.doctor.observations import Answer, Reached, Signed
from harness.doctor.walker import CONVERSATION, Came, Walker, advice, broken, fine, skipped, told
from harness.protocol.signatures import verify_channel_auth
from harness.users.carriers import written
from harness.users.reading import as_text, at_path

MADE_UP: Final = "4711.9001"
"""A socket id for signatures that are looked at and never used."""
ELSEWHERE: Final = ("/api/broadcasting/auth", "/broadcasting/auth", "/pusher/auth")
_STOCK: Final = {"socket_id": "socket_id", "channel_name": "channel_name"}
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _NO_METHOD, _CONFUSED = 401, 403, 404, 405, 419
_NO_ROUTE: Final = (_NOT_FOUND, _NO_METHOD)
_GATEWAY: Final = (502, 503, 504)


def _way(walker: Walker) -> Transport:
    return walker.target.backend.transport


async def name(walker: Walker) -> Came:
    """Look the backend's name up."""
    walker.seen.backend = await dialing.look_up(walker.backend, walker.extent.seconds, _way(walker))
    return told(walker.seen.backend)


async def port(walker: Walker) -> Came:
    """Dial the backend's port."""
    walker.seen.backend = await dialing.dial(walker.backend, walker.extent.seconds, _way(walker))
    return told(walker.seen.backend)


async def tls(walker: Walker) -> Came:
    """Shake hands over TLS, where the address asks for it."""
    if not dialing.is_secure(walker.backend):
        return fine("plain HTTP, as the address says")
    walker.seen.backend = await dialing.secure(walker.backend, walker.extent.seconds, _way(walker))
    return told(walker.seen.backend)


async def http(walker: Walker) -> Came:
    """Ask the backend anything, without a token: whatever it says, it has to be the backend who says it."""
    seen, route = walker.seen, walker.contract.user
    seen.home = await walker.asker.ask("GET", f"{walker.backend}{route.path if route else '/'}")
    if (skew := skew_of(seen.home)) is not None:
        seen.notes["backend clock"] = str(skew)
    is_wrong = seen.home.is_challenge or seen.home.status in (None, 429, *_GATEWAY) or _leaves(seen.home)
    if is_wrong and not dialing.is_secure(walker.backend) and seen.backend is not None:
        await _look_for_tls(walker)
    return broken(seen.home.told) if is_wrong else fine(seen.home.told)


async def _look_for_tls(walker: Walker) -> None:
    reached = walker.seen.backend
    assert reached is not None  # noqa: S101 - the hop before this one
    if await dialing.speaks_tls(walker.backend, walker.extent.seconds, _way(walker)):
        walker.seen.backend = Reached(address=reached.address, other_scheme=True)


def _leaves(answer: Answer) -> bool:
    """Tell whether an answer sends the client to another scheme."""
    return answer.is_redirect and answer.location.startswith("https:")


async def login(walker: Walker) -> Came:
    """Log both people in, or take the token that was stated."""
    seen, route = walker.seen, walker.contract.login
    if walker.stated.token:
        for person in (*walker.target.cast, *filter(None, (walker.sender,))):
            walker.tokens[person.name] = walker.stated.token
        seen.has_token = True
        return fine("with the token that was given; nobody was logged in")
    if route is None or walker.sender is None:
        no_cast = seen.notes.get("no cast") or "the target declares no cast"
        return skipped("the target declares no login route" if route is None else no_cast)
    seen.token_path = walker.carrier.where(route)
    for person in dict.fromkeys(filter(None, (walker.sender, walker.listener))):
        fields = {"email": person.email, "password": person.password, "device_name": "realtime doctor"}
        before = await walker.introduced()
        shown = walker.carrier.headers(written(before.cookies)) if before else {}
        seen.login = await walker.asker.follow(walker.backend, route, headers=shown, fields=fields)
        seen.has_token = walker.learn(person, seen.login, before)
        if not seen.has_token:
            return broken(f"{person.name}: {seen.login.told}" if not seen.login.is_ok else _no_token(walker))
    return fine(f"{seen.login.status if seen.login else ''} a token for each of {_names(walker)}")


def _no_token(walker: Walker) -> str:
    answer = walker.seen.login
    assert answer is not None  # noqa: S101 - it was just made
    if answer.data is None:
        return answer.told
    members = ", ".join(answer.data) if isinstance(answer.data, dict) else type(answer.data).__name__
    return f"{answer.status}, and no text at {walker.seen.token_path!r}; the answer has {members}"


def _names(walker: Walker) -> str:
    return " and ".join(dict.fromkeys(one.name for one in (walker.sender, walker.listener) if one))


async def token(walker: Walker) -> Came:
    """Ask whose token it is."""
    seen, route = walker.seen, walker.contract.user
    if route is None:
        return skipped("the contract has no user route")
    headers = walker.token_of(walker.sender)
    seen.identity = await walker.asker.follow(walker.backend, route, headers=headers)
    if walker.sender is not None and (id_ := as_text(at_path(seen.identity.data, route.id or "id"))):
        walker.ids.setdefault(walker.sender.name, id_)
    if not seen.identity.is_ok or not isinstance(seen.identity.data, dict):
        return broken(seen.identity.told)
    actual, person = as_text(at_path(seen.identity.data, route.id or "id")), walker.sender
    if person is not None and person.id is not None and actual not in ("", str(person.id)):
        seen.notes["declared id"] = f"{person.name} is declared with id {person.id}, and the backend says {actual}"
        return advice(f"{seen.identity.status} the token is alive; {seen.notes['declared id']}")
    return fine(f"{seen.identity.status} the token is alive")


async def conversation(walker: Walker) -> Came:
    """Find the conversation, or make one where that is allowed."""
    rule, world = walker.rule(CONVERSATION), walker.target.world
    if rule is None:
        return skipped("the target declares no channel rule called conversation")
    made = ""
    if world.conversation is not None:
        walker.conversation = str(world.conversation)
    elif reason := walker.target.why_not("create"):
        return skipped(f"no world.conversation is declared, and {reason}")
    else:
        made = await _created(walker)
        if not walker.conversation:
            return broken(made)
    walker.channel = walker.name_of(rule, walker.sender)
    if not walker.channel:
        return skipped(f"a value for {rule.pattern} is not known: declare it in the cast or in world.values")
    return fine(f"{walker.conversation}{made}, channel {walker.channel}")


async def _created(walker: Walker) -> str:
    route, listener = walker.contract.create, walker.listener
    assert route is not None  # noqa: S101 - else it could not be granted
    people = [walker.ids[listener.name]] if listener and listener.name in walker.ids else []
    participants = [int(one) if one.isascii() and one.isdigit() else one for one in people]
    answer = await walker.asker.follow(
        walker.backend, route, headers=walker.token_of(walker.sender), fields={"participants": participants}
    )
    walker.conversation = as_text(at_path(answer.data, route.id)) if answer.is_ok else ""
    walker.seen.notes["created"] = walker.conversation
    left = "" if walker.contract.delete_conversation else ", and left there: the contract has no delete_conversation"
    return f", made for this walk{left}" if walker.conversation else answer.told


async def authorize(walker: Walker) -> Came:
    """Ask for a signature with a socket id that nobody has, and see who answers."""
    seen = walker.seen
    if walker.contract.authorize is None:
        return skipped("the contract has no authorize route")
    seen.notes["channel"] = walker.channel
    seen.authorized = await walker.authorize(walker.sender, MADE_UP, walker.channel)
    data = seen.authorized.data
    seen.has_auth = seen.authorized.is_ok and isinstance(data, dict) and isinstance(data.get("auth"), str)
    if seen.has_auth:
        return fine(f"{seen.authorized.status} a signature, from the channel rule")
    await _look_around(walker, seen.authorized)
    return broken(f"{walker.channel}: {seen.authorized.told} ({answered_by(seen.authorized)})")


async def _look_around(walker: Walker, denied: Answer) -> None:
    """After a denial, gather what tells one reason from the next."""
    seen, route = walker.seen, walker.contract.authorize
    assert route is not None  # noqa: S101 - it was just followed
    if denied.status in (_NOT_FOUND, _NO_METHOD, _FORBIDDEN, _CONFUSED):
        others = [path for path in ELSEWHERE if path != route.path]
        seen.auth_elsewhere = tuple(
            [await walker.asker.ask("POST", f"{walker.backend}{path}", headers={}, json={}) for path in others]
        )
    if route.fields != _STOCK:
        fields = {"socket_id": MADE_UP, "channel_name": walker.channel}
        stock = msgspec.structs.replace(route, fields=_STOCK)
        headers = walker.token_of(walker.sender)
        seen.by_stock_names = await walker.asker.follow(walker.backend, stock, headers=headers, fields=fields)
    own = next((rule for rule in walker.target.channels if rule.join == "self"), None)
    if own is not None and (channel := walker.name_of(own, walker.sender)):
        seen.own_channel = await walker.authorize(walker.sender, MADE_UP, channel)
    if walker.contract.read is not None:
        seen.may_read = await walker.asker.follow(
            walker.backend,
            walker.contract.read,
            place={"conversation": walker.conversation},
            headers=walker.token_of(walker.sender),
        )


_MIDDLEWARE: Final = {
    401: "the token guard answered",
    403: "the channel rule answered, or a guard that knows nobody",
    404: "the router answered: no such route",
    405: "the router answered: not by this method",
    419: "the CSRF middleware answered",
    429: "the rate limiter answered",
    500: "an exception answered",
}


def answered_by(answer: Answer) -> str:
    """Say which part of a Laravel application an answer looks like (PROTOCOL.md, 8.1)."""
    if answer.is_challenge:
        return "something before the backend answered"
    if answer.is_redirect:
        return "the login redirect answered" if "login" in answer.location else "a redirect answered"
    if answer.is_ok:
        return "a page answered" if answer.is_html else "no channel rule answered"
    return _MIDDLEWARE.get(answer.status or 0, "nobody answered" if answer.status is None else "a server answered")


async def driver(walker: Walker) -> Came:
    """Read the signature: the key before its colon, and whose secret made it."""
    seen, broadcaster = walker.seen, walker.target.broadcaster
    assert seen.authorized is not None  # noqa: S101 - the hop before this one
    auth = str(seen.authorized.data["auth"])
    key = auth.partition(":")[0]

    data = seen.authorized.data.get("channel_data")
    channel_data = data if isinstance(data, str) else None

    def made_with(secret: str | None) -> bool | None:
        if not secret:
            return None
        return verify_channel_auth(
            auth, key=key, secret=secret, socket_id=MADE_UP, channel=walker.channel, channel_data=channel_data
        )

    seen.signed = Signed(
        key=key, by_declared=made_with(broadcaster.secret), by_previous=made_with(walker.stated.previous_secret)
    )
    if key != broadcaster.key:
        return broken(f"it signs for the key {key!r}; declared is {broadcaster.key!r}")
    if seen.signed.by_declared is False:
        return broken("the key is right, and the signature is made with another secret than the declared one")
    proven = "with the declared secret" if seen.signed.by_declared else "whose secret cannot be told: none is declared"
    return fine(f"a Pusher driver that signs for the declared key, {proven}")


async def guard(walker: Walker) -> Came:
    """Ask for a signature as a client that shows no token and does not say that it reads JSON."""
    seen, route = walker.seen, walker.contract.authorize
    assert route is not None  # noqa: S101 - it is behind the hop that follows it
    fields = {"socket_id": MADE_UP, "channel_name": walker.channel}
    seen.without_token = await walker.asker.follow(walker.backend, route, headers={"Accept": None}, fields=fields)
    answer = seen.without_token
    if answer.is_ok and isinstance(answer.data, dict) and "auth" in answer.data:
        return broken(f"{answer.status} a signature for nobody")
    if answer.status in (_UNAUTHORIZED, _FORBIDDEN):
        return fine(f"{answer.status}, as due")
    return advice(f"{answer.told} ({answered_by(answer)}), where 401 is due")


async def preflight(walker: Walker) -> Came:
    """Ask as a browser does before it asks from a page of another origin."""
    client, route = walker.stated.client, walker.contract.authorize
    if client is None or not client.page or route is None:
        return skipped("state the page that the client runs on (--client, member page)")
    origin = "/".join(client.page.split("/")[:3])
    walker.seen.preflight = await walker.asker.ask(
        "OPTIONS",
        f"{walker.backend}{route.path}",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization",
        },
    )
    headers = walker.seen.preflight.headers
    allowed = headers.get("access-control-allow-origin", "")
    named = headers.get("access-control-allow-headers", "").lower()
    if walker.backend.startswith(origin) or (allowed in ("*", origin) and ("authorization" in named or named == "*")):
        return fine(f"{walker.seen.preflight.status} {origin} may ask")
    return broken(f"{walker.seen.preflight.told}: it allows {allowed or 'no origin'} to send {named or 'nothing'}")
