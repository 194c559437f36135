"""Customers: four segments that adopt, choose and spend.

Work is of two classes, routine and demanding, that differ in worth by tokens and in how much
capability they ask for. Each task goes to the product that serves it best for its price, or stays
with people. Shapes: classes, segments, products first, (classes, segments, products, labs, worlds).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from sim.economy.agents.sellers import LEAST_TASKS, seen_by_sellers
from sim.economy.state import PRODUCTS, Sellers, TokensSold
from sim.equations import capability, demand, dynamics, indices
from sim.units import OOM, USD, Array, Flag, Log, Mtok, Ratio, Share

if TYPE_CHECKING:
    from sim.economy.agents.lab import Labs
    from sim.economy.model import AIEconomy

SEGMENTS = ("households", "developers", "enterprises", "governments")
DEVELOPERS = 1  # row of the segment that pays list price for every token
CLASSES = ("routine", "demanding")
NEWCOMER = -5.0  # log share with which a product's habit starts
LEAST_HABIT = -12.0  # log share
FIRST_ADOPTED = 1e-6  # share of each segment before the first quarter
LEAST_FILLED = 0.05  # share of requests: fewer served costs no more habit
MOST_INHERITED = 3.0  # log share that a buyer can gain with a failed lab's customers


class Customers(mesa.Agent):
    """Everybody who buys tokens."""

    model: AIEconomy
    by_the_token = DEVELOPERS

    def __init__(self, model: AIEconomy):
        super().__init__(model)
        self.shape = len(SEGMENTS), model.size
        labs = len(model.dials.lab_names)
        every = (len(SEGMENTS), PRODUCTS, labs, model.size)
        self.by_segments: dict[str, Any] = {}  # dials by segment, while the same are in force
        self.adopted = np.full(self.shape, FIRST_ADOPTED)
        self.habit: Log = np.full(every, NEWCOMER)
        self.share: Share = np.full(every, 0.5 / labs)  # of the worth of work handed over
        self.lab_share = np.full((labs, model.size), 1.0 / labs)  # of all spending, last quarter
        self.strength = np.zeros((len(SEGMENTS), labs, model.size))  # OOM of capability
        self.shock = np.zeros(model.size)
        self.worth: USD = np.zeros((len(CLASSES), *self.shape))  # of all work that could be done
        self.tokens: Mtok = np.zeros(every)  # wanted and paid for
        self.sales: USD = np.zeros(every)  # that users would pay if all were served
        self.spending = np.zeros(self.shape)  # USD
        self.gain = np.zeros(self.shape)  # USD, of having the choice
        self.was_on_offer: Flag = np.zeros((PRODUCTS, labs, model.size), bool)
        # with post-training, thinking and agents' tools, (products, labs, worlds)
        self.usable_capability = np.zeros((PRODUCTS, labs, model.size))
        self.success: Share = np.zeros((len(CLASSES), *every))
        self.deep_success: Share = np.zeros((len(SEGMENTS), labs, model.size))  # of demanding work
        self.deep: Share = np.zeros((len(SEGMENTS), labs, model.size))  # demanding work done so
        self.chosen: Share = self.success / labs  # of all tasks
        self.within: Share = np.zeros((len(CLASSES), len(SEGMENTS), labs, model.size))  # of nests
        self.inside: Ratio = np.zeros((len(CLASSES), *self.shape))  # odds of any over none
        self.token_index = np.ones(self.shape)  # price of successful work, 1 in the first quarter
        self.cost_of_success: Array | None = None  # of each product's tasks, last quarter
        self.paid_share = np.zeros(every)  # of each segment's spending, last quarter
        self.sold: Flag = np.ones(self.shape, bool)  # whether anybody sold then
        self.sellers = Sellers.nothing((labs, model.size))

    def by_segment(self, what: str) -> Array:
        """A dial that each segment has, as one array (segments, worlds)."""
        dials = self.model.dials.demand
        if self.by_segments.get("of") is not dials:
            self.by_segments = {"of": dials}
        if what not in self.by_segments:
            each = [getattr(dials, f"{what}_{segment}") for segment in SEGMENTS]
            self.by_segments[what] = np.stack([dial + np.zeros(self.model.size) for dial in each])
        return self.by_segments[what]

    def values(self) -> Array:
        """What work of each class is worth by tokens, USD a Mtok, (classes, worlds)."""
        rules, size = self.model.dials.demand, np.zeros(self.model.size)
        return np.stack([rules.value_routine + size, rules.value_demanding + size])

    def tastes(self) -> Share:
        """Spread of tastes for products, over the worth of a task, (classes, worlds)."""
        rules, size = self.model.dials.demand, np.zeros(self.model.size)
        return np.stack([rules.taste_routine + size, rules.taste + size])

    def over_list(self) -> Ratio:
        """What each segment pays by tokens over list prices: seats, but for developers."""
        seats = self.model.dials.demand.seat_premium + np.zeros(self.model.size)
        premium = np.stack([seats] * len(SEGMENTS))
        premium[DEVELOPERS] = 1.0
        return premium

    def billed(self, depth: Ratio) -> Ratio:
        """Tokens paid for of a task done in depth: who has a seat pays for answers alone."""
        every = np.ones((len(SEGMENTS), *np.shape(depth)))
        every[DEVELOPERS] = depth
        return every

    # ------------------------------------------------------------ trying out

    def try_out(self, labs: Labs) -> None:
        """Try every product: what part of each segment's tasks it does well."""
        rules, scaling, plan = self.model.dials.demand, self.model.dials.scaling, labs.plan
        self._grow_apart(labs)
        self.worth = self._worth()
        depth = capability.test_time_gain(
            plan.test_time_multiple, scaling.test_time_slope, self.most_thinking()
        )
        plain = labs.research.capability + labs.research.post_gain
        self.usable_capability = np.stack([plain + depth, plain - scaling.mini_gap])
        threshold = self.by_segment("threshold")[:, None, :] - self.strength
        flagship = demand.failure_odds(plain, threshold, rules.width)
        easier = np.exp(-rules.routine_easier / rules.width)
        smaller = np.exp(scaling.mini_gap / rules.width)
        demanding = np.stack([flagship, flagship * smaller], axis=1)
        self.success = demand.success(np.stack([demanding * easier, demanding]))
        self.deep_success = demand.success(flagship * np.exp(-depth / rules.width))

    def most_thinking(self) -> OOM:
        """Most that tokens of thought, and of agents' steps, can add."""
        scaling, rules = self.model.dials.scaling, self.model.dials.demand
        since = self.model.year - rules.agents_from
        return capability.limit_with_agents(
            scaling.test_time_limit, rules.agents, since, rules.agents_most
        )

    def _grow_apart(self, labs: Labs) -> None:
        """Labs' strengths by segment fade and wander; one segment's are looked at in a quarter."""
        rules, quarter = self.model.dials.demand, self.model.quarter
        segment = quarter % len(SEGMENTS)
        left = dynamics.left_after(4.0, rules.strength_fade) * (quarter >= len(SEGMENTS))
        new = rules.strength * np.sqrt(1.0 - np.square(left))  # all at once, the first time
        luck = self.model.luck.normals("strength", labs.names)
        strength = self.strength.copy()
        strength[segment] = dynamics.shock(strength[segment], left, new, luck)
        self.strength = strength

    def _worth(self) -> USD:
        """What all work of each class and segment is worth, (classes, segments, worlds)."""
        rules = self.model.dials.demand
        growth = dynamics.compounded(rules.potential_growth, self.model.since_2023)
        parts = demand.share_of_worth(self.values(), rules.value_routine, rules.elasticity)
        parts = parts / parts.sum(axis=0)
        return parts[:, None, :] * (self.by_segment("potential") * (growth / 4.0))

    # ------------------------------------------------------------ choosing

    def choose(self, labs: Labs) -> None:
        """Weigh success, price and habit: a nested logit over nobody, open and closed labs."""
        rules, plan = self.model.dials.demand, labs.plan
        odds, self.deep = self._odds(labs)
        habits = self._habits(plan.on_offer)
        kept = np.exp(habits * rules.habit)  # so that shares within a nest persist by just that
        kept *= np.exp((labs.brand + plan.advertising) / rules.nest) * plan.on_offer
        odds *= kept
        chosen, self.within, self.inside = demand.nested_shares(odds, labs.open, rules.nest)
        self.chosen = chosen
        handed = np.einsum("csw,csplw->splw", self.worth, chosen)
        total = np.maximum(handed.sum(axis=(1, 2), keepdims=True), LEAST_TASKS)
        self.share = handed / total
        self.habit = np.log(np.maximum(self.share, np.exp(LEAST_HABIT)))

    def _odds(self, labs: Labs) -> tuple[Ratio, Share]:
        """Odds of handing each task to each product, and demanding work done in depth.

        What a buyer makes of a flagship is the better of plain answers and of thinking and agents.
        """
        rules, plan, values = self.model.dials.demand, labs.plan, self.values()
        tastes = (self.tastes() * rules.nest)[:, None, None, None, :]
        dear = self.over_list() / values[:, None, :]  # (classes, segments, worlds)
        cost = plan.price * dear[:, :, None, None, :]
        odds = demand.appeal(self.success, cost, rules.supervision, tastes)
        billed = self.billed(plan.test_time_multiple)
        deep = demand.appeal(
            self.deep_success, cost[1, :, 0] * billed, rules.supervision, tastes[1, 0, 0]
        )
        odds[1, :, 0], deep = demand.deeper(odds[1, :, 0], deep * self._found())
        return odds, deep

    def _found(self) -> Share:
        """Users who have found out about models that think and about agents."""
        dials, year = self.model.dials, self.model.year
        since = np.maximum(year - dials.scaling.test_time_from, 0.0)
        return dynamics.seasoned(since, dials.demand.take_up)

    def _habits(self, on_offer: Flag) -> Log:
        """Log of last quarter's shares; who is new starts small."""
        new = on_offer & ~self.was_on_offer
        self.was_on_offer = on_offer
        return np.where(new, NEWCOMER, self.habit) if new.any() else self.habit

    # ------------------------------------------------------------ spending

    def spend(self, labs: Labs) -> None:
        """Adopt as far as work is worth handing over, then hand it over and pay by tokens."""
        rules, luck = self.model.dials.demand, self.model.luck
        started = np.where(self.model.year >= rules.launch, 1.0, rules.before_launch)
        part = self.inside / (1.0 + self.inside)  # of tasks that are worth handing over
        worthwhile = (self.worth * part).sum(axis=0) / self.worth.sum(axis=0)
        self.adopted = demand.bass_adoption(
            self.adopted,
            rules.ceiling * worthwhile,
            rules.innovation * started,
            rules.imitation * started,
            rules.churn,
        )
        self.shock = dynamics.shock(
            self.shock, rules.persistence, rules.volatility, luck.normal("demand")
        )
        using = self.worth * (self.adopted * np.exp(self.shock))
        tastes = self.tastes()[:, None, :]
        self.gain = demand.logsum(using, tastes, self.inside).sum(axis=0)
        tasks = using / self.values()[:, None, :]  # Mtok of answers
        done = tasks[:, :, None, None, :] * self.chosen
        depth = labs.plan.test_time_multiple
        answers, deep = done[0] + done[1], done[1, :, 0] * self.deep
        self.tokens = self._longer(answers, deep * (depth - 1.0))
        paid = self._longer(answers, deep * (self.billed(depth) - 1.0))
        self.sales = paid * (labs.plan.price * self.over_list()[:, None, None, :])
        self.spending = self.sales.sum(axis=(1, 2))
        self._chain_index(done)
        self.sellers = seen_by_sellers(self, labs, done, paid)

    @staticmethod
    def _longer(tokens: Mtok, thought: Mtok) -> Mtok:
        """Tokens (segments, products, labs, worlds) and what flagships think beyond them."""
        both = tokens.copy()
        both[:, 0] += thought
        return both

    def _chain_index(self, done: Mtok) -> None:
        """Chained Fisher index of what a successful task costs, by segment (M36)."""
        good = np.einsum("csplw,csplw->splw", done, self.success)
        good[:, 0] += done[1, :, 0] * self.deep * (self.deep_success - self.success[1, :, 0])
        cost = self.sales / np.maximum(good, LEAST_TASKS)  # 0 where nothing is bought
        sold = self.spending > 0.0
        share = self.sales / np.where(sold, self.spending, 1.0)[:, None, None, :]
        if self.cost_of_success is not None:
            both = (cost > 0.0) & (self.cost_of_success > 0.0)  # new goods link in a quarter later
            relative = np.divide(cost, self.cost_of_success, out=np.ones_like(cost), where=both)
            with np.errstate(divide="ignore", invalid="ignore"):  # where nobody sold, or sells
                step = indices.fisher_of_shares(self.paid_share, share, relative, axis=(1, 2))
            self.token_index = np.where(sold & self.sold, self.token_index * step, self.token_index)
        self.cost_of_success, self.sold, self.paid_share = cost, sold, share

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
