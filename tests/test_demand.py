"""Demand: hand cases, published closed forms, shares that sum to one with the outside."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

from sim.equations import demand
from sim.equations.demand import bass_adoption, nested_shares

rates = st.floats(0.0, 3.0)
nests = st.floats(0.1, 1.0)
seeds = st.integers(0, 2**32 - 1)


def market(seed, spread=3.0, shape=(2, 5, 4)):
    """Utilities (products, labs, worlds) and nests of labs, at random."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape) * spread, rng.integers(0, 3, size=shape[-2])


def test_success_is_half_at_the_threshold():
    assert demand.success(demand.failure_odds(27.0, 27.0, 1.2)) == 0.5
    # A width above: odds of failing are 1/e; ln 10 widths above, a tenth.
    assert demand.failure_odds(28.2, 27.0, 1.2) == pytest.approx(np.exp(-1.0))
    assert demand.failure_odds(27.0 + np.log(10.0), 27.0, 1.0) == pytest.approx(0.1)
    assert demand.success(0.25) == pytest.approx(0.8)
    assert demand.success(demand.failure_odds(-np.inf, 27.0, 1.2)) == pytest.approx(0.0)
    assert demand.success(demand.failure_odds(1e6, 27.0, 1e-3)) == 1.0
    levels = demand.success(demand.failure_odds(np.linspace(20.0, 34.0, 50), 27.0, 0.5))
    assert (np.diff(levels) > 0.0).all()


def test_worth_of_work_by_hand():
    # Work worth four times the least a token, at a tail of 1.5: half of the worth is there.
    assert demand.share_of_worth(40.0, 10.0, 1.5) == pytest.approx(0.5)
    assert demand.share_of_worth(10.0, 10.0, 1.5) == 1.0
    # Tasks are worth over value: their demand is as elastic as the tail says.
    tasks = demand.share_of_worth(np.array([1.0, 1.01]), 0.1, 1.7) / np.array([1.0, 1.01])
    assert np.log(tasks[1] / tasks[0]) / np.log(1.01) == pytest.approx(-1.7)


def test_net_worth_by_hand():
    # Success .6, a cost of .05 and supervision of .15 of the worth, tastes of .2: two tastes.
    assert demand.net_worth(0.6, 0.05, 0.15, 0.2) == pytest.approx(2.0)
    assert demand.net_worth(0.5, 0.2, 0.3, 0.2) == pytest.approx(0.0)


def test_two_ways_of_use_by_hand():
    # Odds of 3 and 4: root of 9 + 16 is 5, and 16/25 of tasks are done in the deep way.
    by_hand = pytest.approx(np.log(5.0)), pytest.approx(0.64)
    assert demand.deeper(np.log(3.0), np.log(4.0)) == by_hand
    assert demand.deeper(2.0, -np.inf) == (2.0, 0.0) and demand.deeper(-np.inf, 2.0) == (2.0, 1.0)


@given(st.floats(-1e6, 1e3), st.floats(-1e6, 1e3))
def test_a_second_way_never_makes_a_product_worse(plain, deep):
    either, part = demand.deeper(plain, deep)
    assert max(plain, deep) <= either <= np.logaddexp(plain, deep) + 1e-9
    assert 0.0 <= part <= 1.0 and (part >= 0.5 if deep >= plain else part <= 0.5)


# --- Choice --------------------------------------------------------------------------------------


def test_equal_labs_split_the_market_with_the_outside():
    shares, of_nest, inside = nested_shares(np.ones((1, 4, 3)), (0, 0, 0, 0), 1.0)
    np.testing.assert_allclose(shares, 0.2)
    np.testing.assert_allclose(of_nest, 0.8)
    np.testing.assert_allclose(inside, 4.0)
    # Odds of 1 : 2 : 5, and one for leaving it.
    odds = np.array([1.0, 2.0, 5.0]).reshape(1, 3, 1)
    got = nested_shares(odds, (0, 0, 0), 1.0)[0].ravel()
    np.testing.assert_allclose(got, [1 / 9, 2 / 9, 5 / 9])


def test_red_bus_blue_bus():
    # McFadden's example: a car and two buses that differ only in colour; and staying at home.
    plain = nested_shares(np.ones((1, 3, 1)), (0, 1, 1), 1.0)[0].ravel()
    np.testing.assert_allclose(plain, 0.25)
    nested = nested_shares(np.ones((1, 3, 1)), (0, 1, 1), 0.01)[0].ravel()
    np.testing.assert_allclose(nested, [1 / 3, 1 / 6, 1 / 6], atol=0.01)


def test_nested_logit_by_hand():
    # One product, labs a | b c, dissimilarity 1/2, odds 1 | 4, 1. Nests are worth 1 and root 5;
    # within the second 4/5 and 1/5 (Train 2009, equations 4.4 and 4.5). One more is outside.
    odds = np.array([1.0, 4.0, 1.0]).reshape(1, 3, 1)
    closed, open_ = 1.0, 5.0**0.5
    whole = 1.0 + closed + open_
    shares, of_nest, inside = nested_shares(odds, [0, 1, 1], 0.5)
    nests = np.array([closed, open_, open_]) / whole
    np.testing.assert_allclose(shares.ravel(), nests * [1.0, 0.8, 0.2], rtol=1e-13)
    np.testing.assert_allclose(of_nest.ravel(), nests, rtol=1e-13)
    np.testing.assert_allclose(inside, whole - 1.0, rtol=1e-13)


@given(seeds, nests, st.floats(0.1, 20.0))
def test_nested_shares_and_the_outside_sum_to_one(seed, dissimilarity, spread):
    utility, nest = market(seed, spread, (3, 2, 5, 4))
    odds = np.exp(np.clip(utility / dissimilarity, -600.0, 600.0))
    shares, of_nest, inside = nested_shares(odds, nest, np.full(4, dissimilarity))
    outside = 1.0 / (1.0 + inside)
    np.testing.assert_allclose(shares.sum(axis=(1, 2)) + outside, 1.0, rtol=1e-9)
    assert (shares >= 0.0).all()
    for kind in np.unique(nest):
        members = shares[:, :, nest == kind].sum(axis=(1, 2))[:, None]
        np.testing.assert_allclose(of_nest[:, nest == kind] / members, 1.0)


@given(seeds, nests, st.floats(-5.0, 5.0))
def test_utilities_may_be_given_over_any_others(seed, dissimilarity, best):
    """What is taken from all utilities is taken from nobody's, zero: the same choice."""
    utility, nest = market(seed)
    plain = nested_shares(np.exp(utility / dissimilarity), nest, dissimilarity)
    over = np.exp(utility / dissimilarity - best)
    shifted = nested_shares(over, nest, dissimilarity, np.exp(-dissimilarity * best))
    for one, other in zip(plain, shifted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9)


def test_the_choice_is_the_same_in_single_precision():
    utility, nest = market(3, 8.0, (2, 2, 5, 40))
    odds = np.exp((utility - utility.max(axis=(1, 2), keepdims=True)) / 0.6)
    single = odds.astype(np.float32)
    exact, rounded = (nested_shares(each, nest, 0.6, 0.01) for each in (odds, single))
    assert rounded[0].dtype == rounded[1].dtype == np.float32
    for one, other in zip(exact, rounded, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-20)


@given(seeds)
def test_dissimilarity_of_one_is_the_plain_logit(seed):
    utility, nest = market(seed)
    with_outside = np.concatenate([utility.reshape(10, 4), np.zeros((1, 4))])
    plain = softmax(with_outside, axis=0)[:-1].reshape(utility.shape)
    np.testing.assert_allclose(nested_shares(np.exp(utility), nest, 1.0)[0], plain, rtol=1e-12)


def test_who_is_not_on_offer_has_no_share():
    odds = np.ones((2, 2, 4, 3))
    odds[:, :, 2:, :] = 0.0  # the whole nest of open weights
    odds[0, 1, 1, 0] = 0.0
    with np.errstate(all="raise", under="ignore"):
        shares, of_nest, inside = nested_shares(odds, (0, 0, 1, 1), 0.6)
        nobody = nested_shares(np.zeros((1, 2, 4, 3)), (0, 0, 1, 1), 0.6)
    np.testing.assert_allclose(shares.sum(axis=(1, 2)) + 1.0 / (1.0 + inside), 1.0)
    assert (shares[:, :, 2:] == 0.0).all() and (of_nest[:, 2:] == 0.0).all()
    three = 3.0**0.6 / (1.0 + 3.0**0.6) / 3.0  # of three in one nest, each
    np.testing.assert_allclose(shares[0, :, :2, 0], [[three, three], [three, 0.0]], rtol=1e-12)
    for answer in nobody:
        assert (answer == 0.0).all()


@given(seeds, nests, st.floats(-30.0, 10.0))
def test_an_added_product_never_lowers_the_logsum(seed, dissimilarity, utility):
    offered, nest = market(seed)
    odds = np.exp(offered / dissimilarity)
    odds[1] = 0.0
    more = odds.copy()
    more[1, seed % 5] = np.exp(utility / dissimilarity)
    before = demand.logsum(1e9, 0.1, nested_shares(odds, nest, dissimilarity)[2])
    after = demand.logsum(1e9, 0.1, nested_shares(more, nest, dissimilarity)[2])
    assert (after >= before * (1 - 1e-12)).all() and (before > 0.0).all()


def test_the_logsum_is_the_area_under_demand():
    """Small and Rosen 1981: what buyers gain is the integral of shares over a common price."""
    utility, nest = market(7)
    rise = np.linspace(0.0, 60.0, 60_001)  # a rise of all prices over tastes, until nobody buys
    odds = np.exp((utility[:, :, :1] - rise) / 0.6)
    bought = nested_shares(odds, nest, 0.6)[0].sum(axis=(0, 1))
    inside = nested_shares(odds[:, :, :1], nest, 0.6)[2]
    area = np.trapezoid(bought, rise) * 0.25 * 1000.0  # tastes of .25, work worth 1,000
    assert demand.logsum(1000.0, 0.25, inside)[0] == pytest.approx(area, rel=1e-5)
    assert demand.logsum(100.0, 0.1, np.e - 1.0) == pytest.approx(10.0)


def test_the_response_by_hand():
    # A quarter of all, in a nest with half of all, at a dissimilarity of 1/2: one more unit of
    # utility takes 1 + (2 - 1) / (1/2) = 3 times its share from each of the nest, and wins
    # 2 - 3/4; with a nest that is all, or a dissimilarity of one, 2 - 2/4 and 1 - 1/4.
    assert demand.crossing(0.5, 0.5) == pytest.approx(3.0)
    assert demand.crossing(0.5, 1.0) == 1.0
    assert demand.response(0.25, 3.0, 2.0) == pytest.approx(1.25)
    assert demand.response(0.25, demand.crossing(1.0, 0.5), 2.0) == pytest.approx(1.5)
    assert demand.response(0.25, 1.0, 1.0) == pytest.approx(0.75)


@given(seeds, st.floats(0.3, 1.0), st.integers(0, 4))
def test_the_response_is_the_derivative_of_log_share(seed, dissimilarity, lab):
    """Of all of a lab's products together, by a utility that all of them gain; and of others'."""
    utility, nest = market(seed, 2.0)

    def share(step, who=slice(None)):
        better = utility.copy()
        better[who, lab] += step
        shares, of_nest, _ = nested_shares(np.exp(better / dissimilarity), nest, dissimilarity)
        return shares[:, lab], of_nest[lab]

    def answer(who):
        more, less = share(1e-5, who)[0], share(-1e-5, who)[0]
        return more, less

    each, of_nest = share(0.0)
    takes = demand.crossing(of_nest, dissimilarity)
    more, less = answer(slice(None))
    measured = np.log(more.sum(axis=0) / less.sum(axis=0)) / 2e-5
    told = demand.response(each.sum(axis=0), takes, 1.0 / dissimilarity)
    np.testing.assert_allclose(told, measured, rtol=1e-5)
    more, less = answer(0)  # by what one product alone gains: its own share, and its sibling's
    measured = np.log(more / less) / 2e-5
    own = demand.response(each[0], takes, 1.0 / dissimilarity)
    np.testing.assert_allclose(measured, [own, -takes * each[0]], rtol=1e-5, atol=1e-9)


def test_a_better_rival_in_the_same_nest_takes_most():
    before, after = np.ones((1, 4, 1)), np.ones((1, 4, 1))
    after[0, 1] = np.exp(2.0)
    change = (
        nested_shares(after, (0, 0, 1, 1), 0.5)[0] / nested_shares(before, (0, 0, 1, 1), 0.5)[0]
    )
    assert change[0, 0] < change[0, 2] < 1.0 < change[0, 1]
    assert change[0, 2] == pytest.approx(change[0, 3])


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


# --- Bounds --------------------------------------------------------------------------------------


def test_a_wish_is_bounded_by_hand():
    # Half of the ceiling where the wish is as large as it; small wishes pass.
    assert demand.bounded(8.0, 8.0) == pytest.approx(4.0)
    assert demand.bounded(1e-6, 8.0) == pytest.approx(1e-6)
