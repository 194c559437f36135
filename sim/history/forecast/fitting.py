"""How large the discrepancy is: from misses of one and two years ahead, by maximum posterior.

For an origin Y, worlds are fitted to the record until the end of Y, and residuals until then are
known. The rows of Y+1 and of Y+2 are misses: their density given those residuals is normal, with
the covariance over worlds, each with its own residuals carried on, that of what is left of the
discrepancy, and the rows' own errors. The rows of a group and a year are taken together; groups and
years count as independent.

There are few of them, so priors are lognormal and say something: their medians (PRIOR) were chosen
with an eye on the misses of 2023 and 2024, and on none of 2025. Sizes are the same for all groups
but for two factors of each, drawn towards one; sizes and factors are found in turn.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from sim.history.forecast.discrepancy import Between, Discrepancy, Factors, regression
from sim.history.forecast.residuals import covariance_of, filled, said
from sim.history.record.past import Past
from sim.history.record.periods import Period
from sim.history.record.rows import GROUPS, Row
from sim.units import Array

PRIOR = Discrepancy()
SIZES = ("level_group", "drift_group", "level_series", "drift_series", "own", "memory")
PRIOR_SPREAD = 0.5  # standard deviation of the log of each size: a factor of 2.3, nine in ten
GROUP_SPREAD = 0.4  # of the log of a group's factor: of 1.9
AHEAD = 2  # years after an origin whose rows are misses
ROUNDS = 3  # of sizes, then factors
STEPS = (0.4, 0.2, 0.1, 0.05)  # of a log, in the search


@dataclass(frozen=True, eq=False)
class Hindcast:
    """What worlds fitted until the end of a year say of rows: mean and covariance over worlds."""

    year: int
    rows: Sequence[Row]  # of which at least one world says something
    mean: Array  # (rows,), OOM
    covariance: Array  # (rows, rows)

    @classmethod
    def of(cls, year: int, past: Past, rows: Sequence[Row]) -> Hindcast:
        ooms = filled(said(past, rows))
        some = np.flatnonzero(~np.isnan(ooms).any(axis=1)).tolist()
        there = ooms[some]
        here = [rows[place] for place in some]
        return cls(year, here, there.mean(axis=1), covariance_of(there))


@dataclass(frozen=True, eq=False)
class Misses:
    """The rows of a group and a year after an origin, with those known then."""

    group: str
    known: Sequence[Row]
    missed: Sequence[Row]
    residual: Array  # (known,): the record less the mean of the worlds, OOM
    miss: Array  # (missed,)
    worlds: Array  # covariance over worlds of all of them, the known ones first

    @cached_property
    def between(self) -> Between:
        rows = [*self.known, *self.missed]
        return Between.of(rows, rows)

    @cached_property
    def errors(self) -> Array:
        """Variances of the rows' own errors, the known ones first."""
        return np.array([row.error**2 for row in (*self.known, *self.missed)])

    def log_density(self, discrepancy: Discrepancy) -> float:
        """Of the misses given the residuals, without what does not depend on the discrepancy."""
        first, noise = len(self.known), self.errors + self.own(discrepancy)
        every = discrepancy.shared(self.between) + np.diag(noise)
        told = regression(every[:first, :first], every[first:, :first], every[first:, first:])
        carried = np.hstack([-told.weights, np.eye(len(self.missed))])
        root = np.linalg.cholesky(carried @ self.worlds @ carried.T + told.covariance)
        scaled = np.linalg.solve(root, self.miss - told.weights @ self.residual)
        return float(-0.5 * scaled @ scaled - np.log(np.diag(root)).sum())

    def own(self, discrepancy: Discrepancy) -> float:
        """The variance that each row has for itself."""
        return (discrepancy.own * discrepancy.of(self.group).own) ** 2


def misses(hindcasts: Iterable[Hindcast], until: int) -> list[Misses]:
    """Group by group, the rows of the years after each origin that end by the quarter `until`."""
    found = []
    for hindcast in hindcasts:
        for year in range(hindcast.year + 1, hindcast.year + AHEAD + 1):
            of_year = Period(4 * year, min(4 * year + 3, until))
            for group in GROUPS:
                one = _misses(hindcast, of_year, group)
                found += [one] if one.missed else []
    return found


def missed_by(hindcasts: Iterable[Hindcast], until: int) -> dict[int, int]:
    """How many rows each origin's worlds missed, by its year; those with any."""
    counts = {one.year: sum(len(some.missed) for some in misses([one], until)) for one in hindcasts}
    return {year: count for year, count in counts.items() if count}


def _misses(hindcast: Hindcast, of_year: Period, group: str) -> Misses:
    origin = Period(0, 4 * hindcast.year + 3)
    in_group = [(place, row) for place, row in enumerate(hindcast.rows) if row.group == group]
    before = [place for place, row in in_group if row.period.within(origin)]
    after = [place for place, row in in_group if row.period.within(of_year)]
    known, missed = ([hindcast.rows[place] for place in places] for places in (before, after))
    both = [*before, *after]
    return Misses(
        group,
        known,
        missed,
        np.array([row.oom for row in known]) - hindcast.mean[before],
        np.array([row.oom for row in missed]) - hindcast.mean[after],
        hindcast.covariance[np.ix_(both, both)],
    )


def fit(hindcasts: Iterable[Hindcast], until: int) -> Discrepancy:
    """The likeliest discrepancy, of rows that end by the quarter `until`; PRIOR if none does."""
    every = misses(hindcasts, until)
    by_group = {group: [one for one in every if one.group == group] for group in GROUPS}
    sizes = [0.0] * len(SIZES)
    found = PRIOR
    for _ in range(ROUNDS):
        sizes = _highest(partial(_log_posterior, every, found.factors), sizes)
        found = _of(sizes, found.factors)
        factors = {}
        for group, own in by_group.items():
            if own:
                start = [math.log(factor) for factor in found.of(group)]
                best = _highest(partial(_log_posterior_of_group, own, found), start)
                factors[group] = Factors(*map(math.exp, best))
        found = replace(found, factors=factors)
    return found


def _of(logs: Sequence[float], factors: Mapping[str, Factors]) -> Discrepancy:
    """PRIOR with each size times the exponential of its log."""
    sizes = {
        name: getattr(PRIOR, name) * math.exp(log) for name, log in zip(SIZES, logs, strict=True)
    }
    return replace(PRIOR, **sizes, factors=factors)


def _log_posterior(
    every: Sequence[Misses], factors: Mapping[str, Factors], logs: Sequence[float]
) -> float:
    """Of the sizes, given the groups' factors."""
    prior = -0.5 * sum((log / PRIOR_SPREAD) ** 2 for log in logs)
    found = _of(logs, factors)
    return prior + sum(one.log_density(found) for one in every)


def _log_posterior_of_group(
    own: Sequence[Misses], found: Discrepancy, logs: Sequence[float]
) -> float:
    """Of a group's factors, given the sizes."""
    prior = -0.5 * sum((log / GROUP_SPREAD) ** 2 for log in logs)
    here = replace(found, factors={own[0].group: Factors(*map(math.exp, logs))})
    return prior + sum(one.log_density(here) for one in own)


def _highest(height: Callable[[Sequence[float]], float], start: Sequence[float]) -> list[float]:
    """Where it is highest: up and down, one coordinate after another, in ever smaller steps."""
    at = [*start]
    best = height(at)
    for step in STEPS:
        moved = True
        while moved:
            moved = False
            for place in range(len(at)):
                for way in (step, -step):
                    there = [*at]
                    there[place] += way
                    if (value := height(there)) > best:
                        at, best, moved = there, value, True
    return at
