"""Which defects there are at this moment, and every connection that they see."""

import contextlib
from collections.abc import Iterable, Iterator
from random import Random

from harness.faults.defects.behaviour import Answer, Ask, Behaviour, Given, Link, Passing, Request
from harness.faults.defects.of_interceptor import chosen
from harness.faults.interceptor.settings import Settings, Switch


class Meddling:
    """What passes goes through every defect that is switched on, in the order in which they were named."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._links: list[Link] = []
        self._behaviours: tuple[Behaviour, ...] = ()
        self.switch(self.made(Switch(defects=settings.defects, seed=settings.seed)))

    def made(self, switch: Switch) -> tuple[Behaviour, ...]:
        """Make the behaviours for a switch; raises `UsageError` for a defect that is unknown or needs the secret."""
        broadcaster = self._settings.broadcaster
        defects = chosen(switch.defects, has_secret=bool(broadcaster.secret))
        random = Random(switch.seed)  # noqa: S311 - faults are to be repeatable
        given = Given(broadcaster.key, broadcaster.secret, self._settings.contract, random, lambda: list(self._links))
        return tuple(one.behaves(given) for one in defects)

    def switch(self, behaviours: tuple[Behaviour, ...]) -> None:
        """Let these be what is wrong from now on."""
        self._behaviours = behaviours

    @contextlib.contextmanager
    def knowing(self, link: Link) -> Iterator[None]:
        """Let defects see a connection for as long as this is open."""
        self._links.append(link)
        try:
            yield
        finally:
            self._links.remove(link)
            for one in self._behaviours:
                one.ended(link)

    def to_client(self, passing: Passing) -> Iterable[str]:
        """Give what a client gets instead of a frame."""
        return self._through("to_client", passing)

    def from_client(self, passing: Passing) -> Iterable[str]:
        """Give what the broadcaster gets instead of a frame."""
        return self._through("from_client", passing)

    def request(self, request: Request) -> Request:
        """Give what the target is asked instead of a request."""
        for one in self._behaviours:
            request = one.request(request)
        return request

    async def answer(self, request: Request, answer: Answer, ask: Ask) -> Answer:
        """Give what a client is answered instead of an answer."""
        for one in self._behaviours:
            answer = await one.answer(request, answer, ask)
        return answer

    def _through(self, hook: str, passing: Passing) -> Iterable[str]:
        under_way = [passing]
        for one in self._behaviours:
            under_way = [Passing.of(text, before) for before in under_way for text in getattr(one, hook)(before)]
        return [one.text for one in under_way]
