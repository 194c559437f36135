"""A lab's plan: prices, thinking time, budget, its split, and bids for compute.

Everything is decided on last quarter's figures. Shapes (labs, worlds), products first where there
are products, uses first in the split. Money in USD a quarter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.economy.agents.strategies import Marginal, Outlook
from sim.economy.state import DATA, EXPERIMENTS, FINAL, POST, PRODUCT, Plan
from sim.equations import capability, costs, dynamics, finance, pricing, spending
from sim.units import USD, Flag, H100e_hours_per_Mtok, Ratio, Share, USD_per_Mtok

if TYPE_CHECKING:
    from sim.economy.agents.lab import Labs


def normal_split(research: Any) -> Share:
    """Shares of development money at normal returns, (uses, 1, worlds or 1), by the dials."""
    weights = (
        research.weight_final,
        research.weight_experiments,
        research.weight_post,
        research.weight_data,
        research.weight_product,
    )
    named = np.stack(np.broadcast_arrays(*map(np.atleast_1d, weights)))[:, None, :]
    return named / named.sum(axis=0)


class Planning:
    """The labs' planning departments; `plan` makes the quarter's plan of what is known."""

    def __init__(self, labs: Labs, rules: Sequence[type[Marginal]]):
        self.labs, self.model = labs, labs.model
        splits = [rule.wants for rule in rules]
        self.rules = {  # rows of the labs that split otherwise than at the margin
            wants: np.flatnonzero([rule is wants for rule in splits])
            for wants in dict.fromkeys(splits)
            if wants is not Marginal.wants
        }
        self.need_before = np.zeros(labs.shape)  # H100e-hours to serve, the quarter before last
        self.weights: tuple[Any, Share] = (None, 0.0)  # worked out once for the dials in force

    def plan(self) -> Plan:
        """What each lab decides this quarter."""
        hours = self._hours_per_Mtok()
        unit_cost = costs.token_cost(hours, self.model.clouds.rent[self.labs.region])
        price = self._price(unit_cost)
        on_offer = self._on_offer()
        promise = self._promise()
        allowance = self._allowance(promise)
        budget = self._budget(promise, allowance)
        development = budget * (1.0 - self.model.dials.research.people)
        split = self._split()
        return Plan(
            price=price,
            unit_cost=unit_cost,
            hours_per_Mtok=hours,
            on_offer=on_offer,
            test_time_multiple=self._test_time(price[0]),
            budget=budget,
            allowance=allowance,
            split=split,
            development=development,
            advertising=self._advertising(split[PRODUCT] * development),
            serving_bid=self._serving_bid(on_offer[0], allowance),
            training_bid=self._training_bid(split, development),
            data_budget=split[DATA] * development,
            worth=np.zeros(self.labs.shape),
            wanted=split * development,
            returns=np.ones(split.shape),
            shadow_price=np.zeros(self.labs.shape),
        )

    # -------------------------------------------------------------- prices

    def _hours_per_Mtok(self) -> H100e_hours_per_Mtok:
        """What a million tokens of each product take to serve."""
        cost, research = self.model.dials.costs, self.labs.research
        overhead = costs.serving_overhead(
            self.model.years, cost.serving_overhead, cost.serving_progress, cost.serving_floor
        )
        flagship = costs.hours_per_Mtok(research.parameters, overhead, cost.serving_utilisation)
        flagship = flagship / self.model.clouds.serving_edge[self.labs.region]
        hours = np.stack([flagship, flagship * cost.mini_parameters])
        return hours * research.serving_cost_factor

    def _price(self, unit_cost: USD_per_Mtok) -> USD_per_Mtok:
        """Logit markup over cost, adjusted slowly, never below cost; hosts price open weights."""
        labs, rules = self.labs, self.model.dials.pricing
        markup = pricing.markup(
            self.model.customers.lab_share,
            rules.substitution,
            self.model.dials.demand.elasticity,
            rules.most_markup,
        )
        markup = np.where(labs.open[:, None], 1.0 + rules.host_margin, markup)
        wanted = unit_cost * labs.sold.free_burden * markup  # those who pay bear the free tier
        # a new model comes with a new price, an old price is changed slowly
        new = labs.research.shipped | (self.model.quarter == 0)
        speed = np.where(new, 1.0, rules.speed)
        price = dynamics.adjusted_in_logs(labs.plan.price, wanted, speed)
        return np.maximum(price, unit_cost)

    def _on_offer(self) -> Flag:
        """Who sells what, (products, labs, worlds)."""
        labs, now = self.labs, self.model
        selling = labs.alive & (labs.sells <= now.quarter)
        selling |= labs.alive & ~selling.any(axis=0)  # where nobody would, whoever can steps in
        return np.stack([selling, selling & (now.year >= now.dials.scaling.mini_from)])

    def _test_time(self, price: USD_per_Mtok) -> Ratio:
        """Tokens of thought for one of the answer, towards what serves the user best."""
        dials, scaling = self.model.dials, self.model.dials.scaling
        best = capability.best_test_time(
            dials.demand.value_per_mtok,
            price,
            self.model.customers.typical_success,
            scaling.test_time_slope,
            dials.demand.width,
            scaling.test_time_most,
        )
        wanted = np.where(self.model.year >= scaling.test_time_from, best, 1.0)
        before = self.labs.plan.test_time_multiple
        return dynamics.adjusted_in_logs(before, wanted, dials.pricing.speed)

    # -------------------------------------------------------------- money

    def _promise(self) -> Share:
        """What more capability can still win, as each lab sees it."""
        research = self.labs.research
        unsolved = self.model.customers.unsolved
        return spending.promise(research.belief, research.return_to_compute, unsolved)

    def _gross_profit(self) -> USD:
        """Last quarter's revenue less what serving took."""
        return self.labs.revenue - self.labs.compute.serving_cost

    def _allowance(self, promise: Share) -> USD:
        """A parent matches part of the largest rival's spending, as it believes and can (M25)."""
        labs, capital = self.labs, self.model.dials.capital
        threatened = self.model.year >= self.model.dials.demand.launch
        heed = np.where(threatened, 1.0, capital.parent_before)
        rival = labs.plan.budget.max(axis=0) * capital.parent_match * heed * promise
        spare = finance.parent_spare(
            self.model.dials.lab("parent_cash_flow"),
            capital.parent_ceiling,
            capital.wealth_growth,
            self.model.since_2023,
        )
        wanted = spending.parent_match(rival, self._gross_profit(), spare)
        allowance = dynamics.adjusted(labs.plan.allowance, wanted, capital.allowance_speed)
        return np.where(labs.corporate & labs.alive, allowance, 0.0)

    def _budget(self, promise: Share, allowance: USD) -> USD:
        """A lab grows as fast as it can manage while it believes, and as far as its cash lasts."""
        labs, capital = self.labs, self.model.dials.capital
        appetite = spending.appetite(promise, self.model.dials.research.least_intensity)
        means = np.maximum(self._gross_profit(), 0.0)
        means = means + spending.lasting(labs.cash, capital.least_runway)
        growth = np.where(labs.corporate, capital.parent_growth, capital.budget_growth)
        budget = spending.next_budget(
            labs.plan.budget, appetite * means + allowance, growth * appetite, capital.budget_cut
        )
        return np.where(labs.alive, budget, 0.0)

    def _split(self) -> Share:
        """Move the split of development money towards what each lab's strategy wants."""
        labs, dials, research = self.labs, self.model.dials, self.labs.research
        split, rules = labs.plan.split, dials.research
        returns = np.ones_like(split)
        returns[FINAL] = np.maximum(research.belief, 0.0) * research.return_to_compute
        returns[POST] = 1.0 - research.post_gain / dials.scaling.post_training_limit
        repetition = 1.0 - research.return_to_compute
        returns[DATA] = rules.data_normal + rules.data_urgency * repetition
        largest = np.where(labs.alive, labs.revenue, -1.0).argmax(axis=0)
        leader = split[:, largest, np.arange(labs.shape[1])][:, None, :]
        if self.weights[0] is not rules:
            self.weights = rules, normal_split(rules)
        outlook = Outlook(self.weights[1], returns, rules.temperature, leader, rules.hedged)
        wanted = Marginal.wants(outlook)
        for wants, rows in self.rules.items():
            wanted[:, rows] = wants(outlook.of(rows))
        return dynamics.adjusted(split, wanted, rules.adjustment)

    def _advertising(self, product: USD) -> USD:
        """Pull of what is spent on product, over the labs' average."""
        average = product.sum(axis=0) / np.maximum(self.labs.alive.sum(axis=0), 1)
        return spending.advertising(product, average, self.model.dials.research.advertising)

    # -------------------------------------------------------------- bids

    def _serving_bid(self, sells: Flag, allowance: USD) -> USD:
        """Dollars bid for the hours that demand and its growth need, within the purse."""
        labs, rules, capital = self.labs, self.model.dials.research, self.model.dials.capital
        need = labs.sold.serving_need
        trend = spending.capacity_wanted(need, self.need_before, rules.demand_growth)
        self.need_before = need
        first = rules.launch_share * need.sum(axis=0)  # a newcomer's
        hours = np.where(sells & (need == 0.0), first, need * trend)
        wanted = hours * (1.0 + rules.buffer) * self.model.clouds.rent[labs.region]
        purse = labs.revenue + allowance + spending.lasting(labs.cash, capital.least_runway)
        return np.where(labs.alive, np.minimum(wanted, rules.serving_most * purse), 0.0)

    def _training_bid(self, split: Share, development: USD) -> USD:
        """Dollars bid to train, (training uses, labs, worlds), within the law's cap on a run."""
        labs, law = self.labs, self.model.law
        untaxed = development / (1.0 + law.compute_levy_rate)
        final, experiments = split[FINAL] * untaxed, split[EXPERIMENTS] * untaxed
        post = split[POST] * untaxed * (1.0 - self.model.dials.data.labelling_share)
        room = labs.research.hours_to_cap(law.compute_cap_flop)
        capped = np.minimum(final, room * self.model.clouds.rent[labs.region])
        return np.stack([capped, experiments + (final - capped), post])
