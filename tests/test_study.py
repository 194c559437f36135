"""Comparisons are world by world, say what they compare, and refuse what cannot be compared."""

import datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.economy.measures import MEASURES
from sim.errors import BadInput
from sim.outputs.amounts import WORDS, human, in_bytes, number, scaled
from sim.outputs.comparison import BY_DIFFERENCE, at_quarters, compare
from sim.outputs.dataset import as_dataset
from sim.outputs.report import HEADLINES, ledger_line, table
from sim.outputs.results import Failure, Results

QUARTERS = ["2025-Q4", "2026-Q4", "2030-Q4"]


def made(name, factor=1.0, worlds=5, seed=0, labs=("one", "two")):
    """Results of two labs whose revenue differs between worlds a thousandfold."""
    ids = np.arange(worlds)
    revenue = factor * np.ones((3, 1)) * 10.0 ** (9 + ids % 4)
    shape = (3, len(labs), worlds)
    arrays = {
        "revenue": revenue,
        "hhi": np.full((3, worlds), 0.2 * factor),
        "profit": revenue * np.where(ids % 2, 1, -1),
        "capability": 25 + factor + revenue * 0,
        "lab_revenue": np.broadcast_to(revenue[:, None], shape).copy(),
    }
    units = dict(zip(arrays, ("USD/year", "index", "USD/year", "OOM", "USD/year"), strict=True))
    measures = {
        key: SimpleNamespace(
            unit=unit, label=key, dims=("lab",) if "lab_" in key else (), log=False
        )
        for key, unit in units.items()
    }
    dataset = as_dataset(measures, arrays, QUARTERS, ids, {"lab": labs})
    about = {"scenario": name, "policies": [], "seed": seed, "ledger": {"worst": 2e-16, "at": "x"}}
    return Results(dataset, about)


@pytest.fixture
def effect():
    return compare(made("plateau", 1.5), made("continued"))


def test_a_change_is_the_same_in_every_world_although_worlds_differ(effect):
    np.testing.assert_allclose(effect["revenue"], 50.0)
    assert effect["revenue"].attrs["units"] == "%"
    np.testing.assert_allclose(effect["hhi"], 0.1)
    np.testing.assert_allclose(effect["capability"], 0.5)
    assert effect["capability"].attrs["units"] == "OOM"


def test_what_can_be_negative_is_compared_by_difference(effect):
    assert not effect.relative("profit")
    assert effect["profit"].attrs["units"] == "USD/year"
    assert effect["profit"].sel(world=0, quarter="2025-Q4").item() == pytest.approx(-0.5e9)


def test_something_where_there_was_nothing_is_said_in_its_unit_and_leaves_no_world_out():
    a, b = made("a"), made("b")
    b.dataset["revenue"].values[:, 0] = 0
    a.dataset["revenue"].values[0, 0] = 0
    change = compare(a, b)["revenue"]
    assert change.attrs["units"] == "USD/year" and np.isfinite(change.values).all()
    np.testing.assert_array_equal(change.values, a["revenue"].values - b["revenue"].values)


def test_nothing_in_both_is_no_change():
    a, b = made("a"), made("b")
    b.dataset["revenue"].values[:, 0] = 0
    a.dataset["revenue"].values[:, 0] = 0
    change = compare(a, b)["revenue"]
    assert change.attrs["units"] == "%" and np.all(change.values[:, 0] == 0.0)


@pytest.mark.parametrize(
    ("about", "says"),
    [
        ({"scenario_text": 'calibration = { name = "one", sha256 = "abcdef12" }'}, "one (abcdef)"),
        ({"design": '{"demand.elasticity": [1.1]}'}, "designs"),
    ],
)
def test_worlds_that_are_drawn_apart_are_said(about, says):
    a, b = made("a"), made("b")
    assert compare(a, b).notes == ()
    a.about.update(about)
    assert len(compare(a, b).notes) == 1 and says in compare(a, b).notes[0]
    assert says in repr(compare(a, b))


def test_what_only_one_run_has_is_said():
    a, b = made("a"), made("b")
    fewer = Results(b.dataset.isel(world=slice(0, 2), quarter=slice(0, 1)), b.about, [])
    notes = compare(a, fewer).notes
    assert len(notes) == 2 and "only the 2 that both have" in notes[0] and "quarters" in notes[1]


def test_table_has_both_runs_and_the_change(effect):
    rows = effect.table(["revenue", "lab_revenue"], at=["2025-Q4", 2030])
    assert list(rows.index.get_level_values("measure").unique()) == [
        "revenue",
        "lab_revenue[one]",
        "lab_revenue[two]",
    ]
    row = rows.loc[("revenue", "USD/year", "2030-Q4")]
    assert row["plateau", "p50"] == pytest.approx(1.5 * row["continued", "p50"])
    assert row["change", "p05"] == pytest.approx(50) and row["change", "p95"] == pytest.approx(50)
    assert row["change", "unit"] == "%"
    assert isinstance(str(rows), str)


def test_table_defaults_to_all_measures_at_the_end(effect):
    rows = effect.table()
    assert set(rows.index.get_level_values("date")) == {"2030-Q4"}
    assert len(rows) == 6


def test_only_shared_worlds_and_labs_are_compared():
    effect = compare(made("a", worlds=4, labs=("one", "two", "three")), made("b", worlds=5))
    assert effect["lab_revenue"].sizes == {"quarter": 3, "lab": 2, "world": 4}


def test_runs_that_cannot_be_paired_are_refused():
    with pytest.raises(BadInput, match="seed"):
        compare(made("a", seed=1), made("b"))
    empty = made("a")
    empty.dataset = empty.dataset.isel(world=slice(0))
    with pytest.raises(BadInput, match="no world"):
        compare(empty, made("b"))


def test_common_luck_is_not_compared_with_each_worlds_own():
    common = made("a")
    common.about["common_luck"] = True
    with pytest.raises(BadInput, match="common_luck"):
        compare(common, made("b"))
    assert compare(common, common).a.worlds == 5


def test_one_name_twice_is_told_apart():
    effect = compare(made("a", 2.0), made("a"))
    assert effect.a_name != effect.b_name


@pytest.mark.parametrize(
    ("at", "label"),
    [
        (np.int64(2026), "2026-Q4"),
        (2026.0, "2026-Q4"),
        (np.datetime64("2026-11-30"), "2026-Q4"),
        (pd.Timestamp("2026-11-30"), "2026-Q4"),
        (datetime.date(2026, 10, 1), "2026-Q4"),
        (pd.Series([2026]), "2026-Q4"),
        (np.array(["2026-Q4"]), "2026-Q4"),
        (pd.Index([2026]), "2026-Q4"),
    ],
)
def test_dates_of_numpy_and_pandas(at, label):
    assert at_quarters(QUARTERS, at) == [label]


def test_dates():
    assert at_quarters(QUARTERS) == ["2030-Q4"]
    assert at_quarters(QUARTERS, "2026-11-30") == ["2026-Q4"]
    assert at_quarters(QUARTERS, [2025, "2030"]) == ["2025-Q4", "2030-Q4"]
    for wrong in ("2035-Q4", "soon", 20, [], {}, 2026.5, np.nan, ["2026", None]):
        with pytest.raises(BadInput, match="^at: "):
            at_quarters(QUARTERS, wrong)


def test_saved_comparison_names_every_row(effect, tmp_path):
    effect.save(tmp_path)
    summary = pd.read_csv(tmp_path / "summary.csv")
    assert list(summary.columns[:3]) == ["scenario", "date", "measure"]
    assert list(summary.scenario.unique()) == ["continued", "plateau", "plateau against continued"]
    quarters = pd.read_parquet(tmp_path / "quarters.parquet")
    assert quarters.groupby("scenario", observed=True).size().to_dict() == {
        "continued": 15,
        "plateau": 15,
    }
    pd.testing.assert_frame_equal(
        effect.summary()[["scenario", "measure"]],
        summary[["scenario", "measure"]],
        check_dtype=False,
    )


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (1.234e12, "USD", "$1.23T"),
        (9.99e11, "USD/year", "$999B a year"),
        (9.9996e11, "USD", "$1T"),
        (3.4e27, "FLOP", "3.4e27 FLOP"),
        (0.345, "share", "34.5 %"),
        (2.5, "USD/H100e-hour", "$2.5 an H100e-hour"),
        (28.412, "OOM", "28.41 OOM"),
        (4.2e14, "tokens/day", "420T tokens a day"),
        (3.88e16, "tokens/day", "3.88e16 tokens a day"),
        (0.0, "labs", "0 labs"),
        (float("nan"), "USD", "-"),
        (float("inf"), "FLOP", "no limit"),
        (-2e9, "USD", "-$2B"),
    ],
)
def test_numbers_for_people(value, unit, said):
    assert human(value, unit) == said


def test_changes_carry_a_sign():
    assert human(12.3, "%", change=True) == "+12 %"
    assert human(0.021, "share", change=True) == "+2.1 points"
    assert human(-3e9, "USD", change=True) == "-$3B"


@pytest.mark.parametrize("unit", ["", "OOM", "%", "share", "USD", "USD/year", "labs", "index"])
@pytest.mark.parametrize("value", [-0.0, -1e-12, 1e-12])
def test_next_to_nothing_is_nothing_and_has_no_sign(value, unit):
    said = human(value, unit, change=True)
    assert "-" not in said and "+" not in said and "e" not in said.split(" ")[0], said


@given(st.floats(-1e30, 1e30))
def test_scaled_numbers_say_what_they_are(value):
    said = scaled(value)
    letters = {"T": 1e12, "B": 1e9, "M": 1e6, "k": 1e3}
    back = float(said[:-1]) * letters[said[-1]] if said[-1] in letters else float(said)
    assert back == pytest.approx(value, rel=0.051 if abs(value) < 0.01 else 0.0051)
    assert len(said) <= 9 and not (value >= 0 and said.startswith("-"))


@pytest.mark.parametrize("value", [9.9999e11, 9.9996e14, 9.99999e17, 999.96, 1e15])
def test_rounding_up_takes_the_next_letter(value):
    assert "e+" not in scaled(value) and "1000" not in scaled(value) and "10e" not in scaled(value)
    assert number(value, "USD") == f"${scaled(value)}"


def test_units_named_anywhere_are_units_of_measures():
    units = {measure.unit for measure in MEASURES.values()}
    assert set(WORDS) <= units
    assert set(BY_DIFFERENCE) <= units
    assert set(HEADLINES) <= set(MEASURES)


def test_sizes_for_people():
    assert [in_bytes(x) for x in (14e3, 1.25e6, 35e6, 6.7e9, 120e9)] == [
        "14 kB",
        "1.2 MB",
        "35 MB",
        "6.7 GB",
        "120 GB",
    ]


def test_a_comparison_prints_in_a_few_lines(effect):
    assert len(repr(effect)) < 300 and "plateau against continued" in repr(effect)


@pytest.mark.parametrize("wrong", [None, 3, ["a"], "no/such/folder", ""])
def test_what_is_no_run_is_refused(wrong):
    with pytest.raises(BadInput, match="run"):
        compare(wrong, made("b"))


def test_what_did_not_come_through_says_why():
    empty = made("a")
    empty.dataset = empty.dataset.isel(world=slice(0))
    empty.failures = [Failure(0, 0, 1, "LedgerError: a gap", "")]
    with pytest.raises(BadInput, match="LedgerError: a gap"):
        compare(empty, made("b"))


def test_measures_by_any_list_of_names(effect):
    for names in (np.array(["revenue"]), pd.Index(["revenue"]), ("revenue",), iter(["revenue"])):
        assert len(effect.table(names)) == 1
    for wrong in ([], ["revenu"], [3]):
        with pytest.raises(BadInput, match="measure"):
            effect.table(wrong)


def test_text_table(effect):
    dates = ["2025-Q4", "2030-Q4"]
    rows = effect.table(["revenue", "hhi", "capability"], dates)
    text = table({"continued": effect.b, "plateau": effect.a}, rows)
    lines = text.splitlines()
    assert lines[0].startswith("Median [5 %, 95 %] of 5 worlds")
    assert lines[2].split() == ["continued", "plateau", "change"]
    assert "revenue (a year)" in lines
    assert "+50 % [+50 %, +50 %]" in text
    assert len({line.index("[") for line in lines if "[" in line}) <= 6
    assert "2.0e-16" in ledger_line({"continued": effect.b})


def test_runs_without_a_common_measure_say_so():
    a, b = made("a"), made("b")
    a.dataset, b.dataset = a.dataset[["revenue"]], b.dataset[["hhi"]]
    with pytest.raises(BadInput, match="no measure in common. Run both with the same measures"):
        compare(a, b)


def test_an_array_without_axes_is_one(effect):
    assert len(effect.table(np.array("revenue"), at=np.array(2026))) == 1
    assert at_quarters(QUARTERS, np.array("2026-12-31", "datetime64[D]")) == ["2026-Q4"]


@pytest.mark.parametrize("odd", [5, Path("revenue"), pd.NA, np.array(5), b"revenue", 1.5])
def test_what_is_no_measure_is_refused(effect, odd):
    with pytest.raises(BadInput, match="measure"):
        effect.table(odd)
    with pytest.raises(BadInput, match="at: "):
        effect.table("revenue", at=odd)
