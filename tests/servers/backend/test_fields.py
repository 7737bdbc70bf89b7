"""Tests of how a request is read and checked."""

from typing import Any

import pytest
from starlette.requests import Request

from harness.servers.backend.answers import Invalid
from harness.servers.backend.fields import Fields, parse_identifier, read_values

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


def request(body: bytes = b"", media_type: str = "", *, query: bytes = b"", method: str = "POST") -> Request:
    """Make a request as the server hands it over."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", media_type.encode())] if media_type else []
    scope = {"type": "http", "method": method, "path": "/", "headers": headers, "query_string": query, "app": None}
    return Request(scope, receive)


@pytest.mark.parametrize(
    ("written", "number"), [("1", 1), (7, 7), ("9223372036854775807", 2**63 - 1), (2**63 - 1, 2**63 - 1)]
)
def test_an_id_is_a_canonical_decimal(written: object, number: int) -> None:
    """Text and JSON numbers up to 2^63-1 are ids."""
    assert parse_identifier(written) == number


@pytest.mark.parametrize(
    "written",
    [
        *("", "0", "0123", "+1", "-1", " 1", "1 ", "1\n", "1e2", "1.0", "0x1", "\uff11", "\u0661", "x"),
        *("9223372036854775808", "9" * 5000, 0, -1, 2**63, 1.0, True, None, ["1"], {"id": "1"}),
    ],
)
def test_no_other_spelling_is_an_id(written: object) -> None:
    """What a loose comparison would take for a number is none."""
    assert parse_identifier(written) is None


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "asked",
    [
        request(b'{"channel_name": "a b", "socket_id": "1.2"}', JSON),
        request(b'{"channel_name": "a b", "socket_id": "1.2"}', "application/vnd.api+json; charset=utf-8"),
        request(b"channel_name=a+b&socket_id=1.2", FORM),
        request(b"channel_name=a%20b&socket_id=1.2", f"{FORM}; charset=UTF-8"),
        request(query=b"channel_name=a%20b&socket_id=1.2"),
        request(query=b"channel_name=a%20b&socket_id=1.2", method="GET"),
        request(b'{"channel_name": "a b"}', JSON, query=b"channel_name=other&socket_id=1.2"),
        request(
            b"--x\r\nContent-Disposition: form-data; name=channel_name\r\n\r\na b\r\n"
            b"--x\r\nContent-Disposition: form-data; name=socket_id\r\n\r\n1.2\r\n--x--\r\n",
            "multipart/form-data; boundary=x",
        ),
    ],
)
async def test_form_json_and_query_are_read_alike(asked: Request) -> None:
    """The same fields come out of every encoding, and a body goes before the query."""
    assert await read_values(asked) == {"channel_name": "a b", "socket_id": "1.2"}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "asked",
    [
        request(),
        request(b"", JSON),
        request(b"{", JSON),
        request(b'["channel_name"]', JSON),
        request(b"[" * 100_000, JSON),
        request(b'{"body": "\\ud800"}', JSON),
        request(b'{"body": "\xed\xa0\x80"}', JSON),
        request(b'{"body": 1e999}', JSON),
        request(b"&".join(b"a=%d" % number for number in range(1001)), FORM),
        request(b'{"body": "hi"}', "text/plain"),
        request(b"body=hi", JSON),
        request(b"nothing", "multipart/form-data"),
        request(b"nothing", "multipart/form-data; boundary=x"),
        request(b'{"body": "hi"}', JSON, method="GET"),
    ],
)
async def test_what_cannot_be_decoded_is_absent(asked: Request) -> None:
    """A malformed body, or one of another type than its label, holds no fields and raises nothing."""
    assert await read_values(asked) == {}


@pytest.mark.asyncio
async def test_a_name_given_twice_becomes_a_list() -> None:
    """Neither the first nor the last value wins, and PHP's brackets make a list of one."""
    values = await read_values(request(b"a=1&a=2&a=3&b%5B%5D=4&c=", FORM))

    assert values == {"a": ["1", "2", "3"], "b": ["4"], "c": ""}


@pytest.mark.parametrize(
    ("read", "value", "result"),
    [
        (lambda fields: fields.text("f"), " as it came ", " as it came "),
        (lambda fields: fields.text("f", default="api"), "", "api"),
        (lambda fields: fields.text("f", maximum=2), "مر", "مر"),
        (lambda fields: fields.email("f"), "a@b.example", "a@b.example"),
        (lambda fields: fields.identifier("f"), "12", 12),
        (lambda fields: fields.identifiers("f"), ["1", 2], [1, 2]),
        (lambda fields: fields.words("f", default=["*"]), None, ["*"]),
        (lambda fields: fields.words("f", default=["*"]), ["realtime"], ["realtime"]),
        (lambda fields: fields.words("f", default=["*"]), [], []),
        (lambda fields: fields.seconds("f"), None, None),
        (lambda fields: fields.seconds("f"), "", None),
        (lambda fields: fields.seconds("f"), 0, 0.0),
        (lambda fields: fields.seconds("f"), 0.5, 0.5),
        (lambda fields: fields.seconds("f"), "1.5", 1.5),
    ],
)
def test_what_is_right_is_given(read: Any, value: object, result: object) -> None:
    """A field that keeps its rule is given in its own type, and text unchanged."""
    fields = Fields({"f": value})

    assert read(fields) == result
    fields.settle()


REQUIRED = "The f field is required."


@pytest.mark.parametrize(
    ("read", "value", "complaint"),
    [
        (lambda fields: fields.text("f"), None, REQUIRED),
        (lambda fields: fields.text("f"), " \t", REQUIRED),
        (lambda fields: fields.text("f"), ["a", "b"], "The f field must be a string."),
        (lambda fields: fields.text("f"), 5, "The f field must be a string."),
        (lambda fields: fields.text("f", minimum=3), "ab", "The f field must be at least 3 characters."),
        (lambda fields: fields.text("f", maximum=2), "abc", "The f field must not be greater than 2 characters."),
        (lambda fields: fields.email("f"), "a@b@c", "The f field must be a valid email address."),
        (lambda fields: fields.email("f"), "a\x00@b", "The f field must be a valid email address."),
        (lambda fields: fields.email("f"), "", REQUIRED),
        (lambda fields: fields.identifier("f"), "", REQUIRED),
        (lambda fields: fields.identifier("f"), "01", "The f field must be an integer."),
        (lambda fields: fields.identifiers("f"), [], REQUIRED),
        (lambda fields: fields.identifiers("f"), "1", "The f field must be an array."),
        (lambda fields: fields.words("f", default=[]), "*", "The f field must be an array."),
        (lambda fields: fields.words("f", default=[]), [1], "The f field must be an array."),
        (lambda fields: fields.seconds("f"), -1, "The f field must be at least 0."),
        (lambda fields: fields.seconds("f"), 10**400, "The f field must be at least 0."),
        (lambda fields: fields.seconds("f"), "-1", "The f field must be a number."),
        (lambda fields: fields.seconds("f"), "nan", "The f field must be a number."),
        (lambda fields: fields.seconds("f"), True, "The f field must be a number."),
        (lambda fields: fields.seconds("f"), [1], "The f field must be a number."),
    ],
)
def test_what_is_wrong_is_said_in_laravels_words(read: Any, value: object, complaint: str) -> None:
    """A field that breaks its rule has one complaint under its name."""
    fields = Fields({"f": value})
    read(fields)

    with pytest.raises(Invalid) as invalid:
        fields.settle()
    assert invalid.value.errors == {"f": [complaint]}


def test_all_complaints_come_at_once() -> None:
    """Nothing is raised before everything was looked at; names are written in words, and places counted."""
    fields = Fields({"participants": ["1", "x"]})
    fields.identifier("company_id")
    fields.identifiers("participants")

    with pytest.raises(Invalid) as invalid:
        fields.settle()
    assert invalid.value.errors == {
        "company_id": ["The company id field is required."],
        "participants.1": ["The participants.1 field must be an integer."],
    }
    assert invalid.value.detail == "The company id field is required. (and 1 more error)"
