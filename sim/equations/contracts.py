"""Contracts for compute: at what rate, for how many hours, and when leaving one pays.

A contract is take or pay: so many hours a quarter at a rate that is agreed when it is signed, from
some quarters later on, for years.
"""

from __future__ import annotations

import numpy as np

from sim.units import (
    USD,
    H100e_hours,
    Log,
    Quarters,
    Ratio,
    Share,
    USD_per_hour,
    Years,
    per_Quarter,
    per_Year,
)

_LEAST = 1e-9


def annuity(rate: per_Year, years: Years) -> Years:
    """What a dollar a year for so long is worth today: (1 - exp(-rate years)) / rate: textbook."""
    steady = np.maximum(rate, _LEAST)
    return -np.expm1(-steady * years) / steady


def level_part(fall: per_Year, years: Years, discount: per_Year) -> Ratio:
    """One rate for years that is worth as much as a rent that falls, over that rent at first.

    The ratio of both annuities: textbook (a lease in place of a user cost that falls with the price
    of new machines: Jorgenson 1963).
    """
    return annuity(fall + discount, years) / annuity(discount, years)


def lasting_part(years: Years, fade: Years) -> Share:
    """Part of a shortage at the start of a contract that is there on average over it.

    The mean of a gap that fades at a constant rate (Nerlove 1958).
    """
    return annuity(1.0 / fade, years) / years


def rent_when(cost: USD_per_hour, shortage: Ratio, lasting: Share) -> USD_per_hour:
    """Rent that is expected: what an hour costs, times what is left of a shortage.

    Free entry brings rent back to user cost (Jorgenson 1963). `shortage` is rent over user cost.
    """
    return cost * shortage**lasting


def rate_asked(rent: USD_per_hour, certainty: Share) -> USD_per_hour:
    """Rate of a contract: what its hours would bring otherwise, less what a certain tenant saves.

    No arbitrage between letting by the hour and for years: textbook. Where nothing is scarce, that
    is the user cost that a cloud must earn.
    """
    return (1.0 - certainty) * rent


def worth_holding(rate: USD_per_hour, rent: USD_per_hour, fee: Share) -> Share:
    """How likely it must be that the last hour held is not needed: (s - c) / (s - (1 - fee) c).

    The newsvendor's ratio (Arrow, Harris and Marschak 1951): an hour short costs the rent s instead
    of the rate c, an hour too many can be left for a fee.
    """
    saved = rent - rate
    return saved / np.maximum(saved + fee * rate, _LEAST)


def forecast_risk(surprise: Log, ahead: Quarters, doubt: Ratio, belief: Ratio) -> Log:
    """Spread of a lab's forecast of its own need: of demand, quarter by quarter, and of belief.

    The root of surprise^2 ahead + (doubt/belief)^2, for what is wanted goes with belief: the
    identity of a sum of independent variances; at most 2.
    """
    of_belief = doubt / np.maximum(belief, 0.05)
    return np.minimum(np.sqrt(np.square(surprise) * ahead + np.square(of_belief)), 2.0)


def budget_ahead(heading: Ratio, ahead: Quarters, growth: per_Quarter, cut: per_Quarter) -> Ratio:
    """What a budget can have come to some quarters on, over today's, on its way to `heading`.

    As fast as a firm can hire or cut (Penrose 1959).
    """
    return np.clip(heading, (1.0 - cut) ** ahead, (1.0 + growth) ** ahead)


def staying_costs(rate: USD_per_hour, fee: Share, owed: USD, worth: USD) -> USD_per_hour:
    """What an hour must bring a tenant for it to stay: the rate, less what leaving would save.

    To stay costs what is still `owed`, `worth` so much today; to leave costs the fee on all of it
    now. So rate (1 - fee owed/worth), and none where the fee is dearer: the option to abandon
    (Dixit and Pindyck 1994).
    """
    return rate * np.maximum(1.0 - fee * owed / np.maximum(worth, _LEAST), 0.0)


def worth_leaving(
    hours: H100e_hours, money: USD, staying: USD_per_hour, rent: USD_per_hour
) -> Share:
    """Part of the hours under contract that is worth leaving.

    Hours bring less the more there are, for money/hours is what one brings to who would spend so
    much on them (unit elasticity, as labs bid to train): those beyond money/staying are left, and
    all where an hour can be had for less. An optimal stopping rule (Dixit and Pindyck 1994).
    """
    kept = money / np.maximum(hours * staying, _LEAST)
    return np.where(rent < staying, 1.0, np.maximum(1.0 - kept, 0.0))
