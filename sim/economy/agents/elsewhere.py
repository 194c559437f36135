"""Everybody else who rents compute: who is neither a lab nor a host. Shapes (regions, worlds)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.equations import demand, dynamics, pricing
from sim.units import USD, H100e_hours

if TYPE_CHECKING:
    from sim.economy.agents.cloud import Clouds


class Elsewhere:
    """One buyer a region, with a trend of its own and a part that follows the labs."""

    def __init__(self, clouds: Clouds):
        self.clouds, self.model = clouds, clouds.model
        self.share = clouds.stock / clouds.stock.sum(axis=0)  # of each region
        self.lab_spending = np.zeros(clouds.stock.shape)  # USD a quarter, smoothed
        self.shock = np.zeros(self.model.size)

    def wants(self) -> H100e_hours:
        """Hours wanted at last quarter's rent.

        Trend and following are in dollars at what compute costs where nothing is scarce; how hours
        answer rent from there is its own.
        """
        compute, clouds = self.model.dials.compute, self.clouds
        spends = demand.bounded(self._would_spend(), self._ceiling())
        normal = clouds.cost_to_provide()
        left = pricing.hours_left_over(clouds.rent / normal, compute.elsewhere_elasticity)
        return spends / normal * left

    def _would_spend(self) -> USD:
        """Its own trend, and a multiple of the labs' spending, with luck."""
        compute, now = self.model.dials.compute, self.model
        trend = dynamics.growth_that_fades(
            compute.elsewhere_growth, compute.elsewhere_slowing, now.years
        )
        self.shock = dynamics.shock(
            self.shock,
            compute.elsewhere_persistence,
            compute.elsewhere_volatility,
            now.luck.normal("elsewhere"),
        )
        on_trend = compute.elsewhere / 4.0 * trend * self.share
        return (on_trend + compute.elsewhere_follow * self.lab_spending) * np.exp(self.shock)

    def _ceiling(self) -> USD:
        compute = self.model.dials.compute
        world = dynamics.compounded(compute.world_growth, self.model.since_2023)
        return compute.elsewhere_ceiling / 4.0 * world * self.share

    def observe(self, lab_spending: USD) -> None:
        """Smooth what labs spent."""
        speed = self.model.dials.compute.smoothing
        self.lab_spending = dynamics.adjusted(self.lab_spending, lab_spending, speed)
