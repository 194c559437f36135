"""Many worlds: any split and any executor give the same numbers, and a failure is not the end."""

import subprocess
import sys
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest
import xarray as xr

import sim.economy.model
from sim.errors import BadInput
from sim.inputs.policy import Policy
from sim.running import ensemble
from sim.running.ensemble import run, run_all, split

WORLDS = 6


@pytest.fixture(scope="module")
def whole(scenario):
    return run(scenario, worlds=WORLDS, workers=1)


def same(a, b):
    xr.testing.assert_allclose(a.dataset, b.dataset, rtol=1e-9)


def test_results_say_what_was_run(whole, scenario):
    assert whole.worlds == WORLDS and whole.quarters == scenario.quarters
    assert not whole.failures
    about = whole.about
    assert about["scenario"] == scenario.name and about["scenario_hash"] == scenario.hash
    assert (about["seed"], about["worlds"], about["policies"]) == (0, WORLDS, [])
    assert whole.ledger_worst < 1e-9
    assert about["timings"]["seconds"] > 0
    assert whole["revenue"].attrs["units"]


def test_the_same_seed_gives_the_same_numbers(whole, scenario):
    again = run(scenario, worlds=WORLDS, workers=1)
    xr.testing.assert_identical(again.dataset, whole.dataset)
    other = run(scenario, worlds=WORLDS, workers=1, seed=1)
    assert not np.allclose(other["revenue"].values[-1], whole["revenue"].values[-1])


@pytest.mark.parametrize("block", [1, 4, 1024])
def test_any_block_size_gives_the_same_numbers(whole, scenario, block):
    same(run(scenario, worlds=WORLDS, workers=1, block=block), whole)


def test_two_processes_give_the_same_numbers(whole, scenario):
    both = run(scenario, worlds=WORLDS, workers=2, block=3)
    assert not both.failures, both.failures[0].traceback
    assert both.about["blocks"] == 2
    same(both, whole)


def test_a_script_needs_no_guard_for_its_workers(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from sim import Scenario, run\n"
        "print('once')\n"
        "short = Scenario.load('continued').change({'end': '2020-Q2'})\n"
        "print(run(short, worlds=4, workers=2, block=2).worlds)\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    assert done.stdout.split() == ["once", "4"], done.stderr


def test_an_executor_of_ones_own(whole, scenario):
    with ThreadPoolExecutor(2) as threads:
        same(run(scenario, worlds=WORLDS, block=2, executor=threads), whole)


def test_more_worlds_leave_the_first_ones_as_they_were(whole, scenario):
    more = run(scenario, worlds=WORLDS + 3, workers=1)
    xr.testing.assert_allclose(more.dataset.isel(world=slice(WORLDS)), whole.dataset, rtol=1e-9)


def test_only_the_measures_asked_for(whole, scenario):
    few = run(scenario, worlds=WORLDS, workers=1, measures=["revenue"])
    assert few.measures == ["revenue"]
    xr.testing.assert_identical(
        few["revenue"].drop_vars(["lab"], errors="ignore"), whole["revenue"]
    )
    with pytest.raises(BadInput, match="revenue"):
        run(scenario, worlds=2, workers=1, measures=["revenu"])


def test_cases_share_worlds_and_an_empty_policy_changes_nothing(whole, scenario):
    plain, empty = run_all([(scenario, None), (scenario, Policy())], WORLDS, workers=1)
    same(plain, whole)
    xr.testing.assert_identical(plain.dataset, empty.dataset)


def test_a_failed_block_is_a_row_and_not_the_end(whole, scenario, monkeypatch):
    class Fragile(sim.economy.model.AIEconomy):
        def step(self):
            if 3 in self.recorder.worlds:
                raise ZeroDivisionError("no compute")
            return super().step()

    monkeypatch.setattr(sim.economy.model, "AIEconomy", Fragile)
    heard = []
    part = run(
        scenario, worlds=WORLDS, workers=1, block=2, progress=lambda *count: heard.append(count)
    )
    (failure,) = part.failures
    assert (failure.first_world, failure.last_world, failure.worlds) == (2, 3, 2)
    assert "ZeroDivisionError: no compute" in failure.error
    assert "in step" in failure.traceback
    assert list(part.dataset["world"].values) == [0, 1, 4, 5]
    xr.testing.assert_allclose(part.dataset, whole.dataset.sel(world=[0, 1, 4, 5]), rtol=1e-9)
    assert heard[-1] == (WORLDS, WORLDS)


class Dying(ThreadPoolExecutor):
    """An executor that dies under its second job, as a pool does when memory runs out."""

    def __init__(self):
        super().__init__(1)
        self.jobs = 0

    def submit(self, work, *given):
        self.jobs += 1
        if self.jobs > 2:
            raise BrokenExecutor("dead")
        if self.jobs == 2:
            future = Future()
            future.set_exception(BrokenExecutor("dead"))
            return future
        return super().submit(work, *given)


def test_a_dead_executor_fails_what_is_left(scenario):
    part = run(scenario, worlds=WORLDS, block=1, executor=Dying())
    assert part.worlds == 1 and len(part.failures) == WORLDS - 1


def test_a_dead_process_fails_only_what_was_in_hand(scenario, monkeypatch):
    pools = []

    @contextmanager
    def processes(workers):
        pools.append(Dying() if not pools else ThreadPoolExecutor(1))
        yield pools[-1], lambda: 0

    monkeypatch.setattr(ensemble.hands, "processes", processes)
    part = run(scenario, worlds=12, block=1, workers=2)
    assert len(pools) == 2
    assert 1 <= len(part.failures) <= 4 and part.worlds == 12 - len(part.failures)


def test_when_every_block_fails_there_are_results_without_worlds(scenario, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("nothing works")

    monkeypatch.setattr(sim.economy.model, "AIEconomy", broken)
    results = run(scenario, worlds=2, workers=1)
    assert results.worlds == 0 and len(results.failures) == 1


def test_bad_input_ends_a_run(scenario, monkeypatch):
    def refuse(*_, **__):
        raise BadInput("labs: none is left. Describe one.")

    monkeypatch.setattr(sim.economy.model, "AIEconomy", refuse)
    with pytest.raises(BadInput, match="none is left"):
        run(scenario, worlds=2, workers=1)


def test_progress_moves_within_a_block(scenario):
    heard = []
    run(scenario, worlds=3, workers=1, progress=lambda done, total: heard.append((done, total)))
    assert len(heard) == len(scenario.quarters)
    assert heard[-1] == (3.0, 3.0)
    assert heard == sorted(heard)


def test_progress_of_processes_adds_up(scenario):
    heard = []
    run(scenario, worlds=4, workers=2, block=2, progress=lambda *count: heard.append(count))
    assert heard[-1] == (4.0, 4.0)


def test_a_bar(scenario, capfd):
    run(scenario, worlds=2, workers=1, progress=True)
    assert "100%" in capfd.readouterr().err


@pytest.mark.parametrize(
    "wrong",
    [
        {"worlds": 0},
        {"worlds": -3},
        {"worlds": 1.5},
        {"worlds": True},
        {"seed": -1},
        {"workers": 0},
        {"block": 0},
        {"worlds": 10**9},
    ],
)
def test_impossible_numbers_are_refused(scenario, wrong):
    with pytest.raises(BadInput, match=next(iter(wrong))):
        run(scenario, **{"worlds": 2} | wrong)


def test_split_covers_every_world_once():
    for worlds, block, workers in [(1000, 1024, 1), (1000, 1024, 2), (5000, 1024, 2), (3, 2, 8)]:
        blocks = split(worlds, block, workers)
        assert list(np.concatenate(blocks)) == list(range(worlds))
        assert max(map(len, blocks)) <= block
    assert len(split(1000, 1024, 2)) == 2
    assert len(split(10, 1024, 4)) == 1  # too few to be worth a second process


def test_small_runs_stay_in_this_process(scenario, monkeypatch):
    monkeypatch.setattr(ensemble.hands, "processes", None)
    assert run(scenario, worlds=2).about["workers"] == 1
