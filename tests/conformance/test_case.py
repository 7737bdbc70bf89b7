"""What a behaviour is worth, and what is demanded of a case."""

import pytest

from harness.conformance.bench import Bench
from harness.conformance.case import Case, Grade, Known, Row, case, cases
from harness.errors import UsageError


async def _run(_: Bench) -> str:
    return "nothing"


ASKED = Case(
    "3.2.1",
    "Something is done.",
    _run,
    expects=("error *",),
    tolerates=("closed *",),
    known={"reverb": Known("succeeded", "PROTOCOL.md 13")},
)
SILENT = Case("3.2.2", "Something is done.", _run, known={"reverb": Known("succeeded", "PROTOCOL.md 13")})


@pytest.mark.parametrize(
    ("behaviour", "dialect", "due"),
    [
        ("error 4009", "reverb", Grade.OK),
        ("succeeded", "reverb", Grade.DIALECT),
        ("succeeded", "pusher", Grade.FAILED),
        ("closed 1006", "pusher", Grade.NON_STRICT),
        ("nothing", "reverb", Grade.FAILED),
    ],
)
def test_a_behaviour_is_graded(behaviour: str, dialect: str, due: Grade) -> None:
    """What is asked for, what this product is known for, what is allowed, everything else."""
    assert ASKED.grade(behaviour, dialect, is_ours=False) is due


@pytest.mark.parametrize(
    ("behaviour", "dialect", "is_ours", "due"),
    [
        ("succeeded", "reverb", True, Grade.DIALECT),
        ("nothing", "reverb", True, Grade.FAILED),
        ("nothing", "reverb", False, Grade.INFORMATIONAL),
        ("nothing", "pusher", True, Grade.INFORMATIONAL),
    ],
)
def test_where_the_specification_is_silent(behaviour: str, dialect: str, due: Grade, *, is_ours: bool) -> None:
    """Nothing fails but a server of ours that does not do what its dialect is known for."""
    assert SILENT.grade(behaviour, dialect, is_ours=is_ours) is due


def test_a_test_is_made_of_a_coroutine() -> None:
    """Its docstring is the sentence, its name the test's, and it runs in the tier of a pull request."""

    @case("1.1.1", expects="established", needs=("api",), hostile=True, waits=True)
    async def test_of_mine(bench: Bench) -> str:
        """Do something."""
        return (await bench.open()).greeting

    (made,) = test_of_mine.cases
    assert (made.id, made.says, made.expects, made.needs) == ("1.1.1", "Do something.", ("established",), ("api",))
    assert (made.hostile, made.waits, made.section, made.order) == (True, True, 1, (1, 1, 1))
    assert test_of_mine.__name__ == "test_of_mine"
    assert [mark.name for mark in test_of_mine.pytestmark] == ["parametrize", "tier"]


@pytest.mark.asyncio
async def test_a_row_is_a_case_with_what_is_given() -> None:
    """What a row leaves out is the table's."""

    @cases(
        Row("1.1.1", "One is done.", "one"),
        Row("1.1.2", "Two is done.", "two", expects=("a", "b"), tolerates="c", known={}),
        expects="error *",
        tolerates="d",
        known={"reverb": Known("x", "y")},
    )
    async def test_of_mine(bench: Bench, given: str) -> str:
        """Do something."""
        return f"{bench}: {given}"

    one, two = test_of_mine.cases
    assert (one.says, one.expects, one.tolerates, list(one.known)) == ("One is done.", ("error *",), ("d",), ["reverb"])
    assert await two.run(None) == "None: two"
    assert (two.says, two.expects, two.tolerates, list(two.known)) == ("Two is done.", ("a", "b"), ("c",), [])


@pytest.mark.parametrize("id_", ["1", "1.2", "1.2.3.4", "a.b.c", "1..2", "1.2.²"])
def test_an_id_has_three_numbers(id_: str) -> None:
    """A case of any other is refused as it is written."""
    with pytest.raises(UsageError, match=r"section\.group\.number"):
        case(id_)(_told)


def test_a_case_says_what_it_does() -> None:
    """A sentence without its full stop is refused."""
    with pytest.raises(UsageError, match="full stop"):
        case("1.1.1")(_run)


async def _told(_: Bench) -> str:
    """Do something."""
    return "nothing"
