"""Utilities and sites, one a region: the price of power and of places, what is connected (M15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.equations import dynamics, investment
from sim.units import (
    GW,
    GW_PER_KW,
    H100e,
    Log,
    USD_per_kWh,
    kW_per_H100e,
    per_Year,
)

if TYPE_CHECKING:
    from sim.economy.model import AIEconomy


class Utilities(mesa.Agent):
    """Grids, power stations beside data centres, and sites; shapes (regions, worlds)."""

    model: AIEconomy

    def __init__(self, model: AIEconomy):
        super().__init__(model)
        power, zeros = model.dials.power, np.zeros((2, model.size))
        self.connected = np.stack([zeros[0] + power.connected_us, zeros[1] + power.connected_china])
        self.price = zeros + power.price  # USD/kWh
        self.begun = self.connected * (self.growth() * power.lag)  # GW, as in steady growth
        self.new_site = zeros  # USD/kWh beyond power, of a place let now
        self.site_price = zeros  # the same on average, of all places let
        self.full = zeros  # share of what is connected that is used

    def draw(self) -> kW_per_H100e:
        """All-in draw of a new chip."""
        power = self.model.dials.power
        return power.draw * dynamics.trend(-power.draw_trend, self.model.since_2023)

    def running(self) -> USD_per_kWh:
        """Power and operation of a site, by what it draws."""
        return self.price + self.model.dials.power.operation

    def growth(self) -> Log:
        """Most that connected power can grow in a year."""
        power = self.model.dials.power
        fading = dynamics.faded(self.model.years, power.connection_slowing)
        return 4.0 * investment.capacity_growth(power.connection_growth, fading, 1.0)

    def room_ahead(self, quarters: float) -> H100e:
        """Chips of today's kind, beyond those on the way, that there will be power for by then."""
        clouds, life = self.model.clouds, self.model.dials.compute.life
        done = 1.0 - dynamics.left_after(quarters, self.model.dials.power.lag)
        there = self.connected + self.begun * done
        used = clouds.by_region(clouds.fleet_gw) * dynamics.left_after(quarters, life)
        free = (there - used) / (self.draw() * GW_PER_KW)
        return np.maximum(free - clouds.by_region(clouds.coming()), 0.0)

    def let_sites(self, price: USD_per_kWh) -> None:
        """The price of a place let now; as leases run out, it becomes that of all."""
        self.new_site = price
        ending = 1.0 - dynamics.left_after(1.0, self.model.dials.power.lease_years)
        self.site_price = dynamics.adjusted(self.site_price, price, ending)

    def connect(self, fleet_gw: GW, coming_gw: GW) -> None:
        """Finish part of what was begun; begin more while it fills up, and where sites are dear."""
        done = self.begun * (1.0 - dynamics.left_after(1.0, self.model.dials.power.lag))
        self.connected = self.connected + done
        self.full = np.minimum(fleet_gw / self.connected, 1.0)
        begun = 0.25 * self.connected * self._pace(fleet_gw + coming_gw)
        self.begun = self.begun - done + begun

    def _pace(self, need: GW) -> per_Year:
        """What is begun in a year over what is connected: by plan, and by who builds his own."""
        power = self.model.dials.power
        full = need / (self.connected + self.begun)
        effort = investment.expansion(full, power.connect_from, power.connect_full)
        planned = effort * investment.begun_in_growth(self.growth(), power.lag)
        return planned + investment.begun_for_price(self.new_site, self.price, power.own_supply)
