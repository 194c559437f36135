"""What buyers are like: worth of work, tastes and seats, by class of work and segment.

All of it follows from the dials, so it is worked out once for those in force. What the choice needs
is in single precision: success, odds and shares are known to a per cent at best, and single holds
seven digits. Money and tokens that move, and all sums over segments and labs, stay in double, so
that the books balance and a world is the same in any company.
"""

from __future__ import annotations

import numpy as np

from sim.equations import demand
from sim.inputs.dials import Dials
from sim.units import OOM, USD, Array, Ratio, Share, USD_per_Mtok

SEGMENTS = ("households", "developers", "enterprises", "governments")
DEVELOPERS = 1  # row of the segment that pays list price for every token
CLASSES = ("routine", "demanding")
DEMANDING = 1  # row of the class of work that thinking helps with


def single(numbers: Array) -> Array:
    """The same in single precision, each to about 1e-7 of itself."""
    return np.asarray(numbers, np.float32)


class Buyers:
    """Classes of work, segments and tastes by the dials; nobody changes them."""

    def __init__(self, dials: Dials, worlds: int):
        self.dials, self.worlds = dials, worlds
        rules = dials.demand
        # what work is worth by tokens, and the spread of tastes over that, (classes, worlds)
        self.values: USD_per_Mtok = self._rows(rules.value_routine, rules.value_demanding)
        self.tastes: Share = self._rows(rules.taste_routine, rules.taste)
        parts = demand.share_of_worth(self.values, rules.value_routine, rules.elasticity)
        self.parts: Share = parts / parts.sum(axis=0)  # of each class in all work
        # paid by tokens over list prices: seats, but for developers; (segments, worlds)
        self.seats: Ratio = self._rows(*[rules.seat_premium] * len(SEGMENTS))
        self.seats[DEVELOPERS] = 1.0
        self.potential: USD = self._by_segment("potential")
        self.threshold: OOM = self._by_segment("threshold")

        # what the choice takes of that, in single precision
        self.width, self.supervision = single(rules.width), single(rules.supervision)
        self.nest = single(rules.nest)
        self.harder: Ratio = single(self._harder())
        self.pays: Ratio = single(self.seats)
        # cost of a task over its worth at a dollar a Mtok, (classes, segments, worlds)
        self.dear: Ratio = single(self.seats / self.values[:, None])
        self.within_nests: Share = single(self.tastes * rules.nest)  # tastes, (classes, worlds)
        self.keen: Ratio = single(1.0 / self.tastes)  # utility for all the worth of a task
        self.put_off: Ratio = single(1.0 / (self.tastes * self.values))  # and for a dollar a Mtok

    def _harder(self) -> Ratio:
        """Odds of failure over a flagship's at demanding work, (classes, products, worlds)."""
        rules = self.dials.demand
        easier = np.exp(-rules.routine_easier / rules.width)
        smaller = np.exp(self.dials.scaling.mini_gap / rules.width)
        rows = self._rows(easier, easier * smaller, 1.0, smaller)
        return rows.reshape(len(CLASSES), -1, self.worlds)

    def _rows(self, *dials: Array) -> Array:
        """Dials that are numbers or (worlds,), as (dials, worlds)."""
        return np.stack([dial + np.zeros(self.worlds) for dial in dials])

    def _by_segment(self, what: str) -> Array:
        """A dial that each segment has, (segments, worlds)."""
        return self._rows(*[getattr(self.dials.demand, f"{what}_{name}") for name in SEGMENTS])
