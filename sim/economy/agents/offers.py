"""What a lab offers: products, what they cost to serve, how long they think, and prices.

Everything is decided on last quarter's figures. Shapes (labs, worlds), products (flagship, mini)
first where there are products. Money in USD a quarter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.economy.agents.buyers import MOSTLY
from sim.economy.state import PRODUCTS
from sim.equations import capability, costs, dynamics, pricing
from sim.units import Flag, H100e_hours_per_Mtok, Ratio, Share, USD_per_Mtok, per_Year

if TYPE_CHECKING:
    from sim.economy.agents.lab import Labs

MARGINS = 0.02, 20.0  # over that of a seller too small to move its market: least and most
DRIFT_SEEN, MOST_DRIFT = 0.25, 0.3  # weight of the last quarter; log a quarter that anybody expects
LEAST_SOLD = 1e-6  # Mtok: fewer tell nothing of demand


class Offers:
    """The labs' product departments."""

    def __init__(self, labs: Labs):
        self.labs, self.model = labs, labs.model
        self.wanted = np.ones((PRODUCTS, *labs.shape))  # USD a Mtok, last quarter
        self.drift = np.zeros((PRODUCTS, *labs.shape))  # of its log a quarter, smoothed

    def hours_per_Mtok(self) -> H100e_hours_per_Mtok:
        """What a million tokens of each product take to serve."""
        cost, research = self.model.dials.costs, self.labs.research
        flagship = costs.hours_per_Mtok(
            research.parameters, self.overhead(), cost.serving_utilisation
        )
        flagship = flagship / self.model.clouds.serving_edge[self.labs.region]
        hours = np.stack([flagship, flagship * cost.mini_parameters])
        return hours * research.serving_cost_factor

    def overhead(self) -> Ratio:
        """Cost of serving over 2N FLOP a token, with what each lab has learnt (M31)."""
        cost = self.model.dials.costs
        left = costs.learnt(self.labs.known, cost.serving_known, cost.serving_learning)
        return costs.serving_overhead(
            self.model.years, cost.serving_overhead, cost.serving_progress, cost.serving_floor, left
        )

    def on_offer(self) -> Flag:
        """Who sells what, (products, labs, worlds)."""
        labs, now = self.labs, self.model
        selling = labs.alive & (labs.sells <= now.quarter)
        selling |= labs.alive & ~selling.any(axis=0)  # where nobody would, whoever can steps in
        return np.stack([selling, selling & (now.year >= now.dials.scaling.mini_from)])

    def kept(self) -> Ratio:
        """Worth of a customer won over that of one sale, for how long it stays, and growth."""
        return self._kept(self.model.dials.capital.discount)

    def _kept(self, discount: per_Year) -> Ratio:
        dials = self.model.dials
        growth = dials.research.foresight * self.labs.growth
        return pricing.kept_for_ever(dials.demand.reconsider, growth, discount)

    def price(self, unit_cost: USD_per_Mtok) -> USD_per_Mtok:
        """Logit margin over cost, below the limit that hosts set, adjusted slowly from list prices.

        Open weights sell at hosts' cost and margin; nobody sells below cost.
        """
        labs, rules, customers = self.labs, self.model.dials.pricing, self.model.customers
        full_cost = unit_cost * labs.sold.free_burden  # those who pay bear the free tier
        wanted = np.minimum(self._best_price(full_cost), self._limit())
        hosts = unit_cost * (1.0 + rules.host_margin)
        wanted = np.where(labs.open[:, None], hosts, np.maximum(wanted, full_cost))
        first = ~customers.was_on_offer | (self.model.quarter == 0)
        speed = np.where(first | labs.open[:, None], 1.0, rules.speed)  # a successor inherits it
        self._watch(wanted, first)
        ahead = pricing.price_to_set(wanted, self.drift, speed)
        price = dynamics.adjusted_in_logs(labs.plan.price, ahead, speed)
        return np.clip(price, unit_cost, np.maximum(customers.buyers.values.max(axis=0), unit_cost))

    def _watch(self, wanted: USD_per_Mtok, first: Flag) -> None:
        """How the price that each lab wants drifts, as costs and rivals' products move."""
        moved = np.clip(np.log(wanted / self.wanted), -MOST_DRIFT, MOST_DRIFT)
        drift = dynamics.adjusted(self.drift, moved, DRIFT_SEEN)
        self.wanted, self.drift = wanted, np.where(first, 0.0, drift)

    def _counts(self) -> Ratio:
        """What a customer counts for in a price where cash is short until the next round."""
        capital = self.model.dials.capital
        while_short = self._kept(capital.discount + 1.0 / capital.raise_below)
        shadow = self.labs.plan.shadow_price
        return pricing.while_short_of_cash(self.kept(), while_short, shadow)

    def _best_price(self, cost: USD_per_Mtok) -> USD_per_Mtok:
        """What makes buyers' answer to price best, for as long as they stay; at first, a guess."""
        sellers, buyers = self.model.customers.sellers, self.model.customers.buyers
        counts = self._counts()
        best = pricing.logit_price(
            cost,
            sellers.sold,
            counts * sellers.lost,
            counts * sellers.lost_at_cost,
            counts * sellers.passed,
        )
        pays = buyers.seats.max(axis=1)  # by class
        own = (buyers.values * buyers.tastes / pays)[MOSTLY][:, None] / self.kept()
        known = (sellers.sold > LEAST_SOLD) & (sellers.lost > 0.0)
        return np.clip(np.where(known, best, cost + own), MARGINS[0] * own, cost + MARGINS[1] * own)

    def _limit(self) -> USD_per_Mtok:
        """Where buyers turn to open weights, (products, labs, worlds), if there are any (M43)."""
        labs, customers = self.labs, self.model.customers
        rivals = customers.was_on_offer & labs.open[:, None] & labs.alive
        success = customers.sellers.success
        best = np.where(rivals[0], success, -1.0)
        price = np.where(rivals, labs.plan.price, np.inf)
        at = (np.arange(labs.shape[0])[:, None] == best.argmax(axis=0)) & rivals
        price = np.where(at, price, np.inf).min(axis=1)[:, None, :]
        better = np.stack([success - best.max(axis=0), 0.0 * success])
        buyers = customers.buyers
        return pricing.limit_price(
            price, better, buyers.tastes[MOSTLY][:, None], buyers.values[MOSTLY][:, None], 1.0
        )

    def test_time(self, price: USD_per_Mtok, unit_cost: USD_per_Mtok) -> Ratio:
        """Tokens of thought for one of the answer, towards what brings the lab most."""
        dials, sellers, labs = self.model.dials, self.model.customers.sellers, self.labs
        scaling, demand = dials.scaling, dials.demand
        before = labs.plan.test_time_multiple
        most = self.model.customers.most_thinking()
        gain = capability.test_time_gain(before, scaling.test_time_slope, most)
        slope = scaling.test_time_slope * capability.slope_left(gain, most)
        helps = capability.thinking_helps(sellers.deep_spread, slope, demand.width)
        best = capability.best_test_time(
            unit_cost,
            price * demand.seat_premium,
            price,
            sellers.by_tokens,
            helps,
            sellers.deep_answer,
            demand.value_demanding,
            demand.taste,
        )
        best = np.where(slope > 0.0, np.minimum(best, scaling.test_time_most), 1.0)
        wanted = np.where(self.model.year >= scaling.test_time_from, best, 1.0)
        return dynamics.adjusted_in_logs(before, wanted, dials.pricing.speed)

    def spare(self, price: USD_per_Mtok, unit_cost: USD_per_Mtok) -> Ratio:
        """Capacity to book over expected need: what a request brings against what it costs."""
        sold = np.maximum(self.labs.sold.paid, 1e-12)
        sales = np.maximum(self.labs.sold.sales, price * sold).sum(axis=0)
        margin: Share = 1.0 - (unit_cost * sold).sum(axis=0) / sales
        return pricing.spare_capacity(margin, self.model.dials.research.demand_surprise)
