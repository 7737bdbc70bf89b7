"""How a run is told: a line an exercise while it goes on, a few at the end, and the same as Markdown."""

from collections.abc import Iterator

from harness.errors import plain
from harness.report.quoting import on_one_line
from harness.rig.exercise import Word
from harness.rig.result import Result, Sheet

_MARKS = {Word.PASS: "ok", Word.FAIL: "FAIL", Word.INCONCLUSIVE: "unknown", Word.NOT_EXERCISED: "-"}
_MARKUP = {mark: f"&#{ord(mark)};" for mark in "\\`*_[]<>|&~"}


def line(result: Result) -> str:
    """Say in a line what became of an exercise."""
    return plain(f"{_MARKS[result.word]:<8} {result.id:<26} {result.seconds:5.1f} s  {on_one_line(result.reason)}")


def summary(sheet: Sheet) -> Iterator[str]:
    """Give the lines of the end: the verdict, whatever failed and what it should have been, and remarks."""
    counts = ", ".join(f"{len(sheet.of(word))} {word.lower()}" for word in Word if sheet.of(word))
    yield f"{sheet.verdict}: {counts}"
    for result in sheet.of(Word.FAIL):
        yield plain(f"FAIL  {result.id}: {on_one_line(result.reason)}")
        yield plain(f"      expected: {result.says}")
    for result in sheet.results:
        for remark in result.remarks:
            yield plain(f"note  {result.id}: {on_one_line(remark)}")


def markdown(sheet: Sheet) -> str:
    """Write the run for a reader of the repository, or of a pull request."""
    rows = [
        f"| {one.id} | {_cell(one.says)} | {one.word} | {_cell('; '.join([one.reason, *one.remarks]))} |"
        for one in sheet.results
    ]
    parts = [
        f"# What the client does: {sheet.verdict}\n",
        *(f"- {_cell(said)}" for said in summary(sheet)),
        "\n| exercise | the client must | became | seen |\n|---|---|---|---|",
        *rows,
    ]
    return "\n".join(parts) + "\n"


def _cell(text: str) -> str:
    """Write text of any origin as text, where a table or a tag could begin."""
    shown = on_one_line(text)
    return "".join(_MARKUP.get(character, character) for character in shown)
