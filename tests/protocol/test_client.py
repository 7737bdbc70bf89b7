"""The client's side: every frame that a server sends, and none that makes it fall over."""

import json
from collections.abc import Callable
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import HarnessError
from harness.protocol.client import (
    ChannelEvent,
    ClientConnection,
    ErrorReceived,
    Established,
    Event,
    Ignored,
    Malformed,
    MemberAdded,
    MemberRemoved,
    Pinged,
    Ponged,
    Subscribed,
    SubscriptionFailed,
)
from harness.protocol.messages import decode
from harness.protocol.states import TRANSITIONS

reproducible = settings(derandomize=True, deadline=None)

ESTABLISHED = r'{"event":"pusher:connection_established","data":"{\"socket_id\":\"47.11\",\"activity_timeout\":30}"}'
UNAUTHORIZED = r'{"event":"pusher:error","data":"{\"code\":4009,\"message\":\"Connection is unauthorized\"}"}'
PONG = '{"event":"pusher:pong"}'
REFUSED = SubscriptionFailed("private-x", 4009, "Connection is unauthorized")


def text(event: str, data: object = None, channel: str | None = None) -> str:
    """Give the text of a frame; its data and channel are left out when they are None."""
    members = {"event": event, "data": data, "channel": channel}
    return json.dumps({name: value for name, value in members.items() if value is not None})


def succeeded(channel: str) -> str:
    """Give the acknowledgement of a subscription that lists nobody."""
    return text("pusher_internal:subscription_succeeded", "{}", channel)


@pytest.fixture(name="client")
def _client() -> ClientConnection:
    """Give a connection that is established."""
    client = ClientConnection()
    client.receive_text(ESTABLISHED)
    return client


class TestHandshake:
    """From opening to established, or not."""

    def test_takes_name_and_timeout_from_the_server(self) -> None:
        """The first frame gives the socket id and the seconds of silence that are allowed."""
        client = ClientConnection()
        assert (client.state, client.socket_id, client.activity_timeout) == ("opening", None, None)
        assert (client.close_code, client.close_reason) == (None, "")

        assert client.receive_text(ESTABLISHED) == Established("47.11", 30.0)
        assert (client.state, client.socket_id, client.activity_timeout) == ("established", "47.11", 30.0)

    @pytest.mark.parametrize("timeout", [None, 0, -30, 10**30, "30", True, []], ids=ascii)
    def test_does_without_a_timeout_that_is_absurd(self, timeout: object) -> None:
        """A timeout that no timer takes is as good as not said."""
        data = {"socket_id": "47.11", "activity_timeout": timeout}

        answer = ClientConnection().receive_text(text("pusher:connection_established", data))
        assert answer == Established("47.11", None)

    @pytest.mark.parametrize(
        "data", [None, "{}", "text", [], {"socket_id": None}, {"socket_id": 47.11}, {"socket_id": ""}], ids=ascii
    )
    def test_needs_a_socket_id(self, data: object) -> None:
        """Without a name that is text nothing can be signed: the connection stays as it was."""
        client = ClientConnection()

        assert isinstance(client.receive_text(text("pusher:connection_established", data)), Malformed)
        assert (client.state, client.socket_id) == ("opening", None)

    def test_ignores_what_comes_too_early(self) -> None:
        """Before the first frame only an error has a meaning."""
        client = ClientConnection()

        for early in ("pusher:ping", "pusher_internal:subscription_succeeded", "MessageSent"):
            assert client.receive_text(text(early, "{}", "room")) == Ignored(early)
        assert client.state == "opening"

    def test_may_be_refused_and_still_succeed(self) -> None:
        """An error before the first frame refuses, but some servers keep the connection and go on."""
        client = ClientConnection()
        quota = ErrorReceived(4004, "Application is over connection quota")

        assert quota == client.receive_text(text("pusher:error", {"code": quota.code, "message": quota.message}))
        assert client.state == "refused"
        assert client.receive_text(ESTABLISHED) == Established("47.11", 30.0)

    def test_happens_once(self, client: ClientConnection) -> None:
        """A second greeting changes nothing, whatever it says."""
        again = text("pusher:connection_established", {"socket_id": "1.1", "activity_timeout": 5})

        assert client.receive_text(again) == Ignored("pusher:connection_established")
        assert (client.socket_id, client.activity_timeout) == ("47.11", 30.0)


class TestActs:
    """What we send, and when we may."""

    def test_have_these_texts(self, client: ClientConnection) -> None:
        """Every act returns the frame that the protocol gives it."""
        member = '{"user_id":"42"}'

        assert client.subscribe("room") == '{"event":"pusher:subscribe","data":{"channel":"room"}}'
        assert json.loads(client.subscribe("presence-x", "key:00", member)) == {
            "event": "pusher:subscribe",
            "data": {"auth": "key:00", "channel": "presence-x", "channel_data": member},
        }
        assert client.unsubscribe("room") == '{"event":"pusher:unsubscribe","data":{"channel":"room"}}'
        assert client.ping() == '{"event":"pusher:ping","data":{}}'
        assert client.pong() == '{"event":"pusher:pong","data":{}}'
        assert client.client_event("client-typing", "presence-x", {"on": True}) == (
            '{"event":"client-typing","data":{"on":true},"channel":"presence-x"}'
        )

    @pytest.mark.parametrize(
        "act",
        [
            lambda client: client.subscribe("room"),
            lambda client: client.unsubscribe("room"),
            lambda client: client.ping(),
            lambda client: client.pong(),
            lambda client: client.client_event("client-x", "room", {}),
        ],
        ids=["subscribe", "unsubscribe", "ping", "pong", "client event"],
    )
    def test_need_an_established_connection(self, act: Callable[[ClientConnection], str]) -> None:
        """Before the handshake and after the end there is nobody to send to."""
        client = ClientConnection()
        with pytest.raises(HarnessError, match="is opening; wait for Established"):
            act(client)

        client.connection_lost(1006)
        with pytest.raises(HarnessError, match="is closed; open a new one"):
            act(client)


class TestSubscriptions:
    """Asking, being answered, and which answer belongs to which question."""

    @pytest.mark.parametrize("channel", ["room", "private-x", ""])
    def test_are_pending_until_acknowledged(self, client: ClientConnection, channel: str) -> None:
        """The acknowledgement names the channel; nobody is listed on it."""
        client.subscribe(channel)
        assert client.subscriptions == {channel: "pending"}

        assert client.receive_text(succeeded(channel)) == Subscribed(channel, None)
        assert client.subscriptions == {channel: "subscribed"}

    def test_to_the_empty_name_are_acknowledged_without_a_channel(self, client: ClientConnection) -> None:
        """Reverb takes the empty name and leaves it out of its answer; unasked, such an answer is malformed."""
        nameless = '{"event":"pusher_internal:subscription_succeeded","data":"{}"}'
        assert isinstance(client.receive_text(nameless), Malformed)

        client.subscribe("")
        assert client.receive_text(nameless) == Subscribed("", None)

    def test_to_presence_channels_list_the_members(self, client: ClientConnection) -> None:
        """The list comes with the acknowledgement; one that cannot be read is no acknowledgement."""
        client.subscribe("presence-x", "key:00", "{}")
        event, channel = "pusher_internal:subscription_succeeded", "presence-x"

        assert isinstance(client.receive_text(text(event, '{"presence":{"count":1}}', channel)), Malformed)
        assert client.subscriptions == {"presence-x": "pending"}
        listed = {"presence": {"count": 1, "ids": ["1"], "hash": {"1": {"id": 1}}}}
        assert client.receive_text(text(event, listed, channel)) == Subscribed(channel, {"1": {"id": 1}})

    @pytest.mark.parametrize("answer", [succeeded("room"), text("pusher:subscription_error", {}, "room")])
    def test_that_nobody_holds_are_not_answered(self, client: ClientConnection, answer: str) -> None:
        """An answer for a channel that was never asked for, or was given up, means nothing."""
        assert isinstance(client.receive_text(answer), Ignored)

        client.subscribe("room")
        client.unsubscribe("room")
        assert isinstance(client.receive_text(answer), Ignored)
        assert client.subscriptions == {}

    @pytest.mark.parametrize("event", ["pusher:subscription_error", "pusher_internal:subscription_error"])
    def test_are_refused_by_name(self, client: ClientConnection, event: str) -> None:
        """Both spellings of the refusal name their channel, whatever else is pending."""
        client.subscribe("private-x", "key:00")
        client.subscribe("room")

        refusal = text(event, {"type": "AuthError", "error": "No.", "status": 401}, "room")
        assert client.receive_text(refusal) == SubscriptionFailed("room", 401, "No.")
        assert client.receive_text(text(event, "{}", "private-x")) == SubscriptionFailed("private-x", None, "")
        assert client.subscriptions == {}

    def test_are_refused_without_a_name(self, client: ClientConnection) -> None:
        """A nameless refusal belongs to the guarded subscribe in flight, and to nothing when there is none."""
        nameless = text("pusher:subscription_error", {"status": 401})
        assert isinstance(client.receive_text(nameless), Malformed)

        client.subscribe("private-x", "key:00")
        assert client.receive_text(nameless) == SubscriptionFailed("private-x", 401, "")

    @pytest.mark.parametrize("code", [4009, 4200, None])
    def test_are_refused_by_an_error_without_a_channel(self, client: ClientConnection, code: int | None) -> None:
        """An unattributed error of these codes inside the subscribe window is the refusal."""
        client.subscribe("private-x", "key:00")

        refusal = client.receive_text(text("pusher:error", {"code": code, "message": "No."}))
        assert refusal == SubscriptionFailed("private-x", code, "No.")
        assert client.subscriptions == {}

    @pytest.mark.parametrize(
        ("code", "channel"), [(4301, None), (4100, None), (4009, "private-y"), (4301, "private-x")], ids=ascii
    )
    def test_outlive_errors_about_something_else(
        self, client: ClientConnection, code: int, channel: str | None
    ) -> None:
        """Another code, or another channel's name, refuses nothing."""
        client.subscribe("private-x", "key:00")

        error = client.receive_text(text("pusher:error", {"code": code, "message": "No."}, channel))
        assert error == ErrorReceived(code, "No.")
        assert client.subscriptions == {"private-x": "pending"}

    def test_to_public_channels_are_not_refused_by_an_error(self, client: ClientConnection) -> None:
        """Only a guarded subscribe, or one with a signature, can be what an unattributed error is about."""
        client.subscribe("privatex")
        assert client.receive_text(UNAUTHORIZED) == ErrorReceived(4009, "Connection is unauthorized")

        client.subscribe("privatex", "key:00")
        assert client.receive_text(UNAUTHORIZED) == SubscriptionFailed("privatex", 4009, REFUSED.message)

    def test_that_are_guarded_come_one_at_a_time(self, client: ClientConnection) -> None:
        """While one is unanswered, another cannot be told apart; public ones can."""
        client.subscribe("private-x", "key:00")

        assert client.is_waiting
        with pytest.raises(HarnessError, match="'presence-y' while the answer for 'private-x' is due"):
            client.subscribe("presence-y", "key:00", "{}")
        client.subscribe("room")
        client.receive_text(succeeded("room"))
        with pytest.raises(HarnessError, match="is due"):
            client.subscribe("private-x", "key:00")

        client.receive_text(succeeded("private-x"))
        client.subscribe("presence-y", "key:00", "{}")
        assert client.subscriptions == {"room": "subscribed", "private-x": "subscribed", "presence-y": "pending"}

    def test_that_stay_unanswered_are_settled_by_a_later_ping(self, client: ClientConnection) -> None:
        """The pong of a ping from before proves nothing; the pong of one from after ends the window."""
        client.ping()
        client.subscribe("private-x", "key:00")
        client.ping()
        client.receive_text(PONG)
        with pytest.raises(HarnessError, match="is due"):
            client.subscribe("private-y", "key:00")

        client.receive_text(PONG)
        client.subscribe("private-y", "key:00")
        assert client.receive_text(UNAUTHORIZED) == SubscriptionFailed("private-y", 4009, REFUSED.message)
        assert client.receive_text(succeeded("private-x")) == Subscribed("private-x", None)

    def test_are_not_settled_by_a_pong_that_nobody_asked_for(self, client: ClientConnection) -> None:
        """An unsolicited pong answers no ping, so it proves nothing, then or later."""
        client.receive_text(PONG)
        client.subscribe("private-x")
        assert client.receive_text(PONG) == Ponged()
        assert client.receive_text(UNAUTHORIZED) == REFUSED

    def test_are_settled_whatever_was_pinged_before(self, client: ClientConnection) -> None:
        """A ping that was answered before the subscribe leaves no pong to wait for."""
        client.receive_text(PONG)
        client.ping()
        client.receive_text(PONG)
        client.subscribe("private-x", "key:00")
        client.ping()
        client.receive_text(PONG)

        assert client.receive_text(UNAUTHORIZED) == ErrorReceived(4009, REFUSED.message)

    def test_that_were_given_up_leave_their_answer_due(self, client: ClientConnection) -> None:
        """A refusal that comes after the unsubscribe is not the next subscription's."""
        client.subscribe("private-x", "key:00")
        client.unsubscribe("private-x")
        with pytest.raises(HarnessError, match="is due"):
            client.subscribe("private-y", "key:00")

        assert client.receive_text(UNAUTHORIZED) == ErrorReceived(4009, "Connection is unauthorized")
        client.subscribe("private-y", "key:00")
        assert client.subscriptions == {"private-y": "pending"}

    def test_survive_a_refused_renewal(self, client: ClientConnection) -> None:
        """Asking again for what is held, with a bad signature, leaves the first subscription alive."""
        client.subscribe("private-x", "key:00")
        client.receive_text(succeeded("private-x"))
        client.subscribe("private-x", "key:bad")
        assert client.subscriptions == {"private-x": "renewing"}

        assert client.receive_text(UNAUTHORIZED) == REFUSED
        assert client.subscriptions == {"private-x": "subscribed"}


class TestFrames:
    """What else a server says."""

    @pytest.mark.parametrize(
        ("frame", "event"),
        [
            ('{"event":"pusher:ping"}', Pinged()),
            ('{"event":"pusher:ping","data":{}}', Pinged()),
            (PONG, Ponged()),
            ('{"event":"pusher:pong","data":"{}"}', Ponged()),
            (UNAUTHORIZED, ErrorReceived(4009, "Connection is unauthorized")),
            (
                text("pusher_internal:member_added", '{"user_id":"2","user_info":{"name":"Bo"}}', "presence-x"),
                MemberAdded("presence-x", "2", {"name": "Bo"}),
            ),
            (
                text("pusher_internal:member_added", {"user_id": 2}, "presence-x"),
                MemberAdded("presence-x", "2", None),
            ),
            (
                text("pusher_internal:member_removed", '{"user_id":"2"}', "presence-x"),
                MemberRemoved("presence-x", "2"),
            ),
            (
                text("MessageSent", '{"id":21}', "private-x"),
                ChannelEvent("MessageSent", "private-x", '{"id":21}', None),
            ),
            ('{"event":"pusher-news","channel":"room"}', ChannelEvent("pusher-news", "room", None, None)),
            (
                '{"event":"client-typing","channel":"presence-x","data":{"t":1},"user_id":"1"}',
                ChannelEvent("client-typing", "presence-x", {"t": 1}, "1"),
            ),
            ('{"event":"MessageSent","data":"{}"}', Ignored("MessageSent")),
            (text("pusher:cache_miss", None, "cache-x"), Ignored("pusher:cache_miss")),
            (
                text("pusher_internal:subscription_count", '{"subscription_count":3}', "room"),
                Ignored("pusher_internal:subscription_count"),
            ),
        ],
        ids=ascii,
    )
    def test_mean_this(self, client: ClientConnection, frame: str, event: Event) -> None:
        """Every frame of the protocol has one meaning, whether its data is text, an object or absent."""
        assert event == client.receive_text(frame)

    @pytest.mark.parametrize("event", ["pusher_internal:member_added", "pusher_internal:member_removed"])
    @pytest.mark.parametrize(
        ("data", "channel"),
        [({"user_id": "2"}, None), (None, "presence-x"), ("text", "presence-x"), ({"user_id": [2]}, "presence-x")],
        ids=ascii,
    )
    def test_about_members_need_a_channel_and_a_member(
        self, client: ClientConnection, event: str, data: object, channel: str | None
    ) -> None:
        """A member that cannot be named is malformed."""
        assert isinstance(client.receive_text(text(event, data, channel)), Malformed)

    @pytest.mark.parametrize("garbage", ["", "hello", "[]", '{"event":5}', "[" * 10_000, b"\xff", "\ud800"], ids=len)
    def test_that_are_none_are_malformed(self, client: ClientConnection, garbage: str | bytes) -> None:
        """What cannot be read has one reason and changes nothing."""
        client.subscribe("private-x", "key:00")

        malformed = client.receive_text(garbage)
        assert isinstance(malformed, Malformed)
        assert malformed.reason.startswith("no frame: ")
        assert (client.state, client.subscriptions) == ("established", {"private-x": "pending"})

    def test_are_told_as_values(self) -> None:
        """An event may be kept and passed on, so nobody can change it."""
        assert all(kind.__struct_config__.frozen for kind in get_args(Event))

    def test_can_be_shared_between_connections(self, client: ClientConnection) -> None:
        """A frame that many sockets hear is parsed once."""
        other = ClientConnection()
        other.receive_text(ESTABLISHED)
        frame = decode(text("MessageSent", "{}", "room"))

        assert (
            client.receive_frame(frame) == other.receive_frame(frame) == ChannelEvent("MessageSent", "room", "{}", None)
        )


class TestEnd:
    """How a connection ends."""

    def test_leaves_nothing_behind(self, client: ClientConnection) -> None:
        """Socket id and subscriptions die with the connection; its first reason stays."""
        client.subscribe("private-x", "key:00")

        client.connection_lost(1009, "Maximum message size exceeded")
        client.connection_lost(1006)
        assert (client.state, client.socket_id, client.subscriptions) == ("closed", None, {})
        assert (client.close_code, client.close_reason) == (1009, "Maximum message size exceeded")
        assert client.receive_text(ESTABLISHED) == Ignored("pusher:connection_established")
        assert client.receive_text(PONG) == Ignored("pusher:pong")

    @pytest.mark.parametrize(
        ("frames", "lost", "ended"),
        [
            (["4001"], (1006, ""), (4001, "code 4001")),
            (["4000"], (1005, ""), (4000, "code 4000")),
            (["4009"], (1006, ""), (4009, "code 4009")),
            (["4299"], (None, ""), (4299, "code 4299")),
            (["3999"], (1006, ""), (1006, "")),
            (["4300"], (1006, ""), (1006, "")),
            (["4201"], (1000, "bye"), (1000, "bye")),
            (["4201", PONG], (1006, ""), (1006, "")),
            ([], (None, ""), (None, "")),
        ],
        ids=ascii,
    )
    def test_is_explained_by_a_last_error(
        self, client: ClientConnection, frames: list[str], lost: tuple[int | None, str], ended: tuple[int | None, str]
    ) -> None:
        """Where no close frame came, the code of a closing error that was the last frame takes its place."""
        for frame in frames:
            code = {"code": int(frame), "message": f"code {frame}"} if frame.isdigit() else None
            client.receive_text(text("pusher:error", code) if code else frame)

        client.connection_lost(*lost)
        assert ended == (client.close_code, client.close_reason)

    def test_is_not_explained_by_a_refused_subscription(self, client: ClientConnection) -> None:
        """An error that answered a subscribe says nothing about the connection."""
        client.subscribe("private-x", "key:00")
        client.receive_text(UNAUTHORIZED)

        client.connection_lost(1006)
        assert (client.close_code, client.close_reason) == (1006, "")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["presence", "hash", "user_id", "socket_id", "activity_timeout", "code"]) | st.text(), inner
        )
    ),
    max_leaves=6,
)
channels = st.sampled_from(["room", "private-x", "presence-x", ""])
frames = st.fixed_dictionaries(
    {"event": st.sampled_from([*ClientConnection._HANDLERS, "MessageSent", "pusher:cache_miss"])},
    optional={
        "data": json_values | json_values.map(json.dumps),
        "channel": channels | json_values,
        "user_id": json_values,
    },
).map(json.dumps)
acts = st.sampled_from(["subscribe", "unsubscribe", "ping", "pong", "lose"])


class TestAnything:
    """Whatever comes, in whatever order."""

    @reproducible
    @given(received=st.lists(frames | st.text() | st.binary(), max_size=8), established=st.booleans())
    def test_that_is_received_never_raises(self, *, received: list[str | bytes], established: bool) -> None:
        """Arbitrary text, and well-formed frames with absurd content, always mean one of the known events."""
        client = ClientConnection()
        if established:
            client.receive_text(ESTABLISHED)
            client.subscribe("presence-x", "key:00", "{}")
            client.subscribe("room")

        for frame in received:
            assert isinstance(client.receive_text(frame), get_args(Event))

    @reproducible
    @given(st.lists(st.tuples(acts, channels) | frames, max_size=12))
    def test_that_is_done_in_between_stays_within_the_table(self, steps: list[tuple[str, str] | str]) -> None:
        """Any mixture of acts and frames leads to states of the table, and acts raise nothing but HarnessError."""
        client = ClientConnection()
        client.receive_text(ESTABLISHED)

        for step in steps:
            misuse = ""
            if isinstance(step, str):
                client.receive_text(step)
            else:
                misuse = misuse_of(client, *step)
            assert not misuse or client.state != "established" or "is due" in misuse
            assert client.state in TRANSITIONS["client connection"]
            assert set(client.subscriptions.values()) <= {"pending", "subscribed", "renewing"}


def misuse_of(client: ClientConnection, act: str, channel: str) -> str:
    """Do one act that may be out of place, and give the reason if it was."""
    if act == "lose":
        client.connection_lost(1006)
        return ""
    try:
        getattr(client, act)(*([channel] if act.endswith("subscribe") else []))
    except HarnessError as misuse:
        return str(misuse)
    return ""
