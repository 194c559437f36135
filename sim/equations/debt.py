"""Debt: what lenders ask, how much they lend, what they get back. Money in USD, rates a year."""

from __future__ import annotations

import numpy as np

from sim.units import USD, Array, Flag, Ratio, Share, Years, per_Year

HOPELESS = 0.98  # price of a dollar at default: nearer to one no rate makes good the risk
MOST_SPREAD = 0.5  # a year: who must pay more is not lent to


def spread(debt: USD, worth: USD, rate: per_Year, volatility: Array, loss: Share) -> per_Year:
    """What lenders ask above the rate without risk (Leland 1994, protected debt).

    A firm whose worth wanders with `volatility` defaults when it is worth no more than it owes. A
    dollar paid then is worth p = (debt/worth)^(2 rate/volatility^2) today, and a loan is worth its
    face where the coupon is rate (1 - (1 - loss) p) / (1 - p), so the spread is
    rate p loss / (1 - p). 0 without debt, MOST_SPREAD where the worth is gone.
    """
    owed = np.divide(debt, np.maximum(worth, 1.0))
    price = np.minimum(np.minimum(owed, 1.0) ** (2.0 * rate / np.square(volatility)), HOPELESS)
    asked = np.minimum(rate * price * loss / (1.0 - price), MOST_SPREAD)
    return np.where(debt > 0.0, np.where(owed < 1.0, asked, MOST_SPREAD), 0.0)


def capacity(worth: USD, sales: USD, of_worth: Share, of_sales: Years) -> USD:
    """Most that a firm can owe: a part of its worth, and of its `sales` (USD a year).

    Collateral bounds debt (Kiyotaki and Moore 1997).
    """
    return np.minimum(of_worth * np.maximum(worth, 0.0), of_sales * sales)


def breached(debt: USD, worth: USD, covenant: Ratio) -> Flag:
    """Whether debts are so large for the worth that loans are called (Leland 1994)."""
    return (debt > 0.0) & (debt > covenant * worth)


def repayment(debt: USD, called: Flag, years: Years, called_years: Years) -> USD:
    """Due in a quarter: an even part of what is owed, faster if the loan was called.

    So much of what is left that it falls to 1/e in that time: a modelling choice of ours.
    """
    return debt * (1.0 - np.exp(-0.25 / np.where(called, called_years, years)))


def recovered(estate: USD, debt: USD) -> USD:
    """What creditors get of what a failed firm leaves: all of it, up to what it owes.

    Absolute priority: textbook.
    """
    return np.minimum(np.maximum(estate, 0.0), debt)
