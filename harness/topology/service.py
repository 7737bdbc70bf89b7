"""What runs in a container, and where the containers of a stack are."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from testcontainers.core.network import Network


@dataclass(frozen=True)
class Place:
    """
    Where the containers of a stack run: the network that they share, their owner, the folder of their logs.

    `hide` takes secrets out of whatever they write; `given_up` is set when nobody waits for the stack any more, and
    `waiting` says what each is waited for.
    """

    network: "Network"
    owner: str
    folder: Path
    hide: Callable[[str], str] = str
    given_up: threading.Event = field(default_factory=threading.Event)
    waiting: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Service:
    """What runs in one container: its name in the network, its image, the port on which it is reached, if it is."""

    name: str
    image: str
    port: int | None
    environment: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    is_configured: bool = False
    """Whether it is one of ours: told what to be on standard input, and answering on standard output."""
    ready: tuple[str, ...] = ()
    """A command that succeeds in it once it is ready."""
    volumes: tuple[tuple[str, str, str], ...] = ()
    """Folders of this machine, where they are seen inside, and `ro` or `rw`."""
