"""Everybody else who rents compute, neither lab nor host. Shapes (buyers, regions, worlds).

Hyperscalers' own products (M46), enterprises' own models, and applications (M41). What they spend
together, where compute is at cost, has a trend of its own, which the first two share, and a part
that follows the labs: applications, which are built on their models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.equations import demand, dynamics, pricing
from sim.units import USD, Elasticity, H100e_hours, Share

if TYPE_CHECKING:
    from sim.economy.agents.cloud import Clouds

BUYERS = ("products", "enterprises", "applications")  # as sectors of the ledger


class Elsewhere:
    """Three buyers a region."""

    def __init__(self, clouds: Clouds):
        self.clouds, self.model = clouds, clouds.model
        stock = clouds.by_region(clouds.stock)
        self.share = stock / stock.sum(axis=0)  # of each region
        self.lab_spending = np.zeros(stock.shape)  # USD a quarter, smoothed
        self.shock = np.zeros(self.model.size)
        self.normal = np.zeros((len(BUYERS), *stock.shape))  # USD, where compute is at cost

    def wants(self) -> tuple[H100e_hours, Elasticity]:
        """Hours wanted at last quarter's rent, and how they answer it.

        Trend and following are in dollars at what compute costs where nothing is scarce; how hours
        answer rent from there is each buyer's own.
        """
        wish = self._would_spend()
        part = demand.bounded(wish.sum(axis=0), self._ceiling()) / wish.sum(axis=0)
        self.normal = wish * part
        cost, answers = self.clouds.cost_to_provide(), self._answers()
        left = pricing.hours_left_over(self.clouds.rent / cost, answers)
        hours = self.normal / cost * left
        return hours, pricing.elasticity_at(self.clouds.rent / cost, answers)

    def _would_spend(self) -> USD:
        """Own trends, and a multiple of the labs' spending, with luck."""
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
        own = self._own_products()
        follows = compute.elsewhere_follow * self.lab_spending
        return np.stack([own * on_trend, (1.0 - own) * on_trend, follows]) * np.exp(self.shock)

    def _own_products(self) -> Share:
        """Hyperscalers' own products among what is on trend."""
        compute = self.model.dials.compute
        return demand.share_that_drifts(
            compute.own_products, -compute.own_products_fading * self.model.years
        )

    def _answers(self) -> Elasticity:
        """Elasticity of each buyer where compute is at cost; the mean by spending is the dial."""
        compute = self.model.dials.compute
        one = np.ones(self.normal.shape[1:])
        over_mean = np.stack([compute.own_answer * one, one, compute.app_answer * one])
        spent = self.normal / np.maximum(self.normal.sum(axis=0), 1e-9)
        mean = (over_mean * spent).sum(axis=0)
        return np.minimum(compute.elsewhere_elasticity * over_mean / np.maximum(mean, 1e-9), 1.0)

    def _ceiling(self) -> USD:
        compute = self.model.dials.compute
        world = dynamics.compounded(compute.world_growth, self.model.since_2023)
        return compute.elsewhere_ceiling / 4.0 * world * self.share

    def earn(self, bills: USD, hours: H100e_hours) -> None:
        """Pay for compute; sell what was made with it, and pay wages. What is left is profit.

        Who sells in competition passes dear compute on: it lowers what is sold, not what an hour
        of compute earns beyond its cost.
        """
        compute, transfer = self.model.dials.compute, self.model.ledger.transfer
        worth = hours * self.clouds.cost_to_provide()
        for row, buyer in enumerate(BUYERS):
            part = compute.app_compute if buyer == "applications" else compute.own_compute
            usual = worth[row] / part
            transfer("other_sales", "customers", buyer, usual + bills[row] - worth[row])
            transfer("other_wages", buyer, "workers", compute.other_wages * usual)
        paid = dict(zip(BUYERS, bills, strict=True))
        self.model.ledger.pay("other_compute", paid, {"clouds": bills.sum(axis=0)})

    def observe(self, lab_spending: USD) -> None:
        """Smooth what labs spent."""
        speed = self.model.dials.compute.smoothing
        self.lab_spending = dynamics.adjusted(self.lab_spending, lab_spending, speed)
