"""An emulator: what dials make of each row on average over luck, and how luck strays around it.

A polynomial of second degree in the dials (as standard normals), by least squares through all
worlds of a round; what it leaves is luck, and so counts as error and not as knowledge. Luck sways a
world's fit far more than most dials do: weighing single worlds would pick the lucky ones. (Wood
2010, synthetic likelihood; Craig et al. 1997 and Kennedy and O'Hagan 2001, emulators, refitted in
waves where the weight lies.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.units import Array

WORLDS_AT_A_TIME = 8192  # whose terms are written out together
WORLDS_A_TERM = 5  # with fewer, fewer terms
RIDGE = 1e-3  # of a world, added to each term's sum of squares


@dataclass(eq=False, repr=False)
class Moments:
    """Sums over worlds of terms and predictions: all that a fit needs, small to keep."""

    terms: Array  # (terms, terms)
    cross: Array  # (terms, rows)
    predicted: Array  # (rows, rows)
    count: int = 0

    def __repr__(self) -> str:
        terms, rows = self.cross.shape
        return f"Moments of {self.count:,} worlds: {terms} terms, {rows} rows"

    @classmethod
    def none(cls, terms: int, rows: int) -> Moments:
        return cls(np.zeros((terms, terms)), np.zeros((terms, rows)), np.zeros((rows, rows)))

    def add(self, terms: Array, predicted: Array) -> None:
        """Worlds more: terms (terms, worlds) and what they predict (rows, worlds)."""
        self.terms += terms @ terms.T
        self.cross += terms @ predicted.T
        self.predicted += predicted @ predicted.T
        self.count += predicted.shape[1]


@dataclass(frozen=True, eq=False, repr=False)
class Emulator:
    """Mean of predictions over luck, by dials, and the covariance of luck, (rows, rows)."""

    degree: int
    weights: Array  # (terms, rows)
    luck: Array

    def __repr__(self) -> str:
        terms, rows = self.weights.shape
        return f"Emulator of degree {self.degree}: {terms} terms, {rows} rows"

    @classmethod
    def fit(cls, degree: int, moments: Moments) -> Emulator:
        size = len(moments.terms)
        weights = np.linalg.solve(moments.terms + RIDGE * np.eye(size), moments.cross)
        residual = moments.predicted - weights.T @ moments.cross - moments.cross.T @ weights
        residual += weights.T @ moments.terms @ weights
        luck = residual / max(moments.count - size, 1)
        return cls(degree, weights, 0.5 * (luck + luck.T))

    def mean(self, normals: Array) -> Array:
        """(dials, worlds) -> (rows, worlds)."""
        predicted = np.empty((self.weights.shape[1], normals.shape[1]))
        for first in range(0, normals.shape[1], WORLDS_AT_A_TIME):  # all at once would be large
            at = slice(first, first + WORLDS_AT_A_TIME)
            predicted[:, at] = self.weights.T @ terms_of(normals[:, at], self.degree)
        return predicted


def degree_for(dials: int, worlds: int) -> int:
    """2 with products of dials, 1 with squares only, 0 for straight lines."""
    sizes = {degree: terms_in(dials, degree) for degree in (2, 1)}
    return next((degree for degree, size in sizes.items() if WORLDS_A_TERM * size <= worlds), 0)


def terms_in(dials: int, degree: int) -> int:
    """How many terms the polynomial has."""
    return 1 + dials + {0: 0, 1: dials, 2: dials * (dials + 1) // 2}[degree]


def terms_of(normals: Array, degree: int) -> Array:
    """The terms of the polynomial, (terms, worlds)."""
    dials, worlds = normals.shape
    parts = [np.ones((1, worlds)), normals]
    if degree == 1:
        parts.append(normals**2 - 1.0)
    elif degree == 2:
        first, second = np.triu_indices(dials)
        parts.append(normals[first] * normals[second])
    return np.concatenate(parts)
