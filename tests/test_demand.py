"""Demand: hand cases, published closed forms, shares that sum to one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_softmax

from sim.equations import demand
from sim.equations.demand import bass_adoption, nested_log_share

rates = st.floats(0.0, 3.0)
appeals = st.floats(-50.0, 50.0)


def test_success_is_half_at_the_threshold():
    assert demand.success(27.0, 27.0, 1.2) == 0.5
    assert demand.success(28.2, 27.0, 1.2) == pytest.approx(1.0 / (1.0 + np.exp(-1.0)))
    assert demand.success(-np.inf, 27.0, 1.2) == pytest.approx(0.0)
    assert demand.success(1e6, 27.0, 1e-3) == 1.0
    levels = demand.success(np.linspace(20.0, 34.0, 50), 27.0, 0.5)
    assert (np.diff(levels) > 0.0).all()


# --- Choice --------------------------------------------------------------------------------------


def test_equal_labs_split_the_market():
    equal = np.exp(nested_log_share(np.zeros((1, 1, 4, 3)), (0, 0, 0, 0), 1.0))
    np.testing.assert_allclose(equal, 0.25)
    # Odds of 1 : 2 : 5.
    appeal = np.log([1.0, 2.0, 5.0]).reshape(1, 1, 3, 1)
    odds = np.exp(nested_log_share(appeal, (0, 0, 0), 1.0)).ravel()
    np.testing.assert_allclose(odds, [0.125, 0.25, 0.625])


def test_inclusive_value_is_worth_of_choice():
    # n equal goods are worth ln n more than one (Small and Rosen 1981).
    assert demand.inclusive_value(np.full(8, 3.0)) == pytest.approx(3.0 + np.log(8.0))
    assert demand.inclusive_value(np.array([800.0, -800.0])) == pytest.approx(800.0)


def test_red_bus_blue_bus():
    # McFadden's example: a car and two buses that differ only in colour.
    appeal = np.zeros((1, 1, 3, 1))
    plain = np.exp(nested_log_share(appeal, (0, 1, 1), 1.0)).ravel()
    np.testing.assert_allclose(plain, 1.0 / 3.0)
    nested = np.exp(nested_log_share(appeal, (0, 1, 1), 0.01)).ravel()
    np.testing.assert_allclose(nested, [0.5, 0.25, 0.25], atol=0.01)


def test_nested_logit_by_hand():
    # One product, labs a | b c, dissimilarity 0.5, appeals 0 | ln 2, 0. Nest values: 0 and
    # 0.5 ln(4 + 1); within the second 4/5 and 1/5 (Train 2009, equations 4.4 and 4.5).
    appeal = np.array([0.0, np.log(2.0), 0.0]).reshape(1, 1, 3, 1)
    closed, open_ = 1.0, 5.0**0.5
    whole = closed + open_
    expected = [closed / whole, open_ / whole * 0.8, open_ / whole * 0.2]
    got = np.exp(nested_log_share(appeal, [0, 1, 1], 0.5)).ravel()
    np.testing.assert_allclose(got, expected, rtol=1e-13)


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 1.0), st.floats(0.1, 300.0))
def test_nested_shares_sum_to_one(seed, dissimilarity, spread):
    rng = np.random.default_rng(seed)
    appeal = rng.normal(size=(3, 2, 5, 4)) * spread
    nest = rng.integers(0, 3, size=5)
    shares = np.exp(nested_log_share(appeal, nest, np.full(4, dissimilarity)))
    np.testing.assert_allclose(shares.sum(axis=(1, 2)), 1.0, rtol=1e-9)
    assert (shares >= 0.0).all()


def test_dissimilarity_of_one_is_the_plain_logit():
    appeal = np.random.default_rng(2).normal(size=(4, 2, 6, 9))
    plain = log_softmax(appeal, axis=(1, 2))
    np.testing.assert_allclose(nested_log_share(appeal, [0, 1, 0, 1, 2, 0], 1.0), plain, atol=1e-13)


@pytest.mark.parametrize("absent", [-1e9, -np.inf])
def test_who_is_not_on_offer_has_no_share(absent):
    appeal = np.zeros((2, 2, 4, 3))
    appeal[:, :, 2:, :] = absent  # the whole nest of open weights
    appeal[0, 1, 1, 0] = absent
    with np.errstate(all="raise", under="ignore"):
        shares = np.exp(nested_log_share(appeal, (0, 0, 1, 1), 0.6))
    np.testing.assert_allclose(shares.sum(axis=(1, 2)), 1.0)
    assert (shares[:, :, 2:] == 0.0).all()
    np.testing.assert_allclose(shares[0, :, :2, 0], [[1 / 3, 1 / 3], [1 / 3, 0.0]], rtol=1e-12)
    nobody = np.exp(nested_log_share(np.full((1, 2, 4, 3), -np.inf), (0, 0, 1, 1), 0.6))
    assert (nobody == 0.0).all()


def test_a_better_rival_in_the_same_nest_takes_most():
    before = np.zeros((1, 1, 4, 1))
    after = before.copy()
    after[0, 0, 1] = 1.0
    change = np.exp(
        nested_log_share(after, (0, 0, 1, 1), 0.5) - nested_log_share(before, (0, 0, 1, 1), 0.5)
    )
    assert change[0, 0, 0] < change[0, 0, 2] < 1.0 < change[0, 0, 1]
    assert change[0, 0, 2] == pytest.approx(change[0, 0, 3])


# --- Adoption ------------------------------------------------------------------------------------


def test_quarterly_steps_reproduce_the_closed_form_of_bass():
    # Bass 1969, equation 9: F(t) = (1 - exp(-(p+q)t)) / (1 + q/p exp(-(p+q)t)); p = .03 and
    # q = .38 are the means of 213 applications (Sultan, Farley and Lehmann 1990).
    p, q, ceiling = 0.03, 0.38, 5e8
    adopted = 0.0
    for quarter in range(1, 81):
        adopted = bass_adoption(adopted, ceiling, p, q, 0.5)
        decay = np.exp(-(p + q) * quarter / 4.0)
        assert adopted == pytest.approx(ceiling * (1 - decay) / (1 + q / p * decay), rel=1e-12)


def test_peak_of_bass():
    # Bass 1969, equations 10 and 12: sales peak at ln(q/p)/(p+q), when F = 1/2 - p/(2q).
    p, q = 0.03, 0.38
    peak = np.log(q / p) / (p + q)
    assert bass_adoption(0.0, 1.0, p, q, 0.0, years=peak) == pytest.approx(0.5 - p / (2 * q))


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), rates, rates, rates)
def test_adoption_moves_to_the_ceiling_and_never_past_it(adopted, ceiling, p, q, churn):
    after = bass_adoption(adopted, ceiling, p, q, churn)
    low, high = min(adopted, ceiling), max(adopted, ceiling)
    assert low - 1e-12 <= after <= high + 1e-12
    if adopted <= ceiling:
        assert after <= ceiling
        halves = bass_adoption(
            bass_adoption(adopted, ceiling, p, q, churn, 0.125), ceiling, p, q, churn, 0.125
        )
        assert after == pytest.approx(halves, rel=1e-9, abs=1e-15)


def test_adoption_at_the_edges():
    assert bass_adoption(0.0, 0.0, 0.01, 0.9, 0.5) == 0.0
    assert bass_adoption(0.4, 1.0, 0.0, 0.0, 0.5) == pytest.approx(0.4)
    assert bass_adoption(0.0, 1.0, 0.0, 0.9, 0.5) == 0.0  # nobody to imitate
    # The ceiling has fallen to 0.2: half of the 0.4 too many leave at a rate of ln 2 in a year.
    assert bass_adoption(0.6, 0.2, 0.01, 0.9, np.log(2.0), years=1.0) == pytest.approx(0.4)


# --- Spending ------------------------------------------------------------------------------------


def test_spending_by_hand():
    # Half adopt, half of the tasks succeed, price a quarter of the reference, elasticity 1.5.
    wish = demand.cheapness(2.5, 10.0, 1.5)
    spent = demand.spending(1000.0, 0.5, 0.5, wish)
    assert spent == pytest.approx(500.0)


@given(st.floats(0.01, 100.0), st.floats(0.1, 3.0))
def test_dearer_tokens_sell_less(price, elasticity):
    def sold(at):
        return demand.spending(1e9, 0.5, 0.5, demand.cheapness(at, 1.0, elasticity)) / at

    assert sold(1.01 * price) < sold(price)
    measured = np.log(sold(1.01 * price) / sold(price)) / np.log(1.01)
    assert measured == pytest.approx(-elasticity)


def test_cheap_tokens_satisfy_by_hand():
    # Wishes of 1, 3 and endless ones, satiation 3: 1 x 4/4, 3 x 4/6 = 2, and at most 4.
    assert demand.satisfied(1.0, 3.0) == pytest.approx(1.0)
    assert demand.satisfied(3.0, 3.0) == pytest.approx(2.0)
    assert demand.satisfied(1e12, 3.0) == pytest.approx(4.0)
    # Half of the ceiling where the wish is as large as it; small wishes pass.
    assert demand.bounded(8.0, 8.0) == pytest.approx(4.0)
    assert demand.bounded(1e-6, 8.0) == pytest.approx(1e-6)
