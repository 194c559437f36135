"""Naive forecasts, which a model should beat: the last value, and the line through the logs.

Each knows only the rows of its series that came before. In orders of magnitude (log10).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.history.record.rows import Row

DEFAULT_SPREAD = 0.4  # OOM a square root of a year: a forecast's error, with too few to see
ENOUGH_ERRORS = 2  # past one-step errors from which a forecast's spread is taken
SHORTEST_TREND = 0.5  # years of earlier rows through which a line may be laid
SHORTEST_STEP = 1.0 / 12.0  # years: no step of a series counts as shorter


@dataclass(frozen=True)
class Normal:
    """A forecast: mean and standard error, OOM.

    A naive one is in the record's own terms: no map to the model's stands between, so its error
    has those of the two observations and not that of the map.
    """

    mean: float
    error: float


def last_value(row: Row, earlier: Sequence[Row]) -> Normal | None:
    """As the series was last time; the error grows with the root of time.

    Its spread is that of the series' own steps before (of a random walk, a root of a year), or
    DEFAULT_SPREAD if there were fewer than ENOUGH_ERRORS.
    """
    past = _in_order(row, earlier)
    if not past:
        return None
    steps = [
        (then.oom - first.oom) / math.sqrt(_years(first, then))
        for first, then in zip(past[:-1], past[1:], strict=True)
    ]
    spread = _spread(steps) * math.sqrt(_years(past[-1], row))
    return Normal(past[-1].oom, math.hypot(spread, past[-1].own_error, row.own_error))


def log_trend(row: Row, earlier: Sequence[Row]) -> Normal | None:
    """The straight line through the logs of what came before, extended.

    None with fewer than two rows, or all within SHORTEST_TREND. Its spread is that of the errors it
    would have made before, as for the last value.
    """
    past = _in_order(row, earlier)
    mean = _line(row, past)
    if mean is None:
        return None
    errors = []
    for i, other in enumerate(past):
        forecast = _line(other, past[:i])
        if forecast is not None:
            errors.append((other.oom - forecast) / math.sqrt(_years(past[i - 1], other)))
    spread = _spread(errors) * math.sqrt(_years(past[-1], row))
    return Normal(mean, math.hypot(spread, past[-1].own_error, row.own_error))


def _in_order(row: Row, earlier: Sequence[Row]) -> list[Row]:
    """Rows of the same series that were before this one."""
    same = [other for other in earlier if other.series == row.series and other.when < row.when]
    return sorted(same, key=lambda other: other.when)


def _years(first: Row, then: Row) -> float:
    return max(then.when - first.when, SHORTEST_STEP)


def _spread(errors: Sequence[float]) -> float:
    if len(errors) < ENOUGH_ERRORS:
        return DEFAULT_SPREAD
    return math.sqrt(sum(error * error for error in errors) / len(errors))


def _line(row: Row, past: Sequence[Row]) -> float | None:
    """The least-squares line through `past`, read at `row`."""
    if len(past) < 2 or past[-1].when - past[0].when < SHORTEST_TREND:
        return None
    when = np.array([other.when for other in past]) - row.when
    slope, level = np.polyfit(when, [other.oom for other in past], 1)
    return float(level)
