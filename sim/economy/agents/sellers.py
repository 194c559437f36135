"""What sellers see of demand: how buyers answer price, capability, thinking and a name.

Derivatives of the choice that customers make (weighing.py), by lab, added up market by market. What
is won of work given out anew counts for as long as it stays; what is handed over or not is looked
at every quarter. In single precision, of the shape (products, labs, worlds) and, where it is about
flagships or about labs, (labs, worlds). Money in USD a quarter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.economy.agents.buyers import Buyers, single
from sim.economy.agents.weighing import Choice
from sim.economy.state import Sellers
from sim.equations import demand
from sim.units import USD, Array, Mtok, Ratio, Share, USD_per_Mtok

if TYPE_CHECKING:
    from sim.economy.agents.lab import Labs

LEAST_TASKS = 1e-12  # Mtok: fewer are none, where a price, a share or a mean is formed
LEAST_SHARE = 1e-30  # keeps 0/0 away


class Seen:
    """A quarter's demand as sellers see it; of markets nothing but sums is kept."""

    def __init__(self, labs: Labs, buyers: Buyers):
        self.labs, self.buyers, self.view = labs, buyers, _View(labs, buyers)
        every, flagships = np.zeros_like(self.view.price), np.zeros_like(self.view.thought)
        self.lost, self.lost_at_cost, self.passed = every, every.copy(), every.copy()
        self.by_appeal, self.by_capability = flagships, flagships.copy()
        # of work that thinking helps with: all of it, that of developers, and weighed by what is
        # seen of it
        self.hard, self.by_tokens = flagships.copy(), flagships.copy()
        self.spread, self.answers, self.success = (flagships.copy() for _ in range(3))

    def add(self, choice: Choice, done: Mtok, anew: Mtok, old: Mtok) -> None:
        """One market more, of answers `done`: `anew` of work given out anew, the rest `old`."""
        market, answer = choice.market, _Answer(self.view, choice, done, anew, old)
        self.by_appeal += answer.profit[0] + answer.profit[1]
        self.by_capability += market.keen * answer.by_capability()
        at_price, at_cost = answer.lost()
        self.lost += at_price * market.pays
        self.lost_at_cost += at_cost
        by_flagship, by_mini = answer.passed()
        self.passed[0] += by_flagship
        self.passed[1] += by_mini
        if market.deep:
            hard = np.maximum(done[0], LEAST_TASKS)
            self.hard += hard
            if market.by_token:
                self.by_tokens += hard
            self.spread += hard * _spread(choice.deep_success)
            self.answers += answer.tokens[0] + hard * (1.0 - choice.deep) * market.alone
            self.success += hard * choice.success[0]

    def told(self, sales: USD) -> Sellers:
        """What each lab is told, in double; `sales` are all segments'."""
        return Sellers(
            sold=sales / self.labs.plan.price,
            lost=self.lost.astype(float),
            lost_at_cost=self.lost_at_cost.astype(float),
            passed=self.passed.astype(float),
            by_appeal=self._own(self.by_appeal.astype(float)),
            by_capability=self._own(self.by_capability / self.buyers.dials.demand.width),
            by_tokens=self._mean(self.by_tokens),
            deep_spread=self._mean(self.spread),
            deep_answer=self._mean(self.answers),
            success=self._mean(self.success),
        )

    def _mean(self, hard: Mtok) -> Ratio:
        """Over all work that thinking helps with."""
        return (hard / self.hard).astype(float)

    def _own(self, profit: USD) -> USD:
        """A lab's own part: of open weights it gets what hosts pay."""
        royalty = self.buyers.dials.pricing.open_royalty
        return np.where(self.labs.open[:, None], royalty, 1.0) * profit


class _View:
    """What is the same for all markets."""

    def __init__(self, labs: Labs, buyers: Buyers):
        plan = labs.plan
        self.kept = single(labs.planning.offers.kept())  # sales that a customer won is worth
        self.loose = self.kept / buyers.nest
        self.price: USD_per_Mtok = single(plan.price)
        self.cost = single(plan.unit_cost * labs.sold.free_burden)  # given away tokens with it
        # gross profit on an answer, at list price and in a seat
        seat = single(buyers.dials.demand.seat_premium)
        self.earned = {False: self.price - self.cost, True: self.price * seat - self.cost}
        # tokens of thought with an answer in depth: to serve, and paid for by the token, or not
        self.thought: Ratio = single(plan.test_time_multiple - 1.0)
        self.thought_paid = {True: self.thought, False: np.zeros_like(self.thought)}


class _Answer:
    """How one market answers a unit of utility more."""

    def __init__(self, view: _View, choice: Choice, done: Mtok, anew: Mtok, old: Mtok):
        self.view, self.choice, self.market = view, choice, choice.market
        self.done, self.anew = done, anew
        # what is won from the rest of a nest counts for as long as it stays; but some of what is
        # won anew would go back to people, and that is looked at every quarter
        takes = demand.crossing(np.maximum(choice.of_nest, LEAST_SHARE), self.market.nest)
        self.takes = view.kept * takes - single(1.0 - choice.handed)
        self.old_back = old * (1.0 - choice.worth_it)
        self.paid = view.thought_paid[self.market.by_token]
        self.earned = view.earned[self.market.in_seat]
        if self.market.deep:
            # how the part done in depth answers the better of the two ways: 2 D (1 - D) / nest
            self.split = (2.0 * self.market.alone) * choice.deep * (1.0 - choice.deep)
            self.on_thought = self.paid * view.price[0] - view.thought * view.cost[0]
            self.earned = self.earned.copy()
            self.earned[0] += choice.deep * self.on_thought
        self.tokens = self._won(choice.fresh[0] + choice.fresh[1])  # by all that a lab sells
        self.profit: USD = self.tokens * self.earned

    def _won(self, share: Share) -> Mtok:
        """Tokens won by what has this share of work given out anew."""
        return self.anew * demand.response(share, self.takes, self.view.loose) + self.old_back

    def lost(self) -> tuple[Mtok, Mtok]:
        """Tokens paid for, over seats, and tokens to serve, lost by a dollar more of list price.

        Some buyers go, and of those who stay some go back from depth to plain answers.
        """
        at_cost = self._won(self.choice.fresh)
        at_cost *= self.market.put_off
        if not self.market.deep:
            return at_cost, at_cost
        thought, paid, deep = self.view.thought, self.paid, self.choice.deep
        at_price = at_cost.copy()
        going = at_cost[0] * (1.0 + deep * paid)  # what they pay more for
        back = self.done[0] * self.market.put_off * self.split * paid
        at_cost[0] = going * (1.0 + deep * thought) + back * thought
        at_price[0] = going * (1.0 + deep * paid) + back * paid
        return at_price, at_cost

    def passed(self) -> tuple[USD, USD]:
        """What a lab's other product would gain by a dollar more for its flagship, and its mini."""
        goes = self.takes * self.anew[0] * self.choice.fresh[1] * self.market.put_off
        longer = 1.0 + self.choice.deep * self.paid if self.market.deep else 1.0
        return goes * self.earned[1] * longer, goes * self.earned[0]

    def by_capability(self) -> USD:
        """Gross profit, over the worth of a task, for a width more of capability.

        More tasks succeed and are handed over, and more of them are done in depth.
        """
        choice, able = self.choice, _spread(self.choice.success)
        if not self.market.deep:
            able *= self.profit
            return able[0] + able[1]
        deeper = _spread(choice.deep_success) - able[0]
        able[0] += choice.deep * deeper
        able *= self.profit
        turning = self.done[0] * self.split * deeper * self.on_thought
        return able[0] + able[1] + turning


def _spread(success: Share) -> Array:
    """S (1 - S), the slope of a logistic curve."""
    return success * (1.0 - success)
