"""Who can use it, who adopts it, whom they choose, how much they spend."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.units import (
    OOM,
    USD,
    Array,
    Elasticity,
    Log,
    Ratio,
    Share,
    USD_per_Mtok,
    Years,
    per_Year,
)

_NEVER = -1e300  # stands in for the best of a nest where nobody is on offer
_LEAST = 1e-30  # the slowest imitation and the least sum of odds: keeps 0/0 and ln 0 away
_TINY = 1e-300  # keeps 0/0 away where nothing can be adopted


def success(capability: OOM, threshold: OOM, width: OOM) -> Share:
    """Share of a segment's tasks done well: logistic in capability, half at the threshold.

    A small width makes an ability emerge suddenly. The item response curve of Rasch 1960.
    """
    odds = np.asarray(np.divide(threshold, width) - np.divide(capability, width))
    np.exp(np.minimum(odds, 700.0, out=odds), out=odds)  # of failure; exp(710) overflows
    odds += 1.0
    return np.reciprocal(odds, out=odds)[()]


def inclusive_value(appeal: Log, axis: int | tuple[int, ...] = 0) -> Log:
    """Expected utility of the best choice, ln sum exp(appeal) (Small and Rosen 1981)."""
    best = np.max(appeal, axis=axis, keepdims=True)
    total = np.exp(appeal - best).sum(axis=axis)
    return np.log(total) + np.squeeze(best, axis=axis)


def nested_log_share(appeal: Log, nest: Sequence[int] | Array, dissimilarity: Ratio) -> Log:
    """Log of the nested logit share over (products, labs) (McFadden 1978; Train 2009, eq. 4.2).

    appeal (..., products, labs, worlds), -inf or -1e9 for what is not on offer; `nest` one number
    a lab, such as 0 closed and 1 open; `dissimilarity` in (0, 1], a number or (worlds,): 1 is the
    plain logit, near 0 buyers hardly ever leave a nest. exp of the answer sums to one over
    products and labs; it is 0 for everybody where nobody is on offer.
    """
    nests, kind = np.unique(np.asarray(nest), return_inverse=True)
    members = (kind == np.arange(len(nests))[:, None]).astype(float)

    lead = appeal / dissimilarity
    best = lead.max(axis=(-3, -2), keepdims=True)
    lead -= np.maximum(best, _NEVER)
    odds = members @ np.exp(lead).sum(axis=-3)  # of each nest
    value = np.log(np.maximum(odds, _TINY))  # inclusive value of each nest
    whole = inclusive_value(dissimilarity * value, axis=-2)
    by_nest = (dissimilarity - 1.0) * value - whole[..., None, :]
    lead += by_nest[..., None, kind, :]
    return lead


def bass_adoption(
    adopted: Share,
    ceiling: Share,
    innovation: per_Year,
    imitation: per_Year,
    churn: per_Year,
    years: Years = 0.25,
) -> Share:
    """Adopters after one step of diffusion towards a ceiling (Bass 1969, closed form).

    Solves dA/dt = (innovation + imitation A/ceiling) (ceiling - A) exactly over the step, so steps
    of any length join without error while the ceiling stands still. Above a ceiling that fell,
    adopters leave at the rate `churn`. Any unit of people, the same for adopted and ceiling.
    """
    below = np.minimum(adopted, ceiling)
    imitation = np.maximum(imitation, _LEAST)
    rate = innovation + imitation
    undecided = np.exp(-rate * years)
    decided = -np.expm1(-rate * years)
    reached = innovation * decided * ceiling + (imitation + innovation * undecided) * below
    room = (innovation + imitation * undecided) * ceiling + imitation * decided * below
    grown = ceiling * np.minimum(reached / np.maximum(room, _TINY), 1.0)
    return grown + (adopted - below) * np.exp(-np.multiply(churn, years))


def cheapness(price: USD_per_Mtok, reference: USD_per_Mtok, elasticity: Elasticity) -> Ratio:
    """How spending moves with price, 1 at the reference: isoelastic volume, price^(1 - elasticity).

    Constant elasticity of demand (Marshall 1890).
    """
    return np.power(np.divide(price, reference), np.subtract(1.0, elasticity))


def spending(potential: USD, adopted: Share, success: Share, wish: Ratio) -> USD:
    """What adopters spend on tasks that succeed.

    `potential` is spending if all adopt, all tasks succeed, and a wish of one is satisfied: an
    accounting identity.
    """
    return potential * adopted * success * wish


def satisfied(wish: Ratio, satiation: Ratio) -> Ratio:
    """What is spent of a wish that has no bound: 1 at a wish of 1, at most 1 + satiation.

    wish (1 + satiation) / (satiation + wish) (Michaelis and Menten 1913): with an elasticity above
    one, ever cheaper tokens would otherwise make spending grow for ever.
    """
    return wish * (1.0 + satiation) / (satiation + wish)


def bounded(wish: USD, ceiling: USD) -> USD:
    """The same form with no gain at small wishes: wish / (1 + wish/ceiling), below the ceiling.

    (Michaelis and Menten 1913).
    """
    return wish / (1.0 + wish / ceiling)


def moved_habit(lost: Share, share: Share, stay: Share, most: Log) -> Log:
    """Habit that a buyer gains with the customers of those it bought: ln(1 + stay lost / share).

    At most `most`; from the logit, where habit is the log of a share (McFadden 1974).
    """
    return np.minimum(np.log1p(stay * lost / np.maximum(share, 1e-6)), most)
