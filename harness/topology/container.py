"""
One server in a container: started, configured, watched, ended.

What it writes is followed by a thread: standard output for the ready line, standard error as its log, and the end of
both as the end of the container, which is noticed at once.
"""

import contextlib
import json
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from harness.errors import EnvironmentFault, HarnessError, UsageError
from harness.topology import engine
from harness.topology.log import Log

if TYPE_CHECKING:
    from docker.models.containers import Container
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.network import Network

_POLL_SECONDS: Final = 0.02
_PROOF_SECONDS: Final = 10.0
"""Seconds for one attempt of a command that tells whether a service is ready."""
_EXIT_USAGE: Final = 2
_WIDTH: Final = 8

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Place:
    """
    Where the containers of a stack run: the network that they share, their owner, the folder of their logs.

    `hide` takes secrets out of whatever they write; `given_up` is set when nobody waits for the stack any more.
    """

    network: "Network"
    owner: str
    folder: Path
    hide: Callable[[str], str] = str
    given_up: threading.Event = field(default_factory=threading.Event)


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


class ServiceContainer:
    """A container of a stack; `start` returns when it runs, before what is in it is ready."""

    def __init__(self, service: Service, place: Place) -> None:
        self.service = service
        self.name = service.name
        self.log = Log(service.name, place.folder / f"{service.name}.log")
        self.log.path.touch()
        self._place = place
        self._answers: queue.Queue[bytes] = queue.Queue()
        self._ended = ""
        self._is_leaving = False
        self._held: DockerContainer | None = None
        self._followers: list[threading.Thread] = []
        self._lifeline = contextlib.ExitStack()
        self._container: Container
        self._stdin: socket.socket

    def start(self) -> None:
        """Create and start the container; raises `EnvironmentFault` for an image that cannot be had or started."""
        from docker.errors import APIError, ImageNotFound  # noqa: PLC0415 - heavy, see `engine.connect`
        from requests.exceptions import RequestException  # noqa: PLC0415 - what the client is made of
        from testcontainers.core.container import DockerContainer  # noqa: PLC0415 - as above

        service = self.service
        held = DockerContainer(
            service.image, stdin_open=service.is_configured, labels={engine.OWNER: self._place.owner}
        )
        held = held.with_network(self._place.network).with_network_aliases(service.name)
        if service.port is not None:
            held.ports[f"{service.port}/tcp"] = (engine.published_on(), None)  # type: ignore[assignment]  # docker's own
        for name, value in service.environment.items():
            held = held.with_env(name, value)
        for outside, inside, mode in service.volumes:
            held = held.with_volume_mapping(outside, inside, mode)
        if service.command:
            held = held.with_command(list(service.command))
        self._held = held
        try:
            held.start()
        except ImageNotFound:
            raise EnvironmentFault(
                f"the image {service.image} of the {self.name} does not exist, here or where images come from"
            ) from None
        except (APIError, RequestException) as error:
            raise EnvironmentFault(f"the {self.name} cannot be started from {service.image}: {_said(error)}") from None
        self._container = held.get_wrapped_container()
        self._follow()

    def configure(self, configuration: dict[str, Any]) -> None:
        """
        Write the one line of configuration to its standard input.

        It stays open as long as this process lives, and what runs in the container ends with it, as a child does.
        """
        attached: Any = self._container.attach_socket(params={"stdin": 1, "stream": 1})
        wrapped: socket.socket = getattr(attached, "_sock", attached)
        # The client closes none of the three by itself; the response hangs at the socket to keep it alive.
        for part in (wrapped, attached, attached._response):  # noqa: SLF001
            self._lifeline.callback(part.close)
        self._stdin = wrapped
        self._write(configuration)

    def tell(self, message: dict[str, Any], deadline: float) -> dict[str, Any]:
        """
        Say something to the server that runs, and wait for its answer until `deadline` (monotonic seconds).

        Raises `UsageError` for what it refuses, `EnvironmentFault` when it has died or is late.
        """
        self._write(message)
        answer = _as_object(line := self._waited_for(self._answers, deadline, "it answered nothing"))
        if answer is None:
            raise self.fault(f"answered {line[:200]!r} where a JSON object was due")
        if "error" in answer:
            raise UsageError(f"the {self.name} refuses: {answer['error']}")
        return answer

    def announced(self, deadline: float) -> dict[str, Any]:
        """
        Wait for the ready line until `deadline` (monotonic seconds) and give it.

        Raises `UsageError` when the server refuses its configuration, `EnvironmentFault` when it dies or is late.
        """
        answer = _as_object(line := self._waited_for(self._answers, deadline, "it announced nothing"))
        if answer is None:
            raise self.fault(f"announced {line[:200]!r} where a JSON object was due")
        if "error" in answer:
            raise self._refusal(str(answer["error"]))
        return answer

    def until(self, why_not: Callable[[], str], deadline: float) -> None:
        """
        Wait until nothing stands against its being ready.

        Raises `EnvironmentFault` when it dies before, is late (monotonic seconds), or nobody waits any more.
        """
        while reason := why_not():
            self._may_wait(deadline, reason)
            time.sleep(_POLL_SECONDS)

    def run(self, command: list[str], deadline: float, what: str) -> tuple[int, str]:
        """Run a command in it, and give its exit code with what it wrote; raises as `until` does, naming `what`."""
        ended: queue.Queue[tuple[int, str]] = queue.Queue()
        threading.Thread(target=self._execute, args=(command, ended), daemon=True).start()
        code, output = self._waited_for(ended, deadline, f"{what} did not end")
        return code, self._place.hide(output)

    def why_not_answering(self) -> str:
        """Say how its own command finds that it is not ready; empty when it is."""
        code, output = self.run(list(self.service.ready), time.monotonic() + _PROOF_SECONDS, "its command")
        return f"its command ended with {code}: {output.strip()[-200:]}" if code else ""

    def url(self) -> str:
        """Give the HTTP address at which we reach it; the port changes when it is restarted."""
        self._container.reload()
        bindings = self._container.ports.get(f"{self.service.port}/tcp") or []
        port = next((one["HostPort"] for one in bindings), None)
        if port is None:
            if self._container.status == "exited":
                self._followers[-1].join()  # who knows how it ended, and is about to say so
            self.check()
            raise self.fault(f"does not publish its port {self.service.port}")
        return f"http://{engine.reached_at()}:{port}"

    @property
    def image(self) -> str:
        """The id of the image that it runs, which names its content."""
        return str(self._container.attrs.get("Image", ""))

    def check(self) -> None:
        """Raise `EnvironmentFault` when the container has ended, with how and its last log lines; does not wait."""
        if self._ended:
            raise self.fault(f"died ({self._ended})")

    def last_lines(self) -> str:
        """Give the end of the log."""
        return self.log.last_lines()

    def fault(self, what: str) -> EnvironmentFault:
        """Make the error that says `what` happened to the server and quotes the end of its log."""
        return self.log.fault(what)

    def stop(self) -> None:
        """Remove the container, running or not; a second call does nothing."""
        self._is_leaving = True
        held, self._held = self._held, None
        if held is not None:
            with contextlib.suppress(engine.api_error()):
                held.stop()
            self._lifeline.close()
            for follower in self._followers:
                follower.join()

    def _write(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):  # whoever waits for the answer hears that it died
            self._stdin.sendall(json.dumps(message).encode() + b"\n")

    def _waited_for(self, source: "queue.Queue[T]", deadline: float, reason: str) -> T:
        while True:
            try:
                return source.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                self._may_wait(deadline, reason)

    def _may_wait(self, deadline: float, reason: str) -> None:
        """Raise `EnvironmentFault` when there is no sense in waiting on."""
        self.check()
        if self._place.given_up.is_set():
            raise EnvironmentFault(f"the start of the {self.name} was given up: nobody waits for it any more")
        if time.monotonic() > deadline:
            raise self.fault(f"was not ready in time: {reason}")

    def _execute(self, command: list[str], ended: "queue.Queue[tuple[int, str]]") -> None:
        try:
            ran: Any = self._container.exec_run(command)
            ended.put((int(ran.exit_code), ran.output.decode(errors="replace")))
        except Exception as error:  # noqa: BLE001 - whoever waits is told, whatever it was
            ended.put((-1, _said(error)))

    def _refusal(self, reason: str) -> HarnessError:
        while not self._ended:
            time.sleep(_POLL_SECONDS)
        is_usage = self._ended == f"exit code {_EXIT_USAGE}"
        return (UsageError if is_usage else EnvironmentFault)(f"the {self.name} cannot start: {reason}")

    def _follow(self) -> None:
        for take in (self._take_log, self._take_output):
            thread = threading.Thread(target=take, name=f"{take.__name__} of {self.name}", daemon=True)
            thread.start()
            self._followers.append(thread)

    def _take_log(self) -> None:
        """Keep what it writes, line by line, since a secret may stand across two pieces."""
        pending = b""
        mine = not self.service.is_configured
        with contextlib.suppress(Exception), self.log.path.open("ab", buffering=0) as log:
            for data in self._container.logs(stdout=mine, stderr=True, stream=True, follow=True):
                whole, line_feed, pending = (pending + data).rpartition(b"\n")
                log.write(self._hidden(whole + line_feed))
            log.write(self._hidden(pending))

    def _hidden(self, written: bytes) -> bytes:
        lines = written.decode(errors="replace").splitlines(keepends=True)
        return "".join(map(self._place.hide, lines)).encode()

    def _take_output(self) -> None:
        """Take the lines of standard output; where they end, the container has."""
        pending = b""
        with contextlib.suppress(Exception):
            for data in self._container.logs(stdout=True, stderr=False, stream=True, follow=True):
                *lines, pending = (pending + data).split(b"\n")
                for line in lines:
                    self._answers.put(line)
        if self._is_leaving:
            return
        try:
            code = self._container.wait()["StatusCode"]
        except Exception as error:  # noqa: BLE001 - whatever hides how it ended, it has
            self._ended = _said(error)
        else:
            self._followers[0].join()  # its last words are in the log before anybody is told that it died
            self._ended = f"exit code {code}"


def _as_object(line: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(line)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def _said(error: Exception) -> str:
    """Give what the engine says, without the address that it was asked at."""
    return str(getattr(error, "explanation", None) or error).strip()


def side_by_side(act: Callable[[T], R], subjects: Iterable[T]) -> list[R]:
    """Do something with each, all at once, and give what came of it; raises the first error when all are done."""
    with ThreadPoolExecutor(_WIDTH) as pool:
        return list(pool.map(act, subjects))
