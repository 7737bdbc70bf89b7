"""
The interceptor as another process sees it: started before a target that runs, and told what shall be wrong.

    process = ServerProcess("interceptor", INTERCEPTOR, folder)
    process.configure(configuration(target))
    interception = Interception(process, target, process.announced(deadline))
    interception.target                                  # the same, through the interceptor
    interception.switch("DE-03", seed=7)                 # until the next switch
"""

import time
from typing import Any, Final, Protocol
from urllib.parse import urlsplit, urlunsplit

import msgspec

from harness.config import Route, TargetDeclaration
from harness.faults.defects.intercepted import Intercepted
from harness.faults.defects.of_interceptor import possible as possible_defects

INTERCEPTOR: Final = "harness.faults.interceptor"
"""The module of the process."""

_ANSWER_WITHIN: Final = 10.0


class Told(Protocol):
    """A process that runs, takes lines and answers them: `harness.topology.process.ServerProcess`."""

    def tell(self, message: dict[str, Any], deadline: float) -> dict[str, Any]:
        """Say something and give the answer; `deadline` is in monotonic seconds."""


class Interception:
    """A target as it is behind an interceptor; `ready` is what the process announced."""

    def __init__(self, process: Told, target: TargetDeclaration, ready: dict[str, Any]) -> None:
        self.target = through(target, ready)
        self._process = process

    def switch(self, *defects: str, seed: int = 0) -> None:
        """
        Let these defects be there from now on, and no others; none makes the target healthy.

        Raises `UsageError` for a defect that is unknown or needs the app's secret where there is none.
        """
        self._process.tell({"defects": defects, "seed": seed}, time.monotonic() + _ANSWER_WITHIN)


def configuration(target: TargetDeclaration, *, ports: tuple[int, int] = (0, 0)) -> dict[str, Any]:
    """
    Write the line that configures an interceptor in front of a target that runs.

    `ports` are the one before the backend and the one before the broadcaster; 0 lets the system choose.
    """
    broadcaster = target.broadcaster
    return {
        "backend": target.backend.url,
        "broadcaster": {
            "urls": (broadcaster.url, *broadcaster.other_urls),
            "api_url": broadcaster.api_url or broadcaster.url,
            "key": broadcaster.key,
            "secret": broadcaster.secret or "",
        },
        "port": ports[0],
        "broadcaster_port": ports[1],
        "contract": _contract(target),
    }


def through(target: TargetDeclaration, ready: dict[str, Any]) -> TargetDeclaration:
    """Give the declaration of a target with the addresses that an interceptor announced instead of its own."""
    broadcaster, fronts = target.broadcaster, ready["broadcasters"]
    urls = (broadcaster.url, *broadcaster.other_urls)
    sockets = [_moved(url, front, "ws") for url, front in zip(urls, fronts, strict=True)]
    backend = msgspec.structs.replace(target.backend, url=_moved(target.backend.url, ready["backend"], "http"))
    moved = msgspec.structs.replace(
        broadcaster,
        url=sockets[0],
        other_urls=tuple(sockets[1:]),
        api_url=_moved(broadcaster.api_url or broadcaster.url, fronts[0], "http"),
    )
    return msgspec.structs.replace(target, backend=backend, broadcaster=moved)


def possible(target: TargetDeclaration) -> tuple[Intercepted, ...]:
    """List the defects that can be put in front of this target; some need its app secret."""
    return possible_defects(has_secret=bool(target.broadcaster.secret))


def _contract(target: TargetDeclaration) -> dict[str, str]:
    """Say by which names of the target's contract a defect finds what it spoils."""
    contract = target.backend.contract
    event = contract.event
    authorize, send, read = (route or _NO_ROUTE for route in (contract.authorize, contract.send, contract.read))
    return {
        "authorize": authorize.path,
        "socket_id": authorize.fields.get("socket_id", ""),
        "channel_name": authorize.fields.get("channel_name", ""),
        "send": send.path,
        "send_text": send.fields.get("text", ""),
        "read": read.path,
        "event": event.names[0],
        "text": event.text,
        "id": event.id,
        "sender": event.sender,
    }


_NO_ROUTE: Final = Route(method="", path="")


def _moved(url: str, front: str, scheme: str) -> str:
    """Give an address with another host and port; its path stays."""
    return urlunsplit((scheme, urlsplit(front).netloc, urlsplit(url).path, "", ""))
