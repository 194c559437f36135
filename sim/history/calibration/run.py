"""Calibration: the distribution of the uncertain dials, given the record up to a date.

Rounds of worlds, each world with luck of its own. A round's worlds fit an emulator of what the
dials make of the record on average over luck; with it all worlds so far are weighed; the weighted
worlds say where the next round draws. At the end, worlds are resampled by weight and kept whole, so
that correlations stay. Dials that history does not decide are left out, and keep their range.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.dates import quarter_index, quarter_label
from sim.errors import BadInput
from sim.history.backtest.run import OUTSIDE, window, within
from sim.history.calibration import rounds as kept_rounds
from sim.history.calibration.emulator import Emulator, Moments, degree_for, terms_of
from sim.history.calibration.likelihood import (
    USUAL,
    ModelError,
    by_series,
    group_error,
    log_likelihood,
    log_prior_of,
    precisions,
)
from sim.history.calibration.pool import BLOCK, crew
from sim.history.calibration.sampling import (
    Proposal,
    effective,
    log_prior_over_drawn,
    normalised,
    quantiles,
    resample,
    temper,
)
from sim.history.calibration.screening import decided_later, speakable, told_nothing
from sim.history.record.rows import Row
from sim.running.progress import Progress, listener
from sim.running.workers import available
from sim.units import Array
from sim.version import __version__

if TYPE_CHECKING:
    from sim.inputs.scenario import Scenario

ROUNDS, KEEP = 4, 2000
LEAST = 500.0  # effective size that a temper must leave
FACTORS = (0.25, 0.35, 0.5, 0.7, 1.0, 1.4)  # of the model's usual error, that are tried
TRIED = 20_000  # worlds with which they are tried
SETTLE = 4  # times that weights and the precisions of the series are found from one another
FEWEST, MOST = 100, 1_000_000  # worlds, a round and in all
POINTS = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class Round:
    """How one round went."""

    worlds: int
    effective: float
    temper: float
    degree: int


@dataclass
class Calibrated:
    """What came of a calibration: weighted worlds, and those of them that were kept."""

    scenario: Scenario
    rows: list[Row]  # weighed
    left_out: dict[str, str]  # id of a row -> why not
    until: str
    seed: int
    worlds: int
    dials: list[str]  # that were varied
    draws: Array  # (dials, worlds), standard normals
    weights: Array  # (worlds,), sum to one
    rounds: list[Round]
    kept: np.ndarray  # places of the worlds kept
    nothing_told: dict[str, str] = field(default_factory=dict)  # dial -> why it is not in the file
    precision: dict[tuple[str, str], float] = field(default_factory=dict)  # by series
    error: ModelError = USUAL

    @property
    def informed(self) -> list[str]:
        """The dials that history says something about."""
        return [dotted for dotted in self.dials if dotted not in self.nothing_told]

    def columns(self) -> dict[str, Array]:
        """The kept worlds in each dial's own unit."""
        return self.scenario.values_at(
            {dotted: self.draws[self.dials.index(dotted), self.kept] for dotted in self.informed}
        )

    def moved(self) -> list[tuple[str, Array, Array]]:
        """Each dial's 5th, 50th and 95th percentile, before and after, in its own unit.

        Those that moved or narrowed most come first.
        """
        points = np.array([quantiles(z, self.weights, POINTS) for z in self.draws])
        before = np.array([-1.6449, 0.0, 1.6449])
        order = np.argsort(-np.abs(points - before).sum(axis=1), kind="stable")
        shown = []
        for i in order:
            name = self.dials[i]
            ends = [self.scenario.values_at({name: at})[name] for at in (before, points[i])]
            shown.append((name, ends[0], ends[1]))
        return shown

    def about(self) -> dict[str, Any]:
        """How it was made, for the head of the file."""
        last = self.rounds[-1]
        return {
            "made_by": f"ai-industry-sim {__version__}",
            "scenario": self.scenario.name,
            "scenario_sha256": self.scenario.hash,
            "until": self.until,
            "record_sha256": kept_rounds.fingerprint(self.rows),
            "rows": len(self.rows),
            "rows_outside_dates": sum(why == OUTSIDE for why in self.left_out.values()),
            "rows_left_out": [
                f"{id_}: {why}" for id_, why in self.left_out.items() if why != OUTSIDE
            ],
            "seed": self.seed,
            "worlds": self.worlds,
            "rounds": len(self.rounds),
            "effective": round(last.effective, 1),
            "temper": round(last.temper, 4),
            "model_error_oom": round(self.error.total, 4),
            "kept": len(self.kept),
            "informed_by_history": self.informed,
            "not_informed": [f"{dotted}: {why}" for dotted, why in self.nothing_told.items()],
        }


def calibrate(
    scenario: Scenario,
    rows: Sequence[Row],
    until: str,
    worlds: int = 200_000,
    seed: int = 0,
    rounds: int = ROUNDS,
    keep: int = KEEP,
    workers: int | None = None,
    cache: Path | None = None,
    progress: Progress = None,
    say: Callable[[str], None] = lambda line: None,
) -> Calibrated:
    """Find the distribution of the uncertain dials, given the rows whose period ends by `until`.

    Finished rounds are kept in the folder `cache` and read again when all is the same. Same seed,
    same numbers, with any number of workers.
    """
    _check(worlds, seed, rounds, keep, workers)
    workers = workers or (available() if worlds >= 4 * BLOCK else 1)
    known = window(None, until)
    asked = [row for row in rows if within(row, known)]
    short = _until_the_last(scenario, asked, until)
    luck = _luck_of(seed)
    sizes = [worlds // rounds + (i < worlds % rounds) for i in range(rounds)]
    proposals: list[Proposal] = []
    done: list[Round] = []
    with crew(workers) as hands:
        told, left_out = speakable(hands, short, asked, luck)
        if not told:
            raise BadInput(f"calibrate: '{scenario.name}' can speak of no row until {until}.")
        later = decided_later(hands, short, told, luck)
        dials = [dotted for dotted in short.uncertain if dotted not in later]
        if not dials:
            raise BadInput(f"calibrate: '{scenario.name}' has no uncertain dial that moves a row.")
        say(f"{len(told)} rows, {len(dials)} dials; {len(later)} do not act by {until}")
        draws, weights = np.empty((len(dials), 0)), np.empty(0)
        precision: dict[tuple[str, str], float] = {}
        error = USUAL
        degree = degree_for(len(dials), min(sizes))
        key = kept_rounds.key(short, told, dials, luck, sizes, degree)
        with listener(progress, worlds, worlds * len(short.quarters)) as tell:
            for number, size in enumerate(sizes):
                proposals.append(
                    Proposal.fitted(draws, weights) if done else Proposal.first(len(dials))
                )
                fresh = proposals[-1].draw(np.random.default_rng([luck, number]), size)
                moments = kept_rounds.read(cache, key, number)
                again = "" if moments is None else " (kept)"
                if moments is None:
                    moments = Moments.none(len(terms_of(fresh[:, :1], degree)), len(told))
                    ids = number * -(-sizes[0] // BLOCK) * BLOCK + np.arange(size)
                    given = dict(zip(dials, fresh, strict=True))
                    for at, said in hands.simulate(short, told, luck, ids, given, tell):
                        moments.add(terms_of(fresh[:, at], degree), said)
                    kept_rounds.write(cache, key, number, moments)
                else:
                    tell(size * len(short.quarters))
                draws = np.concatenate([draws, fresh], axis=1)
                ratio = log_prior_over_drawn(draws, proposals, sizes[: number + 1])
                least = min(LEAST, draws.shape[1] / 10)
                emulator = Emulator.fit(degree, moments)
                error = likeliest_error(told, emulator, draws, ratio)
                weights, power, precision = weigh(told, error, emulator, draws, ratio, least)
                done.append(Round(size, effective(weights), power, degree))
                say(
                    f"Round {number + 1} of {rounds}{again}: {size:,} worlds, tempered to "
                    f"{power:.2f}, as good as {done[-1].effective:,.0f} independent ones; the "
                    f"model is off by {error.total:.2f} OOM"
                )
    left_out |= {row.id: OUTSIDE for row in rows if not within(row, known)}
    return Calibrated(
        scenario.without_calibration(),
        told,
        left_out,
        until,
        seed,
        worlds,
        dials,
        draws,
        weights,
        done,
        resample(weights, keep, np.random.default_rng([luck, rounds])),
        later | told_nothing(dials, draws, weights),
        precision,
        error,
    )


def likeliest_error(
    rows: Sequence[Row], emulator: Emulator, draws: Array, log_ratio: Array
) -> ModelError:
    """The size of the model's own error at which the record is likeliest (empirical Bayes)."""
    some = slice(None, None, max(draws.shape[1] // TRIED, 1))
    mean, ratio = emulator.mean(draws[:, some]), log_ratio[some]
    evidence = []
    for error in map(USUAL.times, FACTORS):
        _, log, _, precision = _settled(rows, error, mean, emulator.luck, ratio, 1.0)
        evidence.append(np.logaddexp.reduce(ratio + log) + log_prior_of(precision))
    return USUAL.times(FACTORS[int(np.argmax(evidence))])


def weigh(
    rows: Sequence[Row],
    error: ModelError,
    emulator: Emulator,
    draws: Array,
    log_ratio: Array,
    least: float,
) -> tuple[Array, float, dict[tuple[str, str], float]]:
    """Weights that sum to one, the power of the likelihood, and each series' precision."""
    mean = emulator.mean(draws)
    weights, _, power, precision = _settled(rows, error, mean, emulator.luck, log_ratio, least)
    return weights, power, dict(zip(by_series(rows), precision.tolist(), strict=True))


def _settled(
    rows: Sequence[Row], error: ModelError, mean: Array, luck: Array, log_ratio: Array, least: float
) -> tuple[Array, Array, float, Array]:
    """Weights, log likelihoods, its power and precisions, each found from the others in turn."""
    common, observed = luck + group_error(rows, error), np.array([row.oom for row in rows])
    precision = np.ones(len(by_series(rows)))
    for _ in range(SETTLE):
        log = log_likelihood(rows, error, mean, common, precision)
        power = temper(log_ratio, log, least)
        weights = normalised(log_ratio + power * log)
        precision = precisions(rows, error, mean @ weights - observed, common)
    return weights, log, power, precision


def _check(worlds: int, seed: int, rounds: int, keep: int, workers: int | None) -> None:
    if not 0 <= seed < 2**63:
        raise BadInput(f"seed: {seed} is not possible. Give a whole number from 0 to 2^63 - 1.")
    for name, number, least, most in (
        ("rounds", rounds, 1, 50),
        ("worlds", worlds, FEWEST * max(rounds, 1), MOST),
        ("keep", keep, 1, 100_000),
        ("workers", 1 if workers is None else workers, 1, 1024),
    ):
        if not least <= number <= most:
            raise BadInput(
                f"{name}: {number} is not possible. Give a whole number from {least} to {most}."
            )


def _until_the_last(scenario: Scenario, rows: Sequence[Row], until: str) -> Scenario:
    """The scenario with every dial at its prior, told no further than these rows need."""
    end = min(max((row.period.last for row in rows), default=0), quarter_index(scenario.end))
    if end < quarter_index(scenario.start):
        raise BadInput(f"calibrate: no row of the record lies from {scenario.start} to {until}.")
    return scenario.without_calibration().change({"end": quarter_label(end)})


def _luck_of(seed: int) -> int:
    """A seed of its own: runs that use the result do not meet the luck it was made with."""
    return int.from_bytes(hashlib.sha256(f"calibrate {seed}".encode()).digest()[:7], "big")
