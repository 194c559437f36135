"""How fast and how large: every figure measured here and now, none of them remembered."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from sim.economy.measures import OF_THE_MARKET
from sim.economy.model import AIEconomy
from sim.inputs.policy import Policy
from sim.inputs.scenario import Scenario
from sim.running import workers as pools
from sim.running.block import Job, run_block
from sim.running.ensemble import BLOCK, run_all
from sim.version import versions

EXP_SIZE = 8192  # numbers in the array whose np.exp is the yardstick
SHORT = 16  # quarters of the runs that compare sizes
MANY = 4 * BLOCK
MB = 2**20
Clock = Callable[[], float]


def bench(scenario: Scenario) -> dict[str, Any]:
    """Speed in worlds a second, cost in np.exp, speed-up of batches, memory and linearity.

    Ratios named `linear_*` compare the cost of one unit in a large and a small run: 1 is linear,
    below 1 means that size pays. Worlds a second are by the clock on the wall; costs and ratios are
    in seconds of the processor, so that other programs on the machine hardly change them.
    """
    labs, quarters = len(scenario.labs), len(scenario.quarters)
    short = scenario.change({"end": scenario.quarters[min(SHORT, quarters) - 1]})
    exp = exp_seconds()
    memory = _alone(block_memory, scenario)
    block = seconds(scenario, BLOCK)
    wall = seconds(scenario, BLOCK, time.perf_counter)
    single = seconds(scenario, 1)
    small, large = (seconds(short, worlds) for worlds in (BLOCK, MANY))
    ten, hundred = (seconds(with_labs(short, count), BLOCK) for count in (10, 100))
    cores = pools.available()
    together = all_cores(scenario, cores)
    return {
        "scenario": scenario.name,
        "labs": labs,
        "quarters": quarters,
        "block_worlds": BLOCK,
        "cores": cores,
        "worlds_per_second_one_core": _short(BLOCK / wall),
        "worlds_per_second_all_cores": _short(together),
        "exp_nanoseconds": _short(1e9 * exp),
        "lab_quarter_nanoseconds": _short(1e9 * block / (BLOCK * labs * quarters)),
        "lab_quarter_in_exp": _short(block / (BLOCK * labs * quarters) / exp),
        "speedup_of_1024_worlds_a_model": _short(BLOCK * single / block),
        "block_peak_MB": _short(memory["peak"] / MB),
        "block_peak_without_imports_MB": _short((memory["peak"] - memory["before"]) / MB),
        "linear_worlds_1024_to_4096": _short((large / MANY) / (small / BLOCK)),
        "linear_labs_10_to_100": _short((hundred / 100) / (ten / 10)),
        "versions": versions(),
    }


def seconds(scenario: Scenario, worlds: int, clock: Clock = time.process_time) -> float:
    """Time to build and run one model that records what the command line does, best of three."""

    def work() -> None:
        AIEconomy(scenario, worlds=np.arange(worlds), seed=0, record=OF_THE_MARKET).run()

    return best(work, 3, clock)


def exp_seconds() -> float:
    """Time of one np.exp of a float64 in an array of 8,192."""
    numbers = np.linspace(-5.0, 5.0, EXP_SIZE)
    result = np.empty_like(numbers)
    return best(lambda: [np.exp(numbers, out=result) for _ in range(200)], 5) / (200 * EXP_SIZE)


def all_cores(scenario: Scenario, cores: int) -> float:
    """Worlds a second with a process a core, without the time it takes to start them."""

    def jobs(worlds: int) -> list[Job]:
        ids = [np.arange(first, first + worlds) for first in range(0, cores * worlds, worlds)]
        return [Job(0, scenario, Policy(), 0, some, ("revenue",)) for some in ids]

    with pools.processes(cores) as (pool, _):
        list(pool.map(run_block, jobs(1)))  # imports what a worker needs
        began = time.perf_counter()
        list(pool.map(run_block, jobs(BLOCK)))
        return cores * BLOCK / (time.perf_counter() - began)


def block_memory(scenario: Scenario) -> dict[str, int]:
    """Peak memory in bytes of a process that runs one block, and its memory before it began."""
    run_all([(scenario.change({"end": scenario.start}), None)], worlds=1, workers=1)
    before = peak_bytes()
    run_all([(scenario, None)], worlds=BLOCK, workers=1)
    return {"before": before, "peak": peak_bytes()}


def with_labs(scenario: Scenario, count: int) -> Scenario:
    """The same scenario with `count` labs: its own, copied under new names or cut off."""
    own = list(scenario.labs.items())
    labs = {}
    for number in range(count):
        name, settings = own[number % len(own)]
        labs[name if number < len(own) else f"{name}_{number // len(own)}"] = settings
    return replace(scenario, labs=labs)


def peak_bytes() -> int:
    """The most memory this process has held at once."""
    try:
        with open("/proc/self/status") as status:
            line = next(line for line in status if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    except (OSError, StopIteration):
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024


def best(work: Callable[[], object], times: int, clock: Clock = time.process_time) -> float:
    """The shortest time of several, since noise only ever adds."""
    taken = []
    for _ in range(times):
        began = clock()
        work()
        taken.append(clock() - began)
    return min(taken)


def _alone(work: Callable[..., Any], *given: Any) -> Any:
    """Do something in a fresh process."""
    with pools.processes(1) as (pool, _):
        return pool.submit(work, *given).result()


def _short(number: float) -> float:
    return float(f"{number:.4g}")
