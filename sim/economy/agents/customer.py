"""Customers: four segments that adopt, choose and spend.

Shapes: segments first, (segments, worlds) and (segments, products, labs, worlds).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from sim.equations import demand, indices, scaling
from sim.units import Array, Flag

if TYPE_CHECKING:
    from sim.economy.agents.lab import Labs
    from sim.economy.model import AIEconomy

SEGMENTS = ("households", "developers", "enterprises", "governments")
NEWCOMER = -5.0  # log share with which a product's habit starts
LEAST_HABIT = -12.0  # log share
LEAST_SUCCESS = 1e-9  # counted in the index of what success costs
FADE = 0.125 ** (1 / 8)  # a shock of demand fades to an eighth in two years


class Customers(mesa.Agent):
    """Everybody who buys tokens."""

    def __init__(self, model: AIEconomy):
        super().__init__(model)
        self.shape = len(SEGMENTS), model.size
        self.known: dict[str, Any] = {}  # dials by segment, while the same dials are in force
        labs = len(model.dials.lab_names)
        self.adopted = np.full(self.shape, 1e-6)
        self.habit = np.full((len(SEGMENTS), 2, labs, model.size), NEWCOMER)
        self.share = np.full((len(SEGMENTS), 2, labs, model.size), 0.5 / labs)  # of tasks
        self.paid_share = self.share  # of spending
        self.lab_share = np.full((labs, model.size), 1.0 / labs)  # of all spending, last quarter
        self.typical_success = np.full((labs, model.size), 0.01)
        self.unsolved = np.ones(model.size)
        self.shock = np.zeros(model.size)
        self.spending = np.zeros(self.shape)
        self.full_spending = np.ones(self.shape)
        self.was_on_offer = np.zeros((2, labs, model.size), bool)
        self.token_index = np.ones(self.shape)  # price of successful work, 1 in the first quarter
        self.cost_of_success: Array = None  # of each product's tasks, last quarter
        self.sold: Flag = np.ones(self.shape, bool)  # whether anybody sold then

    def by_segment(self, what: str) -> Array:
        """A dial that each segment has, as one array (segments, worlds)."""
        dials = self.model.dials
        if self.known.get("of") is not dials:
            self.known = {"of": dials}
        if what not in self.known:
            each = [getattr(dials.demand, f"{what}_{segment}") for segment in SEGMENTS]
            self.known[what] = np.stack([dial + np.zeros(self.model.size) for dial in each])
        return self.known[what]

    def try_out(self, labs: Labs) -> None:
        """Try every product: success of each at each segment's tasks."""
        d, research = self.model.dials, labs.research
        self.full_spending = self.potential()
        gain = scaling.test_time_gain(
            labs.thinking, d.scaling.test_time_slope, d.scaling.test_time_limit
        )
        self.agents = np.minimum(
            d.demand.agents * max(self.model.year - 2024.0, 0.0), d.demand.agents_most
        )
        able = research.capability + research.post_gain + d.demand.agents_gain * self.agents
        labs.able = np.stack([able + gain, able - d.scaling.mini_gap])
        thresholds = self.by_segment("threshold")[:, None, None, :]
        self.success = demand.success(labs.able, thresholds, d.demand.width)
        flagships = np.where(labs.on_offer[0], self.success[:, 0], 0.0)
        self.best = np.maximum(flagships.max(axis=1), 1e-12)

    def choose(self, labs: Labs) -> None:
        """Weigh success, price and habit: a nested logit over open and closed (McFadden 1978)."""
        d = self.model.dials.demand
        log_price = np.log(labs.price)
        log_price[0] += np.log(labs.thinking)
        log_price += np.log(10.0) * self.agents  # a task takes that many more tokens
        pull = labs.brand + labs.voice - d.price_weight * log_price
        pull = np.where(labs.on_offer, pull, -np.inf)
        appeal = self.success * (d.success_weight / self.best)[:, None, None, :]
        # times the nest's dissimilarity, so that shares within a nest persist by just the habit
        appeal += self.habits(labs) * (d.habit * d.nest)
        appeal += pull
        choice = demand.nested_log_share(appeal, labs.open, d.nest)
        self.share = np.exp(choice)
        cost = np.exp(log_price)
        bill = self.share * cost
        price = bill.sum(axis=(1, 2))
        sold = price > 0.0
        self.price = np.where(sold, price, 1.0)  # any will do where nobody sells
        paid_share = bill / self.price[:, None, None, :]
        self._chain_index(cost, paid_share, sold)
        self.paid_share = paid_share
        self.habit = np.maximum(choice, LEAST_HABIT, out=choice)
        self.chosen_success = np.einsum("sjlw,sjlw->sw", self.share, self.success)
        weight = self.full_spending / self.full_spending.sum(axis=0)
        self.typical_success = np.einsum("sw,slw->lw", weight, self.success[:, 0])
        self.unsolved = (weight * (1.0 - self.best)).sum(axis=0)

    def _chain_index(self, cost: Array, share: Array, sold: Flag) -> None:
        """Chained Fisher index of what a successful task costs, by segment (M36)."""
        cost = cost / np.maximum(self.success, LEAST_SUCCESS)
        if self.cost_of_success is not None:
            relative = cost / self.cost_of_success
            with np.errstate(divide="ignore", invalid="ignore"):  # where nobody sold, or sells
                step = indices.fisher_of_shares(self.paid_share, share, relative, axis=(1, 2))
            self.token_index = np.where(sold & self.sold, self.token_index * step, self.token_index)
        self.cost_of_success, self.sold = cost, sold

    def habits(self, labs: Labs) -> Array:
        """Log of last quarter's shares; who is new starts small."""
        new = labs.on_offer & ~self.was_on_offer
        self.was_on_offer = labs.on_offer
        return np.where(new, NEWCOMER, self.habit) if new.any() else self.habit

    def potential(self) -> Array:
        """What each segment would spend at full success and adoption, USD a quarter."""
        growth = (1.0 + self.model.dials.demand.potential_growth) ** (self.model.year - 2023.0)
        return self.by_segment("potential") * (growth / 4.0)

    def spend(self) -> None:
        """Adopt as far as success supports, then spend: the cheaper the more, up to satiation."""
        q, luck = self.model.dials.demand, self.model.luck
        started = np.where(self.model.year >= q.launch, 1.0, q.before_launch)
        ceiling = q.ceiling * self.chosen_success
        self.adopted = demand.bass_adoption(
            self.adopted, ceiling, q.innovation * started, q.imitation * started, q.churn
        )
        self.shock = FADE * self.shock + q.volatility * luck.normal("demand")
        cheap = demand.spending(1.0, 1.0, 1.0, self.price, q.reference_price, q.elasticity)
        satisfied = cheap * (1.0 + q.satiation) / (q.satiation + cheap)
        full = self.full_spending * self.adopted * self.chosen_success
        self.spending = full * satisfied * np.exp(self.shock)

    def remember(self, labs: Labs) -> None:
        """Refused requests cost habit (M57)."""
        self.habit += self.model.dials.demand.throttle * np.log(np.maximum(labs.filled, 0.05))
        spent = labs.sales.sum(axis=0)
        self.lab_share = spent / np.maximum(spent.sum(axis=0), 1e-200)
