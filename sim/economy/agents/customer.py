"""Customers: four segments that adopt, choose and spend.

Shapes: segments first, (segments, worlds) and (segments, products, labs, worlds).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from sim.economy.state import PRODUCTS, Plan, TokensSold
from sim.equations import capability, demand, dynamics, indices
from sim.units import USD, Array, Flag, Log, Share, USD_per_Mtok

if TYPE_CHECKING:
    from sim.economy.agents.lab import Labs
    from sim.economy.model import AIEconomy

SEGMENTS = ("households", "developers", "enterprises", "governments")
NEWCOMER = -5.0  # log share with which a product's habit starts
LEAST_HABIT = -12.0  # log share
LEAST_SUCCESS = 1e-9  # counted in the index of what success costs
FIRST_ADOPTED = 1e-6  # share of each segment before the first quarter
FIRST_SUCCESS = 0.01  # that labs reckon with before anybody has tried
LEAST_FILLED = 0.05  # share of requests: fewer served costs no more habit
MOST_INHERITED = 3.0  # log share that a buyer can gain with a failed lab's customers


class Customers(mesa.Agent):
    """Everybody who buys tokens."""

    model: AIEconomy

    def __init__(self, model: AIEconomy):
        super().__init__(model)
        self.shape = len(SEGMENTS), model.size
        labs = len(model.dials.lab_names)
        every = (len(SEGMENTS), PRODUCTS, labs, model.size)
        self.by_segments: dict[str, Any] = {}  # dials by segment, while the same are in force
        self.adopted = np.full(self.shape, FIRST_ADOPTED)
        self.habit: Log = np.full(every, NEWCOMER)
        self.share: Share = np.full(every, 0.5 / labs)  # of tasks
        self.paid_share = self.share  # of spending
        self.lab_share = np.full((labs, model.size), 1.0 / labs)  # of all spending, last quarter
        self.typical_success = np.full((labs, model.size), FIRST_SUCCESS)  # of each flagship
        self.unsolved = np.ones(model.size)  # share of work that no flagship does
        self.shock = np.zeros(model.size)
        self.spending = np.zeros(self.shape)  # USD
        self.full_spending = np.ones(self.shape)  # USD at full success and adoption
        self.was_on_offer: Flag = np.zeros((PRODUCTS, labs, model.size), bool)
        # with thinking, post-training and agents' tools, (products, labs, worlds)
        self.usable_capability = np.zeros((PRODUCTS, labs, model.size))
        self.agent_tokens = np.zeros(model.size)  # OOM of tokens a task that agents add
        self.success: Share = np.zeros(every)  # of each segment's tasks
        self.best = np.ones(self.shape)  # success of the best flagship
        self.chosen_success = np.zeros(self.shape)  # of what is used
        self.price = np.ones(self.shape)  # of a task's tokens, USD a Mtok
        self.token_index = np.ones(self.shape)  # price of successful work, 1 in the first quarter
        self.cost_of_success: Array | None = None  # of each product's tasks, last quarter
        self.sold: Flag = np.ones(self.shape, bool)  # whether anybody sold then

    def by_segment(self, what: str) -> Array:
        """A dial that each segment has, as one array (segments, worlds)."""
        dials = self.model.dials.demand
        if self.by_segments.get("of") is not dials:
            self.by_segments = {"of": dials}
        if what not in self.by_segments:
            each = [getattr(dials, f"{what}_{segment}") for segment in SEGMENTS]
            self.by_segments[what] = np.stack([dial + np.zeros(self.model.size) for dial in each])
        return self.by_segments[what]

    def try_out(self, labs: Labs) -> None:
        """Try every product: success of each at each segment's tasks."""
        rules, scaling, plan = self.model.dials.demand, self.model.dials.scaling, labs.plan
        self.full_spending = self.potential()
        self.agent_tokens = capability.agent_tokens(
            rules.agents, self.model.year - rules.agents_from, rules.agents_most
        )
        thinking = capability.test_time_gain(
            plan.test_time_multiple, scaling.test_time_slope, scaling.test_time_limit
        )
        self.usable_capability = capability.usable(
            labs.research.capability,
            labs.research.post_gain,
            self.agent_tokens,
            rules.agents_gain,
            thinking,
            scaling.mini_gap,
        )
        thresholds = self.by_segment("threshold")[:, None, None, :]
        self.success = demand.success(self.usable_capability, thresholds, rules.width)
        flagships = np.where(plan.on_offer[0], self.success[:, 0], 0.0)
        self.best = np.maximum(flagships.max(axis=1), 1e-12)

    def choose(self, labs: Labs) -> None:
        """Weigh success, price and habit: a nested logit over open and closed (McFadden 1978)."""
        rules, plan = self.model.dials.demand, labs.plan
        log_price = self._log_price_of_a_task(plan)
        pull = labs.brand + plan.advertising - rules.price_weight * log_price
        pull = np.where(plan.on_offer, pull, -np.inf)
        appeal = self.success * (rules.success_weight / self.best)[:, None, None, :]
        # times the nest's dissimilarity, so that shares within a nest persist by just the habit
        appeal += self._habits(plan.on_offer) * (rules.habit * rules.nest)
        appeal += pull
        choice = demand.nested_log_share(appeal, labs.open, rules.nest)
        self.share = np.exp(choice)
        cost = np.exp(log_price)
        bill = self.share * cost
        price = bill.sum(axis=(1, 2))
        sold = price > 0.0
        self.price = np.where(sold, price, 1.0)  # any will do where nobody sells
        paid_share = bill / self.price[:, None, None, :]
        self._chain_index(cost, paid_share, sold)
        self.paid_share = paid_share
        self.habit = np.maximum(choice, LEAST_HABIT, out=choice)  # out: the largest array there is
        self.chosen_success = np.einsum("sjlw,sjlw->sw", self.share, self.success)
        weight = self.full_spending / self.full_spending.sum(axis=0)
        self.typical_success = np.einsum("sw,slw->lw", weight, self.success[:, 0])
        self.unsolved = (weight * (1.0 - self.best)).sum(axis=0)

    def _log_price_of_a_task(self, plan: Plan) -> Log:
        """Thinking and agents take that many more tokens, (products, labs, worlds)."""
        log_price = np.log(plan.price)
        log_price[0] += np.log(plan.test_time_multiple)
        log_price += np.log(10.0) * self.agent_tokens
        return log_price

    def _chain_index(self, cost: USD_per_Mtok, share: Share, sold: Flag) -> None:
        """Chained Fisher index of what a successful task costs, by segment (M36)."""
        cost = cost / np.maximum(self.success, LEAST_SUCCESS)
        if self.cost_of_success is not None:
            relative = cost / self.cost_of_success
            with np.errstate(divide="ignore", invalid="ignore"):  # where nobody sold, or sells
                step = indices.fisher_of_shares(self.paid_share, share, relative, axis=(1, 2))
            self.token_index = np.where(sold & self.sold, self.token_index * step, self.token_index)
        self.cost_of_success, self.sold = cost, sold

    def _habits(self, on_offer: Flag) -> Log:
        """Log of last quarter's shares; who is new starts small."""
        new = on_offer & ~self.was_on_offer
        self.was_on_offer = on_offer
        return np.where(new, NEWCOMER, self.habit) if new.any() else self.habit

    def potential(self) -> USD:
        """What each segment would spend at full success and adoption, (segments, worlds)."""
        growth = dynamics.compounded(
            self.model.dials.demand.potential_growth, self.model.since_2023
        )
        return self.by_segment("potential") * (growth / 4.0)

    def spend(self) -> None:
        """Adopt as far as success supports, then spend: the cheaper the more, up to satiation."""
        rules, luck = self.model.dials.demand, self.model.luck
        started = np.where(self.model.year >= rules.launch, 1.0, rules.before_launch)
        self.adopted = demand.bass_adoption(
            self.adopted,
            rules.ceiling * self.chosen_success,
            rules.innovation * started,
            rules.imitation * started,
            rules.churn,
        )
        self.shock = dynamics.shock(
            self.shock, rules.persistence, rules.volatility, luck.normal("demand")
        )
        cheap = demand.cheapness(self.price, rules.reference_price, rules.elasticity)
        wish = demand.satisfied(cheap, rules.satiation)
        spent = demand.spending(self.full_spending, self.adopted, self.chosen_success, wish)
        self.spending = spent * np.exp(self.shock)

    def remember(self, sold: TokensSold) -> None:
        """Refused requests cost habit (M57)."""
        served = np.log(np.maximum(sold.filled, LEAST_FILLED))
        self.habit = self.habit + self.model.dials.demand.throttle * served
        spent = sold.sales.sum(axis=0)
        self.lab_share = spent / np.maximum(spent.sum(axis=0), 1e-200)

    def move(self, failed: Flag, buyer: Flag, stay: Share) -> None:
        """Part of the failed labs' customers `stay` with their buyer, (labs, worlds)."""
        at = np.flatnonzero(failed.any(axis=0))  # few worlds, so only there
        share, stay = self.share[..., at], stay if np.ndim(stay) == 0 else stay[at]
        lost = np.where(failed[:, at], share, 0.0).sum(axis=2, keepdims=True)
        gained = demand.moved_habit(lost, share, stay, MOST_INHERITED)
        habit = self.habit.copy()
        habit[..., at] += np.where(buyer[:, at], gained, 0.0)
        self.habit = habit
