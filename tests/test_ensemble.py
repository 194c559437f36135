"""Many worlds: any split and any executor give the same numbers, and a failure is not the end."""

import gc
import os
import subprocess
import sys
import threading
import time
import warnings
import weakref
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children, get_context

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from economy import ROOT

import sim.economy.model
from sim.__main__ import main
from sim.errors import BadInput
from sim.inputs.policy import Policy
from sim.inputs.scenario import Scenario
from sim.outputs.results import Failure
from sim.running import workers as pool_of
from sim.running.block import Block, Job, failure_of, run_block
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


@pytest.mark.parametrize("block", [2, 3, 4, 1024])
def test_a_failed_world_is_a_row_and_not_the_end(whole, scenario, monkeypatch, block):
    class Fragile(sim.economy.model.AIEconomy):
        def step(self):
            if 3 in self.recorder.worlds:
                raise ZeroDivisionError("no compute")
            return super().step()

    monkeypatch.setattr(sim.economy.model, "AIEconomy", Fragile)
    heard = []
    part = run(
        scenario, worlds=WORLDS, workers=1, block=block, progress=lambda *now: heard.append(now)
    )
    (failure,) = part.failures
    assert (failure.first_world, failure.last_world, failure.worlds) == (3, 3, 1)
    assert "ZeroDivisionError: no compute" in failure.error
    assert "in step" in failure.traceback
    assert list(part.dataset["world"].values) == [0, 1, 2, 4, 5]
    there = whole.dataset.sel(world=[0, 1, 2, 4, 5])
    xr.testing.assert_equal(part.dataset, there)  # to the bit, though world 2 ran by itself
    assert heard[-1] == (WORLDS, WORLDS) and heard == sorted(heard)
    assert "world" in repr(part) and "no compute" in repr(part)


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


def test_the_jobs_of_a_dead_process_run_once_more(scenario, monkeypatch):
    pools = []

    @contextmanager
    def processes(workers):
        pools.append(Dying() if not pools else ThreadPoolExecutor(1))
        yield pools[-1], lambda: 0

    monkeypatch.setattr(pool_of, "processes", processes)
    monkeypatch.setattr(pool_of, "available", lambda: 2)
    part = run(scenario, worlds=12, block=1, workers=2)
    assert len(pools) == 3  # the one that died, one for the rest, one for what was in hand
    assert not part.failures and part.worlds == 12


def test_when_every_block_fails_there_are_results_without_worlds(scenario, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("nothing works")

    monkeypatch.setattr(sim.economy.model, "AIEconomy", broken)
    results = run(scenario, worlds=2, workers=1)
    assert results.worlds == 0 and [one.first_world for one in results.failures] == [0, 1]
    with pytest.raises(BadInput, match="no world came through: RuntimeError: nothing works"):
        results["revenue"]


def test_however_many_worlds_fail_first_the_good_ones_come_through(scenario, monkeypatch):
    """The first rows of a grid may be those that cannot be."""

    class Fragile(sim.economy.model.AIEconomy):
        def step(self):
            if (self.recorder.worlds < 80).any():
                raise FloatingPointError("too steep")
            return super().step()

    monkeypatch.setattr(sim.economy.model, "AIEconomy", Fragile)
    results = run(scenario, worlds=100, workers=1, measures="revenue")
    assert list(results.dataset["world"]) == list(range(80, 100))
    assert [one.first_world for one in results.failures] == list(range(80))


class Killing(ThreadPoolExecutor):
    """A pool whose process dies of one world, whenever it is tried."""

    def submit(self, work, job):
        if 7 in getattr(job, "worlds", ()):
            future = Future()
            future.set_exception(BrokenExecutor("killed"))
            return future
        return super().submit(work, job)


def test_a_job_that_kills_its_process_twice_is_lost_alone(scenario, monkeypatch):
    @contextmanager
    def processes(workers):
        with Killing(workers) as pool:
            yield pool, lambda: 0

    monkeypatch.setattr(pool_of, "processes", processes)
    monkeypatch.setattr(pool_of, "available", lambda: 2)
    part = run(scenario, worlds=12, block=2, workers=2)
    (failure,) = part.failures
    assert (failure.first_world, failure.last_world) == (6, 7) and "killed" in failure.error
    assert part.worlds == 10


@pytest.mark.parametrize("message", ["a gap (world 1 of the block)", "world 1 of the block is odd"])
def test_a_world_of_a_block_is_named_by_its_own_number(scenario, message):
    job = Job(0, scenario, None, 0, np.array([40, 41, 42]))
    try:
        raise AssertionError(message)
    except AssertionError as error:
        failure = failure_of(job, error)
    assert "world 41" in failure.error and "of the block" not in failure.error
    assert "world 41" in failure.traceback


def test_what_is_stopped_comes_with_the_exception(whole, scenario, monkeypatch):
    class Stopped(sim.economy.model.AIEconomy):
        def step(self):
            if 4 in self.recorder.worlds:
                raise KeyboardInterrupt
            return super().step()

    monkeypatch.setattr(sim.economy.model, "AIEconomy", Stopped)
    with pytest.raises(KeyboardInterrupt) as stop:
        run(scenario, worlds=WORLDS, workers=1, block=2)
    (part,) = stop.value.results
    assert part.about["stopped"] and list(part.dataset["world"].values) == [0, 1, 2, 3]
    xr.testing.assert_equal(part.dataset, whole.dataset.isel(world=slice(4)))


@pytest.mark.parametrize("fails", [False, True])
def test_a_model_does_not_outlive_its_block(scenario, monkeypatch, fails):
    models = []

    class Watched(sim.economy.model.AIEconomy):
        def __init__(self, *given, **more):
            super().__init__(*given, **more)
            models.append(weakref.ref(self))

        def step(self):
            if fails:
                raise ZeroDivisionError
            return super().step()

    monkeypatch.setattr(sim.economy.model, "AIEconomy", Watched)
    outcome = run_block(Job(0, scenario, None, 0, np.arange(2)))
    gc.collect()
    assert isinstance(outcome, Failure if fails else Block)
    assert len(models) == 1 and models[0]() is None


def test_an_economy_that_nobody_holds_dies(scenario):
    """Mesa 3.3 would keep it for ever, by the numbers it gave to its agents."""
    model = sim.economy.model.AIEconomy(scenario, worlds=2)
    model.step()
    last = weakref.ref(model)
    del model
    gc.collect()
    assert last() is None


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
        {"worlds": "many"},
        {"worlds": np.bool_(True)},
        {"worlds": np.array([1, 2])},
        {"worlds": np.nan},
        {"seed": None},
        {"executor": 3},
        {"progress": "bar"},
        {"measures": 3},
        {"measures": []},
        {"measures": ["revenue", None]},
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
    monkeypatch.setattr(pool_of, "processes", None)
    assert run(scenario, worlds=2).about["workers"] == 1


def in_a_pool(worlds):
    return run(Scenario.load("continued").change({"end": "2020-Q2"}), worlds=worlds).about[
        "workers"
    ]


def test_within_a_pool_of_processes_there_is_one_process():
    with get_context("spawn").Pool(1) as pool:
        assert pool.map(in_a_pool, [300]) == [1]


def test_within_an_executor_of_processes_there_is_one_process():
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        assert pool.submit(in_a_pool, 300).result() == 1


def test_starts_in_several_threads_put_everything_back(monkeypatch):
    """Each start borrows the script, and puts back what it found: one after the other."""
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    before, script = dict(os.environ), sys.modules["__main__"]
    inside, together = [], threading.Barrier(2)

    class Slow(ThreadPoolExecutor):
        def __init__(self, workers, *_, **__):
            super().__init__(workers)
            together.wait(60)

        def submit(self, *_):
            inside.append(threading.get_ident())
            time.sleep(0.05)

    def start():
        with pool_of.processes(2):
            together.wait(60)

    monkeypatch.setattr(pool_of, "ProcessPoolExecutor", Slow)
    threads = [threading.Thread(target=start) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sys.modules["__main__"] is script and dict(os.environ) == before
    assert inside[0] == inside[1] != inside[2] == inside[3]


def test_no_more_processes_than_make_sense(monkeypatch):
    monkeypatch.setattr(pool_of, "available", lambda: 4)
    assert [pool_of.sensible(wanted, True) for wanted in (None, 3, 1000)] == [4, 3, 8]
    assert pool_of.sensible(None, False) == 1


@pytest.mark.parametrize(
    "given",
    [
        {"worlds": np.int64(2)},
        {"worlds": 2.0},
        {"worlds": pd.Series([2])[0]},
        {"worlds": np.array(2)},
        {"seed": np.uint8(0)},
        {"measures": "revenue"},
        {"measures": np.array(["revenue"])},
        {"measures": pd.Index(["revenue"])},
        {"measures": (name for name in ["revenue"])},
        {"scenario": np.str_("continued")},
        {"scenario": ROOT / "scenarios/continued.toml"},
        {"policy": []},
        {"policy": pd.Series(["compute_levy", "compute_cap"])},
        {"policy": ["compute_levy", Policy.load("compute_cap")]},
        {"policy": ROOT / "scenarios/policies/compute_levy.toml"},
    ],
    ids=str,
)
def test_numpy_and_pandas_and_paths_are_taken(scenario, given):
    few = {"scenario": scenario, "worlds": 2, "measures": ["revenue"]} | given
    assert run(**few).measures == ["revenue"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"scenario": 3}, "scenario: 3 is no scenario"),
        ({"scenario": ["continued"]}, "scenario: .* is no scenario"),
        ({"policy": 3}, "policy: 3 is no policy"),
        ({"policy": {"compute_levy": 1}}, "policy: .* is no policy"),
        ({"policy": ["compute_levi"]}, "compute_levy"),
        ({"measures": "revenu"}, "revenue"),
    ],
)
def test_what_cannot_be_taken_is_one_line(scenario, given, words):
    with pytest.raises(BadInput, match=words) as refused:
        run(**{"scenario": scenario, "worlds": 2} | given)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("cases", ["continued", 3, [], [("continued",)], ["continued"]])
def test_cases_are_pairs(cases):
    with pytest.raises(BadInput, match="case"):
        run_all(cases, 2)


def test_objects_print_in_a_few_lines(whole, scenario):
    for one in (whole, scenario, Policy.load("compute_levy"), Policy()):
        assert 10 < len(repr(one)) < 400 and len(repr(one).splitlines()) <= 4


def test_a_worker_that_is_killed_loses_nothing(whole, scenario):
    killed = []

    def kill(*_):
        if not killed and active_children():
            killed.append(active_children()[0])
            killed[0].kill()

    survived = run(scenario, worlds=WORLDS, workers=2, block=2, progress=kill)
    assert killed and not survived.failures
    same(survived, whole)


def test_importing_the_model_leaves_other_peoples_processes_alone():
    code = (
        "import multiprocessing, sim; sim.AIEconomy; "
        "assert multiprocessing.get_start_method(allow_none=True) is None; "
        "multiprocessing.set_start_method('spawn')"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=120)


def test_arrays_without_axes_are_what_is_in_them(scenario):
    one = run(scenario, np.array("compute_levy"), worlds=1, measures=np.array("revenue"))
    assert one.about["policies"] == ["compute_levy"] and one.measures == ["revenue"]
    assert run(np.array("continued"), worlds=1, measures="hhi").about["scenario"] == "continued"


@pytest.mark.parametrize("odd", ["no", 1, 0, None, [], np.array([True])])
def test_luck_is_common_or_not(scenario, odd):
    with pytest.raises(BadInput, match="common_luck"):
        run(scenario, worlds=1, common_luck=odd)
    assert run(scenario, worlds=1, measures="hhi", common_luck=np.bool_(True)).worlds == 1


def test_doubts_are_warnings_in_python_and_sentences_on_the_command_line(
    scenario, tmp_path, monkeypatch, capsys
):
    never = Policy.of({"compute_levy_rate": {"2199-01-01": 0.1}})
    with pytest.warns(UserWarning, match="never comes into force") as caught:
        run_all([(scenario, never), (scenario, never)], worlds=1, measures="hhi")
    assert len(caught) == 1 and caught[0].filename == __file__
    monkeypatch.chdir(tmp_path)
    words = ["run", "continued", "--set", "end=2020-Q2", "--policy", "compute_levy"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert main([*words, "--worlds", "1", "--no-figures", "--quiet"]) == 0
    assert capsys.readouterr().err.count("never comes into force") == 1
