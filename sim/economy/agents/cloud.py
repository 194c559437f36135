"""Clouds: one a region; they rent chips out, order new ones where that pays, call orders off.

Shapes (regions, worlds), regions as in REGIONS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.economy.agents.elsewhere import Elsewhere
from sim.equations import costs, dynamics, investment, pricing
from sim.units import (
    GW,
    GW_PER_KW,
    HOURS_A_QUARTER,
    USD,
    H100e,
    H100e_hours,
    Ratio,
    Share,
    USD_per_H100e,
    USD_per_hour,
    USD_per_kWh,
    per_Year,
)

if TYPE_CHECKING:
    from sim.economy.model import AIEconomy

REGIONS = ("us", "china")
FIRST_RENT = 5.0  # USD an H100e-hour: what is expected before the first quarter
FIRST_GROWTH = 0.1  # log a quarter: of demand, likewise
ON_ORDER = 0.12  # of the stock at the start, for each quarter of the lead time
MOST_GROWTH = 0.5  # log a quarter: faster growth of demand is taken for luck
UNDER_WAY = 2.0  # quarters from when an order is due to when its chips are at work


@dataclass(frozen=True)
class Ahead:
    """What clouds expect for when an order of today is at work, (regions, worlds)."""

    quarters: float  # until then
    there: H100e  # then, with all that is on order
    spending: USD  # a quarter
    rent: USD_per_hour
    running: USD_per_hour  # power and operation of a chip ordered now
    an_hour: Ratio  # USD an hour that a dollar of installed chips must earn
    quote: USD_per_H100e  # price agreed now
    building: USD_per_H100e  # of its site and network


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
        self.ordered = [self.stock * ON_ORDER for _ in range(dials.chips.lead_quarters - 1)]
        self.owed = [chips * model.chipmakers.price for chips in self.ordered]  # USD, for these
        self.shipped = self.stock * ON_ORDER  # delivered last quarter, being installed
        self.waiting = zeros  # installed, but without power
        self.fleet_gw = self.stock * (model.utilities.draw() * GW_PER_KW)
        self.idle_draw = zeros  # share of power that is let: of chips that are shut
        self.orders, self.installed, self.scrapped = zeros, zeros, zeros  # this quarter
        self.cancelled, self.penalty = zeros, zeros  # this quarter: H100e, USD
        self.chip_worth = np.zeros(model.size)  # USD an H100e installed, to who orders now
        self.late = np.zeros(model.size)  # share of orders
        self.capex = zeros  # USD this quarter
        self.elsewhere = Elsewhere(self)

    # ------------------------------------------------------------ renting out

    def hours(self) -> H100e_hours:
        """H100e-hours of all chips in a quarter."""
        return self.stock * (self.model.dials.compute.load * HOURS_A_QUARTER)

    def running_costs(self) -> tuple[USD_per_hour, Ratio]:
        """Power and operation of the newest chips, and how those of older ones are spread."""
        utilities = self.model.utilities
        mean, least = self.fleet_gw / (self.stock * GW_PER_KW), utilities.draw()
        return least * utilities.running(), costs.spread_of_draws(mean, least)

    def let(self, rent: USD_per_hour) -> None:
        """The quarter's rent: chips that do not earn power and operation are shut."""
        least, spread = self.running_costs()
        self.rent = rent
        self.idle = 1.0 - pricing.running(rent, least, spread)
        self.idle_draw = 1.0 - pricing.running(rent, least, spread - 1.0)

    @property
    def idle_gw(self) -> GW:
        """Power of chips that are shut."""
        return self.fleet_gw * self.idle_draw

    def observe_demand(self, spending: USD) -> None:
        """Smooth what was spent by all, and how fast it grows."""
        speed, before = self.model.dials.compute.smoothing, self.spending
        if self.model.quarter == 0:  # nothing to compare with yet
            self.spending, change = spending, self.growth
        else:
            self.spending = dynamics.adjusted(before, spending, speed)
            change = np.log(np.maximum(self.spending, 1.0) / np.maximum(before, 1.0))
        change = np.clip(change, -MOST_GROWTH, MOST_GROWTH)
        steady = self.model.dials.compute.growth_smoothing
        self.growth = dynamics.adjusted(self.growth, change, steady)

    def observe_serving(self, hours: H100e_hours) -> None:
        """Specialists serve first (M17): what a chip serves on average, over a GPU."""
        edge = self.model.dials.chips.specialist_edge
        self.serving_edge = investment.serving_edge(edge, self.specialists, hours)

    # ------------------------------------------------------------ what a chip costs and earns

    def capital(self) -> Ratio:
        """What a dollar of installed chips must earn an hour, beyond running."""
        compute, fall = self.model.dials.compute, self.model.chipmakers.fall
        return costs.capital_cost(
            compute.interest, compute.life, compute.foresight * fall, compute.load
        )

    def building(self) -> USD_per_H100e:
        """Servers, network and building of a chip, by what it draws: not dearer where it is."""
        return self.model.dials.compute.building * self.model.utilities.draw()

    def user_cost(self) -> USD_per_hour:
        """What a new chip must earn an hour, at today's price of chips and of sites."""
        sites = self.model.utilities.site_price
        return self._must_earn(self.model.chipmakers.price, sites)

    def cost_to_provide(self) -> USD_per_hour:
        """The same if neither chips nor sites were scarce."""
        return self._must_earn(self.model.chipmakers.usual_price, 0.0)

    def _must_earn(self, price: USD_per_H100e, sites: USD_per_kWh) -> USD_per_hour:
        compute, now = self.model.dials.compute, self.model
        return costs.user_cost(
            price + self.building(),
            compute.interest,
            compute.life,
            compute.foresight * now.chipmakers.fall,
            now.utilities.draw(),
            now.utilities.running() + sites,
            compute.load,
        )

    # ------------------------------------------------------------ investing

    def undelivered(self) -> H100e:
        """Chips that are on order."""
        return sum(self.ordered) + self.model.chipmakers.backlog

    def coming(self) -> H100e:
        """Chips that are on order, or here and not yet at work."""
        return self.undelivered() + self.shipped + self.waiting

    def _ahead(self) -> Ahead:
        """What clouds expect for when an order of today is at work."""
        compute, now = self.model.dials.compute, self.model
        quarters = len(self.ordered) + UNDER_WAY
        there = self.stock * dynamics.left_after(quarters, compute.life) + self.coming()
        spending = investment.expected_spending(
            self.spending, self.growth, quarters, compute.extrapolation
        )
        cheaper = dynamics.faded(quarters / 4.0, now.chipmakers.fall)
        return Ahead(
            quarters=quarters,
            there=there,
            spending=spending,
            rent=investment.rent_expected(spending, there, compute.load),
            running=now.utilities.draw() * now.utilities.running(),
            an_hour=self.capital(),
            quote=now.chipmakers.price * cheaper,
            building=self.building(),
        )

    def order(self) -> tuple[H100e, USD]:
        """Order for delivery as Tobin's q says, call off what no longer pays; what is due now.

        Rent on delivery is what clouds expect to be spent over the hours that all chips on order
        will give. An order is for chips as they are made by then, at a price that is agreed now.
        """
        ahead = self._ahead()
        site, pace = self._sites(ahead)
        self.model.utilities.let_sites(site)
        running = ahead.running + self.model.utilities.draw() * site
        self._order_or_cancel(ahead, running, pace * ahead.there / 4.0)
        self.late = self._late()
        self.chip_worth = self._chip_worth(ahead, running)
        due, *self.ordered = [*self.ordered, self.orders]
        bill, *self.owed = [*self.owed, self.orders * ahead.quote]
        return due, bill

    def _sites(self, ahead: Ahead) -> tuple[USD_per_kWh, per_Year]:
        """Price of a place with power, and orders a year over the chips there.

        Where orders would be more than there is power for, the price rises until they are not, or
        until a chip is just worth its cost.
        """
        compute, utilities = self.model.dials.compute, self.model.utilities
        wear, draw = 1.0 / compute.life, utilities.draw()
        capital = ahead.an_hour * (ahead.quote + ahead.building)
        growth = 4.0 * self.growth + self.model.chipmakers.fall
        usual = investment.usual_pace(wear, growth)
        haste = investment.haste_costs(compute.adjustment_costs, wear, usual)

        worth = investment.tobins_q(ahead.rent, ahead.running, capital)
        room = 4.0 * utilities.room_ahead(ahead.quarters) / ahead.there
        excess = investment.orders(usual, worth, haste) - room
        most = (ahead.rent - ahead.running - capital) / draw
        site = pricing.site_price(excess, most, haste, draw, capital)
        left = investment.tobins_q(ahead.rent, ahead.running + draw * site, capital)
        return site, np.minimum(investment.orders(usual, left, haste), room)

    def _late(self) -> Share:
        """Part of the chips on order that foundries cannot make by when they are due."""
        makes = self.model.chipmakers.capacity * (len(self.ordered) + 1.0)
        return np.maximum(1.0 - makes / np.maximum(self.undelivered().sum(axis=0), 1e-9), 0.0)

    def _chip_worth(self, ahead: Ahead, running: USD_per_hour) -> USD_per_H100e:
        """What a chip is worth to who orders it, as an H100e of today, if so many are late."""
        there = ahead.there - self.late * self.undelivered()
        rent = investment.rent_expected(ahead.spending, there, self.model.dials.compute.load)
        worth = (rent - running) / ahead.an_hour - ahead.building
        mean = (worth * there).sum(axis=0) / there.sum(axis=0)
        return mean * self.model.chipmakers.price / ahead.quote

    def _order_or_cancel(self, ahead: Ahead, running: USD_per_hour, new: H100e) -> None:
        """Chips beyond those that would earn what is still to be paid for them are not ordered, and
        called off where they are."""
        compute, chipmakers = self.model.dials.compute, self.model.chipmakers
        undelivered = np.maximum(self.undelivered(), 1e-9)
        owed = sum(self.owed) + chipmakers.backlog_owed
        to_pay = owed / undelivered * (1.0 - compute.cancel_fee) + ahead.building
        least = ahead.an_hour * to_pay + running
        kept = investment.stock_wanted(ahead.spending, least, compute.load)
        beyond = np.maximum(ahead.there - kept, 0.0)
        self.orders = np.maximum(new - beyond, 0.0)
        self.cancelled = investment.worth_cancelling(beyond - new, self.undelivered())
        part = self.cancelled / undelivered
        self.penalty = compute.cancel_fee * part * owed
        self.ordered = [chips * (1.0 - part) for chips in self.ordered]
        self.owed = [bill * (1.0 - part) for bill in self.owed]
        chipmakers.strike_off(part)

    def install(self, delivered: H100e, bill: USD) -> None:
        """Put what arrives to work as far as there is power; retire the old; pay for sites."""
        compute, utilities = self.model.dials.compute, self.model.utilities
        arrived, self.shipped = self.shipped, delivered
        left = dynamics.left_after(1.0, compute.life)
        chips_kept, draw_kept = self._kept_on_site()
        fleet = self.fleet_gw * (left * draw_kept)
        draw = utilities.draw() * GW_PER_KW
        room = np.maximum(utilities.connected - fleet, 0.0) / draw
        ready = self.waiting + arrived
        self.installed = np.minimum(ready, room)
        self.waiting = ready - self.installed
        self.fleet_gw = fleet + self.installed * draw
        self.scrapped = self.stock * (left * (1.0 - chips_kept))
        self.stock = self.stock * left - self.scrapped + self.installed
        new_specialists = self.installed * self.model.chipmakers.specialist_share
        self.specialists = self.specialists * (left * chips_kept) + new_specialists
        self.capex = bill + delivered * self.building()

    def _kept_on_site(self) -> tuple[Ratio, Ratio]:
        """Part of chips, and of their draw, left as leases run out that they do not earn."""
        power, utilities = self.model.dials.power, self.model.utilities
        _, spread = self.running_costs()
        least = utilities.draw() * (utilities.running() + utilities.site_price)
        ending = 1.0 - dynamics.left_after(1.0, power.lease_years)
        chips = 1.0 - pricing.running(self.rent, least, spread)
        draw = 1.0 - pricing.running(self.rent, least, spread - 1.0)
        return 1.0 - ending * chips, 1.0 - ending * draw
