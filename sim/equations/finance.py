"""Finance: rounds, runway, the prize, the pool of capital and tax. Money in USD, rates a year."""

from __future__ import annotations

import numpy as np

from sim.equations.dynamics import compounded
from sim.units import (
    OOM,
    USD,
    Elasticity,
    Flag,
    OOM_per_Year,
    Ratio,
    Share,
    Years,
    per_Quarter,
    per_Year,
)

LEAST_GROWTH = -0.9  # a year, between run-rates
LEAST_RUN_RATE = 1e3  # USD a quarter: growth from nothing is no rate
FAR = 60.0  # in a logistic or an exponential: beyond it is 0 or 1
FULL_FAITH = 1.5  # belief above which nobody hopes for more
FULL_POOL = 1.3  # belief above which no more money comes


def expected_growth(
    past: per_Year, long_growth: per_Year, extrapolative: Share, fundamental: Share, belief: Ratio
) -> per_Year:
    """Growth that the market expects: extrapolative investors' past one, and fundamental ones'.

    The latter expect a `fundamental` part of it to last, as far as belief carries it (Greenwood and
    Shleifer 2014; Barberis et al. 2015).
    """
    faith = np.clip(belief, 0.0, FULL_FAITH)
    lasting = extrapolative + (1.0 - extrapolative) * faith * fundamental
    return np.maximum(long_growth + (past - long_growth) * lasting, LEAST_GROWTH)


def prize_hazard(frontier: OOM, pace: OOM_per_Year, oom: OOM, width: OOM) -> per_Year:
    """Chance in a year that general AI arrives, as the frontier moves at its pace.

    The time derivative of the logistic opinion of where it lies: pace times
    chance (1 - chance) / width (the hazard of a race: Loury 1979).
    """
    chance = 1.0 / (1.0 + np.exp((oom - frontier) / width))
    return chance * (1.0 - chance) / width * np.maximum(pace, 0.0)


def prize_share(capability: OOM, alive: Flag, closeness: OOM) -> Share:
    """Each lab's part of that hope, falling by e for each `closeness` OOM behind.

    A logit in capability: a modelling choice of ours.
    """
    nearness = np.where(
        alive, np.exp(np.clip((capability - capability.max(axis=0)) / closeness, -FAR, 0.0)), 0.0
    )
    return nearness / np.maximum(nearness.sum(axis=0), 1e-12)


def shortfall(cash: USD, spending: USD, burn: USD, runway: Years, trigger: Years) -> USD:
    """Money a lab looks for: none above the trigger, else up to its runway.

    `spending` and `burn` in USD a quarter, `runway` and `trigger` in years. Money comes in lumps
    because the trigger lies below the runway wanted (Ss rules: Scarf 1960).
    """
    short = (burn > 0.0) & (cash < 4.0 * trigger * burn)
    return np.where(short, np.maximum(4.0 * runway * spending - cash, 0.0), 0.0)


def round_size(short: USD, worth: USD, dilution: Share) -> USD:
    """A round: what a lab is short of, within `dilution` of its worth after the money.

    The arithmetic of shares, an identity.
    """
    return np.minimum(short, worth * dilution / (1.0 - dilution))


def profit_tax(profit: USD, losses: USD, rate: Share) -> tuple[USD, USD]:
    """Tax due and losses carried forward: a profit first uses up old losses (26 USC 172)."""
    balance = profit - losses
    return rate * np.maximum(balance, 0.0), np.maximum(-balance, 0.0)


def growth_rate(now: USD, before: USD, most: per_Year) -> per_Year:
    """Yearly growth between run-rates a year apart, from LEAST_GROWTH to what anybody dares to
    extrapolate (Barberis et al. 2015)."""
    return np.clip(now / np.maximum(before, LEAST_RUN_RATE) - 1.0, LEAST_GROWTH, most)


def log_growth(now: USD, before: USD) -> per_Year:
    """Log growth between run-rates a year apart: textbook."""
    return np.log(np.maximum(now, LEAST_RUN_RATE) / np.maximum(before, LEAST_RUN_RATE))


def pool_ceiling(
    ceiling: USD, growth: per_Year, years: Years, belief: Ratio, swing: Elasticity
) -> USD:
    """Money willing to fund labs in a quarter: grows with the world, swings with belief (M27).

    `ceiling` in USD a year at a belief of one; `years` since it was stated.
    """
    faith = np.clip(belief, 0.0, FULL_POOL)
    return ceiling / 4.0 * compounded(growth, years) * faith**swing


def next_pool(pool: USD, ceiling: USD, growth: per_Year, exit: per_Quarter) -> USD:
    """The pool fills towards its ceiling at a growth rate, and empties faster (M27)."""
    up = np.minimum(pool * (1.0 + growth) ** 0.25, ceiling)
    down = pool + exit * (ceiling - pool)
    return np.where(ceiling > pool, up, down)


def worth_of_entry(best: USD, lag: OOM, closeness: OOM) -> USD:
    """What an entrant hopes to be worth: the best lab's worth, less what its lag takes (M55)."""
    return best * np.exp(-lag / closeness)


def parent_spare(cash_flow: USD, most: Share, growth: per_Year, years: Years) -> USD:
    """What a parent can spare for its lab in a quarter: a share of its free cash flow.

    `cash_flow` in USD a year, growing for `years` since it was stated (M25).
    """
    return most * cash_flow / 4.0 * compounded(growth, years)


def public_round(asked: USD, worth: USD, most: Share) -> USD:
    """Shares that a listed lab can sell in a quarter: what it asks for, up to a part of its worth.

    Seasoned offerings are bounded by what the market takes in at a go (Eckbo et al. 2007).
    """
    return np.minimum(asked, most * worth)


def reserve(spending: USD, burn: USD, least: Years, runway: Years) -> USD:
    """Cash that a lab keeps for which nothing more pays: for `least` of spending and its losses.

    `spending` and `burn` in USD a quarter. What is beyond is free cash flow (Jensen 1986).
    """
    return 4.0 * (least * spending + runway * np.maximum(burn, 0.0))


def payout(cash: USD, reserve: USD, speed: per_Quarter) -> USD:
    """Money paid to owners in a quarter: part of the cash beyond a reserve.

    Free cash flow is handed out (Jensen 1986), smoothed (Lintner 1956).
    """
    return speed * np.maximum(cash - reserve, 0.0)


def beyond_patience(cash: USD, spending: USD, grace: Years) -> Flag:
    """Whether debts are beyond what creditors bear: so many years of spending (M38)."""
    return np.maximum(-cash, 0.0) > 4.0 * grace * spending


def pool_after_losses(pool: USD, lost: USD, missing: Share) -> USD:
    """The pool (USD a quarter) after owners lost money with failed labs.

    A part of each dollar lost is missing from the money of the year after, for who invests does it
    out of net worth (Kiyotaki and Moore 1997); of a small pool less, so that it stays above zero.
    """
    return pool * np.exp(-0.25 * missing * lost / np.maximum(pool, 1.0))


def diluted(money: USD, worth: USD) -> Share:
    """Part of the shares that `money` buys of a firm of this worth before it: an identity."""
    return money / np.maximum(worth + money, 1e-9)


def worth_together(kept: Share, carried: USD, alone: USD, premium: Ratio) -> USD:
    """What two firms gain by becoming one, beyond what owners ask to part with theirs.

    The buyer serves the part of the customers that stays, out of runs that it does anyhow
    (`carried`); owners ask a premium over what their firm is worth alone. Synergy of one budget of
    research for two: a modelling choice of ours, with takeover premia as Eckbo 2009 finds them.
    """
    return kept * carried - (1.0 + premium) * np.maximum(alone, 0.0)


def circular_part(sold: USD, financed: USD) -> USD:
    """Money that went in a circle: what a seller put into a buyer and the buyer spent with it.

    The smaller of the two flows within a year: an identity.
    """
    return np.minimum(sold, financed)
