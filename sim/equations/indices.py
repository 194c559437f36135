"""What a market adds up to: concentration, price indices, value and welfare."""

from __future__ import annotations

import numpy as np

from sim.units import OOM, USD, Array, Elasticity, Log, Ratio, Share, Tokens, USD_per_Mtok

_NEAR_ONE = 1e-9  # an elasticity closer to one than this is taken to be this far from it


def hhi(shares: Share, axis: int | tuple[int, ...] = 0) -> Share:
    """Herfindahl-Hirschman index, 1/n for n equal sellers and 1 for a monopoly (Hirschman 1964)."""
    return np.square(shares).sum(axis=axis)


def cr4(shares: Share, axis: int = 0) -> Share:
    """Joint share of the four largest sellers."""
    fourth = max(np.shape(shares)[axis] - 4, 0)
    ordered = np.sort(shares, axis=axis)
    return np.take(ordered, range(fourth, np.shape(shares)[axis]), axis=axis).sum(axis=axis)


def fisher(
    p0: USD_per_Mtok,
    q0: Tokens,
    p1: USD_per_Mtok,
    q1: Tokens,
    axis: int | tuple[int, ...] = 0,
) -> Ratio:
    """Fisher's ideal price index from period 0 to 1: root of Laspeyres times Paasche (Fisher 1922).

    With prices and quantities swapped it is the quantity index; the two multiply to the ratio of
    values. Only goods sold in both periods count; 1 where there are none. Prices must be finite.
    """
    old = np.multiply(q0, np.greater(q1, 0.0))
    new = np.multiply(q1, np.greater(q0, 0.0))
    laspeyres = _ratio((p1 * old).sum(axis=axis), (p0 * old).sum(axis=axis))
    paasche = _ratio((p1 * new).sum(axis=axis), (p0 * new).sum(axis=axis))
    return np.sqrt(laspeyres * paasche)


def fisher_of_shares(
    before: Share, now: Share, relative: Ratio, axis: int | tuple[int, ...] = 0
) -> Ratio:
    """Fisher's ideal price index from what is spent on each good before and now.

    `relative` is each good's price now over before. The same as `fisher` where all goods are sold
    in both periods: Laspeyres weighs by old shares, Paasche harmonically by new ones.
    """
    laspeyres = (before * relative).sum(axis=axis)
    paasche = 1.0 / (now / relative).sum(axis=axis)
    return np.sqrt(laspeyres * paasche)


def _ratio(now: USD, then: USD) -> Ratio:
    """now/then, and 1 where either is nothing."""
    known = np.logical_and(np.greater(now, 0.0), np.greater(then, 0.0))
    return np.where(known, now, 1.0) / np.where(known, then, 1.0)


def chain(steps: Ratio, axis: int = 0) -> Ratio:
    """An index that starts at one from its steps, so one entry longer than the steps."""
    first = np.ones_like(np.take(steps, [0], axis=axis))
    return np.cumprod(np.concatenate([first, steps], axis=axis), axis=axis)


def token_gdp(price: USD_per_Mtok, tokens: Tokens, axis: int | tuple[int, ...] | None = 0) -> USD:
    """Value of the tokens sold, price times volume."""
    return np.multiply(price, tokens).sum(axis=axis) / 1e6


def price_index(value: Log, price_sensitivity: Elasticity) -> Ratio:
    """Price of one unit of utility, from the inclusive value of a logit in log price.

    appeal = quality - price_sensitivity ln price gives P = (sum a price^-s)^(-1/s) (Anderson,
    de Palma and Thisse 1992, chapter 3): as if one good of quality 0 were sold at P.
    """
    return np.exp(-np.divide(value, price_sensitivity))


def consumer_surplus(spending: USD, price: Ratio, reference: Ratio, elasticity: Elasticity) -> USD:
    """What buyers gain over paying the reference price, at which they would stop buying.

    The area under isoelastic demand between price (or price index) and that choke: spending
    ((reference/price)^(1 - elasticity) - 1)/(1 - elasticity), and spending ln(reference/price) at
    an elasticity of one. Zero at the reference or above.
    """
    saving = np.log(np.maximum(np.divide(reference, price), 1.0))
    slope = np.subtract(1.0, elasticity)
    slope = np.where(np.abs(slope) < _NEAR_ONE, _NEAR_ONE, slope)
    return spending * np.expm1(slope * saving) / slope


def price_of_capability(
    prices: USD_per_Mtok,
    capabilities: OOM,
    level: OOM | Array,
    axis: int | tuple[int, ...] = 0,
) -> USD_per_Mtok:
    """Cheapest price among products at least as able as `level`; inf where there is none."""
    able = np.greater_equal(capabilities, level)
    return np.where(able, prices, np.inf).min(axis=axis)
