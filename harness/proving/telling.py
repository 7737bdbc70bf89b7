"""How a proof is told: a line a defect while it goes on, a few at the end, and the same as Markdown."""

from collections.abc import Iterator

from harness.proving.result import Proof, Result
from harness.report.markdown import prose

_REASONS = 3


def line(result: Result) -> str:
    """Say in a line what became of one defect."""
    name = result.defect or "(healthy)"
    if not result.defect:
        alarms = len(result.others)
        said = result.problem or (_some(alarms, "false alarm") if alarms else "no false alarm")
        said = ", ".join(filter(None, (said.splitlines()[0], result.where)))
    elif result.conviction is not None:
        said = f"{result.conviction.id}  in {result.test}"
    else:
        said = result.problem or "; ".join(result.others[:_REASONS]) or _seen(result)
    return f"{name:<18} {result.word if result.defect else '':<16} {result.seconds:5.1f} s  {said.splitlines()[0]}"


def _seen(result: Result) -> str:
    """Say how many tests saw nothing, and that the others did not look."""
    left_out = f", {result.left_out} not exercised" if result.left_out else ""
    return f"{_some(result.tests - result.left_out, 'test')} saw nothing{left_out}"


def _some(count: int, word: str) -> str:
    """Say how many there are of something."""
    return f"{count} {word}{'s' * (count != 1)}"


def summary(proof: Proof) -> Iterator[str]:
    """Give the lines of the end: the score, whatever survived and what would have caught it, false alarms."""
    caught = f"{len(proof.caught)} of {len(proof.results)} defects caught"
    yield f"{caught} ({proof.score:.0%}), {_some(_ids(proof), 'id')}"
    about = f"target {proof.target}, tier {proof.tier}, seed {proof.seed}, {proof.seconds:.0f} s"
    yield f"{_some(proof.tests, 'test')} on {about}"
    for result in proof.missed:
        yield from _missed(proof, result)
    for alarm in proof.false_alarms:
        yield f"FALSE ALARM  {alarm}"
    for doubt in (doubt for one in proof.healthy for doubt in one.doubts):
        yield f"inconclusive on the healthy target: {doubt.splitlines()[0]}"
    if proof.untried:
        yield f"not tried: {_some(len(proof.untried), 'defect')}, see the report"


def _ids(proof: Proof) -> int:
    return len({one.defect.partition(":")[0] for one in proof.caught})


def _missed(proof: Proof, result: Result) -> Iterator[str]:
    defect = proof.defect(result.defect)
    yield f"{result.word.upper()}  {defect.id}: {defect.says}"
    tests = ", ".join(f"*{part}*" for part in defect.scenarios)
    yield f"    would have caught it: {' or '.join(defect.convicted_by)}, as in {tests}"
    if result.problem:
        yield f"    not tried: {result.problem.splitlines()[0]}"
    for other in result.others[:_REASONS]:
        yield f"    failed all the same: {other}"


def _observed(one: Result) -> str:
    """Say what convicted it, or what happened instead, which stays in its cell whatever a test said."""
    return one.conviction.id if one.conviction else prose("".join(one.others[:1]) or one.problem)


def markdown(proof: Proof) -> str:
    """Write the proof for a reader of the repository, or of a pull request."""
    rows = [
        f"| {one.defect} | {proof.defect(one.defect).says} | {one.word} | {_observed(one)} | {one.seconds:.1f} |"
        for one in proof.results
    ]
    untried = [f"| {id_} | {reason} |" for id_, reason in sorted(proof.untried.items())]
    parts = [
        "# What this suite catches\n",
        *(f"- {said}" for said in summary(proof)),
        "\n| defect | what is wrong | became | observed | s |\n|---|---|---|---|---|",
        *rows,
    ]
    if untried:
        parts += ["\n| not tried | why |\n|---|---|", *untried]
    return "\n".join(parts) + "\n"
