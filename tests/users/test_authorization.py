"""Whether what the endpoint granted verifies."""

import pytest

from harness.config import Broadcaster
from harness.protocol.signatures import channel_auth
from harness.users.authorization import Authorization, verified

OURS = Broadcaster(key="key", secret="secret-of-the-app")
GOOD = channel_auth("key", "secret-of-the-app", "1.1", "presence-x", '{"user_id":1}')


@pytest.mark.parametrize(
    ("auth", "socket_id", "channel_data", "verdict"),
    [
        (GOOD, "1.1", '{"user_id":1}', "valid"),
        (GOOD, "1.2", '{"user_id":1}', "invalid"),
        (GOOD, "1.1", '{"user_id":2}', "invalid"),
        ("nonsense", "1.1", None, "invalid"),
    ],
)
def test_a_signature_is_for_one_socket_channel_and_member(
    auth: str, socket_id: str, channel_data: str | None, verdict: str
) -> None:
    """With the secret at hand it is told at once what the broadcaster will say."""
    assert verified(OURS, auth, socket_id=socket_id, channel="presence-x", channel_data=channel_data) == verdict


def test_without_the_secret_nothing_can_be_verified() -> None:
    """Which is not the same as invalid."""
    assert verified(Broadcaster(key="key"), GOOD, socket_id="1.1", channel="x", channel_data=None) == "unverifiable"


def test_an_authorization_does_not_show_its_signature() -> None:
    """Only the last four characters, so that two can be told apart."""
    granted = Authorization(auth=GOOD, channel_data=None, signature="valid", status=200)
    assert repr(granted) == f"<Authorization …{GOOD[-4:]} valid>"
