"""
One server in a container: started, configured, watched, ended.

What it writes is followed by a thread: standard output for the ready line, standard error as its log, and the end of
both as the end of the container, which is noticed at once.
"""

import contextlib
import json
import queue
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from harness.errors import EnvironmentFault, HarnessError, UsageError
from harness.topology import engine
from harness.topology.answers import Answers
from harness.topology.log import Log
from harness.topology.service import Place, Service

if TYPE_CHECKING:
    from docker.models.containers import Container
    from testcontainers.core.container import DockerContainer

_POLL_SECONDS: Final = 0.02
_PROOF_SECONDS: Final = 10.0
"""Seconds for one attempt of a command that tells whether a service is ready."""
_EXIT_USAGE: Final = 2
_PORTS: Final = range(20_000, 30_000)
"""Where ports are published: below those that systems give to whoever asks for any."""
_DRAWS: Final = 10
_TAKEN: Final = ("port is already allocated", "address already in use")
_WIDTH: Final = 8

T = TypeVar("T")
R = TypeVar("R")


class ServiceContainer:
    """A container of a stack; `start` returns when it runs, before what is in it is ready."""

    def __init__(self, service: Service, place: Place) -> None:
        self.service = service
        self.name = service.name
        self.log = Log(service.name, place.folder / f"{service.name}.log")
        self.log.path.touch()
        self._place = place
        self._answers: queue.Queue[bytes] = queue.Queue()
        self._told = Answers(self.log)
        self._ended = ""
        self._is_leaving = False
        self._since: float | None = None
        self._held: DockerContainer | None = None
        self._followers: list[threading.Thread] = []
        self._lifeline = contextlib.ExitStack()
        self._container: Container
        self._stdin: socket.socket

    def start(self) -> None:
        """Create and start the container; raises `EnvironmentFault` for an image that cannot be had or started."""
        from docker.errors import ImageNotFound  # noqa: PLC0415 - heavy, see `engine.connect`

        image = self.service.image
        for number in range(_DRAWS, 0, -1):
            self._held = held = self._planned()
            try:
                with self._asked(f"be started from {image}"):
                    held.start()
            except ImageNotFound:
                raise EnvironmentFault(
                    f"the image {image} of the {self.name} does not exist, here or where images come from"
                ) from None
            except EnvironmentFault as error:
                if number == 1 or not any(words in str(error) for words in _TAKEN):
                    raise
                held.stop()
            else:
                break
        self._container = held.get_wrapped_container()
        self._follow()

    def _planned(self) -> "DockerContainer":
        """
        Say what to create.

        Its port is drawn here and not by the engine, which would draw another when it is started again: then whoever
        comes back finds it where it was.
        """
        from testcontainers.core.container import DockerContainer  # noqa: PLC0415 - heavy, see `engine.connect`

        service = self.service
        held = DockerContainer(
            service.image, stdin_open=service.is_configured, labels={engine.OWNER: self._place.owner}
        )
        held = held.with_network(self._place.network).with_network_aliases(service.name)
        if service.port is not None:
            published = (engine.published_on(), _PORTS.start + secrets.randbelow(len(_PORTS)))
            held.ports[f"{service.port}/tcp"] = published  # type: ignore[assignment]  # docker's own
        for name, value in service.environment.items():
            held = held.with_env(name, value)
        for outside, inside, mode in service.volumes:
            held = held.with_volume_mapping(outside, inside, mode)
        if service.command:
            held = held.with_command(list(service.command))
        return held

    def configure(self, configuration: dict[str, Any]) -> None:
        """
        Write the one line of configuration to its standard input, as often as it is started.

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
        return self._told.to_what_was_told(lambda: self._waited_for(self._answers, deadline, "it answered nothing"))

    def announced(self, deadline: float) -> dict[str, Any]:
        """
        Wait for the ready line until `deadline` (monotonic seconds) and give it.

        Raises `UsageError` when the server refuses its configuration, `EnvironmentFault` when it dies or is late.
        """
        answer = self._told.first(lambda: self._waited_for(self._answers, deadline, "it announced nothing"))
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
        self._place.waiting.pop(self.name, None)

    def pause(self) -> None:
        """Freeze everything in it."""
        with self._asked("be paused"):
            self._container.pause()

    def resume(self) -> None:
        """Let it go on, if it is frozen."""
        with self._asked("go on"):
            self._container.reload()
            if self._container.status == "paused":
                self._container.unpause()

    def end(self, how: str) -> None:
        """End what runs in it, by `kill`, or by `stop` in its own good time; it stays, with all its files."""
        self._is_leaving = True
        with self._asked(f"be ended by {how}"):
            (self._container.kill if how == "kill" else self._container.stop)()
        for follower in self._followers:
            follower.join()
        self._lifeline.close()

    def begin(self) -> None:
        """Start it again after its end, at the same port; returns before what is in it is ready."""
        with self._asked("be started again"):
            self._container.reload()
            ended = datetime.fromisoformat(self._container.attrs["State"]["FinishedAt"])
            self._since = ended.timestamp()
            self._container.start()
        self._answers, self._ended, self._is_leaving = queue.Queue(), "", False
        self._told = Answers(self.log)
        self._followers.clear()
        self._follow()

    def leave(self) -> None:
        """Take it from the network of its stack, and from the port at which it was published."""
        with self._asked("be disconnected"):
            self._network.disconnect(self._container)

    def come_back(self) -> None:
        """Connect it again, under its name; one that is connected already stays so."""
        with self._asked("be connected again"):
            self._container.reload()
            if self._place.network.name not in self._container.attrs["NetworkSettings"]["Networks"]:
                self._network.connect(self._container, aliases=[self.name])

    @property
    def process(self) -> int:
        """The id of its first process on the machine of the engine."""
        self._container.reload()
        return int(self._container.attrs["State"]["Pid"])

    @property
    def id(self) -> str:
        """The engine's id of it."""
        return str(self._container.id)

    @property
    def _network(self) -> Any:
        return self._place.network._unwrap_network  # noqa: SLF001 - its own `connect` has no counterpart

    @contextlib.contextmanager
    def _asked(self, what: str) -> Iterator[None]:
        """Say of what the engine refuses which container it was; that an image is missing is another matter."""
        from docker.errors import APIError, ImageNotFound  # noqa: PLC0415 - heavy, see `engine.connect`
        from requests.exceptions import RequestException  # noqa: PLC0415 - what the client is made of

        try:
            yield
        except ImageNotFound:
            raise
        except (APIError, RequestException) as error:
            raise EnvironmentFault(f"the {self.name} cannot {what}: {_said(error)}") from None

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
                came = source.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                self._may_wait(deadline, reason)
            else:
                self._place.waiting.pop(self.name, None)
                return came

    def _may_wait(self, deadline: float, reason: str) -> None:
        """Raise `EnvironmentFault` when there is no sense in waiting on."""
        self.check()
        self._place.waiting[self.name] = self._place.hide(reason)
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
            for data in self._container.logs(stdout=mine, stderr=True, stream=True, follow=True, since=self._since):
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
            for data in self._container.logs(stdout=True, stderr=False, stream=True, follow=True, since=self._since):
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


def _said(error: Exception) -> str:
    """Give what the engine says, without the address that it was asked at."""
    return str(getattr(error, "explanation", None) or error).strip()


def side_by_side(act: Callable[[T], R], subjects: Iterable[T]) -> list[R]:
    """Do something with each, all at once, and give what came of it; raises the first error when all are done."""
    with ThreadPoolExecutor(_WIDTH) as pool:
        return list(pool.map(act, subjects))
