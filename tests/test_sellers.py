"""What sellers are told of demand, against finite differences of what buyers then do."""

import copy
from dataclasses import replace

import numpy as np
import pytest
from economy import started

STEP = 1e-2


@pytest.fixture(scope="module")
def quarter():
    """An economy just before its token market, where nobody who is won stays for long."""
    model = started("continued", 24, worlds=6)
    model.labs.planning.offers.kept = lambda: 1.0  # so that today's answer is all there is
    model.ledger.open(model.date, model.labs.cash)
    model.labs.decide()
    model.customers.try_out(model.labs)
    model.customers.model = None  # a copy of buyers needs none of its economy
    return model


def bought(model, plan=None, brand=None, capability=0.0, lab=0):
    """What buyers do with another plan, name or model of one lab, and nothing else changed."""
    customers, labs = copy.copy(model.customers), copy.copy(model.labs)
    customers.model = model
    customers._adopt = lambda choices: None  # whom one lab brings to all labs no lab counts
    labs.plan = plan or labs.plan
    labs.brand = labs.brand if brand is None else brand
    if capability:
        labs.research = copy.copy(labs.research)
        labs.research.capability = labs.research.capability.copy()
        labs.research.capability[lab] += capability
        customers._grow_apart = lambda labs: None
        customers.try_out(labs)
    luck, model.luck = model.luck, type("Calm", (), {"normal": lambda self, name: 0.0})()
    try:
        customers.choose(labs)
        customers.spend(labs)
    finally:
        model.luck = luck
    return customers


def profit(model, customers, labs, lab):
    """Gross profit of a lab on tokens, by product."""
    cost = labs.plan.unit_cost * model.labs.sold.free_burden
    served = (customers.tokens.sum(axis=0) * cost)[:, lab]
    own = np.where(model.labs.open[lab], model.dials.pricing.open_royalty, 1.0)
    return own * (customers.sales.sum(axis=0)[:, lab] - served)


def two_sided(up, down, step):
    return (up - down) / (2.0 * step)


LABS = ("openai", "anthropic", "meta")


@pytest.mark.parametrize("name", LABS)
@pytest.mark.parametrize("product", [0, 1])
def test_a_dollar_more_of_list_price(quarter, name, product):
    """Sold less what is lost, less what its cost saves, and what the other product gains."""
    labs, lab = quarter.labs, quarter.labs.names.index(name)
    told = bought(quarter).sellers
    results = []
    for sign in (1.0, -1.0):
        price = labs.plan.price.copy()
        price[product, lab] *= 1.0 + sign * STEP
        plan = replace(labs.plan, price=price)
        results.append(profit(quarter, bought(quarter, plan), labs, lab).sum(axis=0))
    price, cost = labs.plan.price[product, lab], labs.plan.unit_cost[product, lab]
    cost = cost * labs.sold.free_burden[lab]
    own = np.where(labs.open[lab], quarter.dials.pricing.open_royalty, 1.0)
    at = (product, lab)
    loss = price * told.lost[at] - cost * told.lost_at_cost[at] - told.passed[at]
    found = two_sided(*results, STEP * price)
    np.testing.assert_allclose(
        found, own * (told.sold[at] - loss), rtol=0.02, atol=0.02 * told.sold[at].max()
    )


@pytest.mark.parametrize("name", LABS)
def test_a_better_name(quarter, name):
    labs, lab = quarter.labs, quarter.labs.names.index(name)
    told, results = bought(quarter).sellers, []
    for sign in (1.0, -1.0):
        brand = labs.brand.copy()
        brand[lab] += sign * STEP
        results.append(profit(quarter, bought(quarter, brand=brand), labs, lab).sum(axis=0))
    found = two_sided(*results, STEP)
    np.testing.assert_allclose(found, told.by_appeal[lab], rtol=0.02, atol=1e3)


@pytest.mark.parametrize("name", LABS)
def test_an_OOM_more_of_capability(quarter, name):
    told, lab = bought(quarter).sellers, quarter.labs.names.index(name)
    up, down = (
        profit(quarter, bought(quarter, capability=sign * STEP, lab=lab), quarter.labs, lab)
        for sign in (1.0, -1.0)
    )
    found = two_sided(up.sum(axis=0), down.sum(axis=0), STEP)
    np.testing.assert_allclose(found, told.by_capability[lab], rtol=0.03, atol=1e4)
