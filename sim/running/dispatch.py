"""Jobs on workers: what fails is tried again in parts, so that a bad world costs itself alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from sim.errors import BadInput
from sim.outputs.results import Failure
from sim.running import workers as pools
from sim.running.block import Block, Job, failure_of, run_block

Outcome: TypeAlias = tuple[Job, Block | Failure]


def outcomes(
    jobs: list[Job], workers: int, executor: Executor | None, tell: Callable[[int], None]
) -> Iterator[Outcome]:
    """Each job, or each part that it was split into, with what came of it, as they finish.

    A block in which a world fails runs again in halves, and those in halves, until only the worlds
    that fail are left. The jobs of a process that died run once more, one at a time. `tell` hears
    world-quarters.
    """
    work = _Work(deque(jobs))
    if executor is not None:
        yield from _through(executor, work, work.waiting, 2 * workers, tell, None)
    elif workers == 1:
        while work.waiting:
            job = work.waiting.popleft()
            yield from work.settled(job, run_block(job, tell))
    else:
        while work.waiting or work.orphans:  # a pool one of whose processes died is of no more use
            one_by_one = not work.waiting
            queue = work.orphans if one_by_one else work.waiting
            few = 1 if one_by_one else min(workers, len(queue))
            with pools.processes(few) as (pool, counted):
                window = 1 if one_by_one else 2 * workers
                yield from _through(pool, work, queue, window, tell, counted)


@dataclass
class _Work:
    """What is still to be run."""

    waiting: deque[Job]
    orphans: deque[Job] = field(default_factory=deque)

    def settled(self, job: Job, outcome: Block | Failure) -> list[Outcome]:
        """What is final; the halves of a block that failed wait again instead."""
        size = len(job.worlds)
        if isinstance(outcome, Block) or size == 1:
            return [(job, outcome)]
        middle = size // 2
        self.waiting.extendleft([job.part(slice(middle, None)), job.part(slice(middle))])
        return []

    def orphaned(self, job: Job, error: BaseException) -> list[Outcome]:
        """A job whose process died waits for its second and last try."""
        if job.orphan:
            return [(job, failure_of(job, error))]
        self.orphans.append(replace(job, again=True, orphan=True))
        return []


def _through(
    executor: Executor,
    work: _Work,
    queue: deque[Job],
    window: int,
    tell: Callable[[int], None],
    counted: Callable[[], int] | None,
) -> Iterator[Outcome]:
    """Feed an executor from a queue, at most `window` jobs at a time, until it is empty.

    `counted` says how far processes of our own are; they may die, and then the rest is left.
    """
    running: dict[Future[Block | Failure], Job] = {}
    heard, broken = 0, False
    while running or (queue and not broken):
        while queue and not broken and len(running) < window:
            job = queue.popleft()
            try:
                running[executor.submit(run_block, job)] = job
            except RuntimeError as error:  # the executor has broken or was shut down
                broken = counted is not None
                if broken:
                    queue.appendleft(job)
                else:
                    yield job, failure_of(job, error)
        if not running:
            continue
        finished, _ = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
        if counted is not None:
            now = counted()
            tell(now - heard)
            heard = now
        for future in finished:
            job = running.pop(future)
            try:
                settled = work.settled(job, future.result())
            except BadInput:
                raise
            except BrokenExecutor as error:
                broken = broken or counted is not None
                ours = counted is not None
                settled = work.orphaned(job, error) if ours else [(job, failure_of(job, error))]
            except Exception as error:  # it could not be sent
                settled = [(job, failure_of(job, error))]
            if counted is None and not job.again:
                tell(len(job.worlds) * len(job.scenario.quarters))
            yield from settled
