"""Valuation: fading growth, a young firm's losses, a hope that must arrive; by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.equations.valuation import arrival_factor, fading_growth, going_concern


def integral(total, rate):
    """The same by the trapezoid rule, far out."""
    time = np.linspace(0.0, 60.0 / rate, 2_000_001)
    return np.trapezoid(np.exp(-rate * time + total * (1.0 - np.exp(-time))), time)


def test_without_extra_growth_it_is_a_perpetuity():
    # Gordon 1959: a dollar a year for ever at 27 % is worth 1/.27.
    assert fading_growth(0.0, 0.27) == pytest.approx(1.0 / 0.27)


@pytest.mark.parametrize("total", [-1.0, -0.3, 0.5, 1.0, 2.6, 4.0])
@pytest.mark.parametrize("rate", [0.15, 0.27, 0.9])
def test_fading_growth_is_summed_exactly(total, rate):
    """E12 of the review: the H-model is first order in growth, and growth was up to 200 %."""
    assert fading_growth(total, rate) == pytest.approx(integral(total, rate), rel=1e-5)


@given(st.floats(-1.0, 6.0), st.floats(0.0, 1.0), st.floats(0.1, 2.0))
def test_more_growth_is_worth_more(total, more, rate):
    assert fading_growth(total + more, rate) >= fading_growth(total, rate) * (1.0 - 1e-9)


def test_a_firm_that_only_grows_with_the_world_is_gordons():
    # 100 of sales, a margin of a quarter reached: 25 a year growing at 4 %, at 13 %: 25/.09.
    assert going_concern(100.0, 25.0, 0.04, 0.04, 3.0, 9.0, 0.25, 0.13) == pytest.approx(
        25.0 / 0.09
    )


def test_losses_on_the_way_count_against_it():
    # The same firm that loses 75 today, 100 below its margin, which fades to 1/e in 3 years:
    # 100 / (.13 + 1/3) = 215.8 less.
    now = going_concern(100.0, -75.0, 0.04, 0.04, 3.0, 9.0, 0.25, 0.13)
    assert now == pytest.approx(25.0 / 0.09 - 100.0 / (0.13 + 1.0 / 3.0))
    assert going_concern(1.0, -75.0, 0.04, 0.04, 3.0, 9.0, 0.25, 0.13) < 0.0


def test_a_firm_cannot_outgrow_its_market():
    # However fast it grows now, a market that is full leaves it to grow with the world.
    assert going_concern(100.0, 25.0, 2.0, 0.04, 3.0, 0.0, 0.25, 0.13) == pytest.approx(25.0 / 0.09)
    doubled = going_concern(100.0, 25.0, 2.0, 0.04, 3.0, np.log(2.0), 0.25, 0.13)
    assert 25.0 / 0.09 < doubled < 2.0 * 25.0 / 0.09


def test_a_lab_of_2024_is_worth_what_was_paid_for_it():
    """OpenAI in October 2024: sales of 5B USD a year, losses of as much, sales to grow by 150 %,
    157B USD."""
    worth = going_concern(5e9, -5e9, np.log(2.5), 0.04, 3.0, 9.0, 0.25, 0.13)
    assert 0.8e11 < worth < 2.5e11


def test_hope_is_discounted_to_its_arrival():
    # With an opinion as narrow as can be, 4 OOM away at 1 a year, at 10 %: e^-.4.
    assert arrival_factor(28.0, 1.0, 32.0, 1e-6, 0.1) == pytest.approx(np.exp(-0.4), rel=1e-4)
    # Half as fast, twice as far in time.
    assert arrival_factor(28.0, 0.5, 32.0, 1e-6, 0.1) == pytest.approx(np.exp(-0.8), rel=1e-4)


def test_a_wide_opinion_against_a_sum_over_levels():
    level = np.linspace(20.0, 70.0, 2_000_001)
    opinion = 1.0 / (1.0 + np.exp(-(level - 32.0) / 1.5))
    ahead = level >= 29.0
    paid = np.exp(-0.4 * (level - 29.0)) * np.gradient(opinion, level)
    brute = np.trapezoid(paid[ahead], level[ahead])
    assert arrival_factor(29.0, 1.0, 32.0, 1.5, 0.4) == pytest.approx(brute, rel=0.01)


def test_nothing_arrives_where_the_frontier_stands_and_what_has_passed_is_dropped():
    """E13: hope was flat in time, and stood at its full worth when nothing had come."""
    assert arrival_factor(28.0, 0.0, 32.0, 1.5, 0.4) == 0.0
    assert arrival_factor(45.0, 1.0, 32.0, 1.5, 0.4) < 1e-3
    near, far = (arrival_factor(now, 1.0, 32.0, 1.5, 0.4) for now in (29.0, 24.0))
    assert near > 2.0 * far
