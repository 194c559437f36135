"""Data: what licences cost, what synthetic text is worth, and which of them a lab buys."""

from __future__ import annotations

import numpy as np

from sim.units import Array, Elasticity, Flag, Share, Tokens, USD_per_Mtok


def licence_price(
    price: USD_per_Mtok, sold: Tokens, stock: Tokens, steepness: Elasticity
) -> USD_per_Mtok:
    """Licences get dearer as the stock is used up: price (1 + sold/stock)^steepness.

    Twice the price for each unit of steepness once all is sold (M08: a modelling choice of ours).
    """
    return price * (1.0 + sold / stock) ** steepness


def synthetic_weight(quality: Share, share: Share, replaces: Flag | Array) -> Share:
    """Human tokens that one synthetic token is worth, in a mix with that synthetic `share`.

    After n = 1/(1 - share) equal generations the error of a regression is n times as large where
    new data replaces old (Shumailov et al. 2024; Dohmatob et al. 2024) and at most pi^2/6 times
    where it accumulates (Gerstgrasser et al. 2024; Dey and Donoho 2024). Data needed goes with
    error.
    """
    replaced = np.subtract(1.0, share)
    accumulated = 1.0 / (1.0 + (np.pi**2 / 6.0 - 1.0) * np.asarray(share))
    return quality * np.where(replaces, replaced, accumulated)


def synthetic_share(
    licence: USD_per_Mtok, synthesis: USD_per_Mtok, worth: Share, sharpness: Elasticity
) -> Share:
    """Part of data money that goes into synthesis: a logit on log cost of a useful token.

    A synthetic token costs `synthesis` and is `worth` so many human ones (above zero), a licensed
    one costs `licence`. At equal cost of use the money is halved (McFadden 1974).
    """
    odds = (licence * worth / synthesis) ** sharpness
    return odds / (1.0 + odds)
