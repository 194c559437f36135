"""One row of dials a world, from any tool, in the dials' own units."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from sim.errors import BadInput
from sim.inputs.design import design_of_text, read_design, text_of_design
from sim.parameters import SHARES_THAT_SUM_TO_ONE
from sim.running.ensemble import run, run_all

NAMES = ["demand.elasticity", "chips.capacity_growth", "labs.openai.cash"]


@pytest.fixture
def saltelli():
    """A design as SALib makes it: base rows, and rows with one column of another sample."""
    low, high = np.array([1.05, 1.2, 1e9]), np.array([1.9, 3.0, 4e9])
    first, second = (low + (high - low) * np.random.default_rng(k).random((2, 3)) for k in (0, 1))
    rows = [row for base in (first, second) for row in base]
    for column in range(3):
        crossed = first.copy()
        crossed[:, column] = second[:, column]
        rows += list(crossed)
    return pd.DataFrame(np.array(rows), columns=NAMES)


def test_a_row_is_what_a_run_with_those_dials_is(scenario, saltelli):
    every = run(scenario, design=saltelli, common_luck=True)
    assert every.worlds == len(saltelli)
    for place in (0, 5, 9):
        dials = {name: float(value) for name, value in saltelli.iloc[place].items()}
        alone = run(scenario.change(dials), worlds=1)
        there = every.dataset.isel(world=[place]).assign_coords(world=[0])
        xr.testing.assert_allclose(there, alone.dataset, rtol=1e-9, atol=1e-9)


def test_luck_is_common_or_each_worlds_own(scenario):
    same = {"demand.elasticity": np.full(3, 1.3)}
    common = run(scenario, design=same, common_luck=True, measures="revenue")["revenue"].values
    assert (common == common[:, :1]).all()
    own = run(scenario, design=same, measures="revenue")["revenue"].values
    assert len(set(own[-1])) == 3
    alike = run(scenario.change({"demand.elasticity": 1.3}), worlds=3, measures="revenue")
    np.testing.assert_allclose(own, alike["revenue"].values, rtol=1e-9)


def test_policies_are_paired_and_blocks_do_not_matter(scenario, saltelli):
    cases = [(scenario, None), (scenario, "compute_levy")]
    plain, levy = run_all(cases, design=saltelli, common_luck=True, block=3, workers=1)
    whole = run(scenario, design=saltelli, common_luck=True)
    xr.testing.assert_allclose(plain.dataset, whole.dataset, rtol=1e-9, atol=1e-9)
    assert levy.worlds == plain.worlds and levy.about["design"] == plain.about["design"]


def test_a_mapping_of_lists_is_a_design(scenario):
    r = run(scenario, worlds=2, design={"demand.elasticity": [1.2, 1.4]}, measures="revenue")
    assert r.worlds == 2


@pytest.mark.parametrize(
    ("design", "words"),
    [
        (np.ones((2, 2)), "no named columns"),
        ("demand.elasticity", "no named columns"),
        (3, "no named columns"),
        ({}, "at least one column"),
        ({"demand.elasticity": []}, "one row"),
        ({"demand.elasticity": [1.2], "demand.reconsider": [0.1, 0.2]}, "one length"),
        ({"demand.elasticty": [1.2]}, "elasticity"),
        ({"demnd.elasticity": [1.2]}, "demand"),
        ({"elasticity": [1.2]}, "subject"),
        ({3: [1.2]}, "subject"),
        ({"demand.elasticity": [1.2, 99.0]}, "99 in row 1 .*1.01 to 3"),
        ({"demand.elasticity": [np.nan]}, "nan in row 0"),
        ({"demand.elasticity": [np.inf]}, "inf in row 0"),
        ({"demand.elasticity": ["a"]}, "not one number"),
        ({"demand.elasticity": 1.2}, "not one number"),
        ({"demand.elasticity": [[1.2, 1.3]]}, "not one number"),
        ({"scaling.law": [1.0]}, "same in all worlds"),
        ({"chips.lead_quarters": [3]}, "same in all worlds"),
        ({"labs.opnai.cash": [1e9]}, "openai"),
        ({"labs.openai.csh": [1e9]}, "cash"),
        ({"law.compute_levy_rate": [0.1]}, "policy"),
    ],
)
def test_a_design_that_cannot_be_used_is_one_line(scenario, design, words):
    with pytest.raises(BadInput, match=words) as refused:
        run(scenario, design=design)
    assert len(str(refused.value).splitlines()) == 1
    assert str(refused.value).startswith("design")


def test_worlds_that_are_not_the_rows_are_refused(scenario):
    with pytest.raises(BadInput, match="2 rows"):
        run(scenario, worlds=3, design={"demand.elasticity": [1.2, 1.3]})


def test_a_failing_row_costs_itself(scenario, monkeypatch):
    import sim.economy.model

    class Fragile(sim.economy.model.AIEconomy):
        def step(self):
            if (self.drawn.demand.elasticity == 1.5).any():
                raise ZeroDivisionError
            return super().step()

    monkeypatch.setattr(sim.economy.model, "AIEconomy", Fragile)
    design = {"demand.elasticity": [1.2, 1.3, 1.5, 1.4]}
    part = run(scenario, design=design, common_luck=True, measures="revenue")
    assert [failure.first_world for failure in part.failures] == [2]
    monkeypatch.undo()
    whole = run(scenario, design=design, common_luck=True, measures="revenue")
    xr.testing.assert_equal(part.dataset, whole.dataset.sel(world=[0, 1, 3]))


def test_a_design_is_kept_to_the_last_digit(scenario, saltelli):
    design = read_design(saltelli, [scenario])
    back = design_of_text(text_of_design(design))
    assert list(back) == NAMES
    for name, column in design.items():
        np.testing.assert_array_equal(back[name], column)


SHARES = SHARES_THAT_SUM_TO_ONE[0]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({SHARES[0]: [0.2, 0.3]}, ["shares of one whole", SHARES[-1], "missing"]),
        ({name: [0.2, 0.19] for name in SHARES}, ["sum to 0.95 in row 1", "Divide"]),
        ({"demand.elasticity": np.ma.array([1.1, 1.4], mask=[0, 1])}, ["masked"]),
        ({"demand.elasticity": np.array([1.1 + 2j, 1.2])}, ["not one number"]),
        ({"demand.elasticity": pd.to_timedelta([1, 2])}, ["not one number"]),
        ({"demand.elasticity": pd.to_datetime(["2020", "2021"])}, ["not one number"]),
    ],
)
def test_what_numpy_would_make_numbers_of_is_refused(scenario, columns, words):
    with pytest.raises(BadInput) as caught:
        read_design(columns, [scenario])
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_shares_that_sum_to_one_are_as_they_are_said(scenario):
    design = {
        name: [0.2, share] for name, share in zip(SHARES, (0.4, 0.3, 0.1, 0.1, 0.1), strict=True)
    }
    assert list(read_design(design, [scenario])) == list(SHARES)
    whole = np.ma.array([1.1, 1.4], mask=[0, 0])  # nothing is masked
    assert list(read_design({"demand.elasticity": whole}, [scenario])["demand.elasticity"]) == [
        1.1,
        1.4,
    ]


@pytest.mark.parametrize("text", ["", "x", "a,b\n1\n", "a\nb\n", "a\n1\n1,2\n"])
def test_a_text_that_is_no_design_is_one_line(text):
    with pytest.raises(BadInput, match="design: .* no table of numbers"):
        design_of_text(text)
