"""Every equation is used, says its units, and has a case worked out by hand."""

import ast
import re

import numpy as np
import pytest
from economy import ROOT
from house import MODULES, SIM, name_of, room_of
from hypothesis import given
from hypothesis import strategies as st

from sim.equations import (
    beliefs,
    capability,
    costs,
    data,
    dynamics,
    finance,
    investment,
    pricing,
    spending,
)

ECONOMY = [path for path in MODULES if room_of(name_of(path)) == "economy"]
EQUATIONS = {
    (path.stem, node.name): node
    for path in sorted((SIM / "equations").glob("*.py"))
    for node in ast.parse(path.read_text()).body
    if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
}
# An author and a year, a mechanism of the literature by number, or what it is instead.
SOURCE = r"(1[89]|20)\d\d|\(M\d\d\)|modelling choice of ours|identity|textbook|Epoch AI|26 USC"
# A bare Array where the unit is one of many: a variance, a luck, any number that moves.
NO_UNIT_OF_ITS_OWN = {
    ("beliefs", "kalman"),
    ("beliefs", "drifting"),
    ("beliefs", "noise_of_release"),
    ("dynamics", "adjusted"),
    ("dynamics", "adjusted_in_logs"),
    ("dynamics", "shock"),
    ("beliefs", "startled"),
    ("beliefs", "mood"),
    ("debt", "spread"),
    ("debt", "default_price"),
    ("beliefs", "pooled_signal"),
    ("demand", "share_of_worth"),
    ("pricing", "logit_price"),
}


def called_in(tree):
    """(module, function) of every equation that a module names: imported, or by its module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sim.equations."):
            yield from ((node.module.split(".")[-1], alias.name) for alias in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield node.value.id, node.attr


def test_every_equation_is_used_by_the_model():
    """By the economy, or by another equation that is."""
    trees = [ast.parse(path.read_text()) for path in ECONOMY]
    used = {name for tree in trees for name in called_in(tree)} & set(EQUATIONS)
    used |= {("capability", regime) for regime in capability.REGIMES}  # by name
    before = None
    while before != used:
        before = set(used)
        for module, name in before:
            calls = [c for c in ast.walk(EQUATIONS[module, name]) if isinstance(c, ast.Call)]
            names = {ast.unparse(call.func) for call in calls}
            used |= {(m, n) for m, n in EQUATIONS if n in names and m in (module, "dynamics")}
    assert set(EQUATIONS) == used, f"nobody calls {sorted(set(EQUATIONS) - used)}"
    assert len(EQUATIONS) > 60


@pytest.mark.parametrize("equation", EQUATIONS, ids=".".join)
def test_an_equation_says_its_units_and_where_it_comes_from(equation):
    node = EQUATIONS[equation]
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    said = {a.arg: ast.unparse(a.annotation) for a in arguments}
    said["return"] = ast.unparse(node.returns)
    bare = [name for name, unit in said.items() if unit in ("Array", "Any", "")]
    assert not bare or equation in NO_UNIT_OF_ITS_OWN, f"{equation}: {bare} has no unit"
    says = ast.get_docstring(node) or ""
    assert re.search(SOURCE, says), f"{equation}: says no source, and not that it is a choice"


def test_every_equation_has_a_hand_case():
    cases = "\n".join(path.read_text() for path in (ROOT / "tests").glob("test_*.py"))
    without = [f"{m}.{name}" for m, name in EQUATIONS if not re.search(rf"\b{name}\(", cases)]
    regimes = {"capability.power_law", "capability.plateau", "capability.broken"}
    assert not set(without) - regimes, without


# --- How numbers move ----------------------------------------------------------------------------


def test_adjustment_by_hand():
    # A quarter of the way from 8 to 16; in logs half of the way from 1 to 16.
    assert dynamics.adjusted(8.0, 16.0, 0.25) == pytest.approx(10.0)
    assert dynamics.adjusted_in_logs(1.0, 16.0, 0.5) == pytest.approx(4.0)


@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), st.floats(0.0, 1.0))
def test_prices_close_a_fixed_share_of_the_gap(price, target, speed):
    moved = dynamics.adjusted_in_logs(price, target, speed)
    before, after = np.log(target / price), np.log(target / moved)
    assert after == pytest.approx((1.0 - speed) * before, abs=1e-9)


def test_shocks_and_fading_by_hand():
    # Half of .2 is left, and luck of one standard deviation of .3 is added.
    assert dynamics.shock(0.2, 0.5, 0.3, 1.0) == pytest.approx(0.4)
    assert dynamics.seasoned(2.0, 2.0) == pytest.approx(1.0 - np.exp(-1.0))
    assert dynamics.faded(10.0, 0.1) == pytest.approx(np.exp(-1.0))


def test_growth_that_fades_is_the_integral_of_its_rate():
    years = np.linspace(0.0, 12.0, 200_001)
    rate = np.log(1.5) * dynamics.faded(years, 0.3)
    whole = np.trapezoid(rate, years)
    assert dynamics.growth_that_fades(0.5, 0.3, 12.0) == pytest.approx(np.exp(whole), rel=1e-8)
    assert dynamics.growth_that_fades(0.5, 1e-9, 2.0) == pytest.approx(2.25, rel=1e-6)


# --- Investment ----------------------------------------------------------------------------------


def test_chips_wanted_by_hand():
    # 100 USD a quarter, growing .1 in logs a quarter, half of it expected for four more: e^.2.
    expected = investment.expected_spending(100.0, 0.1, 4.0, 0.5)
    assert expected == pytest.approx(100.0 * np.exp(0.2))
    assert investment.expected_spending(100.0, 5.0, 4.0, 1.0) == pytest.approx(100.0 * np.e)
    # 2 USD an hour over half of 2,190 hours: one chip earns 2,190 USD a quarter.
    assert investment.stock_wanted(21_900.0, 2.0, 0.5) == pytest.approx(10.0)


def test_capacity_grows_by_hand():
    # From half full to all out at one: three quarters full is half the effort.
    assert investment.expansion(0.75, 0.5, 1.0) == pytest.approx(0.5)
    assert investment.expansion(0.3, 0.5, 1.0) == 0.0 and investment.expansion(9.0, 0.5, 1.0) == 1.0
    # Doubling a year at full effort, unfaded: ln 2 / 4 a quarter; none at all wears .08/4.
    assert investment.capacity_growth(1.0, 1.0, 1.0, 0.08) == pytest.approx(np.log(2.0) / 4.0)
    assert investment.capacity_growth(1.0, 1.0, 0.0, 0.08) == pytest.approx(-0.02)
    assert dynamics.left_after(20.0, 5.0) == pytest.approx(np.exp(-1.0))


# --- A lab's spending ----------------------------------------------------------------------------


def test_what_a_lab_wants_to_spend_by_hand():
    # Half of a growth of .6 lasts, discounted at .1: .2 a year over half a year, e^.1.
    worth = spending.worth_of_capability(100.0, 0.6, 0.5, 0.5, 0.1)
    assert worth == pytest.approx(100.0 * np.exp(0.1))
    # A prize of 1,000 won at .4 a year, .1 a quarter; a half share: .25 over .5.
    assert spending.prize_rent(1000.0, 0.4, 0.5, 0.5) == pytest.approx(50.0)
    # 400 a year is 100 a quarter, a tenth of it at stake, half heeded.
    assert spending.threat(400.0, 0.1, 0.5) == pytest.approx(5.0)
    # Worth 100, an elasticity of .2: 20 to spend; the next dollar brings two where 10 are spent.
    assert spending.next_dollar(100.0, 0.2, 10.0) == pytest.approx(2.0)
    assert spending.shadow_price(20.0, 10.0) == pytest.approx(1.0)
    assert spending.shadow_price(20.0, 30.0) == 0.0
    assert spending.lasting(240.0, 1.5) == pytest.approx(40.0)  # over six quarters
    assert spending.lasting(-5.0, 1.5) == 0.0


def test_the_chance_of_the_prize_by_hand():
    # Even chances: 1/4 over a width of 2, at a pace of .8 OOM a year.
    assert finance.prize_hazard(32.0, 0.8, 32.0, 2.0) == pytest.approx(0.1)
    assert finance.prize_hazard(32.0, -0.8, 32.0, 2.0) == 0.0


def test_how_fast_a_budget_moves_by_hand():
    assert spending.next_budget(100.0, 500.0, 0.3, 0.15) == pytest.approx(130.0)
    assert spending.next_budget(100.0, 10.0, 0.3, 0.15) == pytest.approx(85.0)
    assert spending.next_budget(100.0, 110.0, 0.3, 0.15) == pytest.approx(110.0)


def test_parents_capacity_and_advertising_by_hand():
    assert spending.parent_match(90.0, 30.0, 100.0) == pytest.approx(60.0)
    assert spending.parent_match(90.0, -30.0, 50.0) == pytest.approx(50.0)
    assert spending.parent_match(20.0, 30.0, 50.0) == 0.0
    assert spending.capacity_wanted(150.0, 100.0, 2.0) == pytest.approx(1.5)
    assert spending.capacity_wanted(50.0, 100.0, 2.0) == 1.0
    assert spending.advertising(10.0, 10.0, 0.1) == pytest.approx(0.0)
    assert spending.advertising(0.0, 10.0, 0.1) == pytest.approx(-0.1 * np.log(21.0))
    # A tenth of 90, less the twentieth of the average that nobody hears; who gains 4, nothing.
    assert spending.advertising_wanted(90.0, 10.0, 0.1) == pytest.approx(8.5)
    assert spending.advertising_wanted(4.0, 10.0, 0.1) == 0.0
    step = 1e-6
    gained = 90.0 * (
        spending.advertising(8.5 + step, 10.0, 0.1) - spending.advertising(8.5 - step, 10.0, 0.1)
    )
    assert gained / (2.0 * step) == pytest.approx(1.0), "the next dollar brings just itself"


# --- Owners --------------------------------------------------------------------------------------


def test_growth_that_investors_expect_by_hand():
    # Past growth .64, long-run .04; half extrapolate, the others believe in half of it at one.
    assert finance.expected_growth(0.64, 0.04, 0.5, 0.5, 1.0) == pytest.approx(0.04 + 0.6 * 0.75)
    assert finance.expected_growth(0.64, 0.04, 0.5, 0.5, -1.0) == pytest.approx(0.04 + 0.6 * 0.5)


def test_the_pool_of_capital_by_hand():
    # 80 a year is 20 a quarter; ten per cent for a year; a belief of .5 squared is a quarter.
    assert finance.pool_ceiling(80.0, 0.1, 1.0, 0.5, 2.0) == pytest.approx(5.5)
    # It fills by 21 % a year, 1.21^(1/4) a quarter, up to the ceiling, and empties by .3 a quarter.
    assert finance.next_pool(10.0, 100.0, 0.21, 0.3) == pytest.approx(10.0 * 1.21**0.25)
    assert finance.next_pool(99.9, 100.0, 0.21, 0.3) == pytest.approx(100.0)
    assert finance.next_pool(100.0, 50.0, 0.21, 0.3) == pytest.approx(85.0)


def test_entry_and_parents_purse_by_hand():
    # A lag of .7 OOM at a closeness of .7 leaves 1/e of the best lab's worth.
    assert finance.worth_of_entry(100.0, 0.7, 0.7) == pytest.approx(100.0 / np.e)
    # A third of 120 a year is 10 a quarter; doubled by a growth of .1 in 7.27 years.
    assert finance.parent_spare(120.0, 1 / 3, 0.1, 0.0) == pytest.approx(10.0)
    assert finance.parent_spare(120.0, 1 / 3, 0.1, np.log(2.0) / np.log(1.1)) == pytest.approx(20.0)


# --- Beliefs, research and data ------------------------------------------------------------------


def test_what_a_release_shows_by_hand():
    # .3 OOM of capability for .5 OOM of compute: .6; less than .1 OOM of compute shows nothing.
    np.testing.assert_allclose(beliefs.slope(0.3, np.array([0.5, 0.05, 0.0]), 0.1), [0.6, 0.0, 0.0])
    assert beliefs.noise_of_release(0.25, 0.5, 0.1) == pytest.approx(0.25)
    assert beliefs.noise_of_release(0.25, 0.0, 0.1) == pytest.approx(6.25)
    assert beliefs.sensible(9.0) == 2.0 and beliefs.sensible(-9.0) == -0.5


def test_a_surprise_by_hand():
    # A deviation of 1 where 1/4 of variance was expected: four times as surprising as chance.
    assert beliefs.startled(0.05, 1.0, 0.0, 0.2, True) == pytest.approx(0.2)
    assert beliefs.startled(0.05, 1.0, 0.9, 0.2, True) == 0.05
    assert beliefs.startled(0.05, 1.0, 0.0, 0.2, False) == 0.05


def test_private_leads_by_hand():
    # Half the usual effort at a half of one: as much as that, a half is taken up.
    assert capability.absorptive_capacity(5.0, 10.0, 0.5) == pytest.approx(0.5)
    # A quarter of the usual effort at a stepping of a half: half of .5 of .4 found, not yet harder.
    own = capability.own_discovery(0.4, 1.0, 4.0, 0.5, 0.0, 0.5, -1.0, 1e-9)
    assert own == pytest.approx(0.1)
    ahead = capability.own_discovery(0.004, 4.0, 4.0, 0.5, 0.0, 0.5, 1.0, 0.3)
    assert ahead == pytest.approx(0.002 * 10.0**-0.3, rel=1e-3)
    # Half a lead of .4 leaks in ln 2 years of a life of one; .1 own, .3 of .2 not taken up.
    lead = capability.lead(0.4, 0.1, 0.2, 0.7, np.log(2.0), 1.0, 1.0)
    assert lead == pytest.approx(0.2 + 0.1 - 0.06)
    # Behind, it catches up as fast as half of diffusion: e^-1 in two years.
    assert capability.lead(-0.4, 0.0, 0.0, 0.5, 2.0, 1.0, 1.0) == pytest.approx(-0.4 / np.e)


@pytest.mark.parametrize("own", [0.5, 0.02])
def test_the_elasticity_of_a_lead_is_the_derivative_of_where_it_rests(own):
    """Ahead (own .5 a year) and behind (.02): in the long run, effort kept up."""
    found, half, leak, diffusion, stepping, step = 0.3, 0.5, 0.5, 0.7, 0.3, 1e-4

    def taken_up(log_effort):
        return capability.absorptive_capacity(np.exp(log_effort), 1.0, half)

    def rests_at(log_effort):
        at, share, years = 0.0, taken_up(log_effort), 1e-3
        for _ in range(20_000):
            new = own * np.exp(stepping * log_effort) * years
            at = capability.lead(at, new, found * years, share, years, leak, diffusion)
        return float(at)

    measured = (rests_at(step) - rests_at(-step)) / (2.0 * step)
    args = rests_at(0.0), own, found, taken_up(0.0), leak, diffusion, stepping
    assert capability.lead_elasticity(*args) == pytest.approx(measured, rel=5e-3)
    assert (args[0] > 0.0) == (own > 0.1)


def test_gains_saturate_by_hand():
    assert capability.saturating(1e-6, 2.0) == pytest.approx(1e-6)
    assert capability.saturating(2.0, 2.0) == pytest.approx(2.0 * (1.0 - np.exp(-1.0)))


def profit_of_thinking(times, cost, seat, listed, by_tokens, helps, answer, value, taste):
    """What a seller earns on a task's buyers where it thinks `times` as long."""
    tasks = times ** (answer * helps / taste)
    by_list = by_tokens * np.exp(-answer * listed * times / (taste * value))
    return tasks * ((1.0 - by_tokens) * (seat - cost * times) + by_list * (listed - cost) * times)


@pytest.mark.parametrize("by_tokens", [0.0, 0.3, 0.7, 1.0])
@pytest.mark.parametrize(("cost", "helps", "value"), [(0.2, 0.1, 100.0), (0.05, 0.2, 500.0)])
def test_thinking_stops_where_it_earns_a_seller_most(by_tokens, cost, helps, value):
    """Against all multiples on a grid; inside, neither one nor the bound of 1,000."""
    seat, listed, answer, taste = 10.0, 2.0, 1.0, 0.1
    grid = np.logspace(0.0, 3.0, 300_001)
    profit = profit_of_thinking(grid, cost, seat, listed, by_tokens, helps, answer, value, taste)
    most = grid[profit.argmax()]
    part = by_tokens * np.exp(-answer * listed * most / (taste * value))
    part = part / (part + 1.0 - by_tokens)  # of tasks done by tokens there
    best = capability.best_test_time(cost, seat, listed, part, helps, answer, value, taste)
    assert best == pytest.approx(most, rel=1e-3) and 1.0 < best < 1000.0


def test_thinking_by_hand():
    # y = 1. Seats: 10/(2 x 1). By tokens: (1 + y) taste value/listed = 2 x .1 x 100/3.
    assert capability.best_test_time(1.0, 10.0, 3.0, 0.0, 0.1, 1.0, 100.0, 0.1) == pytest.approx(
        5.0
    )
    by_tokens = capability.best_test_time(1.0, 10.0, 3.0, 1.0, 0.1, 1.0, 100.0, 0.1)
    assert by_tokens == pytest.approx(20.0 / 3.0)
    assert capability.best_test_time(9.0, 10.0, 9.0, 0.0, 0.1, 1.0, 100.0, 0.1) == 1.0
    assert capability.thinking_helps(0.25, 0.7, 1.2) == pytest.approx(0.175 / (1.2 * np.log(10.0)))
    assert capability.copied_parameters(1e9, 1.0) == pytest.approx(1e9 * 10.0**0.5)


def test_text_by_hand():
    # Half of the stock used at a steepness of two: 1.5 squared.
    assert data.text_price(20.0, 50.0, 100.0, 2.0) == pytest.approx(45.0)
    assert data.verified_limit(100.0, 0.5, 0.8) == pytest.approx(40.0)
    # Prices of 4 and 2 at a sharpness of two: odds of 1 to 4; nothing where there is no room.
    room, price = np.array([[1.0, 1.0], [1.0, 0.0]]), np.array([[4.0, 4.0], [2.0, 2.0]])
    np.testing.assert_allclose(data.shares_by_price(price, room, 2.0), [[0.2, 1.0], [0.8, 0.0]])
    assert (data.shares_by_price(price, np.zeros((2, 2)), 2.0) == 0.0).all()


def test_money_for_text_goes_on_to_the_next_source_when_one_is_sold_out():
    """10 USD at 1 and 2 USD a Mtok, odds 4 to 1: 8 and 2 USD. Where of the first only 3 Mtok are
    left, the other gets 7; where of both 3 and 1, five dollars stay unspent."""
    price = np.array([[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]])
    left = np.array([[1e9, 3e6, 3e6], [1e9, 1e9, 1e6]])
    bought = data.text_bought(np.full(3, 10.0), price, left, 2.0)
    np.testing.assert_allclose(bought, [[8e6, 3e6, 3e6], [1e6, 3.5e6, 1e6]])
    # Worth 10 at .2 over a rent of .4/4: a stock of 20; 5 Mtok at 2 are there; half of the way.
    got = data.text_worth_buying(10.0, 0.2, 2.0, 5e6, np.array([99.0, 4.0]), 0.1, 0.3, 0.5)
    np.testing.assert_allclose(got, [5.0, 2.0])


def test_hours_left_under_a_cap_by_hand():
    # 3.6e18 FLOP an hour at half use: 1.8e18; 9e18 are left of 1e19.
    assert costs.hours_left(1e19, 1e18, 0.5) == pytest.approx(5.0)
    assert costs.hours_left(1e19, 2e19, 0.5) == 0.0


def test_trends_by_hand():
    assert dynamics.compounded(0.1, 2.0) == pytest.approx(1.21)
    assert dynamics.compounded(0.1, -1.0) == pytest.approx(1.0 / 1.1)
    assert dynamics.trend(0.5, 2.0) == pytest.approx(10.0)


def test_specialists_by_hand():
    # One specialist has 2,190 hours a quarter; of 4,380 served, half are 1.6 times as good.
    assert investment.serving_edge(1.6, 1.0, 4380.0) == pytest.approx(1.3)
    assert investment.serving_edge(1.6, 9.0, 4380.0) == pytest.approx(1.6)


def test_serving_by_hand():
    hours, need = np.array([50.0, 200.0, 9.0]), np.array([100.0, 100.0, 0.0])
    np.testing.assert_allclose(pricing.fill_rate(hours, need), [0.5, 1.0, 1.0])
    np.testing.assert_allclose(
        pricing.free_burden(np.array([300.0, 900.0, 5.0]), np.array([100.0, 100.0, 0.0]), 5.0),
        [3.0, 5.0, 1.0],
    )


def test_payouts_and_patience_by_hand():
    assert finance.payout(100.0, 60.0, 0.25) == pytest.approx(10.0)
    assert finance.payout(50.0, 60.0, 0.25) == 0.0
    # A quarter of a year's spending of 10 a quarter is 10: debts of 11 are beyond it, 9 are not.
    assert list(finance.beyond_patience(np.array([-11.0, -9.0, 5.0]), 10.0, 0.25)) == [
        True,
        False,
        False,
    ]


def test_limits_of_thinking_by_hand():
    assert capability.limit_with_agents(1.5, 0.3, 2.0, 1.0) == pytest.approx(2.1)
    assert capability.limit_with_agents(1.5, 0.3, -2.0, 1.0) == 1.5
    assert capability.limit_with_agents(1.5, 0.3, 9.0, 1.0) == 2.5
    assert capability.slope_left(0.5, 2.0) == pytest.approx(0.75)
    assert capability.slope_left(3.0, 2.0) == 0.0


def test_post_training_counts_flop_and_no_more_than_its_base():
    # Equal reinforcement and base: half of either. A FLOP is a FLOP, whatever it cost.
    assert capability.useful_reinforcement(4.0, 4.0) == pytest.approx(2.0)
    assert capability.useful_reinforcement(1e30, 1e24) == pytest.approx(1e24, rel=1e-5)
    dear, cheap = costs.training_flop(0.29e9, 0.3), costs.training_flop(5.3e9, 0.3)  # 1e9 USD each
    gains = capability.post_training_gain(np.array([dear, cheap]) / 3e21, 0.2, 1e6)
    assert gains[1] - gains[0] == pytest.approx(0.2 * np.log10(5.3 / 0.29), rel=1e-3)


@given(st.floats(19.0, 27.0), st.floats(20.0, 28.0))
def test_the_elasticity_of_post_training_is_its_derivative(reinforced, base):
    def gain(log_flop):
        useful = capability.useful_reinforcement(np.exp(log_flop), 10.0**base)
        return capability.post_training_gain(useful / 3e21, 0.2, 1.5)

    at = reinforced * np.log(10.0)
    measured = (gain(at + 1e-4) - gain(at - 1e-4)) / 2e-4
    got = capability.post_training_elasticity(
        10.0**reinforced, 10.0**base, 3e21, gain(at), 0.2, 1.5
    )
    assert got == pytest.approx(measured, rel=1e-4, abs=1e-9)
