"""Scores: hand cases, closed forms, and that a naive forecast knows only what came before."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.history.backtest.naive import DEFAULT_SPREAD, last_value, log_trend
from sim.history.backtest.scores import (
    ABSENT_IS_OFF_BY,
    crps,
    crps_normal,
    score,
    with_error,
)
from sim.history.backtest.summaries import lost_to_naive, series_won, summary
from sim.history.record.rows import period_of, read

ROW = next(
    row for row in read() if row.observable == "rent" and row.period.last == row.period.first
)
SOME = st.lists(st.floats(-50, 50), min_size=2, max_size=30)


def row(date, value, **more):
    """A row of one series, known without error but for a thousandth."""
    period, when = period_of(date)
    sure = {"low": value / 1.001, "high": value * 1.001}
    return replace(
        ROW,
        **{
            "id": date,
            "date": date,
            "period": period,
            "when": when,
            "value": value,
            **sure,
            **more,
        },
    )


# --- CRPS ----------------------------------------------------------------------------------------


def test_of_a_point_it_is_the_absolute_error():
    assert crps(np.array([3.0]), 1.0) == 2.0
    assert crps(np.full(10, 3.0), 1.0) == pytest.approx(2.0)
    assert crps_normal(3.0, 0.0, 1.0) == 2.0


def test_of_two_members_by_hand():
    # mean distance (1 + 3) / 2, less half of |4 - 2|, the only distance there is
    assert crps(np.array([2.0, 4.0]), 1.0) == pytest.approx(2.0 - 0.5 * 2.0)


@given(SOME, st.floats(-50, 50))
def test_it_is_the_same_as_over_all_pairs(values, observed):
    x = np.array(values)
    pairs = np.abs(x[:, None] - x).sum() / (len(x) * (len(x) - 1))
    assert crps(x, observed) == pytest.approx(np.abs(x - observed).mean() - pairs / 2, abs=1e-9)


@given(SOME, st.floats(-50, 50), st.floats(-10, 10), st.floats(0.1, 10))
def test_it_moves_and_scales_with_the_numbers(values, observed, by, times):
    x = np.array(values)
    assert crps(x + by, observed + by) == pytest.approx(crps(x, observed), abs=1e-9)
    assert crps(times * x, times * observed) == pytest.approx(times * crps(x, observed), abs=1e-9)


@pytest.mark.parametrize(("mean", "error", "observed"), [(0, 1, 0), (1, 2, -3), (0, 0.5, 4)])
def test_of_a_normal_sample_it_comes_close_to_the_closed_form(mean, error, observed):
    sample = np.random.default_rng(1).normal(mean, error, 200_000)
    assert crps(sample, observed) == pytest.approx(crps_normal(mean, error, observed), rel=0.01)


def test_the_closed_form_is_the_integral_it_stands_for():
    x = np.linspace(-12, 12, 200_001)
    below = np.array([0.5 * (1 + math.erf((v - 0.3) / 0.7 / math.sqrt(2))) for v in x])
    whole = np.trapezoid if hasattr(np, "trapezoid") else np.trapz
    integral = whole((below - (x >= 1.0)) ** 2, x)
    assert crps_normal(0.3, 0.7, 1.0) == pytest.approx(integral, abs=1e-4)


def test_the_fair_version_does_not_pay_for_few_members():
    luck = np.random.default_rng(2)
    few = [crps(luck.normal(size=5), luck.normal()) for _ in range(20_000)]
    assert np.mean(few) == pytest.approx(1 / math.sqrt(math.pi), abs=0.02)  # as of the true normal


# --- The observation's own error -----------------------------------------------------------------


def test_errors_are_normal_and_the_same_every_time():
    said = np.linspace(0.0, 1.0, 2000)
    seen = with_error(said, 0.3)
    assert np.array_equal(seen, with_error(said, 0.3))
    errors = seen - said
    assert errors.mean() == pytest.approx(0.0, abs=1e-12)
    assert errors.std() == pytest.approx(0.3, rel=0.01)
    assert abs(np.corrcoef(errors, said)[0, 1]) < 0.1
    assert np.array_equal(with_error(said, 0.0), said)


# --- Naive forecasts -----------------------------------------------------------------------------

PAST = [row("2020-06", 1.0), row("2021-06", 10.0), row("2022-06", 100.0)]
NOW = row("2023-06", 1000.0)


def test_the_last_value_is_the_last_and_strays_by_its_steps():
    said = last_value(NOW, [*PAST, NOW, row("2024-06", 7.0)])
    assert said.mean == pytest.approx(2.0)
    assert said.error == pytest.approx(1.0, rel=0.01)  # both steps were an OOM a year
    late = last_value(row("2026-06", 1.0), PAST)
    assert late.error == pytest.approx(2.0, rel=0.01)  # four years, twice the error of one


def test_a_trend_goes_on():
    said = log_trend(NOW, [*PAST[::-1], NOW])
    assert said.mean == pytest.approx(3.0)
    assert said.error == pytest.approx(DEFAULT_SPREAD, rel=0.01)  # one past error is too few
    longer = log_trend(row("2024-06", 1.0), [*PAST, NOW])
    assert longer.mean == pytest.approx(4.0)
    assert longer.error < 0.01  # it has never been wrong


def test_with_too_little_before_there_is_a_default_or_nothing():
    assert last_value(PAST[0], PAST) is None
    assert last_value(PAST[1], PAST).error == pytest.approx(DEFAULT_SPREAD, rel=0.01)
    assert log_trend(PAST[1], PAST) is None
    close = [row("2023-04", 1.0), row("2023-05", 9.0)]
    assert log_trend(NOW, close) is None, "a month is no trend"


def test_only_the_same_series_counts():
    other = [replace(one, entity="elsewhere") for one in PAST]
    assert last_value(NOW, other) is None
    assert last_value(NOW, [PAST[0], *other[1:]]).mean == 0.0


def test_an_unsure_last_value_makes_an_unsure_forecast():
    unsure = row("2022-06", 100.0, low=50.0, high=200.0)
    sure, vague = last_value(NOW, PAST), last_value(NOW, [*PAST[:2], unsure])
    assert vague.error == pytest.approx(math.hypot(sure.error, unsure.error), rel=0.001)


# --- Rows, groups, series ------------------------------------------------------------------------


def test_a_row_is_scored_by_hand():
    one = score(NOW, np.full(100, 2000.0), [])
    assert (one.p05, one.p50, one.p95) == pytest.approx((2000.0,) * 3)
    assert one.error == pytest.approx(math.log10(2.0))
    assert one.crps == pytest.approx(math.log10(2.0), rel=0.01)
    assert not one.inside and one.width == pytest.approx(0.0, abs=1e-9)
    assert one.last_value is None and one.trend is None
    wide = score(NOW, 10.0 ** np.linspace(2.0, 4.0, 1001), [])
    assert wide.inside and wide.width == pytest.approx(1.8) and wide.error == pytest.approx(0.0)


def test_the_observations_error_makes_room():
    said = np.full(200, 2000.0)
    assert not score(NOW, said, []).inside
    assert score(row("2023-06", 1000.0, low=400.0, high=2500.0), said, []).inside


def test_worlds_that_say_nothing_are_left_out_and_zero_is_far_off():
    said = np.array([1000.0, np.nan, 1000.0, np.nan])
    one = score(NOW, said, [])
    assert one.worlds == 2 and one.error == pytest.approx(0.0)
    assert score(NOW, np.full(3, np.nan), []) is None
    zero = score(NOW, np.zeros(3), [])
    assert zero.nothing == 1.0 and zero.error == pytest.approx(-ABSENT_IS_OFF_BY)
    assert np.isfinite(zero.crps)


def test_summaries_compare_on_the_same_rows():
    said = [score(one, np.full(50, one.value * 2), PAST) for one in [*PAST, NOW]]
    total = summary(said)
    assert total["n"] == 4 and total["bias"] == pytest.approx(math.log10(2.0))
    assert total["last_value_n"] == 3 and total["trend_n"] == 2
    assert total["last_value_crps"] == pytest.approx(np.mean([s.last_value for s in said[1:]]))
    assert total["crps_on_trend"] == pytest.approx(np.mean([s.crps for s in said[2:]]))
    assert summary([]) == {"n": 0}
    assert summary(said[:1])["trend_crps"] is None


def test_a_series_is_won_by_beating_both():
    good = [score(one, np.full(50, one.value), PAST) for one in PAST]
    assert series_won(good) == (1, 1)
    bad = [score(one, np.full(50, 1e3 * one.value), PAST) for one in PAST]
    assert series_won(bad) == (0, 1)
    assert series_won(good[:1]) == (0, 0), "nothing to compare with"
    assert not lost_to_naive(good)
    [(series, ours, naive)] = lost_to_naive(bad)
    assert series == PAST[0].series and ours > naive
