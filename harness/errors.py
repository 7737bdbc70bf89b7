"""
The errors of the project, one tree a fault.

::

    HarnessError                  ours, or the set-up: what was found, what is allowed, what to do
    ├── UsageError                an option, a file or a test asks for something that does not exist
    ├── EnvironmentFault          a process, a port or the network failed; says nothing about the product
    ├── Inconclusive              the system may be right or wrong: not enough was observed to say
    └── NotExercised              the target cannot serve what a test needs

    GuaranteeBroken               the system under test (an AssertionError, so that pytest shows it as a failure)
    └── Refused                   it said no to a verb; whether it was right is for the checkers to say
        ├── LoginRefused
        ├── AuthorizationDenied
        ├── SubscriptionRefused
        └── SendRefused

Messages may quote the system under test. Shown as text they are safe for a terminal and a CI log, whoever wrote them.
"""

_BODY_SHOWN = 500
"""Characters of an answer that a message quotes; the error's `body` and the history hold all of it."""


class HarnessError(Exception):
    """Our side or the set-up is wrong; the message says what was found, what is allowed and what to do."""

    def __str__(self) -> str:
        return _shown(super().__str__())


class UsageError(HarnessError):
    """Somebody asked for what does not exist: an unknown option value, target, capability, marker word or key."""


class EnvironmentFault(HarnessError):
    """A process, a port or the network failed, which is no verdict on the product (DESIGN.md, section 10)."""


class Inconclusive(HarnessError):
    """Not enough was observed to pass or to fail; nothing observed is never a pass."""


class NotExercised(HarnessError):
    """The target cannot serve what a test needs; every report lists it with this reason."""


class GuaranteeBroken(AssertionError):
    """The system under test broke a guarantee; the message is a paragraph that a stranger can act on."""

    def __str__(self) -> str:
        return _shown(super().__str__())


class Refused(GuaranteeBroken):
    """
    The system said no to a verb.

    Raising it records the answer, not a finding: whether the answer was right is the authorization checker's business.

    `act` is what was asked, in words; `status` the HTTP status or the protocol's error code, `None` when the refusal
    carried none; `body` the answer as text, secrets taken out. `hop` names the step of the flow that said no, and
    `expected` what should have come instead, or what to look at, where that is known.
    """

    hop = ""

    def __init__(self, act: str, status: int | None, body: str, *, expected: str = "") -> None:
        told = body if len(body) <= _BODY_SHOWN else f"{body[:_BODY_SHOWN]}… ({len(body)} characters)"
        said = f"{act} was refused: {status if status is not None else 'no code'} {told}".rstrip()
        hop = [f"  hop       {self.hop}"] if self.hop else []
        super().__init__("\n".join([said, *hop, *([f"  expected  {expected}"] if expected else [])]))
        self.act = act
        self.status = status
        self.body = body


class LoginRefused(Refused):
    """The login route did not answer with a token."""

    hop = "1, login"


class AuthorizationDenied(Refused):
    """
    The channel authorization endpoint did not answer 200 with a signature.

    `carried_signature` tells whether the denial held something shaped like one all the same.
    """

    hop = "3, authorize"

    def __init__(
        self, act: str, status: int | None, body: str, *, expected: str = "", carried_signature: bool = False
    ) -> None:
        super().__init__(act, status, body, expected=expected)
        self.carried_signature = carried_signature


class SubscriptionRefused(Refused):
    """The broadcaster did not acknowledge a subscription."""

    hop = "4, subscribe"


class SendRefused(Refused):
    """The backend did not accept a message."""

    hop = "5, send"


def plain(text: str) -> str:
    """
    Make text of any origin safe for one line of a terminal or a CI log.

    Control, escape and bidirectional characters become escapes; no line starts with `::`, none holds `##`: a CI runner
    would take those for commands.
    """
    shown = text
    if not text.isprintable():
        shown = "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)
    shown = shown.replace("##", "#\u200b#")
    return shown.replace("::", ":\u200b:") if shown.lstrip().startswith("::") else shown


def _shown(message: str) -> str:
    return "\n".join(plain(line) for line in message.split("\n"))
