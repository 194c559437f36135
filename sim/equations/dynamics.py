"""How a number moves from quarter to quarter: towards a target, or pushed and fading."""

from __future__ import annotations

import numpy as np

from sim.units import (
    YEARS_A_QUARTER,
    Array,
    Log,
    OOM_per_Year,
    Quarters,
    Ratio,
    Share,
    Years,
    per_Year,
)


def adjusted(before: Array, target: Array, speed: Share) -> Array:
    """Partial adjustment: `speed` is the share of the way gone (Nerlove 1958)."""
    return before + speed * (target - before)


def adjusted_in_logs(before: Array, target: Array, speed: Share) -> Array:
    """The same in logs (Nerlove 1958); both above zero."""
    return before * np.power(np.divide(target, before), speed)


def shock(before: Log, persistence: Ratio, deviation: Ratio, luck: Array) -> Log:
    """A first-order autoregression: what is left of old shocks, and a new one.

    `luck` is standard normal, `deviation` its size, `persistence` the part left a quarter on
    (Yule 1927).
    """
    return persistence * before + deviation * luck


def seasoned(age: Years, seasoning: Years) -> Share:
    """Part of its full weight that something has at an age: 1 - exp(-age/seasoning).

    A modelling choice of ours.
    """
    return 1.0 - np.exp(-age / seasoning)


def faded(years: Years, slowing: per_Year) -> Ratio:
    """What is left of a growth rate that fades by `slowing` a year: exp(-slowing years).

    The rate of growth of Gompertz 1825.
    """
    return np.exp(-slowing * years)


def growth_that_fades(growth: per_Year, slowing: per_Year, years: Years) -> Ratio:
    """Level, over that of the start, after growth that began at `growth` a year and fades.

    exp(ln(1 + growth) (1 - exp(-slowing years)) / slowing), the integral of the fading rate
    (Gompertz 1825).
    """
    return np.exp(np.log1p(growth) * (1.0 - np.exp(-slowing * years)) / slowing)


def left_after(quarters: Quarters, life: Years) -> Share:
    """Part that is left of what wears, leaks or runs out at a mean life in years.

    exp(-time/life): radioactive decay's law, a constant hazard (Jorgenson 1963 for capital).
    """
    return np.exp(-YEARS_A_QUARTER * quarters / life)


def compounded(growth: per_Year, years: Years) -> Ratio:
    """What one has become after years of growth, or was before them: (1 + growth)^years.

    Compound interest: the textbook's formula.
    """
    return (1.0 + growth) ** years


def trend(slope: OOM_per_Year, years: Years) -> Ratio:
    """The same for a trend in orders of magnitude: 10^(slope years).

    As Epoch AI states trends of price, efficiency and cost.
    """
    return 10.0 ** (slope * years)
