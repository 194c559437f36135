"""Beliefs: what is learned from a release about what an OOM of compute buys."""

from __future__ import annotations

import numpy as np

from sim.units import OOM, Array, Flag, Ratio

LEAST, MOST = -0.5, 2.0  # OOM an OOM: what anybody can believe of the return to compute


def kalman(
    mean: Ratio, variance: Array, signal: Ratio, noise: Array, seen: Flag
) -> tuple[Ratio, Array]:
    """Update a normal belief on a noisy signal where one is `seen` (Kalman 1960).

    `noise` is the signal's variance. Where nothing is seen the belief stays.
    """
    gain = np.where(seen, variance / (variance + noise), 0.0)
    return mean + gain * (signal - mean), variance * (1.0 - gain)


def drifting(variance: Array, drift: Ratio, years: float) -> Array:
    """Variance after `years` in which the truth may have moved: a walk of `drift` a root year.

    The prediction step of Kalman 1960.
    """
    return variance + drift * drift * years


def sensible(mean: Ratio) -> Ratio:
    """The belief, kept within what anybody can believe: a modelling choice of ours."""
    return np.clip(mean, LEAST, MOST)


def noise_of_release(noise: OOM, gained: OOM, least: OOM) -> Array:
    """Variance of the slope that a release shows: noise in OOM over the OOM of compute it added.

    The variance of a ratio whose denominator is known.
    The delta method, with the denominator known: textbook.
    """
    return np.square(noise / np.maximum(gained, least))


def slope(capability_gain: OOM, compute_gain: OOM, least: OOM) -> Ratio:
    """What a release shows an OOM of compute to buy; 0 where it added no more than `least`.

    The slope of capability on compute between two releases (M22).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        shown = capability_gain / compute_gain
    return np.where(compute_gain > least, shown, 0.0)


def pooled_signal(signal: Ratio, gained: OOM, shown: Flag, least: OOM) -> tuple[Ratio, OOM]:
    """Releases of a quarter as one signal, weighed by the compute each added; and that sum.

    Over the first axis, labs. With `noise_of_release` of the sum they count as one release as large
    as all together, whose errors are independent only between quarters: a modelling choice of ours.
    """
    total = np.where(shown, gained, 0.0).sum(axis=0)
    weighed = np.where(shown, signal * gained, 0.0).sum(axis=0)
    return weighed / np.maximum(total, least), total
