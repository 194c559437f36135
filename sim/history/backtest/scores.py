"""Scores: how far what was said is from what happened, and whether anything simpler says it better.

All in orders of magnitude (log10), so an error of 0.30 is a factor of two. Smaller is better.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np

from sim.history.record.rows import Row
from sim.units import Array

NOTHING = 3.0  # OOM below what was observed: what a world that has nothing there is taken to say
DEFAULT_SPREAD = 0.4  # OOM a square root of a year: a naive forecast's error, with too few to see
ENOUGH = 2  # past one-step errors from which a naive forecast's spread is taken
LEAST_SPAN = 0.5  # years of earlier rows through which a trend may be laid
LEAST_STEP = 1.0 / 12.0  # years: no step of a series counts as shorter
SQRT_PI = math.sqrt(math.pi)


@dataclass(frozen=True)
class Normal:
    """A forecast: mean and standard error, OOM.

    A naive one is in the record's own terms: no map to the model's stands between, so its error
    has those of the two observations and not that of the map.
    """

    mean: float
    error: float


def crps(said: Array, observed: float) -> float:
    """Continuous ranked probability score of an ensemble, the fair version (Ferro 2014).

    Mean distance to the observation less half the mean distance between two different members; the
    absolute error if there is but one.
    """
    values = np.sort(np.asarray(said, float))
    count = len(values)
    distance = float(np.abs(values - observed).mean())
    if count < 2:
        return distance
    weights = 2.0 * np.arange(1, count + 1) - count - 1.0
    return distance - float(weights @ values) / (count * (count - 1))


def crps_normal(mean: float, error: float, observed: float) -> float:
    """The same of a normal, in closed form (Gneiting and Raftery 2007)."""
    if error <= 0.0:
        return abs(observed - mean)
    z = (observed - mean) / error
    density = math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    return error * (z * math.erf(z / math.sqrt(2.0)) + 2.0 * density - 1.0 / SQRT_PI)


def with_error(said: Array, error: float) -> Array:
    """What would be observed in each world: what it says, and the observation's own error.

    The errors are evenly spread over a normal and dealt out to the worlds, the same every time.
    """
    return np.asarray(said, float) + error * _dealt(len(said))


@cache
def _dealt(count: int) -> Array:
    evenly = np.array([NormalDist().inv_cdf((i + 0.5) / count) for i in range(count)])
    return np.random.default_rng(0).permutation(evenly)


def last_value(row: Row, earlier: Sequence[Row]) -> Normal | None:
    """As the series was last time; the error grows with the root of time.

    Its spread is that of the series' own steps before (of a random walk, a root of a year), or
    DEFAULT_SPREAD if there were fewer than ENOUGH.
    """
    past = _in_order(row, earlier)
    if not past:
        return None
    steps = [
        (b.oom - a.oom) / math.sqrt(_years(a, b)) for a, b in zip(past[:-1], past[1:], strict=True)
    ]
    spread = _spread(steps) * math.sqrt(_years(past[-1], row))
    return Normal(past[-1].oom, math.hypot(spread, past[-1].own_error, row.own_error))


def log_trend(row: Row, earlier: Sequence[Row]) -> Normal | None:
    """The straight line through the logs of what came before, extended.

    None with fewer than two rows, or all within LEAST_SPAN. Its spread is that of the errors it
    would have made before, as for the last value.
    """
    past = _in_order(row, earlier)
    mean = _line(row, past)
    if mean is None:
        return None
    errors = []
    for i, other in enumerate(past):
        was = _line(other, past[:i])
        if was is not None:
            errors.append((other.oom - was) / math.sqrt(_years(past[i - 1], other)))
    spread = _spread(errors) * math.sqrt(_years(past[-1], row))
    return Normal(mean, math.hypot(spread, past[-1].own_error, row.own_error))


def _in_order(row: Row, earlier: Sequence[Row]) -> list[Row]:
    """Rows of the same series that were before this one."""
    same = [other for other in earlier if other.series == row.series and other.when < row.when]
    return sorted(same, key=lambda other: other.when)


def _years(first: Row, then: Row) -> float:
    return max(then.when - first.when, LEAST_STEP)


def _spread(errors: Sequence[float]) -> float:
    if len(errors) < ENOUGH:
        return DEFAULT_SPREAD
    return math.sqrt(sum(error * error for error in errors) / len(errors))


def _line(row: Row, past: Sequence[Row]) -> float | None:
    """The least-squares line through `past`, read at `row`."""
    if len(past) < 2 or past[-1].when - past[0].when < LEAST_SPAN:
        return None
    when = np.array([other.when for other in past]) - row.when
    slope, level = np.polyfit(when, [other.oom for other in past], 1)
    return float(level)


@dataclass(frozen=True)
class Score:
    """One row scored. `p05`, `p50` and `p95` are the model's own; the rest is in OOM."""

    row: Row
    p05: float
    p50: float
    p95: float
    error: float  # median said over observed: above zero if the model says too much
    crps: float
    inside: bool  # whether the 90 % band, with the observation's error, holds the observation
    width: float  # of the 90 % band without the observation's error
    worlds: int  # that have something to say
    nothing: float  # part of them that say zero
    last_value: float | None  # CRPS of the naive forecasts, where there are any
    trend: float | None


def score(row: Row, said: Array, earlier: Sequence[Row], error: float = 0.0) -> Score | None:
    """Score what the worlds say of a row, in its unit; None if no world says anything.

    `error` is the model's own (OOM, as a calibration found it): the band counts it in.
    """
    spoken = said[~np.isnan(said)]
    if not spoken.size:
        return None
    oom = row.means.oom(spoken)
    nothing = ~(oom > row.oom - NOTHING) if row.means.log else np.zeros(len(oom), bool)
    oom = np.where(nothing, row.oom - NOTHING, oom)
    most = row.means.most
    low, middle, high = np.quantile(np.minimum(with_error(oom, error), most), (0.05, 0.5, 0.95))
    seen = np.minimum(with_error(oom, math.hypot(error, row.error)), max(most, row.oom))
    band = np.quantile(seen, (0.05, 0.95))
    naive = [forecast(row, earlier) for forecast in (last_value, log_trend)]
    by_naive = [None if one is None else crps_normal(one.mean, one.error, row.oom) for one in naive]
    return Score(
        row=row,
        p05=float(row.means.back(low)),
        p50=float(row.means.back(middle)),
        p95=float(row.means.back(high)),
        error=float(middle - row.oom),
        crps=crps(seen, row.oom),
        inside=bool(band[0] <= row.oom <= band[1]),
        width=float(high - low),
        worlds=len(spoken),
        nothing=float(nothing.mean()),
        last_value=by_naive[0],
        trend=by_naive[1],
    )


def summary(scores: Sequence[Score]) -> dict[str, float | int | None]:
    """What many scores come to; None where there is nothing to say.

    A naive forecast is compared on the rows that it can forecast: `crps_on_last_value` is the
    model's CRPS on just those.
    """
    if not scores:
        return {"n": 0}
    errors = np.array([one.error for one in scores])
    said: dict[str, float | int | None] = {
        "n": len(scores),
        "error": float(np.median(np.abs(errors))),
        "bias": float(np.median(errors)),
        "crps": float(np.mean([one.crps for one in scores])),
        "coverage": float(np.mean([one.inside for one in scores])),
        "width": float(np.median([one.width for one in scores])),
    }
    for name in ("last_value", "trend"):
        both = [(one.crps, getattr(one, name)) for one in scores if getattr(one, name) is not None]
        mine, naive = np.mean(both, axis=0) if both else (None, None)
        said |= {
            f"{name}_n": len(both),
            f"{name}_crps": None if naive is None else float(naive),
            f"crps_on_{name}": None if mine is None else float(mine),
        }
    return said


def by_series(scores: Sequence[Score]) -> dict[tuple[str, str], list[Score]]:
    """The scores of each series."""
    several: dict[tuple[str, str], list[Score]] = {}
    for one in scores:
        several.setdefault(one.row.series, []).append(one)
    return several


def against_naive(scores: Sequence[Score]) -> dict[tuple[str, str], list[tuple[float, float]]]:
    """By series, the mean CRPS of the model and of each naive forecast that there is.

    Each is compared on the rows that it can forecast; a series without any is left out.
    """
    compared: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for series, several in by_series(scores).items():
        for name in ("last_value", "trend"):
            both = [
                (one.crps, getattr(one, name)) for one in several if getattr(one, name) is not None
            ]
            if both:
                mine, naive = np.mean(both, axis=0)
                compared.setdefault(series, []).append((float(mine), float(naive)))
    return compared


def series_won(scores: Sequence[Score]) -> tuple[int, int]:
    """Series in which the model's mean CRPS is below both naive ones', and how many can be said."""
    compared = against_naive(scores)
    return sum(all(mine < naive for mine, naive in both) for both in compared.values()), len(
        compared
    )


def beaten(scores: Sequence[Score]) -> list[tuple[tuple[str, str], float, float]]:
    """Series that a naive forecast says better: the model's mean CRPS and the better one's."""
    lost = []
    for series, both in against_naive(scores).items():
        mine, naive = max(both, key=lambda pair: pair[0] - pair[1])
        if mine >= naive:
            lost.append((series, mine, naive))
    return sorted(lost, key=lambda one: one[2] - one[1])
