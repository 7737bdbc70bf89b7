"""The kill switch: Ctrl-C ends a run on somebody else's system, and what the run made there is deleted all the same."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness.commands.target_file import declaration_text
from harness.topology import Deployment


def test_ctrl_c_leaves_nothing(running: Deployment, front: Callable[..., Any], tmp_path: Path) -> None:
    """As many conversations and accounts are deleted as were made, and the run says that it was interrupted."""
    url = running.target.backend.url
    backend = front(upstreams={"/b": (urlsplit(url).hostname, urlsplit(url).port)})
    text = declaration_text(running.target).replace(url, f"http://127.0.0.1:{backend.port}/b")
    (tmp_path / "realtime.toml").write_text(text, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("REALTIME_", "PYTEST_"))}
    command = [sys.executable, "-m", "harness", "run", "-q", "-k", "revocation"]

    def made(*requests: str) -> int:
        return sum(line.startswith(requests) for line in list(backend.asked))

    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        deadline = time.monotonic() + 60
        while made("POST /b/api/register") < 2:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
    gone = made("DELETE /b/api/conversations/") - sum("/participants/" in line for line in backend.asked)
    people = made("POST /b/api/register"), made("DELETE /b/api/user ")
    unsure = "perhaps a conversation" in said, "perhaps a person" in said
    assert "the run was interrupted" in said
    assert said.count("left behind") == any(unsure)
    assert made("POST /b/api/conversations HTTP") > 0
    assert gone == made("POST /b/api/conversations HTTP") - unsure[0]
    assert people[1] == people[0] - unsure[1]
