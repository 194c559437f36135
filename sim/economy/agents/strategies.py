"""Strategies: how a lab splits its development money and what it does with its models.

Each is a class with the same verbs; a scenario names one for each lab. Shares have shape
(uses, labs of that strategy, worlds) and sum to one over uses.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.units import Array, Ratio, Share

LEAST_RETURN = 1e-3  # keeps every use alive


def normalised(shares: Array) -> Share:
    """Shares that sum to one over the first axis."""
    return shares / shares.sum(axis=0)


@dataclass(frozen=True)
class Outlook:
    """What a strategy looks at: normal weights, perceived returns, and the leader's split."""

    weights: Share  # (uses, 1, worlds or 1), at normal returns
    returns: Ratio  # (uses, labs, worlds)
    temperature: Ratio
    leader: Share  # (uses, 1, worlds), last quarter's of the lab with the largest revenue
    hedged: Share  # part of a hedger's money spread evenly

    def of(self, rows: Array) -> Outlook:
        """The same for some labs."""
        return Outlook(
            self.weights, self.returns[:, rows], self.temperature, self.leader, self.hedged
        )


class Marginal:
    """Spend where the perceived return is highest.

    With Cobb-Douglas production of capability the best shares equal the elasticities, here the
    normal weight times the perceived return; a temperature above one blunts that.
    """

    open_weights = False
    distils = False
    updates = True

    @staticmethod
    def wants(outlook: Outlook) -> Share:
        """Shares wanted, (uses, labs, worlds)."""
        pull = np.maximum(outlook.returns, LEAST_RETURN) ** (1.0 / outlook.temperature)
        return normalised(outlook.weights * pull)


class FixedShares(Marginal):
    """Never change the split."""

    @staticmethod
    def wants(outlook: Outlook) -> Share:
        return normalised(outlook.weights * np.ones_like(outlook.returns))


class FollowLeader(Marginal):
    """Copy last quarter's split of the lab with the largest revenue, at a lag (M24)."""

    @staticmethod
    def wants(outlook: Outlook) -> Share:
        return outlook.leader + 0.0 * outlook.returns


class Believer(Marginal):
    """Faith in scaling: a release never changes the belief (M22)."""

    updates = False


class Hedger(Marginal):
    """Spread bets: part follows the returns, the rest is spread evenly (M23)."""

    @staticmethod
    def wants(outlook: Outlook) -> Share:
        bets, even = Marginal.wants(outlook), outlook.hedged / len(outlook.returns)
        return (1.0 - outlook.hedged) * bets + even


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
