"""Rounds of a calibration: draw worlds where the weight lies, run them, weigh all so far anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from sim.history.calibration import kept_rounds
from sim.history.calibration.emulator import Emulator, Moments, degree_for, terms_in, terms_of
from sim.history.calibration.likelihood import USUAL, ModelError
from sim.history.calibration.plan import Plan
from sim.history.calibration.pool import WORLDS_A_BLOCK, Pool
from sim.history.calibration.sampling import Proposal, effective, log_prior_over_drawn
from sim.history.calibration.weighing import likeliest_error, weigh
from sim.history.record.rows import Row
from sim.units import Array

if TYPE_CHECKING:
    from sim.inputs.scenario import Scenario

LEAST_EFFECTIVE = 500.0  # worlds that must carry the weight: the likelihood is tempered until then
ONE_IN = 10  # of the worlds so far must carry it, where that is fewer


@dataclass(frozen=True, repr=False)
class Question:
    """What all rounds of a calibration have in common."""

    scenario: Scenario  # that ends with the last row, all dials at their priors
    rows: Sequence[Row]
    dials: Sequence[str]
    plan: Plan

    def __repr__(self) -> str:
        return (
            f"Question of {self.scenario.name}: {len(self.dials)} dials, {len(self.rows)} rows "
            f"until {self.plan.until}"
        )

    @property
    def degree(self) -> int:
        """Of the emulator's polynomial."""
        return degree_for(len(self.dials), min(self.plan.sizes))

    @cached_property
    def key(self) -> str:
        """Of rounds kept for this question."""
        plan = self.plan
        return kept_rounds.key(
            self.scenario, self.rows, self.dials, plan.luck, plan.sizes, self.degree
        )


@dataclass(frozen=True)
class Round:
    """How one round went."""

    worlds: int
    effective: float
    temper: float
    degree: int
    was_kept: bool  # found on disk, and not run again


@dataclass(frozen=True, eq=False, repr=False)
class Weighted:
    """The worlds of all rounds so far, and how much each weighs."""

    draws: Array  # (dials, worlds), standard normals
    weights: Array  # (worlds,), sum to one
    proposals: tuple[Proposal, ...] = ()
    rounds: tuple[Round, ...] = ()
    precision: dict[tuple[str, str], float] | None = None  # by series
    error: ModelError = USUAL

    def __repr__(self) -> str:
        return (
            f"Weighted: {len(self.weights):,} worlds of {len(self.rounds)} rounds, "
            f"{len(self.draws)} dials"
        )

    @classmethod
    def none(cls, dials: int) -> Weighted:
        return cls(np.empty((dials, 0)), np.empty(0))


def next_round(
    question: Question, so_far: Weighted, pool: Pool, tell: Callable[[int], None]
) -> Weighted:
    """The worlds so far and those of one round more, all weighed with its emulator.

    `tell` hears world-quarters. Runs nothing if the round is kept in the plan's folder.
    """
    rows, degree = question.rows, question.degree
    number, sizes = len(so_far.rounds), question.plan.sizes
    proposal = (
        Proposal.fitted(so_far.draws, so_far.weights)
        if so_far.rounds
        else Proposal.first(len(question.dials))
    )
    fresh = proposal.draw(np.random.default_rng([question.plan.luck, number]), sizes[number])
    moments, was_kept = _moments(question, number, fresh, pool, tell)
    draws = np.concatenate([so_far.draws, fresh], axis=1)
    proposals = (*so_far.proposals, proposal)
    ratio = log_prior_over_drawn(draws, proposals, sizes[: number + 1])
    emulator = Emulator.fit(degree, moments)
    error = likeliest_error(rows, emulator, draws, ratio)
    least = min(LEAST_EFFECTIVE, draws.shape[1] / ONE_IN)
    weights, power, precision = weigh(rows, error, emulator, draws, ratio, least)
    result = Round(sizes[number], effective(weights), power, degree, was_kept)
    return Weighted(draws, weights, proposals, (*so_far.rounds, result), precision, error)


def _moments(
    question: Question, number: int, draws: Array, pool: Pool, tell: Callable[[int], None]
) -> tuple[Moments, bool]:
    """Sums over the worlds of a round, (dials, worlds), and whether they were kept."""
    plan, scenario, rows, degree = question.plan, question.scenario, question.rows, question.degree
    size, terms = plan.sizes[number], terms_in(len(question.dials), degree)
    kept = kept_rounds.read(plan.cache, question.key, number, size, terms, len(rows))
    if kept is not None:
        tell(size * len(scenario.quarters))
        return kept, True
    moments = Moments.none(terms, len(rows))
    blocks_a_round = -(-plan.sizes[0] // WORLDS_A_BLOCK)  # so that no two rounds share a world
    ids = number * blocks_a_round * WORLDS_A_BLOCK + np.arange(size)
    normals = dict(zip(question.dials, draws, strict=True))
    for at, predicted in pool.simulate(scenario, rows, plan.luck, ids, normals, tell):
        moments.add(terms_of(draws[:, at], degree), predicted)
    kept_rounds.write(plan.cache, question.key, number, moments)
    return moments, False
