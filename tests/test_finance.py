"""Finance: valuation, rounds, tax and growth, by hand; and what they do to labs in an economy."""

import numpy as np
import pytest
from economy import started, told
from hypothesis import given
from hypothesis import strategies as st

from sim.equations.finance import (
    growth_rate,
    log_growth,
    prize_share,
    profit_tax,
    public_round,
    reserve,
    round_size,
    shortfall,
)

# --- The prize --------------------------------------------------------------------------------


def test_the_prize_is_shared_by_closeness():
    # One lab ln 2 x closeness behind counts half as much: 2/3 and 1/3; a closed one nothing.
    capability = np.array([[30.0], [30.0 - 0.7 * np.log(2.0)], [30.0]])
    alive = np.array([[True], [True], [False]])
    np.testing.assert_allclose(prize_share(capability, alive, 0.7), [[2 / 3], [1 / 3], [0.0]])
    assert np.all(prize_share(capability, np.zeros((3, 1), bool), 0.7) == 0.0)


@given(st.lists(st.floats(15.0, 45.0), min_size=2, max_size=12), st.floats(0.1, 3.0))
def test_shares_of_the_prize_sum_to_one(capability, closeness):
    capability = np.array(capability)[:, None]
    share = prize_share(capability, np.ones_like(capability, bool), closeness)
    assert share.sum() == pytest.approx(1.0)
    assert share.argmax() == capability.argmax() or share.max() == pytest.approx(
        share[capability.argmax()][0]
    )


# --- Rounds --------------------------------------------------------------------------------------


def test_a_lab_is_short_of_its_runway():
    # 50 in cash, 10 a quarter of burn: five quarters left, less than 1.5 years, so it looks for
    # money; wanted are 2 years of 40 spending a quarter, 320, less the 50 it has.
    assert shortfall(50.0, 40.0, 10.0, 2.0, 1.5) == pytest.approx(270.0)
    assert shortfall(61.0, 40.0, 10.0, 2.0, 1.5) == 0.0  # 6.1 quarters of burn
    assert shortfall(1.0, 40.0, -5.0, 2.0, 1.5) == 0.0  # it earns
    assert shortfall(-30.0, 40.0, 10.0, 2.0, 1.5) == pytest.approx(350.0)  # debts are paid off


def test_a_round_sells_no_more_than_owners_part_with():
    # A fifth of post-money worth: 400 x 0.2/0.8 = 100 of new money makes 500, a fifth of it.
    assert round_size(270.0, 400.0, 0.2) == pytest.approx(100.0)
    assert round_size(270.0, 1e9, 0.2) == pytest.approx(270.0)
    assert round_size(270.0, 0.0, 0.2) == 0.0


def test_the_public_takes_in_so_much_in_a_quarter():
    assert public_round(30.0, 400.0, 0.05) == pytest.approx(20.0)
    assert public_round(10.0, 400.0, 0.05) == pytest.approx(10.0)


def test_a_reserve_is_for_spending_and_losses_to_come():
    # Half a year of 40 a quarter is 80; two years of a burn of 10 a quarter are 80 more.
    assert reserve(40.0, 10.0, 0.5, 2.0) == pytest.approx(160.0)
    assert reserve(40.0, -10.0, 0.5, 2.0) == pytest.approx(80.0)


# --- Tax and growth ------------------------------------------------------------------------------


def test_losses_shelter_later_profits():
    # Lose 100, earn 60, earn 90: the first 100 of 150 are sheltered, 50 taxed at 20 %.
    tax, losses = profit_tax(-100.0, 0.0, 0.2)
    assert (tax, losses) == (0.0, 100.0)
    tax, losses = profit_tax(60.0, losses, 0.2)
    assert (tax, losses) == (0.0, 40.0)
    tax, losses = profit_tax(90.0, losses, 0.2)
    assert (tax, losses) == (pytest.approx(10.0), 0.0)


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=12), st.floats(0.0, 0.9))
def test_tax_is_never_negative_and_never_above_its_rate(profits, rate):
    losses, paid = 0.0, 0.0
    for profit in profits:
        tax, losses = profit_tax(profit, losses, rate)
        assert 0.0 <= tax <= rate * max(profit, 0.0) + 1e-3 and losses >= 0.0
        paid += tax
    assert paid >= rate * sum(profits) - 1.0  # at least on what is earned on balance


def test_growth_in_logs():
    assert log_growth(4000.0, 2000.0) == pytest.approx(np.log(2.0))
    assert log_growth(0.0, 10.0) == 0.0  # nothing to speak of, then and now


def test_growth_between_run_rates():
    # From 2,000 to 5,000 is 150 %; more than anybody dares counts as that; from nothing as well.
    assert growth_rate(5000.0, 2000.0, 3.0) == pytest.approx(1.5)
    assert growth_rate(5000.0, 2000.0, 1.0) == 1.0
    assert growth_rate(1e6, 0.0, 2.0) == 2.0
    assert growth_rate(0.0, 2000.0, 2.0) == -0.9


# --- In the economy ------------------------------------------------------------------------------


def test_rounds_are_bounded_by_the_pool():
    model = told("continued", 64)
    funding = model.recorder.arrays["funding"]
    assert np.all(funding >= 0.0) and np.all(funding.max(axis=0) > 0.0)
    story = model.scenario.change({"capital.listing": 1e12})  # nobody may sell to the public
    for quarter in (16, 24, 40):
        poor = started(story, quarter)
        nothing = poor.investors.pool * 0.0
        poor.investors.fill_pool = lambda to=poor.investors, none=nothing: vars(to).update(
            left=none
        )
        poor.labs.cash = np.where(poor.labs.corporate, poor.labs.cash, 0.0)
        before = poor.ledger.flows["equity"]
        poor.step()
        assert np.all(poor.ledger.flows["equity"] <= poor.dials.lab("cash").sum(axis=0))
        assert before.shape == poor.ledger.flows["equity"].shape


def test_a_lab_without_money_or_worth_is_closed_and_its_debts_are_written_off():
    model = started("continued", 20)
    labs, lab = model.labs, model.labs.names.index("mistral")
    assert labs.alive[lab].all()
    labs.cash = labs.cash.copy()
    labs.cash[lab] = -1e12
    model.step()
    assert not labs.alive[lab].any()
    assert np.all(labs.cash[lab] == 0.0) and np.all(model.ledger.flows["defaults"] > 9e11)
    assert np.all(model.investors.failures >= 1.0)
    model.step()
    assert np.all(model.customers.share[:, :, lab] == 0.0) and np.all(labs.revenue[lab] == 0.0)


def test_a_parent_makes_good_what_its_lab_lacks():
    model = started("continued", 20)
    lab = model.labs.names.index("google")
    model.labs.cash = model.labs.cash.copy()
    model.labs.cash[lab] = -1e11
    model.step()
    assert model.labs.alive[lab].all() and np.all(model.labs.cash[lab] >= 0.0)
    assert np.all(model.ledger.flows["allowances"] > 9e10)
