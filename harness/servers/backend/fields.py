"""
The fields of a request: read alike from a form, a JSON body and the query, then checked the way Laravel checks them.

What cannot be decoded counts as absent, as in PHP: a malformed body ends as 422 "… field is required.", never as 500.
"""

import re
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request

from harness.servers.backend.answers import Invalid

LARGEST_IDENTIFIER = 2**63 - 1
MAX_FIELDS = 1000  # PHP's max_input_vars

_IDENTIFIER = re.compile(r"[1-9][0-9]{0,18}")
_SECONDS = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?")
_EMAIL = re.compile(r"[^\s@\x00-\x1f]+@[^\s@\x00-\x1f]+")


def parse_identifier(value: object) -> int | None:
    """
    Read an id, or give `None` when it is not written canonically.

    `0123`, `+1`, `1e2`, ` 1` and full-width digits would be the same number to a loose database, and so a second
    name for the same channel.
    """
    if isinstance(value, bool):
        return None
    text = str(value) if isinstance(value, int) else value
    if not isinstance(text, str) or not _IDENTIFIER.fullmatch(text):
        return None
    number = int(text)
    return number if number <= LARGEST_IDENTIFIER else None


async def read_values(request: Request) -> dict[str, Any]:
    """Collect what the client sent; the body goes before the query, and a name given twice becomes a list."""
    values = _form(request.scope["query_string"])
    if request.method not in {"GET", "HEAD"}:
        values.update(await _body(request))
    return values


async def _body(request: Request) -> dict[str, Any]:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type.endswith(("/json", "+json")):
        return _json(await request.body())
    if media_type == "application/x-www-form-urlencoded":
        return _form(await request.body())
    if media_type == "multipart/form-data":
        return await _multipart(request)
    return {}


async def _multipart(request: Request) -> dict[str, Any]:
    try:
        async with request.form() as form:
            return _grouped(form.multi_items())
    except HTTPException as error:
        if error.status_code != HTTPStatus.BAD_REQUEST:
            raise
        return {}


def _json(body: bytes) -> dict[str, Any]:
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}
    return decoded if isinstance(decoded, dict) else {}


def _form(encoded: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(encoded.decode("latin-1"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        return {}
    return _grouped(pairs)


def _grouped(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for written, value in pairs:
        name = written.removesuffix("[]")
        if name in values:
            before = values[name]
            values[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            values[name] = value if name == written else [value]
    return values


class Fields:
    """
    Checked access to a request's values.

    Ask for every field first, then call `settle()`: a field that is wrong gives a placeholder of its type, its
    complaint is kept, and `settle` raises all of them at once as `Invalid` (422). Use nothing that was read before.
    """

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values
        self._errors: dict[str, list[str]] = {}

    def complain(self, name: str, complaint: str) -> None:
        """Add a complaint; `:field` in it becomes the field's name in words, as in Laravel's language files."""
        self._errors.setdefault(name, []).append(complaint.replace(":field", name.replace("_", " ")))

    def settle(self) -> None:
        """Raise `Invalid` if anything that was asked for is missing or wrong."""
        if self._errors:
            raise Invalid(self._errors)

    def text(self, name: str, *, default: str | None = None, minimum: int = 0, maximum: int | None = None) -> str:
        """Read text of `minimum` to `maximum` characters; without a `default` it must hold more than white space."""
        value = self._values.get(name)
        if default is not None and value in (None, ""):
            return default
        if self._is_blank(name):
            self.complain(name, "The :field field is required.")
        elif not isinstance(value, str):
            self.complain(name, "The :field field must be a string.")
        elif len(value) < minimum:
            self.complain(name, f"The :field field must be at least {minimum} characters.")
        elif maximum is not None and len(value) > maximum:
            self.complain(name, f"The :field field must not be greater than {maximum} characters.")
        else:
            return value
        return ""

    def email(self, name: str) -> str:
        """Read an address, judged by its shape alone."""
        value = self.text(name, maximum=255)
        if value and not _EMAIL.fullmatch(value):
            self.complain(name, "The :field field must be a valid email address.")
        return value

    def identifier(self, name: str) -> int:
        """Read a required id."""
        if self._is_blank(name):
            self.complain(name, "The :field field is required.")
            return 0
        return self._identifier(name, self._values[name])

    def identifiers(self, name: str) -> list[int]:
        """Read a required list of at least one id; a complaint names the place, as in `participants.0`."""
        value = self._values.get(name)
        if self._is_blank(name):
            self.complain(name, "The :field field is required.")
            return []
        if not isinstance(value, list):
            self.complain(name, "The :field field must be an array.")
            return []
        return [self._identifier(f"{name}.{place}", item) for place, item in enumerate(value)]

    def words(self, name: str, *, default: list[str]) -> list[str]:
        """Read an optional list of words."""
        value = self._values.get(name)
        if value is None:
            return default
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.complain(name, "The :field field must be an array.")
            return default
        return value

    def seconds(self, name: str) -> float | None:
        """Read an optional duration in seconds, 0 or more."""
        value = self._values.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            self.complain(name, "The :field field must be a number.")
        elif not isinstance(value, str):
            if 0 <= value < 10**15:
                return float(value)
            self.complain(name, "The :field field must be at least 0.")
        elif _SECONDS.fullmatch(value):
            return float(value)
        else:
            self.complain(name, "The :field field must be a number.")
        return None

    def _identifier(self, name: str, value: object) -> int:
        number = parse_identifier(value)
        if number is None:
            self.complain(name, "The :field field must be an integer.")
        return number or 0

    def _is_blank(self, name: str) -> bool:
        value = self._values.get(name)
        return value is None or value == [] or (isinstance(value, str) and not value.strip())
