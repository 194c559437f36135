"""Why a lab spends so: true to the run it is of, and in sentences that a person can check."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from economy import at, started, told

import sim
from sim.economy.state import USES
from sim.errors import BadInput
from sim.outputs.explanation import REASONS, Explanation, side_by_side
from sim.running.explaining import DOUBT, _Before, _holds, explain

DATE, WORLDS = "2024-Q3", 6
OTHERS = ("serving", "people", "exit_fees", "levies")


@pytest.fixture(scope="module")
def openai():
    return explain("continued", "openai", DATE, worlds=WORLDS)


@pytest.fixture(scope="module")
def run():
    return told("continued", WORLDS)


def test_it_tells_of_the_very_run(openai, run):
    row = run.labs.names.index("openai")
    assert openai.worlds == tuple(range(WORLDS)) and openai.date == DATE
    for use, spent in openai.spends.items():
        np.testing.assert_array_equal(spent, at(run, f"lab_{use}_spending", DATE)[row])
    for use, returns in openai.returns.items():
        noted = at(run, f"lab_return_{use}", DATE)[row]
        np.testing.assert_allclose(returns, noted, rtol=1e-6)
    shadow = at(run, "lab_shadow_price", DATE)[row]
    np.testing.assert_allclose(openai.numbers["shadow_price"], shadow, rtol=1e-6)


def test_its_doubts_are_its_plan_in_the_same_state():
    model = started("continued", 18, worlds=WORLDS)
    row = model.labs.names.index("google")
    believed = model.labs.research.learning.belief.copy()
    model.labs.research.learning.doubt(row, DOUBT)
    belief = model.labs.research.learning.belief
    np.testing.assert_allclose(belief[row], DOUBT * believed[row])
    np.testing.assert_array_equal(np.delete(belief, row, 0), np.delete(believed, row, 0))
    model.labs.decide()
    told = explain("continued", "google", model.date, worlds=WORLDS)
    for place, use in enumerate(USES):
        wanted = 4.0 * model.labs.plan.wanted[place, row]
        np.testing.assert_array_equal(told.doubting[use], wanted)
    np.testing.assert_array_equal(told.numbers["belief"], believed[row])
    budget = 4.0 * model.labs.plan.budget[row]
    np.testing.assert_array_equal(told.numbers["budget_doubting"], budget)


def test_doubt_takes_from_final_runs(openai):
    """Belief is what a final run rests on."""
    assert (openai.doubting["final_runs"] < openai.wants["final_runs"]).all()


def test_a_world_alone_is_the_same_world(openai):
    alone = sim.explain("continued", "openai", DATE, worlds=[4])
    assert alone.worlds == (4,) and alone.asked == 1
    for use, spent in openai.spends.items():
        np.testing.assert_allclose(alone.spends[use][0], spent[4], rtol=1e-6)
    assert "[" not in repr(alone) and "world 4" in repr(alone)


def test_another_policy_and_seed_are_another_run(openai):
    levy = explain("continued", "openai", "2028", "compute_levy", worlds=2)
    assert levy.date == "2028-Q4" and "compute_levy" in levy.scenario
    assert (levy.spends["levies"] > 0.0).all() and "levies" in repr(levy)
    other = explain("continued", "openai", DATE, worlds=WORLDS, seed=5)
    assert not set(other.spends["people"]) & set(openai.spends["people"])
    assert "levies" not in repr(openai)


def test_the_table_has_a_row_a_use(openai):
    table = openai.table
    assert list(table.index) == [*USES, *OTHERS]
    assert list(table.columns.levels[0]) == ["doubting", "return", "spends", "would spend"]
    row = table.loc["final_runs"]
    assert row["spends", "p50"] == pytest.approx(np.median(openai.spends["final_runs"]))
    change = 100 * (openai.doubting["final_runs"] / openai.wants["final_runs"] - 1)
    assert row["doubting", "p05"] == pytest.approx(np.quantile(change, 0.05))
    assert np.isnan(table.loc["serving"]["return", "p50"])


def test_what_it_owes_is_what_it_owed_then(openai):
    model = started("continued", 18, worlds=WORLDS)
    row = model.labs.names.index("openai")
    assert model.date == DATE
    held = model.labs.commitments.obligations()[row]
    np.testing.assert_allclose(openai.owes["obligations"], held)
    assert openai.owed.loc["over_revenue", "p50"] == pytest.approx(
        np.median(held / (4.0 * model.labs.revenue[row]))
    )
    assert "promised over cash" in repr(openai)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("continued", "opnai", 2028), ["Did you mean 'openai'"]),
        (("continued", None, 2028), ["lab", "openai"]),
        (("continued", "openai", 2050), ["at", "2020-Q1 to 2040-Q4"]),
        (("continued", "openai", "soon"), ["at", "soon"]),
        (("continued", "openai", [2028, 2029]), ["at", "Give one"]),
        (("continued", "anthropic", "2020-Q1"), ["not at work in 2020-Q1", "openai"]),
        (("continued", "openai", "2020-Q1", None, 0), ["worlds"]),
        (("continued", "openai", "2020-Q1", None, [-1]), ["worlds"]),
        (("continud", "openai", 2028), ["continued"]),
    ],
)
def test_bad_input_is_one_sentence(given, words):
    with pytest.raises(BadInput) as caught:
        explain(*given)
    assert len(str(caught.value).splitlines()) == 1
    assert all(word in str(caught.value) for word in words)


def test_only_worlds_in_which_it_is_at_work_count():
    """In 2037, labs are in some worlds there and in others not."""
    model = started("continued", 70, worlds=WORLDS)
    lab, alive = next(
        (name, works)
        for name, works in zip(model.labs.names, model.labs.alive, strict=True)
        if 0 < works.sum() < WORLDS
    )
    there = explain("continued", lab, model.date, worlds=WORLDS)
    assert set(there.worlds) <= set(np.flatnonzero(alive)) and there.worlds
    assert all(len(spent) == len(there.worlds) for spent in there.spends.values())
    assert f"the {len(there.worlds)} of {WORLDS} worlds in which it is at work" in repr(there)


def test_the_first_and_the_last_quarter_can_be_told():
    for date in ("2020-Q1", "2021-Q4"):
        story = sim.Scenario.load("continued").change({"end": "2021-Q4"})
        assert explain(story, "openai", date, worlds=2).text.count("\n") == 4


# ---------------------------------------------------------------- what holds it back


@pytest.mark.parametrize(
    ("growth", "shadow", "wanted", "reason"),
    [
        (0.30, 0.5, 9.0, "management"),
        (0.29, 0.5, 9.0, "cash"),
        (-0.15, 0.5, 1.0, "contracts"),
        (-0.14, 0.0, 1.0, "time"),
        (0.0, 0.06, 9.0, "cash"),
        (0.0, 0.04, 9.0, "time"),
        (0.0, 0.06, 1.9, "nothing"),
        (0.1, 0.04, 2.1, "nothing"),
    ],
)
def test_what_holds_it_back(growth, shadow, wanted, reason):
    one = np.ones(1)
    plan = SimpleNamespace(
        wanted=np.full((len(USES), 1, 1), wanted / len(USES)),
        development=np.full((1, 1), 2.0),
        shadow_price=np.full((1, 1), shadow),
    )
    before = _Before(one, one, one, one, 0.3 * one, 0.15 * one, {})
    model = SimpleNamespace(labs=SimpleNamespace(plan=plan))
    assert list(_holds(model, 0, growth * one, before)) == [reason]


# ---------------------------------------------------------------- sentences


def by_use(*values):
    return {use: np.array([float(value)] * 4) for use, value in zip(USES, values, strict=True)}


@pytest.fixture
def made():
    """An explanation made up of round numbers, four worlds."""
    numbers = {
        "belief": 0.8,
        "belief_doubting": 0.6,
        "budget": 8e9,
        "budget_doubting": 6e9,
        "development": 7e9,
        "growth": 0.3,
        "worth": 5e9,
        "shadow_price": 0.4,
        "test_time_multiple": 10.0,
        "cash": 2e9,
    }
    spends = by_use(1e9, 4e9, 1e9, 0.5e9, 0.5e9)
    spends |= {"serving": np.full(4, 2.95e9), "people": np.zeros(4), "levies": np.full(4, 5e7)}
    return Explanation(
        scenario="Toy",
        lab="Ada",
        date="2028-Q3",
        worlds=(0, 1, 2, 3),
        asked=4,
        spends=spends,
        wants=by_use(2e9, 4e9, 1e9, 1e9, 0),
        returns=by_use(1.5, 1.4, 1.3, 1.2, 0.4),
        doubting=by_use(1e9, 4e9, 1.1e9, 1.1e9, 0),
        numbers={name: np.full(4, value) for name, value in numbers.items()},
        owes={
            name: np.full(4, value)
            for name, value in {
                "obligations": 3e10,
                "years": 3.0,
                "cash": 2e9,
                "revenue": 5e9,
                "debt": 0.0,
                "interest": 0.0,
            }.items()
        },
        holds=np.array(["cash"] * 4),
    )


def test_five_sentences(made):
    assert made.text.splitlines() == [
        "Ada spends $10B a year in 2028-Q3: 40 % on experiments, 30 % on serving, 10 % on final "
        "runs, 10 % on post-training and 10 % on the rest.",
        "The next dollar would bring most in final runs, $1.50, and least in product, $0.40; $1.40 "
        "in experiments, $1.30 in post-training and $1.20 in data.",
        "What holds it back is cash: one more dollar would be worth $1.40, and it has $2B in hand.",
        "It has promised clouds and staff $30B over 3.0 years, 6.0 times its revenue of a year and "
        "15.0 times its cash; it owes lenders nothing.",
        "If its belief fell by a quarter, from 0.80 to 0.60 OOM an OOM, it would want 50 % less "
        "for final runs; 10 % more for post-training and data; its development budget would be "
        "$6B a year, not $8B.",
    ]


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("cash", "cash: one more dollar would be worth $1.40"),
        ("management", "management: its budget grows by 30 % a quarter, as fast as it can"),
        ("contracts", "contracts and staff: its budget falls by 30 % a quarter"),
        ("time", "would spend $8B a year on development if it could at once, and spends $7B"),
        ("nothing", "Nothing holds it back: it spends all that it wants"),
    ],
)
def test_every_reason_has_its_sentence(made, reason, words):
    sentence = replace(made, holds=np.array([reason] * 4)).text.splitlines()[2]
    assert words in sentence and sentence[0].isupper()


def test_worlds_that_differ_are_all_told(made):
    holds = np.array(["nothing", "management", "nothing", "nothing"])
    shadow = made.numbers | {"belief": np.array([0.8, 9.0, 0.8, 0.8])}
    sentence = replace(made, holds=holds, numbers=shadow).text.splitlines()[2]
    assert sentence.startswith("In 75 % of the worlds nothing holds it back")
    assert "0.80 OOM" in sentence  # of those worlds alone
    assert sentence.endswith(f"in the others it is {REASONS['management']} (25 %).")


def test_returns_that_are_alike_and_plans_that_stay_are_said_so(made):
    alike = by_use(1.31, 1.3, 1.3, 1.3, 1.3)
    same = made.numbers | {"budget_doubting": made.numbers["budget"]}
    lines = replace(made, returns=alike, doubting=made.wants, numbers=same).text.splitlines()
    assert lines[1] == "The next dollar would bring the same in every use: $1.31."
    assert lines[4].endswith(
        "it would want what it wants now; its development budget of $8B a year would stay for now."
    )


def test_a_lab_that_spends_nothing(made):
    idle = replace(made, spends={use: np.zeros(4) for use in made.spends})
    assert idle.text.startswith("Ada spends nothing in 2028-Q3.")


def test_two_scenarios_stand_side_by_side(made):
    text = side_by_side(
        [made, replace(made, scenario="Other", wants=by_use(3e9, 4e9, 1e9, 1e9, 0))]
    )
    lines = text.splitlines()
    head = next(line for line in lines if "Toy" in line)
    assert head.split() == ["Toy", "Other"]
    start = lines.index("Would spend if cash were free, a year")
    assert lines[start + 1].split("  ")[1].strip() == "final runs"
    assert "$2B" in lines[start + 1] and "$3B" in lines[start + 1]
    assert lines.count("Toy:") == lines.count("Other:") == 1
    assert not any("people" in line for line in lines)  # on which neither spends


def test_a_terminal_obeys_no_title(made):
    odd = replace(made, lab="\x1b[2J", scenario="\x1b]0;gone\x07")
    assert "\x1b" not in repr(odd) + side_by_side([odd, odd])
