"""A lab's plan: offers, what it wants to spend, what it can, and bids for compute.

Everything is decided on last quarter's figures. Shapes (labs, worlds), products first where there
are products, uses first in the split. Money in USD a quarter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.economy.agents.choice import Choice
from sim.economy.agents.offers import Offers
from sim.economy.agents.strategies import Marginal
from sim.economy.state import DATA, EXPERIMENTS, FINAL, POST, PRODUCT, Plan
from sim.equations import dynamics, finance, spending
from sim.equations.costs import token_cost
from sim.units import USD, Array, Flag, H100e_hours_per_Mtok, Ratio, Share, per_Quarter

if TYPE_CHECKING:
    from sim.economy.agents.lab import Labs


class Planning:
    """The labs' planning departments; `plan` makes the quarter's plan of what is known."""

    def __init__(self, labs: Labs, rules: Sequence[type[Marginal]]):
        self.labs, self.model = labs, labs.model
        self.offers, self.choice = Offers(labs), Choice(labs, rules)
        self.sold_before = labs.sold  # the quarter before last

    def plan(self) -> Plan:
        """What each lab decides this quarter."""
        offers, choice, labs = self.offers, self.choice, self.labs
        hours = offers.hours_per_Mtok()
        unit_cost = token_cost(hours, self.model.clouds.rent[labs.region])
        on_offer, price = offers.on_offer(), offers.price(unit_cost)
        spare = offers.spare(price, unit_cost)
        worth, elasticity = choice.worth(), choice.elasticities()
        wanted = choice.wanted(worth, elasticity)
        people = self.model.dials.research.people
        whole = wanted.sum(axis=0) / (1.0 - people)
        allowance = self._allowance(whole)
        heading = np.minimum(whole, self._means(allowance))
        budget = self._budget(heading)
        development = budget * (1.0 - people)
        split = self._split(wanted)
        return Plan(
            price=price,
            unit_cost=unit_cost,
            hours_per_Mtok=hours,
            on_offer=on_offer,
            test_time_multiple=offers.test_time(price[0], unit_cost[0]),
            budget=budget,
            allowance=allowance,
            heading=heading,
            split=split,
            development=development,
            advertising=self._advertising(split[PRODUCT] * development),
            serving_bid=self._serving_bid(hours, on_offer[0], allowance, spare),
            training_bid=self._training_bid(split, development),
            data_budget=split[DATA] * development,
            worth=worth,
            wanted=wanted,
            returns=choice.returns(worth, elasticity, wanted, split * development),
            shadow_price=spending.shadow_price(whole, budget),
        )

    # -------------------------------------------------------------- money

    def _gross_profit(self) -> USD:
        """Last quarter's revenue less what serving took."""
        return self.labs.revenue - self.labs.compute.serving_cost

    def _allowance(self, wanted: USD) -> USD:
        """A parent pays what its lab wants beyond its own means, to keep up with rivals (M25)."""
        labs, capital = self.labs, self.model.dials.capital
        spare = finance.parent_spare(
            self.model.dials.lab("parent_cash_flow"),
            capital.parent_ceiling,
            capital.wealth_growth,
            self.model.since_2023,
        )
        rival = labs.plan.budget.max(axis=0) * capital.parent_match * self.choice.heed()
        most = np.minimum(rival, wanted)
        wish = spending.parent_match(most, self._gross_profit(), spare)
        allowance = dynamics.adjusted(labs.plan.allowance, wish, capital.allowance_speed)
        return np.where(labs.corporate & labs.alive, allowance, 0.0)

    def _means(self, allowance: USD) -> USD:
        """What a lab can spend on development so that its cash lasts, its promises paid."""
        labs, capital = self.labs, self.model.dials.capital
        means = self._gross_profit() - labs.debt_service - self._overrun()
        return (
            np.maximum(means, 0.0) + spending.lasting(labs.cash, capital.least_runway) + allowance
        )

    def _overrun(self) -> USD:
        """What contracts made training cost last quarter beyond what was meant for it."""
        return self.labs.compute.training_cost - self.labs.plan.training_bid.sum(axis=0)

    def fastest(self) -> per_Quarter:
        """The most that each lab's budget can grow in a quarter, (labs, worlds or 1)."""
        capital = self.model.dials.capital
        return np.where(self.labs.corporate, capital.parent_growth, capital.budget_growth)

    def _budget(self, heading: USD) -> USD:
        """The budget on its way to where it is heading, as fast as a lab can grow or shrink."""
        labs, cut = self.labs, self.model.dials.capital.budget_cut
        budget = spending.next_budget(labs.plan.budget, heading, self.fastest(), cut)
        return np.where(labs.alive, budget, 0.0)

    def _split(self, wanted: USD) -> Share:
        """Move the split of development money towards what is wanted."""
        towards = wanted / wanted.sum(axis=0)
        return dynamics.adjusted(
            self.labs.plan.split, towards, self.model.dials.research.adjustment
        )

    def _advertising(self, product: USD) -> Array:
        """Pull of what is spent on product, over the labs' average."""
        weight = self.model.dials.research.advertising
        return spending.advertising(product, self.labs.average(product), weight)

    # -------------------------------------------------------------- bids

    def _serving_bid(
        self, hours: H100e_hours_per_Mtok, sells: Flag, allowance: USD, spare: Ratio
    ) -> USD:
        """Dollars bid for the hours that demand and its growth need, within the purse.

        What was asked for is reckoned at what its tokens take now: a new model may be dearer.
        """
        labs, rules, capital = self.labs, self.model.dials.research, self.model.dials.capital
        need, before = labs.sold.need_at(hours), self.sold_before.need_at(hours)
        trend = spending.capacity_wanted(need, before, rules.demand_growth)
        self.sold_before = labs.sold
        first = rules.launch_share * need.sum(axis=0)  # a newcomer's
        booked = np.where(sells & (need == 0.0), first, need * trend)
        wanted = booked * spare * self.model.clouds.rent[labs.region]
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
