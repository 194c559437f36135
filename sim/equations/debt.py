"""Debt: what lenders ask, how much they lend, what they get back. Money in USD, rates a year."""

from __future__ import annotations

import numpy as np

from sim.units import (
    USD,
    Array,
    Flag,
    H100e,
    Ratio,
    Share,
    USD_per_H100e,
    USD_per_hour,
    Years,
    per_Quarter,
    per_Year,
)

HOPELESS = 0.98  # price of a dollar at default: nearer to one no rate makes good the risk
MOST_SPREAD = 0.5  # a year: who must pay more is not lent to


def default_price(owed: Ratio, rate: per_Year, volatility: Array) -> Ratio:
    """What a dollar that is paid when a firm defaults is worth today, by what it owes over worth.

    owed^(2 rate / volatility^2) for a worth that wanders (Leland 1994); at most HOPELESS.
    """
    return np.minimum(np.minimum(owed, 1.0) ** (2.0 * rate / np.square(volatility)), HOPELESS)


def spread(debt: USD, worth: USD, rate: per_Year, volatility: Array, loss: Share) -> per_Year:
    """What lenders ask above the rate without risk (Leland 1994, protected debt).

    A firm whose worth wanders with `volatility` defaults when it is worth no more than it owes. A
    dollar paid then is worth p = (debt/worth)^(2 rate/volatility^2) today, and a loan is worth its
    face where the coupon is rate (1 - (1 - loss) p) / (1 - p), so the spread is
    rate p loss / (1 - p). 0 without debt, MOST_SPREAD where the worth is gone.
    """
    owed = np.divide(debt, np.maximum(worth, 1.0))
    price = default_price(owed, rate, volatility)
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


def financing_cost(lent: Share, rate: per_Year, owners: per_Year) -> per_Year:
    """Return that an investment must bring where a part is lent: the mean of what both ask.

    lent rate + (1 - lent) owners: the weighted average cost of capital (Modigliani and Miller
    1958).
    """
    return lent * rate + (1.0 - lent) * owners


def collateral(chips: H100e, earned: USD_per_hour, an_hour: Ratio, price: USD_per_H100e) -> USD:
    """What chips are worth to a lender: what they will earn, at most what new ones cost.

    `earned` an hour beyond running, of which a dollar of chips must earn `an_hour`. Who takes them
    over could buy new ones (Benmelech and Bergman 2009 on what collateral is worth).
    """
    return chips * np.minimum(np.maximum(earned, 0.0) / an_hour, price)


def lent_of_next(advance: Share, backing: USD, committed: USD, debt: USD) -> Share:
    """Part that will be lent of what a firm has ordered, if all it has then backs all it owes.

    (advance (backing + committed) - debt) / committed, from none to `advance`: who owes more than
    that on what it has must pay for more of the next itself (Kiyotaki and Moore 1997).
    """
    room = advance * (backing + committed) - debt
    return np.clip(room / np.maximum(committed, 1.0), 0.0, advance)


def afforded(means: USD, lent: Share, committed: USD) -> USD:
    """What a firm can buy with its own means where a part of each purchase is lent.

    means / (1 - lent) - committed; below zero what it cannot pay of what it has ordered. Own money
    is levered, and so are losses of it (Kiyotaki and Moore 1997; Bernanke, Gertler and Gilchrist
    1999).
    """
    return np.maximum(means, 0.0) / (1.0 - lent) - committed


def vendor_credit(bill: USD, part: Share, margin: Share, price: Ratio, loss: Share) -> USD:
    """What a seller lends of its bill: a part, where the margin on all of it pays for the risk.

    It sells where bill x margin is more than what it expects to lose, part x bill x price x loss;
    it has a margin to lose that no bank has (Brennan, Maksimovic and Zechner 1988). `price` is
    that of a dollar at default.
    """
    return np.where(margin > part * price * loss, part * bill, 0.0)


def lending_room(hole: USD, out: USD, most: USD, ratio: Share) -> Share:
    """Part that lenders lend of what they would, if losses left a hole in their capital.

    1 - hole / (ratio (out + most)): capital stands behind what is out and a year's new loans, and
    bounds them (Basel's rule; Holmstrom and Tirole 1997).
    """
    return np.maximum(1.0 - hole / (ratio * (out + most)), 0.0)


def hole_left(hole: USD, lost: USD, speed: per_Quarter) -> USD:
    """What is lacking of lenders' capital: losses, until profits and owners make them good.

    So losses stop loans for a while (Bernanke and Lown 1991; Gertler and Kiyotaki 2010).
    """
    return (hole + lost) * (1.0 - speed)
