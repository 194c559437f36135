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

PART = 8192  # worlds whose terms are written out at a time
ENOUGH = 5  # worlds a term: with fewer, fewer terms
RIDGE = 1e-3  # of a world, added to each term's sum of squares


@dataclass
class Moments:
    """Sums over worlds of terms and of what was said: all that a fit needs, small to keep."""

    terms: Array  # (terms, terms)
    both: Array  # (terms, rows)
    said: Array  # (rows, rows)
    count: int = 0

    @classmethod
    def none(cls, terms: int, rows: int) -> Moments:
        return cls(np.zeros((terms, terms)), np.zeros((terms, rows)), np.zeros((rows, rows)))

    def add(self, terms: Array, said: Array) -> None:
        """Worlds more: terms (terms, worlds) and what they say (rows, worlds)."""
        self.terms += terms @ terms.T
        self.both += terms @ said.T
        self.said += said @ said.T
        self.count += said.shape[1]


@dataclass(frozen=True)
class Emulator:
    """Mean of what is said, by dials, and covariance of luck, (rows, rows)."""

    degree: int
    weights: Array  # (terms, rows)
    luck: Array

    @classmethod
    def fit(cls, degree: int, moments: Moments) -> Emulator:
        size = len(moments.terms)
        weights = np.linalg.solve(moments.terms + RIDGE * np.eye(size), moments.both)
        left = moments.said - weights.T @ moments.both - moments.both.T @ weights
        left += weights.T @ moments.terms @ weights
        luck = left / max(moments.count - size, 1)
        return cls(degree, weights, 0.5 * (luck + luck.T))

    def mean(self, normals: Array) -> Array:
        """(dials, worlds) -> (rows, worlds)."""
        told = np.empty((self.weights.shape[1], normals.shape[1]))
        for first in range(0, normals.shape[1], PART):  # the terms of all at once would be large
            at = slice(first, first + PART)
            told[:, at] = self.weights.T @ terms_of(normals[:, at], self.degree)
        return told


def degree_for(dials: int, worlds: int) -> int:
    """2 with products of dials, 1 with squares only, 0 for straight lines."""
    sizes = {2: 1 + dials + dials * (dials + 1) // 2, 1: 1 + 2 * dials}
    return next((degree for degree, size in sizes.items() if ENOUGH * size <= worlds), 0)


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
