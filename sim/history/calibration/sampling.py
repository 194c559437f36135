"""Adaptive importance sampling in the space of standard normals, the prior of every dial.

Rounds of draws from a mixture of the prior and one Gaussian, fitted to what was found so far
(population Monte Carlo, Cappé et al. 2004); every draw of every round is weighed against the
mixture of all rounds (Cornuet et al. 2012), and the likelihood is tempered as long as few draws
would carry the weight (Del Moral et al. 2006).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.units import Array

FROM_PRIOR = 0.15  # part of a round that is drawn from the prior: no place is given up
WIDENED = 1.2  # a round's Gaussian has so much more standard deviation than what it is fitted to
TEMPER_TOLERANCE = 1e-4
PRIOR_DRAWS = 10.0  # draws that the prior's variance counts as


@dataclass(frozen=True, eq=False, repr=False)
class Proposal:
    """Where a round draws: the prior alone, or FROM_PRIOR of it and a Gaussian."""

    mean: Array
    root: Array  # Cholesky factor of the covariance
    prior: float = FROM_PRIOR

    def __repr__(self) -> str:
        return f"Proposal for {len(self.mean)} dials, {self.prior:.0%} from the prior"

    @classmethod
    def first(cls, dials: int) -> Proposal:
        return cls(np.zeros(dials), np.eye(dials), prior=1.0)

    @classmethod
    def fitted(cls, draws: Array, weights: Array) -> Proposal:
        """To weighted draws (dials, worlds); correlations shrink when few draws carry them."""
        dials, count = len(draws), effective(weights)
        mean = draws @ weights
        apart = draws - mean[:, None]
        covariance = (apart * weights) @ apart.T
        trust = count / (count + dials)
        variance = (count * np.diag(covariance) + PRIOR_DRAWS) / (count + PRIOR_DRAWS)
        spread = np.sqrt(variance / np.diag(covariance))
        covariance = trust * covariance * np.outer(spread, spread)
        np.fill_diagonal(covariance, variance)
        return cls(mean, WIDENED * np.linalg.cholesky(covariance))

    def draw(self, rng: np.random.Generator, worlds: int) -> Array:
        """(dials, worlds)."""
        plain = rng.standard_normal((len(self.mean), worlds))
        return np.where(
            rng.random(worlds) < self.prior, plain, self.mean[:, None] + self.root @ plain
        )

    def log_density(self, draws: Array) -> Array:
        """Over that of the prior, (worlds,)."""
        scaled = np.linalg.solve(self.root, draws - self.mean[:, None])
        log = 0.5 * (np.square(draws).sum(axis=0) - np.square(scaled).sum(axis=0))
        log -= np.log(np.diag(self.root)).sum()
        with np.errstate(divide="ignore"):
            return np.logaddexp(np.log(self.prior), np.log1p(-self.prior) + log)


def log_prior_over_drawn(
    draws: Array, proposals: Sequence[Proposal], sizes: Sequence[int]
) -> Array:
    """Log of the prior's density over that of all rounds together, (worlds,)."""
    whole = sum(sizes)
    logs = [
        np.log(size / whole) + proposal.log_density(draws)
        for proposal, size in zip(proposals, sizes, strict=True)
    ]
    return -np.logaddexp.reduce(logs, axis=0)


def normalised(log: Array) -> Array:
    """Weights that sum to one."""
    weights = np.exp(log - log.max())
    return weights / weights.sum()


def effective(weights: Array) -> float:
    """Effective sample size of weights that sum to one (Kish 1965)."""
    return float(1.0 / np.square(weights).sum())


def temper(log_ratio: Array, log_likelihood: Array, least: float) -> float:
    """The greatest power of the likelihood, at most 1, that leaves an effective size of `least`."""
    low, high = 0.0, 1.0
    if effective(normalised(log_ratio + log_likelihood)) >= least:
        return 1.0
    while high - low > TEMPER_TOLERANCE:
        middle = 0.5 * (low + high)
        enough = effective(normalised(log_ratio + middle * log_likelihood)) >= least
        low, high = (middle, high) if enough else (low, middle)
    return low


def resample(weights: Array, keep: int, rng: np.random.Generator) -> np.ndarray:
    """Places of `keep` equal draws, systematically (Kitagawa 1996)."""
    at = (rng.random() + np.arange(keep)) / keep
    return np.minimum(np.searchsorted(np.cumsum(weights), at), len(weights) - 1)


def quantiles(values: Array, weights: Array, at: Sequence[float]) -> Array:
    """Weighted quantiles of values (worlds,)."""
    order = np.argsort(values, kind="stable")
    middle = np.cumsum(weights[order]) - 0.5 * weights[order]
    return np.interp(at, middle, values[order])
