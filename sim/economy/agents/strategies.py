"""Strategies: how a lab splits its development money and what it does with its models.

Each is a class with the same verbs, `wants` and `learns`; a scenario names one for each lab.
Shares have shape (uses, labs of that strategy, worlds) and sum to one over uses.
"""

from __future__ import annotations

import numpy as np

from sim.units import Array, Share

USES = ("final_runs", "experiments", "post_training", "data", "product")


def normalised(shares: Array) -> Share:
    """Shares that sum to one over the first axis."""
    return shares / shares.sum(axis=0)


class Marginal:
    """Spend where the perceived return is highest.

    With Cobb-Douglas production of capability the best shares equal the elasticities, here the
    normal weight times the perceived return; a temperature above one blunts that.
    """

    open_weights = False
    distils = False
    updates = True

    @staticmethod
    def wants(weights: Array, returns: Array, temperature: Array, leader: Array) -> Share:
        """Shares wanted: normal `weights` (uses, 1, worlds), `returns` (uses, labs, worlds)."""
        return normalised(weights * np.maximum(returns, 1e-3) ** (1.0 / temperature))


class FixedShares(Marginal):
    """Never change the split."""

    @staticmethod
    def wants(weights: Array, returns: Array, temperature: Array, leader: Array) -> Share:
        return normalised(weights * np.ones_like(returns))


class FollowLeader(Marginal):
    """Copy last quarter's split of the lab with the largest revenue, at a lag (M24)."""

    @staticmethod
    def wants(weights: Array, returns: Array, temperature: Array, leader: Array) -> Share:
        return leader + 0.0 * returns


class Believer(Marginal):
    """Faith in scaling: a release never changes the belief (M22)."""

    updates = False


class Hedger(Marginal):
    """Spread bets: half follows the returns, half is spread evenly (M23)."""

    @staticmethod
    def wants(weights: Array, returns: Array, temperature: Array, leader: Array) -> Share:
        bets = Marginal.wants(weights, returns, temperature, leader)
        return 0.5 * bets + 0.5 / len(USES)


class OpenWeights(Marginal):
    """Give the weights away: hosts serve them at cost plus margin (M43)."""

    open_weights = True


class FastFollower(OpenWeights):
    """Learn from the leader's answers (M64), then give the weights away."""

    distils = True


STRATEGIES: dict[str, type[Marginal]] = {
    "marginal": Marginal,
    "fixed_shares": FixedShares,
    "follow_leader": FollowLeader,
    "believer": Believer,
    "hedger": Hedger,
    "open_weights": OpenWeights,
    "fast_follower": FastFollower,
}
