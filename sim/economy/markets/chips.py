"""The chip market: orders, deliveries, sites and power. Shapes (regions, worlds)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.units import HOURS_A_QUARTER

if TYPE_CHECKING:
    from sim.economy.agents.chipmaker import Chipmakers
    from sim.economy.agents.cloud import Clouds
    from sim.economy.agents.lab import Labs
    from sim.economy.agents.utility import Utilities

KWH_PER_GW_QUARTER = 1e6 * HOURS_A_QUARTER


def clear(clouds: Clouds, chipmakers: Chipmakers, utilities: Utilities, labs: Labs) -> None:
    """Orders join the backlog, foundries deliver, sites take what the grid lets them."""
    dials, transfer = clouds.model.dials, clouds.model.ledger.transfer
    chipmakers.book(clouds.order())
    chipmakers.set_price()
    price = chipmakers.price
    delivered = chipmakers.deliver()
    clouds.install(delivered, price)
    utilities.connect(clouds.fleet_gw)
    serving = labs.compute.serving_cost.sum(axis=0)
    chipmakers.expand(clouds.orders, serving / np.maximum(labs.compute.cost.sum(axis=0), 1.0))
    clouds.observe_serving(labs.by_region(labs.compute.serving_hours))

    bill = delivered * price
    made_for = delivered.sum(axis=0) * chipmakers.trend_price() * dials.chips.cost_share
    energy = clouds.fleet_gw * (1.0 - clouds.idle) * KWH_PER_GW_QUARTER
    transfer("chips", "clouds", "chipmakers", bill)
    transfer("manufacturing", "chipmakers", "world", made_for)
    transfer("building", "clouds", "world", clouds.capex - bill)
    transfer("power", "clouds", "utilities", energy * utilities.price)
