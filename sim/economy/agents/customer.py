"""Customers: four segments that adopt, choose and spend.

Work is of several classes (buyers.py), that differ in worth by tokens and in how much capability
they ask for. Each task goes to the product that serves it best for its price, or stays with people
(weighing.py); but customers look around only now and then, and until then stay where they are.
Shapes: classes, segments, products first, (classes, segments, products, labs, worlds); one class in
one segment is a market. The choice is in single precision, what moves by it in double (buyers.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.economy.agents.buyers import CLASSES, DEVELOPERS, SEGMENTS, Buyers, single
from sim.economy.agents.sellers import LEAST_TASKS, Seen
from sim.economy.agents.weighing import Choice, Offered, among_who_stay, weighed
from sim.economy.state import PRODUCTS, WENT, Sellers, TokensSold
from sim.equations import capability, demand, dynamics, indices
from sim.units import OOM, USD, Array, Flag, Mtok, Ratio, Share

if TYPE_CHECKING:
    from sim.economy.agents.lab import Labs
    from sim.economy.model import AIEconomy

MOST_MOVED = 1e6  # times, in a quarter: a price of success that moved more was none before
FIRST_ADOPTED = 1e-6  # share of each segment before the first quarter
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
        # odds that a flagship fails at demanding work, plainly, and what thinking makes of them
        self.failure: Ratio = single(np.ones((len(SEGMENTS), labs, model.size)))
        self.easier: Ratio = single(np.ones((labs, model.size)))
        # of all work, by whom it is with
        self.held: Share = single(np.zeros((len(CLASSES), *every)))
        self.loyal: Share = np.ones((labs, model.size))  # customers not turned away last quarter
        self.choices: tuple[Choice, ...] = ()  # of the quarter, a market each
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

    @property
    def handed_over(self) -> USD:
        """Worth of the work handed over, (segments, products, labs, worlds)."""
        worth = np.zeros_like(self.sales)
        for choice in self.choices:
            market, segment = choice.market, choice.market.segment
            worth[segment] += choice.handed_over(self.worth[market.at] * self.adopted[segment])
        return worth

    @property
    def share(self) -> Share:
        """Of the worth of work handed over, likewise."""
        worth = self.handed_over
        return worth / np.maximum(worth.sum(axis=(1, 2), keepdims=True), LEAST_TASKS)

    # ------------------------------------------------------------ trying out

    def try_out(self, labs: Labs) -> None:
        """Try every product: how often it fails at each segment's tasks."""
        scaling, plan, buyers = self.model.dials.scaling, labs.plan, self.buyers
        self._grow_apart(labs)
        self.worth = self._worth()
        depth = capability.test_time_gain(
            plan.test_time_multiple, scaling.test_time_slope, self.most_thinking()
        )
        plain = labs.research.capability + labs.research.post_gain
        self.usable_capability = np.stack([plain + depth, plain - scaling.mini_gap])
        short = single(buyers.threshold[:, None] - self.strength - plain)
        self.failure = demand.failure_odds(0.0, short, buyers.width)
        self.easier = single(np.exp(-depth / buyers.width))

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
        """Weigh what is on offer, in every market; then whoever looks around goes there."""
        offered = self._offered(labs)
        choices = [
            weighed(market, self.failure[market.segment], self.easier, offered)
            for market in self.buyers.markets
        ]
        before = self.adopted
        self._adopt(choices)
        self.was_on_offer = labs.plan.on_offer
        stay = self._staying(before)
        self.choices = tuple(
            among_who_stay(choice, self.held[choice.market.at], stay[choice.market.segment])
            for choice in choices
        )
        self.held = self._held()

    def _offered(self, labs: Labs) -> Offered:
        """What labs put before customers, in single precision."""
        plan = labs.plan
        ties = single((labs.brand + plan.advertising) / self.buyers.nest)
        return Offered(
            price=single(plan.price),
            times=single(plan.test_time_multiple),
            ties=np.where(plan.on_offer, ties, single(-np.inf)),
            found=single(np.log(np.maximum(self._found(), LEAST_FOUND))),
            open=labs.open,
        )

    def _found(self) -> Share:
        """Users who have found out about models that think and about agents."""
        dials, year = self.model.dials, self.model.year
        since = np.maximum(year - dials.scaling.test_time_from, 0.0)
        return dynamics.seasoned(since, dials.demand.take_up)

    def _adopt(self, choices: list[Choice]) -> None:
        """Adopt as far as work is worth handing over."""
        rules = self.model.dials.demand
        started = np.where(self.model.year >= rules.launch, 1.0, rules.before_launch)
        worthwhile = np.zeros(self.shape)
        for choice in choices:
            worthwhile[choice.market.segment] += self.worth[choice.market.at] * choice.handed
        self.adopted = demand.bass_adoption(
            self.adopted,
            rules.ceiling * (worthwhile / self.worth.sum(axis=0)),
            rules.innovation * started,
            rules.imitation * started,
            rules.churn,
        )

    def _staying(self, before: Share) -> Share:
        """Customers who stay where they are, (segments, products, labs, worlds), of today's.

        They look around now and then, and where they were refused; those who just came, do.
        """
        old = np.minimum(before / np.maximum(self.adopted, FIRST_ADOPTED), 1.0)
        stay = single((1.0 - self.model.dials.demand.reconsider) * old)
        return stay[:, None, None] * single(self.loyal * self.was_on_offer)

    def _held(self) -> Share:
        """Of all work of each market, by whom it is with from now on."""
        held = np.empty_like(self.held)
        for choice in self.choices:
            held[choice.market.at] = choice.held()
        return held

    # ------------------------------------------------------------ spending

    def spend(self, labs: Labs) -> None:
        """Hand over what is worth it, and pay by tokens."""
        rules, luck, buyers = self.model.dials.demand, self.model.luck, self.buyers
        self.shock = dynamics.shock(
            self.shock, rules.persistence, rules.volatility, luck.normal("demand")
        )
        using = self.worth * (self.adopted * np.exp(self.shock))
        more = single(labs.plan.test_time_multiple - 1.0)  # tokens of thought for an answer
        answers, good = np.zeros_like(self.held[0]), np.zeros_like(self.held[0])
        thought, charged = np.zeros_like(answers[:, 0]), np.zeros_like(answers)
        gain, seen = np.zeros(self.shape), Seen(labs, buyers)
        for choice in self.choices:
            market, segment = choice.market, choice.market.segment
            tasks = using[market.at] / market.value  # Mtok of answers
            anew, old = choice.handed_anew(tasks), choice.still_handed(tasks)
            done = anew + old
            answers[segment] += done
            charged[segment] += done * market.pays
            good[segment] += done * choice.success
            if market.deep:
                deep = done[0] * choice.deep
                thought[segment] += deep * more
                good[segment, 0] += deep * (choice.deep_success - choice.success[0])
            gain[segment] += choice.gain(using[market.at])
            seen.add(choice, done, anew, old)
        self.gain = gain
        self._pay(labs, answers, thought, charged)
        self._chain_index(good)
        self.sellers = seen.told(self.sales.sum(axis=0))

    def _pay(self, labs: Labs, answers: Mtok, thought: Mtok, charged: Mtok) -> None:
        """Tokens of answers and of thought, and what users would pay if all were served.

        `charged` are the answers at list price that cost as much.
        """
        tokens, sales = answers.astype(float), charged.astype(float)
        tokens[:, 0] += thought
        sales[DEVELOPERS, 0] += thought[DEVELOPERS]  # seats pay for answers alone
        sales *= labs.plan.price
        self.tokens, self.sales, self.spending = tokens, sales, sales.sum(axis=(1, 2))

    def _chain_index(self, good: Mtok) -> None:
        """Chained Fisher index of what a successful task costs, by segment (M36)."""
        sales, sold = single(self.sales), self.spending > 0.0
        cost = sales / np.maximum(good, LEAST_TASKS)  # 0 where nothing is bought
        share = sales / single(np.where(sold, self.spending, 1.0))[:, None, None]
        if self.cost_of_success is not None:
            both = (cost > 0.0) & (self.cost_of_success > 0.0)  # new goods link in a quarter later
            relative = np.divide(cost, self.cost_of_success, out=np.ones_like(cost), where=both)
            relative = np.clip(relative, 1.0 / MOST_MOVED, MOST_MOVED)
            with np.errstate(divide="ignore", invalid="ignore"):  # where nobody sold, or sells
                step = indices.fisher_of_shares(self.paid_share, share, relative, axis=(1, 2))
            self.token_index = np.where(sold & self.sold, self.token_index * step, self.token_index)
        self.cost_of_success, self.sold, self.paid_share = cost, sold, share

    def remember(self, sold: TokensSold) -> None:
        """Of those who were refused, a part looks around (M57)."""
        refused = self.model.dials.demand.throttle * (1.0 - sold.filled)
        self.loyal = np.clip(1.0 - refused, 0.0, 1.0)
        spent = sold.sales.sum(axis=0)
        self.lab_share = spent / np.maximum(spent.sum(axis=0), 1e-200)

    def move(self, failed: Flag, buyer: Flag, stay: Share) -> USD:
        """Part of the failed labs' customers `stay` with their buyer, (labs, worlds).

        Returns to whom their work goes, by its worth, (WENT, worlds): the rest look around.
        """
        at = np.flatnonzero(failed.any(axis=0))  # few worlds, so only there
        stay = stay if np.ndim(stay) == 0 else stay[at]
        held = self.held[..., at]
        lost = np.where(failed[:, at], held, 0.0).sum(axis=3, keepdims=True)
        sold = buyer[:, at].any(axis=0)
        left = lost.sum(axis=(2, 3)) * (self.worth * self.adopted)[..., at]
        moved = np.zeros((len(WENT), self.model.size))
        moved[:, at] = self._turn(failed[:, at], at, left, np.where(sold, stay, 0.0))
        kept = np.where(failed[:, at], 0.0, held) + np.where(buyer[:, at], stay * lost, 0.0)
        self.held = self.held.copy()
        self.held[..., at] = kept
        return moved

    def _turn(self, failed: Flag, at: Array, left: USD, stay: Share) -> USD:
        """What users turn to whose lab failed, by what others chose anew, (WENT, these worlds)."""
        moved, free = np.zeros((len(WENT), len(at))), self.model.labs.open
        for choice in self.choices:
            by_lab = np.where(failed, 0.0, choice.fresh[..., at].sum(axis=0, dtype=float))
            opened, closed = by_lab[free].sum(axis=0), by_lab[~free].sum(axis=0)
            work = left[choice.market.at]
            going = work * (1.0 - stay)
            anew = going * choice.handed[at] / np.maximum(opened + closed, LEAST_TASKS)
            to_nobody = np.maximum(going - anew * (opened + closed), 0.0)
            moved += np.stack([work * stay, anew * closed, anew * opened, to_nobody])
        return moved
