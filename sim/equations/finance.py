"""Finance: valuation, rounds, runway and tax. Money in USD, rates a year."""

from __future__ import annotations

import numpy as np

from sim.units import USD, Array, Share


def h_model(
    cash_flow: USD, growth: Array, long_growth: Array, half_life: Array, discount: Array
) -> USD:
    """Worth of a cash flow whose fast growth fades (Fuller and Hsia 1984, the H-model).

    V = CF [(1 + gL) + H (gS - gL)] / (r - gL), with H the half-life of the fast growth in years.
    """
    fast = np.maximum(growth - long_growth, -0.25)
    return cash_flow * ((1.0 + long_growth) + half_life * fast) / (discount - long_growth)


def prize_value(prize: USD, frontier: Array, oom: Array, width: Array, belief: Array) -> USD:
    """Worth today of the hope of general AI: its worth times how likely belief makes it.

    The chance is a logistic in the frontier's capability; it counts as far as an OOM is
    believed to buy anything. A modelling choice of ours, bounded by `prize`.
    """
    chance = 1.0 / (1.0 + np.exp(-np.clip((frontier - oom) / width, -60.0, 60.0)))
    return prize * chance * np.clip(belief, 0.0, 1.5)


def prize_share(capability: Array, alive: Array, closeness: Array) -> Share:
    """Each lab's part of that hope, falling by e for each `closeness` OOM behind."""
    nearness = np.where(
        alive, np.exp(np.clip((capability - capability.max(axis=0)) / closeness, -60.0, 0.0)), 0.0
    )
    return nearness / np.maximum(nearness.sum(axis=0), 1e-12)


def round_size(
    cash: USD, spending: USD, burn: USD, runway: Array, trigger: Array, worth: USD, dilution: Share
) -> USD:
    """Money a lab asks for: none above the trigger, else up to its runway, within `dilution`.

    `spending` and `burn` in USD a quarter, `runway` and `trigger` in years, `dilution` of the worth
    after the money. Rounds are lumpy because the trigger lies below the runway wanted.
    """
    short = (burn > 0.0) & (cash < 4.0 * trigger * burn)
    wanted = np.maximum(4.0 * runway * spending - cash, 0.0)
    return np.where(short, np.minimum(wanted, worth * dilution / (1.0 - dilution)), 0.0)


def profit_tax(profit: USD, losses: USD, rate: Share) -> tuple[USD, USD]:
    """Tax due and losses carried forward: a profit first uses up old losses."""
    balance = profit - losses
    return rate * np.maximum(balance, 0.0), np.maximum(-balance, 0.0)


def growth_rate(now: USD, before: USD, most: Array) -> Array:
    """Yearly growth between run-rates a year apart, within what anybody dares to extrapolate."""
    return np.clip(now / np.maximum(before, 1e3) - 1.0, -0.9, most)
