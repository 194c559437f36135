"""What sellers see of demand: how buyers answer price, capability, thinking and a name.

Derivatives of the choice that customers make (customer.py), by lab, in single precision until they
are summed over segments. Shapes (classes, segments, products, labs, worlds) for buyers, (labs,
worlds) for what a lab is told. Money in USD a quarter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.economy.agents.buyers import DEEP, DEVELOPERS, Buyers, single
from sim.economy.state import Sellers
from sim.equations import demand, pricing
from sim.units import USD, Array, Mtok, Ratio, Share

if TYPE_CHECKING:
    from sim.economy.agents.customer import Customers
    from sim.economy.agents.lab import Labs

LEAST_SHARE = 1e-30  # keeps 0/0 away, in single precision too
LEAST_ANSWER = 1e-6  # of sales to utility: who has all the work answers no less
LEAST_TASKS = 1e-12  # Mtok: fewer are none, where a price, a share or a mean is formed


def seen_by_sellers(customers: Customers, labs: Labs, done: Mtok) -> Sellers:
    """What each lab is told, of answers `done` (classes first)."""
    buyers, depth = customers.buyers, single(labs.plan.test_time_multiple)
    answer = demand.response(customers.within, customers.chosen.sum(axis=2), buyers.nest)
    answering = done * answer[:, :, None]
    deep, plain_success = answering[DEEP, :, 0] * customers.deep, customers.success[DEEP, :, 0]
    # within a product the plain way stands by: a dissimilarity of one half
    deep_answer = answer[DEEP] + (1.0 - customers.deep) / buyers.nest
    hard = np.maximum(done[DEEP, :, 0], LEAST_TASKS)
    whole = _over_all(hard)
    lost, lost_at_cost = _lost(buyers, answering, deep, depth)
    # how success answers capability, in utility
    able = _weighed(answering * _spread(customers.success), buyers.keen)
    deep_spread, keen = _spread(customers.deep_success), buyers.keen[DEEP]
    deeply = _weighed(deep * deep_spread, keen)
    able[:, 0] += deeply - _weighed(deep * _spread(plain_success), keen)
    return Sellers(
        sold=customers.sales.sum(axis=0) / labs.plan.price,
        lost=lost,
        lost_at_cost=lost_at_cost,
        by_appeal=_profit(customers, labs, answering.sum(axis=0), deep.sum(axis=0) * (depth - 1.0)),
        by_capability=_profit(customers, labs, able, deeply * (depth - 1.0))
        / customers.model.dials.demand.width,
        by_tokens=hard[:, DEVELOPERS].sum(axis=0) / whole,
        deep_spread=_over_all(hard * deep_spread) / whole,
        deep_answer=_over_all(hard * deep_answer) / whole,
        deep_value=whole / _over_segments(_weighed(hard, single(1.0 / buyers.values[DEEP]))),
        success=_over_all(hard * plain_success) / whole,
        **_kept(customers, labs, answer, answering),
    )


def _kept(customers: Customers, labs: Labs, answer: Ratio, answering: Mtok) -> dict[str, Share]:
    """From whom a lab wins what a little more utility sells, and how much of it habit keeps.

    Habit is one for all classes of work, but who sells most where it has most wins least there.
    """
    buyers, within, inside = customers.buyers, customers.within, customers.inside
    answer = np.maximum(answer, LEAST_ANSWER)
    of_all = customers.chosen.sum(axis=2)
    of_kind = of_all / np.maximum(within, LEAST_SHARE)
    anybody = inside / (1.0 + inside)
    kind = of_kind / single(np.maximum(anybody, LEAST_SHARE))[:, :, None]
    own = single(customers.worth)[:, :, None] * of_all
    others = np.maximum(single(customers.worth)[:, :, None] * of_kind - own, 0.0)
    apart = own / np.maximum(own.sum(axis=0), LEAST_SHARE)
    apart -= others / np.maximum(others.sum(axis=0), LEAST_SHARE)
    alike = 1.0 + buyers.nest * (apart * answer).sum(axis=0)
    list_price = single(labs.plan.price) * buyers.pays[:, None, None]
    sales = (answering * list_price).sum(axis=2)
    whole = np.maximum(sales.sum(axis=(0, 1), dtype=float), LEAST_TASKS)
    parts = {
        "from_rivals": pricing.won_from_rivals(within, answer, buyers.nest),
        "from_kinds": pricing.won_from_kinds(within, np.minimum(kind, 1.0), answer),
        "habit": buyers.habit * np.clip(alike, 0.0, 1.0) + np.zeros_like(answer),
    }
    return {
        name: (part * sales).sum(axis=(0, 1), dtype=float) / whole for name, part in parts.items()
    }


def _spread(success: Array) -> Array:
    """S (1 - S), the slope of a logistic curve."""
    return success * (1.0 - success)


def _weighed(tokens: Array, weights: Array) -> Array:
    """All classes of work together, first axis, by weights (classes, worlds)."""
    between = (slice(None), *[None] * (tokens.ndim - 2), slice(None))
    answer: Array = (tokens * weights[between]).sum(axis=0)
    return answer


def _over_all(tokens: Array) -> Array:
    """All classes of work and segments together, the first two axes; in double from here on."""
    return _over_segments(tokens.sum(axis=0))


def _over_segments(tokens: Array) -> Array:
    """All segments together, first axis; in double from here on."""
    answer: Array = tokens.sum(axis=0).astype(float)
    return answer


def _lost(buyers: Buyers, answering: Mtok, deep: Mtok, depth: Ratio) -> tuple[Mtok, Mtok]:
    """Tokens paid for, and tokens to serve, that a dollar more of list price would lose."""
    pays = buyers.pays[:, None, None]
    at_cost = _weighed(answering, buyers.put_off) * pays
    paid = at_cost * pays
    # beyond answers, all that think put serving off, and developers pay for thought
    thought = _weighed(deep, buyers.put_off[DEEP]) * (depth - 1.0)
    by_token = thought[DEVELOPERS] * depth
    at_cost[:, 0] += thought * pays[:, 0]
    at_cost[DEVELOPERS, 0] += by_token
    paid[DEVELOPERS, 0] += thought[DEVELOPERS] + by_token
    return _over_segments(paid), _over_segments(at_cost)


def _profit(customers: Customers, labs: Labs, tokens: Array, thought: Array) -> USD:
    """Gross profit of each lab on tokens (segments, products, labs, worlds); of open, its part.

    With what flagships have `thought` beyond them, for which developers alone pay.
    """
    plan, pays = labs.plan, customers.buyers.pays
    paid, served = _over_segments(tokens * pays[:, None, None]), _over_segments(tokens)
    paid[0] += thought[DEVELOPERS]
    served[0] += _over_segments(thought)
    costs = served * plan.unit_cost * labs.sold.free_burden
    own = np.where(labs.open[:, None], customers.model.dials.pricing.open_royalty, 1.0)
    return own * (paid * plan.price - costs).sum(axis=0)
