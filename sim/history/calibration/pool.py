"""Worlds with given dials, run through the record: what each predicts of each row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, wait
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from sim.dates import quarter_index
from sim.history.calibration.likelihood import predicted_oom
from sim.history.record.observables import measures_for
from sim.history.record.past import Past
from sim.history.record.rows import Row
from sim.outputs.results import Failure
from sim.running.block import Job, run_block
from sim.running.workers import count_up, processes
from sim.units import Array

if TYPE_CHECKING:
    from sim.inputs.scenario import Scenario

WORLDS_A_BLOCK = 1024  # never depends on the number of workers, so neither do the numbers
BLOCKS_AHEAD = 4  # a worker, that wait to be done
LISTEN_EVERY = 0.2  # seconds


class RunFailed(RuntimeError):
    """A block of worlds did not come through."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure

    def __str__(self) -> str:
        return self.failure.error


def predicted_by(job: Job, rows: Sequence[Row], tick: Callable[[int], None] = count_up) -> Array:
    """What the worlds of one job predict of each row, (rows, worlds), OOM."""
    block = run_block(job, tick)
    if isinstance(block, Failure):
        raise RunFailed(block)
    return predicted_oom(Past(block.arrays, quarter_index(block.quarters[0]), block.coords), rows)


class Pool:
    """Processes that stay for several sets of worlds; or none, and this one does the work."""

    def __init__(self, executor: Executor | None, count: Callable[[], int], workers: int) -> None:
        self.executor, self.count, self.workers = executor, count, workers
        self.counted = 0  # world-quarters passed on so far

    def simulate(
        self,
        scenario: Scenario,
        rows: Sequence[Row],
        seed: int,
        worlds: np.ndarray,
        normals: Mapping[str, Array],
        tell: Callable[[int], None] = lambda count: None,
    ) -> Iterator[tuple[slice, Array]]:
        """Each block's place and what it predicts, (rows, worlds), in order.

        `normals` are the dials as standard normals, (worlds,) each; all else has the worlds' own
        luck. `tell` hears world-quarters.
        """
        measures = measures_for([row.observable for row in rows])
        jobs = []
        for first in range(0, len(worlds), WORLDS_A_BLOCK):
            at = slice(first, min(first + WORLDS_A_BLOCK, len(worlds)))
            given = {dotted: values[at] for dotted, values in normals.items()}
            jobs.append((at, Job(0, scenario, None, seed, worlds[at], measures, given)))
        if self.executor is None:
            for at, job in jobs:
                yield at, predicted_by(job, rows, tell)
            return
        waiting: list[Future[Array]] = []
        for finished, (at, _) in enumerate(jobs):
            for _, job in jobs[len(waiting) : finished + BLOCKS_AHEAD * self.workers]:
                waiting.append(self.executor.submit(predicted_by, job, rows))
            while wait([waiting[finished]], timeout=LISTEN_EVERY).not_done:
                self._listen(tell)
            yield at, waiting[finished].result()
        self._listen(tell)

    def _listen(self, tell: Callable[[int], None]) -> None:
        now = self.count()
        tell(now - self.counted)
        self.counted = now


@contextmanager
def pool_of(workers: int) -> Iterator[Pool]:
    """Processes that end with the block of code that asked for them."""
    if workers == 1:
        yield Pool(None, lambda: 0, 1)
        return
    with processes(workers) as (executor, count):
        yield Pool(executor, count, workers)
