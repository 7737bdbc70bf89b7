"""
Tell the recorded histories of this folder: `python tests/checkers/histories/tell.py` writes them.

A file is called what a judge must say of it: the id of an observation, `accepted` or `inconclusive`, and after `--` in
which way. They are judged with an arrival deadline of 2 s and a revocation budget of 5 s. `accepted--a-real-run` was
recorded from scenarios/test_messaging.py and is told by nobody. `judgements.json` holds every word that the judges
say of them, so that a review shows what a change does to what people read.
"""

import json
from pathlib import Path
from typing import Any

import accepted  # noqa: F401  being imported, it adds its stories
import accepted_authorization  # noqa: F401
import accepted_content  # noqa: F401
import accepted_faults  # noqa: F401
import accepted_forgeries  # noqa: F401
import accepted_recovery  # noqa: F401
import accepted_rights  # noqa: F401
import budgets  # noqa: F401
import msgspec
import refused  # noqa: F401  so does this
import refused_authorization  # noqa: F401
import refused_calls  # noqa: F401
import refused_content  # noqa: F401
import refused_faults  # noqa: F401
import refused_forgeries  # noqa: F401
import refused_recovery  # noqa: F401
import refused_rights  # noqa: F401
from story import STORIES, Story

from harness.checkers.judgement import judge
from harness.history.recorder import load, store

FOLDER = Path(__file__).parent
JUDGEMENTS = FOLDER / "judgements.json"
OF_THE_LIST = {"class", "hop", "suspects", "test", "tolerated"}
"""Fields of findings that follow from the id, or that are empty here."""


def tell(name: str) -> Story:
    """Tell the story of this name from beginning to end."""
    story = Story()
    STORIES[name](story)
    story.finish()
    return story


def judged() -> dict[str, Any]:
    """Judge every history, and give whatever is said of it, by its name."""
    said = {}
    for path in sorted(FOLDER.glob("*.jsonl")):
        judgement = json.loads(msgspec.json.encode(judge(load(path)[1])))
        for one in judgement["findings"]:
            for field in OF_THE_LIST:
                del one[field]
        counts = ", ".join(f"{count} {what}" for what, count in judgement["counts"].items())
        said[path.stem] = {what: value for what, value in (judgement | {"counts": counts}).items() if value}
    return said


def main() -> None:
    """Write every history, and what is said of it."""
    for name in STORIES:
        story = tell(name)
        store(FOLDER / f"{name}.jsonl", story.recorder.header, story.events)
    JUDGEMENTS.write_text(json.dumps(judged(), indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
