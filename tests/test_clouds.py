"""Clouds' money: each equation by hand; who can afford what, who fails, who bears it; and who else
rents. In paired worlds: the shipped industry, and one of two labs."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from economy import started
from paired import industry

from sim.economy.accounts import LedgerError
from sim.economy.agents.cloud import CLOUDS, LEVERAGED
from sim.economy.agents.elsewhere import BUYERS
from sim.economy.model import AIEconomy
from sim.equations import costs, debt, demand, dynamics, pricing
from sim.inputs.event import Event

WORLDS = 96
HYPER, NEO = ~LEVERAGED[:, 0], LEVERAGED[:, 0]
US_NEO = CLOUDS.index("us_neocloud")
NOTED = ("cloud_orders", "cloud_failures", "cloud_debt", "cloud_chips", "loans_lost", "credit",
         "chips_resold", "cloud_sales", "chip_sales")  # fmt: skip
BUST = (
    ("2027-Q1", {"beliefs.news": -0.8, "compute.elsewhere_follow": 0.3}),
    ("2029-Q1", {"beliefs.news": 0.0, "compute.elsewhere_follow": 2.1}),
)


# --- By hand -------------------------------------------------------------------------------------


def test_what_capital_costs_by_hand():
    # Three quarters at 8 %, one quarter at 16 %: 10 %.
    assert debt.financing_cost(0.75, 0.08, 0.16) == pytest.approx(0.10)
    # Half owed, twice .045 over a volatility of .3 squared: one. A dollar at default is worth .5.
    assert debt.default_price(0.5, 0.045, 0.3) == pytest.approx(0.5)
    assert debt.default_price(2.0, 0.045, 0.3) == 0.98


def test_what_chips_are_worth_to_a_lender_by_hand():
    # 1,000 chips that earn .5 USD an hour, where a dollar of chips must earn 1/40,000 an hour:
    # 20,000 each, less than the 30,000 of new ones; at 1 USD they are worth no more than new ones.
    assert debt.collateral(1e3, 0.5, 1.0 / 4e4, 3e4) == pytest.approx(2e7)
    assert debt.collateral(1e3, 1.0, 1.0 / 4e4, 3e4) == pytest.approx(3e7)
    assert debt.collateral(1e3, -0.1, 1.0 / 4e4, 3e4) == 0.0
    # The least costs .1 to run, an exponent of 3: .15 on average; and back.
    assert costs.mean_running(0.1, 3.0) == pytest.approx(0.15)
    assert costs.spread_of_draws(0.15, 0.1) == pytest.approx(3.0)


def test_what_a_cloud_can_order_by_hand():
    # At .7 on 100 that it has and 50 that come it may owe 105. It owes 80: 25 of 50 are lent.
    assert debt.lent_of_next(0.7, 100.0, 50.0, 80.0) == pytest.approx(0.5)
    assert debt.lent_of_next(0.7, 100.0, 50.0, 120.0) == 0.0
    assert debt.lent_of_next(0.7, 100.0, 0.0, 60.0) == 0.7
    # 30 of its own buy 100 where .7 is lent; 60 are on order. With 15 it cannot pay for 10 of them.
    assert debt.afforded(30.0, 0.7, 60.0) == pytest.approx(40.0)
    assert debt.afforded(15.0, 0.7, 60.0) == pytest.approx(-10.0)
    assert debt.afforded(-5.0, 0.7, 60.0) == pytest.approx(-60.0)


def test_what_makers_lend_by_hand():
    # A tenth of 100; it is lost with .5 x .35 of it, 1.75, against a margin of 60, or of 1.
    assert debt.vendor_credit(100.0, 0.1, 0.6, 0.5, 0.35) == pytest.approx(10.0)
    assert debt.vendor_credit(100.0, 0.1, 0.01, 0.5, 0.35) == 0.0


def test_losses_stop_loans_for_a_while_by_hand():
    # A tenth stands behind 100 that are out and 50 more: a loss of 3 takes a fifth of 15, and of
    # new loans; a tenth of it is made good in a quarter.
    assert debt.lending_room(3.0, 100.0, 50.0, 0.1) == pytest.approx(0.8)
    assert debt.lending_room(20.0, 100.0, 50.0, 0.1) == 0.0
    assert debt.hole_left(1.0, 2.0, 0.1) == pytest.approx(2.7)


def test_buyers_by_hand():
    # Odds of 3 to 1 that fall by a half: 1.5 to 1.
    assert demand.share_that_drifts(0.75, -np.log(2.0)) == pytest.approx(0.6)
    # Elasticity .5 at a rent of 1; at 3, 1.5/2.
    assert pricing.elasticity_at(3.0, 0.5) == pytest.approx(0.75)


def test_a_buyers_curve_is_the_same_wherever_it_is_looked_at():
    start, later, e = 1.7, 2.9, 0.6
    at_start = pricing.hours_left_over(start, e)
    again = at_start * pricing.hours_left_over(later / start, pricing.elasticity_at(start, e))
    assert again == pytest.approx(pricing.hours_left_over(later, e))


# --- Books ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("owner", "name", "words"),
    [
        ("treasury", "cash", "clouds' cash moved"),
        ("treasury", "debt", "clouds owe what lenders never lent"),
        ("treasury", "vendor_debt", "clouds owe what chipmakers never lent"),
        ("lenders", "on_chips", "clouds owe what lenders never lent"),
        ("chipmakers", "cash", "chipmakers' cash moved"),
    ],
)
def test_a_planted_leak_is_found_and_named(owner, name, words, monkeypatch):
    model = started("continued", 24)
    at = model.clouds.treasury if owner == "treasury" else getattr(model, owner)
    rebuild = model.lenders.rebuild

    def steal():  # the last thing that happens before the books are closed
        rebuild()
        setattr(at, name, getattr(at, name) * 1.001 + 1e4)

    monkeypatch.setattr(model.lenders, "rebuild", steal)
    with pytest.raises(LedgerError, match=words):
        model.step()


def test_what_labs_pay_clouds_is_known_by_region():
    """All that passes between labs and clouds, of any kind, is in what clouds know of it."""
    model = started("continued", 24)
    pay, seen = model.ledger.pay, []

    def note(kind, payers, payees):
        if {"labs", "clouds"} <= {*payers, *payees}:
            seen.append(payers.get("labs", 0.0) - payees.get("labs", 0.0))
        pay(kind, payers, payees)

    model.ledger.pay = note
    model.step()
    assert {"compute", "equity_for_compute"} <= set(model.ledger.to_clouds)
    np.testing.assert_allclose(sum(model.ledger.to_clouds.values()), sum(seen))


# --- Failing -------------------------------------------------------------------------------------


def ruined(labs=11, owed=3.0):
    """An economy in which the neo-cloud of the first region owes more than its chips are worth."""
    model = started(industry("continued", labs), 26, worlds=16)
    treasury, lenders = model.clouds.treasury, model.lenders
    loan = np.zeros(treasury.debt.shape)
    loan[US_NEO] = owed * (treasury.collateral[US_NEO] + 1e8)
    treasury.debt, lenders.on_chips = treasury.debt + loan, lenders.on_chips + loan
    return model


@pytest.mark.parametrize("labs", [2, 11])
def test_who_cannot_pay_is_closed_and_its_lenders_lose(labs):
    model = ruined(labs)
    clouds, treasury, lenders = model.clouds, model.clouds.treasury, model.lenders
    before, alive = treasury.failures.copy(), treasury.alive[US_NEO].copy()
    for _ in range(6):
        was, loans = clouds.stock.copy(), lenders.on_chips.copy()
        model.step()
        failed = treasury.failures[US_NEO] > before[US_NEO]
        if failed.all():
            break
    assert failed[alive].mean() > 0.8 and np.all(treasury.failures[HYPER] == 0.0)
    gone = failed & ~treasury.alive[US_NEO]
    assert np.all(clouds.stock[US_NEO][gone] == 0.0) and np.all(
        lenders.on_chips[US_NEO][gone] == 0.0
    )
    assert lenders.lost_on_chips[US_NEO][failed].sum() > 0.3 * loans[US_NEO][failed].sum()
    assert np.all(clouds.undelivered()[US_NEO][gone] < 1e-6)
    assert np.all(clouds.stock[US_NEO - 1] > was[US_NEO - 1] * np.exp(-0.25 / 2.0))
    assert np.all(lenders.hole[failed] > 0.0)


def test_somebody_tries_again_small():
    model = ruined()
    treasury, clouds = model.clouds.treasury, model.clouds
    came = np.zeros(model.size, bool)
    for _ in range(24):
        dead = ~treasury.alive[US_NEO]
        model.step()
        back = dead & treasury.alive[US_NEO]
        came |= back
        part = clouds.stock[US_NEO] / clouds.by_region(clouds.stock)[0]
        assert np.all(part[back] == 0.0) and np.all(treasury.cash[US_NEO][back] > 0.0)
    assert came.mean() > 0.5


def test_lenders_who_lost_stop_lending_for_a_while():
    hurt, whole = started("continued", 26, worlds=16), started("continued", 26, worlds=16)
    hurt.lenders.hole = hurt.lenders.hole + 1e12
    for model in (hurt, whole):
        model.step()
    assert np.all(hurt.ledger.flows["project_loans"] == 0.0) and np.all(
        hurt.ledger.flows["loans"] == 0.0
    )
    assert np.mean(whole.ledger.flows["project_loans"] > 0.0) > 0.8
    hurt.lenders.hole = np.zeros(hurt.size) + 4e9
    strict = hurt.lenders.willing()
    hurt.step()
    assert np.mean(hurt.lenders.willing() > strict) > 0.8  # but where others fail meanwhile


# --- Paired worlds -------------------------------------------------------------------------------


@cache
def told(labs=11, bust=False, dials=()):
    """What was noted, (quarters, ..., worlds) by name, and the quarters."""
    scenario = industry("continued", labs).change(dict(dials))
    events = tuple(Event(date, "bust", changes, "test") for date, changes in BUST if bust)
    events = tuple(sorted((*scenario.events, *events), key=lambda event: event.date))
    model = AIEconomy(replace(scenario, events=events), worlds=WORLDS, record=NOTED).run()
    return model.recorder.arrays, list(model.recorder.quarters)


def during(run, name, first, last):
    arrays, quarters = run
    return arrays[name][quarters.index(first) : quarters.index(last) + 1]


def failed(run, first, last):
    """Whether a neo-cloud failed from one quarter to another, (clouds, worlds)."""
    failures = during(run, "cloud_failures", first, last)
    return failures[-1] > failures[0]


@pytest.mark.parametrize("labs", [2, 11])
def test_neoclouds_fail_in_a_bust_and_hyperscalers_do_not(labs):
    """They owe, and their rent falls; a hyperscaler has its other business."""
    calm, bust = (failed(told(labs, b), "2026-Q4", "2029-Q4")[US_NEO] for b in (False, True))
    assert bust.mean() > calm.mean() + 0.08
    assert not failed(told(labs, True), "2020-Q1", "2036-Q4")[HYPER].any()


def test_in_calm_years_few_neoclouds_fail():
    assert failed(told(), "2020-Q1", "2026-Q4")[US_NEO].mean() < 0.1


def test_a_bust_costs_lenders_and_stops_credit_which_comes_back():
    calm, bust = told(), told(bust=True)
    lost = [during(run, "loans_lost", "2029-Q4", "2029-Q4")[0] for run in (calm, bust)]
    assert np.mean(lost[1]) > 1.5 * np.mean(lost[0])
    tight = during(bust, "credit", "2027-Q1", "2030-Q4").min(axis=0)
    later = during(bust, "credit", "2034-Q1", "2036-Q4").max(axis=0)
    hurt = tight < 0.7
    assert hurt.mean() > 0.2 and np.mean(later[hurt] > tight[hurt]) > 0.8
    sold = during(bust, "chips_resold", "2027-Q1", "2029-Q4").sum(axis=0)
    any_failed = failed(bust, "2026-Q4", "2029-Q4").any(axis=0)
    assert np.all(sold[any_failed] > 0.0)


def test_a_dearer_rate_means_fewer_orders_of_neoclouds():
    """They live on loans; hyperscalers' other business does not ask what bonds pay."""
    orders = [during(told(dials=d), "cloud_orders", "2024-Q1", "2027-Q4").sum(axis=0)
              for d in ((("debt.rate", 0.03),), (("debt.rate", 0.08),))]  # fmt: skip
    neo = orders[1][NEO].sum(axis=0) / orders[0][NEO].sum(axis=0)
    hyper = orders[1][HYPER].sum(axis=0) / orders[0][HYPER].sum(axis=0)
    assert np.median(neo) < 0.9 < np.median(hyper)


def test_more_of_other_cash_flow_means_more_orders_of_hyperscalers():
    orders = [during(told(dials=(("compute.other_cash_us", cash),)),
                     "cloud_orders", "2025-Q1", "2028-Q4").sum(axis=0)[0]
              for cash in (2e11, 8e11)]  # fmt: skip
    assert np.median(orders[1] / orders[0]) > 1.1 and np.mean(orders[1] > orders[0]) > 0.8


def test_neoclouds_are_about_as_large_as_they_were():
    """CoreWeave, Lambda, Crusoe, Nebius: about 3B USD of sales in 2024, 7.9B of debt at the
    largest; 5 to 10 % of compute that is rented out."""
    run = told()
    chips = during(run, "cloud_chips", "2024-Q4", "2024-Q4")[0]
    part = chips[NEO].sum(axis=0) / chips.sum(axis=0)
    assert 0.04 < np.median(part) < 0.12
    owed = during(run, "cloud_debt", "2024-Q4", "2024-Q4")[0][US_NEO]
    assert 2e9 < np.median(owed) < 2e10
    sales = during(run, "cloud_sales", "2024-Q1", "2024-Q4").mean(axis=0)[US_NEO]
    assert 1e9 < np.median(sales) < 8e9


# --- Everybody else ------------------------------------------------------------------------------


def test_everybody_else_together_wants_what_they_did_as_one():
    """Where compute is at cost, and nearly where it is not: who they are is told, not changed."""
    model = started("continued", 20, worlds=16)
    elsewhere, compute = model.clouds.elsewhere, model.dials.compute
    lab_spending, shock = elsewhere.lab_spending, elsewhere.shock
    hours, _ = elsewhere.wants()
    trend = dynamics.growth_that_fades(
        compute.elsewhere_growth, compute.elsewhere_slowing, model.years
    )
    luck = compute.elsewhere_volatility * model.luck.normal("elsewhere")
    luck = np.exp(compute.elsewhere_persistence * shock + luck)
    wish = compute.elsewhere / 4.0 * trend * elsewhere.share
    wish = (wish + compute.elsewhere_follow * lab_spending) * luck
    world = dynamics.compounded(compute.world_growth, model.since_2023)
    whole = demand.bounded(wish, compute.elsewhere_ceiling / 4.0 * world * elsewhere.share)
    np.testing.assert_allclose(elsewhere.normal.sum(axis=0), whole)
    cost = model.clouds.cost_to_provide()
    as_one = (
        whole
        / cost
        * pricing.hours_left_over(model.clouds.rent / cost, compute.elsewhere_elasticity)
    )
    np.testing.assert_allclose(hours.sum(axis=0), as_one, rtol=0.1)


def test_users_pay_applications_and_these_pay_clouds_and_people():
    model = started("continued", 20, worlds=16)
    before = {name: balance.copy() for name, balance in model.ledger.balances.items()}
    model.step()
    flows = model.ledger.flows
    profit = sum(model.ledger.balances[buyer] - before[buyer] for buyer in BUYERS)
    np.testing.assert_allclose(
        profit, flows["other_sales"] - flows["other_wages"] - flows["other_compute"]
    )
    assert np.all(flows["other_sales"] > flows["other_compute"])
    assert np.all(profit > 0.0)


def test_dear_compute_drives_out_applications_first():
    """They live on thin margins, and own products do not."""
    model = started("continued", 20, worlds=16)
    usual, _ = model.clouds.elsewhere.wants()
    model.clouds.rent = model.clouds.rent * 2.0
    dear, _ = model.clouds.elsewhere.wants()
    left = (dear / usual).mean(axis=(1, 2))
    assert left[BUYERS.index("applications")] < left[BUYERS.index("products")] < 1.0
