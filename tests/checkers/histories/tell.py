"""
Tell the recorded histories of this folder: `python tests/checkers/histories/tell.py` writes them.

A file is called what a judge must say of it: the id of an observation, `accepted` or `inconclusive`, and after `--` in
which way. They are judged with an arrival deadline of 2 s and a revocation budget of 5 s. `accepted--a-real-run` was
recorded from scenarios/test_messaging.py and is told by nobody.
"""

from pathlib import Path

import accepted  # noqa: F401  being imported, it adds its stories
import accepted_authorization  # noqa: F401
import accepted_content  # noqa: F401
import budgets  # noqa: F401
import refused  # noqa: F401  so does this
import refused_authorization  # noqa: F401
import refused_content  # noqa: F401
from story import STORIES, Story

from harness.history.recorder import store


def tell(name: str) -> Story:
    """Tell the story of this name from beginning to end."""
    story = Story()
    STORIES[name](story)
    story.finish()
    return story


def main() -> None:
    """Write every history."""
    for name in STORIES:
        story = tell(name)
        store(Path(__file__).with_name(f"{name}.jsonl"), story.recorder.header, story.events)


if __name__ == "__main__":
    main()
