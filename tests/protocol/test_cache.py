"""What cache channels remember, and for how long."""

from harness.protocol.cache import Cache, Remembered


def test_the_last_event_is_remembered_until_its_time_is_over() -> None:
    """A later event takes the place of an earlier one, and begins a time of its own."""
    cache = Cache(ttl=10)
    cache.remember("cache-x", "one", now=0.0)
    cache.remember("cache-x", "two", now=5.0)

    assert cache.recall("cache-x", now=14.9) == Remembered("two", 15.0)
    assert cache.recall("cache-x", now=15.0) is None
    assert cache.recall("cache-y", now=0.0) is None


def test_without_a_time_it_is_remembered_for_ever() -> None:
    """Only being told to forget ends it, which is harmless when there is nothing."""
    cache = Cache(ttl=None)
    cache.remember("cache-x", "one", now=0.0)
    cache.forget("cache-y")

    assert cache.recall("cache-x", now=1e9) == Remembered("one", None)
    cache.forget("cache-x")
    assert cache.recall("cache-x", now=0.0) is None


def test_what_is_forgotten_is_freed() -> None:
    """Names that nobody asks for again do not stay in memory."""
    cache = Cache(ttl=10)
    cache.remember("cache-x", "one", now=0.0)
    cache.remember("cache-y", "two", now=5.0)

    assert cache.texts(now=10.0) == {"cache-y": "two"}
    assert cache.texts(now=0.0) == {"cache-y": "two"}
