"""Worlds: one is the same alone or in any crowd, block or process, and comes back with its seed."""

import numpy as np
import pytest
import xarray as xr
from economy import SCENARIOS, told

from sim.economy.model import AIEconomy
from sim.inputs.scenario import Scenario
from sim.running.ensemble import run

LEAST = 1e-12  # of a share: a difference such as 1 - sum leaves rounding where it should be zero
LEFT_OVER = (  # of larger flows
    *("lab_cash", "profit", "flows", "cloud_cash", "cloud_worth", "chipmaker_cash"),
    "lab_experiments_spending",
)
FEW = np.array([3, 700, 1029])  # the last one lives in another block of random numbers
CROWD = 1040


def alike(one, other, worlds=slice(None)):
    """Every measure of `one` equals that of `other` in those worlds."""
    for name, mine in one.recorder.arrays.items():
        theirs = other.recorder.arrays[name][..., worlds]
        # what is left of large flows is known to the rounding of those
        least = LEAST * (np.abs(theirs).max() if name in LEFT_OVER else 1.0)
        digits = 1e-6 if one.recorder.measures[name].rough else 1e-9
        np.testing.assert_allclose(mine, theirs, rtol=digits, atol=least, err_msg=name)


@pytest.fixture(scope="module")
def crowd():
    return AIEconomy("continued", worlds=CROWD).run()


def test_a_world_alone_is_as_it_is_among_others(crowd):
    for world in FEW:
        alike(AIEconomy("continued", worlds=np.array([world])).run(), crowd, [world])


def test_worlds_in_any_order_and_company_are_the_same(crowd):
    alike(AIEconomy("continued", worlds=FEW[::-1]).run(), crowd, FEW[::-1])


@pytest.mark.parametrize("scenario", [name for name in SCENARIOS if name != "continued"])
def test_worlds_of_every_scenario_are_the_same_alone(scenario):
    alike(AIEconomy(scenario, worlds=np.array([11])).run(), told(scenario, 16), [11])


def test_worlds_of_extreme_dials_are_the_same_alone():
    story = Scenario.load("continued")
    many, one = np.arange(40), np.array([17])
    crowd = AIEconomy(story, worlds=many, dials=story.stress(5, many)).run()
    alike(AIEconomy(story, worlds=one, dials=story.stress(5, one)).run(), crowd, one)


def test_the_same_seed_gives_the_same_numbers_and_another_gives_others():
    first, again, other = (AIEconomy("continued", worlds=4, seed=s).run() for s in (7, 7, 8))
    for name, numbers in first.recorder.arrays.items():
        np.testing.assert_array_equal(numbers, again.recorder.arrays[name], err_msg=name)
    for name in ("revenue", "capability", "rent", "chips", "valuation", "tokens"):
        assert not np.isclose(
            first.recorder.arrays[name][-1], other.recorder.arrays[name][-1]
        ).any()


def test_no_two_worlds_are_the_same(crowd):
    last = crowd.recorder.arrays["revenue"][-1]
    assert len(np.unique(last)) == CROWD


def test_one_worker_or_two_and_any_block_give_the_same_numbers():
    story = Scenario.load("plateau")
    whole = run(story, worlds=70, workers=1)
    for workers, block in ((2, 35), (1, 7)):
        other = run(story, worlds=70, workers=workers, block=block)
        assert not other.failures, other.failures[0].traceback
        xr.testing.assert_allclose(other.dataset, whole.dataset, rtol=1e-9, atol=LEAST)


def test_results_are_what_the_model_recorded():
    story = Scenario.load("continued")
    results = run(story, worlds=64, workers=1)
    for name, numbers in told("continued", 64).recorder.arrays.items():
        np.testing.assert_array_equal(results[name].values, numbers, err_msg=name)
