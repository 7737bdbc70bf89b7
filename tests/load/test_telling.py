"""A load in words: on a terminal, in a log, in a job's summary."""

import io
from collections.abc import Callable

import msgspec

from harness.load.generator import Tick
from harness.load.result import Result
from harness.load.telling import Progress, markdown, stages, told

TICK = Tick(second=7, users=100, sent=20, delivered=1900, p50=0.0012, p99=1.5, lost=2, own_lag=0.0004)
SAID = "   7 s  100 users  20 sent/s  1900 delivered/s  p50 1.2 ms  p99 1.50 s  lost 2  own lag 0.4 ms"


class Terminal(io.StringIO):
    """A stream that says that somebody looks at it."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def test_a_log_has_a_line_a_second() -> None:
    """Nothing is taken back in a file."""
    stream = io.StringIO()
    progress = Progress(stream)
    progress("100 users are connected")
    progress(TICK)
    progress.end()

    assert stream.getvalue() == f"100 users are connected\n{SAID}\n"


def test_a_terminal_has_one_line_that_changes() -> None:
    """It is left behind at the end."""
    stream = Terminal()
    progress = Progress(stream)
    progress(TICK)
    progress(TICK)
    progress.end()

    assert stream.getvalue() == f"\r\x1b[K{SAID}\r\x1b[K{SAID}\n"


def test_the_end_says_what_was_looked_at(make: Callable[..., Result]) -> None:
    """The load first and the verdict last; what a server said is shown on one line, with nothing hidden in it."""
    result = msgspec.structs.replace(make(), reasons=("\x1b[31mred\nflag",), missing=("message 0",))
    first, *found, last = told(result)

    assert first == (
        "load      2 users (2 people, 0 eavesdroppers) in 1 conversations; constant of 100/s for 4 s, seed 0"
    )
    assert "PASS          delivery       400 of 400 owed deliveries arrived, 0 lost, 0 excused" in found
    assert "lost      message 0" in found
    assert not any("\x1b" in line or "\n" in line for line in found)
    assert last == "verdict   PASS"


def test_a_summary_is_tables(make: Callable[..., Result]) -> None:
    """Whatever a server said breaks none of them."""
    text = markdown(make())

    assert text.startswith("## Load: PASS\n")
    assert "| PASS | p99 | 10 ms (10 ms to 10 ms), limit 100 ms |" in text
    assert "| delivery | 400 | 10 ms | 10 ms | 10 ms |" in text


def test_without_a_delivery_there_are_its_other_stages(make: Callable[..., Result]) -> None:
    """Nothing was delivered is no row of noughts."""
    result = msgspec.structs.replace(make(), delivery=None)

    assert [name for name, _ in stages(result)] == ["slip"]
