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

_FAR = 60.0  # widths: a task so far off fails or succeeds for certain
_LEAST = 1e-30  # the slowest imitation: keeps 0/0 away
_TINY = 1e-300  # keeps 0/0 away where nothing is on offer, or can be adopted


def failure_odds(capability: OOM, threshold: OOM, width: OOM) -> Ratio:
    """Odds that a task fails: 1 at the threshold, ten times less for each ln 10 widths above.

    A small width makes an ability emerge suddenly. The item response curve of Rasch 1960.
    """
    return np.exp(np.clip(np.subtract(threshold, capability) / width, -_FAR, _FAR))


def success(failure: Ratio) -> Share:
    """Share of tasks done well, of the odds that they fail: logistic in capability (Rasch 1960)."""
    return 1.0 / (1.0 + failure)


def share_of_worth(value: USD_per_Mtok, least: USD_per_Mtok, elasticity: Elasticity) -> Ratio:
    """Worth of the work at some worth a token, over that at the least worth: a power law.

    With a Pareto tail of tasks, value^-elasticity, demand is as elastic in the price of tokens
    (Houthakker 1955 makes the same of capacities); times value it is the worth.
    """
    return np.power(np.divide(value, least), np.subtract(1.0, elasticity))


def net_worth(success: Share, cost: Ratio, supervision: Share, taste: Share) -> Log:
    """Utility of handing a task to a product: (success - cost - supervision) / taste.

    Net worth of the task done, each part over the task's worth; tastes spread by `taste` around it,
    and leaving it with people has none: additive random utility in money (McFadden 1974; Small and
    Rosen 1981).
    """
    net = success - cost
    net -= supervision
    net /= taste
    return net


def deeper(plain: Log, deep: Log) -> tuple[Log, Share]:
    """Utility of a product that can be used in two ways, and the part of tasks done the deep way.

    Nested logit with a dissimilarity of one half: ln sqrt(e^(2 plain) + e^(2 deep)), so that a
    second way never makes a product worse, nor much better if it is like the first (Train 2009,
    ch. 4).
    """
    gap = deep - plain
    less = np.exp(-2.0 * np.abs(gap))  # odds of the worse way over the better one's
    either = np.maximum(plain, deep) + 0.5 * np.log1p(less)
    return either, np.where(gap > 0.0, 1.0, less) / (1.0 + less)


def nested_shares(
    odds: Ratio, nest: Sequence[int] | Array, dissimilarity: Ratio, outside: Ratio = 1.0
) -> tuple[Share, Share, Ratio]:
    """Choice among products in nests and an outside option (McFadden 1978).

    odds (..., products, labs, worlds) are exp(utility / dissimilarity), 0 where nothing is on
    offer; `nest` a number a lab, 0 closed and 1 open; `dissimilarity` in (0, 1], a number or
    (worlds,): 1 is the plain logit; `outside` (..., worlds) the odds of the outside option, where
    utilities are given over another's than its own. Returns shares of all tasks in the shape of
    odds, of each lab's whole nest (..., labs, worlds), and the sum of all nests' odds over the
    outside option (..., worlds), whose ln(1 + sum) is the expected utility; sums over labs are in
    double. Train 2009, equation 4.2.
    """
    kind = np.asarray(nest, int)
    members = (kind == np.arange(kind.max() + 1)[:, None]).astype(float)
    of_labs, least = odds.sum(axis=-3), np.finfo(odds.dtype).tiny  # less is told from none
    in_nest = np.maximum(members @ of_labs, least)
    worth = in_nest**dissimilarity * (in_nest > least)
    inside = worth.sum(axis=-2)
    of_nest = worth / (outside + inside)[..., None, :]
    scale = (of_nest / in_nest).astype(odds.dtype)
    shares = odds * scale.take(kind, axis=-2)[..., None, :, :]
    return shares, of_nest.astype(odds.dtype).take(kind, axis=-2), inside / outside


def crossing(of_nest: Share, dissimilarity: Ratio) -> Ratio:
    """What one option of a nest takes from the others by utility, over its own share of all.

    -d ln share / d utility of another, over that one's share: 1 + (1/d - 1) / of_nest, where
    `of_nest` is their nest's share of all; 1 in the plain logit (Train 2009, section 4.2.4).
    """
    return 1.0 + np.divide(1.0 - dissimilarity, np.multiply(dissimilarity, of_nest))


def response(of_all: Share, crossing: Ratio, loose: Ratio) -> Ratio:
    """How a seller's sales answer its own utility, d ln share / d utility, in a nested logit.

    loose - crossing of_all, where `loose` is 1 over the dissimilarity (Train 2009, section 4.2.4);
    of one product or of all of a seller's together.
    """
    return loose - crossing * of_all


def logsum(worth: USD, taste: Share, inside: Ratio) -> USD:
    """What buyers gain by a choice over having none, in the money that they pay in.

    worth taste ln(1 + inside): the expected maximum of utilities (Small and Rosen 1981). Never less
    with one option more.
    """
    return worth * taste * np.log1p(inside)


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


def bounded(wish: USD, ceiling: USD) -> USD:
    """A wish that cannot be met in full: wish / (1 + wish/ceiling), below the ceiling.

    (Michaelis and Menten 1913).
    """
    return wish / (1.0 + wish / ceiling)


def share_that_drifts(share: Share, log_odds: Log) -> Share:
    """A share whose odds have moved by so much in logs: s e^x / (1 - s + s e^x).

    Logistic substitution of one for another (Fisher and Pry 1971).
    """
    moved = share * np.exp(log_odds)
    return moved / (1.0 - share + moved)
