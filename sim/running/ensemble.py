"""Many worlds: split into blocks, run on any concurrent.futures.Executor, put together again."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterable
from concurrent.futures import Executor
from typing import Any

import numpy as np

from sim.economy.agents import own_strategies
from sim.economy.agents.own_strategies import AnyStrategies, Strategies
from sim.economy.measures import names_of
from sim.errors import BadInput, clean, quoted
from sim.inputs.design import Design, read_design, text_of_design
from sim.inputs.doubts import doubts
from sim.inputs.loading import AnyPolicy, AnyScenario, loaded
from sim.inputs.policy import Policy
from sim.inputs.scenario import Scenario
from sim.outputs.results import Results
from sim.running import workers as pools
from sim.running.block import Job
from sim.running.dispatch import outcomes
from sim.running.gather import Gathered
from sim.running.progress import Progress, listener
from sim.running.room import refuse_too_large

BLOCK = 1024  # worlds: fits the cache, and is the unit of the random streams
FEW = 256  # worlds: below this, starting processes takes longer than the run
SMALLEST = 64  # worlds: a smaller block spends its time on overhead
MOST = 1_000_000  # worlds; memory usually ends before, and says so (see room.py)
WORLDS = 1000


class Interrupted(KeyboardInterrupt):
    """A run was stopped; `results` hold the worlds that came through until then, a case each."""

    def __init__(self, results: list[Results]) -> None:
        super().__init__()
        self.results = results


def run(
    scenario: AnyScenario,
    policy: AnyPolicy = None,
    worlds: int | None = None,
    seed: int = 0,
    workers: int | None = None,
    block: int = BLOCK,
    executor: Executor | None = None,
    progress: Progress = None,
    measures: Iterable[str] | str | None = None,
    *,
    design: Any = None,
    common_luck: bool = False,
    strategies: AnyStrategies = None,
) -> Results:
    """Run one scenario under one policy in worlds 0, 1, ... `worlds` - 1 (1,000).

    `scenario` and `policy` are objects, names or paths; several policies are combined. `workers`
    processes (default: one a processor; one if the run is small or within another pool) share the
    blocks, or an `executor` of yours does (threads, dask's get_executor()). `progress` is True for
    a bar on stderr, or a function of (worlds done, worlds in all). `measures` keeps only those
    named, which saves memory. A world that fails becomes a row of `results.failures`.

    `design` sets dials world by world: a pandas DataFrame, or a dict of columns, with a row a
    world, named by the dials ("demand.elasticity", "labs.openai.cash") and in their own units.
    Dials that it does not name are drawn as always. With `common_luck` every world has the luck,
    and the other dials, of world 0, so that worlds differ by the design alone; without it, world k
    keeps its own.

    `strategies` take the place of the scenario's, by lab: {"openai": MyStrategy}, a class derived
    from sim.Marginal, or the name of a built-in. A class written in the script or notebook itself
    runs in this one process; put it in a module to have several.

    BadInput if an argument cannot be used, or if the run would not fit the memory there is. Ctrl-C
    raises Interrupted, a KeyboardInterrupt whose `results` hold the worlds done.
    """
    return run_all(
        [(scenario, policy)],
        worlds,
        seed,
        workers,
        block,
        executor,
        progress,
        measures,
        design=design,
        common_luck=common_luck,
        strategies=strategies,
    )[0]


def run_all(
    cases: Iterable[tuple[AnyScenario, AnyPolicy]],
    worlds: int | None = None,
    seed: int = 0,
    workers: int | None = None,
    block: int = BLOCK,
    executor: Executor | None = None,
    progress: Progress = None,
    measures: Iterable[str] | str | None = None,
    *,
    design: Any = None,
    common_luck: bool = False,
    strategies: AnyStrategies = None,
) -> list[Results]:
    """Run several (scenario, policy) with the same worlds and luck, sharing one set of workers.

    Arguments are those of `run`; `progress` hears of all cases together. What may be run as it is
    said, but is hardly meant so, is a UserWarning.
    """
    began = time.perf_counter()
    pairs, own = _decided(_pairs(cases), strategies)
    _say_doubts(pairs)
    kept = None if measures is None else names_of(measures)
    values = None if design is None else read_design(design, [scenario for scenario, _ in pairs])
    worlds = _count(worlds, values)
    seed = _whole("seed", seed, 0, 2**63 - 1)
    block = _whole("block", block, 1, MOST)
    if workers is not None:
        workers = _whole("workers", workers, 1, 1024)
    if executor is not None and not callable(getattr(executor, "submit", None)):
        raise BadInput(
            f"executor: {quoted(executor)} has no submit(). Give workers=2, or leave it."
        )
    if not isinstance(common_luck, (bool, np.bool_)):
        raise BadInput(f"common_luck: {quoted(common_luck)} is no truth. Give True or False.")
    if not (progress is None or isinstance(progress, (bool, np.bool_)) or callable(progress)):
        raise BadInput(f"progress: {quoted(progress)} is no function. Give True, or a function.")
    workers = _able(workers, own) if own and executor is None else workers
    workers = pools.sensible(workers, worlds * len(pairs) >= FEW)
    refuse_too_large([scenario for scenario, _ in pairs], worlds, kept, workers, block)
    blocks = split(worlds, block, workers)
    jobs = [
        _job(case, pair, seed, ids, kept, values, common_luck, own)
        for ids in blocks  # block by block, so that what is stopped can be compared
        for case, pair in enumerate(pairs)
    ]
    steps = sum(len(job.worlds) * len(job.scenario.quarters) for job in jobs)
    gathered = [Gathered(worlds) for _ in pairs]
    about: dict[str, Any] = {
        "workers": workers if executor is None else type(executor).__name__,
        "blocks": len(blocks),
    }
    if values is not None:
        about["design"] = text_of_design(values)
    if own:
        about["strategies"] = own_strategies.names_of(own)
    if values is not None or common_luck:
        about["common_luck"] = bool(common_luck)

    def results() -> list[Results]:
        return [
            one.results(_about(scenario, policy, seed, worlds) | about, time.perf_counter() - began)
            for (scenario, policy), one in zip(pairs, gathered, strict=True)
        ]

    try:
        with listener(progress, len(pairs) * worlds, steps) as tell:
            for job, outcome in outcomes(jobs, workers, executor, tell):
                gathered[job.case].add(outcome)
    except KeyboardInterrupt:
        about["stopped"] = True
        raise Interrupted(results()) from None
    return results()


def split(worlds: int, block: int = BLOCK, workers: int = 1) -> list[np.ndarray]:
    """The numbers of the worlds in blocks: full ones if many, else something for each worker."""
    if worlds < block * workers:
        block = min(block, max(-(-worlds // workers), SMALLEST))
    return [np.arange(first, min(first + block, worlds)) for first in range(0, worlds, block)]


def _job(
    case: int,
    pair: tuple[Scenario, Policy],
    seed: int,
    ids: np.ndarray,
    kept: tuple[str, ...] | None,
    values: Design | None,
    common_luck: bool,
    strategies: Strategies,
) -> Job:
    own = None if values is None else {dotted: column[ids] for dotted, column in values.items()}
    luck = np.zeros_like(ids) if common_luck else None
    return Job(case, *pair, seed, ids, kept, values=own, luck=luck, strategies=strategies)


def _about(scenario: Scenario, policy: Policy, seed: int, worlds: int) -> dict[str, Any]:
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "scenario_hash": scenario.hash,
        "scenario_text": scenario.text,
        "policies": list(policy.names),
        "policy_hash": policy.hash,
        "policy_text": policy.text,
        "seed": seed,
        "worlds": worlds,
    }


def _say_doubts(pairs: list[tuple[Scenario, Policy]]) -> None:
    """A warning for each doubt, where `run_all` was called."""
    said = [doubt for scenario, policy in pairs for doubt in doubts(scenario, policy)]
    for doubt in dict.fromkeys(said):
        warnings.warn(clean(doubt), UserWarning, stacklevel=3)


def _pairs(cases: Any) -> list[tuple[Scenario, Policy]]:
    """Every case as a scenario and a policy. BadInput if one is no pair."""
    pairs = []
    for case in cases if isinstance(cases, Iterable) and not isinstance(cases, str) else [cases]:
        if not isinstance(case, (tuple, list)) or len(case) != 2:
            raise BadInput(
                f"cases: {quoted(case)} is no pair. Give a list of (scenario, policy), with None "
                "for no policy."
            )
        pairs.append(loaded(*case))
    if not pairs:
        raise BadInput("cases: there is none. Give a list of (scenario, policy).")
    return pairs


def _decided(
    pairs: list[tuple[Scenario, Policy]], given: AnyStrategies
) -> tuple[list[tuple[Scenario, Policy]], Strategies]:
    """Scenarios that name the built-in strategies given, and classes of one's own beside them."""
    rules: Strategies = {}
    decided = []
    for scenario, policy in pairs:
        rules = own_strategies.strategies_from(given, scenario)
        decided.append((own_strategies.told_with(scenario, rules), policy))
    return decided, own_strategies.own_in(rules)


def _able(workers: int | None, own: Strategies) -> int | None:
    """One process for what cannot be sent to others. BadInput if several are asked for."""
    stays = own_strategies.stays_here(own)
    if stays and workers is not None and workers > 1:
        raise BadInput(
            f"strategies: {stays} cannot be sent to other processes, for it is in no module. "
            "Give workers=1, or put the class in a module of its own and import it."
        )
    return 1 if stays else workers


def _count(worlds: Any, design: Design | None) -> int:
    """How many worlds: as said, or a row of the design each."""
    rows = None if design is None else len(next(iter(design.values())))
    if worlds is None:
        return WORLDS if rows is None else _whole("design rows", rows, 1, MOST)
    count = _whole("worlds", worlds, 1, MOST)
    if rows is not None and rows != count:
        raise BadInput(f"worlds: {count} are not the {rows} rows of the design. Leave worlds out.")
    return count


def _whole(name: str, number: Any, low: int, high: int) -> int:
    """A whole number of Python, numpy or pandas. BadInput if it is none, or out of range."""
    said = number
    if isinstance(number, (np.generic, np.ndarray)) and number.size == 1:
        number = number.item()
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if not isinstance(number, int) or isinstance(number, bool) or not low <= number <= high:
        raise BadInput(
            f"{name}: {quoted(said)} is not possible. Give a whole number from {low} to {high}."
        )
    return number
