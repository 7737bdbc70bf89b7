"""Defects of the backend's answers: who is let in, who may write, and what an answer gives away."""

import re
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from harness.faults.defects.behaviour import Answer, Ask, Behaviour, Given, Request, decoded
from harness.faults.defects.intercepted import intercepted
from harness.protocol.channels import ChannelKind, kind_of
from harness.protocol.signatures import channel_auth, is_socket_id

_OK: Final = range(200, 300)
_FIRST_ERROR: Final = 400
_NOBODY: Final = '{"user_id":"2147483000","user_info":{}}'
"""Who joins a presence channel by a signature that nobody was meant to have."""
_NUMBER: Final = re.compile(r"\d+")
_HUGE: Final = 10
"""Digits of a number that no database of 32 bits takes for an id."""


class Deciding(Behaviour):
    """Answers the authorization endpoint otherwise."""

    async def answer(self, request: Request, answer: Answer, ask: Ask) -> Answer:
        """Decide anew, where this is the endpoint."""
        del ask
        return self.decide(request, answer) if request.path == self.given.contract.authorize else answer

    def decide(self, request: Request, answer: Answer) -> Answer:
        """Give the answer to a request to join."""
        del request
        return answer

    def signed(self, request: Request, answer: Answer) -> Answer:
        """Grant what was asked for."""
        socket_id, channel = self.asked(request)
        data = _NOBODY if kind_of(channel) is ChannelKind.PRESENCE else None
        auth = channel_auth(self.given.key, self.given.secret, socket_id, channel, data)
        return answer.saying(HTTPStatus.OK, {"auth": auth} | ({"channel_data": data} if data else {}))

    def asked(self, request: Request) -> tuple[str, str]:
        """Give the socket id and the channel that a request names."""
        fields, contract = request.fields, self.given.contract
        return str(fields.get(contract.socket_id, "")), str(fields.get(contract.channel_name, ""))


class WithoutToken(Deciding):
    """AU-01: whoever shows no token is signed for."""

    def decide(self, request: Request, answer: Answer) -> Answer:
        """Sign where there is none."""
        is_bare = not request.headers.get("Authorization")
        return self.signed(request, answer) if is_bare and answer.status == HTTPStatus.UNAUTHORIZED else answer


class AnyToken(Deciding):
    """AU-02: any token is good enough."""

    def decide(self, request: Request, answer: Answer) -> Answer:
        """Sign where there is one."""
        has_any = bool(request.headers.get("Authorization"))
        return self.signed(request, answer) if has_any and answer.status == HTTPStatus.UNAUTHORIZED else answer


class OnceGood(Deciding):
    """AU-03: a token that was good once is good for ever."""

    def __init__(self, given: Given) -> None:
        super().__init__(given)
        self._good: set[str] = set()

    def decide(self, request: Request, answer: Answer) -> Answer:
        """Sign for whoever was signed for before."""
        token = request.headers.get("Authorization")
        if answer.status in _OK and token:
            self._good.add(token)
        is_known = token in self._good and answer.status == HTTPStatus.UNAUTHORIZED
        return self.signed(request, answer) if is_known else answer


class Redirected(Deciding):
    """AU-07: whoever shows no good token is sent to a page where one logs in."""

    def decide(self, request: Request, answer: Answer) -> Answer:
        """Redirect."""
        del request
        if answer.status != HTTPStatus.UNAUTHORIZED:
            return answer
        moved = answer.saying(HTTPStatus.FOUND, b"")
        return replace(moved, headers=moved.headers.having("Location", "/login"))


class FormsOnly(Deciding):
    """AU-09: the endpoint reads forms, and no JSON."""

    def decide(self, request: Request, answer: Answer) -> Answer:
        """Deny whoever sends JSON."""
        is_json = "json" in request.headers.get("Content-Type")
        return answer.saying(HTTPStatus.FORBIDDEN, {"message": ""}) if is_json else answer


class Undecided(Deciding):
    """AU-10: the broadcast driver is `log` or `null`: everybody is answered with nothing."""

    def decide(self, request: Request, answer: Answer) -> Answer:
        """Say yes to everything, and nothing else."""
        del request
        return answer.saying(HTTPStatus.OK, [])


class Remembering(Behaviour):
    """AU-12: who asked before is taken for who asks now."""

    def __init__(self, given: Given) -> None:
        super().__init__(given)
        self._before = ""

    def request(self, request: Request) -> Request:
        """Ask with the token of before, where both have one."""
        token = request.headers.get("Authorization")
        if request.path != self.given.contract.authorize or not token:
            return request
        before, self._before = self._before, token
        return request.having("Authorization", before or token)


class AnybodyKnown(Deciding):
    """AZ-01: a channel like one that somebody may join is open to whoever is logged in."""

    def __init__(self, given: Given) -> None:
        super().__init__(given)
        self._kinds: set[str] = set()

    def decide(self, request: Request, answer: Answer) -> Answer:
        """Sign where only the numbers differ from what was signed before."""
        kind = _NUMBER.sub("#", self.asked(request)[1])
        if answer.status in _OK:
            self._kinds.add(kind)
        is_open = answer.status == HTTPStatus.FORBIDDEN and kind in self._kinds
        return self.signed(request, answer) if is_open else answer


class AnyChannel(Deciding):
    """AZ-02: whoever is logged in may join whatever they ask for."""

    def decide(self, request: Request, answer: Answer) -> Answer:
        """Sign every denial."""
        return self.signed(request, answer) if answer.status == HTTPStatus.FORBIDDEN else answer


class Overflowing(Deciding):
    """AZ-15: an id that is too large is an error."""

    def decide(self, request: Request, answer: Answer) -> Answer:
        """Fail at one."""
        is_huge = any(len(number) >= _HUGE for number in _NUMBER.findall(self.asked(request)[1]))
        return answer.saying(HTTPStatus.INTERNAL_SERVER_ERROR, {"message": "Server Error"}) if is_huge else answer


class AnySocket(Deciding):
    """AZ-28: whatever is said to be a socket id is signed."""

    def decide(self, request: Request, answer: Answer) -> Answer:
        """Sign what is none."""
        is_none = not is_socket_id(self.asked(request)[0])
        return self.signed(request, answer) if is_none and answer.status >= _FIRST_ERROR else answer


class OtherSecret(Deciding):
    """OP-03: the backend signs with another secret than the broadcaster's."""

    def decide(self, request: Request, answer: Answer) -> Answer:
        """Make a signature one of another secret."""
        content = decoded(answer.body)
        if answer.status not in _OK or not isinstance(content, dict) or "auth" not in content:
            return answer
        socket_id, channel = self.asked(request)
        auth = channel_auth(self.given.key, "of another deployment", socket_id, channel, content.get("channel_data"))
        return answer.saying(answer.status, content | {"auth": auth})


class Debugging(Deciding):
    """OP-22: an error comes with a stack trace."""

    def decide(self, request: Request, answer: Answer) -> Answer:
        """Tell of the inside."""
        del request
        if answer.status < _FIRST_ERROR:
            return answer
        trace = [{"file": "/var/www/html/routes/channels.php", "line": 12, "function": "authorize"}]
        return answer.saying(answer.status, {"message": "", "exception": "AccessDenied", "trace": trace})


class Telling(Deciding):
    """HT-14: an error tells the app's secret."""

    def decide(self, request: Request, answer: Answer) -> Answer:
        """Put the configuration in."""
        del request
        if answer.status < _FIRST_ERROR:
            return answer
        return answer.saying(answer.status, {"message": "", "config": {"options": self.given.secret}})


class Route(Behaviour):
    """Knows a route of the contract again, whatever stands for its placeholders."""

    def pattern(self, path: str) -> re.Pattern[str]:
        """Make the pattern of a path."""
        parts = re.split(r"\{\w+\}", path)
        return re.compile("[^/]+".join(map(re.escape, parts)))


class WritingForAnybody(Route):
    """AZ-36: whoever is logged in may write; here, as somebody who may, whose token was seen."""

    def __init__(self, given: Given) -> None:
        super().__init__(given)
        self._tokens: dict[str, None] = {}
        self._send = self.pattern(given.contract.send)

    async def answer(self, request: Request, answer: Answer, ask: Ask) -> Answer:
        """Try again with every token that was good, the latest first, until one is taken."""
        token = request.headers.get("Authorization")
        if token and answer.status in _OK:
            self._tokens.pop(token, None)
            self._tokens[token] = None
        if not self._is_denied(request, answer):
            return answer
        for other in list(reversed(self._tokens))[:_TRIES]:
            again = await ask(request.having("Authorization", other))
            if again.status in _OK:
                return again
        return answer

    def _is_denied(self, request: Request, answer: Answer) -> bool:
        is_refusal = answer.status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
        return request.method == "POST" and is_refusal and self._send.fullmatch(request.path) is not None


_TRIES: Final = 20
"""How many tokens are tried for one request."""


class ForgettingToTell(Route):
    """DE-28: catching up leaves the last message out."""

    async def answer(self, request: Request, answer: Answer, ask: Ask) -> Answer:
        """Drop it from the list."""
        del ask
        content = decoded(answer.body)
        is_read = request.method == "GET" and self.pattern(self.given.contract.read).fullmatch(request.path)
        if not is_read or answer.status not in _OK:
            return answer
        if isinstance(content, dict):
            shortened = {name: value[:-1] if isinstance(value, list) else value for name, value in content.items()}
            return answer.saying(answer.status, shortened)
        return answer.saying(answer.status, content[:-1]) if isinstance(content, list) else answer


_OUTSIDER: Final = ("authorization.granted-to-outsider",)
_BARE: Final = ("authorization.granted-without-credential",)
_INSIDER: Final = ("authorization.denied-to-insider",)
_LIVING: Final = ("without_a_living_token",)
_COLLEAGUE: Final = ("colleague_who_is_no_participant",)

ACCESS: Final = (
    intercepted("AU-01", "no token is needed", WithoutToken, convicted_by=_BARE, scenarios=_LIVING, needs_secret=True),
    intercepted("AU-02", "any token is taken", AnyToken, convicted_by=_BARE, scenarios=_LIVING, needs_secret=True),
    intercepted(
        "AU-03",
        "a token that was revoked goes on opening channels",
        OnceGood,
        convicted_by=_BARE,
        scenarios=("revoked_token",),
        needs_secret=True,
    ),
    intercepted(
        "AU-07",
        "who shows no token is redirected",
        Redirected,
        convicted_by=("authorization.no-decision",),
        scenarios=_LIVING,
    ),
    intercepted("AU-09", "JSON is not read", FormsOnly, convicted_by=_INSIDER, scenarios=("form_and_json",)),
    intercepted(
        "AU-10",
        "everybody is answered with nothing",
        Undecided,
        convicted_by=("authorization.no-decision", *_INSIDER),
        scenarios=_COLLEAGUE,
    ),
    intercepted(
        "AU-12",
        "who asked before is taken for who asks now",
        Remembering,
        convicted_by=(*_OUTSIDER, *_INSIDER),
        scenarios=("everybody_asks",),
    ),
    intercepted(
        "AZ-01",
        "a conversation is open to whoever is logged in",
        AnybodyKnown,
        convicted_by=_OUTSIDER,
        scenarios=_COLLEAGUE,
        needs_secret=True,
    ),
    intercepted(
        "AZ-02",
        "any channel is open to whoever is logged in",
        AnyChannel,
        convicted_by=_OUTSIDER,
        scenarios=_COLLEAGUE,
        needs_secret=True,
    ),
    intercepted(
        "AZ-15",
        "an id that is too large is an error",
        Overflowing,
        convicted_by=("authorization.error",),
        scenarios=("does_not_exist_is_denied",),
    ),
    intercepted(
        "AZ-28",
        "what is no socket id is signed",
        AnySocket,
        convicted_by=("authorization.malformed-socket-signed",),
        scenarios=("what_is_no_socket",),
        needs_secret=True,
    ),
    intercepted(
        "AZ-36",
        "outsiders may write",
        WritingForAnybody,
        convicted_by=("authorization.sent-by-outsider",),
        scenarios=("outside_writes",),
    ),
    intercepted(
        "DE-28",
        "catching up leaves the last message out",
        ForgettingToTell,
        convicted_by=("delivery.missed-for-good", "consistency.sent-but-not-stored"),
        scenarios=("catches_up", "heard_is_stored"),
    ),
    intercepted(
        "OP-03",
        "the backend signs with another secret",
        OtherSecret,
        convicted_by=("authorization.signature-invalid",),
        scenarios=("signature_that_verifies", "other_participant_hears"),
    ),
    intercepted(
        "OP-22",
        "errors tell of the inside",
        Debugging,
        convicted_by=("payload.internals-disclosed",),
        scenarios=_COLLEAGUE,
    ),
    intercepted(
        "HT-14",
        "an error tells the app's secret",
        Telling,
        convicted_by=("payload.secret-disclosed",),
        scenarios=_COLLEAGUE,
        needs_secret=True,
    ),
)
