"""Signing in: the one decision who may, for every way of not being allowed to."""

import json
from typing import Any

import pytest

from harness.protocol.app import App
from harness.protocol.connections import ServerConnection
from harness.protocol.dialects import PUSHER, SOKETI, Dialect
from harness.protocol.people import Person
from harness.protocol.refusals import PeerError
from harness.protocol.sign_in import SignIn
from harness.protocol.signatures import user_auth

KEY, SECRET, SOCKET = "demo-key", "demo-secret", "4711.9001"


def judged(user_data: Any, *, auth: object = None, dialect: Dialect = PUSHER, **app: Any) -> Any:
    """Give the person, or the code and the message of the refusal."""
    judge = SignIn(App("1001", KEY, SECRET, **{"signin": True, "watchlists": True, **app}), dialect)
    text = user_data if isinstance(user_data, str) else json.dumps(user_data)
    try:
        return judge.judge(SOCKET, {"auth": auth or user_auth(KEY, SECRET, SOCKET, text), "user_data": text})
    except PeerError as error:
        return error.code, error.message


def test_a_signature_makes_a_connection_somebodys() -> None:
    """The person is the one that was signed for, a number being one on soketi only."""
    assert judged({"id": "42"}) == Person("42")
    assert judged({"id": 42}, dialect=SOKETI) == Person("42")
    assert judged({"id": 42}) == (4009, "The user data has no id that is text")


@pytest.mark.parametrize(
    "auth",
    [
        "garbage",
        5,
        user_auth(KEY, SECRET, "4711.9002", '{"id": "42"}'),
        user_auth(KEY, "another", SOCKET, '{"id": "42"}'),
        user_auth("other", SECRET, SOCKET, '{"id": "42"}'),
        user_auth(KEY, SECRET, SOCKET, '{"id": "43"}'),
    ],
)
def test_a_wrong_signature_is_none(auth: object) -> None:
    """It has to be for this socket, key, secret and text."""
    assert judged({"id": "42"}, auth=auth) == (4009, "Connection not authorized")


def test_without_user_data_nobody_signs_in() -> None:
    """What is missing is not signed."""
    judge = SignIn(App("1001", KEY, SECRET, signin=True), PUSHER)

    with pytest.raises(PeerError, match="the signature is not for this socket"):
        judge.judge(SOCKET, {"auth": user_auth(KEY, SECRET, SOCKET, "")})


@pytest.mark.parametrize("user_data", ["nonsense", "[]", {}, {"id": ""}])
def test_signed_data_that_names_nobody_is_refused(user_data: Any) -> None:
    """Each product with its own words."""
    assert judged(user_data) == (4009, "The user data has no id that is text")
    assert judged(user_data, dialect=SOKETI) == (4009, 'The returned user data must contain the "id" field.')


def test_where_sign_in_is_off_nobody_does() -> None:
    """Hosted Pusher does not know the event then, soketi is silent."""
    assert judged({"id": "42"}, signin=False) == (None, "Unsupported event received on socket")
    assert judged({"id": "42"}, signin=False, dialect=SOKETI) == (None, "")


def test_a_watchlist_holds_a_hundred_people() -> None:
    """One more is 4302, where there are watchlists."""
    people = [str(number) for number in range(101)]

    assert judged({"id": "42", "watchlist": people[:100]}) == Person("42", watchlist=tuple(people[:100]))
    assert judged({"id": "42", "watchlist": people}) == (4302, "Watchlist limit exceeded")
    assert judged({"id": "42", "watchlist": people}, watchlists=False) == Person("42", watchlist=tuple(people))
    assert judged({"id": "42", "watchlist": people}, dialect=SOKETI) == Person("42", watchlist=tuple(people))


class Lobby:
    """Connections that sign in, and what each was told."""

    def __init__(self, *, watchlists: bool = True) -> None:
        self.signing = SignIn(App("1001", KEY, SECRET, signin=True, watchlists=watchlists), PUSHER)
        self.told: list[tuple[str, Any]] = []

    def enter(self, socket_id: str, user_id: str, *watched: str, connection: Any = None) -> ServerConnection:
        """Sign in; note who is told what."""
        text = json.dumps({"id": user_id, "watchlist": watched})
        one = connection or ServerConnection(socket_id, now=0.0)
        auth = user_auth(KEY, SECRET, one.socket_id, text)
        self._note(self.signing.enter(one, {"auth": auth, "user_data": text}))
        return one

    def leave(self, connection: ServerConnection) -> None:
        """Go; note who is told what."""
        self._note(self.signing.leave(connection))

    def _note(self, news: Any) -> None:
        self.told = []
        for listeners, text in news:
            frame = json.loads(text)
            data = json.loads(frame["data"])["events"] if "watchlist" in frame["event"] else "signed in"
            self.told += [(one.socket_id, data) for one in listeners]


def statuses(**by_name: list[str]) -> list[dict[str, Any]]:
    """Give watchlist events as they stand on the wire."""
    return [{"name": name, "user_ids": user_ids} for name, user_ids in by_name.items()]


def test_whoever_signs_in_hears_of_the_watched_and_they_of_no_one() -> None:
    """All of the list at first, then each change; a second connection is none, nor is one's own coming."""
    lobby = Lobby()
    asha = lobby.enter("1.1", "1", "1", "2", "3")
    assert lobby.told == [("1.1", "signed in"), ("1.1", statuses(online=["1"], offline=["2", "3"]))]

    bo = lobby.enter("1.2", "2")
    assert lobby.told == [("1.2", "signed in"), ("1.1", statuses(online=["2"]))]
    other = lobby.enter("1.3", "2")
    assert lobby.told == [("1.3", "signed in")]

    lobby.leave(bo)
    assert lobby.told == []
    lobby.leave(other)
    assert lobby.told == [("1.1", statuses(offline=["2"]))]
    lobby.leave(asha)
    lobby.leave(asha)
    assert lobby.told == []


def test_signing_in_as_another_signs_out_the_one_before() -> None:
    """A connection is one person's at a time."""
    lobby = Lobby()
    lobby.enter("1.1", "1", "2")
    bo = lobby.enter("1.2", "2")

    lobby.enter("1.2", "3", connection=bo)

    assert lobby.told == [("1.1", statuses(offline=["2"])), ("1.2", "signed in")]


def test_without_watchlists_nobody_hears_of_anybody() -> None:
    """An app has to want them."""
    lobby = Lobby(watchlists=False)
    lobby.enter("1.1", "1", "2")
    assert lobby.told == [("1.1", "signed in")]

    lobby.enter("1.2", "2")
    assert lobby.told == [("1.2", "signed in")]
