"""Customers: four segments that adopt, choose and spend.

Work is of three classes, routine, demanding and expert, that differ in worth by tokens and in how
much capability they ask for. Each task goes to the product that serves it best for its price, or stays
with people. Shapes: classes, segments, products first, (classes, segments, products, labs, worlds).
The choice is in single precision, what moves by it in double (buyers.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.economy.agents.buyers import CLASSES, DEEP, SEGMENTS, TODAY, Buyers, single
from sim.economy.agents.sellers import LEAST_TASKS, seen_by_sellers
from sim.economy.state import PRODUCTS, Sellers, TokensSold
from sim.equations import capability, demand, dynamics, indices
from sim.units import OOM, USD, Array, Flag, Log, Mtok, Ratio, Share

if TYPE_CHECKING:
    from sim.economy.agents.lab import Labs
    from sim.economy.model import AIEconomy

NEWCOMER = -5.0  # log share with which a product's habit starts
LEAST_SHARE = float(np.exp(-12.0))  # of work handed over, as far as habit counts
FIRST_ADOPTED = 1e-6  # share of each segment before the first quarter
LEAST_FILLED = 0.05  # share of requests: fewer served costs no more habit
MOST_INHERITED = 3.0  # log share that a buyer can gain with a failed lab's customers
LEAST_UTILITY = -500.0  # of the best product, in tastes: where less is on offer, nothing is
LEAST_FOUND = 1e-30  # share of users: fewer know nothing of thinking


class Customers(mesa.Agent):
    """Everybody who buys tokens."""

    model: AIEconomy

    def __init__(self, model: AIEconomy):
        super().__init__(model)
        self.shape = len(SEGMENTS), model.size
        labs = len(model.dials.lab_names)
        every = (len(SEGMENTS), PRODUCTS, labs, model.size)
        self._buyers = Buyers(model.dials, model.size)
        self.adopted = np.full(self.shape, FIRST_ADOPTED)
        self.habit: Log = single(np.full(every, NEWCOMER))
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
        self.success: Share = single(np.zeros((len(CLASSES), *every)))
        self.deep_success: Share = self.success[DEEP, :, 0]  # of work that thinking helps with
        self.deep: Share = self.deep_success  # such work done so
        self.chosen: Share = self.success  # of all tasks
        self.within: Share = self.success[:, :, 0]  # of nests
        self.inside: Ratio = np.zeros((len(CLASSES), *self.shape))  # odds of any over none
        self.token_index = np.ones(self.shape)  # price of successful work, 1 in the first quarter
        self.cost_of_success: Array | None = None  # of each product's tasks, last quarter
        self.paid_share: Share = single(np.zeros(every))  # of each segment's spending, last quarter
        self.sold: Flag = np.ones(self.shape, bool)  # whether anybody sold then
        self.sellers = Sellers.nothing((labs, model.size))

    @property
    def buyers(self) -> Buyers:
        """What buyers are like by the dials in force."""
        if self._buyers.dials is not self.model.dials:
            self._buyers = Buyers(self.model.dials, self.model.size)
        return self._buyers

    # ------------------------------------------------------------ trying out

    def try_out(self, labs: Labs) -> None:
        """Try every product: what part of each segment's tasks it does well."""
        scaling, plan, buyers = self.model.dials.scaling, labs.plan, self.buyers
        self._grow_apart(labs)
        self.worth = self._worth()
        depth = capability.test_time_gain(
            plan.test_time_multiple, scaling.test_time_slope, self.most_thinking()
        )
        plain = labs.research.capability + labs.research.post_gain
        self.usable_capability = np.stack([plain + depth, plain - scaling.mini_gap])
        short = single(buyers.threshold[:, None] - self.strength - plain)
        odds = demand.failure_odds(0.0, short, buyers.width)
        self.success = demand.success(odds[:, None] * buyers.harder[:, None, :, None])
        thought = odds * single(np.exp(-depth / buyers.width))
        self.deep_success = demand.success(thought * buyers.harder[DEEP, 0, None, None])

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
        return self.buyers.parts[:, None] * (self.buyers.potential * (growth / 4.0))

    # ------------------------------------------------------------ choosing

    def choose(self, labs: Labs) -> None:
        """Weigh success, price and habit: a nested logit over nobody, open and closed labs."""
        utility, self.deep = self._utilities(labs)
        best = utility.max(axis=(2, 3), initial=LEAST_UTILITY)
        utility -= best[:, :, None, None]  # odds over the best one's stay within bounds
        odds = np.exp(utility, out=utility)
        nest = self.model.dials.demand.nest
        people = np.exp(-nest * best.astype(float))
        self.chosen, self.within, self.inside = demand.nested_shares(odds, labs.open, nest, people)
        worth = single(self.worth)[:, :, None, None]
        handed = (worth * self.chosen).sum(axis=0)
        total = handed.sum(axis=(1, 2), dtype=float, keepdims=True)
        self.share = handed / np.maximum(total, LEAST_TASKS)
        self.habit = np.log(np.maximum(single(self.share), LEAST_SHARE))

    def _utilities(self, labs: Labs) -> tuple[Log, Share]:
        """What each task is worth to each product's users, over tastes within a nest.

        And the part of each that is done in depth, where thinking helps: what a buyer makes of a
        flagship is the better of plain answers and of thinking and agents' tools.
        """
        plan, buyers = labs.plan, self.buyers
        tastes, supervision = buyers.within_nests[:, None, None, None], buyers.supervision
        cost = single(plan.price) * buyers.dear[:, :, None, None]
        utility = demand.net_worth(self.success, cost, supervision, tastes)
        billed = cost[DEEP, :, 0] * buyers.billed(single(plan.test_time_multiple))
        deep = demand.net_worth(self.deep_success, billed, supervision, tastes[DEEP, :, 0])
        deep += single(np.log(np.maximum(self._found(), LEAST_FOUND)))
        utility[DEEP, :, 0], part = demand.deeper(utility[DEEP, :, 0], deep)
        utility += self._ties(labs)
        return utility, part

    def _ties(self, labs: Labs) -> Log:
        """What speaks for a product beside that: habit and a name; nothing for who is not there."""
        plan, buyers = labs.plan, self.buyers
        ties = self._habits(plan.on_offer) * buyers.habit  # persists within a nest by just that
        ties += single((labs.brand + plan.advertising) / buyers.nest)
        ties += np.where(plan.on_offer, single(0.0), -np.inf)
        return ties

    def _found(self) -> Share:
        """Users who have found out about models that think and about agents."""
        dials, year = self.model.dials, self.model.year
        since = np.maximum(year - dials.scaling.test_time_from, 0.0)
        return dynamics.seasoned(since, dials.demand.take_up)

    def _habits(self, on_offer: Flag) -> Log:
        """Log of last quarter's shares; who is new starts small."""
        new = on_offer & ~self.was_on_offer
        self.was_on_offer = on_offer
        return np.where(new, single(NEWCOMER), self.habit) if new.any() else self.habit

    # ------------------------------------------------------------ spending

    def spend(self, labs: Labs) -> None:
        """Adopt as far as work is worth handing over, then hand it over and pay by tokens."""
        rules, luck = self.model.dials.demand, self.model.luck
        started = np.where(self.model.year >= rules.launch, 1.0, rules.before_launch)
        part = self.inside / (1.0 + self.inside)  # of tasks that are worth handing over
        worthwhile = (self.worth * part).sum(axis=0) / self.worth[TODAY].sum(axis=0)
        self.adopted = demand.bass_adoption(
            self.adopted,
            rules.ceiling * np.minimum(worthwhile, 1.0),
            rules.innovation * started,
            rules.imitation * started,
            rules.churn,
        )
        self.shock = dynamics.shock(
            self.shock, rules.persistence, rules.volatility, luck.normal("demand")
        )
        using = self.worth * (self.adopted * np.exp(self.shock))
        buyers = self.buyers
        self.gain = demand.logsum(using, buyers.tastes[:, None], self.inside).sum(axis=0)
        done = single(using / buyers.values[:, None])[:, :, None, None] * self.chosen  # answers
        depth = labs.plan.test_time_multiple
        answers, deep = done.sum(axis=0), (done[DEEP, :, 0] * self.deep).sum(axis=0)
        self.tokens = self._longer(answers, deep * (depth - 1.0))
        paid = self._longer(answers, deep * (buyers.billed(depth) - 1.0))
        self.sales = paid * (labs.plan.price * buyers.seats[:, None, None])
        self.spending = self.sales.sum(axis=(1, 2))
        self._chain_index(done)
        self.sellers = seen_by_sellers(self, labs, done)

    @staticmethod
    def _longer(tokens: Mtok, thought: Mtok) -> Mtok:
        """Tokens (segments, products, labs, worlds) and what flagships think beyond them."""
        both = tokens.astype(float)
        both[:, 0] += thought
        return both

    def _chain_index(self, done: Mtok) -> None:
        """Chained Fisher index of what a successful task costs, by segment (M36)."""
        success = self.success
        good = (done * success).sum(axis=0)
        deeper = self.deep_success - success[DEEP, :, 0]
        good[:, 0] += (done[DEEP, :, 0] * self.deep * deeper).sum(axis=0)
        sales, sold = single(self.sales), self.spending > 0.0
        cost = sales / np.maximum(good, LEAST_TASKS)  # 0 where nothing is bought
        share = sales / single(np.where(sold, self.spending, 1.0))[:, None, None]
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
        self.habit = self.habit + single(self.model.dials.demand.throttle * served)
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
