"""What a market adds up to: concentration, price indices, value and welfare."""

from __future__ import annotations

import numpy as np

from sim.units import OOM, Flag, Log, Ratio, Share, USD_per_Mtok

MOST_SHORT = 12.0  # OOM: a product further off is as dear as one so far
NO_PRICE = 1e15  # USD a Mtok, where nothing is on offer


def hhi(shares: Share, axis: int | tuple[int, ...] = 0) -> Share:
    """Herfindahl-Hirschman index, 1/n for n equal sellers and 1 for a monopoly (Hirschman 1964)."""
    return np.square(shares).sum(axis=axis)


def cr4(shares: Share, axis: int = 0) -> Share:
    """Joint share of the four largest sellers.

    The textbook measure beside the HHI (Bain 1951).
    """
    fourth = max(np.shape(shares)[axis] - 4, 0)
    ordered = np.sort(shares, axis=axis)
    return np.take(ordered, range(fourth, np.shape(shares)[axis]), axis=axis).sum(axis=axis)


def fisher_of_shares(
    before: Share, now: Share, relative: Ratio, axis: int | tuple[int, ...] = 0
) -> Ratio:
    """Fisher's ideal price index from what is spent on each good before and now.

    `relative` is each good's price now over before. Root of Laspeyres, which weighs by old shares,
    times Paasche, which weighs harmonically by new ones (Fisher 1922).
    """
    laspeyres = (before * relative).sum(axis=axis, dtype=float)
    paasche = 1.0 / (now / relative).sum(axis=axis, dtype=float)
    return np.sqrt(laspeyres * paasche)


def price_of_capability(
    log_price: Log, capability: OOM, level: OOM, on_offer: Flag, axis: int | tuple[int, ...] = 0
) -> USD_per_Mtok:
    """Cheapest price of a capability; an OOM short counts as ten times dearer.

    Without that, the price would be none until the first product gets there. NO_PRICE where nothing
    is on offer. Epoch AI's price of a constant capability, softened: a modelling choice of ours.
    """
    short = np.clip(level - capability, 0.0, MOST_SHORT) * np.log(10.0)
    price = np.where(on_offer, short + log_price, np.inf)
    return np.exp(price.min(axis=axis, initial=np.log(NO_PRICE)))
