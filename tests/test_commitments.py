"""What labs promise clouds: terms by hand, and contracts in the economy, hour by hour.

Asked of the shipped industry, of one with two labs and of one with twenty.
"""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from economy import started
from hypothesis import given
from hypothesis import strategies as st
from paired import LABS, industry

from sim.economy.agents.commitments import AHEAD
from sim.economy.markets import capital
from sim.economy.model import AIEconomy
from sim.equations import contracts
from sim.inputs.event import Event
from sim.parameters import find

sizes = pytest.mark.parametrize("labs", LABS)
ROUNDING = 1e-9

# --- By hand -------------------------------------------------------------------------------------


def test_one_rate_for_a_rent_that_falls_by_hand():
    # A dollar a year for two years at 10 %: (1 - e^-.2)/.1 = 1.8127; at 40 %: 1.3767; the ratio.
    assert contracts.annuity(0.1, 2.0) == pytest.approx(1.812692)
    assert contracts.annuity(0.0, 2.0) == pytest.approx(2.0)
    assert contracts.level_part(0.3, 2.0, 0.1) == pytest.approx(1.376678 / 1.812692, rel=1e-5)
    assert contracts.level_part(0.0, 4.0, 0.1) == pytest.approx(1.0)


def test_a_shortage_that_fades_by_hand():
    # Over two years, at 1/e in two: (1 - e^-1) x 2/2 = .632 of it on average.
    assert contracts.lasting_part(2.0, 2.0) == pytest.approx(1.0 - np.exp(-1.0))
    assert contracts.rent_when(3.0, 4.0, 0.5) == pytest.approx(6.0)
    assert contracts.rent_when(3.0, 0.25, 0.5) == pytest.approx(1.5)  # a glut fades too
    assert contracts.rate_asked(6.0, 0.15) == pytest.approx(5.1)


def test_what_is_worth_holding_by_hand():
    # An hour short costs 1.00 instead of .80, an hour too many half of .80: .2/(.2 + .4) = 1/3.
    assert contracts.worth_holding(0.8, 1.0, 0.5) == pytest.approx(1.0 / 3.0)
    assert contracts.worth_holding(1.0, 1.0, 0.5) == 0.0  # nothing saved
    # .15 a quarter for sixteen is .6; belief .8 with a doubt of .2 is .25: sqrt(.36 + .0625) = .65.
    assert contracts.forecast_risk(0.15, 16.0, 0.2, 0.8) == pytest.approx(0.65)
    assert contracts.forecast_risk(0.15, 16.0, 0.2, 0.0) == pytest.approx(2.0)


def test_where_a_budget_can_have_come_to_by_hand():
    # Twice as much is wanted: 1.1 x 1.1 = 1.21 can be had in two quarters; a tenth: .9 x .9.
    assert contracts.budget_ahead(2.0, 2.0, 0.1, 0.1) == pytest.approx(1.21)
    assert contracts.budget_ahead(0.1, 2.0, 0.1, 0.1) == pytest.approx(0.81)
    assert contracts.budget_ahead(1.05, 2.0, 0.1, 0.1) == pytest.approx(1.05)


def test_leaving_by_hand():
    # 100 left to pay, worth 80 today; to leave costs 40 now, so staying costs half of the rate.
    stays = contracts.staying_costs(2.0, 0.4, 100.0, 80.0)
    assert stays == pytest.approx(1.0)
    assert contracts.staying_costs(2.0, 0.9, 100.0, 80.0) == 0.0  # the fee is dearer: stay
    # 30 dollars on 40 hours: 30 of them bring a dollar each, a quarter of all is left.
    assert contracts.worth_leaving(40.0, 30.0, stays, 1.5) == pytest.approx(0.25)
    assert contracts.worth_leaving(20.0, 30.0, stays, 1.5) == 0.0
    assert contracts.worth_leaving(20.0, 30.0, stays, 0.9) == 1.0  # to be had for less


@given(st.floats(0.01, 5.0), st.floats(0.01, 0.9), st.floats(0.05, 1.0), st.floats(0.0, 1.0))
def test_cheaper_and_easier_to_leave_is_worth_more(rent, cheaper, fee, dearer):
    rate = rent * (1.0 - cheaper)
    held = contracts.worth_holding(rate, rent, fee)
    assert 0.0 <= held <= 1.0
    assert contracts.worth_holding(rate, rent, min(fee + dearer, 1.0)) <= held + ROUNDING
    assert contracts.worth_holding(0.9 * rate, rent, fee) >= held


# --- In the economy, hour by hour ----------------------------------------------------------------


def unaccounted(model):
    """Part of the hours ever signed that is neither due, nor has been, nor was left or lost."""
    held = model.labs.commitments
    known = held.hours.sum(axis=0) + held.ran + held.left + held.lost
    return np.abs(held.signed - known).max() / max(held.signed.max(), 1.0)


@sizes
def test_contracts_add_up_hour_by_hour_and_are_paid(labs):
    """What is signed is due later, has been due, was left or was lost; what is due is paid, in
    every world, whether it is used or not, but for what clouds have no chips for."""
    model = AIEconomy(industry("plateau", labs), worlds=24, record=False)
    signed = left = lost = 0.0
    while not model.finished:
        held, fees = model.labs.commitments, []
        decide = held.decide

        def watch(decide=decide, held=held, fees=fees):
            decide()
            fees.append((held.hours[0].copy(), held.bills[0].copy(), held.fee.copy()))

        held.decide = watch
        model.step()
        del held.decide
        (due, bill, fee), compute = fees[0], model.labs.compute
        part = compute.held / np.maximum(due, 1e-9)
        assert np.all(part <= 1.0 + ROUNDING)
        np.testing.assert_allclose(compute.held_cost, bill * np.where(due > 0, part, 0), rtol=1e-9)
        assert np.all(compute.cost >= compute.held_cost * (1.0 - ROUNDING))
        np.testing.assert_allclose(model.ledger.flows["exit_fees"], fee.sum(axis=0))
        assert held.hours.min() >= 0.0 and held.bills.min() >= 0.0
        assert unaccounted(model) < ROUNDING, model.date
        assert np.all(held.hours[:, ~model.labs.alive] == 0.0)
        signed, left, lost = (np.sum(getattr(held, of)) for of in ("signed", "left", "lost"))
    assert signed > 0.0 and left > 0.0
    assert lost > 0.0 or labs == 2  # of two, none need fail


def test_a_leak_of_hours_is_found():
    model = started("continued", 24, worlds=4)
    assert unaccounted(model) < ROUNDING
    model.labs.commitments.hours[5] *= 0.99
    assert unaccounted(model) > 1e-6


def test_the_longest_contract_has_room():
    lead, years = (find(f"compute.contract_{name}").allowed[1] for name in ("lead", "years"))
    assert lead + 4.0 * years < AHEAD


def test_what_is_promised_by_region_is_what_labs_owe():
    model = started("continued", 28, worlds=6)
    held, labs = model.labs.commitments, model.labs
    promised = held.promised()
    assert promised.shape == (AHEAD, 2, 6)
    np.testing.assert_allclose(promised.sum(axis=(0, 1)), held.owed().sum(axis=0))
    abroad = held.owed()[labs.region == 1].sum(axis=0)
    np.testing.assert_allclose(promised[:, 1].sum(axis=0), abroad)
    assert np.all(held.worth() <= held.owed())
    assert np.all(held.obligations() >= held.owed())


def test_contracts_of_the_failed_are_lost_and_written_down():
    model = started("continued", 28, worlds=3)
    held = model.labs.commitments
    owed, hours = held.owed(), held.hours.sum(axis=0)
    gone = np.zeros_like(model.labs.alive)
    gone[0, 1] = True
    model.labs.close(gone)
    assert held.owed()[0, 1] == 0.0 and held.lost[0, 1] == pytest.approx(hours[0, 1])
    np.testing.assert_allclose(held.owed(), np.where(gone, 0.0, owed))
    assert unaccounted(model) < ROUNDING


def test_who_is_weak_is_let_promise_less():
    """Clouds ask for worth and a runway, or a parent."""
    model = started("continued", 24, worlds=4)
    labs = model.labs
    openai, google = (labs.names.index(name) for name in ("openai", "google"))
    before = labs.commitments._backed()
    assert np.all(before[openai] > 0.0) and np.all(np.isinf(before[google]))
    labs.burn = np.maximum(labs.burn, 1e9)
    labs.cash = 0.01 * np.minimum(labs.cash, labs.burn)
    assert np.all(labs.commitments._backed()[openai] < 0.5 * before[openai] + 1.0)
    assert np.all(np.isinf(labs.commitments._backed()[google]))


def test_contracts_that_cost_more_leave_less_cash_for_the_rest(monkeypatch):
    """What is dear is paid all the same, its hours are used, and a dollar of cash is worth more:
    where no new money makes up for it."""
    models = [started("continued", 26, worlds=24) for _ in range(2)]
    held = models[1].labs.commitments
    held.bills = 2.0 * held.bills
    monkeypatch.setattr(capital, "_rounds", lambda labs, *_: np.zeros(labs.shape))
    monkeypatch.setattr(capital.credit, "borrow", lambda *_: None)
    for model in models:
        for _ in range(4):
            model.step()
    plain, dear = (model.labs for model in models)
    there = plain.alive & dear.alive & ~plain.corporate & (plain.plan.shadow_price > 0.0)
    assert np.mean(dear.plan.shadow_price[there] > plain.plan.shadow_price[there]) > 0.7
    assert np.mean(dear.plan.budget[there] < plain.plan.budget[there]) > 0.7


def test_who_lets_staff_go_pays_its_notice():
    model = started("continued", 24, worlds=4)
    labs, rules = model.labs, model.dials.research
    labs.payroll = 2.0 * labs.plan.budget * rules.people
    before = labs.payroll.copy()
    model.step()
    let_go = np.maximum(before - labs.payroll, 0.0)
    assert np.any(let_go > 0.0)
    wages = labs.plan.budget * rules.people + 4.0 * rules.severance * let_go
    there = labs.alive
    np.testing.assert_allclose(labs.bills.wages[there], wages[there])


# --- In paired worlds ----------------------------------------------------------------------------

WORLDS = 64
SHOCK = Event("2027-Q1", "a collapse of belief", {"beliefs.news": -0.8}, "test")
NOTED = ("lab_obligations", "overhang", "obligations", "compute_spending", "lab_shadow_price")


@cache
def told(labs, shock=False, **dials):
    """Measures by name, (quarters, ..., worlds), the quarters, and hours signed and left."""
    story = industry("continued", labs).without_calibration()
    story = story.change(
        {"end": "2031-Q4", **{f"{k.replace('__', '.')}": v for k, v in dials.items()}}
    )
    if shock:
        events = sorted((*story.events, SHOCK), key=lambda event: event.date)
        story = replace(story, events=tuple(events))
    model = AIEconomy(story, worlds=WORLDS, record=NOTED).run()
    return model.recorder.arrays, model.recorder.quarters, model.labs.commitments


def at(story, name, quarter):
    arrays, quarters, _ = story
    return arrays[name][quarters.index(quarter)]


@sizes
def test_who_knows_less_of_its_need_signs_for_less(labs):
    """The newsvendor's rule below a half: the wider the forecast, the less is held."""
    sure, unsure = (told(labs, research__demand_surprise=spread) for spread in (0.05, 0.3))
    less, more = (at(story, "obligations", "2026-Q4") for story in (unsure, sure))
    assert np.mean(less < more) > 0.7


@sizes
def test_dearer_exits_are_fewer(labs):
    cheap, dear = (told(labs, True, compute__exit_fee=fee)[2] for fee in (0.2, 0.9))
    parts = [np.sum(held.left, axis=0) / np.sum(held.signed, axis=0) for held in (cheap, dear)]
    assert np.mean(parts[0] > parts[1]) > 0.8


@sizes
def test_a_collapse_of_belief_leaves_more_promises_than_needs(labs):
    """They were signed for what was expected; the longer they run, the longer they stay."""
    beyond = {}
    for years in (1.0, 5.0):
        calm, shocked = (
            told(labs, shock, compute__contract_years=years) for shock in (False, True)
        )
        first = [at(story, "overhang", "2027-Q4") for story in (calm, shocked)]
        assert np.mean(first[1] - first[0]) > 0.03
        beyond[years] = (
            at(shocked, "overhang", "2028-Q4").mean(),
            at(calm, "overhang", "2028-Q4").mean(),
        )
    longer, shorter = (beyond[years][0] - beyond[years][1] for years in (5.0, 1.0))
    assert longer > shorter
