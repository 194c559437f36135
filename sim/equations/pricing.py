"""What a seller charges: the textbook markups of logit demand, and the rent that clears."""

from __future__ import annotations

import numpy as np

from sim.units import (
    USD,
    Elasticity,
    H100e,
    H100e_hours,
    Ratio,
    Share,
    USD_per_H100e,
    USD_per_hour,
    USD_per_kWh,
)

_LEAST = 1e-9  # the smallest difference a markup divides by


def own_elasticity(
    share: Share, substitution: Elasticity, demand_elasticity: Elasticity
) -> Elasticity:
    """How a seller's volume falls with its own price, as a positive number.

    Shares of spending are a logit in log price, share ~ a price^-substitution (CES with
    elasticity 1 + substitution), and total spending goes with P^(1 - demand_elasticity), where
    P = (sum a price^-substitution)^(-1/substitution). A lab that sells several products puts in
    their joint share and charges all of them the same markup (Hottman et al. 2016).
    """
    return 1.0 + substitution * np.subtract(1.0, share) + (demand_elasticity - 1.0) * share


def markup(
    share: Share,
    substitution: Elasticity,
    demand_elasticity: Elasticity,
    ceiling: Ratio = 20.0,
) -> Ratio:
    """Price over marginal cost, e/(e - 1), of an oligopolist in prices (Atkeson and Burstein 2008).

    A monopolist (share 1) charges the textbook demand_elasticity/(demand_elasticity - 1). Where
    demand is so inelastic that no finite price is best, or a dearer one, the `ceiling` holds.
    """
    elasticity = own_elasticity(share, substitution, demand_elasticity)
    return np.minimum(elasticity / np.maximum(elasticity - 1.0, _LEAST), ceiling)


def clearing_rent(bids: USD, hours: H100e_hours, floor: USD_per_hour) -> tuple[USD_per_hour, Share]:
    """The rent that brings bids and hours together, and the share of hours left idle.

    Bids are money, so the rent is bids over hours; below the floor chips are switched off, and
    only the hours that the bids pay for at the floor are used: a modelling choice of ours.
    """
    return np.maximum(bids / hours, floor), 1.0 - np.minimum(bids / (floor * hours), 1.0)


def scarcity_price(
    trend: USD_per_H100e, pressure: Ratio, elasticity: Elasticity, least: Ratio, most: Ratio
) -> USD_per_H100e:
    """Price of a chip: its trend, times orders over capacity to an elasticity, within bounds.

    A modelling choice of ours.
    """
    return trend * np.clip(pressure, least, most) ** elasticity


def power_price(
    price: USD_per_kWh, full: Share, scarcity: Ratio, steepness: Elasticity
) -> USD_per_kWh:
    """Price of power: dearer as connections fill up, price (1 + scarcity full^steepness).

    The form of congestion (Bureau of Public Roads 1964, where the exponent is 4).
    """
    return price * (1.0 + scarcity * full**steepness)


def fill_rate(hours: H100e_hours, need: H100e_hours) -> Share:
    """Requests that the hours booked can serve; all where there are none (M57)."""
    return np.where(need > 0.0, np.minimum(hours / np.maximum(need, 1e-9), 1.0), 1.0)


def free_burden(need: H100e_hours, paid: H100e_hours, most: Ratio) -> Ratio:
    """Hours needed over hours paid for, which those who pay bear, up to a bound.

    A modelling choice of ours.
    """
    return np.where(paid > 1e-9, np.minimum(need / np.maximum(paid, 1e-9), most), 1.0)


def contract_rate(left: H100e, rate: USD_per_hour, new: H100e, rent: USD_per_hour) -> USD_per_hour:
    """Mean rate of what is held on contract: the old at its rate, the new at today's rent.

    A weighted mean: an accounting identity.
    """
    return (left * rate + new * rent) / np.maximum(left + new, 1e-12)
