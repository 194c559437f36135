"""Beliefs: what is learned from a release about what an OOM of compute buys."""

from __future__ import annotations

import numpy as np

from sim.units import OOM, YEARS_A_QUARTER, Array, Flag, Ratio, Years

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


def startled(variance: Array, mean: Ratio, signal: Ratio, noise: Array, seen: Flag) -> Array:
    """Variance after a look at what was `seen`: more where it surprises by more than chance.

    Times the surprise squared over what was expected of it, where that is above one: the truth may
    have broken, not moved (adaptive filtering: Mehra 1970).
    """
    surprise = np.square(signal - mean) / (variance + noise)
    return np.where(seen, variance * np.maximum(surprise, 1.0), variance)


def pooled_signal(
    signal: Ratio, gained: OOM, shown: Array, noise: OOM, least: OOM
) -> tuple[Ratio, Array, Array]:
    """Releases of a quarter as others see them: signal, its variance, and how much was seen.

    Over the first axis, labs; each reads those of the others, the last row those of all. `shown` is
    how much each counts, 0 to 1. Slopes over g OOM have the variance (noise/g)^2, so the best
    weights are g^2 and the variance is noise^2 over their sum (Gauss 1823).
    """
    weight = shown * np.square(gained)
    weighed = weight * signal
    weight = np.concatenate([weight.sum(axis=0) - weight, weight.sum(axis=0, keepdims=True)])
    weighed = np.concatenate([weighed.sum(axis=0) - weighed, weighed.sum(axis=0, keepdims=True)])
    enough = np.maximum(weight, least * least)
    return weighed / enough, np.square(noise) / enough, weight


def mood(before: Ratio, life: Years, spread: Ratio, luck: Array, result: Ratio) -> Ratio:
    """What media and results add to investors' belief, a quarter on; it fades over its `life`.

    A walk that returns, with a standard deviation of `spread` in the long run (Shiller 2017 on
    narratives), moved by a `result` better or worse than expected (Barberis et al. 1998).
    """
    left = np.exp(-YEARS_A_QUARTER / life)
    return before * left + spread * np.sqrt(1.0 - left * left) * luck + result
