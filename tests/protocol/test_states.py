"""The tables of states: closed in themselves, and read by one function."""

import pytest

from harness.protocol.states import TRANSITIONS, advance, diagram

ROLES = ["client connection", "client subscription", "server connection", "server subscription"]


def test_every_role_has_a_table() -> None:
    """Both sides have a connection and a subscription, and nobody else has states."""
    assert list(TRANSITIONS) == ROLES


@pytest.mark.parametrize(
    ("role", "first", "events"),
    [
        ("client connection", "opening", {"establish", "refuse", "lose"}),
        ("client subscription", "absent", {"subscribe", "succeed", "fail", "unsubscribe"}),
        ("server connection", "opening", {"establish", "close"}),
        ("server subscription", "absent", {"subscribe", "unsubscribe"}),
    ],
)
def test_the_words_are_few(role: str, first: str, events: set[str]) -> None:
    """Each role begins in one state and knows these events."""
    assert first == next(iter(TRANSITIONS[role]))
    assert events == {event for moves in TRANSITIONS[role].values() for event in moves}


@pytest.mark.parametrize("role", ROLES)
def test_every_state_can_be_reached(role: str) -> None:
    """From the first state, the moves lead to every state of the table and to none beside it."""
    table = TRANSITIONS[role]
    reached: set[str] = set()
    frontier = {next(iter(table))}
    while frontier:
        reached |= frontier
        frontier = {target for state in frontier for target in table[state].values()} - reached

    assert reached == set(table)


@pytest.mark.parametrize("role", ["client connection", "server connection"])
def test_a_connection_lives_once(role: str) -> None:
    """Every state leads to closed, and nothing leads out of it."""
    assert {"closed"} == set(TRANSITIONS[role]["closed"].values())
    assert all("closed" in moves.values() for moves in TRANSITIONS[role].values())


@pytest.mark.parametrize("role", ["client subscription", "server subscription"])
def test_a_subscription_can_always_be_given_up(role: str) -> None:
    """Unsubscribing is legal in every state and leads to absent."""
    assert all(moves["unsubscribe"] == "absent" for moves in TRANSITIONS[role].values())


@pytest.mark.parametrize(
    ("role", "events", "last"),
    [
        ("client connection", ["establish", "lose", "lose"], "closed"),
        ("client connection", ["refuse", "refuse", "establish"], "established"),
        ("client connection", ["refuse", "lose"], "closed"),
        ("client subscription", ["subscribe", "subscribe", "fail"], "absent"),
        ("client subscription", ["subscribe", "succeed", "succeed", "subscribe", "subscribe", "succeed"], "subscribed"),
        ("client subscription", ["subscribe", "succeed", "fail"], "subscribed"),
        ("client subscription", ["subscribe", "succeed", "subscribe", "fail"], "subscribed"),
        ("client subscription", ["subscribe", "unsubscribe", "unsubscribe", "subscribe", "succeed"], "subscribed"),
        ("client connection", ["lose"], "closed"),
        ("server connection", ["establish", "establish", "close"], "closed"),
        ("server connection", ["close", "close"], "closed"),
        ("server subscription", ["unsubscribe", "subscribe", "subscribe"], "subscribed"),
    ],
)
def test_events_lead_along_the_table(role: str, events: list[str], last: str) -> None:
    """A walk ends where the table says; a refused renewal keeps what was held."""
    state = next(iter(TRANSITIONS[role]))
    for event in events:
        state = advance(role, state, event)

    assert last == state


@pytest.mark.parametrize(
    ("role", "state", "event"),
    [
        ("client connection", "closed", "establish"),
        ("client subscription", "absent", "succeed"),
        ("server connection", "closed", "establish"),
        ("server connection", "nowhere", "close"),
        ("somebody", "opening", "close"),
    ],
)
def test_a_move_that_is_not_in_the_table_does_not_exist(role: str, state: str, event: str) -> None:
    """An illegal move is one clear error of the caller."""
    with pytest.raises(ValueError, match=f"a {role} that is '{state}' cannot '{event}'"):
        advance(role, state, event)


def test_the_diagram_draws_the_table() -> None:
    """The picture in the documentation has every move, and begins where the role begins."""
    assert diagram("server subscription").splitlines() == [
        "stateDiagram-v2",
        "    [*] --> absent",
        "    absent --> subscribed: subscribe",
        "    absent --> absent: unsubscribe",
        "    subscribed --> subscribed: subscribe",
        "    subscribed --> absent: unsubscribe",
    ]
