"""Defects of the broadcaster's HTTP API: calls that it takes although nobody signed them so."""

import time
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from harness.faults.defects.behaviour import Behaviour, Request
from harness.faults.defects.intercepted import intercepted
from harness.protocol.signatures import sign_request, verify_request

_TOLD: Final = {"auth_key", "auth_timestamp", "auth_version", "auth_signature", "body_md5"}
"""What of a query is about its signature."""
WINDOW: Final = 600
"""Seconds by which a time stamp may be off, where that is looked at."""


class Taking(Behaviour):
    """HT-01: a call without a signature is taken; here, it gets one on the way."""

    def request(self, request: Request) -> Request:
        """Sign it, where it is a call of the API."""
        if not request.path.startswith("/apps/") or not self.takes(request):
            return request
        own = {name: value for name, value in request.query.items() if name not in _TOLD}
        signed = sign_request(
            self.given.key,
            self.given.secret,
            request.method,
            request.path,
            timestamp=int(time.time()),
            body=request.body,
            params=own,
        )
        parts = urlsplit(request.target)
        return replace(request, target=urlunsplit(("", "", parts.path, urlencode(signed), "")))

    def takes(self, request: Request) -> bool:
        """Tell whether this call is taken although it should not be."""
        return "auth_signature" not in request.query

    def is_signed(self, request: Request) -> bool:
        """Tell whether what stands in the query was signed, whatever the body is by now."""
        query = request.query
        stamp = query.get("auth_timestamp", "")
        if not stamp.isdecimal():
            return False
        signed = {name: value for name, value in query.items() if name not in _TOLD or name == "body_md5"}
        due = sign_request(
            query.get("auth_key", ""),
            self.given.secret,
            request.method,
            request.path,
            timestamp=int(stamp),
            params=signed,
        )
        return due["auth_signature"] == query.get("auth_signature")


class WrongSecret(Taking):
    """HT-02: any signature is taken."""

    def takes(self, request: Request) -> bool:
        """Look for one that is wrong."""
        return "auth_signature" in request.query and not self.is_signed(request)


class OtherBody(Taking):
    """HT-03: the body may be another than was signed."""

    def takes(self, request: Request) -> bool:
        """Look for a query that is right by itself alone."""
        args = self.given.secret, request.method, request.path, request.query, request.body
        return self.is_signed(request) and not verify_request(*args, trust_md5=True)


class Replayed(Taking):
    """HT-04: a call may be as old as it likes."""

    def takes(self, request: Request) -> bool:
        """Look for one that is too old, and right otherwise."""
        return self.is_signed(request) and int(request.query["auth_timestamp"]) < time.time() - WINDOW


class OtherKey(Taking):
    """HT-05: the key of a call is not compared."""

    def takes(self, request: Request) -> bool:
        """Look for another key, with this secret."""
        return self.is_signed(request) and request.query.get("auth_key") != self.given.key


class Asked(Taking):
    """HT-09: what is only asked needs no signature."""

    def takes(self, request: Request) -> bool:
        """Look for a question without one."""
        return request.method == "GET" and super().takes(request)


_LOOKED_AT: Final = {"HT-04", "HT-05"}
"""What Reverb takes as it is: a defect where a broadcaster looks."""
_ACCEPTED: Final = ("api.forgery-accepted",)

API: Final = tuple(
    intercepted(
        id_,
        says,
        behaves,
        convicted_by=_ACCEPTED,
        scenarios=scenarios,
        needs_secret=True,
        dialect="pusher" if id_ in _LOOKED_AT else "",
    )
    for id_, says, behaves, scenarios in (
        ("HT-01", "a call without a signature is taken", Taking, ("event_that_is_not_signed",)),
        ("HT-02", "a call that was signed with another secret is taken", WrongSecret, ("event_that_is_not_signed",)),
        ("HT-03", "a body that is not the one that was signed is taken", OtherBody, ("signature_covers_the_body",)),
        ("HT-04", "a call may be as old as it likes", Replayed, ("event_that_is_not_signed",)),
        ("HT-05", "the key of a call is not compared", OtherKey, ("event_that_is_not_signed",)),
        ("HT-09", "what is only asked needs no signature", Asked, ("nothing_is_told",)),
    )
)
