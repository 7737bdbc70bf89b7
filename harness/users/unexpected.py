"""
Why an answer is not what was asked for, where the declaration may be to blame: a clause that a reader can act on.

A page where JSON is due, a redirect to a login page, a path into the answer that leads nowhere, a CSRF value that was
not shown, too many requests: each names the setting to look at.
"""

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from harness.users.context import Context
    from harness.users.session import Answer

_REDIRECTS: Final = range(300, 400)
_MISMATCH: Final = 419
_TOO_MANY: Final = 429
_LONGEST: Final = 8
"""How many paths of an answer are named."""


def look_at(context: "Context", route: str, answer: "Answer", *, wanted: str, path: str = "") -> str:
    """
    Say what should have come and which setting to look at, "" when the answer is one that the route itself may give.

    `wanted` is what was asked for; `path` is where the declaration says that it stands, when it was not found there.
    """
    backend = f"[targets.{context.target.name}.backend]"
    setting = f"`{route}` of {backend}"
    if answer.status in _REDIRECTS:
        where = context.redactor.hide(_plain(answer.headers.get("location", "elsewhere")))
        return f"{wanted}, and this redirects to {where}, as pages do for browsers: look at {setting}, and at its `url`"
    if is_page(answer):
        return f"{wanted} in JSON, and this is a page in HTML: look at {setting}, and at the path in its `url`"
    if answer.status == _MISMATCH:
        return f"{wanted}: the CSRF value is not the session's; look at `authentication` and `csrf` of {backend}"
    if answer.status == _TOO_MANY:
        after = answer.headers.get("retry-after", "")
        said = f" (Retry-After: {context.redactor.hide(after[:40])})" if after else ""
        return f"{wanted}: the backend limits requests{said}; lower `requests_per_second` in {_may(context)}"
    if answer.outcome == "ok" and path:
        there = ", ".join(_paths(answer.data)) or "nothing"
        return f"{wanted} at `{path}`, where there is none: look at {setting}; the answer has {there}"
    return ""


def is_page(answer: "Answer") -> bool:
    """Tell whether an answer is a page where data was due."""
    kind = answer.headers.get("content-type", "").lower()
    return answer.data is None and ("text/html" in kind or answer.body.lstrip()[:1] == "<")


def _may(context: "Context") -> str:
    return f"[targets.{context.target.name}.may]"


def _plain(location: str) -> str:
    """Leave of an address what names the page: its query may hold anything."""
    parts = urlsplit(location)
    return f"{parts.scheme}://{parts.netloc}{parts.path}" if parts.netloc else parts.path or "elsewhere"


def _paths(data: Any, before: str = "") -> list[str]:
    """Name what an answer has, without its values: dotted paths, two steps deep."""
    if not isinstance(data, dict):
        return []
    found: list[str] = []
    for key, value in data.items():
        path = f"{before}{key}"
        found += _paths(value, f"{path}.") if isinstance(value, dict) and value and not before else [path]
    return found[:_LONGEST] + (["…"] if len(found) > _LONGEST else [])
