"""Clouds: one a region; they rent chips out and order new ones where rent beats user cost.

Shapes (regions, worlds), regions as in REGIONS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.equations import costs, demand, dynamics, investment
from sim.units import (
    GW_PER_KW,
    HOURS_A_QUARTER,
    USD,
    H100e,
    H100e_hours,
    Share,
    USD_per_H100e,
    USD_per_hour,
)

if TYPE_CHECKING:
    from sim.economy.model import AIEconomy

REGIONS = ("us", "china")
FIRST_RENT = 5.0  # USD an H100e-hour: what is expected before the first quarter
FIRST_GROWTH = 0.1  # log a quarter: of demand, likewise
ON_ORDER = 0.12  # of the stock at the start, for each quarter of the lead time
MOST_GROWTH = 0.5  # log a quarter: faster growth of demand is taken for luck


class Clouds(mesa.Agent):
    """Everybody who rents out AI chips."""

    model: AIEconomy

    def __init__(self, model: AIEconomy):
        super().__init__(model)
        dials = model.dials
        zeros = np.zeros((len(REGIONS), model.size))
        stocks = dials.compute.stock_us, dials.compute.stock_china
        self.stock = zeros + np.stack([zeros[0] + stock for stock in stocks])
        self.specialists = self.stock * dials.chips.specialist_share
        self.serving_edge = zeros + 1.0  # tokens that serving gets from a chip, over a GPU's
        self.rent = zeros + FIRST_RENT
        self.idle = zeros  # share of hours
        self.spending = zeros + 1.0  # by all who rent, USD a quarter, smoothed
        self.growth = zeros + FIRST_GROWTH  # of that, log a quarter, smoothed
        self.elsewhere_share = self.stock / self.stock.sum(axis=0)
        self.lab_spending = zeros  # USD a quarter, smoothed
        self.shock = np.zeros(model.size)
        self.ordered = [self.stock * ON_ORDER for _ in range(dials.chips.lead_quarters - 1)]
        self.shipped = self.stock * ON_ORDER  # delivered last quarter, being installed
        self.waiting = zeros  # installed, but without power
        self.fleet_gw = self.stock * (model.utilities.draw() * GW_PER_KW)
        self.orders, self.installed = zeros, zeros  # this quarter
        self.capex = zeros  # USD this quarter

    # ------------------------------------------------------------ renting out

    def hours(self) -> H100e_hours:
        """H100e-hours on offer in a quarter."""
        return self.stock * (self.model.dials.compute.load * HOURS_A_QUARTER)

    def elsewhere_bid(self) -> USD:
        """What everybody but labs offers for compute: its own trend, and what follows the labs."""
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
        on_trend = compute.elsewhere / 4.0 * trend * self.elsewhere_share
        wanted = (on_trend + compute.elsewhere_follow * self.lab_spending) * np.exp(self.shock)
        world = dynamics.compounded(compute.world_growth, now.since_2023)
        ceiling = compute.elsewhere_ceiling / 4.0 * world * self.elsewhere_share
        return demand.bounded(wanted, ceiling)

    def least_rent(self) -> USD_per_hour:
        """Rent below which chips are switched off."""
        return self.user_cost() * self.model.dials.compute.idle_rent

    def let(self, rent: USD_per_hour, idle: Share) -> None:
        """The quarter's rent, and the share of hours that nobody took."""
        self.rent, self.idle = rent, idle

    def observe_demand(self, spending: USD, lab_spending: USD) -> None:
        """Smooth what was spent, by all and by labs, and how fast it grows."""
        speed, before = self.model.dials.compute.smoothing, self.spending
        if self.model.quarter == 0:  # nothing to compare with yet
            self.spending, change = spending, self.growth
        else:
            self.spending = dynamics.adjusted(before, spending, speed)
            change = np.log(np.maximum(self.spending, 1.0) / np.maximum(before, 1.0))
        change = np.clip(change, -MOST_GROWTH, MOST_GROWTH)
        self.growth = dynamics.adjusted(self.growth, change, speed)
        self.lab_spending = dynamics.adjusted(self.lab_spending, lab_spending, speed)

    def observe_serving(self, hours: H100e_hours) -> None:
        """Specialists serve first (M17): what a chip serves on average, over a GPU."""
        edge = self.model.dials.chips.specialist_edge
        self.serving_edge = investment.serving_edge(edge, self.specialists, hours)

    # ------------------------------------------------------------ investing

    def user_cost(self) -> USD_per_hour:
        """What a new chip must earn an hour."""
        dials, now = self.model.dials, self.model
        return costs.user_cost(
            now.chipmakers.price * dials.compute.building,
            dials.compute.interest,
            dials.compute.life,
            dials.compute.foresight * dials.chips.price_trend * np.log(10.0),
            now.utilities.draw(),
            now.utilities.price,
            dials.compute.load,
        )

    def order(self) -> H100e:
        """Order the chips wanted on delivery, less what is there by then; return what is due now.

        The stock wanted is that at which expected spending pays user cost and margin, at what
        rivals' new chips will cost by then, within the power that may be connected.
        """
        compute, now = self.model.dials.compute, self.model
        ahead = len(self.ordered) + 2.0  # quarters until an order is at work
        expected = investment.expected_spending(
            self.spending, self.growth, ahead, compute.extrapolation
        )
        cheaper = dynamics.trend(-now.dials.chips.price_trend, ahead / 4.0)
        required = self.user_cost() * cheaper * (1.0 + compute.margin)
        wanted = investment.stock_wanted(expected, required, compute.load)
        wanted = np.minimum(wanted, now.utilities.room_ahead(ahead))
        coming = sum(self.ordered) + now.chipmakers.backlog + self.shipped + self.waiting
        retiring = self.stock * (ahead / 4.0) / compute.life
        self.orders = investment.orders(wanted, self.stock, coming, retiring, compute.order_speed)
        due, *self.ordered = [*self.ordered, self.orders]
        return due

    def install(self, delivered: H100e, price: USD_per_H100e) -> None:
        """Put what arrives to work as far as there is power; retire the old; pay for both."""
        compute, utilities = self.model.dials.compute, self.model.utilities
        arrived, self.shipped = self.shipped, delivered
        left = dynamics.left_after(1.0, compute.life)
        draw = utilities.draw() * GW_PER_KW
        fleet = self.fleet_gw * left
        room = np.maximum(utilities.connected - fleet, 0.0) / draw
        ready = self.waiting + arrived
        self.installed = np.minimum(ready, room)
        self.waiting = ready - self.installed
        self.fleet_gw = fleet + self.installed * draw
        self.stock = self.stock * left + self.installed
        new_specialists = self.installed * self.model.chipmakers.specialist_share
        self.specialists = self.specialists * left + new_specialists
        self.capex = delivered * price * compute.building
