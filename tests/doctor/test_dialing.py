"""Names, ports and TLS are told apart."""

from typing import Any

import pytest

from harness.doctor.dialing import address_of, dial, is_secure, look_up, secure, speaks_tls

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
async def test_a_trusted_certificate_holds(stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its authority among the trusted ones nothing is wrong."""
    from harness.doctor import dialing  # noqa: PLC0415

    front = await stage.front("backend", tls=True)
    monkeypatch.setattr(dialing, "checking", dialing.trusting)

    assert (await secure(f"https://{front.address}", PATIENCE)).failure == ""


@pytest.mark.parametrize(
    ("url", "address", "asks_for_tls"),
    [
        ("http://a", ("a", 80), False),
        ("https://a/x", ("a", 443), True),
        ("ws://a:8080", ("a", 8080), False),
        ("wss://[::1]", ("::1", 443), True),
    ],
)
def test_an_address_says_what_is_dialled(url: str, address: tuple[str, int], *, asks_for_tls: bool) -> None:
    """The port is the scheme's where none is written."""
    assert (address_of(url), is_secure(url)) == (address, asks_for_tls)
