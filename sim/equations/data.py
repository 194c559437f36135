"""Data: what text costs, what machines' text is worth, and how much of which text a lab buys."""

from __future__ import annotations

import numpy as np

from sim.units import (
    OOM,
    USD,
    Array,
    Elasticity,
    Flag,
    Share,
    Tokens,
    USD_per_Mtok,
    per_Quarter,
    per_Year,
)

_LEAST = 1e-30  # keeps 0/0 away
_MTOK = 1e-6  # of a token


def text_price(
    price: USD_per_Mtok, used: Tokens, stock: Tokens, steepness: Elasticity
) -> USD_per_Mtok:
    """Text gets dearer as its stock is used up: price (1 + used/stock)^steepness.

    Twice the price for each unit of steepness once all is used (M08: a modelling choice of ours).
    """
    return price * (1.0 + used / np.maximum(stock, 1.0)) ** steepness


def uncontaminated(machines: Share, replaces: Flag | Array) -> Share:
    """What of a stock of text is left where a share of it was written, unmarked, by machines.

    After n = 1/(1 - share) equal generations the error of a regression is n times as large where
    new text replaces old (Shumailov et al. 2024; Dohmatob et al. 2024) and at most pi^2/6 times
    where it accumulates (Gerstgrasser et al. 2024; Dey and Donoho 2024): what nobody verified adds
    nothing. Text needed goes with error.
    """
    replaced = np.subtract(1.0, machines)
    accumulated = 1.0 / (1.0 + (np.pi**2 / 6.0 - 1.0) * np.asarray(machines))
    return np.where(replaces, replaced, accumulated)


def verified_limit(human: Tokens, vouched: Share, success: Share) -> Tokens:
    """Synthetic text that can be vouched for, by human text there is and checks that succeed.

    A teacher cannot teach what it fails at (M05; Gerstgrasser et al. 2024 for the bound by human
    text): a modelling choice of ours.
    """
    return human * vouched * success


def shares_by_price(price: USD_per_Mtok, room: Flag, sharpness: Elasticity) -> Share:
    """Parts of data money by source, first axis: a logit on log price (McFadden 1974).

    Nothing for a source without `room`, nor for any where none has.
    """
    odds = room * price**-sharpness
    return odds / np.maximum(odds.sum(axis=0), _LEAST)


def text_bought(
    budget: USD,
    price: USD_per_Mtok,
    left: Tokens,
    sharpness: Elasticity,
) -> Tokens:
    """Useful tokens that a budget buys by source, first axis, where each has so many `left`.

    Money goes by `shares_by_price`; what a source that is sold out cannot take goes to the others
    (as in rationing of a logit: de Palma et al. 2007), until it is spent or nothing is left.
    """
    tokens = np.zeros(np.shape(price))
    for _ in price:  # each round exhausts a source, or is the last
        room = tokens < left
        money = budget - (tokens * price).sum(axis=0) * _MTOK
        wanted = shares_by_price(price, room, sharpness) * money / (price * _MTOK)
        tokens = np.minimum(tokens + np.maximum(wanted, 0.0), left)
    return tokens


def text_worth_buying(
    worth: USD,
    elasticity: OOM,
    price: USD_per_Mtok,
    unique: Tokens,
    left: USD,
    discount: per_Year,
    decay: per_Year,
    speed: per_Quarter,
) -> USD:
    """Money for text in a quarter, on the way to a stock whose last token is worth its price.

    `worth` of an OOM a quarter times the elasticity in text, over the user cost of a stock that
    dates (Jorgenson 1963), less what the stock would cost today; nothing if there is too much, and
    no more than what is `left` on offer costs.
    """
    rent = (discount + decay) / 4.0
    gap = np.maximum(worth * elasticity / rent - price * unique * 1e-6, 0.0)
    return speed * np.minimum(gap, left)
