"""The scenarios hold on our own stack in whatever dialect it speaks."""

import pytest

from harness.protocol.dialects import DIALECTS


@pytest.mark.parametrize("dialect", [name for name in DIALECTS if name != "reverb"])
def test_the_scenarios_hold_in_each_dialect(pytester: pytest.Pytester, dialect: str) -> None:
    """What a product is known to do otherwise is no finding; the stock dialect is what all other runs speak."""
    pytester.makefile(".toml", realtime=f'[targets.embedded.broadcaster]\ndialect = "{dialect}"\n')
    chosen = "http_api or revocation or presence or client_events or subscription or silence"

    told = pytester.runpytest_subprocess("--pyargs", "harness.scenarios", "-m", "realtime", "-q", "-k", chosen)

    assert told.ret == 0, told.stdout.str()
    told.stdout.fnmatch_lines("*realtime: PASS*")
