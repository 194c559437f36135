"""What labs spend, by use: measures that add up, columns of tables, the mix compared."""

import numpy as np
import pandas as pd
import pytest
from economy import at, told

from sim.economy.measures import MEASURES, OF_THE_MARKET
from sim.economy.spent import PURPOSES, SPENDING
from sim.economy.state import USES
from sim.outputs.comparison import compare
from sim.outputs.report import MIX, shown_in, table
from sim.running.ensemble import run, run_all
from sim.running.room import bytes_a_world

END = "2025-Q4"
DIGITS = 1e-6  # of what is noted roughly
BY_USE = [f"lab_{use}_spending" for use in SPENDING]
OTHERS = {
    "lab_worth": "USD/OOM/year",
    "lab_shadow_price": "ratio",
    "lab_test_time": "ratio",
    "lab_size": "parameters",
    "lab_run_in_progress": "FLOP",
    "lab_return_to_compute": "OOM/OOM",
}


@pytest.fixture(scope="module")
def model():
    return told("continued", 8, end=END)


def test_uses_add_up_to_all_that_a_lab_spends(model):
    for quarter in ("2021-Q1", "2023-Q3", END):
        parts = sum(at(model, name, quarter) for name in BY_USE)
        np.testing.assert_allclose(parts, at(model, "lab_spending", quarter), rtol=1e-9, atol=1.0)


def test_labs_add_up_to_the_market(model):
    for quarter in ("2021-Q1", END):
        market = np.stack([at(model, name, quarter).sum(axis=0) for name in BY_USE])
        np.testing.assert_allclose(market, at(model, "spending", quarter), rtol=1e-12, atol=1e-3)


def test_shares_are_of_what_the_market_spends(model):
    by_use = dict(zip(SPENDING, at(model, "spending", END), strict=True))
    shares = dict(zip(PURPOSES, at(model, MIX, END), strict=True))
    whole = sum(by_use.values())
    np.testing.assert_allclose(sum(shares.values()), 1.0)
    pretraining = (by_use["final_runs"] + by_use["experiments"]) / whole
    np.testing.assert_allclose(shares["pretraining"], pretraining)
    np.testing.assert_allclose(shares["inference"], by_use["serving"] / whole)
    assert sorted(use for uses in PURPOSES.values() for use in uses) == sorted(SPENDING)


def test_what_a_lab_thinks_is_measured_as_its_plan_has_it(model):
    plan, research = model.labs.plan, model.labs.research
    for place, use in enumerate(USES):
        there = at(model, f"lab_return_{use}", END)
        np.testing.assert_allclose(there, plan.returns[place], rtol=DIGITS)
    np.testing.assert_array_equal(at(model, "lab_worth", END), 4.0 * plan.worth)
    there = at(model, "lab_shadow_price", END)
    np.testing.assert_allclose(there, plan.shadow_price, rtol=DIGITS)
    np.testing.assert_array_equal(at(model, "lab_test_time", END), plan.test_time_multiple)
    np.testing.assert_array_equal(at(model, "lab_size", END), research.parameters)
    np.testing.assert_array_equal(at(model, "lab_run_in_progress", END), research.run_flop)
    here = at(model, "lab_return_to_compute", END)
    np.testing.assert_allclose(here, research.return_to_compute, rtol=DIGITS)


def test_units():
    assert all(MEASURES[name].unit == "USD/year" for name in BY_USE)
    assert all(MEASURES[f"lab_return_{use}"].unit == "ratio" for use in USES)
    assert {name: MEASURES[name].unit for name in OTHERS} == OTHERS
    assert MEASURES["lab_post_training_spending"].label == "Spending on post-training"


def test_every_number_by_lab_is_a_column_of_labs_parquet(scenario, tmp_path):
    run(scenario, worlds=2, workers=1).save(tmp_path / "run", labs=True)
    columns = pd.read_parquet(tmp_path / "run" / "labs.parquet").columns
    assert {*BY_USE, *OTHERS, *(f"lab_return_{use}" for use in USES)} <= set(columns)


def test_what_is_noted_roughly_keeps_seven_digits_and_is_money_or_tokens_of_nobody():
    rough = {name: measure for name, measure in MEASURES.items() if measure.rough}
    assert all("lab" in measure.dims for measure in rough.values())
    assert {measure.unit for measure in rough.values()} == {"ratio", "share", "OOM/OOM"}
    assert all(one.dtype == (np.float32 if one.rough else np.float64) for one in MEASURES.values())


def test_what_is_kept_of_the_market_alone_is_as_small_as_before(scenario):
    """Twenty more numbers a lab and quarter are kept only by those who ask."""
    assert not {*BY_USE, *OTHERS} & set(OF_THE_MARKET) and MIX in OF_THE_MARKET
    few, all_ = (bytes_a_world(scenario, names) for names in (OF_THE_MARKET, None))
    assert few < all_ / 2  # the books by layer and cause are of the market


@pytest.fixture(scope="module")
def pair(scenario):
    law = {"compute_levy_rate": {"2020-01-01": 0.5}}
    from sim.inputs.policy import Policy

    return run_all([(scenario, Policy.of(law)), (scenario, None)], worlds=16, workers=1)


def test_the_table_says_the_mix_and_how_it_changes_world_by_world(pair):
    changed, base = pair
    effect = compare(changed, base)
    (date,) = base.quarters[-1:]
    rows = effect.table(shown_in(effect.measures), date)
    lines = table(effect.runs, rows).splitlines()
    place = lines.index(f"Share of labs' spending, {date}")
    said = {line.split("  ")[1].strip(): line for line in lines[place + 1 :]}
    assert list(said) == [
        "pretraining",
        "inference",
        "post-training",
        "data",
        "people",
        "product",
        "levies",
    ]
    gap = changed[MIX].sel(quarter=date) - base[MIX].sel(quarter=date)
    for purpose in ("pretraining", "people"):
        middle = 100 * float(np.median(gap.sel(purpose=purpose)))
        row = rows.loc[(f"{MIX}[{purpose}]", "share", date)]["change"]
        assert 100 * row["p50"] == pytest.approx(middle)
        assert "points [" in said[purpose]
    assert rows.loc[(f"{MIX}[levies]", "share", date)]["change"]["p05"] > 0.01


def test_what_nobody_spends_on_has_no_line(pair):
    text = table({"base": pair[1]})
    assert "  levies" not in text and "  pretraining" in text


def test_a_table_of_a_run_that_kept_no_mix_is_as_it_was(scenario):
    results = run(scenario, worlds=2, workers=1, measures=["revenue", "hhi"])
    assert "Share of labs' spending" not in table({"one": results})
