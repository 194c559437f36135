"""Pricing: markups against the textbook and against equilibria found by brute force."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from sim.equations import pricing
from sim.equations.pricing import markup, own_elasticity

COSTS = np.array([1.0, 1.5, 2.5])
QUALITY = np.array([0.5, 1.0, 2.0])


def bertrand_nash(profit, prices):
    """Best replies to one another until nobody moves; `profit(prices, who)`."""
    for _ in range(200):
        before = prices.copy()
        for who in range(len(prices)):

            def loss_of(log_price, who=who):
                tried = prices.copy()
                tried[who] = np.exp(log_price)
                return -profit(tried, who)

            bounds = (np.log(COSTS[who]), np.log(100.0))
            best = minimize_scalar(
                loss_of, bounds=bounds, method="bounded", options={"xatol": 1e-11}
            )
            prices[who] = np.exp(best.x)
        if np.abs(prices / before - 1.0).max() < 1e-9:
            break
    return prices


@pytest.mark.parametrize("demand_elasticity", [1.11, 2.0])
def test_log_price_logit_oligopoly_in_closed_form(demand_elasticity):
    # Atkeson and Burstein 2008: elasticities of substitution and of the market, weighted by share.
    substitution = 2.3

    def spending(prices):
        odds = np.exp(QUALITY) * prices**-substitution
        index = odds.sum() ** (-1.0 / substitution)
        return odds / odds.sum() * index ** (1.0 - demand_elasticity)

    def profit(prices, who):
        return (1.0 - COSTS[who] / prices[who]) * spending(prices)[who]

    prices = bertrand_nash(profit, 1.5 * COSTS)
    share = spending(prices) / spending(prices).sum()
    expected = markup(share, substitution, demand_elasticity)
    np.testing.assert_allclose(prices / COSTS, expected, rtol=1e-5)


@given(st.floats(1.1, 10.0))
def test_a_monopolist_charges_the_textbook_markup(elasticity):
    assert markup(1.0, 2.3, elasticity) == pytest.approx(elasticity / (elasticity - 1.0))


def test_many_small_sellers_and_equal_sellers():
    # Monopolistic competition (Dixit and Stiglitz 1977): CES with elasticity 1 + 2.3.
    assert markup(0.0, 2.3, 1.2) == pytest.approx(3.3 / 2.3)
    # Two equal sellers: elasticity 1 + 2 (1/2) + (1.5 - 1)/2 = 2.25.
    assert own_elasticity(0.5, 2.0, 1.5) == pytest.approx(2.25)
    assert markup(0.5, 2.0, 1.5) == pytest.approx(2.25 / 1.25)


@given(st.floats(0.0, 1.0), st.floats(0.0, 0.9), st.floats(0.5, 5.0), st.floats(0.2, 1.4))
def test_a_larger_share_never_lowers_the_markup(share, smaller, substitution, demand_elasticity):
    substitution = max(substitution, demand_elasticity)
    large = markup(share, substitution, demand_elasticity)
    small = markup(share * smaller, substitution, demand_elasticity)
    assert 1.0 < small <= large * (1 + 1e-12) <= 20.0 * (1 + 1e-9)


def test_inelastic_demand_has_a_ceiling():
    assert markup(1.0, 2.3, 1.0) == 20.0
    assert markup(1.0, 2.3, 0.5, ceiling=7.0) == 7.0


def test_rent_clears_by_hand():
    # 300 USD for 100 hours is 3 USD an hour; 40 USD at a floor of 1 use 40 of 100 hours.
    rent, idle = pricing.clearing_rent(np.array([300.0, 40.0]), 100.0, 1.0)
    np.testing.assert_allclose(rent, [3.0, 1.0])
    np.testing.assert_allclose(idle, [0.0, 0.6])


@given(st.floats(0.0, 1e12), st.floats(1.0, 1e9), st.floats(1e-3, 1e3))
def test_what_is_bid_is_what_is_paid_for_the_hours_used(bids, hours, floor):
    rent, idle = pricing.clearing_rent(bids, hours, floor)
    assert rent >= floor and -1e-12 <= idle <= 1.0
    assert rent * hours * (1.0 - idle) == pytest.approx(bids, rel=1e-9, abs=1e-12 * hours * floor)


def test_scarcity_of_chips_and_power_by_hand():
    # Orders of four times capacity at an elasticity of a half double the price; a glut stops at .7.
    assert pricing.scarcity_price(100.0, 4.0, 0.5, 0.7, 20.0) == pytest.approx(200.0)
    assert pricing.scarcity_price(100.0, 0.0, 0.5, 0.7, 20.0) == pytest.approx(100.0 * 0.7**0.5)
    # Half full, fourth power: 1 + 1/16.
    assert pricing.power_price(0.08, 0.5, 1.0, 4.0) == pytest.approx(0.085)
