"""Model discrepancy: what happened and no world says (Kennedy and O'Hagan 2001, JRSS B 63).

In OOM, what is observed is what a world predicts, plus discrepancy, plus the observation's error.
Discrepancy is a Gaussian process of mean zero. All rows of a group share a part, all rows of a
series another, and a row has one of its own; groups share nothing:

    cov(s, t) = level_group^2 m(s, t) + drift_group^2 min(s, t)               same group
              + level_series^2 m(s, t) + drift_series^2 min(s, t)             same series
              + own^2                                                         same row

with m(s, t) = exp(-|t - s| / memory). So a forecast starts near the residual last seen of its
series, goes back to what the worlds say as the level is forgotten, and strays further the further
it looks. A level that is never forgotten and nothing of a row's own, the first idea, foretold 2023
and 2024 worse than the worlds alone did: most misses of the record fade within two years.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np

from sim.history.record.observables import Observable
from sim.history.record.periods import Period
from sim.history.record.rows import Row
from sim.units import Array

BEGIN = 2020.0  # years: the first row of the record, from which drift is counted


class Dated(Protocol):
    """A row of the record, or a date of a series to be foretold."""

    @property
    def group(self) -> str: ...
    @property
    def observable(self) -> str: ...
    @property
    def entity(self) -> str: ...
    @property
    def series(self) -> tuple[str, str]: ...
    @property
    def period(self) -> Period: ...
    @property
    def when(self) -> float: ...
    @property
    def means(self) -> Observable: ...


class Factors(NamedTuple):
    """How much more of it a group has than groups have on the whole."""

    shared: float = 1.0  # of levels and drifts
    own: float = 1.0


@dataclass(frozen=True)
class Discrepancy:
    """How large each part is: standard deviations in OOM, drifts in OOM a root of a year.

    The defaults are what is thought before any miss is seen (fitting.py).
    """

    level_group: float = 0.10
    drift_group: float = 0.03
    level_series: float = 0.15
    drift_series: float = 0.05
    own: float = 0.05
    memory: float = 1.0  # years after which 1/e of a level is left
    factors: Mapping[str, Factors] = field(default_factory=dict)  # by group

    def of(self, group: str) -> Factors:
        return self.factors.get(group, Factors())

    def shared(self, between: Between) -> Array:
        """Covariance of what rows share, (some, others), OOM squared; without what is their own."""
        kept = np.exp(-between.apart / self.memory)
        group = self.level_group**2 * kept + self.drift_group**2 * between.drifted
        series = self.level_series**2 * kept + self.drift_series**2 * between.drifted
        factor = np.array([self.of(name).shared for name in between.groups])[between.group]
        return factor[:, None] ** 2 * (between.one_group * group + between.one_series * series)

    def alone(self, rows: Sequence[Dated]) -> Array:
        """Variance of what is each row's own, (rows,), OOM squared."""
        return np.array([(self.own * self.of(row.group).own) ** 2 for row in rows])

    def given(self, known: Sequence[Row], asked: Sequence[Dated]) -> Regression:
        """What residuals that are known tell of others, the record less what a world says.

        The known ones have their row's own error.
        """
        noise = self.alone(known) + np.array([row.error**2 for row in known])
        return regression(
            self.shared(Between.of(known, known)) + np.diag(noise),
            self.shared(Between.of(asked, known)),
            self.of_rows(asked),
        )

    def of_rows(self, rows: Sequence[Dated]) -> Array:
        """Covariance of rows with one another, (rows, rows), OOM squared."""
        return self.shared(Between.of(rows, rows)) + np.diag(self.alone(rows))


@dataclass(frozen=True, eq=False)
class Between:
    """How rows lie to others: what their covariance follows from, (some, others) each."""

    groups: Sequence[str]  # that some are of
    group: np.ndarray  # the place of each one's group among them, (some,)
    apart: Array  # years
    drifted: Array  # years since BEGIN, of the earlier of the two
    one_group: Array  # 1 where both are of one group, else 0
    one_series: Array  # and of one series of it

    @classmethod
    def of(cls, some: Sequence[Dated], others: Sequence[Dated]) -> Between:
        times = [np.array([row.when for row in rows]) for rows in (some, others)]
        one_group = _same([row.group for row in some], [row.group for row in others])
        one_series = _same([row.series for row in some], [row.series for row in others])
        groups = list(dict.fromkeys(row.group for row in some))
        return cls(
            groups,
            np.array([groups.index(row.group) for row in some], int),
            np.abs(times[0][:, None] - times[1]),
            np.maximum(np.minimum(times[0][:, None], times[1]) - BEGIN, 0.0),
            one_group,
            one_group * one_series,
        )


@dataclass(frozen=True, eq=False)
class Regression:
    """Of residuals asked for on residuals known, the same in every world."""

    weights: Array  # (asked, known)
    covariance: Array  # (asked, asked), OOM squared: what is left


def regression(known: Array, common: Array, asked: Array) -> Regression:
    """From covariances: of what is known, of both (asked, known), of what is asked."""
    weights = np.linalg.solve(known, common.T).T
    left = asked - weights @ common.T
    return Regression(weights, (left + left.T) / 2.0)


def _same(some: Sequence[object], others: Sequence[object]) -> Array:
    """1 where two are the same, (some, others)."""
    numbers = {one: place for place, one in enumerate(dict.fromkeys([*some, *others]))}
    here = np.array([numbers[one] for one in some], int)
    there = np.array([numbers[one] for one in others], int)
    return (here[:, None] == there).astype(float)
