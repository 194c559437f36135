"""What sellers see of demand: how buyers answer price, capability, thinking and a name.

Derivatives of the choice that customers make (customer.py), by lab. Shapes (classes, segments,
products, labs, worlds) for buyers, (labs, worlds) for what a lab is told. Money in USD a quarter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.economy.state import Sellers
from sim.equations import demand, pricing
from sim.units import USD, Array, Mtok, Ratio

if TYPE_CHECKING:
    from sim.economy.agents.customer import Customers
    from sim.economy.agents.lab import Labs

LEAST_SHARE = 1e-200  # keeps 0/0 away
LEAST_TASKS = 1e-12  # Mtok: fewer are none, where a price, a share or a mean is formed


def seen_by_sellers(customers: Customers, labs: Labs, done: Mtok, paid: Mtok) -> Sellers:
    """What each lab is told, of answers `done` (classes first) and tokens `paid` for."""
    rules, depth = customers.model.dials.demand, labs.plan.test_time_multiple
    answer = demand.response(customers.within, customers.chosen.sum(axis=2), rules.nest)
    answering = done * answer[:, :, None]
    deep, billed = answering[1, :, 0] * customers.deep, customers.billed(depth)
    success, deep_success = customers.success, customers.deep_success
    # within a product the plain way stands by: a dissimilarity of one half
    deep_answer = answer[1] + (1.0 - customers.deep) / rules.nest
    hard = np.maximum(done[1, :, 0], LEAST_TASKS)
    whole = hard.sum(axis=0)
    lost, lost_at_cost, passed = _lost(customers, labs, done, depth)
    keen = 1.0 / customers.tastes()  # utility by worth
    able = np.einsum("csplw,csplw,cw->splw", answering, success * (1.0 - success), keen)
    plainly = -deep * success[1, :, 0] * (1.0 - success[1, :, 0]) * keen[1]
    deeply = deep * deep_success * (1.0 - deep_success) * keen[1]
    appealing = answering.sum(axis=0)
    return Sellers(
        sold=np.einsum("splw,sw->plw", paid, customers.over_list()),
        lost=lost,
        lost_at_cost=lost_at_cost,
        passed=passed,
        by_appeal=_profit(customers, labs, appealing, deep * (billed - 1.0), deep * (depth - 1.0)),
        by_capability=_profit(
            customers, labs, able, plainly + deeply * billed, plainly + deeply * depth
        )
        / rules.width,
        by_tokens=hard[customers.by_the_token] / whole,
        deep_spread=(hard * deep_success * (1.0 - deep_success)).sum(axis=0) / whole,
        deep_answer=(hard * deep_answer).sum(axis=0) / whole,
        success=(hard * success[1, :, 0]).sum(axis=0) / whole,
        **_kept(customers, labs, answer, answering),
    )


def _kept(customers: Customers, labs: Labs, answer: Ratio, answering: Mtok) -> dict[str, Share]:
    """From whom a lab wins what a little more utility sells, and how much of it habit keeps.

    Habit is one for both classes of work, but who sells most where it has most wins least there.
    """
    rules, within = customers.model.dials.demand, customers.within
    of_all, inside = customers.chosen.sum(axis=2), customers.inside
    of_kind = of_all / np.maximum(within, LEAST_SHARE)
    kind = of_kind * ((1.0 + inside) / np.maximum(inside, LEAST_SHARE))[:, :, None]
    own = customers.worth[:, :, None] * of_all
    others = np.maximum(customers.worth[:, :, None] * of_kind - own, 0.0)
    apart = own / np.maximum(own.sum(axis=0), LEAST_SHARE)
    apart = apart - others / np.maximum(others.sum(axis=0), LEAST_SHARE)
    alike = 1.0 + rules.nest * (apart * answer).sum(axis=0)
    sales = np.einsum("csplw,sw,plw->cslw", answering, customers.over_list(), labs.plan.price)
    whole = np.maximum(sales.sum(axis=(0, 1)), LEAST_TASKS)
    parts = {
        "from_rivals": pricing.won_from_rivals(within, answer, rules.nest),
        "from_kinds": pricing.won_from_kinds(within, np.minimum(kind, 1.0), answer),
        "habit": rules.habit * np.clip(alike, 0.0, 1.0) + np.zeros_like(answer),
    }
    return {name: (part * sales).sum(axis=(0, 1)) / whole for name, part in parts.items()}


def _lost(
    customers: Customers, labs: Labs, done: Mtok, depth: Ratio
) -> tuple[Mtok, Mtok, Mtok]:
    """What a dollar more of one product's list price would lose, and pass on to the lab's other.

    Tokens paid for, tokens to serve, and gross profit of the other product over that dollar.
    """
    nest, chosen, seats = customers.model.dials.demand.nest, customers.chosen, customers.over_list()
    billed, plan, own = customers.billed(depth), labs.plan, customers.chosen.sum(axis=2)
    within = customers.within[:, :, None] * (chosen / np.maximum(own, LEAST_SHARE)[:, :, None])
    going = done * demand.response(within, chosen, nest)
    deep = going[1, :, 0] * customers.deep
    slope = seats / (customers.tastes() * customers.values())[:, None, :]
    lost_at_cost = np.einsum("csplw,csw->plw", going, slope)
    lost_at_cost[0] += np.einsum("slw,sw->lw", deep * (billed * depth - 1.0), slope[1])
    lost = np.einsum("csplw,csw->plw", going, slope * seats)
    lost[0] += np.einsum("slw,sw->lw", deep * (billed * billed - 1.0), slope[1] * seats)
    cost = plan.unit_cost * labs.sold.free_burden
    earned = done * (seats[:, None, None] * plan.price - cost)
    thought = done[1, :, 0] * customers.deep
    earned[1, :, 0] += thought * ((billed - 1.0) * seats[:, None] * plan.price[0])
    earned[1, :, 0] -= thought * ((depth - 1.0) * cost[0])
    to_other = (1.0 / nest - 1.0) * within + chosen
    passed = np.einsum("csplw,csplw,csw->plw", earned[:, :, ::-1], to_other, slope)
    return lost, lost_at_cost, passed


def _profit(customers: Customers, labs: Labs, tokens: Array, paid: Array, thought: Array) -> USD:
    """Gross profit of each lab on tokens (segments, products, labs, worlds); of open, its part.

    With what flagships are `paid` beyond them and have `thought` beyond them.
    """
    plan, seats = labs.plan, customers.over_list()
    sales = np.einsum("splw,sw->plw", tokens, seats) * plan.price
    sales[0] += np.einsum("slw,sw->lw", paid, seats) * plan.price[0]
    served = tokens.sum(axis=0)
    served[0] += thought.sum(axis=0)
    costs = served * plan.unit_cost * labs.sold.free_burden
    own = np.where(labs.open[:, None], customers.model.dials.pricing.open_royalty, 1.0)
    return own * (sales - costs).sum(axis=0)
