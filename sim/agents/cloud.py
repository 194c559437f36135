"""Clouds: one a region; they rent chips out and order new ones where rent beats user cost.

Shapes (regions, worlds), regions as in REGIONS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.equations import costs
from sim.units import H100e, Array

if TYPE_CHECKING:
    from sim.model import AIEconomy

REGIONS = ("us", "china")
LOAD = 0.9  # share of hours that can be sold
SMOOTHING = 0.5  # of demand and its growth, a quarter
HOURS = 8760.0 / 4.0


class Clouds(mesa.Agent):
    """Everybody who rents out AI chips."""

    def __init__(self, model: AIEconomy):
        super().__init__(model)
        d = model.dials
        zeros = np.zeros((len(REGIONS), model.size))
        both = lambda us, china: zeros + np.stack(np.broadcast_arrays(*map(np.atleast_1d, (us, china))))
        self.stock = both(d.compute.stock_us, d.compute.stock_china)
        self.specialists = self.stock * d.chips.specialist_share
        self.serving_edge = zeros + 1.0
        self.rent = zeros + 5.0
        self.idle = zeros
        self.spending = zeros + 1.0  # by all who rent, USD a quarter, smoothed
        self.growth = zeros + 0.1  # log, a quarter, smoothed
        self.elsewhere_share = self.stock / self.stock.sum(axis=0)
        self.lab_spending = zeros
        self.shock = np.zeros(model.size)
        self.pipeline = [self.stock * 0.12 for _ in range(int(d.chips.lead_quarters))]
        self.waiting = zeros  # delivered, but without power
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
        change = np.log(np.maximum(self.spending, 1.0) / np.maximum(before, 1.0)) if self.model.quarter else self.growth
        self.growth = self.growth + SMOOTHING * (np.clip(change, -0.5, 0.5) - self.growth)
        self.lab_spending = self.lab_spending + SMOOTHING * (lab_spending - self.lab_spending)

    def user_cost(self) -> Array:
        """What a new chip must earn an hour, USD."""
        d, m = self.model.dials, self.model
        return costs.user_cost(
            m.chipmakers.price * d.compute.building,
            d.compute.interest,
            d.compute.life,
            m.utilities.draw(),
            m.utilities.price,
            LOAD,
        )

    def order(self) -> H100e:
        """Chips wanted: the stock at which expected spending pays user cost and margin, less what is coming.

        Expected spending extrapolates growth to delivery, which is how waves of overbuilding start
        (Greenwood and Hanson 2015).
        """
        d, m = self.model.dials, self.model
        ahead = len(self.pipeline) + 1.0
        expected = self.spending * np.exp(np.clip(d.compute.extrapolation * self.growth * ahead, -1.0, 1.0))
        required = self.user_cost() * (1.0 + d.compute.margin)
        wanted = expected / (required * LOAD * HOURS)
        wanted = np.minimum(wanted, m.utilities.room_ahead(ahead))
        coming = sum(self.pipeline) + self.waiting + m.chipmakers.backlog
        retiring = self.stock * (ahead / 4.0) / d.compute.life
        gap = wanted - self.stock - coming + retiring
        self.orders = np.maximum(gap, 0.0) * d.compute.order_speed
        return self.orders

    def install(self, delivered: H100e) -> None:
        """Put what arrives to work as far as there is power; retire the old."""
        d = self.model.dials
        arrived, self.pipeline = self.pipeline[0], [*self.pipeline[1:], delivered]
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
        self.specialists = self.specialists * left + installed * self.model.chipmakers.specialist_share

    def hours(self) -> Array:
        """H100e-hours on offer in a quarter."""
        return self.stock * (LOAD * HOURS)
