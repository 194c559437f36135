"""How a number moves from quarter to quarter: towards a target, or pushed and fading."""

from __future__ import annotations

import numpy as np

from sim.units import Array, Log, Ratio, Share, USD_per_Mtok, Years, per_Year


def adjusted(before: Array, target: Array, speed: Share) -> Array:
    """Partial adjustment: `speed` is the share of the way gone (Nerlove 1958)."""
    return before + speed * (target - before)


def adjusted_in_logs(before: USD_per_Mtok, target: USD_per_Mtok, speed: Share) -> USD_per_Mtok:
    """The same in logs; both above zero."""
    return before * np.power(np.divide(target, before), speed)


def shock(before: Log, persistence: Ratio, deviation: Ratio, luck: Array) -> Log:
    """A first-order autoregression: what is left of old shocks, and a new one.

    `luck` is standard normal, `deviation` its size, `persistence` the part left a quarter on.
    """
    return persistence * before + deviation * luck


def seasoned(age: Years, seasoning: Years) -> Share:
    """Part of its full weight that something has at an age: 1 - exp(-age/seasoning)."""
    return 1.0 - np.exp(-age / seasoning)


def faded(years: Years, slowing: per_Year) -> Ratio:
    """What is left of a growth rate that fades by `slowing` a year: exp(-slowing years)."""
    return np.exp(-slowing * years)


def growth_that_fades(growth: per_Year, slowing: per_Year, years: Years) -> Ratio:
    """Level, over that of the start, after growth that began at `growth` a year and fades.

    exp(ln(1 + growth) (1 - exp(-slowing years)) / slowing), the integral of the fading rate
    (Gompertz 1825).
    """
    return np.exp(np.log1p(growth) * (1.0 - np.exp(-slowing * years)) / slowing)
