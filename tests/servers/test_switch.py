"""The switch: other defects in a server that runs, for whoever started it so, and refused in words otherwise."""

import json

import pytest

from harness.errors import UsageError
from harness.servers.switch import Switch


def test_it_does_what_is_said_and_answers(capsys: pytest.CaptureFixture[str]) -> None:
    """The parent hears which defects there are from now on."""
    had: list[tuple[str, ...]] = []
    switch = Switch()
    switch.connect(had.append)

    switch.take({"defects": ["AZ-01", "AZ-02"]})
    switch.take({"defects": []})

    assert had == [("AZ-01", "AZ-02"), ()]
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"defects": ["AZ-01", "AZ-02"]},
        {"defects": []},
    ]


def test_without_a_connection_nothing_changes() -> None:
    """A server that was not started for it keeps what it has."""
    with pytest.raises(UsageError, match="started without a switch"):
        Switch().take({"defects": []})


@pytest.mark.parametrize("message", [{}, {"defects": 1}, {"defects": [], "other": 1}])
def test_what_it_does_not_understand_is_refused(message: dict[str, object]) -> None:
    """A misspelt word is told, not ignored."""
    switch = Switch()
    switch.connect(lambda defects: pytest.fail(f"{defects} were put in place"))

    with pytest.raises(UsageError, match="the switch takes"):
        switch.take(message)
