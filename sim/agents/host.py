"""Hosts: token factories that serve open weights at cost plus margin (M34)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.units import USD, H100e_hours, USD_per_hour

if TYPE_CHECKING:
    from sim.model import AIEconomy


class Hosts(mesa.Agent):
    """All independent hosts; they rent in the first region. Shapes (worlds,), a quarter."""

    def __init__(self, model: AIEconomy):
        super().__init__(model)
        zeros = np.zeros(model.size)
        self.hours, self.need, self.need_before = zeros, zeros, zeros  # H100e-hours
        self.fill, self.revenue = zeros + 1.0, zeros

    def bid(self, rent: USD_per_hour) -> USD:
        """Offer for the hours of last quarter's demand and its growth, at last quarter's rent."""
        d = self.model.dials.research
        trend = np.clip(self.need / np.maximum(self.need_before, 1.0), 1.0, d.demand_growth)
        return self.need * trend * (1.0 + d.buffer) * rent

    def serve(self, need: H100e_hours) -> None:
        """Serve what the hours rented allow, refuse the rest."""
        self.need_before, self.need = self.need, need
        self.fill = np.where(need > 0.0, np.minimum(self.hours / np.maximum(need, 1e-9), 1.0), 1.0)
