"""How likely the record is, given what dials make of it: in logs, with every error stated.

What is observed is what the dials make on average over luck, plus luck (its covariance over all
rows, from the worlds), plus the model's own error, plus the observation's.

The model is off by something that all rows of a group share (training runs, prices ...), by
something that the rows of one series share (one observable of one entity) and by something of each
row's own. So twenty rows of a series are not twenty independent facts: however many there are, they
tell the level no better than to the series' error, and all series of a group no better than to the
group's. The error of each series follows a Student t with TAILS degrees of freedom, as a normal
whose precision is itself estimated from how far the series is off (Lange, Little and Taylor 1989):
no single one, observed wrongly or predicted wrongly, decides. How large these errors are, all by
the same factor, is taken from the record too (`weighing.likeliest_error`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.history.backtest.run import predictions
from sim.history.backtest.scores import ABSENT_IS_OFF_BY
from sim.history.calibration.emulator import WORLDS_AT_A_TIME
from sim.history.record.past import Past
from sim.history.record.rows import Row, by_series
from sim.units import Array

TAILS = 4.0  # degrees of freedom
T_OVER_NORMAL = math.sqrt(TAILS / (TAILS - 2.0))  # a Student t is so much wider than its normal
PRECISION_STEPS = 30  # of the estimate of precisions; the last moves them by a per cent at most


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
        """Standard deviation of a row's prediction, the tails of series' errors counted in."""
        return math.hypot(self.group, math.hypot(self.series, self.own) * T_OVER_NORMAL)


USUAL = ModelError()


def predicted_oom(past: Past, rows: Sequence[Row]) -> Array:
    """What each world predicts of each row, (rows, worlds), in OOM.

    ABSENT_IS_OFF_BY below the record where a world has nothing, or where it has lost the lab that
    the row is about: the record shows that lab at work. All nan if the run does not have the row.
    """
    ooms = []
    for row, predicted, _ in predictions(past, rows):
        if predicted is None:
            ooms.append(np.full(past.worlds, np.nan))
            continue
        oom = row.means.oom(predicted)
        floor = row.oom - ABSENT_IS_OFF_BY
        low = ~(oom > floor) if row.means.log else np.isnan(oom)
        ooms.append(np.where(low, floor, oom))
    return np.array(ooms)


def series_error(rows: Sequence[Row], error: ModelError) -> Array:
    """Covariance of errors of series, rows and observations, (rows, rows), OOM squared.

    Of series whose precision is 1; else divide it by the precision of each row's series.
    """
    series = _series_of(rows)
    same = (series[:, None] == series).astype(float)
    return error.series**2 * same + np.diag([row.error**2 + error.own**2 for row in rows])


def _series_of(rows: Sequence[Row]) -> np.ndarray:
    """The number of each row's series, in order of appearance, (rows,)."""
    series = np.empty(len(rows), int)
    for number, places in enumerate(by_series(rows).values()):
        series[places] = number
    return series


def group_error(rows: Sequence[Row], error: ModelError) -> Array:
    """Covariance of the errors that all rows of a group share, (rows, rows), OOM squared."""
    groups = np.array([row.group for row in rows])
    return error.group**2 * (groups[:, None] == groups).astype(float)


def precisions(rows: Sequence[Row], error: ModelError, apart: Array, common: Array) -> Array:
    """How far each series is to be trusted, (series,): about 1, less if it is far off.

    The fixed point of expectation and maximisation, from how far the record is from the mean
    (rows,), and the covariance of luck and groups' errors.
    """
    plain, series, places = series_error(rows, error), _series_of(rows), by_series(rows).values()
    blocks = [np.ix_(at, at) for at in places]
    own = [plain[block] for block in blocks]  # series do not stray together
    inverses = [np.linalg.inv(block) for block in own]
    precision = np.ones(len(blocks))
    for _ in range(PRECISION_STEPS):
        certain = np.linalg.inv(plain / precision[series][:, None] + common)
        pulled = certain @ apart
        for i, (at, block) in enumerate(zip(places, blocks, strict=True)):
            spread = own[i] / precision[i]
            missed = spread @ pulled[at]
            square = np.outer(missed, missed) + spread - spread @ certain[block] @ spread
            precision[i] = (TAILS + len(at)) / (TAILS + np.sum(inverses[i] * square))
    return precision


def log_likelihood(
    rows: Sequence[Row], error: ModelError, mean: Array, common: Array, precision: Array
) -> Array:
    """Log of the density of the record, (worlds,), from the mean over luck, (rows, worlds).

    `common` is the covariance of luck and groups' errors.
    """
    plain = series_error(rows, error)
    spread = np.linalg.cholesky(common + plain / precision[_series_of(rows)][:, None])
    observed = np.array([[row.oom] for row in rows])
    inverse = np.linalg.inv(spread)
    log = np.full(mean.shape[1], -np.log(np.diag(spread)).sum())
    for first in range(0, mean.shape[1], WORLDS_AT_A_TIME):
        at = slice(first, first + WORLDS_AT_A_TIME)
        scaled = inverse @ (mean[:, at] - observed)
        log[at] -= 0.5 * np.einsum("rw,rw->w", scaled, scaled)
    return log


def log_prior_of(precision: Array) -> float:
    """Log of the density of log precisions under a Student t: a gamma of mean one."""
    return float((TAILS / 2.0 * (np.log(precision) - precision)).sum())
