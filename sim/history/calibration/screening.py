"""What history can decide: which rows a scenario predicts, and which dials matter to any."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.history.calibration.pool import Pool
from sim.history.calibration.sampling import effective, quantiles
from sim.history.record.rows import Z90, Row
from sim.units import Array

if TYPE_CHECKING:
    from sim.inputs.scenario import Scenario

FUTURES = {"scaling.onset", "scaling.late_slope"}  # of the regime to come, whatever the record says
WORLDS_ASKED = 8  # whether they predict a row at all
WORLDS_TRIED = 64  # in which each dial is moved
LEAST_EFFECT = 0.02  # OOM that some row must move when a dial goes from end to end
# A dial is as it was if its middle and width differ by no more, in standard deviations of the
# prior, nor its correlation with any other; and by these multiples of the weights' own noise.
SAME_PLACE, SAME_WIDTH, UNRELATED = 0.15, 0.10, 0.10
NOISES_OF_PLACE, NOISES_OF_WIDTH, NOISES_OF_RELATION = 1.0, 2.0, 3.0


def predictable(
    pool: Pool, scenario: Scenario, rows: Sequence[Row], seed: int
) -> tuple[list[Row], dict[str, str]]:
    """The rows that a run predicts, and why not of the others."""
    [(_, predicted)] = pool.simulate(scenario, rows, seed, np.arange(WORLDS_ASKED), {})
    why_not = "the scenario has no such lab, or no run from so early"
    able, left_out = [], {}
    for row, worlds in zip(rows, predicted, strict=True):
        if np.isnan(worlds).all():
            left_out[row.id] = why_not
        else:
            able.append(row)
    return able, left_out


def decided_later(pool: Pool, scenario: Scenario, rows: Sequence[Row], seed: int) -> dict[str, str]:
    """Dials that move no row by LEAST_EFFECT from one end of their interval to the other, and why.

    Each is moved in worlds of the same luck, in which the others are drawn from the prior.
    """
    dials = [dotted for dotted in scenario.uncertain if dotted not in FUTURES]
    later = {
        dotted: "a future that history does not decide"
        for dotted in scenario.uncertain
        if dotted in FUTURES
    }
    base = np.random.default_rng([seed, 2**31]).standard_normal((len(dials), WORLDS_TRIED))
    tried = np.tile(base, 2 * len(dials))
    for i in range(len(dials)):
        for end, normal in enumerate((-Z90, Z90)):
            first = WORLDS_TRIED * (2 * i + end)
            tried[i, first : first + WORLDS_TRIED] = normal
    ids = np.tile(np.arange(WORLDS_TRIED), 2 * len(dials))
    predicted = np.empty((len(rows), len(ids)))
    normals = dict(zip(dials, tried, strict=True))
    for at, block in pool.simulate(scenario, rows, seed, ids, normals):
        predicted[:, at] = block
    by_end = predicted.reshape(len(rows), len(dials), 2, WORLDS_TRIED)
    effect = np.abs(by_end[:, :, 1] - by_end[:, :, 0]).mean(axis=2).max(axis=0)
    later |= {
        dotted: f"moves no row by {LEAST_EFFECT} OOM"
        for dotted, most in zip(dials, effect, strict=True)
        if most < LEAST_EFFECT
    }
    return later


def unmoved(dials: Sequence[str], draws: Array, weights: Array) -> dict[str, str]:
    """Dials whose distribution is still the prior, as far as so many draws can tell, and why.

    `draws` are (dials, worlds), standard normals; `weights` (worlds,) sum to one.
    """
    count = effective(weights)
    noise = 1.0 / np.sqrt(count)
    mean = draws @ weights
    apart = draws - mean[:, None]
    covariance = (apart * weights) @ apart.T
    spread = np.sqrt(np.diag(covariance))
    related = np.abs(covariance / np.outer(spread, spread) - np.eye(len(dials))).max(axis=1)
    as_they_were = {}
    for i, dotted in enumerate(dials):
        low, middle, high = quantiles(draws[i], weights, (0.05, 0.5, 0.95))
        width = (high - low) / (2.0 * Z90)
        if (
            abs(middle) < SAME_PLACE + NOISES_OF_PLACE * noise
            and abs(width - 1.0) < SAME_WIDTH + NOISES_OF_WIDTH * noise
            and related[i] < UNRELATED + NOISES_OF_RELATION * noise
        ):
            as_they_were[dotted] = "the record leaves its range as it was"
    return as_they_were
