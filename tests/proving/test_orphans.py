"""What is left running behind an examination is ended, in whatever group it is."""

import multiprocessing
import os
import subprocess
import sys
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from harness.proving import orphans

SLEEPS = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(600)"]


def examination(line: Connection, *, apart: bool) -> None:
    """Stand alone, start something that does not end, and leave it."""
    orphans.stand_alone()
    left = subprocess.Popen(SLEEPS, stdout=subprocess.PIPE, start_new_session=apart)
    assert left.stdout is not None
    left.stdout.readline()
    line.send(left.pid)
    os._exit(0)


def worker(line: Connection, *, apart: bool) -> None:
    """Examine once, beside a child of this process's own, and say what is left of either."""
    orphans.adopt()
    own = subprocess.Popen(SLEEPS, stdout=subprocess.PIPE)
    before = orphans.children()
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=examination, args=(theirs,), kwargs={"apart": apart})
    process.start()
    left = ours.recv()
    process.join()
    if not apart:
        assert process.pid is not None
        orphans.end_group(process.pid)
    orphans.end_all_but(before)
    line.send((Path(f"/proc/{left}").exists(), own.poll() is None, before == orphans.children() == {own.pid}))
    own.kill()
    own.wait()


@pytest.mark.parametrize("apart", [False, True], ids=["in the group", "in a session of its own"])
def test_what_was_left_is_ended_and_nothing_else(apart: bool) -> None:  # noqa: FBT001
    """The worker's own children, the servers of its stack above all, go on."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=worker, args=(theirs,), kwargs={"apart": apart})
    process.start()
    theirs.close()

    is_left, is_own_alive, are_children_the_same = ours.recv()
    process.join(30)

    assert (is_left, is_own_alive, are_children_the_same) == (False, True, True)


def test_a_group_that_is_gone_is_gone() -> None:
    """Nobody minds."""
    child = subprocess.Popen([sys.executable, "-c", ""], start_new_session=True)
    child.wait()

    orphans.end_group(child.pid)
