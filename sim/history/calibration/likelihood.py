"""How likely the record is, given what dials make of it: in logs, with every error stated.

What is observed is what the dials make on average over luck, plus luck (its covariance over all
rows, from the worlds), plus the model's own error, plus the observation's.

The model is off by something that all rows of a group share (training runs, prices ...), by
something that the rows of one series share (one observable of one entity) and by something of each
row's own. So twenty rows of a series are not twenty independent facts: however many there are, they
tell the level no better than to the series' error, and all series of a group no better than to the
group's. The error of each series follows a Student t with TAILS degrees of freedom, as a normal
whose precision is itself estimated from how far the series is off (Lange, Little and Taylor 1989):
no single one, seen wrongly or told wrongly, decides. How large these errors are, all by the same
factor, is taken from the record too (`calibration.likeliest_error`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.history.backtest.run import what_is_said
from sim.history.backtest.scores import NOTHING
from sim.history.calibration.emulator import PART
from sim.history.record.past import Past
from sim.history.record.rows import Row
from sim.units import Array

TAILS = 4.0  # degrees of freedom
WIDER = math.sqrt(TAILS / (TAILS - 2.0))  # a Student t is so much wider than its normal
STEPS = 30  # of the estimate of precisions; it settles within ten


@dataclass(frozen=True)
class ModelError:
    """Standard errors of the model, OOM: in a group of rows, in a series besides, in each row."""

    group: float = 0.20
    series: float = 0.20
    own: float = 0.10

    def times(self, factor: float) -> ModelError:
        return ModelError(factor * self.group, factor * self.series, factor * self.own)

    @property
    def total(self) -> float:
        """Standard deviation of what is said of one row, the tails of series' errors counted in."""
        return math.hypot(self.group, math.hypot(self.series, self.own) * WIDER)


USUAL = ModelError()


def oom_said(past: Past, rows: Sequence[Row]) -> Array:
    """What each world says of each row, (rows, worlds), in OOM.

    NOTHING below the record where a world says zero, or where it has lost the lab that the row is
    about: the record shows that lab at work. All nan if the run cannot speak of the row.
    """
    told = []
    for row, said, _ in what_is_said(past, rows):
        if said is None:
            told.append(np.full(_worlds(past), np.nan))
            continue
        oom = row.means.oom(said)
        floor = row.oom - NOTHING
        low = ~(oom > floor) if row.means.log else np.isnan(oom)
        told.append(np.where(low, floor, oom))
    return np.array(told)


def series_error(rows: Sequence[Row], error: ModelError, precision: Array | None = None) -> Array:
    """Covariance of errors of series, rows and observations, (rows, rows), OOM squared.

    `precision` is by series, in order of appearance; 1 for all if it is not given.
    """
    whole = np.zeros((len(rows), len(rows)))
    for i, places in enumerate(by_series(rows).values()):
        own = np.diag([rows[j].error ** 2 + error.own**2 for j in places])
        whole[np.ix_(places, places)] = error.series**2 + own
        if precision is not None:
            whole[np.ix_(places, places)] /= precision[i]
    return whole


def group_error(rows: Sequence[Row], error: ModelError) -> Array:
    """Covariance of the errors that all rows of a group share, (rows, rows), OOM squared."""
    groups = np.array([row.group for row in rows])
    return error.group**2 * (groups[:, None] == groups).astype(float)


def precisions(rows: Sequence[Row], error: ModelError, apart: Array, common: Array) -> Array:
    """How far each series is to be trusted, (series,): about 1, less if it is far off.

    The fixed point of expectation and maximisation, from how far the record is from the mean
    (rows,), and the covariance of luck and groups' errors.
    """
    plain, places = series_error(rows, error), list(by_series(rows).values())
    inverses = [np.linalg.inv(plain[np.ix_(at, at)]) for at in places]
    precision = np.ones(len(places))
    for _ in range(STEPS):
        spread = series_error(rows, error, precision)
        gain = spread @ np.linalg.inv(spread + common)
        missed, unsure = gain @ apart, spread - gain @ spread
        for i, at in enumerate(places):
            square = np.outer(missed[at], missed[at]) + unsure[np.ix_(at, at)]
            precision[i] = (TAILS + len(at)) / (TAILS + np.sum(inverses[i] * square))
    return precision


def log_likelihood(
    rows: Sequence[Row], error: ModelError, mean: Array, common: Array, precision: Array
) -> Array:
    """Log of the density of the record, (worlds,), from the mean over luck, (rows, worlds).

    `common` is the covariance of luck and groups' errors.
    """
    spread = np.linalg.cholesky(common + series_error(rows, error, precision))
    observed = np.array([[row.oom] for row in rows])
    inverse = np.linalg.inv(spread)
    log = np.full(mean.shape[1], -np.log(np.diag(spread)).sum())
    for first in range(0, mean.shape[1], PART):
        at = slice(first, first + PART)
        scaled = inverse @ (mean[:, at] - observed)
        log[at] -= 0.5 * np.einsum("rw,rw->w", scaled, scaled)
    return log


def log_prior_of(precision: Array) -> float:
    """Log of the density of log precisions under a Student t: a gamma of mean one."""
    return float((TAILS / 2.0 * (np.log(precision) - precision)).sum())


def by_series(rows: Sequence[Row]) -> dict[tuple[str, str], list[int]]:
    """The places of the rows of each series."""
    places: dict[tuple[str, str], list[int]] = {}
    for i, row in enumerate(rows):
        places.setdefault(row.series, []).append(i)
    return places


def _worlds(past: Past) -> int:
    return next(iter(past.arrays.values())).shape[-1]
