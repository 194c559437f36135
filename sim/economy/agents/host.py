"""Hosts: token factories that serve open weights at cost plus margin (M34)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.equations import pricing, spending
from sim.units import USD, Elasticity, H100e_hours, USD_per_hour

if TYPE_CHECKING:
    from sim.economy.model import AIEconomy


class Hosts(mesa.Agent):
    """All independent hosts; they rent in the first region. Shapes (worlds,), a quarter."""

    model: AIEconomy

    def __init__(self, model: AIEconomy):
        super().__init__(model)
        zeros = np.zeros(model.size)
        self.hours, self.need, self.need_before = zeros, zeros, zeros  # H100e-hours
        self.sales = zeros  # USD that users would pay if all were served
        self.fill_rate, self.revenue = zeros + 1.0, zeros

    def bid(self, rent: USD_per_hour) -> USD:
        """Offer for the hours that demand and its growth need, within what those would earn."""
        rules, margin = self.model.dials.research, self.model.dials.pricing.host_margin
        trend = spending.capacity_wanted(self.need, self.need_before, rules.demand_growth)
        spare = pricing.spare_capacity(margin / (1.0 + margin), rules.demand_surprise)
        return trend * np.minimum(self.need * spare * rent, self.sales)

    def elasticity(self) -> Elasticity:
        """How the hours they rent answer rent."""
        margin = self.model.dials.pricing.host_margin
        surprise = self.model.dials.research.demand_surprise
        return pricing.serving_elasticity(margin / (1.0 + margin), surprise)

    def take_compute(self, hours: H100e_hours) -> None:
        """The hours rented this quarter."""
        self.hours = hours

    def serve(self, need: H100e_hours, sales: USD) -> None:
        """Serve what the hours rented allow, refuse the rest; `sales` is the worth of all."""
        self.need_before, self.need, self.sales = self.need, need, sales
        self.fill_rate = pricing.fill_rate(self.hours, need)
        self.revenue = sales * self.fill_rate
