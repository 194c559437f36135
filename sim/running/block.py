"""One block of worlds, run to the end: the job that a worker gets, and what it brings home."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.errors import BadInput
from sim.outputs.results import Failure, Shown
from sim.running.workers import count_up

if TYPE_CHECKING:
    from sim.inputs.policy import Policy
    from sim.inputs.scenario import Scenario


@dataclass(frozen=True)
class Job:
    """One block of worlds of one case."""

    case: int
    scenario: Scenario
    policy: Policy | None
    seed: int
    worlds: np.ndarray
    measures: tuple[str, ...] | None = None
    normals: dict[str, np.ndarray] | None = None  # in place of dials' luck, by dotted name


@dataclass(frozen=True)
class Block:
    """What a block brings home: arrays (quarters, ..., worlds) and what they show."""

    worlds: np.ndarray
    quarters: list[str]
    measures: dict[str, Shown]
    coords: dict[str, tuple[str, ...]]
    arrays: dict[str, np.ndarray]
    ledger_worst: float
    ledger_at: str
    seconds: float


def run_block(job: Job, tick: Callable[[int], None] = count_up) -> Block | Failure:
    """Run one block of worlds to the end; anything but bad input comes back as a Failure."""
    from sim.economy.model import AIEconomy

    began, done = time.perf_counter(), 0
    try:
        record = True if job.measures is None else job.measures
        given = job.normals
        dials = None if given is None else job.scenario.draw(job.seed, job.worlds, given)
        model = AIEconomy(
            job.scenario, job.policy, worlds=job.worlds, seed=job.seed, dials=dials, record=record
        )
        while not model.finished:
            model.step()
            done += 1
            tick(len(job.worlds))
        recorder = model.recorder
        assert recorder is not None
        return Block(
            worlds=job.worlds,
            quarters=recorder.quarters[: recorder.noted],
            measures={name: Shown.of(measure) for name, measure in recorder.measures.items()},
            coords=recorder.coords,
            arrays={name: array[: recorder.noted] for name, array in recorder.arrays.items()},
            ledger_worst=float(model.ledger.worst),
            ledger_at=str(model.ledger.worst_at),
            seconds=time.perf_counter() - began,
        )
    except BadInput:
        raise
    except Exception as error:
        tick(len(job.worlds) * (len(job.scenario.quarters) - done))
        return failure_of(job, error)


def failure_of(job: Job, error: BaseException) -> Failure:
    """A block that did not finish, as a row of `Results.failures`."""
    lines = traceback.format_exception(error)
    first, last = int(job.worlds[0]), int(job.worlds[-1])
    said = f"{type(error).__name__}: {error}"
    return Failure(first, last, len(job.worlds), said, "".join(lines))
