"""Clouds: a hyperscaler and a neo-cloud a region; they rent chips out, order new ones, call off.

Shapes (clouds, worlds) of what each has, (regions, worlds) of what a region's share, such as rent.
A hyperscaler pays out of its other business too; neo-clouds are leveraged, and stand for all of
their kind. Money is in treasury.py, what they expect in outlook.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.economy.agents.elsewhere import Elsewhere
from sim.economy.agents.outlook import Outlook
from sim.economy.agents.tenancy import Tenancy
from sim.economy.agents.treasury import Treasury
from sim.equations import costs, dynamics, investment, pricing
from sim.units import (
    GW,
    GW_PER_KW,
    HOURS_A_QUARTER,
    USD,
    Array,
    Flag,
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
CLOUDS = ("us_hyperscaler", "us_neocloud", "china_hyperscaler", "china_neocloud")
WHERE = np.array([0, 0, 1, 1])  # the region of each cloud
LEVERAGED = np.array([[False], [True], [False], [True]])
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
        zeros = np.zeros((len(CLOUDS), model.size))
        by_region = np.zeros((len(REGIONS), model.size))
        neo = dials.compute.neo_share
        stocks = dials.compute.stock_us, dials.compute.stock_china
        self.stock = np.stack(
            [zeros[0] + stock * part for stock in stocks for part in (1.0 - neo, neo)]
        )
        self.specialists = self.stock * dials.chips.specialist_share
        self.serving_edge = by_region + 1.0  # tokens that serving gets from a chip, over a GPU's
        self.rent = by_region + FIRST_RENT
        self.idle = by_region  # share of hours
        self.part = self.stock / self.of_region(self.by_region(self.stock))  # in what is let
        self.billed = by_region  # for hours this quarter, USD
        self.sales: USD = zeros  # of each cloud
        self.spending = FIRST_RENT * self.hours()  # by all who rent, USD a quarter, smoothed
        self.growth = by_region + FIRST_GROWTH  # of that, log a quarter, smoothed
        self.ordered = [self.stock * ON_ORDER for _ in range(dials.chips.lead_quarters - 1)]
        self.owed = [chips * model.chipmakers.price for chips in self.ordered]  # USD, for these
        self.shipped = self.stock * ON_ORDER  # delivered last quarter, being installed
        self.waiting = zeros  # installed, but without power
        self.fleet_gw = self.stock * (model.utilities.draw() * GW_PER_KW)
        self.idle_draw = by_region  # share of power that is let: of chips that are shut
        self.orders, self.installed, self.scrapped = zeros, zeros, zeros  # this quarter
        self.cancelled, self.penalty = zeros, zeros  # this quarter: H100e, USD
        self.forgiven = zeros  # bills of orders called off this quarter, USD
        self.chip_worth = np.zeros(model.size)  # USD an H100e installed, to who orders now
        self.late = np.zeros(model.size)  # share of orders
        self.capex = zeros  # USD this quarter
        self.leveraged = LEVERAGED
        self.elsewhere, self.treasury, self.outlook = Elsewhere(self), Treasury(self), Outlook(self)
        self.tenancy = Tenancy(self)

    # ------------------------------------------------------------ regions and clouds

    @staticmethod
    def by_region(amounts: Array) -> Array:
        """Sum (clouds, worlds) by region, (regions, worlds)."""
        return amounts[0::2] + amounts[1::2]

    @staticmethod
    def of_region(amounts: Array) -> Array:
        """What holds in the region of each cloud, (clouds, worlds)."""
        return amounts[WHERE]

    @staticmethod
    def least_of_region(amounts: Array) -> Array:
        """The least of (clouds, worlds) in each region."""
        return np.minimum(amounts[0::2], amounts[1::2])

    # ------------------------------------------------------------ renting out

    def hours(self) -> H100e_hours:
        """H100e-hours of all chips of a region in a quarter."""
        return self.by_region(self.stock) * (self.model.dials.compute.load * HOURS_A_QUARTER)

    def running_costs(self) -> tuple[USD_per_hour, Ratio]:
        """Power and operation of the newest chips, and how those of older ones are spread."""
        utilities = self.model.utilities
        chips = self.by_region(self.stock) * GW_PER_KW
        mean, least = self.by_region(self.fleet_gw) / chips, utilities.draw()
        return least * utilities.running(), costs.spread_of_draws(mean, least)

    def let(self, rent: USD_per_hour) -> None:
        """The quarter's rent: chips that do not earn power and operation are shut."""
        least, spread = self.running_costs()
        self.rent = rent
        self.part = self.stock / self.of_region(self.by_region(self.stock))
        self.idle = 1.0 - pricing.running(rent, least, spread)
        self.idle_draw = 1.0 - pricing.running(rent, least, spread - 1.0)

    @property
    def idle_gw(self) -> GW:
        """Power of chips that are shut."""
        return self.fleet_gw * self.of_region(self.idle_draw)

    def observe_demand(self, spending: USD, billed: USD) -> None:
        """Note what was billed; smooth what all would have spent at this rent, and its growth."""
        self.billed, self.sales = billed, self.tenancy.sales(billed)
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
        self.serving_edge = investment.serving_edge(edge, self.by_region(self.specialists), hours)

    # ------------------------------------------------------------ what a chip costs and earns

    def capital(self, interest: per_Year) -> Ratio:
        """What a dollar of installed chips must earn an hour, beyond running."""
        compute, fall = self.model.dials.compute, self.model.chipmakers.fall
        return costs.capital_cost(interest, compute.life, compute.foresight * fall, compute.load)

    def building(self) -> USD_per_H100e:
        """Servers, network and building of a chip, by what it draws: not dearer where it is."""
        return self.model.dials.compute.building * self.model.utilities.draw()

    def user_cost(self) -> USD_per_hour:
        """What a hyperscaler's new chip must earn an hour, at today's price of chips and sites."""
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

    def owing(self) -> USD:
        """What is to be paid for them."""
        return sum(self.owed) + self.model.chipmakers.backlog_owed

    def coming(self) -> H100e:
        """Chips that are on order, or here and not yet at work."""
        return self.undelivered() + self.shipped + self.waiting

    def order(self) -> tuple[H100e, USD]:
        """Order for delivery as Tobin's q says, call off what no longer pays; what is due now.

        An order is for chips as they are made by then, at a price that is agreed now.
        """
        ahead = self.outlook.ahead()
        site, new = self.outlook.sites_and_orders(ahead)
        self.model.utilities.let_sites(site)
        running = ahead.running + self.model.utilities.draw() * site
        self._order_or_cancel(self.outlook.beyond(ahead, running, new), new)
        self.late = self.outlook.late()
        self.chip_worth = self.outlook.chip_worth(ahead, running, self.late)
        self.treasury.look_ahead(ahead, running)
        due, *self.ordered = [*self.ordered, self.orders]
        bill, *self.owed = [*self.owed, self.orders * ahead.quote]
        return due, bill

    def _order_or_cancel(self, beyond: H100e, new: H100e) -> None:
        """Chips that do not pay are not ordered, and called off against a fee where they are."""
        undelivered, owed = np.maximum(self.undelivered(), 1e-9), self.owing()
        self.orders = np.maximum(new - beyond, 0.0)
        self.cancelled = investment.worth_cancelling(beyond - new, self.undelivered())
        part = self.cancelled / undelivered
        self.forgiven = part * owed
        self.penalty = self.model.dials.compute.cancel_fee * self.forgiven
        self._strike_off(part)

    def _strike_off(self, part: Share) -> None:
        """Take a part of what each has on order off the books, the makers' too."""
        self.ordered = [chips * (1.0 - part) for chips in self.ordered]
        self.owed = [bill * (1.0 - part) for bill in self.owed]
        self.model.chipmakers.strike_off(part)

    def install(self, delivered: H100e, bill: USD) -> None:
        """Put what arrives to work as far as there is power; retire the old; pay for sites."""
        compute, utilities = self.model.dials.compute, self.model.utilities
        arrived, self.shipped = self.shipped, delivered
        left = dynamics.left_after(1.0, compute.life)
        chips_kept, draw_kept = self._kept_on_site()
        fleet = self.fleet_gw * (left * draw_kept)
        draw = utilities.draw() * GW_PER_KW
        room = np.maximum(utilities.connected - self.by_region(fleet), 0.0) / draw
        ready = self.waiting + arrived
        fits = np.minimum(room / np.maximum(self.by_region(ready), 1e-9), 1.0)
        self.installed = ready * self.of_region(fits)
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
        return self.of_region(1.0 - ending * chips), self.of_region(1.0 - ending * draw)

    def fine(self, fee: USD) -> None:
        """A fee for orders called off that was paid out of an estate."""
        self.penalty = self.penalty + fee

    def resell(self, failed: Flag) -> None:
        """The chips of the failed go to the hyperscaler of their region; their orders are void."""
        self.stock = _moved(self.stock, failed)
        self.specialists = _moved(self.specialists, failed)
        self.fleet_gw = _moved(self.fleet_gw, failed)
        self.waiting, self.shipped = _moved(self.waiting, failed), _moved(self.shipped, failed)
        self.tenancy.pass_on(failed)
        self.cancelled = self.cancelled + np.where(failed, self.undelivered(), 0.0)
        self.forgiven = self.forgiven + np.where(failed, self.owing(), 0.0)
        self._strike_off(failed.astype(float))


def _moved(chips: Array, failed: Flag) -> Array:
    """What neo-clouds that failed have, moved to the hyperscaler beside them."""
    lost = np.where(failed, chips, 0.0)
    return chips - lost + np.roll(lost, -1, axis=0)
