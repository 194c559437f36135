"""How likely a world makes the record: in logs, with the sources' errors and the model's own.

Of a series (one observable of one entity) the model is off by a level that all its rows share
(SHARED) and by something of each row's own (OWN), besides the error of the observation itself. So
twenty rows of a series are not twenty independent facts: however many there are, they tell the
level no better than to SHARED. Each series follows a multivariate Student t with TAILS degrees of
freedom (Lange, Little and Taylor 1989), so no single one, seen wrongly or told wrongly, decides.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.history.backtest import what_is_said
from sim.history.past import Past
from sim.history.record import Row
from sim.history.scores import NOTHING
from sim.units import Array

SHARED = 0.20  # OOM: standard error of the model in the level of a series
OWN = 0.10  # OOM: its standard error in each row besides
TAILS = 4.0  # degrees of freedom


def oom_said(past: Past, rows: Sequence[Row]) -> Array:
    """What each world says of each row, (rows, worlds), in OOM.

    NOTHING below the record where a world says zero, or where it has lost the lab that the row is
    about: the record shows that lab at work. A row that no world of any run could speak about is
    all nan.
    """
    told = []
    for row, said, _ in what_is_said(past, rows):
        if said is None:
            told.append(np.full(_worlds(past), np.nan))
            continue
        oom = row.means.oom(said)
        floor = row.oom - NOTHING
        told.append(np.where(oom > floor, oom, floor) if row.means.log else
                    np.where(np.isnan(oom), floor, oom))  # fmt: skip
    return np.array(told)


def log_likelihood(rows: Sequence[Row], oom: Array) -> Array:
    """Log of the probability of the record in each world, (worlds,), from oom (rows, worlds).

    Up to a constant that is the same in all worlds.
    """
    total = np.zeros(oom.shape[1])
    for places in by_series(rows).values():
        apart = oom[places] - np.array([[rows[i].oom] for i in places])
        total += _of_series(apart, np.array([rows[i].error for i in places]))
    return total


def by_series(rows: Sequence[Row]) -> dict[tuple[str, str], list[int]]:
    """The places of the rows of each series."""
    places: dict[tuple[str, str], list[int]] = {}
    for i, row in enumerate(rows):
        places.setdefault(row.series, []).append(i)
    return places


def _of_series(apart: Array, errors: Array) -> Array:
    """Student t of one series: apart (rows, worlds), errors (rows,), OOM."""
    precision = 1.0 / (errors**2 + OWN**2)
    common = SHARED**2 / (1.0 + SHARED**2 * precision.sum())  # Sherman and Morrison 1950
    distance = precision @ apart**2 - common * (precision @ apart) ** 2
    return -0.5 * (TAILS + len(errors)) * np.log1p(distance / TAILS)


def _worlds(past: Past) -> int:
    return next(iter(past.arrays.values())).shape[-1]
