"""Utilities: one a region; the price of power, and how much can be connected (M15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.equations import dynamics, investment, pricing
from sim.units import GW, GW_PER_KW, H100e, Log, Quarters, kW_per_H100e

if TYPE_CHECKING:
    from sim.economy.model import AIEconomy


class Utilities(mesa.Agent):
    """Grids and sites; shapes (regions, worlds)."""

    model: AIEconomy

    def __init__(self, model: AIEconomy):
        super().__init__(model)
        power, zeros = model.dials.power, np.zeros((2, model.size))
        self.connected = np.stack([zeros[0] + power.connected_us, zeros[1] + power.connected_china])
        self.price = zeros + power.price  # USD/kWh
        self.full = zeros  # share of what is connected that is used

    def draw(self) -> kW_per_H100e:
        """All-in draw of a new chip."""
        power = self.model.dials.power
        return power.draw * dynamics.trend(-power.draw_trend, self.model.since_2023)

    def growth(self) -> Log:
        """Most that connected power can grow in a quarter."""
        power = self.model.dials.power
        fading = dynamics.faded(self.model.years, power.connection_slowing)
        return investment.capacity_growth(power.connection_growth, fading, 1.0)

    def room_ahead(self, quarters: Quarters) -> H100e:
        """Chips of today's kind that could run on what may be connected by then."""
        clouds = self.model.clouds
        free = np.maximum(self.connected * np.exp(self.growth() * quarters) - clouds.fleet_gw, 0.0)
        return clouds.stock + free / (self.draw() * GW_PER_KW)

    def connect(self, fleet_gw: GW) -> None:
        """Connect more while what is connected fills up; scarce power costs more."""
        power = self.model.dials.power
        self.full = np.minimum(fleet_gw / self.connected, 1.0)
        expansion = investment.expansion(self.full, power.connect_from, power.connect_full)
        self.connected = self.connected * np.exp(self.growth() * expansion)
        self.price = pricing.power_price(
            power.price, self.full, power.scarcity, power.scarcity_steepness
        )
