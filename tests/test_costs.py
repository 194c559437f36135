"""Costs: what a training run, a token and a chip take; cases worked out by hand in the comments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.equations.costs import (
    FLOP_PER_HOUR,
    hours_per_Mtok,
    serving_overhead,
    token_cost,
    training_flop,
    user_cost,
)


def test_an_hour_of_an_h100_is_a_million_teraflop_and_more():
    # 1e15 FLOP/s for 3,600 s
    assert FLOP_PER_HOUR == 3.6e18


def test_flop_of_a_run():
    # 1,000 chips for 100 days are 2.4e6 hours; at 40 % of 3.6e18 that is 3.456e24 FLOP.
    assert training_flop(1000 * 100 * 24, 0.4) == pytest.approx(3.456e24)
    assert training_flop(0.0, 0.4) == 0.0


def test_flop_of_gpt4():
    # 25,000 A100 (0.312 H100e) for 95 days at 34 %: 2.2e25; Epoch AI says 2.1e25.
    assert training_flop(25_000 * 0.312 * 95 * 24, 0.34) == pytest.approx(2.1e25, rel=0.05)


def test_hours_of_a_million_tokens():
    # 1e11 parameters: 2e11 FLOP a token, 2e17 a million; at a quarter of 3.6e18 and three times
    # the work, 2e17 * 3 / 9e17 = 2/3 of an hour; at 3 USD an hour, 2 USD.
    hours = hours_per_Mtok(1e11, 3.0, 0.25)
    assert hours == pytest.approx(2.0 / 3.0)
    assert token_cost(hours, 3.0) == pytest.approx(2.0)


def test_overhead_falls_to_its_floor():
    # From 50.5 to a floor of 0.5 at 0.5 OOM a year: after two years a tenth of 50 is left above it.
    assert serving_overhead(0.0, 50.5, 0.5, 0.5) == pytest.approx(50.5)
    assert serving_overhead(2.0, 50.5, 0.5, 0.5) == pytest.approx(5.5)
    assert serving_overhead(60.0, 50.5, 0.5, 0.5) == pytest.approx(0.5)
    assert serving_overhead(3.0, 0.2, 0.5, 0.5) == pytest.approx(0.5)  # never below, never rising


def test_user_cost_of_a_chip():
    # 43,800 USD installed; interest .10, wear .20 and loss of worth .20 a year make 21,900 USD,
    # over half of 8,760 hours 5 USD an hour; 1.5 kW at 0.10 USD add 0.15.
    assert user_cost(43_800, 0.10, 5.0, 0.20, 1.5, 0.10, 0.5) == pytest.approx(5.15)
    # without interest, fall or power a chip that lasts a year must earn its price in it
    assert user_cost(8_760, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0) == pytest.approx(1.0)


price, rate = st.floats(1e3, 1e6), st.floats(0.0, 0.5)


@given(price, rate, st.floats(1.0, 10.0), rate, rate, st.floats(0.1, 1.0), st.floats(1.01, 3.0))
def test_dearer_chips_and_money_must_earn_more(price, interest, life, fall, power, load, more):
    cost = user_cost(price, interest, life, fall, 1.5, power, load)
    assert user_cost(price * more, interest, life, fall, 1.5, power, load) > cost
    assert user_cost(price, interest + 0.01, life, fall, 1.5, power, load) > cost
    assert user_cost(price, interest, life, fall + 0.01, 1.5, power, load) > cost
    assert user_cost(price, interest, life, fall, 1.5, power + 0.01, load) > cost
    assert user_cost(price, interest, life * more, fall, 1.5, power, load) < cost
    assert user_cost(price, interest, life, fall, 1.5, power, min(load * more, 1.0)) <= cost


@given(st.floats(1e8, 1e13), st.floats(0.01, 500.0), st.floats(0.05, 0.7), st.floats(1.01, 10.0))
def test_larger_models_are_dearer_to_serve(parameters, overhead, utilisation, more):
    hours = hours_per_Mtok(parameters, overhead, utilisation)
    larger = hours_per_Mtok(parameters * more, overhead, utilisation)
    assert larger == pytest.approx(more * hours)
    assert hours_per_Mtok(parameters, overhead * more, utilisation) == pytest.approx(more * hours)
    assert hours_per_Mtok(parameters, overhead, utilisation * more) == pytest.approx(hours / more)
