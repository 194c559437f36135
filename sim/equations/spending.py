"""How much a lab spends, and on what: worth of capability, means, how fast it can change.

A lab that keeps up spending x on a use with elasticity e (OOM of capability for e times the money)
gains worth e / x for the next dollar, so it spends worth e on each use, and all of it less in
proportion where cash is short (Dorfman and Steiner 1954; Nerlove and Arrow 1962).
"""

from __future__ import annotations

import numpy as np

from sim.units import OOM, USD, Log, Ratio, Share, Years, per_Quarter, per_Year

QUIET = 0.05  # of the average: advertising that is lost in the noise


def worth_of_capability(
    profit: USD, growth: per_Year, foresight: Share, gestation: Years, discount: per_Year
) -> USD:
    """What one more OOM, kept up, is worth a quarter: the gross profit it adds when it bears.

    Today's, grown by as much of recent growth as is expected to last, discounted over the time from
    spending to sales (Nerlove and Arrow 1962).
    """
    return profit * np.exp((foresight * growth - discount) * gestation)


def prize_rent(prize: USD, hazard: per_Year, share: Share, closeness: OOM) -> USD:
    """What owners would pay a quarter to be an OOM nearer a prize: what that adds to winning it.

    It is won at a `hazard` (Loury 1979; Lee and Wilde 1980), and by whom is a contest whose success
    function is a logit of capability over `closeness` (Tullock 1980), so that an OOM adds
    share (1 - share) / closeness.
    """
    return prize * (hazard / 4.0) * share * (1.0 - share) / closeness


def threat(cash_flow: USD, stake: Ratio, heed: Share) -> USD:
    """What an OOM is worth a quarter to a parent: its other business that is at risk without it.

    The incumbent's stake in not being replaced (Gilbert and Newbery 1982).
    """
    return cash_flow / 4.0 * stake * heed


def next_dollar(worth: USD, elasticity: OOM, spent: USD) -> Ratio:
    """What the next dollar brings in a use: worth times elasticity over what is spent.

    Dorfman and Steiner 1954.
    """
    return worth * elasticity / np.maximum(spent, 1.0)


def shadow_price(wanted: USD, means: USD) -> Ratio:
    """What a dollar more would bring above itself: wants over means, less one, and not below zero.

    With shares that follow elasticities all uses are cut alike: the multiplier of the budget.
    Dorfman and Steiner 1954.
    """
    return np.maximum(wanted / np.maximum(means, 1.0) - 1.0, 0.0)


def lasting(cash: USD, runway: Years) -> USD:
    """What cash allows a quarter so that it lasts for a runway.

    A runway rule: a modelling choice of ours.
    """
    return np.maximum(cash, 0.0) / (4.0 * runway)


def next_budget(budget: USD, affordable: USD, growth: per_Quarter, cut: per_Quarter) -> USD:
    """The budget moves to what is affordable as fast as a firm can hire or cut (Penrose 1959)."""
    return np.clip(affordable, budget * (1.0 - cut), budget * (1.0 + growth))


def parent_match(rival: USD, gross_profit: USD, most: USD) -> USD:
    """What a parent wants to give its lab: the rival's spending that profit does not pay for.

    Bounded by what the parent can spare (M25).
    """
    return np.minimum(np.maximum(rival - np.maximum(gross_profit, 0.0), 0.0), most)


def capacity_wanted(need: USD, before: USD, most_growth: Ratio) -> Ratio:
    """Growth of demand to book capacity for: last quarter's, from one to the most that is dared.

    A modelling choice of ours.
    """
    return np.clip(need / np.maximum(before, 1.0), 1.0, most_growth)


def advertising(spent: USD, average: USD, weight: Log) -> Log:
    """Pull of product spending on users' choice: weight ln((s + QUIET) / (1 + QUIET)).

    With s what is spent over the average. Constant elasticity of demand in advertising (Dorfman and
    Steiner 1954), but for what is too little to be heard (thresholds: Vakratsas and Ambler 1999).
    """
    heard = spent / np.maximum(average, 1.0) + QUIET
    return weight * np.log(heard / (1.0 + QUIET))


def advertising_wanted(pull: USD, average: USD, weight: Log) -> USD:
    """Product spending whose next dollar brings just itself: weight pull - QUIET average, or none.

    The derivative of `advertising` times what a unit of pull brings, set to one (Dorfman and
    Steiner 1954): who can only spend what nobody hears spends nothing.
    """
    return np.maximum(weight * pull - QUIET * average, 0.0)
