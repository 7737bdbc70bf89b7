"""What real runs leave behind: every artefact readable by its readers, and no secret in any."""

import base64
import gzip
import json
import re
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from junitparser import xunit2

from harness.history.events import SocketOpened, SubscribeAsked
from harness.history.recorder import load
from harness.protocol.signatures import channel_auth
from harness.report import schema

jsonschema = pytest.importorskip("jsonschema")

Run = Callable[..., pytest.RunResult]
Read = Callable[[], dict[str, Any]]

TELLING = """
import json
import pathlib

import pytest

@pytest.fixture(autouse=True)
def told(request, target, new_user):
    yield
    file = pathlib.Path("secrets.json")
    known = json.loads(file.read_text()) if file.exists() else {"key": "", "secret": "", "values": []}
    broadcaster = target.declaration.broadcaster
    people = [person.password for person in target.declaration.cast]
    tokens = [token for whole in target.context.tokens.values() for token in (whole, whole.partition("|")[2])]
    known |= {"key": broadcaster.key, "secret": broadcaster.secret}
    known["values"] = sorted({*known["values"], *people, *tokens, broadcaster.secret} - {""})
    file.write_text(json.dumps(known))
"""

RUNS = {
    "PASS": """
        from chat import exchange

        async def test_it(alice, bob, conversation):
            await exchange(alice, bob, conversation)
    """,
    "FAIL": """
        from chat import exchange

        async def test_it(alice, bob, conversation):
            await exchange(alice, bob, conversation)
            assert bob.name == "eve"
    """,
    "INCONCLUSIVE": """
        import pytest

        @pytest.mark.arrive("nowhere")
        async def test_it(alice): ...
    """,
}
LEAKING = """
    import json

    from chat import exchange

    async def test_it(alice, bob, eve, conversation):
        await exchange(alice, bob, conversation)

    async def test_refused(eve, conversation):
        await eve.join(conversation)

    async def test_told_too_much(alice, conversation, target):
        person = next(one for one in target.declaration.cast if one.name == "alice")
        answer = await alice.post("/api/login", json={"email": person.email, "password": person.password})
        with open("secrets.json") as file:
            known = json.load(file)
        known["values"] += [answer.data["token"], answer.data["token"].partition("|")[2]]
        with open("secrets.json", "w") as file:
            json.dump(known, file)
        assert answer.data == {"token": person.password}
"""
ARTEFACTS = {"junit.xml", "summary.md", "realtime.sarif", "verdict.json"}


def spellings(secret: str) -> set[bytes]:
    """Give a secret as it may stand in a file; of base64 what does not depend on its neighbours."""
    written = {
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        escape(secret),
    }
    written |= {json.dumps(json.dumps(secret)[1:-1])[1:-1], secret.replace("/", "\\/")}
    inside = {base64.b64encode(b"x" * shift + secret.encode())[4:-4] for shift in range(3)}
    return (
        {one.encode() for one in written} | {one for one in inside if len(one) > 8} | {secret.encode().hex().encode()}
    )


def unpacked(content: bytes) -> Iterator[bytes]:
    """Give the content of a file, and of everything that is compressed or encoded in it."""
    yield content
    if content.startswith(b"\x1f\x8b"):
        yield from unpacked(gzip.decompress(content))
    for blob in re.findall(rb"[A-Za-z0-9+/]{60,}={0,2}", content):
        decoded = base64.b64decode(blob + b"=" * (-len(blob) % 4)) if len(blob.rstrip(b"=")) % 4 != 1 else b""
        yield decoded
        for window in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):
            try:
                yield zlib.decompressobj(window).decompress(decoded)
            except zlib.error:
                continue


def leaks(content: bytes, secrets: set[str]) -> set[str]:
    """List the secrets that somebody who has this content can read."""
    texts = list(unpacked(content))
    return {one for one in secrets if any(way in text for way in spellings(one) for text in texts)}


def secrets_of(project: pytest.Pytester) -> set[str]:
    """Gather the secrets of the project's last run: those of the target, and every signature that was made."""
    known = json.loads((project.path / "secrets.json").read_text())
    _, events = load(project.path / "reports" / "latest" / "history.jsonl")
    sockets = {event.socket_id for event in events if isinstance(event, SocketOpened)}
    channels = {event.channel for event in events if isinstance(event, SubscribeAsked)}
    made = {
        channel_auth(known["key"], known["secret"], socket, channel).partition(":")[2]
        for socket in sockets
        for channel in channels
    }
    assert made
    return {*known["values"], *made}


def latest(project: pytest.Pytester) -> Path:
    """Give the folder of the project's last run."""
    return (project.path / "reports" / "latest").resolve()


@pytest.mark.parametrize("verdict_of_run", RUNS)
def test_every_run_leaves_what_its_readers_can_read(
    project: pytest.Pytester, run: Run, verdict: Read, verdict_of_run: str
) -> None:
    """A verdict that its schema describes, JUnit that is as red, a summary, and SARIF without results."""
    project.makepyfile(RUNS[verdict_of_run])

    result = run("--realtime-inconclusive=fail")

    folder = latest(project)
    assert {path.name for path in folder.iterdir()} >= ARTEFACTS | {"history.jsonl"}
    assert (verdict()["verdict"], result.ret) == (verdict_of_run, int(verdict_of_run != "PASS"))
    jsonschema.Draft202012Validator(json.loads(schema.FILE.read_text())).validate(verdict())
    junit = xunit2.JUnitXml.fromfile(str(folder / "junit.xml"))
    assert (junit.failures > 0, junit.errors) == (verdict_of_run != "PASS", 0)
    assert (folder / "summary.md").read_text().startswith(f"## realtime: {verdict_of_run}\n")
    assert json.loads((folder / "realtime.sarif").read_text())["runs"][0]["results"] == []


def test_a_leak_is_in_every_artefact(
    project: pytest.Pytester, run: Run, verdict: Read, defect: Callable[[str], None]
) -> None:
    """What the broadcaster sent to everybody is a result for code scanning and a failure for all others."""
    defect("[Send(everybody, action.text)]")
    project.makepyfile(LEAKING)

    run()

    folder = latest(project)
    id_ = next(one["id"] for one in verdict()["findings"] if one["class"] == "security")
    results = json.loads((folder / "realtime.sarif").read_text())["runs"][0]["results"]
    place = results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    root = ET.parse(folder / "junit.xml").getroot()  # noqa: S314  our own file
    assert verdict()["exit_code"] == 5
    assert (id_ in [one["ruleId"] for one in results], place) == (True, "test_a_leak_is_in_every_artefact.py")
    assert id_ in [one.get("value") for one in root.iter("property") if one.get("name") == "realtime_finding"]
    assert f"**{id_}**" in (folder / "summary.md").read_text()


def test_no_secret_is_in_any_artefact(
    project: pytest.Pytester, run: Run, defect: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever its name: passwords, tokens, app secret and signatures of a run are in no file of its folder."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project.path / "step"))
    defect("[Send(everybody, action.text)]")
    project.makeconftest(TELLING)
    project.makepyfile(LEAKING)

    run()

    secrets = secrets_of(project)
    files = [path for path in latest(project).rglob("*") if path.is_file()]
    assert len(secrets) > 8
    assert {path.name for path in files} >= ARTEFACTS
    found = {str(path.name): leaks(path.read_bytes(), secrets) for path in (*files, project.path / "step")}
    assert {name: some for name, some in found.items() if some} == {}


def test_no_secret_is_on_the_terminal(project: pytest.Pytester, run: Run, defect: Callable[[str], None]) -> None:
    """Of what we print: a test that prints a secret itself is its own business."""
    defect("[Send(everybody, action.text)]")
    project.makeconftest(TELLING)
    project.makepyfile(LEAKING.partition("    async def test_told_too_much")[0])

    result = run("-rA", "-vv")

    assert leaks((result.stdout.str() + result.stderr.str()).encode(), secrets_of(project)) == set()


@pytest.mark.parametrize("secret", ['1|AbCdEfGhIjKlMnOp/+"é', "0123456789abcdef" * 4])
def test_the_search_finds_a_secret_however_it_is_written(secret: str) -> None:
    """As it is, in a URL, in JSON, in JSON within JSON, in HTML, in base64, and compressed."""
    packed = base64.b64encode(zlib.compress(b"some page with " + secret.encode() * 3 + bytes(range(99))))
    raw = [secret, quote(secret), json.dumps(secret), json.dumps(json.dumps(secret)), escape(secret)]
    encoded = [base64.b64encode(b"Basic x:" + secret.encode()), gzip.compress(secret.encode()), packed]

    for content in [*(one.encode() for one in raw), *encoded]:
        assert leaks(b"before " * (content[:1] != b"\x1f") + content, {secret}) == {secret}
    assert leaks(b"nothing here", {secret}) == set()


def test_workers_leave_one_set(project: pytest.Pytester, run: Run) -> None:
    """One testcase a test and one for the run, whoever ran it."""
    pytest.importorskip("xdist")
    project.makepyfile(
        """
        import pytest
        from chat import exchange

        @pytest.mark.parametrize("again", [1, 2])
        async def test_it(alice, bob, conversation, again):
            await exchange(alice, bob, conversation)
        """
    )

    run("-n2")

    assert [path.name for path in latest(project).glob("*.xml")] == ["junit.xml"]
    root = ET.parse(latest(project) / "junit.xml").getroot()  # noqa: S314  our own file
    assert sorted(one.get("name", "") for one in root.iter("testcase")) == [
        "test_it[1]",
        "test_it[2]",
        "the run as a whole",
    ]
