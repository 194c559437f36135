"""The recorder and Results: what was noted comes out again, with names and units, and is saved."""

import csv
import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sim.economy.recorder import Recorder
from sim.errors import BadInput
from sim.outputs.dataset import as_dataset
from sim.outputs.files import plain_text, whole_file, write_csv
from sim.outputs.quantiles import quantiles
from sim.outputs.results import Failure, Results
from sim.outputs.tables import QUANTILES, over_worlds

QUARTERS = ["2020-Q1", "2020-Q2", "2020-Q3"]
COLUMNS = ["date", "measure", "unit", "mean", "p05", "p25", "p50", "p75", "p95"]


def measure(unit, dims, of, log=False):
    return SimpleNamespace(unit=unit, label=unit, dims=dims, of=of, log=log, dtype=float)


MEASURES = {
    "revenue": measure("USD/year", (), lambda m: m.revenue, log=True),
    "hhi": measure("index", (), lambda m: 0.25),
    "lab_revenue": measure("USD/year", ("lab",), lambda m: np.stack([m.revenue, 2 * m.revenue])),
    "flows": measure("USD/year", ("flow",), lambda m: np.ones((2, 1)) * m.quarter),
}
COORDS = {"lab": ("openai", "mistral"), "flow": ("wages", "rent"), "use": ("serving",)}
WORLDS = np.array([3, 4, 5, 9])


@pytest.fixture
def recorder():
    recorder = Recorder(MEASURES, QUARTERS, WORLDS, COORDS)
    for quarter in range(3):
        model = SimpleNamespace(quarter=quarter, revenue=WORLDS * 10.0 + quarter)
        recorder.note(model)
    return recorder


@pytest.fixture
def results(recorder):
    about = {"scenario": "toy", "title": "Toy", "policies": ["levy"], "seed": 0, "worlds": 4}
    about["ledger"] = {"worst": 1e-16, "at": "2020-Q2"}
    return Results(recorder.dataset(), about)


def test_measures_come_with_axes_and_units(results):
    revenue = results["revenue"]
    assert revenue.dims == ("quarter", "world")
    assert revenue.attrs["units"] == "USD/year"
    assert revenue.sel(quarter="2020-Q2", world=9).item() == 91.0
    assert results["lab_revenue"].dims == ("quarter", "lab", "world")
    assert results["lab_revenue"].sel(lab="mistral", quarter="2020-Q3", world=3).item() == 64.0
    assert (results["hhi"] == 0.25).all()
    assert "use" not in results.dataset.coords  # an axis that no measure has is left out
    assert results.name == "toy + levy"


def test_unknown_measure_names_the_nearest(results):
    for wrong in ("revenu", 3, ["revenue", "hhi"], None):
        with pytest.raises(BadInput, match="Known: revenue"):
            results[wrong]


def test_recorder_half_way_holds_only_what_was_noted():
    recorder = Recorder(MEASURES, QUARTERS, 2, COORDS)
    recorder.note(SimpleNamespace(quarter=0, revenue=np.ones(2)))
    assert list(recorder.dataset()["quarter"].values) == ["2020-Q1"]
    assert list(recorder.dataset()["world"].values) == [0, 1]


def test_frame_has_a_row_a_world_and_quarter(results):
    table = results.frame()
    assert len(table) == 4 * 3
    assert list(table.columns) == [
        "world",
        "quarter",
        "revenue",
        "hhi",
        "flows[wages]",
        "flows[rent]",
    ]
    row = table[(table.world == 9) & (table.quarter == "2020-Q3")].iloc[0]
    assert (row["revenue"], row["flows[rent]"]) == (92.0, 2.0)


def test_frame_of_labs_has_a_row_a_lab_too(results):
    table = results.frame("lab")
    assert len(table) == 4 * 3 * 2
    assert list(table.columns) == ["world", "quarter", "lab", "lab_revenue"]
    row = table[(table.world == 4) & (table.quarter == "2020-Q2") & (table.lab == "mistral")]
    assert row["lab_revenue"].item() == 82.0


@pytest.mark.parametrize("wrong", ["labs", "world", 3, "quarter"])
def test_frame_of_an_unknown_axis_names_the_nearest(results, wrong):
    with pytest.raises(BadInput, match="Known: lab, flow"):
        results.frame(wrong)


def test_results_print_in_a_few_lines(results):
    assert repr(results).splitlines() == [
        "Results of toy + levy",
        "  4 worlds, 3 quarters, 2020-Q1 to 2020-Q3, seed 0",
        "  4 measures: revenue, hhi, lab_revenue, flows",
    ]


def test_summary_columns_and_quantiles(results):
    table = results.summary()
    assert list(table.columns) == COLUMNS
    assert set(table.measure) == {
        "revenue",
        "hhi",
        "lab_revenue[openai]",
        "lab_revenue[mistral]",
        "flows[wages]",
        "flows[rent]",
    }
    row = table[(table.measure == "lab_revenue[mistral]") & (table.date == "2020-Q1")].iloc[0]
    values = 2 * WORLDS * 10.0
    assert row["mean"] == values.mean()
    for name, share in QUANTILES.items():
        assert row[name] == pytest.approx(np.quantile(values, share))


def test_worlds_without_a_value_are_left_out_of_the_summary():
    values = np.array([[1.0, np.nan, 3.0], [np.nan, np.nan, np.nan]])
    cuts = over_worlds(values)
    assert cuts["mean"][0] == cuts["p50"][0] == 2.0
    assert np.isnan(cuts["mean"][1]) and np.isnan(cuts["p95"][1])
    assert all(np.isnan(cut).all() for cut in over_worlds(np.empty((2, 0))).values())
    assert np.isnan(quantiles(np.full((3, 2), np.nan), [0.5])).all()


def test_saved_folder_reads_back(results, tmp_path):
    paths = results.save(tmp_path / "out", labs=True)
    assert {path.name for path in paths} == {path.name for path in (tmp_path / "out").iterdir()}
    assert {path.name for path in paths} == {
        "summary.csv",
        "quarters.parquet",
        "labs.parquet",
        "manifest.json",
    }
    summary = pd.read_csv(tmp_path / "out/summary.csv")
    assert list(summary.columns) == COLUMNS
    back = pd.read_parquet(tmp_path / "out/quarters.parquet")
    assert len(back) == 12
    np.testing.assert_array_equal(back["revenue"], results.frame()["revenue"])
    assert len(pd.read_parquet(tmp_path / "out/labs.parquet")) == 24
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert manifest["seed"] == 0 and manifest["ledger"]["worst"] == 1e-16
    assert {"sim", "python", "numpy", "mesa"} <= set(manifest["versions"])


def test_failures_are_in_the_manifest(recorder):
    failure = Failure(0, 2, 3, "ZeroDivisionError: by zero", "Traceback ...")
    manifest = Results(recorder.dataset(), {}, [failure]).manifest()
    assert manifest["failures"][0]["error"] == "ZeroDivisionError: by zero"


def test_nothing_half_written_after_a_crash(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), whole_file(path) as part:
        part.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_crash_leaves_the_earlier_folder_whole(results, tmp_path, monkeypatch):
    results.save(tmp_path / "out")
    before = {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}

    def crash(*_):
        raise OSError("disk full")

    monkeypatch.setattr("sim.outputs.tables.write_parquet", crash)
    with pytest.raises(OSError, match="disk full"):
        results.save(tmp_path / "out", labs=True)
    assert {path: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "+1", "-1+2", "@SUM(A1)", "\t=1"])
def test_text_that_a_spreadsheet_would_run_is_defused(cell, tmp_path):
    assert plain_text(cell) == f"'{cell}"
    write_csv(pd.DataFrame({"name": [cell], "number": [-1.5]}), tmp_path / "t.csv")
    with open(tmp_path / "t.csv", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[1] == [f"'{cell}", "-1.5"]  # a negative number stays a number


ODD = [3, None, ["revenue"], pd.NA, pd.Series(["revenue"]), np.array("revenue"), {"a": 1}, b"x"]


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_odd_names_are_refused_or_none_of_ours(results, tmp_path, odd):
    assert odd not in results
    with pytest.raises(BadInput, match="measure"):
        results[odd]
    if odd is not None:
        with pytest.raises(BadInput, match="measure"):
            results.frame(odd)
        results.save(tmp_path / "out")
        with pytest.raises(BadInput, match="no run"):
            Results.load(tmp_path / "out", odd)


@pytest.mark.parametrize("name", ["x" * 300, "x" * 247, "\ud800", "a/" + "x" * 300])
def test_names_that_no_folder_can_have_are_refused(results, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match="Choose another"):
        results.save(name)
    with pytest.raises(BadInput, match="no saved run"):
        Results.load(name)


def test_what_nothing_came_through_of_comes_back(tmp_path):
    failure = Failure(0, 0, 1, "ZeroDivisionError: by zero", "Traceback ...")
    none = Results(as_dataset({}, {}, [], np.arange(0), {}), {"scenario": "toy"}, [failure])
    none.save(tmp_path / "out")
    back = Results.load(tmp_path / "out")
    assert back.worlds == 0 and back.failures == [failure] and not back.measures
    assert "ZeroDivisionError" in repr(back)


def test_a_run_without_worlds_comes_back(results, tmp_path):
    Results(results.dataset.isel(world=slice(0)), results.about).save(tmp_path / "out")
    assert Results.load(tmp_path / "out").worlds == 0


def test_tables_of_nothing_are_refused(results, tmp_path):
    by_lab = Results(results.dataset[["lab_revenue"]], results.about)
    with pytest.raises(BadInput, match="save: every measure of these is by lab"):
        by_lab.save(tmp_path / "out")
    market = Results(results.dataset[["revenue"]], results.about)
    with pytest.raises(BadInput, match="save: labs=True, and no measure"):
        market.save(tmp_path / "out", labs=True)
    assert not list(tmp_path.iterdir())
    by_lab.save(tmp_path / "out", labs=True)
    back = Results.load(tmp_path / "out")["lab_revenue"]
    assert (back.values == results["lab_revenue"].values).all()
