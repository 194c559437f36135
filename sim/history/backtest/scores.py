"""Scores: how far what was predicted of a row is from what was observed.

All in orders of magnitude (log10), so an error of 0.30 is a factor of two. Smaller is better.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np

from sim.history.backtest.naive import last_value, log_trend
from sim.history.record.rows import GROUPS, Row
from sim.units import Array

ABSENT_IS_OFF_BY = 3.0  # OOM: what a world counts as that has nothing where something was observed
SQRT_PI = math.sqrt(math.pi)
BAND = (0.05, 0.5, 0.95)  # quantiles: the 90 % band and its middle


def crps(predicted: Array, observed: float) -> float:
    """Continuous ranked probability score of an ensemble, the fair version (Ferro 2014).

    Mean distance to the observation less half the mean distance between two different members; the
    absolute error if there is but one.
    """
    values = np.sort(np.asarray(predicted, float))
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


def with_error(predicted: Array, error: float) -> Array:
    """What would be observed in each world: what it predicts, and the observation's own error.

    The errors are evenly spread over a normal and dealt out to the worlds, the same every time.
    """
    return np.asarray(predicted, float) + error * _dealt(len(predicted))


@cache
def evenly(count: int) -> Array:
    """Standard normals evenly spread, (count,), ascending."""
    return np.array([NormalDist().inv_cdf((i + 0.5) / count) for i in range(count)])


@cache
def _dealt(count: int) -> Array:
    return np.random.default_rng(0).permutation(evenly(count))


@dataclass(frozen=True)
class Score:
    """One row scored. `p05`, `p50` and `p95` are the model's own; the rest is in OOM."""

    row: Row
    p05: float
    p50: float
    p95: float
    error: float  # median predicted over observed: above zero if the model is too high
    crps: float
    inside: bool  # whether the 90 % band, with the observation's error, holds the observation
    width: float  # of the 90 % band without the observation's error
    worlds: int  # that predict something
    nothing: float  # part of them that predict zero
    last_value: float | None  # CRPS of the naive forecasts, where there are any
    trend: float | None


def score(
    row: Row,
    predicted: Array,
    earlier: Sequence[Row],
    error: float = 0.0,
    seen: float | None = None,
) -> Score | None:
    """Score what the worlds predict of a row, (worlds,) in its unit; None if all of it is nan.

    `error` is the model's own (OOM, as a calibration found it): the band counts it in. `seen` is
    the standard error of the observation (default: the row's, with that of the map).
    """
    seen = row.error if seen is None else seen
    there = predicted[~np.isnan(predicted)]
    if not there.size:
        return None
    oom = row.means.oom(there)
    floor = row.oom - ABSENT_IS_OFF_BY
    nothing = ~(oom > floor) if row.means.log else np.zeros(len(oom), bool)
    oom = np.where(nothing, floor, oom)
    most = row.means.most_oom
    low, middle, high = np.quantile(np.minimum(with_error(oom, error), most), BAND)
    as_observed = np.minimum(with_error(oom, math.hypot(error, seen)), max(most, row.oom))
    lowest, _, highest = np.quantile(as_observed, BAND)
    naive = [forecast(row, earlier) for forecast in (last_value, log_trend)]
    naive_crps = [
        None if normal is None else crps_normal(normal.mean, normal.error, row.oom)
        for normal in naive
    ]
    return Score(
        row=row,
        p05=float(row.means.from_oom(low)),
        p50=float(row.means.from_oom(middle)),
        p95=float(row.means.from_oom(high)),
        error=float(middle - row.oom),
        crps=crps(as_observed, row.oom),
        inside=bool(lowest <= row.oom <= highest),
        width=float(high - low),
        worlds=len(there),
        nothing=float(nothing.mean()),
        last_value=naive_crps[0],
        trend=naive_crps[1],
    )


class Scored:
    """What has scores: a back-test, a forecast on file."""

    scores: list[Score]

    @property
    def groups(self) -> dict[str, list[Score]]:
        """The scores by group, in the order of the record's groups."""
        by_group = {
            name: [score for score in self.scores if score.row.group == name] for name in GROUPS
        }
        return {name: scores for name, scores in by_group.items() if scores}
