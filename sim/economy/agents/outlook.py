"""Outlook: what clouds expect for when an order of today is at work, and what they would order.

Shapes (regions, worlds) of what a region's clouds share, (clouds, worlds) of each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.equations import dynamics, investment, pricing
from sim.units import (
    USD,
    Array,
    H100e,
    Ratio,
    Share,
    USD_per_H100e,
    USD_per_hour,
    USD_per_kWh,
    Years,
    per_Year,
)

if TYPE_CHECKING:
    from sim.economy.agents.cloud import Clouds

STEPS = 3  # towards the price of places: each cloud's bounds are met by then
UNDER_WAY = 2.0  # quarters from when an order is due to when its chips are at work


@dataclass(frozen=True)
class Ahead:
    """What clouds expect for when an order of today is at work."""

    quarters: float  # until then
    own: H100e  # then, of each cloud, with all that is on order
    there: H100e  # the same of a region
    spending: USD  # a quarter, by region
    rent: USD_per_hour
    running: USD_per_hour  # power and operation of a chip ordered now
    an_hour: Ratio  # USD an hour that a dollar of installed chips must earn, of each cloud
    quote: USD_per_H100e  # price agreed now
    building: USD_per_H100e  # of its site and network


class Outlook:
    """What all clouds reckon with."""

    def __init__(self, clouds: Clouds):
        self.clouds, self.model = clouds, clouds.model

    def ahead(self) -> Ahead:
        """Rent on delivery is what will be spent over the hours of all chips, on order too."""
        compute, now, clouds = self.model.dials.compute, self.model, self.clouds
        quarters = len(clouds.ordered) + UNDER_WAY
        own = clouds.stock * dynamics.left_after(quarters, compute.life) + clouds.coming()
        there = clouds.by_region(own)
        spending = investment.expected_spending(
            clouds.spending, clouds.growth, quarters, compute.extrapolation
        )
        cheaper = dynamics.faded(quarters / 4.0, now.chipmakers.fall)
        return Ahead(
            quarters=quarters,
            own=own,
            there=there,
            spending=spending,
            rent=investment.rent_expected(spending, there, compute.load),
            running=now.utilities.draw() * now.utilities.running(),
            an_hour=clouds.capital(clouds.treasury.cost_of_capital()),
            quote=now.chipmakers.price * cheaper,
            building=clouds.building(),
        )

    def sites_and_orders(self, ahead: Ahead) -> tuple[USD_per_kWh, H100e]:
        """Price of a place with power in each region, and what each cloud orders this quarter.

        Where orders would be more than there is power for, the price rises until they are not, or
        until a chip is just worth its cost to who finances it most cheaply.
        """
        clouds, draw = self.clouds, self.model.utilities.draw()
        capital = ahead.an_hour * (ahead.quote + ahead.building)
        pace, haste = self._pace()
        room = self.model.utilities.room_ahead(ahead.quarters)
        most = ahead.rent - ahead.running - clouds.least_of_region(capital)
        answer = investment.answer_to_site(ahead.own, haste, draw, capital)
        means = np.maximum(clouds.treasury.affords(ahead.quote, ahead.building), 0.0)
        site, wanted = np.zeros(room.shape), means
        for _ in range(STEPS):
            wish = self._wish(ahead, pace, haste, capital, site)
            wanted, answers = np.minimum(wish, means), (wish > 0.0) & (wish < means)
            excess = clouds.by_region(wanted) - room
            site = pricing.site_price(site, excess, most / draw, clouds.by_region(answer * answers))
        wanted = np.minimum(self._wish(ahead, pace, haste, capital, site), means)
        fits = np.minimum(room / np.maximum(clouds.by_region(wanted), 1e-9), 1.0)
        return site, wanted * clouds.of_region(fits)

    def _pace(self) -> tuple[per_Year, Years]:
        """Orders a year over own chips that are costless, and costs of haste, of each cloud."""
        compute, clouds = self.model.dials.compute, self.clouds
        wear = 1.0 / compute.life
        usual = investment.usual_pace(wear, 4.0 * clouds.growth + self.model.chipmakers.fall)
        haste = investment.haste_costs(compute.adjustment_costs, wear, usual)
        over = np.where(clouds.leveraged, compute.neo_haste, 1.0)
        return clouds.of_region(usual), clouds.of_region(haste) * over

    def _wish(
        self, ahead: Ahead, pace: per_Year, haste: Years, capital: USD_per_hour, site: Array
    ) -> H100e:
        """Orders of a quarter by Tobin's q."""
        clouds = self.clouds
        running = ahead.running + self.model.utilities.draw() * site
        worth = investment.tobins_q(
            clouds.of_region(ahead.rent), clouds.of_region(running), capital
        )
        return investment.orders(pace, worth, haste) * ahead.own / 4.0 + clouds.treasury.opening

    def late(self) -> Share:
        """Part of the chips on order that foundries cannot make by when they are due, (worlds,)."""
        clouds = self.clouds
        makes = self.model.chipmakers.capacity * (len(clouds.ordered) + 1.0)
        on_order = np.maximum(clouds.undelivered().sum(axis=0), 1e-9)
        return np.maximum(1.0 - makes / on_order, 0.0)

    def chip_worth(self, ahead: Ahead, running: USD_per_hour, late: Share) -> USD_per_H100e:
        """What a chip is worth to a hyperscaler, as an H100e of today, if so many are late."""
        clouds, compute = self.clouds, self.model.dials.compute
        there = ahead.there - late * clouds.by_region(clouds.undelivered())
        rent = investment.rent_expected(ahead.spending, there, compute.load)
        worth = (rent - running) / clouds.capital(compute.interest) - ahead.building
        mean = (worth * there).sum(axis=0) / there.sum(axis=0)
        return mean * self.model.chipmakers.price / ahead.quote

    def beyond(self, ahead: Ahead, running: USD_per_hour, new: H100e) -> H100e:
        """Chips of each cloud beyond those that would earn what is still to be paid for them.

        A region's are shared by what each has on order. A neo-cloud can have more than it can pay.
        """
        clouds, compute = self.clouds, self.model.dials.compute
        undelivered = clouds.undelivered()
        owed = clouds.owing() / np.maximum(undelivered, 1e-9)
        to_pay = owed * (1.0 - compute.cancel_fee) + ahead.building
        least = ahead.an_hour * to_pay + clouds.of_region(running)
        kept = investment.stock_wanted(clouds.of_region(ahead.spending), least, compute.load)
        open_orders = undelivered + new
        whole = np.maximum(clouds.of_region(clouds.by_region(open_orders)), 1e-9)
        part = open_orders / whole
        beyond = np.maximum(clouds.of_region(ahead.there) - kept, 0.0) * part
        means = clouds.treasury.affords(ahead.quote, ahead.building)
        return np.maximum(beyond, np.where(clouds.leveraged, new - means, 0.0))
