"""Lists of known failures: what counts as new, and what passes again."""

from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from harness.conformance.known import NOTHING, KnownFailures, checked, known_failures, laid_over, shipped
from harness.conformance.matrix import Cell, Column
from harness.conformance.suite import collect
from harness.errors import UsageError

CASES = ("1.1.1", "1.1.2", "2.1.1")


def column(**grades: str) -> Column:
    """Make a column, `c1_1_1="FAILED"`."""
    cells = {name.removeprefix("c").replace("_", "."): Cell(grade=one) for name, one in grades.items()}  # type: ignore[arg-type]
    return Column(name="mine", dialect="", cells=cells)


def test_a_known_failure_is_not_new() -> None:
    """Any other is."""
    known = checked("mine", '"1.1.1" = "seen in May"', CASES)
    found = laid_over(column(c1_1_1="FAILED", c1_1_2="FAILED", c2_1_1="OK"), known)

    assert found.new == ["1.1.2"]
    assert found.passing_again == []
    assert (found.cells["1.1.1"].standing, found.cells["1.1.1"].reason) == ("known", "seen in May")


def test_an_entry_that_fails_no_more_is_told() -> None:
    """It should be removed."""
    found = laid_over(column(c1_1_1="OK", c1_1_2="OK"), checked("mine", '"1.1.1" = "seen in May"', CASES))

    assert found.passing_again == ["1.1.1"]
    assert found.known_list == "mine"


def test_a_pattern_passes_again_when_none_of_its_cases_fails() -> None:
    """And not while one does."""
    known = checked("mine", '"1.1.*" = "the timers"', CASES)

    assert laid_over(column(c1_1_1="OK", c1_1_2="FAILED"), known).passing_again == []
    assert laid_over(column(c1_1_1="OK", c1_1_2="DIALECT"), known).passing_again == ["1.1.1"]


def test_what_was_not_exercised_says_nothing_of_an_entry() -> None:
    """It neither fails nor passes."""
    known = checked("mine", '"1.1.1" = "seen"', CASES)

    assert laid_over(column(c1_1_1="NOT EXERCISED"), known).passing_again == []


def test_the_entry_of_a_case_wins_over_a_pattern() -> None:
    """For its reason is the nearer one."""
    known = KnownFailures(name="mine", reasons={"1.*": "all", "1.1.1": "this"})

    assert (known.entry("1.1.1"), known.entry("1.1.2"), known.entry("2.1.1")) == ("1.1.1", "1.*", "")
    assert laid_over(column(c1_1_1="FAILED"), NOTHING).new == ["1.1.1"]


def test_what_ends_the_server_is_told_apart() -> None:
    """It is no failure: it is not tried."""
    known = checked("mine", '"1.1.1" = "x"\n[ends_the_server]\n"2.*" = "it exits"', CASES)

    assert (known.reasons, known.ends) == ({"1.1.1": "x"}, {"2.*": "it exits"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('"9.9.9" = "x"', "'9.9.9' is no case"),
        ('"9.*" = "x"', r"'9\.\*' matches no case"),
        ('"1.1.1" = ""', "'1.1.1' has no reason"),
        ('"1.1.1" = "  "', "'1.1.1' has no reason"),
        ('"1.1.1" = true', "'1.1.1' has no reason"),
        ('1.1.1 = "x"', r"\[1\] is a table; write \"1.1\" = \"the reason\", with its quotation marks"),
        ("nonsense", "mine is no TOML"),
        ("ends_the_server = 5", "ends_the_server is no table"),
        ('[ends_the_server]\n"9.9.9" = "x"', "'9.9.9' is no case"),
    ],
)
def test_a_list_that_is_wrong_is_refused(text: str, said: str) -> None:
    """In a sentence that names the entry."""
    with pytest.raises(UsageError, match=said):
        checked("mine", text, CASES)


def test_every_shipped_list_names_cases_that_exist() -> None:
    """With a reason each."""
    ids = [one.id for one in collect()]

    assert {"pusher-fake-6.1.0", "poxa-1.3.0", "reverb-1.10.2", "soketi-1.6.1"} <= set(shipped())
    assert all(known_failures(name, "mine", ids, start=Path()).name == name for name in shipped())


def test_a_shipped_list_repeats_nothing_that_its_dialect_is_known_for() -> None:
    """Such a case would be told to pass again; soketi is run by tests/foreign, which is told so."""
    cases = {one.id: one for one in collect()}
    for name in shipped():
        dialect = name.rpartition("-")[0]
        for entry in known_failures(name, "mine", cases, start=Path()).reasons:
            covered = [one for id_, one in cases.items() if fnmatchcase(id_, entry)]
            assert dialect == "soketi" or any(dialect not in one.known for one in covered), (name, entry)


def test_a_folder_has_a_list_a_target(tmp_path: Path) -> None:
    """Of one that has none, nothing is known."""
    (tmp_path / "known").mkdir()
    (tmp_path / "known" / "mine.toml").write_text('"1.1.1" = "x"')

    assert known_failures("known", "mine", CASES, start=tmp_path).reasons == {"1.1.1": "x"}
    assert known_failures("known/mine.toml", "other", CASES, start=tmp_path).reasons == {"1.1.1": "x"}
    assert known_failures("known", "other", CASES, start=tmp_path).reasons == {}


def test_a_list_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    """With the names of those that do."""
    with pytest.raises(UsageError, match=r"'nowhere': No such file.*reverb-1\.10\.2"):
        known_failures("nowhere", "mine", CASES, start=tmp_path)
    (tmp_path / "latin").write_bytes(b'"1.1.1" = "\xe9"')
    with pytest.raises(UsageError, match="is no text in UTF-8"):
        known_failures("latin", "mine", CASES, start=tmp_path)
