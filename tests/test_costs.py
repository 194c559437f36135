"""Costs: what a training run, a token and a chip take; cases worked out by hand in the comments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.equations.costs import (
    FLOP_PER_HOUR,
    hours_per_Mtok,
    learnt,
    served_as_dear,
    serving_overhead,
    token_cost,
    training_flop,
    user_cost,
)
from sim.parameters import SUBJECTS


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
    # From 50 at 0.5 OOM a year: after two years a tenth, 5; half if learnt; then the floor.
    assert serving_overhead(0.0, 50.0, 0.5, 0.5, 1.0) == pytest.approx(50.0)
    assert serving_overhead(2.0, 50.0, 0.5, 0.5, 1.0) == pytest.approx(5.0)
    assert serving_overhead(2.0, 50.0, 0.5, 0.5, 0.5) == pytest.approx(2.5)
    assert serving_overhead(60.0, 50.0, 0.5, 0.5, 1.0) == pytest.approx(0.5)
    assert serving_overhead(3.0, 0.2, 0.5, 0.5, 1.0) == pytest.approx(0.5)  # never below it


def test_a_token_never_costs_less_than_its_parameters_at_half_of_a_chips_best():
    """A served token multiplies all active parameters; four-bit numbers go four times as fast.

    The floor used to be .035, "active parameters", but N of 6ND is the active size already: a token
    then cost 3.6 times less than a chip can do at half of its peak.
    """
    dials = SUBJECTS["costs"]
    least = dials["serving_floor"].value
    assert least == 0.125
    overhead = serving_overhead(40.0, dials["serving_overhead"].value, 0.5, least, 0.01)
    hours = hours_per_Mtok(1e11, overhead, dials["serving_utilisation"].value)
    at_best = 1e6 * 2.0 * 1e11 / (0.5 * 4.0 * FLOP_PER_HOUR)
    assert hours == pytest.approx(at_best)


@given(st.floats(0.0, 40.0), st.floats(0.0, 2.0), st.floats(1e-6, 1.0))
def test_no_progress_and_no_learning_goes_below_the_floor(years, progress, left):
    assert serving_overhead(years, 180.0, progress, 0.125, left) >= 0.125


def test_learning_by_serving_by_hand():
    # Known 100: after 100 more twice as much is known, after 300 four times; a tenth less each.
    assert learnt(0.0, 100.0, 0.1) == 1.0
    assert learnt(100.0, 100.0, 0.1) == pytest.approx(0.9)
    assert learnt(300.0, 100.0, 0.1) == pytest.approx(0.81)


def test_tokens_served_as_they_count_by_hand():
    # 100 USD of serving a model of 10, a run of 600 FLOP worth 50: 600 x 100 / (20 x 50).
    assert served_as_dear(100.0, 10.0, 600.0, 50.0) == pytest.approx(60.0)
    # A FLOP costs a cent in both: tokens at 2N cents each, a run at its cost, are just the tokens.
    tokens, size, flop = 1e6, 1e3, 1e10
    serving, run = tokens * 2.0 * size / 100.0, flop / 100.0
    assert served_as_dear(serving, size, flop, run) == pytest.approx(tokens)


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
