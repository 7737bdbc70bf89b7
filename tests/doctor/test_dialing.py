"""Names, ports and TLS are told apart."""

from pathlib import Path
from typing import Any

import pytest

from harness.config import Tls, Transport
from harness.doctor.dialing import dial, is_secure, look_up, secure, speaks_tls

LOOPBACK = Path(__file__).parents[1] / "users" / "loopback.pem"
PATIENCE = 2.0


@pytest.mark.asyncio
async def test_a_name_has_addresses_or_has_not() -> None:
    """A literal address is its own, and a name of nobody's has none."""
    assert (await look_up("http://127.0.0.1", PATIENCE)).addresses == ("127.0.0.1",)
    assert (await look_up("http://nobody.invalid", PATIENCE)).failure == "name"
    assert (await look_up("http://" + "a" * 70 + ".invalid", PATIENCE)).failure == "name"


@pytest.mark.asyncio
async def test_a_port_answers_or_refuses(stage: Any) -> None:
    """One at which nobody listens any more refuses."""
    front = await stage.front("backend")
    assert (await dial(f"http://{front.address}", PATIENCE)).failure == ""

    await front.end()

    assert (await dial(f"http://{front.address}", PATIENCE)).failure == "refused"


@pytest.mark.asyncio
async def test_a_certificate_is_told_from_a_port_without_tls(stage: Any) -> None:
    """The first speaks TLS and is not trusted, the second speaks plain text."""
    tls, plain = await stage.front("backend", tls=True), stage.target.backend.url

    untrusted = await secure(f"https://{tls.address}", PATIENCE)
    without = await secure(plain.replace("http", "https"), PATIENCE)

    assert (untrusted.failure, untrusted.other_scheme) == ("certificate", False)
    assert (without.failure, without.other_scheme) == ("no-tls", True)
    assert await speaks_tls(f"http://{tls.address}", PATIENCE)
    assert not await speaks_tls(plain, PATIENCE)


@pytest.mark.asyncio
async def test_a_trusted_certificate_holds(stage: Any) -> None:
    """With its authority among the trusted ones, or without asking for one, nothing is wrong."""
    front = await stage.front("backend", tls=True)

    for trust in (Tls(ca=str(LOOPBACK)), Tls(verify=False)):
        assert (await secure(f"https://{front.address}", PATIENCE, Transport(tls=trust))).failure == ""


@pytest.mark.asyncio
async def test_a_proxy_that_says_no_is_told_from_a_server_that_does(stage: Any) -> None:
    """Behind a proxy, its name is the one that is looked up, and its refusal the one that is told."""
    front = await stage.front("backend", lambda _: stage.reply(407))
    way = Transport(proxy=f"http://{front.address}")

    assert (await look_up("http://nobody.invalid", PATIENCE, way)).addresses == ("127.0.0.1",)
    refused = await dial("http://nobody.invalid", PATIENCE, way)
    assert (refused.failure, "407" in refused.says) == ("proxy", True)


@pytest.mark.parametrize(
    ("url", "asks_for_tls"), [("http://a", False), ("https://a/x", True), ("ws://a", False), ("wss://a", True)]
)
def test_an_address_says_whether_tls_is_due(url: str, *, asks_for_tls: bool) -> None:
    """By its scheme."""
    assert is_secure(url) == asks_for_tls
