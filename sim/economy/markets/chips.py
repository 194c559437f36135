"""The chip market: orders, deliveries, sites and power. Shapes (regions, worlds)."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.units import HOURS_A_QUARTER


def clear(clouds: Any, chipmakers: Any, utilities: Any, labs: Any) -> None:
    """Orders join the backlog, foundries deliver, sites take what the grid lets them."""
    m, d = clouds.model, clouds.model.dials
    chipmakers.backlog = chipmakers.backlog + clouds.order()
    chipmakers.set_price()
    price = chipmakers.price
    delivered = chipmakers.make()
    clouds.install(delivered)
    utilities.connect(clouds.fleet_gw)
    serving = (labs.compute_cost * labs.serving_share).sum(axis=0)
    serving_share = serving / np.maximum(labs.compute_cost.sum(axis=0), 1.0)
    chipmakers.expand(serving_share)
    _edge(clouds, labs)

    bill = delivered * price
    clouds.capex = bill * d.compute.building
    m.ledger.pay("chips", {"clouds": bill}, {"chipmakers": delivered.sum(axis=0) * price})
    made_for = delivered.sum(axis=0) * chipmakers.trend_price() * d.chips.cost_share
    m.ledger.pay("manufacturing", {"chipmakers": made_for}, {"world": made_for})
    m.ledger.pay(
        "building", {"clouds": clouds.capex - bill}, {"world": bill * (d.compute.building - 1.0)}
    )
    energy = clouds.fleet_gw * (1.0 - clouds.idle) * (1e6 * 8760.0 / 4.0)  # kWh
    m.ledger.pay(
        "power", {"clouds": energy * utilities.price}, {"utilities": energy * utilities.price}
    )


def _edge(clouds: Any, labs: Any) -> None:
    """Tokens that serving gets from a chip, over a GPU's: specialists serve first (M17)."""
    edge = clouds.model.dials.chips.specialist_edge
    serving = labs.by_region(labs.serving_hours)
    covered = np.minimum(clouds.specialists * HOURS_A_QUARTER / np.maximum(serving, 1.0), 1.0)
    clouds.serving_edge = 1.0 + (edge - 1.0) * covered
