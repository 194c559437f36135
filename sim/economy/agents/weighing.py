"""How buyers weigh what is on offer: one segment's work of one class at a time.

A task goes to the product that serves it best for its price, or stays with people; where it went
last quarter it stays, unless its owner looks around. All in single precision and of the shape
(products, labs, worlds) if not said; what is said to be `deep` is of flagships, (labs, worlds).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.economy.agents.buyers import Market, single
from sim.equations import demand
from sim.units import USD, Array, Flag, Log, Mtok, Ratio, Share, USD_per_Mtok

LEAST_PART = 1e-30  # of tasks handed over: keeps 0/0 away
LEAST_UTILITY = -1e30  # of the best product, where nothing is on offer
MOST_OUTSIDE = 60.0  # log odds of leaving a task with people: single precision still sees the rest


@dataclass(frozen=True)
class Offered:
    """What is put before buyers."""

    price: USD_per_Mtok
    times: Ratio  # tokens of thought for one of the answer, (labs, worlds)
    ties: Log  # what speaks for a product beside success and price; none if it is not on offer
    found: Log  # of the part of users who have found models that think, (worlds,) or a number
    open: Flag  # by lab


@dataclass(frozen=True)
class Choice:
    """What the buyers of one market think of what is on offer, and what they do."""

    market: Market
    success: Share
    deep_success: Share
    deep: Share  # of tasks, done in depth
    back: Ratio  # odds that a task which is with a product is better done by people
    worth_it: Share  # of such tasks, the others
    fresh: Share  # of work given out anew, by to whom
    of_nest: Share  # of the same, to the nest of each lab, (labs, worlds)
    inside: Ratio  # odds of any product over people, (worlds,), in double
    handed: Share  # and their share, likewise
    staying: Share  # of all work, where it was last quarter
    anew: Share  # the rest, (worlds,), in double

    def held(self) -> Share:
        """Of all work, by whom it is with."""
        return self.staying + single(self.anew) * self.fresh

    def handed_anew(self, tasks: Mtok) -> Mtok:
        """Of so many tasks (worlds,), those given out anew and handed over."""
        return single(tasks * self.anew * self.handed) * self.fresh

    def still_handed(self, tasks: Mtok) -> Mtok:
        """And those handed over to whom they were with."""
        return single(tasks) * (self.staying * self.worth_it)

    def handed_over(self, tasks: Mtok) -> Mtok:
        """Both."""
        return self.handed_anew(tasks) + self.still_handed(tasks)

    def gain(self, worth: USD) -> USD:
        """What users gain by having products: those who look around, and those who stay."""
        stay = _over_products(demand.logsum(self.staying, 1.0, 1.0 / self.back))
        looking = demand.logsum(worth * self.anew, self.market.taste, self.inside)
        return looking + worth * self.market.taste * stay.sum(axis=0, dtype=float)


def weighed(market: Market, failure: Ratio, easier: Ratio, offered: Offered) -> Choice:
    """Weigh success and price, if everybody does: a nested logit over nobody, open and closed labs.

    `failure` is the odds that each lab's flagship fails at demanding work, plainly, and `easier`
    what thinking makes of them, both (labs, worlds).
    """
    success = demand.success(failure * market.harder)
    deep_success = success[0]
    if market.deep:
        deep_success = demand.success(failure * easier * market.harder[0])
    utility, deep = _utility(market, success, deep_success, offered)
    utility += offered.ties
    # who stays with a product weighs it against people alone
    back = demand.failure_odds(utility, 0.0, market.alone)
    best = utility.max(axis=(0, 1), initial=LEAST_UTILITY)
    utility -= best  # odds over the best one's stay within bounds
    people = np.exp(np.minimum(-market.nest * best.astype(float), MOST_OUTSIDE))
    odds = np.exp(utility, out=utility)
    shares, of_nest, inside = demand.nested_shares(odds, offered.open, market.nest, people)
    handed = inside / (1.0 + inside)
    any_product = single(np.maximum(handed, LEAST_PART))
    return Choice(
        market=market,
        success=success,
        deep_success=deep_success,
        deep=deep,
        back=back,
        worth_it=demand.success(back),
        fresh=shares / any_product,
        of_nest=of_nest / any_product,
        inside=inside,
        handed=handed,
        staying=np.broadcast_to(single(0.0), success.shape),
        anew=np.ones_like(handed),
    )


def among_who_stay(choice: Choice, held: Share, stay: Share) -> Choice:
    """The same where work was `held` by each product and `stay` of that does not look around."""
    staying = held * stay
    anew = 1.0 - _over_products(staying).sum(axis=0, dtype=float)
    return replace(choice, staying=staying, anew=anew)


def _utility(
    market: Market, success: Share, deep_success: Share, offered: Offered
) -> tuple[Log, Share]:
    """What a task is worth to each product's users, over tastes within a nest.

    And the part of tasks that is done in depth, where thinking helps: what a buyer makes of a
    flagship is the better of plain answers and of thinking and agents' tools.
    """
    cost = offered.price * market.dear
    utility = demand.net_worth(success, cost, market.supervision, market.within_nest)
    if not market.deep:
        return utility, np.zeros_like(deep_success)
    billed = cost[0] * offered.times if market.by_token else cost[0]  # a seat pays for answers
    deep = demand.net_worth(deep_success, billed, market.supervision, market.within_nest)
    utility[0], part = demand.deeper(utility[0], deep + offered.found)
    return utility, part


def _over_products(shares: Array) -> Array:
    """Both products together, (labs, worlds)."""
    return shares[0] + shares[1]
