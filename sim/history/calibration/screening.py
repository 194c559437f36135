"""What history can say: which rows a scenario speaks about, and which dials matter to any."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.history.calibration.pool import Crew
from sim.history.calibration.sampling import effective, quantiles
from sim.history.record.rows import Row
from sim.units import Array

if TYPE_CHECKING:
    from sim.inputs.scenario import Scenario

FUTURES = {"scaling.onset", "scaling.late_slope"}  # of the regime to come, whatever the record says
TRIED = 64  # worlds in which each dial is moved
Z95 = 1.6449  # standard deviations from the middle to either end of a 90 % interval
LEAST_EFFECT = 0.02  # OOM that some row must move when a dial goes from end to end
SAME_PLACE, SAME_WIDTH = 0.15, 0.10  # of a standard deviation of the prior


def speakable(
    crew: Crew, scenario: Scenario, rows: Sequence[Row], seed: int
) -> tuple[list[Row], dict[str, str]]:
    """The rows a run can speak about, and why not of the others."""
    ids = np.arange(8)
    [(_, said)] = crew.simulate(scenario, rows, seed, ids, {})
    mute = [bool(np.isnan(one).all()) for one in said]
    told = [row for row, silent in zip(rows, mute, strict=True) if not silent]
    why = "the scenario has no such lab, or no run from so early"
    return told, {row.id: why for row, silent in zip(rows, mute, strict=True) if silent}


def decided_later(crew: Crew, scenario: Scenario, rows: Sequence[Row], seed: int) -> dict[str, str]:
    """Dials that move no row by LEAST_EFFECT from one end of their interval to the other, and why.

    Each is moved in worlds of the same luck, in which the others are drawn from the prior.
    """
    dials = [dotted for dotted in scenario.uncertain if dotted not in FUTURES]
    later = {
        dotted: "a future that history does not decide"
        for dotted in scenario.uncertain
        if dotted in FUTURES
    }
    base = np.random.default_rng([seed, 2**31]).standard_normal((len(dials), TRIED))
    tried = np.tile(base, 2 * len(dials))
    for i in range(len(dials)):
        for end, z in enumerate((-Z95, Z95)):
            first = TRIED * (2 * i + end)
            tried[i, first : first + TRIED] = z
    ids = np.tile(np.arange(TRIED), 2 * len(dials))
    said = np.empty((len(rows), len(ids)))
    given = dict(zip(dials, tried, strict=True))
    for at, part in crew.simulate(scenario, rows, seed, ids, given):
        said[:, at] = part
    moves = said.reshape(len(rows), len(dials), 2, TRIED)
    effect = np.abs(moves[:, :, 1] - moves[:, :, 0]).mean(axis=2).max(axis=0)
    later |= {
        dotted: f"moves no row by {LEAST_EFFECT} OOM"
        for dotted, most in zip(dials, effect, strict=True)
        if most < LEAST_EFFECT
    }
    return later


def told_nothing(dials: Sequence[str], draws: Array, weights: Array) -> dict[str, str]:
    """Dials whose distribution is still the prior, as far as so many draws can tell, and why."""
    count = effective(weights)
    noise = 1.0 / np.sqrt(count)
    mean = draws @ weights
    apart = draws - mean[:, None]
    covariance = (apart * weights) @ apart.T
    spread = np.sqrt(np.diag(covariance))
    related = np.abs(covariance / np.outer(spread, spread) - np.eye(len(dials))).max(axis=1)
    said = {}
    for i, dotted in enumerate(dials):
        low, middle, high = quantiles(draws[i], weights, (0.05, 0.5, 0.95))
        width = (high - low) / (2.0 * Z95)
        place = SAME_PLACE + noise
        if (
            abs(middle) < place
            and abs(width - 1.0) < SAME_WIDTH + 2.0 * noise
            and related[i] < 0.1 + 3.0 * noise
        ):
            said[dotted] = "the record leaves its range as it was"
    return said
