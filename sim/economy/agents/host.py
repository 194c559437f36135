"""Hosts: token factories that serve open weights at cost plus margin (M34)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.units import USD, H100e_hours, USD_per_hour

if TYPE_CHECKING:
    from sim.economy.model import AIEconomy


class Hosts(mesa.Agent):
    """All independent hosts; they rent in the first region. Shapes (worlds,), a quarter."""

    def __init__(self, model: AIEconomy):
        super().__init__(model)
        zeros = np.zeros(model.size)
        self.hours, self.need, self.need_before = zeros, zeros, zeros  # H100e-hours
        self.fill, self.revenue, self.asked = zeros + 1.0, zeros, zeros  # asked: before refusals

    def bid(self, rent: USD_per_hour) -> USD:
        """Offer for the hours that demand and its growth need, within what those would earn."""
        d = self.model.dials.research
        trend = np.clip(self.need / np.maximum(self.need_before, 1.0), 1.0, d.demand_growth)
        return trend * np.minimum(self.need * (1.0 + d.buffer) * rent, self.asked)

    def serve(self, need: H100e_hours, asked: USD) -> None:
        """Serve what the hours rented allow, refuse the rest; `asked` is the worth of all."""
        self.need_before, self.need, self.asked = self.need, need, asked
        self.fill = np.where(need > 0.0, np.minimum(self.hours / np.maximum(need, 1e-9), 1.0), 1.0)
