"""
Measure what a load costs and adds: CPU per checked delivery, and how our own noise grows with the listeners.

    python -m tests.benchmarks.load [--listeners 100 300 1000] [--rounds 40] [--repeats 3]

Users of a load hear a fan-out from a server that stamps its writes (`stamping_server`): every frame is read, entered in
the ledger and timed, as it is in `realtime load`. Noise is the kernel's stamp minus the server's write; CPU is
*marginal*, the difference between a long and a short run over the deliveries that one has more than the other. The
rounds of all sizes are interleaved, and medians are shown. The exponent is that of CPU over listeners: 1 is linear.
"""

import argparse
import asyncio
import gc
import math
import statistics
import time

import msgspec

from harness.config import DIRECT, EventShape, Person
from harness.load.desk import Desk
from harness.load.ledger import Ledger, Totals
from harness.load.population import Device
from harness.load.samples import Samples
from harness.load.user import User
from harness.statistics.percentiles import percentile
from tests.benchmarks.fan_out import serving
from tests.benchmarks.stamping_server import MARK

CHANNEL = "private-chat.6.conversation.123"
SOMEBODY = Person(name="somebody", email="somebody@example.com", password="none")
PER_LISTENER = 2e-4
"""Seconds between two rounds for each listener: enough that frames of two rounds are not read together."""


class Heard(msgspec.Struct):
    """What one run came to: microseconds from write to stamp, seconds of CPU, and the account."""

    noise: list[float]
    cpu: float
    totals: Totals


async def heard(listeners: int, rounds: int) -> Heard:
    """Hear so many rounds of a fan-out."""
    ledger, samples = Ledger(1, arrival=10**18), Samples()
    desk = Desk(EventShape(), ledger, samples, mark=MARK)
    desk.channels = [CHANNEL]
    with serving(listeners, rounds, max(0.05, listeners * PER_LISTENER)) as server:
        users: list[User] = []
        for number in range(listeners):
            user = User(Device(number, SOMEBODY, 0, eavesdrops=False), desk, _lost)
            await user.connect(f"ws://127.0.0.1:{server.port}/app/k", DIRECT, seconds=10)
            ledger.join(number, 0)
            users.append(user)
        ledger.join(listeners, 0)  # whoever sent: nothing is owed to it
        for _ in range(rounds):
            ledger.answered(ledger.meant(0, listeners, 0), 1, is_taken=True)
        gc.collect()
        gc.freeze()
        began = time.process_time()
        server.go()
        writes = await asyncio.to_thread(server.writes)
        while not ledger.is_settled:  # noqa: ASYNC110 - what is measured shall tell nobody
            await asyncio.sleep(0.01)
        cpu = time.process_time() - began
        gc.unfreeze()
        await asyncio.gather(*(user.close() for user in users))
    stamps = zip(samples.latest, samples.earliest, samples.message, samples.position, strict=True)
    noise = [(late - writes[message][place]) / 1e3 for late, early, message, place in stamps if late == early]
    return Heard(noise, cpu, ledger.totals())


def _lost(device: int, at: int) -> None:
    raise AssertionError(f"the connection of {device} ended at {at}")


def main() -> None:
    """Print a table, a line a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listeners", type=int, nargs="+", default=[100, 300, 1000])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--repeats", type=int, default=3)
    chosen = parser.parse_args()
    short = max(1, chosen.rounds // 4)
    cpu: dict[int, list[float]] = {size: [] for size in chosen.listeners}
    middle: dict[int, list[float]] = {size: [] for size in chosen.listeners}
    high: dict[int, list[float]] = {size: [] for size in chosen.listeners}
    for _ in range(chosen.repeats):
        for size in chosen.listeners:
            few, many = asyncio.run(heard(size, short)), asyncio.run(heard(size, chosen.rounds))
            assert many.totals.lost == few.totals.lost == 0
            assert not many.totals.disagreements
            cpu[size].append((many.cpu - few.cpu) / (size * (chosen.rounds - short)) * 1e6)
            middle[size].append(percentile(many.noise, 0.5))
            high[size].append(percentile(many.noise, 0.99))
    print("listeners   CPU µs/checked delivery   noise p50 µs   noise p99 µs")
    for size in chosen.listeners:
        row = (statistics.median(figures[size]) for figures in (cpu, middle, high))
        print(f"{size:>9}   {next(row):>23.1f}   {next(row):>12.1f}   {next(row):>12.1f}")
    least, most = min(chosen.listeners), max(chosen.listeners)
    ratio = statistics.median(middle[most]) / statistics.median(middle[least])
    print(f"p50 at {most} over p50 at {least}: {ratio:.2f}")
    costs = [statistics.median(cpu[size]) for size in (least, most)]
    exponent = 1 + math.log(costs[1] / costs[0]) / math.log(most / least)
    print(f"exponent of CPU over listeners: {exponent:.3f}")


if __name__ == "__main__":
    main()
