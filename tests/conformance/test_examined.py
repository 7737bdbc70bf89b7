"""A server that is not there is one fault, and no failure of every case."""

import asyncio

import pytest

from harness.conformance.case import Case
from harness.conformance.examined import Examined
from harness.conformance.examiner import examine
from harness.conformance.server import MAIN, Account, Server
from harness.errors import EnvironmentFault, NotExercised


def test_a_server_is_proven_once(reference: Server) -> None:
    """Each test has a bench of its own, whose log begins empty."""
    examined = Examined(reference, patience=4)

    one, two = examined.bench(), examined.bench()
    assert one is not two
    assert (one.log, one.down, examined.down) == ([], "", "")


def test_what_is_not_there_is_one_fault(unused_tcp_port: int) -> None:
    """Whatever is asked for afterwards is not exercised, with the reason."""
    url = f"127.0.0.1:{unused_tcp_port}"
    examined = Examined(Server("staging", f"ws://{url}", f"http://{url}", "reverb", {MAIN: Account("1", "key")}))

    with pytest.raises(EnvironmentFault, match="no connection to ws://127"):
        examined.bench()
    with pytest.raises(NotExercised, match="staging cannot be examined: no connection to ws://127"):
        examined.bench()


def test_a_case_says_when_there_is_no_server_any_more(reference: Server) -> None:
    """Its bench knows it, for those that come later."""

    async def run(_: object) -> str:
        raise EnvironmentFault("no connection")

    bench = Examined(reference, patience=4).bench()
    with pytest.raises(EnvironmentFault, match="went away during case"):
        asyncio.run(examine(Case("1.1.1", "Something is done.", run), bench))

    assert bench.down == "it went away during case 1.1.1 (Something is done.) no connection"
