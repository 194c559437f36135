"""Tables and figures of who earns, who pays and who fails; returns and falls worked by hand."""

from functools import cache

import numpy as np
import pytest

from sim.economy.measures import OF_THE_MARKET
from sim.inputs.policy import Policy
from sim.inputs.scenario import Scenario
from sim.outputs import reckoned
from sim.outputs.comparison import compare
from sim.outputs.results import Results
from sim.outputs.returns import drawdown, on_equity, rate_of_return
from sim.plots import figures
from sim.plots.earners import NEEDS, earners_figure
from sim.plots.earners import finding as earned_by
from sim.plots.failing import failing_figure
from sim.plots.failing import finding as fails_how
from sim.running.ensemble import run_all


@cache
def both():
    """Continued scaling and a plateau to 2032, world by world."""
    cases = [
        (Scenario.load(name).without_calibration().change({"end": "2032-Q4"}), Policy())
        for name in ("continued", "plateau")
    ]
    first, second = run_all(cases, worlds=48, measures=OF_THE_MARKET, progress=False)
    return compare(second, first).runs


def one():
    return {"continued": both()["continued"]}


@cache
def safe():
    """The same in which nobody fails."""
    run = both()["continued"]
    names = ("lab_failed", "failures_by_cause", "creditors_lost", "owners_lost", "users_moved")
    nothing = {name: run[name] * 0.0 for name in names}
    kept = {name: array.assign_attrs(run[name].attrs) for name, array in nothing.items()}
    return Results(run.dataset.assign(kept), run.about)


# --- Returns -------------------------------------------------------------------------------------


def test_a_rate_of_return_by_hand():
    # 100 put in, 121 back after two years: 10 % a year. With 50 more after a year and 55 after
    # that: 10 % again. Nothing back: all is lost. Money that only comes has no rate.
    flows = np.zeros((9, 4))
    flows[0, :3] = -100.0
    flows[8, :2] = 121.0
    flows[4, 1] = -50.0
    flows[8, 1] += 55.0
    flows[8, 3] = 7.0
    rate = rate_of_return(flows)
    assert rate[:2] == pytest.approx(0.1) and rate[2] == pytest.approx(-0.99)
    assert np.isnan(rate[3])


def test_half_is_lost_in_a_year_by_hand():
    flows = np.zeros((5, 1))
    flows[0], flows[4] = -100.0, 50.0
    assert rate_of_return(flows)[0] == pytest.approx(-0.5)


def test_return_on_equity_counts_the_stake_the_flows_and_what_is_held():
    run = both()["continued"]
    quarters, worlds = len(run.quarters), run.worlds
    paid, hold = run["owners_paid"] * 0.0, run["owners_hold"] * 0.0
    paid.values[4, 0], paid.values[8, 2] = 4 * 50.0, -4 * 20.0  # rates a year, of a quarter
    hold.values[0, 0], hold.values[-1, 1] = 100.0, 300.0
    data = run.dataset.assign(owners_paid=paid, owners_hold=hold)
    years = 0.25 * (quarters - 1)
    rate = on_equity(Results(data, run.about))
    assert rate.shape == (worlds,) and np.all(rate == rate[0])
    worth = -100.0 - 50.0 / (1 + rate) + 20.0 / (1 + rate) ** 2 + 300.0 / (1 + rate) ** years
    assert np.abs(worth).max() < 1e-6
    hold.values[20, 2] = 100.0  # bought five years later, with nothing paid in after: 300 are left
    data = run.dataset.assign(owners_paid=paid, owners_hold=hold)
    later = on_equity(Results(data, run.about), run.quarters[20])
    np.testing.assert_allclose(later, 3.0 ** (1.0 / (years - 5.0)) - 1.0, rtol=1e-9)


def test_a_fall_from_the_peak_by_hand():
    # Yearly means 10, 20, 5, 10: from 20 to 5 is three quarters; what only rises never falls.
    flow = np.repeat([10.0, 20.0, 5.0, 10.0], 4)[:, None] * np.ones((1, 2))
    flow[:, 1] = np.arange(16.0)
    fell = drawdown(flow)
    assert fell[0] == pytest.approx(0.75) and fell[1] == 0.0
    assert drawdown(np.zeros((8, 1)))[0] == 0.0


# --- Tables --------------------------------------------------------------------------------------


def test_a_year_is_the_mean_of_its_rates():
    run = both()["continued"]
    got = reckoned.in_years(run["revenue"], 2030, 2030)
    np.testing.assert_allclose(
        got, run["revenue"].sel(quarter=[f"2030-Q{q}" for q in (1, 2, 3, 4)]).mean("quarter")
    )
    whole = reckoned.in_years(run["earned"])
    assert whole.shape == (len(run["earned"]["layer"]), run.worlds)


def test_the_table_of_earners_adds_up_and_compares_world_by_world():
    runs = both()
    table = reckoned.who_earns(runs)
    lines = {line[:34].strip(): line for line in table.splitlines()}
    assert lines["sum of all layers"].split("layers")[1].split() == ["$0", "[$0,", "$0]"] * 3
    change = reckoned.in_years(
        runs["plateau"]["earned"].sel(layer="chipmakers")
    ) - reckoned.in_years(runs["continued"]["earned"].sel(layer="chipmakers"))
    from sim.outputs.amounts import human

    assert human(float(np.median(change)), "USD", change=True) in table
    for said in ("users' surplus", "lost by creditors of failed labs", "owners put in on balance"):
        assert said in table
    assert "change" not in reckoned.who_earns(one()).splitlines()[2]


def test_a_leak_would_stand_in_the_table():
    run = both()["continued"]
    leaky = run["earned"].copy(deep=True)
    leaky.loc[{"layer": "power"}] *= 0.9
    table = reckoned.who_earns({"leaky": Results(run.dataset.assign(earned=leaky), run.about)})
    line = next(line for line in table.splitlines() if "sum of all layers" in line)
    assert "$0 [$0, $0]" not in line


def test_the_table_of_failures_tells_chances_and_causes():
    runs = both()
    table = reckoned.who_fails(runs)
    run = runs["continued"]
    part = 100.0 * float((run["failures_by_cause"].isel(quarter=-1).sum("cause") > 0).mean())
    assert f"{part:.3g} %" in next(line for line in table.splitlines() if "Any lab" in line)
    assert "Mistral AI" in table and "points" in table and "insolvent" in table
    ever = reckoned.fails(run, "mistral")
    by_cause = [reckoned.fails(run, "mistral", cause) for cause in range(1, 6)]
    assert np.array_equal(ever, np.max(by_cause, axis=0)) and 0.0 < ever.mean() < 1.0
    early = reckoned.fails(run, "mistral", by="2028-Q4")
    assert np.all(early <= ever)
    saved, refused = (float(run[name].sum()) for name in ("rescued", "refused_rescue"))
    assert reckoned.rescued(run) == pytest.approx(100.0 * saved / (saved + refused))
    assert f"{reckoned.rescued(run):.0f} %" in next(
        line for line in table.splitlines() if line.startswith("Rescued")
    )
    shares = reckoned.went(run)
    assert sum(shares.values()) == pytest.approx(100.0)


def test_nobody_fails_is_said():
    table = reckoned.who_fails({"safe": safe()})
    assert "Any lab fails by 2032" in table and "never" in table
    assert "A lab fails by" not in table  # and no lab is named


def test_runs_without_the_measures_have_no_table():
    run = both()["continued"]
    few = Results(run.dataset[["revenue"]], run.about)
    assert reckoned.who_earns({"few": few}) == "" == reckoned.who_fails({"few": few})


# --- Figures -------------------------------------------------------------------------------------


def test_the_bars_of_a_year_add_up_to_nothing():
    figure = earners_figure(both())
    top = figure.axes[:3]
    for ax in top:
        heights = np.array([[bar.get_height() for bar in layer] for layer in ax.containers])
        assert np.abs(heights.sum(axis=0)).max() < 1e-6 * np.abs(heights).sum(axis=0).max()
        assert np.abs(heights).max() > 0.0
    run = both()["continued"]
    power = next(c for c in figure.axes[3].containers if c[0].get_height())
    assert power is not None
    said = earned_by(run)
    sums = {
        str(n): reckoned.in_years(run["earned"].sel(layer=n)).mean()
        for n in run["earned"]["layer"].values
    }
    cents = -100.0 * sums["chipmakers"] / (sums["users"] + sums["other_users"])
    assert f"chipmakers got {cents:.0f}" in said


def test_where_nothing_fails_the_figure_says_so_in_words():
    figure = failing_figure({"safe": safe()})
    written = [text.get_text() for ax in figure.axes for text in ax.texts]
    assert any("No lab fails in any of the 48 worlds" in text for text in written)
    assert not any(ax.axison for ax in figure.axes[:3])  # and there is no empty block
    assert fails_how(safe()) == "nobody fails by 2032"


def test_the_figure_of_failures_is_true_to_the_numbers():
    runs = both()
    figure = failing_figure(runs)
    run = runs["continued"]
    lines = figure.axes[0].lines
    labs = list(map(str, run["lab_failed"]["lab"].values))
    for lab, line in zip(labs, lines, strict=False):
        assert line.get_ydata()[-1] == pytest.approx(reckoned.fails(run, lab).mean())
    bars = {}
    for box in figure.axes[2].patches:  # the second row's first
        bars[round(box.get_y(), 3)] = bars.get(round(box.get_y(), 3), 0.0) + box.get_width()
    chances = sorted((reckoned.fails(run, lab).mean() for lab in labs), reverse=True)
    assert [bars[y] for y in sorted(bars)] == pytest.approx(chances)


def test_both_are_among_the_figures():
    names = [name for name, _ in figures(both())]
    assert {"who_earns", "who_fails"} <= set(names)
    plain = Results(both()["continued"].dataset.drop_vars(list(NEEDS)), both()["continued"].about)
    assert "who_earns" not in [name for name, _ in figures({"plain": plain})]
