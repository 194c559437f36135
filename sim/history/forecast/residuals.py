"""What worlds say of rows and dates in OOM, and worlds that have nothing to say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.history.backtest.scores import ABSENT_IS_OFF_BY
from sim.history.forecast.discrepancy import Dated
from sim.history.record.observables import predict
from sim.history.record.past import OutOfRun, Past
from sim.units import Array


def said(past: Past, asked: Sequence[Dated]) -> Array:
    """What each world predicts, (asked, worlds), in OOM: -inf where it has none of it, nan where it
    says nothing. All nan if the run does not have the date or the lab."""
    ooms = np.full((len(asked), past.worlds), np.nan)
    for place, row in enumerate(asked):
        try:
            ooms[place] = row.means.oom(predict(past, row.observable, row.entity, row.period))
        except OutOfRun:
            continue
    return ooms


def filled(ooms: Array) -> Array:
    """The same with a number in every world, (asked, worlds).

    A world that has none of it, or says nothing, is taken to be as the median of the others: it has
    no residual of its own to go by. None is further than ABSENT_IS_OFF_BY from the median. All nan
    where no world says anything.
    """
    there = np.isfinite(ooms)
    some = there.any(axis=1)
    result = np.full_like(ooms, np.nan)
    middle = np.nanmedian(np.where(there[some], ooms[some], np.nan), axis=1)[:, None]
    near = np.clip(ooms[some], middle - ABSENT_IS_OFF_BY, middle + ABSENT_IS_OFF_BY)
    result[some] = np.where(there[some], near, middle)
    return result


def covariance_of(ooms: Array) -> Array:
    """Covariance over worlds, (rows, rows), of (rows, worlds); nothing if there is but one."""
    apart = ooms - ooms.mean(axis=1, keepdims=True)
    return np.asarray(apart @ apart.T / ooms.shape[1])
