"""What sellers see of demand: how buyers answer price, capability, thinking and a name.

Derivatives of the choice that customers make (customer.py), by lab, in single precision until they
are summed over segments. What is won of work given out anew counts for as long as it stays; what is
handed over or not is looked at every quarter. Shapes (classes, segments, products, labs, worlds)
for buyers, (labs, worlds) for what a lab is told. Money in USD a quarter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.economy.agents.buyers import DEMANDING, DEVELOPERS, single
from sim.economy.state import Sellers
from sim.equations import demand
from sim.units import USD, Array, Mtok, Ratio, Share

if TYPE_CHECKING:
    from sim.economy.agents.customer import Customers
    from sim.economy.agents.lab import Labs

LEAST_TASKS = 1e-12  # Mtok: fewer are none, where a price, a share or a mean is formed
LEAST_SHARE = 1e-30  # keeps 0/0 away


def seen_by_sellers(customers: Customers, labs: Labs, done: Mtok, anew: Mtok) -> Sellers:
    """What each lab is told, of answers `done`, classes first, of them `anew`."""
    return _Seen(customers, labs, done, anew).told()


class _Seen:
    """A quarter's demand as sellers see it; nothing of it is kept."""

    def __init__(self, customers: Customers, labs: Labs, done: Mtok, anew: Mtok):
        self.customers, self.labs, self.buyers, self.done = customers, labs, customers.buyers, done
        self.depth = single(labs.plan.test_time_multiple)
        # what is given out anew counts for as long as it stays; some would go back to people now
        self.stays = anew * single(labs.planning.offers.kept())
        self.back = anew * single(1.0 - customers.handed)[:, :, None, None]
        self.back_of_old = (done - anew) * (1.0 - customers.worth_it)
        self.of_lab = customers.fresh.sum(axis=2)
        self.split = self._split()
        self.by_answer = self._by_answer()

    def told(self) -> Sellers:
        """All of it."""
        customers, done = self.customers, self.done
        answer = demand.response(customers.within, self.of_lab, self.buyers.nest)[:, :, None]
        answering = self.stays * answer + self.back * self.of_lab[:, :, None] + self.back_of_old
        lost, lost_at_cost = self._lost()
        hard = np.maximum(done[DEMANDING, :, 0], LEAST_TASKS)
        whole = _over_segments(hard)
        spread = _spread(customers.deep_success)
        answers = answering[DEMANDING, :, 0] + hard * (1.0 - customers.deep) / self.buyers.nest
        return Sellers(
            sold=customers.sales.sum(axis=0) / self.labs.plan.price,
            lost=lost,
            lost_at_cost=lost_at_cost,
            passed=self._passed(),
            by_appeal=self._own((answering * self.by_answer).sum(axis=(0, 1, 2), dtype=float)),
            by_capability=self._by_capability(answering),
            by_tokens=hard[DEVELOPERS] / whole,
            deep_spread=_over_segments(hard * spread) / whole,
            deep_answer=_over_segments(answers) / whole,
            success=_over_segments(hard * customers.success[DEMANDING, :, 0]) / whole,
        )

    # ------------------------------------------------------------ what an answer brings

    def _split(self) -> Share:
        """How the part done in depth answers the better of the two ways: 2 D (1 - D) / nest."""
        deep = self.customers.deep
        return (2.0 / self.buyers.nest) * deep * (1.0 - deep)

    def _thought(self) -> tuple[Ratio, Ratio]:
        """Tokens of thought with an answer in depth: paid for, by segment, and to serve."""
        paid = np.zeros((len(self.buyers.pays), *self.depth.shape), np.float32)
        paid[DEVELOPERS] = self.depth - 1.0  # a seat pays for answers alone
        return paid, self.depth - 1.0

    def _cost(self) -> USD:
        """Of a token, those given away with it too."""
        return single(self.labs.plan.unit_cost * self.labs.sold.free_burden)

    def _by_answer(self) -> USD:
        """Gross profit on an answer, (classes, segments, products, labs, worlds)."""
        price, cost, pays = single(self.labs.plan.price), self._cost(), self.buyers.pays
        earned = np.broadcast_to(price * pays[:, None, None] - cost, self.done.shape).copy()
        earned[DEMANDING, :, 0] += self.customers.deep * self._by_thought()
        return earned

    def _by_thought(self) -> USD:
        """Gross profit on the thought that goes with an answer in depth."""
        (paid, served), price = self._thought(), single(self.labs.plan.price[0])
        return paid * price - served * self._cost()[0]

    # ------------------------------------------------------------ how buyers answer

    def _dear(self) -> Array:
        """Utility lost for a dollar a Mtok more of list price, (classes, segments, .., worlds)."""
        return (self.buyers.put_off[:, None] * self.buyers.pays)[:, :, None, None]

    def _lost(self) -> tuple[Mtok, Mtok]:
        """Tokens paid for, and tokens to serve, that a dollar more of list price would lose.

        Some buyers go, and of those who stay some go back from depth to plain answers.
        """
        customers, nest, done = self.customers, self.buyers.nest, self.done
        paid, served = self._thought()
        more_paid, more_served = customers.deep * paid, customers.deep * served
        answer = demand.response(self._within(), customers.fresh, nest)
        going = self.stays * answer + self.back * customers.fresh + self.back_of_old
        going *= self._dear()
        at_cost, at_price = going, going.copy()
        deep = going[DEMANDING, :, 0] * (1.0 + more_paid)  # what they pay more for
        back = done[DEMANDING, :, 0] * self._dear()[DEMANDING, :, 0] * self.split * paid
        at_price[DEMANDING, :, 0] = deep * (1.0 + more_paid) + back * paid
        at_cost[DEMANDING, :, 0] = deep * (1.0 + more_served) + back * served
        seats = self.buyers.pays[:, None, None]
        return _over_segments(at_price.sum(axis=0) * seats), _over_segments(at_cost.sum(axis=0))

    def _within(self) -> Share:
        """Each product's share of its nest."""
        lab = np.maximum(self.of_lab, LEAST_SHARE)[:, :, None]
        return self.customers.within[:, :, None] * (self.customers.fresh / lab)

    def _passed(self) -> USD:
        """What a lab's other product would gain by a dollar more of one's list price."""
        fresh, nest = self.customers.fresh, self.buyers.nest
        goes = (1.0 / nest - 1.0) * self._within() + fresh
        other = (self.stays * self.by_answer)[:, :, ::-1] * goes
        other -= (self.back * self.by_answer)[:, :, ::-1] * fresh
        other *= self._dear()
        other[DEMANDING, :, 0] *= 1.0 + self.customers.deep * self._thought()[0]
        return other.sum(axis=(0, 1), dtype=float)

    def _by_capability(self, answering: Mtok) -> USD:
        """Gross profit for an OOM more: more tasks succeed, and more of them are done in depth."""
        customers, keen = self.customers, self.buyers.keen[:, None, None, None]
        able = _spread(customers.success)
        deeper = _spread(customers.deep_success) - able[DEMANDING, :, 0]
        able[DEMANDING, :, 0] += customers.deep * deeper
        profit = (answering * able * keen * self.by_answer).sum(axis=(0, 1, 2), dtype=float)
        turning = self.done[DEMANDING, :, 0] * self.split * deeper * self.buyers.keen[DEMANDING]
        profit += (turning * self._by_thought()).sum(axis=0, dtype=float)
        return self._own(profit / customers.model.dials.demand.width)

    def _own(self, profit: USD) -> USD:
        """A lab's own part: of open weights it gets what hosts pay."""
        royalty = self.customers.model.dials.pricing.open_royalty
        return np.where(self.labs.open[:, None], royalty, 1.0) * profit


def _spread(success: Share) -> Share:
    """S (1 - S), the slope of a logistic curve."""
    return success * (1.0 - success)


def _over_segments(tokens: Array) -> Array:
    """All segments together, first axis; in double from here on."""
    answer: Array = tokens.sum(axis=0).astype(float)
    return answer
