"""Costs: what a training run and a token take, from chips' hours to dollars.

An H100e is one H100-equivalent, 1e15 dense BF16 FLOP/s; hours are H100e-hours.
"""

from __future__ import annotations

import numpy as np

from sim.units import (
    FLOP,
    HOURS_A_YEAR,
    USD,
    H100e_hours,
    H100e_hours_per_Mtok,
    Mtok,
    Parameters,
    Ratio,
    Share,
    Tokens,
    USD_per_H100e,
    USD_per_hour,
    USD_per_kWh,
    USD_per_Mtok,
    Years,
    kW_per_H100e,
    per_Year,
)

FLOP_PER_HOUR = 1e15 * 3600.0  # of one H100e at full use


def training_flop(hours: H100e_hours, utilisation: Ratio) -> FLOP:
    """Useful FLOP of a training run (model FLOP utilisation: Chowdhery et al. 2022, PaLM)."""
    return hours * (FLOP_PER_HOUR * utilisation)


def serving_overhead(
    years: Years, start: Ratio, progress: per_Year, floor: Ratio, learnt: Ratio
) -> Ratio:
    """Cost of a served token over 2N FLOP, `years` after the start.

    Batching, number formats, kernels and sparsity push it down to a floor: the active parameters
    still have to be multiplied. Everybody finds some of it, `progress` OOM a year (Epoch AI 2025 on
    prices); what a lab has `learnt` by serving leaves that part (M31).
    """
    return floor + np.maximum(start * learnt * 10.0 ** (-progress * years) - floor, 0.0)


def learnt(served: Mtok, known: Mtok, learning: Share) -> Ratio:
    """Part of a cost that is left after tokens served: less by `learning` with each doubling.

    Learning by doing (Wright 1936; Arrow 1962), from what is `known` on.
    """
    return (1.0 + served / known) ** np.log2(1.0 - learning)


def served_as_dear(serving: USD, parameters: Parameters, flop: FLOP, worth: USD) -> Tokens:
    """Tokens to be served, as they count when the size of the next model is chosen.

    `serving` is what its users' tokens would cost to serve with a model of so many `parameters`;
    `worth` is what e times the compute of a run of `flop` would be worth. So
    flop serving / (2 parameters worth): where a run is worth just what it costs, and serving FLOP
    are as well used as training FLOP, that is the number of tokens (Sardana et al. 2024).
    """
    return flop * serving / (2.0 * parameters * np.maximum(worth, 1e-9))


def hours_per_Mtok(
    parameters: Parameters, overhead: Ratio, utilisation: Ratio
) -> H100e_hours_per_Mtok:
    """H100e-hours to serve a million tokens: 2N FLOP a token (Kaplan et al. 2020, forward pass)."""
    return parameters * (2e6 / FLOP_PER_HOUR * overhead / utilisation)


def token_cost(hours: H100e_hours_per_Mtok, rent: USD_per_hour) -> USD_per_Mtok:
    """Marginal cost of a million tokens.

    An identity.
    """
    return hours * rent


def user_cost(
    price: USD_per_H100e,
    interest: per_Year,
    life: Years,
    fall: per_Year,
    draw: kW_per_H100e,
    power: USD_per_kWh,
    load: Share,
) -> USD_per_hour:
    """What an installed H100e must earn an hour to pay for itself (Jorgenson 1963).

    Interest, wear and the loss of worth as new chips get cheaper. `price` USD an H100e installed,
    `life` years, `fall` of the price a year in logs, `draw` kW, `power` USD/kWh, `load` share of
    hours sold.
    """
    return price * capital_cost(interest, life, fall, load) + draw * power


def capital_cost(interest: per_Year, life: Years, fall: per_Year, load: Share) -> Ratio:
    """The part of user cost that pays for the chip, an hour sold and a dollar of it installed.

    (interest + 1/life + fall) / (8760 load): Jorgenson 1963.
    """
    return (interest + 1.0 / life + fall) / (HOURS_A_YEAR * load)


def spread_of_draws(mean: kW_per_H100e, least: kW_per_H100e) -> Ratio:
    """Exponent of the Pareto of draws with this mean, of which a new chip's is the least.

    mean / (mean - least): the identity of a Pareto's mean; at most 50, where all are alike.
    """
    return 1.0 / np.maximum(1.0 - least / mean, 0.02)


def mean_running(least: USD_per_hour, spread: Ratio) -> USD_per_hour:
    """What chips cost to run on average, least spread / (spread - 1): the mean of that Pareto.

    The inverse of `spread_of_draws`: an identity.
    """
    return least * spread / (spread - 1.0)


def hours_left(cap: FLOP, used: FLOP, utilisation: Ratio) -> H100e_hours:
    """Hours that a run may still use under a legal cap on its FLOP.

    The inverse of `training_flop`: an identity.
    """
    return np.maximum(cap - used, 0.0) / (FLOP_PER_HOUR * utilisation)
