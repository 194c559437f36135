"""Customers: four segments that adopt, choose and spend.

Work is of two classes, routine and demanding, that differ in worth by tokens and in how much
capability they ask for. Each task goes to the product that serves it best for its price, or stays
with people; but customers look around only now and then, and until then stay where they are.
Shapes: classes, segments, products first, (classes, segments, products, labs, worlds). The choice
is in single precision, what moves by it in double (buyers.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.economy.agents.buyers import CLASSES, DEMANDING, DEVELOPERS, SEGMENTS, Buyers, single
from sim.economy.agents.sellers import LEAST_TASKS, seen_by_sellers
from sim.economy.state import PRODUCTS, WENT, Sellers, TokensSold
from sim.equations import capability, demand, dynamics, indices
from sim.units import OOM, USD, Array, Flag, Log, Mtok, Ratio, Share

if TYPE_CHECKING:
    from sim.economy.agents.lab import Labs
    from sim.economy.model import AIEconomy

LEAST_PART = 1e-30  # of tasks handed over: keeps 0/0 away
MOST_MOVED = 1e6  # times, in a quarter: a price of success that moved more was none before
FIRST_ADOPTED = 1e-6  # share of each segment before the first quarter
LEAST_UTILITY = -1e30  # of the best product, where nothing is on offer
MOST_OUTSIDE = 60.0  # log odds of leaving a task with people: single precision still sees the rest
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
        self.deep_success: Share = self.success[DEMANDING, :, 0]  # of demanding work
        self.deep: Share = self.deep_success  # demanding work done so
        self.held: Share = self.success  # of all work, by whom it is with
        self.staying: Share = self.success  # of it, where it was last quarter
        self.worth_it: Share = self.success  # of work that is with a product: handed over to it
        self.fresh: Share = self.success  # of work given out anew, by to whom
        self.chosen: Share = self.success  # of all work of users, done by each product
        self.anew: Share = np.ones((len(CLASSES), *self.shape))  # part that is
        self.loyal: Share = np.ones((labs, model.size))  # customers not turned away last quarter
        self.handed: Share = np.zeros((len(CLASSES), *self.shape))  # of that, not left with people
        self.within: Share = self.success[:, :, 0]  # of nests, where work is given out anew
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
        self.deep_success = demand.success(odds * single(np.exp(-depth / buyers.width)))

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
        """Weigh success and price: a nested logit over nobody, open and closed labs."""
        utility, self.deep = self._utilities(labs)
        nest = self.model.dials.demand.nest
        # who stays with a product weighs it against people alone
        to_people = demand.failure_odds(self.buyers.nest * utility, 0.0, 1.0)
        self.worth_it = demand.success(to_people)
        best = utility.max(axis=(2, 3), initial=LEAST_UTILITY)
        utility -= best[:, :, None, None]  # odds over the best one's stay within bounds
        odds = np.exp(utility, out=utility)
        people = np.exp(np.minimum(-nest * best.astype(float), MOST_OUTSIDE))
        shares, self.within, self.inside = demand.nested_shares(odds, labs.open, nest, people)
        self.handed = self.inside / (1.0 + self.inside)
        self.fresh = shares / single(np.maximum(self.handed, LEAST_PART))[:, :, None, None]
        self.was_on_offer = labs.plan.on_offer
        self.staying = self.held * self._staying(self.was_on_offer)
        self.anew = 1.0 - self.staying.sum(axis=(2, 3), dtype=float)
        self.held = self.staying + single(self.anew)[:, :, None, None] * self.fresh

    def _staying(self, on_offer: Flag) -> Share:
        """Customers who stay where they are, (segments, products, labs, worlds), of today's.

        They look around now and then, and where they were refused; those who just came, do.
        """
        rules = self.model.dials.demand
        before = self.adopted
        self._adopt()
        old = np.minimum(before / np.maximum(self.adopted, FIRST_ADOPTED), 1.0)
        stay = single((1.0 - rules.reconsider) * old)
        return stay[:, None, None] * single(self.loyal * on_offer)

    def _adopt(self) -> None:
        """Adopt as far as work is worth handing over."""
        rules = self.model.dials.demand
        started = np.where(self.model.year >= rules.launch, 1.0, rules.before_launch)
        worthwhile = (self.worth * self.handed).sum(axis=0) / self.worth.sum(axis=0)
        self.adopted = demand.bass_adoption(
            self.adopted,
            rules.ceiling * worthwhile,
            rules.innovation * started,
            rules.imitation * started,
            rules.churn,
        )

    def _utilities(self, labs: Labs) -> tuple[Log, Share]:
        """What each task is worth to each product's users, over tastes within a nest.

        And the part of demanding work that is done in depth: what a buyer makes of a flagship is
        the better of plain answers and of thinking and agents' tools.
        """
        plan, buyers = labs.plan, self.buyers
        tastes, supervision = buyers.within_nests[:, None, None, None], buyers.supervision
        cost = single(plan.price) * buyers.dear[:, :, None, None]
        utility = demand.net_worth(self.success, cost, supervision, tastes)
        billed = cost[DEMANDING, :, 0].copy()
        billed[DEVELOPERS] *= single(plan.test_time_multiple)  # a seat pays for answers alone
        deep = demand.net_worth(self.deep_success, billed, supervision, tastes[DEMANDING, 0, 0])
        deep += single(np.log(np.maximum(self._found(), LEAST_FOUND)))
        utility[DEMANDING, :, 0], part = demand.deeper(utility[DEMANDING, :, 0], deep)
        utility += self._ties(labs)
        return utility, part

    def _ties(self, labs: Labs) -> Log:
        """What speaks for a product beside that: a name; nothing for who is not there."""
        plan = labs.plan
        ties = single((labs.brand + plan.advertising) / self.buyers.nest)
        return np.where(plan.on_offer, ties, single(-np.inf))

    def _found(self) -> Share:
        """Users who have found out about models that think and about agents."""
        dials, year = self.model.dials, self.model.year
        since = np.maximum(year - dials.scaling.test_time_from, 0.0)
        return dynamics.seasoned(since, dials.demand.take_up)

    # ------------------------------------------------------------ spending

    def spend(self, labs: Labs) -> None:
        """Hand over what is worth it, and pay by tokens."""
        rules, luck, buyers = self.model.dials.demand, self.model.luck, self.buyers
        self.shock = dynamics.shock(
            self.shock, rules.persistence, rules.volatility, luck.normal("demand")
        )
        using = self.worth * (self.adopted * np.exp(self.shock))
        self.gain = self._gain(using)
        anew = single(self.anew * self.handed)[:, :, None, None] * self.fresh
        part = self.chosen = self.staying * self.worth_it + anew
        tasks = single(using / buyers.values[:, None])[:, :, None, None]  # Mtok of answers
        done, worth = tasks * part, single(using)[:, :, None, None] * part
        worth = worth[0] + worth[1]
        total = worth.sum(axis=(1, 2), dtype=float, keepdims=True)
        self.share = worth / np.maximum(total, LEAST_TASKS)
        depth = labs.plan.test_time_multiple
        answers = (done[0] + done[1]).astype(float)
        thought = done[DEMANDING, :, 0] * self.deep * (depth - 1.0)
        paid = answers.copy()
        paid[DEVELOPERS, 0] += thought[DEVELOPERS]  # seats pay for answers alone
        self.sales = paid * (labs.plan.price * buyers.seats[:, None, None])
        answers[:, 0] += thought
        self.tokens = answers
        self.spending = self.sales.sum(axis=(1, 2))
        self._chain_index(done)
        self.sellers = seen_by_sellers(self, labs, done, tasks * anew)

    def _gain(self, using: USD) -> USD:
        """What users gain by having products: those who look around, and those who stay."""
        staying = np.log1p(self.worth_it / np.maximum(1.0 - self.worth_it, LEAST_PART))
        part = (self.staying * staying).sum(axis=(2, 3), dtype=float)
        tastes = self.buyers.tastes[:, None]
        looking = demand.logsum(using * self.anew, tastes, self.inside)
        return (looking + using * tastes * part).sum(axis=0)

    def _chain_index(self, done: Mtok) -> None:
        """Chained Fisher index of what a successful task costs, by segment (M36)."""
        success = self.success
        good = done[0] * success[0] + done[1] * success[1]
        deeper = self.deep_success - success[DEMANDING, :, 0]
        good[:, 0] += done[DEMANDING, :, 0] * self.deep * deeper
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
        moved[:, at] = self._choices(failed[:, at], at, left, np.where(sold, stay, 0.0))
        kept = np.where(failed[:, at], 0.0, held) + np.where(buyer[:, at], stay * lost, 0.0)
        self.held = self.held.copy()
        self.held[..., at] = kept
        return moved

    def _choices(self, failed: Flag, at: Array, left: USD, stay: Share) -> USD:
        """What users turn to whose lab failed, by what others chose anew, (WENT, these worlds)."""
        by_lab = np.where(failed, 0.0, self.fresh[..., at].sum(axis=2))  # (..., labs, worlds)
        free = self.model.labs.open
        opened, closed = (by_lab[:, :, which].sum(axis=2) for which in (free, ~free))
        going, handed = left * (1.0 - stay), self.handed[..., at]
        anew = going * handed / np.maximum(opened + closed, LEAST_PART)
        to_open, to_rivals = anew * opened, anew * closed
        to_nobody = left - left * stay - to_open - to_rivals
        parts = (left * stay, to_rivals, to_open, np.maximum(to_nobody, 0.0))
        return np.stack([part.sum(axis=(0, 1), dtype=float) for part in parts])
