"""Many worlds: split into blocks, run on any concurrent.futures.Executor, put together again."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import BadInput, quoted
from sim.outputs.results import Failure, Results, as_dataset
from sim.running import workers as hands
from sim.running.block import Block, Job, failure_of, run_block
from sim.running.progress import Progress, listener

if TYPE_CHECKING:
    from sim.inputs.policy import Policy
    from sim.inputs.scenario import Scenario

BLOCK = 1024  # worlds: fits the cache, and is the unit of the random streams
FEW = 256  # worlds: below this, starting processes takes longer than the run
SMALLEST = 64  # worlds: a smaller block spends its time on overhead
MOST = 1_000_000  # worlds: more than this would not fit any memory


def run(
    scenario: Scenario | str,
    policy: Policy | str | None = None,
    worlds: int = 1000,
    seed: int = 0,
    workers: int | None = None,
    block: int = BLOCK,
    executor: Executor | None = None,
    progress: Progress = None,
    measures: Sequence[str] | None = None,
) -> Results:
    """Run one scenario under one policy in worlds 0, 1, ... `worlds` - 1.

    `workers` processes (default: one a processor; one if the run is small) share the blocks, or an
    `executor` of yours does (threads, dask's get_executor()). `progress` is True for a bar on
    stderr, or a function of (worlds done, worlds in all). `measures` keeps only those named, which
    saves memory. A block that fails becomes a row of `results.failures`. BadInput if a number is
    out of range.
    """
    return run_all(
        [(scenario, policy)], worlds, seed, workers, block, executor, progress, measures
    )[0]


def run_all(
    cases: Iterable[tuple[Scenario | str, Policy | str | None]],
    worlds: int = 1000,
    seed: int = 0,
    workers: int | None = None,
    block: int = BLOCK,
    executor: Executor | None = None,
    progress: Progress = None,
    measures: Sequence[str] | None = None,
) -> list[Results]:
    """Run several (scenario, policy) with the same worlds and luck, sharing one set of workers."""
    began = time.perf_counter()
    worlds = _whole("worlds", worlds, 1, MOST)
    seed = _whole("seed", seed, 0, 2**63 - 1)
    block = _whole("block", block, 1, MOST)
    if workers is not None:
        workers = _whole("workers", workers, 1, 1024)
    pairs = [_loaded(scenario, policy) for scenario, policy in cases]
    if workers is None:
        workers = hands.available() if worlds * len(pairs) >= FEW else 1
    kept = None if measures is None else tuple(measures)
    jobs = [
        Job(case, scenario, policy, seed, ids, kept)
        for case, (scenario, policy) in enumerate(pairs)
        for ids in split(worlds, block, workers)
    ]
    steps = [len(job.worlds) * len(job.scenario.quarters) for job in jobs]
    wholes = [_Whole(worlds) for _ in pairs]
    with listener(progress, len(pairs) * worlds, sum(steps)) as tell:
        for job, outcome in _outcomes(jobs, workers, executor, tell):
            wholes[job.case].add(outcome)
    results = []
    for (scenario, policy), whole in zip(pairs, wholes, strict=True):
        about = _about(scenario, policy, seed, worlds)
        hand = workers if executor is None else type(executor).__name__
        about |= {"workers": hand, "blocks": len(jobs) // len(pairs)}
        results.append(whole.results(about, time.perf_counter() - began))
    return results


def split(worlds: int, block: int = BLOCK, workers: int = 1) -> list[np.ndarray]:
    """The numbers of the worlds in blocks: full ones if many, else something for each worker."""
    if worlds < block * workers:
        block = min(block, max(-(-worlds // workers), SMALLEST))
    return [np.arange(first, min(first + block, worlds)) for first in range(0, worlds, block)]


def _outcomes(
    jobs: list[Job], workers: int, executor: Executor | None, tell: Callable[[int], None]
) -> Iterator[tuple[Job, Block | Failure]]:
    """Each job with what came of it, in the order they finish; `tell` hears world-quarters."""
    queue = deque(jobs)
    if executor is not None:
        yield from _through(executor, queue, 2 * workers, tell, None)
    elif workers == 1:
        while queue:
            job = queue.popleft()
            yield job, run_block(job, tell)
    else:
        while queue:  # a pool whose process died fails what it had in hand; the rest gets a new one
            with hands.processes(min(workers, len(queue))) as (pool, counted):
                yield from _through(pool, queue, 2 * workers, tell, counted)


def _through(
    executor: Executor,
    queue: deque[Job],
    window: int,
    tell: Callable[[int], None],
    counted: Callable[[], int] | None,
) -> Iterator[tuple[Job, Block | Failure]]:
    """Feed an executor from the queue, at most `window` jobs at a time, until it is empty."""
    waiting: dict[Any, Job] = {}
    heard, broken = 0, False
    while waiting or (queue and not broken):
        while queue and not broken and len(waiting) < window:
            job = queue.popleft()
            try:
                waiting[executor.submit(run_block, job)] = job
            except RuntimeError as error:  # the executor has broken or was shut down
                broken = counted is not None
                yield job, failure_of(job, error)
        if not waiting:
            continue
        done, _ = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
        if counted is not None:
            now = counted()
            tell(now - heard)
            heard = now
        for future in done:
            job = waiting.pop(future)
            try:
                outcome = future.result()
            except BadInput:
                raise
            except Exception as error:  # the process died, or could not send
                broken = broken or (counted is not None and isinstance(error, BrokenExecutor))
                outcome = failure_of(job, error)
            if counted is None:
                tell(len(job.worlds) * len(job.scenario.quarters))
            yield job, outcome


@dataclass
class _Whole:
    """The blocks of one case, put in their place as they arrive."""

    worlds: int
    block: Block | None = None
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    ledger: tuple[float, str] = (0.0, "")
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.there = np.zeros(self.worlds, dtype=bool)

    def add(self, block: Block | Failure) -> None:
        if isinstance(block, Failure):
            self.failures.append(block)
            return
        if self.block is None:
            self.block = block
            if len(block.worlds) == self.worlds:
                self.arrays = block.arrays
            else:
                for name, part in block.arrays.items():
                    self.arrays[name] = np.empty((*part.shape[:-1], self.worlds))
        place = slice(block.worlds[0], block.worlds[-1] + 1)
        if self.arrays is not block.arrays:
            for name, part in block.arrays.items():
                self.arrays[name][..., place] = part
        self.there[block.worlds] = True
        if not block.ledger_worst <= self.ledger[0]:  # a nan is the worst of all
            self.ledger = (block.ledger_worst, block.ledger_at)
        self.seconds += block.seconds

    def results(self, about: dict[str, Any], seconds: float) -> Results:
        about["ledger"] = {"worst": self.ledger[0], "at": self.ledger[1]}
        about["timings"] = {"seconds": round(seconds, 3), "in_blocks": round(self.seconds, 3)}
        failures = sorted(self.failures, key=lambda failure: failure.first_world)
        ids = np.arange(self.worlds)
        first, arrays = self.block, self.arrays
        if first is None:
            return Results(as_dataset({}, {}, [], ids[:0], {}), about, failures)
        if not self.there.all():
            arrays = {name: array[..., self.there] for name, array in arrays.items()}
            ids = ids[self.there]
        dataset = as_dataset(first.measures, arrays, first.quarters, ids, first.coords)
        return Results(dataset, about, failures)


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


def _loaded(scenario: Scenario | str, policy: Policy | str | None) -> tuple[Scenario, Policy]:
    from sim.inputs.policy import Policy
    from sim.inputs.scenario import Scenario

    if isinstance(scenario, str):
        scenario = Scenario.load(scenario)
    if isinstance(policy, str):
        policy = Policy.load(policy)
    return scenario, Policy() if policy is None else policy


def _whole(name: str, number: Any, low: int, high: int) -> int:
    is_whole = isinstance(number, (int, np.integer)) and not isinstance(number, bool)
    if not is_whole or not low <= number <= high:
        raise BadInput(
            f"{name}: {quoted(number)} is not possible. Give a whole number from {low} to {high}."
        )
    return int(number)
