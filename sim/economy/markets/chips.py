"""The chip market: orders, deliveries, sites and power. Shapes (clouds, worlds)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.units import GW_PER_KW, HOURS_A_QUARTER, USD

if TYPE_CHECKING:
    from sim.economy.agents.chipmaker import Chipmakers
    from sim.economy.agents.cloud import Clouds
    from sim.economy.agents.lab import Labs
    from sim.economy.agents.utility import Utilities

KWH_PER_GW_QUARTER = 1e6 * HOURS_A_QUARTER


def clear(clouds: Clouds, chipmakers: Chipmakers, utilities: Utilities, labs: Labs) -> USD:
    """Orders join the backlog, foundries deliver, sites take what the grid lets them.

    Returns what each cloud paid for running its chips and for sites, (clouds, worlds).
    """
    by_region = clouds.by_region
    chipmakers.book(*clouds.order())
    delivered = chipmakers.deliver()
    clouds.install(delivered, chipmakers.bill)
    coming = by_region(clouds.coming()) * (utilities.draw() * GW_PER_KW)
    utilities.connect(by_region(clouds.fleet_gw), coming)
    training = labs.compute.training_cost.sum(axis=0) / np.maximum(clouds.spending.sum(axis=0), 1.0)
    chipmakers.expand(clouds.orders, np.maximum(1.0 - training, 0.0))
    chipmakers.set_price(clouds.chip_worth, clouds.late)
    clouds.observe_serving(labs.by_region(labs.compute.serving_hours))
    return _pay(clouds, chipmakers, utilities)


def _pay(clouds: Clouds, chipmakers: Chipmakers, utilities: Utilities) -> USD:
    """Chips, buildings, power, places and upkeep."""
    transfer, of_region = clouds.model.ledger.transfer, clouds.of_region
    let = clouds.fleet_gw * KWH_PER_GW_QUARTER
    run = let - clouds.idle_gw * KWH_PER_GW_QUARTER
    power, sites = run * of_region(utilities.price), let * of_region(utilities.site_price)
    operation = run * clouds.model.dials.power.operation
    transfer("chips", "clouds", "chipmakers", chipmakers.bill)
    transfer("cancellations", "clouds", "chipmakers", clouds.penalty)
    transfer("manufacturing", "chipmakers", "world", chipmakers.made_for)
    transfer("building", "clouds", "world", clouds.capex - chipmakers.bill)
    transfer("power", "clouds", "utilities", power)
    transfer("sites", "clouds", "utilities", sites)
    transfer("operation", "clouds", "world", operation)
    return power + sites + operation
