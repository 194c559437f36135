"""Utilities: one a region; the price of power, and how much can be connected (M15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.units import Array, H100e

if TYPE_CHECKING:
    from sim.economy.model import AIEconomy


class Utilities(mesa.Agent):
    """Grids and sites; shapes (regions, worlds)."""

    def __init__(self, model: AIEconomy):
        super().__init__(model)
        d, zeros = model.dials.power, np.zeros((2, model.size))
        self.connected = np.stack([zeros[0] + d.connected_us, zeros[1] + d.connected_china])
        self.price = zeros + d.price
        self.full = zeros

    def draw(self) -> Array:
        """All-in draw of a new chip, kW an H100e."""
        d = self.model.dials.power
        return d.draw * 10.0 ** (-d.draw_trend * (self.model.year - 2023.0))

    def growth(self) -> Array:
        """Most that connected power can grow, log a quarter."""
        d = self.model.dials.power
        return (
            0.25 * np.log1p(d.connection_growth) * np.exp(-d.connection_slowing * self.model.years)
        )

    def room_ahead(self, quarters: float) -> H100e:
        """Chips of today's kind that could run on what may be connected by then."""
        clouds = self.model.clouds
        free = np.maximum(self.connected * np.exp(self.growth() * quarters) - clouds.fleet_gw, 0.0)
        return clouds.stock + free / (self.draw() * 1e-6)

    def connect(self, fleet_gw: Array) -> None:
        """Connect more while what is connected fills up; scarce power costs more."""
        self.full = np.minimum(fleet_gw / self.connected, 1.0)
        keen = np.clip((self.full - 0.2) / 0.3, 0.0, 1.0)
        self.connected = self.connected * np.exp(self.growth() * keen)
        d = self.model.dials.power
        self.price = d.price * (1.0 + d.scarcity * self.full**4)
