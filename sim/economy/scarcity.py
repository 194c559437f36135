"""Who gets what compute costs beyond what it would if neither chips nor sites were scarce.

Read off the model after a quarter; shapes (regions, worlds) unless said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.equations import investment
from sim.units import USD, Array, H100e, Ratio, Years

if TYPE_CHECKING:
    from sim.economy.model import AIEconomy

TAKERS = ("sites", "chipmakers", "clouds")
LONGEST = 100.0  # years: a chip that takes longer to pay back never does


def scarcity_rent(model: AIEconomy) -> USD:
    """Rent beyond cost of all hours in use, by who takes it, (takers, worlds), USD a year.

    Sites by what a chip draws, chipmakers by what their price adds to user cost, clouds the rest:
    together it is rent less what providing an hour costs where nothing is scarce. Below zero where
    rent does not pay that.
    """
    clouds, makers, utilities = model.clouds, model.chipmakers, model.utilities
    used = 4.0 * clouds.hours() * (1.0 - clouds.idle)
    sites = used * utilities.draw() * utilities.site_price
    chips = (
        used * clouds.capital(model.dials.compute.interest) * (makers.price - makers.usual_price)
    )
    whole = used * (clouds.rent - clouds.cost_to_provide())
    return np.stack([part.sum(axis=0) for part in (sites, chips, whole - sites - chips)])


def rent_over_cost(model: AIEconomy) -> Ratio:
    """Rent over the user cost of a new chip, first region, (worlds,)."""
    return model.clouds.rent[0] / model.clouds.user_cost()[0]


def payback(model: AIEconomy) -> Years:
    """How long a chip that is bought now takes to earn its price at today's rent, first region."""
    clouds, utilities = model.clouds, model.utilities
    running = utilities.draw() * (utilities.running() + utilities.site_price)
    years: Array = investment.payback(
        model.chipmakers.price + clouds.building(),
        clouds.rent[0] - running[0],
        model.dials.compute.load,
    )
    return np.minimum(years, LONGEST)


def chip_margin(model: AIEconomy) -> Ratio:
    """Chipmakers' margin on what they deliver; where they deliver nothing, on what they ask."""
    makers = model.chipmakers
    bill = makers.bill.sum(axis=0)
    over = makers.made_for / np.maximum(bill, 1.0)
    return 1.0 - np.where(bill > 1.0, over, makers.cost / makers.price)


def idle_chips(model: AIEconomy) -> H100e:
    """Chips that are shut, in the world, (worlds,)."""
    clouds = model.clouds
    return (clouds.stock * clouds.of_region(clouds.idle)).sum(axis=0)
