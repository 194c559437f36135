"""Indices: hand cases, and the tests that an index number must pass (Diewert 1976)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.equations import indices
from sim.equations.indices import fisher_of_shares


def test_concentration_by_hand():
    np.testing.assert_allclose(indices.hhi(np.full((5, 2), 0.2)), 0.2)
    assert indices.hhi(np.array([1.0, 0.0])) == 1.0
    shares = np.array([0.05, 0.3, 0.1, 0.2, 0.15, 0.2])
    assert indices.cr4(shares) == pytest.approx(0.85)
    assert indices.cr4(shares[:3]) == pytest.approx(0.45)
    assert indices.cr4(np.stack([shares, shares])[:, :, None], axis=1).shape == (2, 1)


def fisher(p0, q0, p1, q1):
    """Root of Laspeyres times Paasche, from prices and quantities (Fisher 1922)."""
    laspeyres, paasche = (p1 * q0).sum(0) / (p0 * q0).sum(0), (p1 * q1).sum(0) / (p0 * q1).sum(0)
    return np.sqrt(laspeyres * paasche)


def shares(price, quantity):
    return price * quantity / (price * quantity).sum(axis=0)


def test_fisher_by_hand():
    # Laspeyres (2*10 + 1*10)/(1*10 + 1*10) = 1.5, Paasche (2*5 + 1*20)/(1*5 + 1*20) = 1.2.
    p0, q0 = np.array([1.0, 1.0]), np.array([10.0, 10.0])
    p1, q1 = np.array([2.0, 1.0]), np.array([5.0, 20.0])
    step = fisher_of_shares(shares(p0, q0), shares(p1, q1), p1 / p0)
    assert step == pytest.approx(np.sqrt(1.5 * 1.2))


@given(st.integers(0, 2**32 - 1))
def test_fisher_is_ideal(seed):
    p0, q0, p1, q1 = np.exp(np.random.default_rng(seed).normal(size=(4, 6, 3)))
    before, now = shares(p0, q0), shares(p1, q1)
    step = fisher_of_shares(before, now, p1 / p0)
    np.testing.assert_allclose(step, fisher(p0, q0, p1, q1), rtol=1e-12)
    np.testing.assert_allclose(step * fisher_of_shares(now, before, p0 / p1), 1.0)  # time reversal
    volume = fisher_of_shares(before, now, q1 / q0)
    np.testing.assert_allclose(step * volume, (p1 * q1).sum(0) / (p0 * q0).sum(0))  # value
    np.testing.assert_allclose(fisher_of_shares(before, now, 3.0 * np.ones_like(p0)), 3.0)
    assert ((p1 / p0).min(axis=0) <= step).all() and (step <= (p1 / p0).max(axis=0)).all()


def test_price_of_capability_by_hand():
    prices = np.array([[30.0, 1.0], [10.0, 0.2]])  # (products, labs)
    capabilities = np.array([[28.0, 27.0], [27.5, 26.0]])
    offered = np.ones((2, 2), bool)

    def cheapest(level, offered=offered):
        log_price = np.log(prices)
        return indices.price_of_capability(log_price, capabilities, level, offered, axis=(0, 1))

    # At 27 the cheap one of 26 counts as 2; at 28.5 those of 28 and 27.5 as 94.9 and 100, the
    # one of 27 as 31.6.
    for level, price in ((25.0, 0.2), (26.0, 0.2), (27.0, 1.0), (28.5, 10.0**1.5)):
        assert cheapest(level) == pytest.approx(price)
    assert cheapest(27.0, np.array([[True, False], [True, False]])) == pytest.approx(10.0)
    assert cheapest(27.0, np.zeros((2, 2), bool)) == pytest.approx(1e15)
