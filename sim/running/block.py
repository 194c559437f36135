"""One block of worlds, run to the end: the job that a worker gets, and what it brings home."""

from __future__ import annotations

import re
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from sim.economy import model as economy
from sim.economy.agents.own_strategies import Strategies
from sim.errors import BadInput
from sim.outputs.dataset import Shown
from sim.outputs.results import Failure
from sim.running.workers import count_up

if TYPE_CHECKING:
    from sim.inputs.policy import Policy
    from sim.inputs.scenario import Scenario

Columns: TypeAlias = dict[str, np.ndarray]
OF_THE_BLOCK = re.compile(r"\bworld (\d+) of the block")


@dataclass(frozen=True)
class Job:
    """One block of worlds of one case."""

    case: int
    scenario: Scenario
    policy: Policy | None
    seed: int
    worlds: np.ndarray
    measures: tuple[str, ...] | None = None
    normals: Columns | None = None  # in place of dials' luck, by dotted name
    values: Columns | None = None  # in place of dials, in their units
    luck: np.ndarray | None = None  # whose luck each has, if not its own
    strategies: Strategies | None = None  # of one's own, by lab
    again: bool = False  # it ran before, and its quarters were counted then
    orphan: bool = False  # its process died once

    def part(self, places: slice) -> Job:
        """Some of its worlds, to be run again."""
        luck = self.worlds if self.luck is None else self.luck
        return replace(
            self,
            worlds=self.worlds[places],
            luck=luck[places],
            normals=_each(self.normals, lambda given: given[places]),
            values=_each(self.values, lambda given: given[places]),
            again=True,
        )


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
    began, finished = time.perf_counter(), 0
    counted = 0 if job.again else len(job.worlds)
    model: economy.AIEconomy | None = None
    try:
        record = True if job.measures is None else job.measures
        ids, normals, values = _columns(job)
        dials = None
        if normals is not None or values is not None:
            dials = job.scenario.draw(job.seed, ids, normals, values)
        model = economy.AIEconomy(
            job.scenario,
            job.policy,
            worlds=ids,
            seed=job.seed,
            dials=dials,
            record=record,
            strategies=job.strategies,
        )
        while not model.finished:
            model.step()
            finished += 1
            tick(counted)
        return _block(job, model, time.perf_counter() - began)
    except BadInput:
        raise
    except Exception as error:
        tick(counted * (len(job.scenario.quarters) - finished))
        return failure_of(job, error)
    finally:
        take_apart(model)


def _columns(job: Job) -> tuple[np.ndarray, Columns | None, Columns | None]:
    """Whose luck every column of the model has, and the normals and values given to it.

    A world that runs again by itself stands twice: numpy adds up a lone column in another order,
    and it shall have the last digits that it would have had in company.
    """
    ids = job.worlds if job.luck is None else job.luck
    if not (job.again and len(ids) == 1):
        return ids, job.normals, job.values

    def twice(given: np.ndarray) -> np.ndarray:
        return np.repeat(given, 2)

    return twice(ids), _each(job.normals, twice), _each(job.values, twice)


def _each(columns: Columns | None, change: Callable[[np.ndarray], np.ndarray]) -> Columns | None:
    """Every column changed alike, if there are any."""
    return None if columns is None else {dial: change(given) for dial, given in columns.items()}


def _block(job: Job, model: Any, seconds: float) -> Block:
    recorder, count = model.recorder, len(job.worlds)
    return Block(
        worlds=job.worlds,
        quarters=recorder.quarters[: recorder.noted],
        measures={name: Shown.of(measure) for name, measure in recorder.measures.items()},
        coords=recorder.coords,
        arrays={
            name: array[: recorder.noted, ..., :count] for name, array in recorder.arrays.items()
        },
        ledger_worst=float(model.ledger.worst),
        ledger_at=str(model.ledger.worst_at),
        seconds=seconds,
    )


def take_apart(model: economy.AIEconomy | None) -> None:
    """Let the memory of a finished model go at once; it cannot be used afterwards.

    A model is a web of cycles: 80 MB a block of 1,024 worlds that would wait for Python to look
    for such.
    """
    for one in () if model is None else (*model.agents, model):
        vars(one).clear()


def failure_of(job: Job, error: BaseException) -> Failure:
    """Worlds that did not finish, as a row of `Results.failures`, named by their own numbers."""

    def own(match: re.Match[str]) -> str:
        return f"world {job.worlds[min(int(match[1]), len(job.worlds) - 1)]}"

    lines = OF_THE_BLOCK.sub(own, "".join(traceback.format_exception(error)))
    first, last = int(job.worlds[0]), int(job.worlds[-1])
    said = OF_THE_BLOCK.sub(own, f"{type(error).__name__}: {error}")
    return Failure(first, last, len(job.worlds), said, lines)
