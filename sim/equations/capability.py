"""Capability: what effective compute, thinking, post-training and algorithms are worth, in OOM.

Every function works elementwise on floats or arrays of any shapes that broadcast.
"""

from __future__ import annotations

import numpy as np

from sim.units import (
    FLOP,
    OOM,
    Elasticity,
    Log,
    OOM_per_Year,
    Parameters,
    Ratio,
    Share,
    USD_per_Mtok,
    Years,
    per_Year,
)

BEND = 1.0  # OOM over which the slope of `broken` changes
_LEAST = 1e-30  # keeps 0/0 away; far below anything that happens

# --- Regimes: what an order of magnitude of effective compute is worth beyond an onset -----------


def power_law(theta: OOM, onset: OOM, late_slope: Ratio) -> OOM:
    """Every order of magnitude counts in full, for ever (Kaplan et al. 2020)."""
    return theta


def plateau(theta: OOM, onset: OOM, late_slope: Ratio) -> OOM:
    """Beyond the onset an order of magnitude counts only `late_slope`.

    A modelling choice of ours: the sharpest form of Caballero et al. 2022.
    """
    return np.minimum(theta, onset) + late_slope * np.maximum(np.subtract(theta, onset), 0.0)


def broken(theta: OOM, onset: OOM, late_slope: Ratio) -> OOM:
    """Smoothly broken power law: the slope glides from 1 to `late_slope` around the onset.

    The idea of Caballero et al. 2022, with a quadratic bend in place of their infinite tails, so
    that it is the power law exactly before onset - BEND/2 and the plateau from onset + BEND/2 on.
    """
    past = np.subtract(theta, onset) + BEND / 2.0
    bending = np.clip(past, 0.0, BEND)
    lost = bending * bending / (2.0 * BEND) + np.maximum(past - BEND, 0.0)
    return theta - (1.0 - late_slope) * lost


REGIMES = {"power_law": power_law, "plateau": plateau, "broken": broken}


# --- Other sources of capability -----------------------------------------------------------------


def saturating(gain: OOM, limit: OOM) -> OOM:
    """A gain that starts one for one and approaches a limit: limit (1 - exp(-gain/limit)).

    Exponential saturation: a modelling choice of ours.
    """
    return -limit * np.expm1(-gain / np.maximum(limit, _LEAST))


def test_time_gain(multiple: Ratio, slope: Ratio, limit: OOM) -> OOM:
    """Capability from thinking `multiple` times as long: slope an OOM of tokens, up to a limit.

    Jones 2021 and Snell et al. 2024 measure 0.5 to 1 OOM of training for an OOM of inference.
    Zero at a multiple of one (or less).
    """
    return saturating(slope * np.log10(np.maximum(multiple, 1.0)), limit)


def algorithmic_progress(
    level: OOM, effort: Ratio, speed: OOM, effort_elasticity: Elasticity, fishing_out: Ratio
) -> OOM:
    """OOM of algorithms found in a year, semi-endogenous (Jones 1995; Bloom et al. 2020).

    `speed` is the progress of a year at an effort of one and level zero; ideas get harder to
    find by 10^(-fishing_out) an OOM already found.
    """
    fished_out = np.power(10.0, np.multiply(-fishing_out, level))
    return speed * np.power(effort, effort_elasticity) * fished_out


def algorithmic_gain(progress: OOM, fishing_out: Ratio) -> OOM:
    """OOM found in a period whose `progress` is that of its start: ideas get harder on the way.

    The exact solution of dA/dt = k 10^(-f A) over the period: ln(1 + f ln 10 k) / (f ln 10).
    Of Jones 1995.
    """
    harder = np.multiply(fishing_out, np.log(10.0))
    return np.log1p(harder * progress) / harder


def slope_left(gain: OOM, limit: OOM) -> Ratio:
    """What of a slope is left where `saturating` has brought so much: 1 - gain/limit.

    The derivative of limit (1 - exp(-x/limit)): textbook.
    """
    return np.maximum(1.0 - gain / np.maximum(limit, _LEAST), 0.0)


def useful_reinforcement(reinforced: FLOP, base: FLOP) -> FLOP:
    """Reinforcement compute that counts: its own while small, the base model's where that is less.

    Harmonic, r b / (r + b): ten times in months from a small base, then with pretraining (M13; the
    curves of o1, OpenAI 2024).
    """
    return reinforced * base / np.maximum(reinforced + base, _LEAST)


def post_training_gain(flop_ratio: Ratio, slope: Ratio, limit: OOM) -> OOM:
    """Capability from reinforcement and tuning: log-linear in compute, slowing to a limit.

    `flop_ratio` is useful reinforcement over a starting amount; none gives no gain. Log-linear as
    in Ouyang et al. 2022 and o1 (2024); the limit is a modelling choice of ours.
    """
    return saturating(slope * np.log10(np.add(flop_ratio, 1.0)), limit)


def post_training_elasticity(
    reinforced: FLOP, base: FLOP, reference: FLOP, gain: OOM, slope: Ratio, limit: OOM
) -> OOM:
    """OOM that e times the reinforcement would add: the derivative of the two above in logs.

    Ouyang et al. 2022, as `post_training_gain`.
    """
    useful = useful_reinforcement(reinforced, base)
    begun = useful / (useful + reference)
    room = base / np.maximum(reinforced + base, _LEAST)
    return slope * slope_left(gain, limit) * begun * room / np.log(10.0)


def useful_run(
    run: FLOP, experiments: FLOP, usual: Ratio, share: Share, substitution: Elasticity
) -> FLOP:
    """Compute that a run is worth, given what was learnt for it: CES of run and experiments.

    Equal to the run where experiments are `usual` times it. Their elasticity of substitution is
    below one: a run that was not tried small fails large (hyperparameters that transfer: Yang et
    al. 2022; the form is of Arrow, Chenery, Minhas and Solow 1961).
    """
    power, known = _known(run, experiments, usual, substitution)
    return run * (share + (1.0 - share) * known**power) ** (1.0 / power)


def part_of_run(
    run: FLOP, experiments: FLOP, usual: Ratio, share: Share, substitution: Elasticity
) -> Share:
    """Elasticity of `useful_run` in the run itself; the rest, to one, is that in experiments.

    Euler's theorem for constant returns (Arrow et al. 1961).
    """
    power, known = _known(run, experiments, usual, substitution)
    rest = np.clip((1.0 - share) * known**power, 0.0, 1e12)
    return share / (share + rest)


def _known(run: FLOP, tried: FLOP, usual: Ratio, substitution: Elasticity) -> tuple[Ratio, Ratio]:
    """The power of the CES, and experiments for the run over the usual."""
    power = 1.0 - np.divide(1.0, substitution)
    return power, np.maximum(tried, _LEAST) / (usual * np.maximum(run, _LEAST))


def absorptive_capacity(effort: FLOP, usual: FLOP, half: Ratio) -> Share:
    """Part of what is public that a lab takes up: a half at `half` the usual effort.

    Who does not experiment does not understand what others found (Cohen and Levinthal 1989).
    """
    return effort / np.maximum(effort + half * usual, _LEAST)


def own_discovery(
    found: OOM,
    effort: FLOP,
    usual: FLOP,
    gain: Ratio,
    talent: Log,
    stepping: Elasticity,
    before: OOM,
    fishing_out: Ratio,
) -> OOM:
    """What a lab finds by itself while the public `found` so much.

    `gain` of that at the usual effort, less than in proportion to effort (stepping on toes), and
    harder to find the further it is ahead, `before` OOM, as `algorithmic_gain` says (Jones 1995).
    """
    relative = (effort / np.maximum(usual, _LEAST)) ** stepping
    harder = 10.0 ** (-fishing_out * np.maximum(before, 0.0))
    return algorithmic_gain(gain * found * np.exp(talent) * relative * harder, fishing_out)


def lead(
    before: OOM, own: OOM, found: OOM, taken_up: Share, years: Years, leak: Years, diffusion: Years
) -> OOM:
    """A lab's algorithms over public ones, after some years; below zero it is behind.

    It gains what it finds itself, loses what it does not take up of what all found, and the gap
    closes: a lead leaks, a lag is caught up as fast as it can be taken up (Cohen and Levinthal
    1989; Eeckhout and Jovanovic 2002).
    """
    rate = np.where(before > 0.0, 1.0 / leak, taken_up / diffusion)
    return before * np.exp(-years * rate) + own - (1.0 - taken_up) * found


def lead_elasticity(
    before: OOM,
    own: per_Year,
    found: per_Year,
    taken_up: Share,
    leak: Years,
    diffusion: Years,
    stepping: Elasticity,
) -> OOM:
    """OOM of lead that e times the experiments, kept up, would add in the long run.

    The derivative of `lead` where gains and losses a year balance, own discovery taken as it is
    (Cohen and Levinthal 1989).
    """
    more_taken_up = taken_up * (1.0 - taken_up)
    behind = np.maximum(-before, 0.0)
    lasts = np.where(before > 0.0, leak, diffusion / np.maximum(taken_up, 0.05))
    return (stepping * own + more_taken_up * (found + behind / diffusion)) * lasts


def best_test_time(
    cost: USD_per_Mtok,
    seat: USD_per_Mtok,
    listed: USD_per_Mtok,
    by_tokens: Share,
    helps: Share,
    answer: Ratio,
    value: USD_per_Mtok,
    taste: Share,
) -> Ratio:
    """Tokens of thought for one of the answer that bring a seller most: at least 1.

    Who buys a seat pays `seat` for an answer, however long it was thought about; a part `by_tokens`
    of tasks pays the `listed` price for every token. T times as long raises success by helps ln T
    and tasks by `answer` / taste for a unit of success. Profit is then largest where
    A T^2 - B T - C = 0: with seats alone at T = seat y / (cost (1 + y)), y = answer helps / taste,
    where thinking earns just what it costs (Brown 2024: inference is bought where it pays; the
    first-order condition is Dorfman and Steiner's of 1954 for quality).
    """
    keen = answer * helps / taste
    margin = np.maximum(listed - cost, 0.0)
    squared = by_tokens * margin * answer * listed / (taste * value)
    linear = (1.0 + keen) * (by_tokens * margin - (1.0 - by_tokens) * cost)
    constant = (1.0 - by_tokens) * keen * seat
    root = np.sqrt(linear * linear + 4.0 * squared * constant)
    seats = 2.0 * constant / np.maximum(root - linear, _LEAST)
    tokens = (linear + root) / np.maximum(2.0 * squared, _LEAST)
    return np.maximum(np.where(linear > 0.0, tokens, seats), 1.0)


def thinking_helps(spread: Share, slope: Ratio, width: OOM) -> Share:
    """Success that e times the thinking adds, slope / (width ln 10) of `spread`, S (1 - S).

    The logistic's derivative (Rasch 1960), capability being linear in log tokens (Snell et al.
    2024).
    """
    return spread * slope / (width * np.log(10.0))


def copied_parameters(parameters: Parameters, copied: OOM) -> Parameters:
    """Size of a model that got `copied` OOM of its capability by distillation: it takes room, too.

    Compute-optimal parameters go with the root of compute (Hoffmann et al. 2022).
    """
    return parameters * 10.0 ** (0.5 * copied)


def limit_with_agents(limit: OOM, growth: OOM_per_Year, years: Years, most: OOM) -> OOM:
    """Most that tokens of thought can add where agents take steps, call tools and check themselves.

    It grows since they came, up to a bound: a modelling choice of ours (METR 2025 on the length of
    tasks).
    """
    return limit + np.minimum(growth * np.maximum(years, 0.0), most)
