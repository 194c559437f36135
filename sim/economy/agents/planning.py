"""A lab's plan: prices, thinking time, budget, its split, and bids for compute.

Everything is decided on last quarter's figures. Shapes (labs, worlds), products first where there
are products, uses first in the split. Money in USD a quarter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.economy.agents.strategies import USES, Marginal
from sim.equations import costs, pricing
from sim.units import Array

if TYPE_CHECKING:
    from sim.economy.agents.lab import Labs

FINAL, EXPERIMENTS, POST, DATA, PRODUCT = range(len(USES))
LAUNCH = 0.02  # part of what all serve that a newcomer books for its first quarter


class Planning:
    """The labs' planning departments."""

    def __init__(self, labs: Labs):
        self.labs, self.model = labs, labs.model
        self.weights: tuple[Any, Array] = (None, 0.0)
        labs.split = self.normal_split() + np.zeros_like(labs.split)

    def normal_split(self) -> Array:
        """Shares of development money at normal returns, (uses, 1, worlds or 1)."""
        dials = self.model.dials
        if self.weights[0] is not dials:  # worked out once, as long as the same dials are in force
            r = dials.research
            named = (
                r.weight_final,
                r.weight_experiments,
                r.weight_post,
                r.weight_data,
                r.weight_product,
            )
            weights = np.stack(np.broadcast_arrays(*map(np.atleast_1d, named)))[:, None, :]
            self.weights = dials, weights / weights.sum(axis=0)
        return self.weights[1]

    # -------------------------------------------------------------- prices

    def prices(self) -> None:
        """Logit markup over cost, adjusted slowly, never below cost; hosts price open weights."""
        labs, m, d = self.labs, self.model, self.model.dials
        overhead = costs.serving_overhead(
            m.years, d.costs.serving_overhead, d.costs.serving_progress, d.costs.serving_floor
        )
        flagship = costs.hours_per_Mtok(
            labs.research.parameters, overhead, d.costs.serving_utilisation
        )
        flagship = flagship / m.clouds.serving_edge[labs.region]
        hours = np.stack([flagship, flagship * d.costs.mini_parameters])
        labs.hours_per_Mtok = hours * labs.research.design
        labs.unit_cost = costs.token_cost(labs.hours_per_Mtok, m.clouds.rent[labs.region])
        markup = pricing.markup(
            m.customers.lab_share,
            d.pricing.substitution,
            d.demand.elasticity,
            d.pricing.most_markup,
        )
        markup = np.where(labs.open[:, None], 1.0 + d.pricing.host_margin, markup)
        wanted = labs.unit_cost * labs.free_burden * markup  # those who pay bear the free tier
        # a new model comes with a new price, an old price is changed slowly
        speed = np.where(labs.research.shipped | (m.quarter == 0), 1.0, d.pricing.speed)
        labs.price = np.maximum(pricing.towards(labs.price, wanted, speed), labs.unit_cost)
        selling = labs.alive & (labs.sells <= m.quarter)
        selling |= labs.alive & ~selling.any(axis=0)  # where nobody would, whoever can steps in
        labs.on_offer = np.stack([selling, selling & (m.year >= d.scaling.mini_from)])
        self._thinking()

    def _thinking(self) -> None:
        """Tokens of thought for one of the answer: until another costs the user more than it helps.

        Success S is logistic in capability + s log10 T and is worth v a Mtok, so that v S'(T) = p
        gives T = (v / p) S (1 - S) s / (width ln 10); the first-order condition of Brown's trade.
        """
        labs, m, d = self.labs, self.model, self.model.dials
        success = m.customers.typical_success
        slope = d.scaling.test_time_slope / (d.demand.width * np.log(10.0))
        best = d.demand.value_per_mtok / labs.price[0] * success * (1.0 - success) * slope
        on_market = m.year >= d.scaling.test_time_from
        wanted = np.where(on_market, np.clip(best, 1.0, d.scaling.test_time_most), 1.0)
        labs.thinking = pricing.towards(labs.thinking, wanted, d.pricing.speed)

    # -------------------------------------------------------------- money

    def money(self) -> None:
        """How much a lab spends on development, and on what."""
        labs, m, d = self.labs, self.model, self.model.dials
        gross = labs.revenue - labs.serving_share * labs.compute_cost
        promise = (
            labs.research.belief * labs.research.return_to_compute * 2.0 * m.customers.unsolved
        )
        promise = np.clip(promise, 0.0, 1.0)
        self._allowance(gross, promise)
        least = d.research.least_intensity
        appetite = least + (1.0 - least) * promise
        # a lab grows as fast as it can manage while it believes, and as far as its cash would last
        lasting = np.maximum(labs.cash, 0.0) / (4.0 * d.capital.least_runway)
        affordable = appetite * (np.maximum(gross, 0.0) + lasting) + labs.allowance
        growth = np.where(labs.corporate, d.capital.parent_growth, d.capital.budget_growth)
        most = labs.budget * (1.0 + growth * appetite)
        least = labs.budget * (1.0 - d.capital.budget_cut)
        labs.budget = np.where(labs.alive, np.clip(affordable, least, most), 0.0)
        labs.development = labs.budget * (1.0 - d.research.people)
        self._split()
        product = labs.split[PRODUCT] * labs.development
        average = product.sum(axis=0) / np.maximum(labs.alive.sum(axis=0), 1)
        louder = np.clip(product / np.maximum(average, 1.0), 0.05, 20.0)
        labs.voice = d.research.voice * np.log(louder)

    def _allowance(self, gross: Array, promise: Array) -> None:
        """A parent matches part of the largest rival's spending, as it believes and can (M25)."""
        labs, m, d = self.labs, self.model, self.model.dials
        heed = np.where(m.year >= d.demand.launch, 1.0, d.capital.parent_before)
        rival = labs.budget.max(axis=0) * d.capital.parent_match * heed * promise
        most = (
            d.capital.parent_ceiling * d.lab("parent_cash_flow") / 4.0 * 1.04 ** (m.year - 2023.0)
        )
        wanted = np.minimum(np.maximum(rival - np.maximum(gross, 0.0), 0.0), most)
        labs.allowance = np.where(
            labs.corporate & labs.alive, labs.allowance + 0.5 * (wanted - labs.allowance), 0.0
        )

    def _split(self) -> None:
        """Move the split of development money towards what each lab's strategy wants."""
        labs, d, research = self.labs, self.model.dials, self.labs.research
        returns = np.ones_like(labs.split)
        returns[FINAL] = np.maximum(research.belief, 0.0) * research.return_to_compute
        returns[POST] = 1.0 - research.post_gain / d.scaling.post_training_limit
        returns[DATA] = 0.3 + 3.0 * (1.0 - research.return_to_compute)
        leader = labs.split[
            :, np.where(labs.alive, labs.revenue, -1.0).argmax(axis=0), np.arange(labs.shape[1])
        ][:, None, :]
        weights = self.normal_split()
        wanted = Marginal.wants(weights, returns, d.research.temperature, leader)
        for wants, rows in labs.rules.items():
            wanted[:, rows] = wants(weights, returns[:, rows], d.research.temperature, leader)
        wanted -= labs.split
        wanted *= d.research.adjustment
        labs.split = labs.split + wanted

    # -------------------------------------------------------------- bids

    def bids(self) -> None:
        """Dollars bid for compute: to serve, and to train within the law's cap."""
        labs, m, d = self.labs, self.model, self.model.dials
        rent = m.clouds.rent[labs.region]
        trend = np.clip(
            labs.serving_need / np.maximum(labs.serving_before, 1.0), 1.0, d.research.demand_growth
        )
        labs.serving_before = labs.serving_need
        launch = labs.on_offer[0] & (labs.serving_need == 0.0)
        need = np.where(launch, LAUNCH * labs.serving_need.sum(axis=0), labs.serving_need * trend)
        wanted = need * (1.0 + d.research.buffer) * rent
        purse = (
            labs.revenue
            + labs.allowance
            + np.maximum(labs.cash, 0.0) / (4.0 * d.capital.least_runway)
        )
        labs.serving_bid = np.where(
            labs.alive, np.minimum(wanted, d.research.serving_most * purse), 0.0
        )
        untaxed = labs.development / (1.0 + m.law.compute_levy_rate)
        final, experiments = labs.split[FINAL] * untaxed, labs.split[EXPERIMENTS] * untaxed
        post = labs.split[POST] * untaxed * (1.0 - d.data.labelling_share)
        room = labs.research.hours_to_cap(m.law.compute_cap_flop) * rent
        capped = np.minimum(final, room)
        labs.training_bid = np.stack([capped, experiments + (final - capped), post])
        labs.data_budget = labs.split[DATA] * labs.development
