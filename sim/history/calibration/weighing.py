"""Weights of worlds: how far the model may be off, and so how much each draw of dials counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.history.calibration.emulator import Emulator
from sim.history.calibration.likelihood import (
    USUAL,
    ModelError,
    group_error,
    log_likelihood,
    log_prior_of,
    precisions,
)
from sim.history.calibration.sampling import normalised, temper
from sim.history.record.rows import Row, by_series
from sim.units import Array

FACTORS = (0.25, 0.35, 0.5, 0.7, 1.0, 1.4)  # of the model's usual error, that are tried
WORLDS_TRIED = 20_000  # with which they are tried
SETTLING_STEPS = 4  # in which weights and the precisions of the series are found from one another
NO_TEMPER = 1.0  # effective size that any weights have


def likeliest_error(
    rows: Sequence[Row], emulator: Emulator, draws: Array, log_ratio: Array
) -> ModelError:
    """The size of the model's own error at which the record is likeliest (empirical Bayes)."""
    some = slice(None, None, max(draws.shape[1] // WORLDS_TRIED, 1))
    mean, ratio = emulator.mean(draws[:, some]), log_ratio[some]
    evidence = []
    for error in map(USUAL.times, FACTORS):
        _, log, _, precision = _settled(rows, error, mean, emulator.luck, ratio, NO_TEMPER)
        evidence.append(np.logaddexp.reduce(ratio + log) + log_prior_of(precision))
    return USUAL.times(FACTORS[int(np.argmax(evidence))])


def weigh(
    rows: Sequence[Row],
    error: ModelError,
    emulator: Emulator,
    draws: Array,
    log_ratio: Array,
    least_effective: float,
) -> tuple[Array, float, dict[tuple[str, str], float]]:
    """Weights that sum to one, the power of the likelihood, and each series' precision.

    `draws` are (dials, worlds); `log_ratio` (worlds,) is the log of the prior's density over that
    of the draws. The likelihood is tempered until `least_effective` worlds carry the weight.
    """
    mean, luck = emulator.mean(draws), emulator.luck
    weights, _, power, precision = _settled(rows, error, mean, luck, log_ratio, least_effective)
    return weights, power, dict(zip(by_series(rows), precision.tolist(), strict=True))


def _settled(
    rows: Sequence[Row],
    error: ModelError,
    mean: Array,
    luck: Array,
    log_ratio: Array,
    least_effective: float,
) -> tuple[Array, Array, float, Array]:
    """Weights, log likelihoods, its power and precisions, each found from the others in turn."""
    common, observed = luck + group_error(rows, error), np.array([row.oom for row in rows])
    precision = np.ones(len(by_series(rows)))
    for _ in range(SETTLING_STEPS):
        log = log_likelihood(rows, error, mean, common, precision)
        power = temper(log_ratio, log, least_effective)
        weights = normalised(log_ratio + power * log)
        precision = precisions(rows, error, mean @ weights - observed, common)
    return weights, log, power, precision
