"""Who may sign in: one decision, from what a client sent and only the app's secret can sign (PROTOCOL.md 2.6)."""

from typing import Any

from harness.protocol.app import App
from harness.protocol.connections import ServerConnection
from harness.protocol.dialects import Dialect
from harness.protocol.people import MAX_WATCHLIST, People, Person, read_person
from harness.protocol.signatures import verify_user_auth
from harness.protocol.wording import Wording

News = list[tuple[tuple[ServerConnection, ...], str]]
"""Frames, in their order, and who is sent each; it may be nobody."""


class SignIn:
    """Decides for one app and one dialect, and knows who is in."""

    def __init__(self, app: App, dialect: Dialect) -> None:
        self._app = app
        self._dialect = dialect
        self._wording = Wording(dialect)
        self._has_watchlists = app.watchlists and "watchlist length" in dialect.refusals
        self.people: People[ServerConnection] = People()

    def enter(self, connection: ServerConnection, payload: dict[str, Any]) -> News:
        """Sign in whom the data of a `pusher:signin` names, in place of anybody before; raises as `judge` does."""
        person = self.judge(connection.socket_id, payload)
        news = self.leave(connection)
        is_news = self.people.enter(connection, person)
        news.append(((connection,), self._wording.signed_in(payload)))
        if self._has_watchlists and person.watchlist:
            news.append(((connection,), self._wording.watchlist(self.people.watched(person))))
        return news + (self._tell_watchers(connection, "online", person) if is_news else [])

    def leave(self, connection: ServerConnection) -> News:
        """Forget a connection; where it was the last of its person, whoever watches them hears of it."""
        person = self.people.leave(connection)
        return [] if person is None else self._tell_watchers(connection, "offline", person)

    def judge(self, socket_id: str, payload: dict[str, Any]) -> Person:
        """Give the person whom the data of a `pusher:signin` names; raises `PeerError` for whoever may not sign in."""
        refuse, user_data = self._dialect.refuse, payload.get("user_data")
        if not self._app.signin:
            raise refuse("sign-in off", "the app has no sign-in")
        if not isinstance(user_data, str) or not self._is_signed(socket_id, payload.get("auth"), user_data):
            raise refuse("bad sign-in", "the signature is not for this socket, user data, key and secret")
        try:
            person = read_person(user_data, numbers=self._dialect.numeric_user_ids)
        except ValueError as error:
            raise refuse("no user id", f"the user data cannot be read: {error}") from error
        if person is None:
            raise refuse("no user id", "the user data names nobody")
        if self._has_watchlists and len(person.watchlist) > MAX_WATCHLIST:
            raise refuse("watchlist length", f"{len(person.watchlist)} people are on the watchlist")
        return person

    def _is_signed(self, socket_id: str, auth: object, user_data: str) -> bool:
        app = self._app
        return verify_user_auth(auth, key=app.key, secret=app.secret, socket_id=socket_id, user_data=user_data)

    def _tell_watchers(self, but: ServerConnection, status: str, person: Person) -> News:
        watchers = tuple(one for one in self.people.watchers(person.id) if one is not but)
        return [(watchers, self._wording.watchlist({status: [person.id]}))] if self._has_watchlists else []
