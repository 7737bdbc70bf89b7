"""Frames: what is taken, what is refused in one line, and the exact text that is written."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from harness.protocol.messages import MAX_NESTING, Frame, decode, decode_data, decode_object, encode, php_json

reproducible = settings(derandomize=True, deadline=None)

texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(-1e15, 1e15) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)

# Seen on the wire (PROTOCOL.md 13).
ESTABLISHED = (
    r'{"event":"pusher:connection_established",'
    r'"data":"{\"socket_id\":\"752577119.803360575\",\"activity_timeout\":30}"}'
)
MESSAGE_SENT = (
    r'{"event":"MessageSent","data":"{\"id\":21,\"body\":\"hi\",\"sender\":{\"id\":2,\"name\":\"User 2 C1\"},'
    r'\"created_at\":\"2026-11-22T18:08:59.000000Z\"}","channel":"private-chat.6.conversation.123"}'
)


def nested(levels: int) -> str:
    """Give JSON text of that many arrays in each other."""
    return "[" * levels + "]" * levels


def refusal_of(text: str | bytes) -> str:
    """Give the reason why a text is no frame, nothing when it is one."""
    try:
        decode(text)
    except ValueError as refusal:
        return str(refusal)
    return ""


def under_a_deep_stack(call: Callable[[], Any], frames: int = 650) -> Any:
    """Make a call with most of the interpreter's stack used up."""
    return under_a_deep_stack(call, frames - 1) if frames else call()


class TestDecode:
    """Text becomes a frame or one ValueError."""

    @pytest.mark.parametrize(
        ("text", "frame"),
        [
            (
                ESTABLISHED,
                Frame("pusher:connection_established", r'{"socket_id":"752577119.803360575","activity_timeout":30}'),
            ),
            (
                r'{"event":"pusher:error","data":"{\"code\":4001,\"message\":\"Application does not exist\"}"}',
                Frame("pusher:error", '{"code":4001,"message":"Application does not exist"}'),
            ),
            (
                '{"event":"pusher_internal:subscription_succeeded","data":"{}","channel":"room"}',
                Frame("pusher_internal:subscription_succeeded", "{}", "room"),
            ),
            ('{"event":"pusher:cache_miss","channel":"cache-x"}', Frame("pusher:cache_miss", channel="cache-x")),
            ('{"event":"pusher:pong"}', Frame("pusher:pong")),
            (
                '{"event":"client-typing","channel":"presence-x","data":{"t":1},"user_id":"1"}',
                Frame("client-typing", {"t": 1}, "presence-x", "1"),
            ),
            ('{"event":"client-typing","channel":"c","data":null}', Frame("client-typing", None, "c")),
            ('{"user_id":10,"junk":[{}],"event":"e"}', Frame("e", user_id=10)),
            ('{"event":""}', Frame("")),
            (r'{"event":"\u0000\ud83d\ude00"}', Frame("\0\U0001f600")),
            ('{"event":"first","event":"last"}', Frame("last")),
            (b'{"event":"caf\xc3\xa9"}', Frame("café")),
        ],
    )
    def test_gives_what_a_frame_says(self, text: str | bytes, frame: Frame) -> None:
        """A JSON object with a string event is a frame; absent members stay unset, unknown ones are dropped."""
        assert frame == decode(text)

    def test_gives_a_value(self) -> None:
        """A frame may be shared by all who hear it, so nobody can change it."""
        assert Frame.__struct_config__.frozen

    def test_leaves_data_as_it_was_on_the_wire(self) -> None:
        """Data that is a JSON string is decoded by whoever wants its meaning, not before."""
        frame = decode(MESSAGE_SENT)

        assert isinstance(frame.data, str)
        assert decode_data(frame.data)["sender"] == {"id": 2, "name": "User 2 C1"}

    @pytest.mark.parametrize(
        "text",
        [
            *("", " ", "hello", "5", "1.5", "null", "true", '"event"', "[]", "{}", '["event"]', '{"data":{}}'),
            *(f'{{"event":{event}}}' for event in ("null", "5", "1.5", "true", "[]", '["a"]', "{}")),
            *(f'{{"event":"e","channel":{channel}}}' for channel in ("null", "5", "true", "[]", "{}")),
            *(f'{{"event":"e","user_id":{user_id}}}' for user_id in ("null", "1.5", "true", "[]", "{}")),
            *(f'{{"event":"e","data":{data}}}' for data in ("NaN", "Infinity", "1e400", "9" * 5000, "'a'", "")),
            *('{"event":"e"', '{"event":"e"}}', '{"event":"e"} {"event":"e"}', "{'event':'e'}", '\ufeff{"event":"e"}'),
            *(r'{"event":"\ud800"}', r'{"event":"\udc00 and more"}', '{"event":"\ud800"}', '{"event":"a\0b"}'),
            *(b"\xff\xfe", b'{"event":"\xff"}', b'{"event":"\xed\xa0\x80"}', '{"event":"e"}'.encode("utf-16")),
        ],
        ids=ascii,
    )
    def test_refuses_what_is_no_frame(self, text: str | bytes) -> None:
        """Whatever is no object with a string event and well-typed members has one reason, on one line."""
        with pytest.raises(ValueError, match=r"\Ano frame: .+\Z") as refusal:
            decode(text)

        assert len(str(refusal.value)) < 200

    def test_takes_nesting_up_to_the_limit(self) -> None:
        """The frame itself is one level, so its data may have all levels but one."""
        deepest = f'{{"event":"e","data":{nested(MAX_NESTING - 1)}}}'

        assert json.dumps(decode(deepest).data) == nested(MAX_NESTING - 1)

    @pytest.mark.parametrize(
        "data",
        [nested(MAX_NESTING), '{"a":' * MAX_NESTING + "1" + "}" * MAX_NESTING, nested(10_000), "[" * 1_000_000],
        ids=["lists", "objects", "ten thousand", "a million, never closed"],
    )
    def test_refuses_deeper_nesting(self, data: str) -> None:
        """Nesting beyond the limit is refused, whether or not it would have exhausted the stack."""
        with pytest.raises(ValueError, match="nested deeper than 512 levels"):
            decode(f'{{"event":"e","data":{data}}}')

    def test_takes_many_values_that_are_not_deep(self) -> None:
        """Length alone is no nesting: a long list of short objects passes."""
        many = [{"id": number} for number in range(2000)]

        assert many == decode(json.dumps({"event": "e", "data": many})).data
        assert decode(json.dumps({"event": "e", "data": 5, "unknown": many})) == Frame("e", 5)

    def test_survives_fifty_megabytes(self) -> None:
        """A huge text is read or refused like any other."""
        huge = "x" * 50_000_000

        assert len(huge) == len(decode(f'{{"event":"e","data":"{huge}"}}').data)
        with pytest.raises(ValueError, match="no frame"):
            decode("[" * 50_000_000)

    @reproducible
    @given(st.text() | st.binary())
    def test_never_raises_anything_else(self, text: str | bytes) -> None:
        """Arbitrary text and bytes give a frame or a ValueError."""
        assert "\n" not in refusal_of(text)


class TestDecodeData:
    """Data is decoded once, when it is text that holds JSON."""

    @pytest.mark.parametrize(
        ("data", "meaning"),
        [
            (UNSET, None),
            (None, None),
            ({"t": 1}, {"t": 1}),
            ([1], [1]),
            (5, 5),
            ("{}", {}),
            ("5", 5),
            ("null", None),
            (r'"{\"twice\":1}"', '{"twice":1}'),
            ("", ""),
            ("hello", "hello"),
            ("NaN", "NaN"),
            ('{"half":', '{"half":'),
            ('"\ud800"', '"\ud800"'),
            (nested(10_000), nested(10_000)),
            (nested(MAX_NESTING + 1), nested(MAX_NESTING + 1)),
            ('["' + "x" * 2 * MAX_NESTING + '"]', ["x" * 2 * MAX_NESTING]),
        ],
        ids=lambda case: ascii(case)[:20],
    )
    def test_gives_the_meaning(self, data: object, meaning: object) -> None:
        """Text that is no JSON, or is nested too deeply, means itself."""
        assert meaning == decode_data(data)


class TestEncode:
    """What we write is compact and ordered."""

    def test_orders_the_keys(self) -> None:
        """Keys come as event, data, channel, user_id, without a space."""
        text = encode("client-typing", user_id="1", channel="presence-x", data={"a": [1, None]})

        assert text == '{"event":"client-typing","data":{"a":[1,null]},"channel":"presence-x","user_id":"1"}'

    def test_leaves_out_what_is_not_given(self) -> None:
        """Absent members have no key; data that is None is null, which is something else."""
        assert encode("pusher:pong") == '{"event":"pusher:pong"}'
        assert encode("e", data=None) == '{"event":"e","data":null}'

    def test_keeps_text_beyond_ascii(self) -> None:
        """People's text travels as UTF-8, not as escapes."""
        assert encode("e", data='{"body":"مرحبا"}') == r'{"event":"e","data":"{\"body\":\"مرحبا\"}"}'

    def test_refuses_what_has_no_text_form(self) -> None:
        """A lone surrogate and a value that JSON does not know are the caller's mistakes."""
        with pytest.raises(ValueError, match="surrogates not allowed"):
            encode("\ud800")
        with pytest.raises(TypeError):
            encode("e", data=object())

    @reproducible
    @given(texts, texts, values, texts | st.integers(-(2**63), 2**63 - 1))
    def test_is_read_back(self, event: str, channel: str, data: object, user_id: str | int) -> None:
        """What is encoded is decoded to the same frame."""
        text = encode(event, channel=channel, data=data, user_id=user_id)

        assert Frame(event, data, channel, user_id) == decode(text)


class TestPhpJson:
    """PHP's json_encode, character for character."""

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ({"event": "pusher:pong"}, '{"event":"pusher:pong"}'),
            ({"a": [], "b": {}, "c": [1, {"d": None}]}, '{"a":[],"b":{},"c":[1,{"d":null}]}'),
            ((True, False), "[true,false]"),
            ({1: "a", 2: "b"}, '{"1":"a","2":"b"}'),
            ("a/b", r'"a\/b"'),
            ("é مر 😀 \u2028", r'"\u00e9 \u0645\u0631 \ud83d\ude00 \u2028"'),
            ('"\\ \b\f\n\r\t\x00\x1f', r'"\"\\ \b\f\n\r\t\u0000\u001f"'),
            ("\x7f \\u007f", '"\x7f \\\\u007f"'),
            (2**63 - 1, "9223372036854775807"),
            (10**19, "1.0e+19"),
            (-(2**63), "-9223372036854775808"),
            (-(10**19), "-1.0e+19"),
            (1.0, "1"),
            (-0.0, "-0"),
            (0.1, "0.1"),
            (-2.5, "-2.5"),
            (1e16, "10000000000000000"),
            (2.0**56, "72057594037927940"),
            (1e17, "1.0e+17"),
            (-1.25e25, "-1.25e+25"),
            (0.0001, "0.0001"),
            (0.00001, "1.0e-5"),
        ],
        ids=ascii,
    )
    def test_writes_as_php_does(self, value: object, text: str) -> None:
        """Escapes, numbers and empty containers look as Laravel and Reverb put them on the wire."""
        assert text == php_json(value)

    def test_reproduces_a_frame_of_reverb(self) -> None:
        """A frame inside a frame is escaped twice, as seen on the wire."""
        content = php_json({"socket_id": "752577119.803360575", "activity_timeout": 30})

        assert php_json({"event": "pusher:connection_established", "data": content}) == ESTABLISHED

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 10**400], ids=str)
    def test_refuses_numbers_that_json_lacks(self, value: float) -> None:
        """PHP fails on infinities and NaN, and so do we."""
        with pytest.raises(ValueError, match="infinite or not a number"):
            php_json([value])

    def test_refuses_what_is_no_json(self) -> None:
        """A value without a JSON form is the caller's mistake."""
        with pytest.raises(TypeError, match="no form for bytes"):
            php_json({"a": b""})

    def test_writes_nesting_up_to_the_limit(self) -> None:
        """The deepest value that decode_data gives can be written again, a deeper one cannot."""
        deepest = decode_data(nested(MAX_NESTING))

        assert php_json(deepest) == nested(MAX_NESTING)
        with pytest.raises(ValueError, match="nested deeper"):
            php_json([deepest])
        with pytest.raises(ValueError, match="nested deeper"):
            under_a_deep_stack(lambda: php_json(deepest))

    @reproducible
    @given(values)
    def test_is_json(self, value: object) -> None:
        """Whatever is written is read back as the same value, and is ASCII."""
        text = php_json(value)

        assert text.isascii()
        assert value == json.loads(text)


@pytest.mark.parametrize("user_id", ["null", "{}", "true", '"1"'])
def test_a_server_does_not_read_who_a_client_says_it_is(user_id: str) -> None:
    """Whatever stands there, the frame is what it is without."""
    text = f'{{"event":"client-x","channel":"private-x","data":[1],"user_id":{user_id}}}'

    assert decode(text, of_client=True) == Frame("client-x", [1], "private-x")
    with pytest.raises(ValueError, match="no frame"):
        decode('{"event":"client-x","channel":5}', of_client=True)


@pytest.mark.parametrize("levels", [600, 5000])
def test_an_object_that_others_are_told_of_is_no_deeper_than_their_frames(levels: int) -> None:
    """Beyond the nesting of a frame, and beyond what the stack holds."""
    assert decode_object('{"a":[[1]]}' + " " * 600) == {"a": [[1]]}
    with pytest.raises(ValueError, match="nested deeper"):
        decode_object('{"a":' + "[" * levels + "]" * levels + "}")
