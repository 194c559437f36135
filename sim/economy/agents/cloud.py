"""Clouds: one a region; they rent chips out and order new ones where rent beats user cost.

Shapes (regions, worlds), regions as in REGIONS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.equations import costs
from sim.units import HOURS_A_QUARTER, Array, H100e

if TYPE_CHECKING:
    from sim.economy.model import AIEconomy

REGIONS = ("us", "china")
LOAD = 0.9  # share of hours that can be sold
SMOOTHING = 0.5  # of demand and its growth, a quarter


class Clouds(mesa.Agent):
    """Everybody who rents out AI chips."""

    def __init__(self, model: AIEconomy):
        super().__init__(model)
        d = model.dials
        zeros = np.zeros((len(REGIONS), model.size))
        self.stock = np.stack([zeros[0] + d.compute.stock_us, zeros[1] + d.compute.stock_china])
        self.specialists = self.stock * d.chips.specialist_share
        self.serving_edge = zeros + 1.0
        self.rent = zeros + 5.0
        self.idle = zeros
        self.spending = zeros + 1.0  # by all who rent, USD a quarter, smoothed
        self.growth = zeros + 0.1  # log, a quarter, smoothed
        self.elsewhere_share = self.stock / self.stock.sum(axis=0)
        self.lab_spending = zeros
        self.shock = np.zeros(model.size)
        self.ordered = [self.stock * 0.12 for _ in range(d.chips.lead_quarters - 1)]
        self.shipped = self.stock * 0.12  # delivered last quarter, being installed
        self.waiting = zeros  # installed, but without power
        self.fleet_gw = self.stock * (d.power.draw * 10.0 ** (3.0 * d.power.draw_trend) * 1e-6)
        self.orders = zeros

    def elsewhere_bid(self) -> Array:
        """What everybody but labs offers for compute: its own trend, and what follows the labs."""
        d, m = self.model.dials.compute, self.model
        years, fading = m.years, 0.1
        trend = np.exp(np.log1p(d.elsewhere_growth) * (1.0 - np.exp(-fading * years)) / fading)
        self.shock = 0.77 * self.shock + d.elsewhere_volatility * m.luck.normal("elsewhere")
        own = d.elsewhere / 4.0 * trend * self.elsewhere_share
        wanted = (own + d.elsewhere_follow * self.lab_spending) * np.exp(self.shock)
        ceiling = d.elsewhere_ceiling / 4.0 * 1.045 ** (m.year - 2023.0) * self.elsewhere_share
        return wanted / (1.0 + wanted / ceiling)

    def look(self, spending: Array, lab_spending: Array) -> None:
        """Smooth what was spent and how fast it grows."""
        before = self.spending
        self.spending = before + SMOOTHING * (spending - before) if self.model.quarter else spending
        change = (
            np.log(np.maximum(self.spending, 1.0) / np.maximum(before, 1.0))
            if self.model.quarter
            else self.growth
        )
        self.growth = self.growth + SMOOTHING * (np.clip(change, -0.5, 0.5) - self.growth)
        self.lab_spending = self.lab_spending + SMOOTHING * (lab_spending - self.lab_spending)

    def user_cost(self) -> Array:
        """What a new chip must earn an hour, USD."""
        d, m = self.model.dials, self.model
        return costs.user_cost(
            m.chipmakers.price * d.compute.building,
            d.compute.interest,
            d.compute.life,
            d.compute.foresight * d.chips.price_trend * np.log(10.0),
            m.utilities.draw(),
            m.utilities.price,
            LOAD,
        )

    def order(self) -> H100e:
        """Order the chips wanted on delivery, less what is there by then; return what is due now.

        The stock wanted is that at which expected spending pays user cost and margin. Expected
        spending extrapolates growth, which is how waves of overbuilding start (Greenwood and
        Hanson 2015).
        """
        d, m = self.model.dials, self.model
        ahead = len(self.ordered) + 2.0
        expected = self.spending * np.exp(
            np.clip(d.compute.extrapolation * self.growth * ahead, -1.0, 1.0)
        )
        cheaper = 10.0 ** (
            -d.chips.price_trend * ahead / 4.0
        )  # what rivals' new chips will cost then
        required = self.user_cost() * cheaper * (1.0 + d.compute.margin)
        wanted = expected / (required * LOAD * HOURS_A_QUARTER)
        wanted = np.minimum(wanted, m.utilities.room_ahead(ahead))
        coming = sum(self.ordered) + m.chipmakers.backlog + self.shipped + self.waiting
        retiring = self.stock * (ahead / 4.0) / d.compute.life
        gap = wanted - self.stock - coming + retiring
        self.orders = np.maximum(gap, 0.0) * d.compute.order_speed
        due, *self.ordered = [*self.ordered, self.orders]
        return due

    def install(self, delivered: H100e) -> None:
        """Put what arrives to work as far as there is power; retire the old."""
        d = self.model.dials
        arrived, self.shipped = self.shipped, delivered
        left = np.exp(-0.25 / d.compute.life)
        draw = self.model.utilities.draw() * 1e-6
        fleet = self.fleet_gw * left
        room = np.maximum(self.model.utilities.connected - fleet, 0.0) / draw
        ready = self.waiting + arrived
        installed = np.minimum(ready, room)
        self.waiting = ready - installed
        self.fleet_gw = fleet + installed * draw
        self.installed, self.retired = installed, self.stock * (1.0 - left)
        self.stock = self.stock * left + installed
        self.specialists = (
            self.specialists * left + installed * self.model.chipmakers.specialist_share
        )

    def hours(self) -> Array:
        """H100e-hours on offer in a quarter."""
        return self.stock * (LOAD * HOURS_A_QUARTER)
