"""The server that a whole run of tests examines: proven once, and given up for all of them when it is not there."""

import asyncio

from harness.conformance.bench import Bench
from harness.conformance.server import Server
from harness.conformance.standing import prove
from harness.errors import EnvironmentFault, NotExercised


class Examined:
    """
    Gives a bench a test, for as long as there is a server.

    What is no server of this protocol, or stops being one, is one fault of the environment and not one a test: the
    others are not exercised, with the reason.
    """

    def __init__(self, server: Server, *, patience: float = 1.0) -> None:
        self.down = ""
        """Why there is no server, once that is known."""
        self._server = server
        self._patience = patience
        self._is_proven = False

    def bench(self) -> Bench:
        """Give a bench; raises `EnvironmentFault` the first time that there is no server, `NotExercised` later."""
        if self.down:
            raise NotExercised(f"{self._server.name} cannot be examined: {self.down}")
        bench = Bench(self._server, patience=self._patience)
        if not self._is_proven:
            try:
                asyncio.run(prove(bench))
            except EnvironmentFault as error:
                self.down = str(error)
                raise
            self._is_proven = True
            bench.log.clear()
        return bench
