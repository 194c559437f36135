"""What a seller charges: the textbook markups of logit demand, and how fast a price moves."""

from __future__ import annotations

import numpy as np

from sim.units import Array, Elasticity, Ratio, Share, USD_per_Mtok

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


def logit_markup(share: Share, price_sensitivity: Array) -> USD_per_Mtok:
    """Price minus marginal cost of a Bertrand oligopolist under a logit in linear price.

    1/(sensitivity (1 - share)) (Anderson, de Palma and Thisse 1992, chapter 7); sensitivity per
    unit of price, share below one because buyers may buy nothing.
    """
    return 1.0 / (price_sensitivity * np.maximum(np.subtract(1.0, share), _LEAST))


def towards(price: USD_per_Mtok, target: USD_per_Mtok, speed: Share) -> USD_per_Mtok:
    """Partial adjustment in logs: `speed` is the share of the way gone; both prices above zero."""
    return price * np.power(np.divide(target, price), speed)


def host_price(cost: USD_per_Mtok, margin: Ratio) -> USD_per_Mtok:
    """A host of open weights competes with equals, so it charges cost plus a margin."""
    return cost * np.add(1.0, margin)
