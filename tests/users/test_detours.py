"""Where connections are dialled, when that is not where their addresses say."""

import pytest

from harness.users.detours import Address, Detours, Upstream, address_of, straight


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("ws://localhost:6001/app/key?protocol=7", ("localhost", 6001)),
        ("wss://chat.example.com/app/key", ("chat.example.com", 443)),
        ("http://chat.example.com/api", ("chat.example.com", 80)),
        ("https://[::1]/api", ("::1", 443)),
    ],
)
def test_an_address_is_that_of_the_url(url: str, address: Address) -> None:
    """With the port of its scheme where it names none."""
    assert address_of(url) == address


def test_a_detour_is_taken_until_it_ends() -> None:
    """Before and after, everybody dials what the address says; the end is told once."""
    ended: list[bool] = []

    def way(who: str, upstream: Upstream, address: Address) -> Address:
        return f"{who}.{upstream}", address[1] + 1

    detours = Detours()
    assert detours.dialled("bob", "backend", ("there", 80)) is None
    detours.take(way, lambda: ended.append(True))
    assert detours.dialled("bob", "backend", ("there", 80)) == ("bob.backend", 81)
    for _ in range(2):
        detours.end()
    assert detours.dialled("bob", "backend", ("there", 80)) is None
    assert ended == [True]
    assert straight("bob", "backend", ("there", 80)) is None
