"""Capability: what effective compute, thinking, post-training and algorithms are worth, in OOM.

Every function works elementwise on floats or arrays of any shapes that broadcast.
"""

from __future__ import annotations

import numpy as np

from sim.units import FLOP, OOM, Elasticity, Parameters, Ratio, Share, USD_per_Mtok, Years

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


def post_training_gain(spend_ratio: Ratio, slope: Ratio, limit: OOM) -> OOM:
    """Capability from reinforcement and tuning: log-linear in spending, slowing to a limit.

    `spend_ratio` is cumulated post-training compute over a starting amount; none gives no gain.
    Log-linear as in Ouyang et al. 2022 and o1 (2024); the limit is a modelling choice of ours.
    """
    return saturating(slope * np.log10(np.add(spend_ratio, 1.0)), limit)


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


def private_lead(
    lead: OOM, found: OOM, effort: FLOP, years: Years, leak: Years, gain: Ratio
) -> OOM:
    """A lab's lead over public algorithms after some years: part leaks, its experiments add.

    `leak` is the time in years in which all but 1/e is known to all; `gain` the private progress
    of the largest experimenter (first axis: labs) over what the public `found`. Others gain with
    the root of their effort: returns to effort diminish (stepping on toes: Jones 1995).
    """
    relative = np.sqrt(effort / np.maximum(effort.max(axis=0), 1.0))
    return lead * np.exp(-years / leak) + gain * found * relative


def best_test_time(
    value: USD_per_Mtok, price: USD_per_Mtok, success: Share, slope: Ratio, width: OOM, most: Ratio
) -> Ratio:
    """Tokens of thought for one of the answer: until another costs the user more than it helps.

    Success S is logistic in capability + s log10 T and is worth v a Mtok, so that v S'(T) = p
    gives T = (v / p) S (1 - S) s / (width ln 10): the first-order condition of the trade of
    training against thinking (Brown 2024). At least 1, at most `most`.
    """
    gain = slope / (width * np.log(10.0))
    return np.clip(value / price * success * (1.0 - success) * gain, 1.0, most)


def copied_parameters(parameters: Parameters, copied: OOM) -> Parameters:
    """Size of a model that got `copied` OOM of its capability by distillation: it takes room, too.

    Compute-optimal parameters go with the root of compute (Hoffmann et al. 2022).
    """
    return parameters * 10.0 ** (0.5 * copied)


def usable(
    trained: OOM, post_training: OOM, agent_tokens: OOM, agents_gain: Ratio, thinking: OOM, gap: OOM
) -> OOM:
    """What users get of a flagship and of its small sibling, (2, ...): gains add up in OOM.

    Post-training, and agents' tools by the OOM of tokens they take, serve both; thinking serves the
    flagship, and the sibling lies a `gap` below it. A modelling choice of ours.
    """
    both = trained + post_training + agents_gain * agent_tokens
    return np.stack([both + thinking, both - gap])


def agent_tokens(growth: OOM, years: Years, most: OOM) -> OOM:
    """OOM of tokens a task that agents and tools add, growing since they came, up to a bound.

    A modelling choice of ours.
    """
    return np.minimum(growth * np.maximum(years, 0.0), most)
