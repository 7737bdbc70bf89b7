"""The page that tells whoever holds the app what goes on and what to do, as HTML and as JSON for a test driver."""

from html import escape

import msgspec

from harness.rig.exchange import Answer, Request
from harness.rig.exercise import Exercise, Word
from harness.rig.result import Result

_POLICY = ("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'")


class State(msgspec.Struct, kw_only=True):
    """Where the rig is; `act` and `asked` are what somebody has to do in the app, empty when nothing is."""

    exercise: str = ""
    says: str = ""
    number: int = 0
    of: int = 0
    act: str = ""
    asked: str = ""
    results: dict[str, Word] = {}


class Status:
    """Answers requests that are for nobody else."""

    def __init__(self) -> None:
        self.state = State()

    def began(self, exercise: Exercise, number: int, of: int) -> None:
        """Say which exercise is on."""
        results = self.state.results
        self.state = State(exercise=exercise.id, says=exercise.says, number=number, of=of, results=results)

    def ended(self, result: Result) -> None:
        """Say what became of it."""
        self.state.results = {**self.state.results, result.id: result.word}

    def ask(self, act: str, sentence: str) -> None:
        """Say what has to be done in the app."""
        self.state.act, self.state.asked = act, sentence

    def page(self, request: Request) -> Answer:
        """Answer a request for the page, or for what stands on it."""
        if request.path == "/rig.json":
            return Answer(200, msgspec.json.encode(self.state).decode())
        if request.path == "/":
            return Answer(200, _html(self.state), "text/html; charset=utf-8", (_POLICY,))
        return Answer(404, '{"message":"The rig serves / and /rig.json, /app/KEY, and the authorization endpoints."}')


def _html(state: State) -> str:
    asked = f"<h2>{escape(state.asked)}</h2>" if state.asked else "<p>Nothing has to be done.</p>"
    rows = "".join(f"<li>{escape(name)}: {word}</li>" for name, word in state.results.items())
    now = f"{state.number} of {state.of}: {escape(state.exercise)}" if state.of else "waiting"
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="1">'
        '<meta name="viewport" content="width=device-width"><title>realtime rig</title>'
        f"<h1>{now}</h1><p>{escape(state.says)}</p>{asked}<ol>{rows}</ol></html>"
    )
