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
    demand,
    dynamics,
    finance,
    investment,
    pricing,
    scaling,
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
    ("data", "synthetic_weight"),
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
    # Believes in .8, data give .5 of it, a quarter of the work is unsolved, half counts in full.
    assert spending.promise(0.8, 0.5, 0.25) == pytest.approx(0.2)
    assert spending.promise(1.0, 1.0, 0.9) == 1.0 and spending.promise(-0.3, 1.0, 0.9) == 0.0
    assert spending.appetite(0.2, 0.25) == pytest.approx(0.4)
    assert spending.lasting(240.0, 1.5) == pytest.approx(40.0)  # over six quarters
    assert spending.lasting(-5.0, 1.5) == 0.0


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
    assert spending.advertising(np.e * 10.0, 10.0, 0.1) == pytest.approx(0.1)
    assert spending.advertising(0.0, 10.0, 0.1) == pytest.approx(0.1 * np.log(0.05))


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
    # Slopes of .8 and .2 from .3 and .1 OOM: (.24 + .02)/.4 = .65; the third is not shown.
    gained, shown = np.array([0.3, 0.1, 7.0]), np.array([True, True, False])
    signal, total = beliefs.pooled_signal(np.array([0.8, 0.2, 9.0]), gained, shown, 0.1)
    assert (signal, total) == (pytest.approx(0.65), pytest.approx(0.4))


def test_private_leads_by_hand():
    # Half a lead of .4 leaks in ln 2 years; the largest experimenter adds .7 of .1, who does a
    # quarter as much adds half of that.
    lead = capability.private_lead(0.4, 0.1, np.array([4.0, 1.0]), np.log(2.0), 1.0, 0.7)
    np.testing.assert_allclose(lead, [0.27, 0.235])


def test_gains_saturate_by_hand():
    assert capability.saturating(1e-6, 2.0) == pytest.approx(1e-6)
    assert capability.saturating(2.0, 2.0) == pytest.approx(2.0 * (1.0 - np.exp(-1.0)))


@given(st.floats(26.0, 30.0), st.floats(1.0, 1e4), st.floats(0.3, 0.9), st.floats(0.5, 3.0))
def test_thinking_stops_where_another_token_costs_what_it_brings(level, value, slope, width):
    """Brown's first-order condition: v S'(T) = p, at the best multiple T where it is inside."""
    success = 1.0 / (1.0 + np.exp(-(level - 28.0) / width))
    best = capability.best_test_time(value, 1.0, success, slope, width, 1e9)
    if best > 1.0:  # S' = S (1 - S) s / (w ln 10 T), with S held as the lab holds it
        marginal = success * (1.0 - success) * slope / (width * np.log(10.0) * best)
        assert value * marginal == pytest.approx(1.0)
    assert capability.best_test_time(value, 1.0, success, slope, width, 7.0) <= 7.0
    assert capability.copied_parameters(1e9, 1.0) == pytest.approx(1e9 * 10.0**0.5)


def test_licences_and_synthesis_by_hand():
    # Half of the stock sold at a steepness of two: 1.5 squared.
    assert data.licence_price(20.0, 50.0, 100.0, 2.0) == pytest.approx(45.0)
    # Licence 4, synthesis 1, worth a quarter: equal cost of use; twice as good: odds 2^2.
    assert data.synthetic_share(4.0, 1.0, 0.25, 2.0) == pytest.approx(0.5)
    assert data.synthetic_share(4.0, 1.0, 0.5, 2.0) == pytest.approx(0.8)


def test_hours_left_under_a_cap_by_hand():
    # 3.6e18 FLOP an hour at half use: 1.8e18; 9e18 are left of 1e19.
    assert costs.hours_left(1e19, 1e18, 0.5) == pytest.approx(5.0)
    assert costs.hours_left(1e19, 2e19, 0.5) == 0.0


def test_trends_by_hand():
    assert dynamics.compounded(0.1, 2.0) == pytest.approx(1.21)
    assert dynamics.compounded(0.1, -1.0) == pytest.approx(1.0 / 1.1)
    assert dynamics.trend(0.5, 2.0) == pytest.approx(10.0)


def test_orders_and_specialists_by_hand():
    # 100 wanted, 60 there, 30 coming, 10 to retire: a gap of 20, half of it ordered now.
    assert investment.orders(100.0, 60.0, 30.0, 10.0, 0.5) == pytest.approx(10.0)
    assert investment.orders(50.0, 60.0, 30.0, 10.0, 0.5) == 0.0
    # One specialist has 2,190 hours a quarter; of 4,380 served, half are 1.6 times as good.
    assert investment.serving_edge(1.6, 1.0, 4380.0) == pytest.approx(1.3)
    assert investment.serving_edge(1.6, 9.0, 4380.0) == pytest.approx(1.6)


def test_serving_and_contracts_by_hand():
    hours, need = np.array([50.0, 200.0, 9.0]), np.array([100.0, 100.0, 0.0])
    np.testing.assert_allclose(pricing.fill_rate(hours, need), [0.5, 1.0, 1.0])
    np.testing.assert_allclose(
        pricing.free_burden(np.array([300.0, 900.0, 5.0]), np.array([100.0, 100.0, 0.0]), 5.0),
        [3.0, 5.0, 1.0],
    )
    # 30 chips at 2 USD and 10 at 6: 3 USD on the mean.
    assert pricing.contract_rate(30.0, 2.0, 10.0, 6.0) == pytest.approx(3.0)


def test_payouts_and_patience_by_hand():
    assert finance.payout(100.0, 60.0, 0.25) == pytest.approx(10.0)
    assert finance.payout(50.0, 60.0, 0.25) == 0.0
    # A quarter of a year's spending of 10 a quarter is 10: debts of 11 are beyond it, 9 are not.
    assert list(finance.beyond_patience(np.array([-11.0, -9.0, 5.0]), 10.0, 0.25)) == [
        True,
        False,
        False,
    ]


def test_what_users_get_by_hand():
    # 28 trained, .5 of post-training, .2 for each of 1.5 OOM of agents' tokens, .4 of thinking.
    both = capability.usable(28.0, 0.5, 1.5, 0.2, 0.4, 1.0)
    np.testing.assert_allclose(both, [29.2, 27.8])
    assert capability.agent_tokens(0.15, 2.0, 2.0) == pytest.approx(0.3)
    assert capability.agent_tokens(0.15, -3.0, 2.0) == 0.0
    assert capability.agent_tokens(0.15, 99.0, 2.0) == 2.0


def test_customers_of_a_failed_lab_by_hand():
    # Half of a share of .2 comes to a buyer that has .1: its share doubles, ln 2 of habit.
    assert demand.moved_habit(0.2, 0.1, 0.5, 3.0) == pytest.approx(np.log(2.0))
    assert demand.moved_habit(0.2, 1e-9, 1.0, 3.0) == 3.0
    assert demand.cheapness(2.5, 10.0, 1.5) == pytest.approx(2.0)


def test_the_return_to_compute_by_hand():
    # Nothing repeats: an OOM buys an OOM. Two epochs of a law with A N^-a = B D^-b: the data half
    # of the loss falls at the pace that the second epoch is worth, D/D_eff e^(-1/decay).
    law = scaling.ScalingLaw(E=1.0, A=1.0, B=1.0, alpha=0.5, beta=0.5)
    assert scaling.return_to_compute(1e10, 1e12, 1e12, law, 15.0) == pytest.approx(1.0)
    useful = float(scaling.effective_tokens(1e12, 2e12, 15.0))
    pace = 2e12 / useful * np.exp(-1.0 / 15.0)
    got = scaling.return_to_compute(useful, 1e12, 2e12, law, 15.0)
    assert got == pytest.approx(0.5 + 0.5 * pace) and got < 1.0
