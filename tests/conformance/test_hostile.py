"""A server that keeps to no rule but its script."""

import pytest

from harness.conformance.hostile import TEXT, Stage, established, framed, playing


async def well_behaved(stage: Stage) -> object:
    """Do nothing wrong."""
    await stage.upgraded()
    return await stage.lives()


@pytest.mark.asyncio
async def test_nothing_is_left_when_nobody_came() -> None:
    """The port is free again."""
    async with playing(well_behaved) as (url, came):
        assert url.startswith("ws://127.0.0.1:")
        assert not came.done()


def test_frames_are_those_of_a_server() -> None:
    """Unmasked, unless that is what is wrong with them."""
    assert framed(TEXT, "{}") == b"\x81\x02{}"
    assert framed(TEXT, "{}", is_last=False, reserved=4) == b"\x41\x02{}"
    assert framed(TEXT, "{}", masked=True)[1] == 0x82
    assert '"socket_id\\": 5' in established(socket_id=5)
