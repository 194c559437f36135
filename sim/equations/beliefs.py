"""Beliefs: what is learned from a release about what an OOM of compute buys."""

from __future__ import annotations

import numpy as np

from sim.units import Array


def kalman(
    mean: Array, variance: Array, signal: Array, noise: Array, seen: Array
) -> tuple[Array, Array]:
    """Update a normal belief on a noisy signal where one is `seen` (Kalman 1960).

    `noise` is the signal's variance. Where nothing is seen the belief stays.
    """
    gain = np.where(seen, variance / (variance + noise), 0.0)
    return mean + gain * (signal - mean), variance * (1.0 - gain)


def drifting(variance: Array, drift: Array, years: float) -> Array:
    """Variance after `years` in which the truth may have moved: a walk of `drift` a root year."""
    return variance + drift * drift * years
