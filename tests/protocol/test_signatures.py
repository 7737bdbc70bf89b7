"""Signatures: the published vectors, and every way of not having the right one."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.protocol.signatures import (
    canonical_request,
    channel_auth,
    is_socket_id,
    sign_request,
    user_auth,
    verify_channel_auth,
    verify_request,
    verify_user_auth,
    webhook_signature,
)

reproducible = settings(derandomize=True, deadline=None)

DOCS = ("278d425bdf160c739803", "7ad3773142a6692b25b8")
PYTHON = ("foo", "bar")
PHP = ("thisisaauthkey", "thisisasecret")
OWN = ("demo-key", "demo-secret")

CHANNEL_VECTORS = [
    (DOCS, "1234.1234", "private-foobar", None, "58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4"),
    (
        DOCS,
        "1234.1234",
        "presence-foobar",
        '{"user_id":10,"user_info":{"name":"Mr. Channels"}}',
        "31935e7d86dba64c2a90aed31fdc61869f9b22ba9d8863bba239c03ca481bc80",
    ),
    (
        DOCS,
        "1234.1234",
        "presence-foobar",
        '{"user_id":10,"user_info":{"name":"Mr. Pusher"}}',
        "afaed3695da2ffd16931f457e338e6c9f2921fa133ce7dac49f529792be6304c",
    ),
    (
        DOCS,
        "1234.1234",
        "presence-foobar",
        '{"user_id":"10","user_info":{"name":"Mr. Pusher"}}',
        "48dac51d2d7569e1e9c0f48c227d4b26f238fa68e5c0bb04222c966909c4f7c4",
    ),
    (PYTHON, "345.23", "private-channel", None, "89955e77e1b40e33df6d515a5ecbba86a01dc816a5b720da18a06fd26f7d92ff"),
    (
        PYTHON,
        "345.23",
        "private-encrypted-channel",
        None,
        "fff0503dfe4929f5162efe4d1dacbce524b0d8e7e1331117a8651c0e74d369e3",
    ),
    (
        PYTHON,
        "345.43245",
        "presence-channel",
        '{"user_id":"fred","user_info":{"key":"value"}}',
        "e80ba6439492c2113022c39297a87a948de14061cc67b5788e045645a68b8ccd",
    ),
    (OWN, "4711.9001", "private-chat.42", None, "3dced9b949da61e00a931062c7d54d6514d2878c0c622f817cec861fed22cf18"),
    (
        OWN,
        "4711.9001",
        "presence-room.7",
        '{"user_id":"42","user_info":{"name":"Asha"}}',
        "e839018ec2674def0d02cc732673c42fa1393b4103ddb6592a778dd0ecb8aa79",
    ),
]

SIGNATURE = CHANNEL_VECTORS[7][-1]

# Method, path, body, further parameters, signature; all at 1353088179 or 1760000000.
EVENT = rb'{"name":"App\\Events\\MessageSent","channel":"private-chat.42","data":"{\"id\":1}"}'
REQUEST_VECTORS = [
    (
        (DOCS, "POST", "/apps/3/events", 1353088179),
        rb'{"name":"foo","channels":["project-3"],"data":"{\"some\":\"data\"}"}',
        {},
        "da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c",
    ),
    (
        (OWN, "POST", "/apps/1001/events", 1760000000),
        EVENT,
        {},
        "b75fdb467aa836a342c6593c4b0c1597b976110ed604ba312a014ce87aeb65fc",
    ),
    (
        (OWN, "GET", "/apps/1001/channels", 1760000000),
        b"",
        {"info": "user_count", "filter_by_prefix": "presence-"},
        "65536fe72b130b5f8d22e1fd04d5efc2086bbafe54b63ef695bdf7d1222491ef",
    ),
]


@pytest.mark.parametrize(
    "text", ["4711.9001", "0.0", "752577119.803360575", "18446744073709551615.18446744073709551615", "007.1"]
)
def test_socket_ids_are_two_numbers(text: str) -> None:
    """Any two runs of digits joined by a dot, however long."""
    assert is_socket_id(text)


@pytest.mark.parametrize(
    "text", ["", ".", "1.", ".1", "1", "1.2.3", "a.b", "-1.2", "1.2\n", " 1.2", "1,2", "٣.٣", "undefined"], ids=ascii
)
def test_other_text_is_no_socket_id(text: str) -> None:
    """What JavaScript puts there by mistake, a trailing newline and foreign digits are told apart."""
    assert not is_socket_id(text)


class TestChannelAuth:
    """The right of one connection to join one channel."""

    @pytest.mark.parametrize(("app", "socket_id", "channel", "channel_data", "signature"), CHANNEL_VECTORS)
    def test_reproduces_the_vectors(
        self, app: tuple[str, str], socket_id: str, channel: str, channel_data: str | None, signature: str
    ) -> None:
        """What we sign is what the documentation and the libraries sign, and both readings take it."""
        key, secret = app
        auth = channel_auth(key, secret, socket_id, channel, channel_data)
        facts = {"key": key, "secret": secret, "socket_id": socket_id, "channel": channel, "channel_data": channel_data}

        assert auth == f"{key}:{signature}"
        assert verify_channel_auth(auth, **facts)
        assert verify_channel_auth(auth, **facts, key_part=False)

    @pytest.mark.parametrize(
        ("auth", "strictly", "as_reverb"),
        [
            (f"demo-key:{SIGNATURE}", True, True),
            (f"other-key:{SIGNATURE}", False, True),
            (f":{SIGNATURE}", False, True),
            (SIGNATURE, False, True),
            (f"demo-key:more:{SIGNATURE}", False, False),
            (f"demo-key:{SIGNATURE}:", False, False),
            (f"demo-key:{SIGNATURE.upper()}", False, False),
            (f"demo-key:{SIGNATURE[:-1]}", False, False),
            (f"demo-key: {SIGNATURE}", False, False),
            (f"demo-key:{'0' * 64}", False, False),
            ("demo-key:", False, False),
            ("", False, False),
            ("ключ:подпись", False, False),
            ("\ud800", False, False),
            (None, False, False),
            (5, False, False),
            ({"auth": f"demo-key:{SIGNATURE}"}, False, False),
        ],
        ids=lambda case: ascii(case)[:24],
    )
    def test_is_refused_when_it_is_not_exact(self, *, auth: object, strictly: bool, as_reverb: bool) -> None:
        """Reverb looks only behind the first colon; nothing else is negotiable, and nothing raises."""
        facts = {"key": "demo-key", "secret": "demo-secret", "socket_id": "4711.9001", "channel": "private-chat.42"}

        assert strictly is verify_channel_auth(auth, **facts)
        assert as_reverb is verify_channel_auth(auth, **facts, key_part=False)

    @pytest.mark.parametrize(
        "difference",
        [
            {"socket_id": "4711.9002"},
            {"channel": "private-chat.43"},
            {"secret": "demo-secreT"},
            {"channel_data": ""},
            {"channel_data": '{"user_id":"42"}'},
            {"channel": "private-chat.42\ud800"},
        ],
        ids=ascii,
    )
    def test_is_good_for_nothing_else(self, difference: dict[str, str]) -> None:
        """Another connection, channel, secret or member needs another signature."""
        facts = {"key": "demo-key", "secret": "demo-secret", "socket_id": "4711.9001", "channel": "private-chat.42"}

        assert not verify_channel_auth(f"demo-key:{SIGNATURE}", **(facts | difference))

    @reproducible
    @given(st.text(), st.text(), st.text(), st.none() | st.text())
    def test_verifies_whatever_it_signs(self, secret: str, socket_id: str, channel: str, data: str | None) -> None:
        """Signing and verifying agree on any text."""
        auth = channel_auth("key", secret, socket_id, channel, data)

        assert verify_channel_auth(
            auth, key="key", secret=secret, socket_id=socket_id, channel=channel, channel_data=data
        )


@pytest.mark.parametrize(
    ("app", "socket_id", "user_data", "signature"),
    [
        (DOCS, "1234.1234", '{"id":"12345"}', "4708d583dada6a56435fb8bc611c77c359a31eebde13337c16ab43aa6de336ba"),
        (
            PHP,
            "12345.6789",
            '{"id":"123","name":"John Smith"}',
            "0dddb208b53c7649f3fbbb86254a6e1986bc6f8b566423ea690c9ca773497373",
        ),
        (OWN, "4711.9001", '{"id":"42"}', "40d02a35f58c70f8969ef806f9cefe44a2b75e47ce07622271283e40ba06a2c4"),
    ],
)
def test_signing_in_reproduces_the_vectors(
    app: tuple[str, str], socket_id: str, user_data: str, signature: str
) -> None:
    """A user is signed with double colons."""
    assert user_auth(*app, socket_id, user_data) == f"{app[0]}:{signature}"


@pytest.mark.parametrize(
    ("secret", "body", "signature"),
    [
        (PHP[1], b'{"hello":"world"}', "40e0ad3b9aa49529322879e84de1aaaf18bde1efe839ca263d540cc865510d25"),
        (
            OWN[1],
            b'{"time_ms":1760000000000,"events":[{"name":"channel_occupied","channel":"room.7"}]}',
            "4770e1bb323fc0500d82f237ab9d4f09634066a54895bc23dc00dd3cc5439d7a",
        ),
    ],
)
def test_webhooks_reproduce_the_vectors(secret: str, body: bytes, signature: str) -> None:
    """A webhook is signed over its raw body."""
    assert signature == webhook_signature(secret, body)


class TestRequests:
    """Calls of the HTTP API."""

    @pytest.mark.parametrize(("call", "body", "params", "signature"), REQUEST_VECTORS)
    def test_reproduce_the_vectors(
        self, call: tuple[tuple[str, str], str, str, int], body: bytes, params: dict[str, str], signature: str
    ) -> None:
        """What we sign is what the documentation signs, and both readings take it."""
        (key, secret), method, path, timestamp = call
        signed = sign_request(key, secret, method, path, timestamp=timestamp, body=body, params=params)

        assert signature == signed["auth_signature"]
        assert ("body_md5" in signed) is bool(body)
        assert params.items() <= signed.items()
        for trust_md5 in (True, False):
            assert verify_request(secret, method, path, signed, body, trust_md5=trust_md5)

    def test_have_one_canonical_text(self) -> None:
        """Upper-case method, lower-case sorted names, values as they are, no signature."""
        params = {"b": "2 &=%é", "Auth_Key": "K", "a": "", "auth_signature": "x", "AUTH_SIGNATURE": "y"}

        assert canonical_request("post", "/apps/1/events", params) == "POST\n/apps/1/events\na=&auth_key=K&b=2 &=%é"
        assert canonical_request("GET", "/", {}) == "GET\n/\n"

    @pytest.mark.parametrize("trust_md5", [True, False])
    @pytest.mark.parametrize(
        "difference",
        [
            {"auth_key": "other-key"},
            {"auth_timestamp": "1760000001"},
            {"info": "user_count"},
            {"auth_signature": ""},
            {"auth_signature": "подпись"},
        ],
        ids=ascii,
    )
    def test_bind_every_parameter(self, difference: dict[str, str], *, trust_md5: bool) -> None:
        """A parameter that was changed or added makes the signature wrong."""
        signed = sign_request(*OWN, "POST", "/apps/1001/events", timestamp=1760000000, body=EVENT)

        changed = signed | difference
        assert not verify_request(OWN[1], "POST", "/apps/1001/events", changed, EVENT, trust_md5=trust_md5)

    @pytest.mark.parametrize("trust_md5", [True, False])
    def test_bind_secret_method_path_and_body(self, *, trust_md5: bool) -> None:
        """Another secret, method, path or body, or no signature at all, is refused."""
        path = "/apps/1001/events"
        signed = sign_request(*OWN, "POST", path, timestamp=1760000000, body=EVENT)
        unsigned = {name: value for name, value in signed.items() if name != "auth_signature"}

        assert not verify_request("other", "POST", path, signed, EVENT, trust_md5=trust_md5)
        assert not verify_request(OWN[1], "PUT", path, signed, EVENT, trust_md5=trust_md5)
        assert not verify_request(OWN[1], "POST", f"{path}/", signed, EVENT, trust_md5=trust_md5)
        assert not verify_request(OWN[1], "POST", path, signed, EVENT + b" ", trust_md5=trust_md5)
        assert not verify_request(OWN[1], "POST", path, signed, b"", trust_md5=trust_md5)
        assert not verify_request(OWN[1], "POST", path, unsigned, EVENT, trust_md5=trust_md5)

    def test_with_the_md5_of_nothing_are_read_in_two_ways(self) -> None:
        """The Python library signs md5("") on a GET: hosted Pusher takes it, Reverb drops the parameter and refuses."""
        empty = {"body_md5": hashlib.md5(b"", usedforsecurity=False).hexdigest()}
        signed = sign_request(*OWN, "GET", "/apps/1001/channels", timestamp=1760000000, params=empty)

        assert verify_request(OWN[1], "GET", "/apps/1001/channels", signed, b"", trust_md5=True)
        assert not verify_request(OWN[1], "GET", "/apps/1001/channels", signed, b"", trust_md5=False)

    def test_without_the_md5_of_their_body_are_read_in_two_ways(self) -> None:
        """Reverb computes what hosted Pusher wants to be told; a wrong value is not looked at there."""
        path = "/apps/1001/events"
        signed = sign_request(*OWN, "POST", path, timestamp=1760000000, body=EVENT)
        untold = {name: value for name, value in signed.items() if name != "body_md5"}

        for params in (untold, signed | {"body_md5": "0" * 32}):
            assert verify_request(OWN[1], "POST", path, params, EVENT, trust_md5=False)
            assert not verify_request(OWN[1], "POST", path, params, EVENT, trust_md5=True)

    def test_must_have_a_body_that_the_signature_covers(self) -> None:
        """A correctly signed call without body_md5 does not let any body through."""
        path = "/apps/1001/events"
        signed = sign_request(*OWN, "POST", path, timestamp=1760000000)

        for trust_md5 in (True, False):
            assert verify_request(OWN[1], "POST", path, signed, b"", trust_md5=trust_md5)
            assert not verify_request(OWN[1], "POST", path, signed, EVENT, trust_md5=trust_md5)

    @reproducible
    @given(secret=st.text(), info=st.text(), body=st.binary(), trust_md5=st.booleans())
    def test_are_verified_when_they_were_signed(self, secret: str, info: str, body: bytes, *, trust_md5: bool) -> None:
        """Signing and verifying agree on any secret, parameter and body."""
        signed = sign_request("key", secret, "POST", "/apps/1/events", timestamp=0, body=body, params={"info": info})

        assert verify_request(secret, "POST", "/apps/1/events", signed, body, trust_md5=trust_md5)


def test_a_user_signature_is_for_one_socket_and_one_text() -> None:
    """The key in front counts too, and what is no text is no signature."""
    proof = {"key": "demo-key", "secret": "demo-secret", "socket_id": "4711.9001", "user_data": '{"id":"42"}'}
    auth = "demo-key:40d02a35f58c70f8969ef806f9cefe44a2b75e47ce07622271283e40ba06a2c4"

    assert verify_user_auth(auth, **proof)
    assert not verify_user_auth(auth, **{**proof, "socket_id": "4711.9002"})
    assert not verify_user_auth(auth, **{**proof, "user_data": '{"id": "42"}'})
    assert not verify_user_auth(auth, **{**proof, "key": "other"})
    assert not verify_user_auth(None, **proof)
