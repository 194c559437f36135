"""Worlds with given dials, run through the record: what each says of each row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, wait
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from sim.dates import quarter_index
from sim.history.calibration.likelihood import oom_said
from sim.history.record.observables import measures_for
from sim.history.record.past import Past
from sim.history.record.rows import Row
from sim.outputs.results import Failure
from sim.running import workers as hands
from sim.running.block import Job, run_block
from sim.running.workers import count_up
from sim.units import Array

if TYPE_CHECKING:
    from sim.inputs.scenario import Scenario

BLOCK = 1024  # worlds; never depends on the number of workers, so neither do the numbers


class RunFailed(RuntimeError):
    """A block of worlds did not come through."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure

    def __str__(self) -> str:
        return self.failure.error


def said_by(job: Job, rows: Sequence[Row], tick: Callable[[int], None] = count_up) -> Array:
    """What the worlds of one job say of each row, (rows, worlds), OOM."""
    block = run_block(job, tick)
    if isinstance(block, Failure):
        raise RunFailed(block)
    return oom_said(Past(block.arrays, quarter_index(block.quarters[0]), block.coords), rows)


class Crew:
    """Hands that stay for several pools of worlds: `workers` processes, or this one."""

    def __init__(self, pool: Executor | None, counted: Callable[[], int], workers: int) -> None:
        self.pool, self.counted, self.workers = pool, counted, workers
        self.heard = 0

    def simulate(
        self,
        scenario: Scenario,
        rows: Sequence[Row],
        seed: int,
        worlds: np.ndarray,
        normals: Mapping[str, Array],
        tell: Callable[[int], None] = lambda count: None,
    ) -> Iterator[tuple[slice, Array]]:
        """Each block's place and what it says, (rows, worlds), in order.

        `normals` are the dials as standard normals, (worlds,) each; all else has the worlds' own
        luck. `tell` hears world-quarters.
        """
        measures = measures_for([row.observable for row in rows])
        jobs = []
        for first in range(0, len(worlds), BLOCK):
            at = slice(first, min(first + BLOCK, len(worlds)))
            given = {dotted: values[at] for dotted, values in normals.items()}
            jobs.append((at, Job(0, scenario, None, seed, worlds[at], measures, given)))
        if self.pool is None:
            for at, job in jobs:
                yield at, said_by(job, rows, tell)
            return
        waiting: list[Future[Array]] = []
        for done, (at, _) in enumerate(jobs):
            for _, job in jobs[len(waiting) : done + 4 * self.workers]:
                waiting.append(self.pool.submit(said_by, job, rows))
            while wait([waiting[done]], timeout=0.2).not_done:
                self._listen(tell)
            yield at, waiting[done].result()
        self._listen(tell)

    def _listen(self, tell: Callable[[int], None]) -> None:
        now = self.counted()
        tell(now - self.heard)
        self.heard = now


@contextmanager
def crew(workers: int) -> Iterator[Crew]:
    """Processes that end with the block of code that asked for them."""
    if workers == 1:
        yield Crew(None, lambda: 0, 1)
        return
    with hands.processes(workers) as (pool, counted):
        yield Crew(pool, counted, workers)
