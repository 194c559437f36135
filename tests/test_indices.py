"""Indices: hand cases, and the tests that an index number must pass (Diewert 1976)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from sim.equations import indices
from sim.equations.demand import inclusive_value
from sim.equations.indices import fisher, fisher_of_shares


def test_concentration_by_hand():
    np.testing.assert_allclose(indices.hhi(np.full((5, 2), 0.2)), 0.2)
    assert indices.hhi(np.array([1.0, 0.0])) == 1.0
    shares = np.array([0.05, 0.3, 0.1, 0.2, 0.15, 0.2])
    assert indices.cr4(shares) == pytest.approx(0.85)
    assert indices.cr4(shares[:3]) == pytest.approx(0.45)
    assert indices.cr4(np.stack([shares, shares])[:, :, None], axis=1).shape == (2, 1)


def test_fisher_by_hand():
    # Laspeyres (2*10 + 1*10)/(1*10 + 1*10) = 1.5, Paasche (2*5 + 1*20)/(1*5 + 1*20) = 1.2.
    step = fisher(
        np.array([1.0, 1.0]), np.array([10.0, 10.0]), np.array([2.0, 1.0]), np.array([5.0, 20.0])
    )
    assert step == pytest.approx(np.sqrt(1.5 * 1.2))


@given(st.integers(0, 2**32 - 1))
def test_fisher_is_ideal(seed):
    p0, q0, p1, q1 = np.exp(np.random.default_rng(seed).normal(size=(4, 6, 3)))
    step = fisher(p0, q0, p1, q1)
    np.testing.assert_allclose(step * fisher(p1, q1, p0, q0), 1.0)  # time reversal
    volume = fisher(q0, p0, q1, p1)
    np.testing.assert_allclose(step * volume, (p1 * q1).sum(0) / (p0 * q0).sum(0))  # value
    np.testing.assert_allclose(fisher(p0, q0, 3.0 * p0, q1), 3.0)
    assert ((p1 / p0).min(axis=0) <= step).all() and (step <= (p1 / p0).max(axis=0)).all()


def test_goods_that_come_or_go_do_not_move_the_price_index():
    p0, q0 = np.array([1.0, 5.0, 0.0]), np.array([10.0, 3.0, 0.0])
    p1, q1 = np.array([2.0, 5.0, 9.0]), np.array([10.0, 0.0, 4.0])
    assert fisher(p0, q0, p1, q1) == pytest.approx(2.0)
    assert fisher(p0, 0.0 * q0, p1, q1) == 1.0


def test_a_chained_index_starts_at_one():
    steps = np.array([[2.0, 1.0], [0.5, 3.0]])
    np.testing.assert_allclose(indices.chain(steps), [[1.0, 1.0], [2.0, 1.0], [1.0, 3.0]])


def test_token_gdp_by_hand():
    # 2e12 tokens at 3 USD and 1e12 at 10 USD a million.
    assert indices.token_gdp(np.array([3.0, 10.0]), np.array([2e12, 1e12])) == pytest.approx(16e6)


def test_price_index_of_equal_goods():
    # n equal goods at price 3 with sensitivity 2: a gain from variety of n^(-1/2).
    appeal = -2.0 * np.log(np.full(4, 3.0))
    assert indices.price_index(inclusive_value(appeal), 2.0) == pytest.approx(3.0 / 4.0**0.5)


@given(st.floats(0.05, 0.99), st.floats(0.3, 3.0) | st.just(1.0))
def test_consumer_surplus_is_the_area_under_demand(price, elasticity):
    reference, spent_at_reference = 1.0, 100.0
    spent = spent_at_reference * price ** (1.0 - elasticity)
    area, _ = quad(lambda p: spent_at_reference * p**-elasticity, price, reference)
    surplus = indices.consumer_surplus(spent, price, reference, elasticity)
    assert surplus == pytest.approx(area, rel=1e-6)
    assert indices.consumer_surplus(spent, 0.9 * price, reference, elasticity) > surplus


def test_no_surplus_at_the_reference_or_above():
    assert indices.consumer_surplus(100.0, 1.0, 1.0, 1.3) == 0.0
    assert indices.consumer_surplus(100.0, 2.0, 1.0, 0.7) == 0.0


def test_price_of_capability_by_hand():
    prices = np.array([[30.0, 1.0], [10.0, 0.2]])  # (products, labs)
    capabilities = np.array([[28.0, 27.0], [27.5, 26.0]])
    for level, price in ((25.0, 0.2), (27.0, 1.0), (27.2, 10.0), (28.0, 30.0), (29.0, np.inf)):
        assert indices.price_of_capability(prices, capabilities, level, axis=(0, 1)) == price


def test_fisher_from_shares_is_fisher_from_quantities():
    rng = np.random.default_rng(3)
    p0, q0, p1, q1 = rng.uniform(0.1, 5.0, size=(4, 6, 9))
    before, now = p0 * q0 / (p0 * q0).sum(axis=0), p1 * q1 / (p1 * q1).sum(axis=0)
    expected = fisher(p0, q0, p1, q1)
    np.testing.assert_allclose(fisher_of_shares(before, now, p1 / p0), expected, rtol=1e-12)
