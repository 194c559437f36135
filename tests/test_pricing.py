"""Pricing: by hand, and against the best prices found by brute force in a small logit market."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.equations import demand, pricing

WORTH, TASTE = np.array([20.0, 80.0]), np.array([0.15, 0.1])  # USD a Mtok and share, by segment
SEATS = np.array([1.0, 4.0])  # what each segment pays over list
SIZE = np.array([500.0, 300.0])  # Mtok
QUALITY = np.array([[3.0, 2.5, 1.5], [2.0, 3.5, 3.0]])  # utility, (segments, labs)
COSTS = np.array([1.0, 1.5, 0.5])
NEST = (0, 0, 1)


def sales(prices, dissimilarity, segments):
    """Tokens by segment and lab, and how their logs answer utility, (segments, labs, prices)."""
    utility = QUALITY[segments, :, None] - (
        SEATS[segments, None, None] * prices / (WORTH * TASTE)[segments, None, None]
    )
    shares, of_nest, _ = demand.nested_shares(
        np.exp(utility / dissimilarity)[:, None], NEST, dissimilarity
    )
    takes = demand.crossing(of_nest, dissimilarity)
    answer = demand.response(shares[:, 0], takes, 1.0 / dissimilarity)
    return SIZE[segments, None, None] * shares[:, 0], answer


def told(prices, who, dissimilarity, segments):
    """What a seller sees of its buyers: sold, lost and lost_at_cost for a dollar of list price."""
    tokens, answer = sales(prices[:, None], dissimilarity, segments)
    mine, slope = (tokens * answer)[:, who, 0], (SEATS / (WORTH * TASTE))[segments]
    sold = (tokens[:, who, 0] * SEATS[segments]).sum()
    return sold, (mine * slope * SEATS[segments]).sum(), (mine * slope).sum()


def best_by_rule(prices, who, dissimilarity, segments):
    """Where the rule stays: its own answer to the market that it makes."""
    prices = prices.copy()
    for _ in range(400):
        best = pricing.logit_price(COSTS[who], *told(prices, who, dissimilarity, segments), 0.0)
        prices[who] = 0.7 * prices[who] + 0.3 * best
    return prices[who]


def best_by_grid(prices, who, dissimilarity, segments):
    """The price of most profit among many, rivals' standing still."""
    grid = np.linspace(COSTS[who], COSTS[who] + 40.0, 400_001)
    tried = np.repeat(prices[:, None], len(grid), axis=1)
    tried[who] = grid
    tokens = sales(tried, dissimilarity, segments)[0][:, who]
    profit = (tokens * (SEATS[segments, None] * grid - COSTS[who])).sum(axis=0)
    return grid[profit.argmax()]


@pytest.mark.parametrize("dissimilarity", [1.0, 0.6])
@pytest.mark.parametrize("segments", [[0], [1], [0, 1]], ids=["list", "seats", "both"])
@pytest.mark.parametrize("who", range(3))
def test_the_logit_price_is_the_price_of_most_profit(who, segments, dissimilarity):
    prices = np.array([4.0, 5.0, 3.0])
    by_rule = best_by_rule(prices, who, dissimilarity, segments)
    by_grid = best_by_grid(prices, who, dissimilarity, segments)
    assert by_rule == pytest.approx(by_grid, abs=3e-4)
    assert by_rule > COSTS[who] / SEATS[segments].max()


def test_the_logit_price_by_hand():
    # Ten sold at list; a dollar more loses a quarter of them. Cost 2: 2 + 10/2.5 = 6; if customers
    # who go are gone for two sales, the margin is half as much; if the lab's other product gains 1
    # by it, the price is .4 higher.
    assert pricing.logit_price(2.0, 10.0, 2.5, 2.5, 0.0) == pytest.approx(6.0)
    assert pricing.logit_price(2.0, 10.0, 5.0, 5.0, 0.0) == pytest.approx(4.0)
    assert pricing.logit_price(2.0, 10.0, 2.5, 2.5, 1.0) == pytest.approx(6.4)
    # One price and one segment of a plain logit (Berry 1994): cost + taste worth / (1 - share).
    share, slope = 0.2, 1.0 / (20.0 * 0.1)
    lost = 100.0 * share * demand.response(share, 1.0, 1.0) * slope
    price = pricing.logit_price(1.0, 100.0 * share, lost, lost, 0.0)
    assert price == pytest.approx(1.0 + 2.0 / 0.8)


@given(st.floats(0.1, 10.0), st.floats(0.0, 0.95), st.floats(0.0, 0.9), st.floats(1.0, 10.0))
def test_a_larger_share_raises_the_price_and_who_stays_lowers_it(own, share, smaller, kept):
    def price(at, kept=kept):
        lost = kept * demand.response(at, 1.0, 1.0) / own
        return pricing.logit_price(1.0, 1.0, lost, lost, 0.0)

    assert 1.0 < price(smaller * share) <= price(share) * (1 + 1e-12)
    assert price(share, 2.0 * kept) < price(share)


def test_what_a_customer_is_worth_by_hand():
    # Half of customers stay for another quarter: 1 + 1/2 + 1/4 ... = 2. If none does, one sale.
    assert pricing.kept_for_ever(0.5, 0.13, 0.13) == pytest.approx(2.0)
    assert pricing.kept_for_ever(1.0, 2.0, 0.1) == 1.0
    # Growth of 4 ln 1.2 a year above the discount: .6 a quarter; never more than ten sales.
    assert pricing.kept_for_ever(0.5, 4.0 * np.log(1.2) + 0.1, 0.1) == pytest.approx(2.5)
    assert pricing.kept_for_ever(0.1, 9.0, 0.1) == pytest.approx(10.0)


def test_who_is_short_of_cash_counts_later_customers_for_less():
    """Kept for four quarters, three of them later, two while cash is short at a shadow price of
    one: (3 + 2) / 2 of three, so 3.5 of 4; with cash enough all four count."""
    assert pricing.while_short_of_cash(4.0, 3.0, 1.0) == pytest.approx(3.5 / 4.0)
    assert pricing.while_short_of_cash(4.0, 1.0, 1.0) == pytest.approx(2.5 / 4.0)  # this quarter
    assert pricing.while_short_of_cash(4.0, 3.0, 0.0) == 1.0
    assert pricing.while_short_of_cash(1.0, 1.0, 3.0) == 1.0  # nobody stays: nothing to lose


def test_the_limit_that_open_weights_set_by_hand():
    # The rival asks 2; .3 better and a taste of .1, work worth 50: 2 + 20; twice the tokens, 12.
    assert pricing.limit_price(2.0, 0.3, 0.1, 50.0, 1.0) == pytest.approx(22.0)
    assert pricing.limit_price(2.0, 0.3, 0.1, 50.0, 2.0) == pytest.approx(12.0)
    assert pricing.limit_price(2.0, -0.5, 0.1, 50.0, 1.0) == pytest.approx(7.0)


def test_spare_capacity_by_hand():
    # At a margin of a half a request refused costs what an idle hour does: book what is expected.
    assert pricing.spare_capacity(0.5, 0.4) == pytest.approx(1.0)
    # At .9 the odds are nine: exp(.5513 x .4 x ln 9) = exp(.4845).
    assert pricing.spare_capacity(0.9, 0.4) == pytest.approx(np.exp(0.48454), rel=1e-4)
    assert pricing.spare_capacity(-3.0, 0.4) == pricing.spare_capacity(0.02, 0.4) < 1.0


def test_spare_capacity_is_the_newsvendors():
    """It earns most on average where log demand is logistic, against all on a grid."""
    rng, margin, surprise = np.random.default_rng(3), 0.8, 0.3
    wanted = np.exp(rng.logistic(0.0, surprise * np.sqrt(3.0) / np.pi, 200_000))
    grid = np.linspace(0.6, 2.0, 141)
    earned = [np.minimum(wanted, booked).mean() - (1.0 - margin) * booked for booked in grid]
    best = grid[int(np.argmax(earned))]
    assert pricing.spare_capacity(margin, surprise) == pytest.approx(best, rel=0.03)


def test_a_price_that_stands_is_set_ahead_of_its_drift():
    # A tenth of prices is set anew each quarter, so one stands for nine more on average: falling by
    # .02 in logs a quarter, set e^-.18 lower.
    assert pricing.price_to_set(10.0, -0.02, 0.1) == pytest.approx(10.0 * np.exp(-0.18))
    assert pricing.price_to_set(10.0, -0.02, 1.0) == pytest.approx(10.0)
