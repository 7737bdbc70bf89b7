"""Socket ids: what a broadcaster may give out, and what no connection has."""

from typing import Final

from hypothesis import strategies as st

from harness.protocol.signatures import is_socket_id

_DIGITS: Final = "123456789"
_SPOILED: Final = ("{0}", "{0}.", ".{1}", "{0}.{1} ", " {0}.{1}", "{0}.{1}\n", "-{0}.{1}", "{0},{1}", "{0}.{1}.{0}")
_SMUGGLED: Final = ("{0}.{1}:private-x", "{0}.{1}:private-x:{{}}", "{0}.{1}\0", "{0}.{1}%0a")
_WORDS: Final = ("", "null", "undefined", "one.two", "\u0661.\u0662", "1" * 10_000)


def socket_ids() -> st.SearchStrategy[str]:
    """Draw ids as servers give them out: two numbers with a dot, which may exceed 64 bits (PROTOCOL.md 1.2)."""
    return st.builds("{}.{}".format, st.integers(1, 10**30), st.integers(1, 10**30))


def malformed_socket_ids() -> st.SearchStrategy[str]:
    """Draw what is no socket id, from a missing half to the name of a channel behind it (DEFECTS.md AZ-27, AZ-28)."""
    forms = st.sampled_from((*_SPOILED, *_SMUGGLED))
    spoiled = st.builds(lambda form, one, other: form.format(one, other), forms, _numbers(), _numbers())
    any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    return (spoiled | st.sampled_from(_WORDS) | any_text).filter(lambda text: not is_socket_id(text))


def _numbers() -> st.SearchStrategy[str]:
    return st.text(_DIGITS, min_size=1, max_size=12)
