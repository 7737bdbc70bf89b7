"""
Measure how often the gates cry wolf, and how often they catch a slower build, in a model of delivery latency.

    python -m tests.benchmarks.gate_rates [--trials 1000]

The model: log-normal latency (median 40 ms, sigma 0.35), 2 % of messages late by an exponential 150 ms more, a factor
of the run with a coefficient of variation (the machine of that day), and a fifth of it as noise of each round.
"""

import argparse
from collections import Counter

import numpy as np

from harness.statistics.comparison import Comparison, compare
from harness.statistics.percentiles import Claim, decide

VARIATIONS = (0.05, 0.15, 0.30)
PERCENTILES = (0.5, 0.95, 0.99)
HEADROOM = 3.0

_MEDIAN, _SIGMA = 0.040, 0.35
_SPIKES, _SPIKE = 0.02, 0.150
_ROUND_NOISE = 0.2


class Model:
    """A seeded source of latencies, in seconds."""

    def __init__(self, seed: int) -> None:
        self._source = np.random.default_rng(seed)

    def factor(self, variation: float) -> float:
        """Draw how much slower than usual a machine is."""
        return float(self._source.lognormal(0, variation))

    def latencies(self, count: int, factor: float = 1.0) -> list[float]:
        """Draw the latencies of a round or a run."""
        drawn = self._source.lognormal(np.log(_MEDIAN), _SIGMA, count) * factor
        spikes = self._source.random(count) < _SPIKES
        drawn[spikes] += self._source.exponential(_SPIKE, int(spikes.sum()))
        return [float(one) for one in drawn]

    def pair(self, variation: float, slower: float, *, rounds: int, messages: int) -> Comparison:
        """Draw one interleaved run of two builds on one machine, the second `slower` by a factor, and compare them."""
        machine = self.factor(variation)

        def series(build: float) -> list[list[float]]:
            factors = [build * machine * self.factor(variation * _ROUND_NOISE) for _ in range(rounds)]
            return [self.latencies(messages, factor) for factor in factors]

        return compare(series(1.0), series(slower))


def compared(
    variation: float, slower: float = 1.0, *, trials: int = 1000, rounds: int = 8, messages: int = 50
) -> Counter[str]:
    """Count the verdicts of seeded comparisons; `covered` counts those whose interval holds the true shift."""
    model, counts = Model(20261125), Counter[str]()
    for _ in range(trials):
        found = model.pair(variation, slower, rounds=rounds, messages=messages)
        counts[str(found.verdict)] += 1
        truth = found.median * (slower - 1)
        counts["covered"] += found.lower <= truth <= found.upper
    return counts


def limited(variation: float, *, trials: int = 1000, messages: int = 300) -> Counter[Claim]:
    """
    Count the claims of the absolute gate over healthy runs, one for each percentile of each run.

    Its limits are three times the percentiles of the model at factor 1.
    """
    model, counts = Model(20261125), Counter[Claim]()
    typical = model.latencies(200_000)
    limits = {percentile: HEADROOM * float(np.quantile(typical, percentile)) for percentile in PERCENTILES}
    for _ in range(trials):
        run = [(one, one) for one in model.latencies(messages, model.factor(variation))]
        counts.update(decide(run, percentile, limit)[0] for percentile, limit in limits.items())
    return counts


def main() -> None:
    """Print the rates."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--trials", type=int, default=1000)
    trials = parser.parse_args().trials
    for rounds in (8, 4):
        print(f"compare, {rounds} rounds of 50 each, {trials} pairs: FAIL, INCONCLUSIVE, interval holds the truth")
        for variation in VARIATIONS:
            for slower in (1.0, 1.1, 1.25, 1.5):
                counts = compared(variation, slower, trials=trials, rounds=rounds)
                shares = "  ".join(f"{counts[word] / trials:6.1%}" for word in ("FAIL", "INCONCLUSIVE", "covered"))
                print(f"  CV {variation:3.0%}  {f'x {slower:.2f}' if slower > 1 else 'A/A':<7} {shares}")
    print(f"absolute gate, p50, p95 and p99 of 300 at {HEADROOM:g} x headroom, {trials} healthy runs: claims")
    for variation in VARIATIONS:
        claims = limited(variation, trials=trials)
        print(f"  CV {variation:3.0%}  " + ", ".join(f"{claim} {count}" for claim, count in sorted(claims.items())))


if __name__ == "__main__":
    main()
