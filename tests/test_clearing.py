"""Rent, chips and sites clear: each equation by hand, and what it must never do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.equations import costs, investment, pricing

# --- Rent ----------------------------------------------------------------------------------------


def test_how_serving_answers_rent_by_hand():
    # sqrt(3)/pi = .5513; a surprise of .3 and a margin of .6 give .2757; thin margins at most 1.
    assert pricing.serving_elasticity(0.6, 0.3) == pytest.approx(0.27566, rel=1e-4)
    assert pricing.serving_elasticity(0.1, 0.3) == 1.0 == pricing.serving_elasticity(-2.0, 0.3)


def test_serving_answers_rent_as_the_newsvendor_does():
    """It is the derivative of the capacity booked, at a price that stands."""
    price, surprise, cost = 1.0, 0.2, 0.35
    booked = [pricing.spare_capacity(1.0 - c, surprise) for c in (cost, cost * 1.0001)]
    slope = -np.log(booked[1] / booked[0]) / np.log(1.0001)
    assert pricing.serving_elasticity(1.0 - cost / price, surprise) == pytest.approx(
        slope, rel=1e-3
    )


def test_who_runs_at_a_rent_by_hand():
    # The newest chip costs .1 an hour to run; at 2 an hour and an exponent of 2 all but 1/400 run.
    assert pricing.running(2.0, 0.1, 2.0) == pytest.approx(0.9975)
    assert pricing.running(0.05, 0.1, 2.0) == 0.0


def test_draws_are_a_pareto_with_their_mean_by_hand():
    # Mean .9 kW, least .6: exponent 3, whose mean is .6 x 3/2. Where all are alike it is 50.
    assert costs.spread_of_draws(0.9, 0.6) == pytest.approx(3.0)
    assert costs.spread_of_draws(0.6, 0.6) == pytest.approx(50.0)


def test_the_thirsty_are_shut_first():
    """Shares of chips and of draw that run, against a fleet drawn from that Pareto."""
    spread, least, price, rent = 3.0, 0.6, 0.1, 0.09
    drawn = least * (1.0 - np.random.default_rng(2).random(2_000_000)) ** (-1.0 / spread)
    run = drawn * price < rent
    assert pricing.running(rent, least * price, spread) == pytest.approx(run.mean(), rel=2e-3)
    of_draw = drawn[run].sum() / drawn.sum()
    assert pricing.running(rent, least * price, spread - 1.0) == pytest.approx(of_draw, rel=5e-3)
    assert of_draw < run.mean()


def clear(held, wanted, elasticity, offered, least=1e-6, spread=50.0, known=1.0):
    wanted, elasticity = np.array(wanted)[:, None], np.array(elasticity)[:, None]
    return pricing.clearing_rent(
        lambda dearer: (held, 0.0), wanted, elasticity, offered, least, spread, known
    )


def test_rent_clears_by_hand():
    # 300 USD of unit-elastic buyers for 100 hours: 3 USD an hour.
    assert clear(0.0, [300.0], [1.0], 100.0) == pytest.approx(3.0)
    # 20 hours are held; 160 hours wanted at 1 USD with an elasticity of a half, 80 left: .5 + .5 r
    # is 2, so 3 USD.
    assert clear(20.0, [160.0], [0.5], 100.0) == pytest.approx(3.0)
    # 60 hours for sure (nearly) and 80 USD for the other 40: 2 USD.
    assert clear(0.0, [60.0, 80.0], [1e-9, 1.0], 100.0) == pytest.approx(2.0)
    # A glut: 10 USD for 100 hours. Running costs .2 on the newest chip and more on others by an
    # exponent of 1: at .25 a fifth of chips run, 20 hours, for 5 USD; at .3 a third, for 10 USD.
    assert clear(0.0, [10.0], [1.0], 100.0, 0.2, 1.0) == pytest.approx(0.3)


def test_tenants_use_what_they_hold_and_rent_beyond_it_by_hand():
    # At a rent of 2, 90 hours to train with an elasticity of 1 are 45, and 30 to serve with a half
    # are 30/(.5 + 1) = 20: 65 in all, with 40 held 25 more. In logs they fall by 45 + 2/3 x 20.
    wanted, answers = np.array([90.0, 30.0]), np.array([1.0, 0.5])
    by_use, used, slope = pricing.tenants_hours(40.0, wanted, answers, 2.0)
    np.testing.assert_allclose(by_use, [45.0, 20.0])
    assert used == pytest.approx(65.0) and slope == pytest.approx(45.0 + 40.0 / 3.0)
    # Who holds 80 uses 80, and no rent moves that.
    _, used, slope = pricing.tenants_hours(80.0, wanted, answers, 2.0)
    assert used == 80.0 and slope == 0.0


def test_rent_clears_with_tenants_by_hand():
    # 100 hours. One lab holds 40 and would spend 100 USD, the other has none and 120 USD: at 4 USD
    # the first wants 25, uses its 40 and rents nothing; the other rents 30, everybody else 30.
    held, bids = np.array([[40.0], [0.0]]), np.array([[[100.0], [120.0]]])

    def tenants(dearer):
        _, used, slope = pricing.tenants_hours(held, bids, 1.0, dearer)
        return used.sum(axis=0), slope.sum(axis=0)

    rent = pricing.clearing_rent(
        tenants, np.array([[120.0]]), np.array([[1.0]]), 100.0, 1e-6, 50.0, np.ones(1)
    )
    assert rent == pytest.approx(4.0)


@given(
    held=st.floats(0.0, 0.8),
    wanted=st.lists(st.floats(-6.0, 4.0), min_size=4, max_size=4),
    answers=st.lists(st.floats(0.05, 1.0), min_size=4, max_size=4),
    least=st.floats(-6.0, 0.0),
    spread=st.floats(1.02, 50.0),
)
def test_hours_wanted_are_hours_that_run(held, wanted, answers, least, spread):
    """Also from far away, in a glut in which nearly all is shut, and in the worst of shortages."""
    hours, answers, least = 10.0 ** np.array(wanted), np.array(answers), 10.0**least
    rent = clear(held, hours, answers, 1.0, least, spread)[0]
    used = held + (hours * pricing.hours_left_over(rent, answers)).sum()
    assert used == pytest.approx(pricing.running(rent, least, spread), rel=1e-9)


def test_chips_run_down_to_what_running_costs_and_no_further():
    """A rent of a tenth of user cost, whose capital is sunk, shuts nothing that pays its power.

    A floor at 35 % of user cost would have shut two chips in three (E14).
    """
    user_cost = costs.user_cost(30_000.0, 0.10, 7.0, 0.15, 1.0, 0.09, 0.9)
    rent = clear(0.0, [0.1 * user_cost], [1.0], 1.0, 0.09, 10.0)[0]
    assert rent == pytest.approx(0.1 * user_cost, rel=1e-2) and rent < 0.35 * user_cost
    assert pricing.running(rent, 0.09, 10.0) > 0.99


def test_who_wants_hours_bids_rent_up_more_than_who_has_dollars():
    """Half of the chips fail. With dollars alone rent doubles, as it always did (E15); who needs
    hours drives it further, to where the bill is all that they bring."""
    dollars, hours = (clear(0.0, [1.0], [e], 0.5)[0] for e in (1.0, 0.25))
    assert dollars == pytest.approx(2.0) and hours == pytest.approx(5.0)


def test_how_buyers_answer_rent_by_hand():
    # Four times the rent, an elasticity of a half: .5 + 2, so .4 of the hours; of dollars all pay.
    assert pricing.hours_left_over(4.0, 0.5) == pytest.approx(0.4)
    assert pricing.hours_left_over(4.0, 1.0) == pytest.approx(0.25)
    # Never more than 1/e of the bill at a rent of one.
    assert 1e9 * pricing.hours_left_over(1e9, 0.5) == pytest.approx(2.0)


# --- Chips ---------------------------------------------------------------------------------------


def test_margins_and_bargains_by_hand():
    # .95 of the market, demand of 1.5, entry of .5: .95/1.525. Half of it: .5/1.75.
    assert pricing.dominant_margin(0.95, 1.5, 0.5) == pytest.approx(0.95 / 1.525)
    assert pricing.dominant_margin(0.5, 1.5, 0.5) == pytest.approx(0.2857, rel=1e-3)
    # Worth 30,000, usually 20,000: the maker gets .4 of the 10,000; nothing of a loss.
    assert pricing.bargained(20_000.0, 30_000.0, 0.4) == pytest.approx(24_000.0)
    assert pricing.bargained(20_000.0, 10_000.0, 0.4) == pytest.approx(20_000.0)
    # Half of the buyers get nothing in time: .4 + .6/2.
    assert pricing.with_a_queue(0.4, 0.5) == pytest.approx(0.7)
    assert pricing.with_a_queue(0.4, 0.0) == pytest.approx(0.4)


def test_user_cost_is_capital_and_running():
    # .10 + .20 + .20 is .5 a year, over 4,380 hours: 11.4 cents for 1,000 USD.
    assert costs.capital_cost(0.10, 5.0, 0.20, 0.5) == pytest.approx(0.5 / 4380.0)
    whole = costs.user_cost(43_800.0, 0.10, 5.0, 0.20, 1.5, 0.10, 0.5)
    assert whole == pytest.approx(43_800.0 * costs.capital_cost(0.10, 5.0, 0.20, 0.5) + 0.15)


def test_payback_by_hand():
    # 15,768 USD, 2 USD an hour over 7,884 hours a year: one year.
    assert investment.payback(15_768.0, 2.0, 0.9) == pytest.approx(1.0)
    assert investment.payback(15_768.0, -1.0, 0.9) > 1e9


# --- Orders --------------------------------------------------------------------------------------


def test_orders_by_tobins_q_by_hand():
    # 2 USD an hour, .2 of it running, capital 1.2: q is 1.5.
    assert investment.tobins_q(2.0, 0.2, 1.2) == pytest.approx(1.5)
    # 21,900 USD a quarter over 10 chips that sell half of 2,190 hours: 2 USD an hour.
    assert investment.rent_expected(21_900.0, 10.0, 0.5) == pytest.approx(2.0)
    # Wear of .2 and growth of .3 a year; with costs of 4 years, .2 x 4 / .5 = 1.6 for that pace.
    assert investment.usual_pace(0.2, 0.3) == pytest.approx(0.5)
    assert investment.usual_pace(0.2, -0.3) == pytest.approx(0.2)
    assert investment.haste_costs(4.0, 0.2, 0.5) == pytest.approx(1.6)
    # Without growth it is Hayashi's: wear + (q - 1)/costs.
    assert investment.haste_costs(4.0, 0.2, 0.2) == pytest.approx(4.0)
    assert investment.orders(0.5, 1.5, 1.6) == pytest.approx(0.8125)
    assert investment.orders(0.5, 1.0, 1.6) == pytest.approx(0.5)
    assert investment.orders(0.5, 0.1, 1.6) == 0.0


def test_cancelling_by_hand():
    # 10 beyond what pays: of 25 undelivered 10 go, of 4 all; none where all pay.
    assert investment.worth_cancelling(10.0, 25.0) == 10.0
    assert investment.worth_cancelling(10.0, 4.0) == 4.0
    assert investment.worth_cancelling(-5.0, 4.0) == 0.0


# --- Sites and power -----------------------------------------------------------------------------


def test_site_price_by_hand():
    # Of a stock of 100 chips a dollar a kWh cuts orders by 100 x .5 kW/(4 x 2 years x 1.5 USD an
    # hour), 4.167 a quarter. Orders 7.5 too many: 1.8 USD/kWh, q falls by .6, orders by .3 a year.
    # But a chip is worth no more than 1 above its cost.
    answer = investment.answer_to_site(100.0, 2.0, 0.5, 1.5)
    assert answer == pytest.approx(4.16667, rel=1e-4)
    assert pricing.site_price(0.0, 7.5, 9.0, answer) == pytest.approx(1.8)
    assert pricing.site_price(0.3, 6.25, 9.0, answer) == pytest.approx(1.8)
    assert pricing.site_price(0.0, 7.5, 1.0, answer) == pytest.approx(1.0)
    assert pricing.site_price(0.0, -0.1, 1.0, answer) == 0.0
    assert pricing.site_price(0.0, 7.5, -1.0, answer) == 0.0


@given(st.floats(0.05, 2.0), st.floats(1.0, 4.0), st.floats(0.5, 8.0), st.floats(0.05, 3.0))
def test_at_the_price_of_sites_orders_are_what_there_is_room_for(pace, q, haste, draw):
    """Or a chip is just worth its cost, and who orders is indifferent: the owner has it all."""
    capital, running = 1.3, 0.1
    rent = running + q * capital
    wanted = investment.orders(pace, q, haste)
    room = 0.6 * wanted
    most = (rent - running - capital) / draw
    answer = investment.answer_to_site(4.0, haste, draw, capital)
    price = pricing.site_price(0.0, wanted - room, most, answer)
    left = investment.tobins_q(rent, running + draw * price, capital)
    orders = investment.orders(pace, left, haste)
    assert orders == pytest.approx(room) or left == pytest.approx(1.0)
    assert left >= 1.0 - 1e-9


def test_what_must_be_begun_by_hand():
    # Growth of .5 a year and three years to build: what is begun is 1.25 of what is there.
    assert investment.begun_in_growth(0.5, 3.0) == pytest.approx(1.25)


def test_dear_sites_bring_power_at_a_rising_cost_by_hand():
    # A place that costs e - 1 times its power brings .3 of what is there a year.
    assert investment.begun_for_price(0.07 * (np.e - 1.0), 0.07, 0.3) == pytest.approx(0.3)
    assert investment.begun_for_price(0.0, 0.07, 0.3) == 0.0


def test_what_is_begun_so_grows_as_wanted():
    """Simulated for years: begun by the rule, finished at the rate 1/lag."""
    growth, lag, step = 0.5, 3.0, 0.001
    there, begun = 1.0, growth * lag
    for _ in range(4000):
        starts, done = investment.begun_in_growth(growth, lag) * there, begun / lag
        there, begun = there + step * done, begun + step * (starts - done)
    assert np.log(there) / 4.0 == pytest.approx(growth, rel=1e-2)
