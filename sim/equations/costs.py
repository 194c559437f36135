"""Costs: what a training run and a token take, from chips' hours to dollars.

An H100e is one H100-equivalent, 1e15 dense BF16 FLOP/s; hours are H100e-hours.
"""

from __future__ import annotations

import numpy as np

from sim.units import FLOP, Array, H100e_hours, Ratio, USD_per_hour, USD_per_Mtok

FLOP_PER_HOUR = 1e15 * 3600.0  # of one H100e at full use


def training_flop(hours: H100e_hours, utilisation: Ratio) -> FLOP:
    """Useful FLOP of a training run (model FLOP utilisation: Chowdhery et al. 2022, PaLM)."""
    return hours * (FLOP_PER_HOUR * utilisation)


def serving_overhead(years: Array, start: Ratio, progress: Array, floor: Ratio) -> Ratio:
    """Cost of a served token over 2N FLOP, `years` after the start; falls `progress` OOM a year.

    Batching, quantisation, kernels and sparsity push it down to a floor: the active parameters
    still have to be multiplied.
    """
    return floor + np.maximum(start - floor, 0.0) * 10.0 ** (-progress * years)


def hours_per_Mtok(parameters: Array, overhead: Ratio, utilisation: Ratio) -> Array:
    """H100e-hours to serve a million tokens: 2N FLOP a token (Kaplan et al. 2020, forward pass)."""
    return parameters * (2e6 / FLOP_PER_HOUR * overhead / utilisation)


def token_cost(hours: Array, rent: USD_per_hour) -> USD_per_Mtok:
    """Marginal cost of a million tokens."""
    return hours * rent


def user_cost(
    price: Array, interest: Array, life: Array, fall: Array, draw: Array, power: Array, load: Ratio
) -> USD_per_hour:
    """What an installed H100e must earn an hour to pay for itself (Jorgenson 1963).

    Interest, wear and the loss of worth as new chips get cheaper. `price` USD an H100e installed,
    `life` years, `fall` of the price a year in logs, `draw` kW, `power` USD/kWh, `load` share of
    hours sold.
    """
    return price * (interest + 1.0 / life + fall) / (8760.0 * load) + draw * power
