"""The chip market: orders, deliveries, sites and power. Shapes (regions, worlds)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.units import GW_PER_KW, HOURS_A_QUARTER

if TYPE_CHECKING:
    from sim.economy.agents.chipmaker import Chipmakers
    from sim.economy.agents.cloud import Clouds
    from sim.economy.agents.lab import Labs
    from sim.economy.agents.utility import Utilities

KWH_PER_GW_QUARTER = 1e6 * HOURS_A_QUARTER


def clear(clouds: Clouds, chipmakers: Chipmakers, utilities: Utilities, labs: Labs) -> None:
    """Orders join the backlog, foundries deliver, sites take what the grid lets them."""
    transfer = clouds.model.ledger.transfer
    chipmakers.book(*clouds.order())
    delivered = chipmakers.deliver()
    clouds.install(delivered, chipmakers.bill)
    coming = clouds.coming() * (utilities.draw() * GW_PER_KW)
    utilities.connect(clouds.fleet_gw, coming)
    training = labs.compute.training_cost.sum(axis=0) / np.maximum(clouds.spending.sum(axis=0), 1.0)
    chipmakers.expand(clouds.orders, np.maximum(1.0 - training, 0.0))
    chipmakers.set_price(clouds.chip_worth, clouds.late)
    clouds.observe_serving(labs.by_region(labs.compute.serving_hours))

    let = clouds.fleet_gw * KWH_PER_GW_QUARTER
    run = let - clouds.idle_gw * KWH_PER_GW_QUARTER
    operation = clouds.model.dials.power.operation
    transfer("chips", "clouds", "chipmakers", chipmakers.bill)
    transfer("cancellations", "clouds", "chipmakers", clouds.penalty)
    transfer("manufacturing", "chipmakers", "world", chipmakers.made_for)
    transfer("building", "clouds", "world", clouds.capex - chipmakers.bill)
    transfer("power", "clouds", "utilities", run * utilities.price)
    transfer("sites", "clouds", "utilities", let * utilities.site_price)
    transfer("operation", "clouds", "world", run * operation)
