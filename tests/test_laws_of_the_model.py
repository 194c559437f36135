"""Laws that any economy of this kind obeys: limits and monotonicity, in equations and toys."""

from dataclasses import replace

import numpy as np
import pytest
from economy import ONE_LAB, TWO_LABS, at, started, told, toy
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.economy.model import AIEconomy
from sim.equations import capability, pricing, scaling
from sim.inputs.scenario import Scenario

NO_MONEY = TWO_LABS.replace("cash = 3e8", "cash = 0").replace("spending = 1e8", "spending = 0")
LUCKLESS = {
    "scaling__release_noise": 0.0,
    "research__release_delay": 0.0,
    "demand__brand_luck": 0.0,
    "costs__design_luck": 0.0,
    "demand__strength": 0.0,
    "scaling__talent": 0.0,
    "beliefs__spread": 0.0,
    "beliefs__mood": 0.0,
}
DECAY = scaling.REPETITION_DECAY
log10 = st.floats(min_value=-3.0, max_value=3.0)


# --- Compute and capability ----------------------------------------------------------------------


def test_no_compute_no_gain_in_capability(tmp_path):
    story = toy(tmp_path, NO_MONEY, capital__prize=0.0)
    model = AIEconomy(story, worlds=8)
    research = model.labs.research
    start = research.capability.copy()
    while not model.finished:
        model.step()
        assert np.all(model.labs.research.hours == 0.0)
        assert np.all(research.capability == start)
        assert np.all(research.post_gain == 0.0)
    assert np.all(research.largest_run == 0.0)
    assert np.all(research.algorithms.public == model.dials.scaling.algorithms_start)


@given(
    level=st.floats(-3.0, 3.0),
    effort=st.floats(0.0, 1e6),
    more=st.floats(1.0, 1e3),
    speed=st.floats(0.01, 1.0),
    power=st.floats(0.01, 0.8),
    harder=st.floats(0.05, 1.0),
)
def test_ideas_need_effort_and_get_harder_to_find(level, effort, more, speed, power, harder):
    found = capability.algorithmic_progress(level, effort, speed, power, harder)
    assert capability.algorithmic_progress(level, 0.0, speed, power, harder) == 0.0
    assert (
        capability.algorithmic_progress(level, effort * more, speed, power, harder) >= found >= 0.0
    )
    assert capability.algorithmic_progress(level + 0.5, effort, speed, power, harder) <= found


@settings(max_examples=8)
@given(less=st.floats(0.05, 0.95), quarter=st.integers(0, 40), world=st.integers(0, 10_000))
def test_less_money_trains_less(less, quarter, world):
    """Rents fall a little when labs are poor, but never so far that the poor train more."""
    hours = []
    for part in (1.0, less):
        model = started("continued", quarter, np.arange(world, world + 4))
        labs = model.labs
        labs.cash, labs.revenue = part * labs.cash, part * labs.revenue
        plan = labs.plan
        labs.plan = replace(plan, budget=part * plan.budget, allowance=part * plan.allowance)
        promised = labs.commitments
        promised.hours, promised.bills = part * promised.hours, part * promised.bills
        model.step()
        hours.append(labs.research.hours.sum(axis=(0, 1)))
    assert np.all(hours[1] < hours[0])


def test_a_flagship_is_never_trained_to_less():
    model = AIEconomy("continued", worlds=32, record=False)
    while model.date < "2030-Q1":
        before, alive = model.labs.research.capability.copy(), model.labs.alive.copy()
        model.step()
        stays = alive & model.labs.alive
        assert np.all((model.labs.research.capability >= before)[stays])


# --- Demand --------------------------------------------------------------------------------------


def tokens_wanted(dearer, worlds, quarter, who=slice(None)):
    """Mtok wanted and paid for, (labs, worlds), and the worth of work handed over, (worlds,).

    Prices of `who` are so many times dearer in that one quarter.
    """
    model = started("continued", quarter, worlds)
    decide = model.labs.decide

    def charge():
        decide()
        price = model.labs.plan.price.copy()
        price[:, who] *= dearer
        model.labs.plan = replace(model.labs.plan, price=price)

    model.labs.decide = charge
    model.step()
    worth = model.customers.handed_over.sum(axis=(0, 1, 2))
    return model.labs.sold.paid.sum(axis=0), worth


@settings(max_examples=8)
@given(dearer=st.floats(1.01, 50.0), world=st.integers(0, 10_000), quarter=st.integers(8, 40))
def test_the_dearer_tokens_the_less_work_is_handed_over(dearer, world, quarter):
    worlds = np.arange(world, world + 16)
    now, then = (tokens_wanted(factor, worlds, quarter)[1] for factor in (1.0, dearer))
    # of work handed over, for thinking labs may gain from those that think less
    assert np.all(then < now)


@settings(max_examples=4)
@given(dearer=st.floats(1.01, 20.0), lab=st.integers(0, 3))
def test_a_dearer_lab_loses_to_its_rivals(dearer, lab):
    worlds = np.arange(16)
    now, then = tokens_wanted(1.0, worlds, 24)[0], tokens_wanted(dearer, worlds, 24, lab)[0]
    others = np.arange(len(now)) != lab
    sells = now[lab] > 0.0  # it has failed in some worlds
    assert sells.any() and np.all((then[lab] < now[lab])[sells])
    # their part of all tokens: in sum users buy less, since demand is elastic
    part_then, part_now = (mtok[others].sum(axis=0) / mtok.sum(axis=0) for mtok in (then, now))
    assert np.all((part_then > part_now)[sells])


@pytest.mark.parametrize(
    ("dial", "low", "high", "measure", "quarter"),
    [
        ("demand.potential_enterprises", 2e11, 3e12, "revenue", "2030-Q4"),
        ("demand.threshold_enterprises", 31.0, 28.0, "revenue", "2027-Q4"),
        ("demand.ceiling", 0.2, 0.9, "adoption", "2030-Q4"),
        ("costs.serving_progress", 0.3, 0.1, "price_flagship", "2026-Q4"),
        ("chips.price", 15000.0, 50000.0, "rent", "2026-Q4"),
        ("power.connection_growth", 0.1, 0.8, "power", "2032-Q4"),
        ("compute.stock_us", 4e4, 2e5, "chips", "2020-Q4"),
        ("scaling.algorithms_speed", 0.2, 0.8, "capability", "2026-Q4"),
        ("scaling.post_training_limit", 0.3, 2.5, "capability", "2030-Q4"),
        ("scaling.test_time_slope", 0.1, 0.9, "capability", "2026-Q4"),
        ("capital.pool", 5e8, 5e10, "funding", "2023-Q4"),
        ("demand.value_demanding", 500.0, 4000.0, "price_flagship", "2023-Q4"),
    ],
)
def test_more_of_a_cause_brings_more_of_its_effect(dial, low, high, measure, quarter):
    story = Scenario.load("continued").change({"end": quarter})
    few, many = (AIEconomy(story.change({dial: value}), worlds=64).run() for value in (low, high))
    more, less = at(many, measure, quarter), at(few, measure, quarter)
    ratio = 10.0 ** (more - less) if measure == "capability" else more / less
    assert np.median(ratio) > 1.03


# --- Data ----------------------------------------------------------------------------------------

size = st.floats(9.0, 12.5).map(lambda oom: 10.0**oom)


@given(
    parameters=size,
    unique=st.floats(10.0, 15.0),
    epochs=st.floats(0.05, 60.0),
    less=st.floats(1.05, 100.0),
    law=st.sampled_from(sorted(scaling.LAWS)),
)
def test_less_data_lowers_the_return_to_compute(parameters, unique, epochs, less, law):
    unique = 10.0**unique
    seen = epochs * unique
    much = scaling.return_to_compute(scaling.counted(parameters, unique, seen, law, DECAY))
    little = scaling.return_to_compute(scaling.counted(parameters, unique / less, seen, law, DECAY))
    assert 0.0 <= little <= much + 1e-12 and much <= 1.0
    if seen * less > 5.0 * unique:  # many epochs of the smaller stock
        assert little < 1.0


def test_no_growth_of_data_lowers_the_return_to_compute():
    scarce = Scenario.load("data_wall")
    still, growing = (
        AIEconomy(scarce.change({"data.stock_growth": growth}), worlds=24).run()
        for growth in (0.0, 0.3)
    )
    gap = at(growing, "return_to_compute", "2040-Q4") - at(still, "return_to_compute", "2040-Q4")
    assert np.median(gap) > 0.001
    assert np.mean(gap >= 0.0) > 0.9
    plenty, wall = (
        at(told(name), "return_to_compute", "2035-Q4") for name in ("continued", "data_wall")
    )
    assert np.median(plenty) - np.median(wall) > 0.02


@given(seen=st.floats(0.0, 1e15), more=st.floats(0.0, 1e15), unique=st.floats(1.0, 1e14))
def test_repeated_tokens_never_count_more_than_fresh_ones(seen, more, unique):
    worth = scaling.effective_tokens(unique, seen)
    assert worth <= seen * (1.0 + 1e-12) + 1e-6
    assert worth <= scaling.effective_tokens(unique, seen + more) * (1.0 + 1e-12) + 1e-6


# --- Hand cases in toy economies -----------------------------------------------------------------


def test_two_equal_labs_split_the_market(tmp_path):
    model = AIEconomy(toy(tmp_path, **LUCKLESS), worlds=8)
    while not model.finished:
        model.step()
        labs = model.labs
        assert np.all(labs.alive)
        np.testing.assert_allclose(model.customers.lab_share, 0.5, rtol=1e-9)
        for pair in (labs.revenue, labs.cash, labs.valuation, labs.compute.hours):
            np.testing.assert_allclose(pair[0], pair[1], rtol=1e-9)
    np.testing.assert_allclose(model.recorder.arrays["hhi"], 0.5, rtol=1e-9)


@pytest.mark.parametrize("many", [3, 6])
def test_concentration_of_equal_labs_is_one_over_their_number(tmp_path, many):
    labs = [f"[labs.lab_{k}]\ntitle = 'Lab'\ncash = 3e8\nspending = 1e8\n" for k in range(many)]
    text = ONE_LAB[: ONE_LAB.index("[labs")] + "".join(labs)
    story = toy(tmp_path, text, **LUCKLESS).change({"end": "2022-Q4"})
    model = AIEconomy(story, worlds=4).run()
    np.testing.assert_allclose(model.recorder.arrays["hhi"], 1.0 / many, rtol=1e-9)


def test_an_advantage_wins_share(tmp_path):
    story = toy(tmp_path, **LUCKLESS)
    shares = [
        at(
            AIEconomy(story.change({"labs.first.brand": brand}), worlds=4).run(),
            "lab_share",
            "2022-Q4",
        )[0]
        for brand in (0.0, 0.2, 0.5)
    ]
    assert np.all(shares[0] < shares[1]) and np.all(shares[1] < shares[2])


PATIENT = {
    "pricing__speed": 1.0,
    "demand__free_share_households": 0.0,
    "demand__free_share_others": 0.0,
    "demand__seat_premium": 1.0,
}


def test_a_price_is_the_best_reply_to_last_quarters_demand(tmp_path):
    """Where nobody serves open weights: what `logit_price` makes of what buyers showed."""
    model = started(toy(tmp_path, **LUCKLESS, **PATIENT), 12)
    sellers, offers = model.customers.sellers, model.labs.planning.offers
    cost, drift = offers.hours_per_Mtok() * model.clouds.rent[0], offers.drift[0]
    model.step()
    told = sellers.sold, sellers.lost, sellers.lost_at_cost, sellers.passed
    best = pricing.logit_price(cost, *told)
    assert np.any(drift != 0.0)  # a price that is set anew each quarter minds no drift
    price = model.labs.plan.price[0]  # nobody has sold a small model yet
    np.testing.assert_allclose(price, np.maximum(best, cost)[0], rtol=1e-6)
    assert np.all(price > 1.001 * cost[0])


def test_a_monopolist_charges_more_than_two_who_compete(tmp_path):
    def margin(text):
        plan = started(toy(tmp_path, text, **LUCKLESS, **PATIENT), 14).labs.plan
        return (plan.price - plan.unit_cost)[0, 0]

    assert np.all(margin(ONE_LAB) > margin(TWO_LABS))


def test_price_is_never_below_cost():
    model = AIEconomy("continued", worlds=24, record=False)
    while not model.finished:
        model.step()
        assert np.all(model.labs.plan.price >= model.labs.plan.unit_cost * (1.0 - 1e-12))
