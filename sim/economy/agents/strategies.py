"""Strategies: how a lab decides what to spend on, and what it does with its models.

Each is the same decision with another belief, objective or constraint: a class with the same verbs.
A scenario names one for each lab; in Python a class of one's own takes its place by the lab's name.
Money has shape (uses, labs of that strategy, worlds), USD a quarter.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.units import USD, Array, Share


@dataclass(frozen=True)
class Outlook:
    """What a strategy looks at."""

    wanted: USD  # (uses, labs, worlds): where the next dollar of each use brings just itself
    normal: Share  # (uses, 1, worlds or 1): the split that labs begin with
    leader: Share  # (uses, 1, worlds), last quarter's of the lab with the largest revenue
    hedged: Share  # part of a hedger's money spread evenly

    def of(self, rows: Array) -> Outlook:
        """The same for some labs."""
        return Outlook(self.wanted[:, rows], self.normal, self.leader, self.hedged)


class Marginal:
    """Spend on each use until the next dollar brings just itself (Dorfman and Steiner 1954).

    Where cash is short all uses are cut alike, for their returns fall alike: spending times the
    return of the next dollar is worth times elasticity.
    """

    open_weights = False
    distils = False
    updates = True

    @staticmethod
    def wants(outlook: Outlook) -> USD:
        """Money wanted for each use if cash were free, (uses, labs, worlds)."""
        return outlook.wanted


class FixedShares(Marginal):
    """As much money, but never another split."""

    @staticmethod
    def wants(outlook: Outlook) -> USD:
        return outlook.wanted.sum(axis=0) * outlook.normal


class FollowLeader(Marginal):
    """As much money, split as the lab with the largest revenue did last quarter (M24)."""

    @staticmethod
    def wants(outlook: Outlook) -> USD:
        return outlook.wanted.sum(axis=0) * outlook.leader


class Believer(Marginal):
    """Faith in scaling: a release never changes the belief (M22)."""

    updates = False


class Hedger(Marginal):
    """Spread bets: part follows the returns, the rest is spread evenly (M23)."""

    @staticmethod
    def wants(outlook: Outlook) -> USD:
        even = outlook.wanted.mean(axis=0)
        return (1.0 - outlook.hedged) * outlook.wanted + outlook.hedged * even


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
