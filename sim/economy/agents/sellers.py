"""What sellers see of demand: how buyers answer price, capability, thinking and a name.

Derivatives of the choice that customers make (customer.py), by lab. Shapes (classes, segments,
products, labs, worlds) for buyers, (labs, worlds) for what a lab is told. Money in USD a quarter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.economy.state import PRODUCTS, Sellers
from sim.equations import demand, pricing
from sim.units import USD, Array, Mtok, Ratio, Share

if TYPE_CHECKING:
    from sim.economy.agents.customer import Customers
    from sim.economy.agents.lab import Labs

BOTH = PRODUCTS  # row of a lab's two products together, after each
LEAST_SHARE = 1e-200  # keeps 0/0 away
LEAST_TASKS = 1e-12  # Mtok: fewer are none, where a price, a share or a mean is formed


def seen_by_sellers(customers: Customers, labs: Labs, done: Mtok, paid: Mtok) -> Sellers:
    """What each lab is told, of answers `done` (classes first) and tokens `paid` for."""
    rules, depth = customers.model.dials.demand, labs.plan.test_time_multiple
    of_all, within = _with_both(customers)
    answers = demand.response(within, of_all, rules.nest)
    answer = answers[:, :, BOTH]
    answering = done * answer[:, :, None]
    deep, billed = answering[1, :, 0] * customers.deep, customers.billed(depth)
    success, deep_success = customers.success, customers.deep_success
    # within a product the plain way stands by: a dissimilarity of one half
    deep_answer = answer[1] + (1.0 - customers.deep) / rules.nest
    hard = np.maximum(done[1, :, 0], LEAST_TASKS)
    whole = hard.sum(axis=0)
    lost, lost_at_cost, passed = _lost(customers, labs, answers[:, :, :BOTH], done, depth)
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
        **_kept(customers, of_all, within, answers, _sales(customers, labs, done)),
    )


def _with_both(customers: Customers) -> tuple[Share, Share]:
    """Shares of all tasks and of nests, of each product and of a lab's two together."""
    chosen, own = customers.chosen, customers.chosen.sum(axis=2, keepdims=True)
    of_all = np.concatenate([chosen, own], axis=2)
    return of_all, customers.within[:, :, None] * (of_all / np.maximum(own, LEAST_SHARE))


def _sales(customers: Customers, labs: Labs, done: Mtok) -> USD:
    """What each product's answers bring, and both's."""
    sales = done * (customers.over_list()[:, None, None] * labs.plan.price)
    return np.concatenate([sales, sales.sum(axis=2, keepdims=True)], axis=2)


def _kept(
    customers: Customers, of_all: Share, within: Share, answers: Ratio, sales: USD
) -> dict[str, Share]:
    """From whom is won what a little more utility sells, and how much of it habit keeps.

    Habit is one for both classes of work, but who sells most where it has most wins least there.
    """
    nest, inside = customers.model.dials.demand.nest, customers.inside
    of_kind = of_all / np.maximum(within, LEAST_SHARE)
    kind = of_kind * ((1.0 + inside) / np.maximum(inside, LEAST_SHARE))[:, :, None, None]
    own = customers.worth[:, :, None, None] * of_all
    others = np.maximum(customers.worth[:, :, None, None] * of_kind - own, 0.0)
    apart = own / np.maximum(own.sum(axis=0), LEAST_SHARE)
    apart -= others / np.maximum(others.sum(axis=0), LEAST_SHARE)
    alike = np.clip(1.0 + nest * (apart * answers).sum(axis=0), 0.0, 1.0)
    answering = answers * sales
    whole = np.maximum(answering.sum(axis=(0, 1)), LEAST_TASKS)
    rivals = pricing.won_from_rivals(within, nest) * sales
    kinds = pricing.won_from_kinds(within, np.minimum(kind, 1.0)) * sales
    return {
        "from_rivals": np.minimum(rivals.sum(axis=(0, 1)) / whole, 1.0),
        "from_kinds": np.minimum(kinds.sum(axis=(0, 1)) / whole, 1.0),
        "habit": customers.model.dials.demand.habit
        * ((alike * answering.sum(axis=0)).sum(axis=0) / whole),
    }


def _lost(
    customers: Customers, labs: Labs, answers: Ratio, done: Mtok, depth: Ratio
) -> tuple[Mtok, Mtok, Mtok]:
    """What a dollar more of one product's list price would lose, and pass on to the lab's other.

    Tokens paid for, tokens to serve, and gross profit of the other product over that dollar.
    """
    nest, seats = customers.model.dials.demand.nest, customers.over_list()
    billed, plan = customers.billed(depth), labs.plan
    within, going = _with_both(customers)[1][:, :, :BOTH], done * answers
    deep = going[1, :, 0] * customers.deep
    slope = seats / (customers.tastes() * customers.values())[:, None, :]
    lost_at_cost = np.einsum("csplw,csw->plw", going, slope)
    lost_at_cost[0] += np.einsum("slw,sw->lw", deep * (billed * depth - 1.0), slope[1])
    lost = np.einsum("csplw,csw->plw", going, slope * seats)
    lost[0] += np.einsum("slw,sw->lw", deep * (billed * billed - 1.0), slope[1] * seats)
    # and who stays goes back from depth to plain answers, a dissimilarity of one half
    turns = done[1, :, 0] * customers.deep * (1.0 - customers.deep) * (billed - 1.0) * slope[1][:, None]
    turns *= 2.0 / nest - answers[1, :, 0]
    lost[0] += np.einsum("slw,sw->lw", turns * (billed - 1.0), seats)
    lost_at_cost[0] += (turns * (depth - 1.0)).sum(axis=0)
    cost = plan.unit_cost * labs.sold.free_burden
    earned = done * (seats[:, None, None] * plan.price - cost)
    thought = done[1, :, 0] * customers.deep
    earned[1, :, 0] += thought * ((billed - 1.0) * seats[:, None] * plan.price[0])
    earned[1, :, 0] -= thought * ((depth - 1.0) * cost[0])
    to_other = (1.0 / nest - 1.0) * within + customers.chosen
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
