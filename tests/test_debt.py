"""Debt: rates, room, covenants and what creditors get, by hand; and in the economy."""

import numpy as np
import pytest
from economy import started
from hypothesis import given
from hypothesis import strategies as st

from sim.economy.accounts import LedgerError
from sim.equations.debt import breached, capacity, recovered, repayment, spread

# --- By hand -------------------------------------------------------------------------------------


def test_a_spread_by_hand():
    # Leland 1994: rate .05, volatility .5, so an exponent of .1/.25 = .4; debt a tenth of worth:
    # p = .1^.4 = .3981, and .05 x .3981 x .6 / .6019 = .01984.
    assert spread(10.0, 100.0, 0.05, 0.5, 0.6) == pytest.approx(0.019842, rel=1e-4)
    assert spread(0.0, 100.0, 0.05, 0.5, 0.6) == 0.0
    assert spread(100.0, 100.0, 0.05, 0.5, 0.6) == 0.5 == spread(10.0, -5.0, 0.05, 0.5, 0.6)


def test_a_loan_at_its_spread_is_worth_its_face():
    """The coupon pays for the risk: c/r (1 - p) + (1 - loss) p = 1."""
    price = (10.0 / 100.0) ** (2.0 * 0.05 / 0.25)
    coupon = 0.05 + spread(10.0, 100.0, 0.05, 0.5, 0.6)
    assert coupon / 0.05 * (1.0 - price) + 0.4 * price == pytest.approx(1.0)


@given(st.floats(0.0, 2.0), st.floats(0.0, 1.0), st.floats(0.1, 2.0), st.floats(0.05, 0.95))
def test_who_owes_more_pays_more(owed, more, volatility, loss):
    one, two = (
        spread(100.0 * debt, 100.0, 0.045, volatility, loss) for debt in (owed, owed + more)
    )
    assert 0.0 <= one <= two + 1e-12 and two <= 0.5


def test_room_covenants_and_repayments_by_hand():
    assert capacity(100.0, 10.0, 0.15, 1.0) == pytest.approx(10.0)  # a year of sales binds
    assert capacity(40.0, 10.0, 0.15, 1.0) == pytest.approx(6.0)  # its worth does
    assert capacity(-40.0, 10.0, 0.15, 1.0) == 0.0
    assert breached(51.0, 100.0, 0.5) and not breached(49.0, 100.0, 0.5)
    assert breached(1.0, -3.0, 0.5) and not breached(0.0, -3.0, 0.5)
    # A twentieth of a loan of five years, in a quarter: 1 - e^-.05; a called one in a year.
    assert repayment(100.0, False, 5.0, 1.0) == pytest.approx(100.0 * (1.0 - np.exp(-0.05)))
    assert repayment(100.0, True, 5.0, 1.0) == pytest.approx(100.0 * (1.0 - np.exp(-0.25)))
    assert recovered(30.0, 100.0) == 30.0 and recovered(130.0, 100.0) == 100.0
    assert recovered(-5.0, 100.0) == 0.0


# --- In the economy ------------------------------------------------------------------------------


def owing(lab, amount, quarter=24):
    """An economy in which a lab owes so much, in its books and its lenders'."""
    model = started("continued", quarter)
    row = model.labs.names.index(lab)
    for owner, name in ((model.labs, "debt"), (model.lenders, "loans")):
        books = getattr(owner, name).copy()
        books[row] = amount
        setattr(owner, name, books)
    return model, row


def test_debt_is_served_and_dearer_the_more_there_is():
    model, row = owing("openai", 1e9)
    other, _ = owing("openai", 2e10)
    for economy in (model, other):
        economy.step()
        assert np.all(economy.ledger.flows["interest"] > 0.0)
        assert np.all(economy.ledger.flows["repayments"] > 0.0)
    assert np.all(other.lenders.rate[row] > model.lenders.rate[row])


def test_creditors_of_a_failed_lab_come_first_and_lose_the_rest():
    model, row = owing("mistral", 1e11)
    labs = model.labs
    labs.cash = labs.cash.copy()
    labs.cash[row] = -1e12
    model.step()
    assert not labs.alive[row].any() and np.all(labs.debt[row] == 0.0)
    assert np.all(model.lenders.loans[row] == 0.0) and np.all(model.lenders.lost[row] > 7e10)


def test_who_owes_more_than_it_is_worth_pays_back_faster_and_borrows_no_more():
    model, row = owing("mistral", 1e12)
    model.step()
    left = model.labs.debt[row][model.labs.alive[row]]
    assert np.all(left <= 1e12 * np.exp(-0.25 / model.dials.debt.called_years) * (1.0 + 1e-9))


def test_a_loan_that_nobody_lent_is_found_and_named():
    model, row = owing("openai", 1e9)
    model.lenders.loans = model.lenders.loans * 0.999
    with pytest.raises(LedgerError, match="debt"):
        model.step()


def test_what_is_owed_is_what_was_lent_less_what_came_back_and_what_was_lost():
    model = started("plateau", 0)
    lent = back = 0.0
    while not model.finished:
        model.step()
        lent = lent + model.ledger.flows["loans"]
        back = back + model.ledger.flows["repayments"]
        left = lent - back - model.lenders.lost.sum(axis=0)
        np.testing.assert_allclose(model.labs.debt.sum(axis=0), left, rtol=1e-9, atol=1.0)
    assert np.all(lent > 1e9)
