"""A run in which something failed ends with a walk over its target; no other run does."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.commands.target_file import write
from harness.config import own_target
from harness.topology.embedded import start

Run = Callable[..., pytest.RunResult]
Read = Callable[[], dict[str, Any]]

ONE = """
    from chat import exchange

    async def test_it(alice, bob, conversation):
        await exchange(alice, bob, conversation)
"""


@pytest.fixture(autouse=True)
def _walks(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs of this module end as they do elsewhere."""
    del project  # which turns it off
    monkeypatch.delenv("REALTIME_DOCTOR")


@pytest.fixture
def seen(project: pytest.Pytester) -> Callable[[str], str]:
    """Give a function that reads an artefact of the last run."""
    return lambda name: (project.path / "reports" / "latest" / name).read_text()


def test_every_artefact_tells_what_is_broken(
    project: pytest.Pytester, run: Run, verdict: Read, defect: Callable[[str], None], seen: Callable[[str], str]
) -> None:
    """A broadcaster that publishes to nobody: cause, evidence and remedy, and the verdict as ever."""
    defect("[]")
    project.makepyfile(ONE)

    result = run("--realtime-patience=0.5")

    lines = ["doctor: first look at: *", "  because *", "  mend  *", "  broken  *", "  hops  *"]
    result.stdout.fnmatch_lines(["*realtime: something failed: the doctor walks embedded, 5 s at most", *lines])
    [visit] = verdict()["doctor"]
    states = {hop["hop"]: hop["state"] for hop in visit["hops"]}
    assert (states["subscribe"], states["send"], states["delivery"]) == ("fine", "fine", "broken")
    assert (verdict()["verdict"], verdict()["exit_code"], result.ret) == ("FAIL", 1, 1)
    cause = next(hop for hop in visit["hops"] if hop["state"] == "broken")["causes"][0]["says"]
    suite = ET.fromstring(seen("junit.xml"))  # noqa: S314  our own
    told = [one.get("value", "") for one in suite.iter("property") if one.get("name") == "realtime_doctor"]
    assert [cause in one for one in told] == [True, True]  # of the run, and of the test
    assert "### Doctor" in seen("summary.md")
    page = seen("report.html")
    assert 'id="doctor"' in page
    assert re.search(r'<article class="card bad" id="test-.*?href="#doctor"', page, re.DOTALL)


def test_a_wrong_key_of_a_remote_target_is_named(
    project: pytest.Pytester, run: Run, verdict: Read, tmp_path: Path
) -> None:
    """The key in realtime.toml is of last year; nothing of the walk is written down as what a test did."""
    stack = start(own_target("embedded", "embedded"), seed=1, folder=tmp_path, cache=tmp_path / "worlds")
    try:
        write(project.path / "realtime.toml", stack.target)
        file = project.path / "realtime.toml"
        file.write_text(file.read_text().replace(stack.target.broadcaster.key, "key-of-last-year"))
        project.makepyfile(ONE)
        result = run()
    finally:
        stack.stop()

    result.stdout.fnmatch_lines(["doctor: first look at: the client has another app key than the broadcaster *"])
    hops = {hop["hop"]: hop for hop in verdict()["doctor"][0]["hops"]}
    assert (hops["key"]["state"], hops["subscribe"]["state"]) == ("broken", "not reached")
    assert "take REVERB_APP_KEY" in hops["key"]["causes"][0]["mend"]
    history = (project.path / "reports" / "latest" / "history.jsonl").read_text()
    asked = [event for event in map(json.loads, history.splitlines()) if event.get("test") == "" and "path" in event]
    assert asked == []
    assert "doctor" not in history


def test_a_target_that_cannot_be_attached_to_is_walked_once_by_each_worker(
    project: pytest.Pytester, run: Run, verdict: Read, far: str
) -> None:
    """Nobody listens: told once for both workers, as the environment's fault, and the exit code stays."""
    pytest.importorskip("xdist")
    registers = 'register = { request = "POST /api/register", fields = { company = "" } }'
    nobody = far.partition("[[targets.far.cast]]")[0].replace("{company}.", "")
    nobody = nobody.replace("[targets.far.broadcaster]", f"{registers}\n[targets.far.broadcaster]")
    project.makefile(".toml", realtime=f"{nobody}[targets.far.may]\nregistration = true")
    project.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("again", [1, 2, 3, 4])
        async def test_it(alice, again): ...
        """
    )

    result = run("-n2")

    result.stdout.fnmatch_lines(["doctor: first look at: *in the environment]", "  workers *gw0, gw1"])
    [visit] = verdict()["doctor"]
    assert (visit["workers"], verdict()["reasons"][0]) == (["gw0", "gw1"], "environment")


def test_servers_that_died_are_named(project: pytest.Pytester, run: Run, verdict: Read) -> None:
    """The environment's fault is explained too; later tests of the run do not cost further walks."""
    project.makepyfile(
        """
        import os, signal
        import pytest

        @pytest.mark.parametrize("again", [1, 2])
        async def test_it(alice, bob, conversation, target, again):
            os.kill(target._deployment.pids()["broadcaster"], signal.SIGKILL)
            await bob.join(conversation)
            await alice.send(conversation, "hello")
        """
    )

    run()

    [visit] = verdict()["doctor"]
    assert {hop["hop"]: hop["state"] for hop in visit["hops"]}["broadcaster port"] == "broken"
    assert (verdict()["tests"], verdict()["exit_code"]) == ({"ENVIRONMENT": 2}, 3)


def test_nothing_is_walked_where_nothing_failed(project: pytest.Pytester, run: Run, verdict: Read) -> None:
    """Neither a pass, nor an expected failure, nor a doubt, nor a skip, nor a test that is wrong itself."""
    project.makepyfile(
        ONE
        + """
    import pytest
    from harness import UsageError

    @pytest.mark.xfail
    async def test_expected(alice):
        assert False

    @pytest.mark.arrive("nowhere")
    async def test_doubtful(alice): ...

    @pytest.mark.needs("two_nodes")
    async def test_unserved(alice): ...

    async def test_wrong(alice):
        raise UsageError("asks for what is not there")
    """
    )

    result = run()

    result.stdout.no_fnmatch_line("*doctor*")
    assert verdict()["tests"] == {"PASS": 2, "INCONCLUSIVE": 1, "NOT EXERCISED": 1, "ERROR": 1}
    assert verdict()["doctor"] == []


@pytest.mark.parametrize("way", ["off", "interrupted"])
def test_nothing_is_walked_when_nobody_wants_it(project: pytest.Pytester, run: Run, verdict: Read, way: str) -> None:
    """The option says no, or somebody wants the run to end."""
    project.makepyfile(
        f"""
        async def test_broken(alice):
            assert False

        async def test_next(alice):
            if {way == "interrupted"}:
                raise KeyboardInterrupt
        """
    )

    result = run(*(["--realtime-doctor=off"] if way == "off" else []))

    result.stdout.no_fnmatch_line("*doctor*")
    assert (verdict()["tests"]["FAIL"], verdict()["doctor"]) == (1, [])


def test_a_doctor_that_fails_costs_a_line(project: pytest.Pytester, run: Run, verdict: Read) -> None:
    """Verdict and exit code are those of the tests."""
    project.makeconftest(
        """
        from harness.doctor import walk

        async def diagnose(*args, **options):
            raise RuntimeError("no stethoscope")

        walk.diagnose = diagnose
        """
    )
    project.makepyfile("async def test_broken(alice): assert False")

    result = run()

    told = "RuntimeError: no stethoscope"
    result.stdout.fnmatch_lines([f"doctor: could not walk the target, which is a fault of ours: {told}"])
    assert (result.ret, verdict()["exit_code"], verdict()["doctor"][0]["failed"]) == (1, 1, told)
