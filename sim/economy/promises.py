"""What labs have promised, as it is reported: against cash and sales.

Shapes (worlds,), money in USD.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.units import USD, Ratio, Share

if TYPE_CHECKING:
    from sim.economy.model import AIEconomy

LEAST = 1e6  # USD: a ratio to less says nothing


def obligations(model: AIEconomy) -> USD:
    """What all labs have still to pay for compute under contract, and their staff's notice."""
    return model.labs.commitments.obligations().sum(axis=0)


def over_cash(model: AIEconomy) -> Ratio:
    """The same over all the cash that labs have."""
    return obligations(model) / np.maximum(model.labs.cash.sum(axis=0), LEAST)


def over_revenue(model: AIEconomy) -> Ratio:
    """The same over all labs' sales of a year."""
    return obligations(model) / np.maximum(4.0 * model.labs.revenue.sum(axis=0), LEAST)


def overhang(model: AIEconomy) -> Share:
    """Part of the hours that labs hold on contract beyond what they would rent at today's rent."""
    labs, rent = model.labs, model.clouds.rent[model.labs.region]
    held = labs.compute.held * rent
    wanted = labs.plan.training_bid.sum(axis=0) + labs.plan.serving_bid
    beyond = np.maximum(held - wanted, 0.0).sum(axis=0)
    return beyond / np.maximum(held.sum(axis=0), LEAST)
