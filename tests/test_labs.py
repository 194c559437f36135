"""Labs as firms: releases, sales, names; what parents, investors and clouds make of them."""

from dataclasses import replace

import numpy as np
import pytest
from economy import TWO_LABS, started, toy

from sim.economy.agents.lab import Lab
from sim.economy.agents.strategies import STRATEGIES
from sim.economy.model import AIEconomy
from sim.equations import costs

PARENT = TWO_LABS.replace(
    "[labs.second]", "[labs.second]\ncorporate = true\nparent_cash_flow = 5e10", 1
).replace("cash = 3e8\nspending = 1e8", "cash = 3e9\nspending = 1e9", 1)


def releases(model, quarters):
    """Whether each lab's run ended in each quarter, (quarters, labs, worlds)."""
    ended = []
    for _ in range(quarters):
        before = model.labs.research.due.copy()
        model.step()
        ended.append(model.labs.research.due != before)
    return np.array(ended)


# --- Releases ------------------------------------------------------------------------------------


def test_without_luck_a_lab_releases_every_fourth_quarter(tmp_path):
    ended = releases(AIEconomy(toy(tmp_path, research__release_delay=0.0), worlds=4), 16)
    assert np.all(ended.sum(axis=0) == 4)
    assert np.all(ended == ended[:, :1, :1])


def test_luck_makes_releases_early_and_late_but_not_rarer(tmp_path):
    ended = releases(AIEconomy(toy(tmp_path), worlds=256), 20)
    assert 4.5 < ended.sum(axis=0).mean() < 5.6  # planned: five in five years
    assert np.all(ended.any(axis=(1, 2))), "some lab in some world releases in any quarter"
    worlds = ended[4:].mean(axis=(1, 2))
    assert worlds.min() > 0.1 and worlds.max() < 0.5  # no calendar that all keep


def test_models_of_like_compute_differ_in_what_they_cost_to_serve(tmp_path):
    calm, lucky = (
        started(
            toy(
                tmp_path,
                scaling__release_noise=0.0,
                research__release_delay=0.0,
                demand__brand_luck=0.0,
                costs__design_luck=luck,
            ),
            6,
            worlds=256,
        )
        for luck in (0.0, 0.3)
    )
    assert np.all(calm.labs.research.serving_cost_factor == 1.0)
    spread = np.log10(lucky.labs.research.serving_cost_factor).std(axis=-1)
    np.testing.assert_allclose(spread, 0.3, rtol=0.15)


def test_dearer_serving_makes_a_flagship_smaller_without_a_bound(tmp_path):
    """Where a served token costs more it is read more text for its size, and no wall stops it.

    As long as it is sold as much: so dear that work goes undone, it is served less.
    """

    def tokens_a_parameter(overhead):
        story = toy(tmp_path, costs__serving_overhead=overhead, capital__prize=1e10)
        research = started(story, 16).labs.research
        return np.log10(np.median(research.seen / research.parameters))

    cheap, dear = tokens_a_parameter(10.0), tokens_a_parameter(60.0)
    assert cheap < dear < cheap + 3.0


# --- Selling -------------------------------------------------------------------------------------


def test_nobody_buys_from_a_lab_before_it_sells(tmp_path):
    late = TWO_LABS.replace("[labs.second]", '[labs.second]\nsells = "2021-Q3"')
    model = started(toy(tmp_path, late), 6)
    assert np.all(model.customers.share[:, :, 1] == 0.0) and np.all(model.labs.revenue[1] == 0.0)
    assert np.all(model.labs.revenue[0] > 0.0) and np.all(model.labs.alive[1])
    model.step()
    assert np.all(model.labs.revenue[1] > 0.0)


def test_whoever_can_steps_in_where_nobody_sells(tmp_path):
    late = TWO_LABS.replace("spending = 1e8", 'spending = 1e8\nsells = "2023-Q1"')
    model = started(toy(tmp_path, late), 3)
    assert np.all(model.labs.revenue > 0.0)


def test_a_cheap_product_has_a_smaller_part_of_spending_than_of_use(tmp_path):
    model = started(toy(tmp_path, scaling__mini_from=2020.0), 8)
    customers = model.customers
    whole = customers.spending[:, None, None]
    np.testing.assert_allclose(customers.paid_share, customers.sales / whole, rtol=1e-6)
    of_tokens = customers.tokens[:, 1].sum(axis=1) / customers.tokens.sum(axis=(1, 2))
    of_money = customers.paid_share[:, 1].sum(axis=1)
    assert np.all(of_money < of_tokens + 1e-6) and np.any(of_money < 0.99 * of_tokens)


def test_a_name_fades_and_has_luck(tmp_path):
    named = TWO_LABS.replace("[labs.second]", "[labs.second]\nbrand = 0.5")
    plain = started(toy(tmp_path, named, demand__brand_luck=0.0, demand__brand_fade=2.0), 8)
    np.testing.assert_allclose(plain.labs.brand[1], 0.5 * np.exp(-1.0), rtol=1e-9)
    lucky = started(
        toy(tmp_path, named, demand__brand_luck=0.05, demand__brand_fade=2.0), 8, worlds=512
    )
    assert lucky.labs.brand[1].mean() == pytest.approx(0.5 * np.exp(-1.0), abs=0.02)
    quarters = np.arange(8)  # an autoregression: the sum of what is left of each shock
    spread = 0.05 * np.sqrt(np.exp(-0.25 * quarters).sum())
    assert lucky.labs.brand[1].std() == pytest.approx(spread, rel=0.1)


# --- Parents, investors, clouds ------------------------------------------------------------------


def test_a_parent_answers_a_threat_and_not_before(tmp_path):
    def allowance(before, launch):
        story = toy(tmp_path, PARENT, capital__parent_before=before, demand__launch=launch)
        return np.median(started(story, 10).labs.plan.allowance[1])

    never, half, shown = allowance(0.0, 2030.0), allowance(0.5, 2030.0), allowance(0.0, 2020.0)
    assert never < half < shown


def test_a_parents_lab_can_grow_faster(tmp_path):
    slow, fast = (
        np.median(
            started(toy(tmp_path, PARENT, capital__parent_growth=growth), 8).labs.plan.budget[1]
        )
        for growth in (0.1, 0.8)
    )
    assert slow < 0.8 * fast


def test_a_young_labs_claim_on_the_prize_grows_with_age(tmp_path):
    """Without revenue, two like labs differ by (1 - e^-(a/s)) over their ages alone."""
    young = TWO_LABS.replace("[labs.second]", '[labs.second]\nopens = "2020-Q3"')
    story = toy(tmp_path, young, capital__seasoning=1.0, demand__potential_households=1e9)
    model = started(story, 3)
    investors, labs = model.investors, model.labs
    labs.research.capability = np.full(labs.shape, 25.0)
    labs.revenue, labs.burn = np.zeros((2, *labs.shape))
    labs.plan = replace(labs.plan, allowance=labs.burn)
    worth = investors.value(labs)
    age = 0.25 * (model.quarter - 2.0 + 0.5)  # it opened in the third quarter
    expected = (1.0 - np.exp(-age)) / (1.0 - np.exp(-(0.25 * (model.quarter + 20.5))))
    np.testing.assert_allclose(worth[1] / worth[0], expected, rtol=1e-6)


def test_clouds_that_see_less_of_the_fall_in_prices_ask_for_less_rent():
    # 40,000 USD at 10 % interest and 7 years, .115 OOM a year of fall, half of it seen: .10 + .143
    # + .132 = .375 a year over 7,884 hours is 1.903 USD an hour; power 0.7 kW at .08 is .056 more.
    fall = 0.5 * 0.115 * np.log(10.0)
    by_hand = 40000.0 * (0.10 + 1.0 / 7.0 + fall) / (8760.0 * 0.9) + 0.7 * 0.08
    assert costs.user_cost(40000.0, 0.10, 7.0, fall, 0.7, 0.08, 0.9) == pytest.approx(by_hand)
    assert by_hand == pytest.approx(1.958, abs=0.005)


def test_foresight_raises_what_a_new_chip_must_earn(tmp_path):
    blind, half, full = (
        started(toy(tmp_path, compute__foresight=part), 0).clouds.user_cost()
        for part in (0.0, 0.5, 1.0)
    )
    np.testing.assert_allclose(full - half, half - blind, rtol=1e-9)
    assert np.all(half > 1.05 * blind)


# --- One lab -------------------------------------------------------------------------------------


def test_a_lab_is_a_row_of_the_industry():
    model = started("continued", 12, worlds=3)
    labs = [agent for agent in model.agents if isinstance(agent, Lab)]
    assert [lab.name for lab in labs] == list(model.labs.names)
    openai = labs[model.labs.names.index("openai")]
    assert (openai.title, openai.region) == ("OpenAI", "us") and openai.strategy in STRATEGIES
    for name in ("alive", "revenue", "cash", "valuation"):
        np.testing.assert_array_equal(getattr(openai, name), getattr(model.labs, name)[openai.row])
    research = model.labs.research
    np.testing.assert_array_equal(openai.capability, research.capability[openai.row])
    np.testing.assert_array_equal(openai.belief, research.learning.belief[openai.row])
    assert not hasattr(openai, "research") and not hasattr(openai, "open")
