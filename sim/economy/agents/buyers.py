"""What buyers are like: worth of work, tastes and seats, by class of work and segment.

All of it follows from the dials, so it is worked out once for those in force. What the choice needs
is in single precision: success, odds and shares are known to a per cent at best, and single holds
seven digits. Money and tokens that move, and all sums over segments and labs, stay in double, so
that the books balance and a world is the same in any company.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from sim.equations import demand
from sim.inputs.dials import Dials
from sim.units import OOM, USD, Array, Ratio, Share, USD_per_Mtok

SEGMENTS = ("households", "developers", "enterprises", "governments")
DEVELOPERS = 1  # row of the segment that buys no seats


class Work(NamedTuple):
    """A class of work, each of its numbers read off the dials of demand.

    Three worths, evenly spaced in logs, stand for the power law of all work.
    """

    name: str
    value: Callable[[Any], USD_per_Mtok]
    taste: Callable[[Any], Share]  # spread of tastes, over the worth of a task
    harder: Callable[[Any], OOM]  # how much more capability it asks for than demanding work
    deep: bool  # whether thinking helps with it


WORK = (
    Work(
        "routine",
        value=lambda rules: rules.value_routine,
        taste=lambda rules: rules.taste_routine,
        harder=lambda rules: -rules.routine_easier,
        deep=False,
    ),
    Work(
        "ordinary",
        value=lambda rules: np.sqrt(rules.value_routine * rules.value_demanding),
        taste=lambda rules: np.sqrt(rules.taste_routine * rules.taste),
        harder=lambda rules: -0.5 * rules.routine_easier,
        deep=False,
    ),
    Work(
        "demanding",
        value=lambda rules: rules.value_demanding,
        taste=lambda rules: rules.taste,
        harder=lambda rules: 0.0,
        deep=True,
    ),
)
CLASSES = tuple(work.name for work in WORK)
ROUTINE, DEMANDING = CLASSES.index("routine"), CLASSES.index("demanding")
MOSTLY = [DEMANDING, ROUTINE]  # what flagships and what small models are mostly used for


def single(numbers: Array) -> Array:
    """The same in single precision, each to about 1e-7 of itself."""
    return np.asarray(numbers, np.float32)


class Market:
    """The work of one class in one segment: what its buyers are like, each (worlds,) if not said.

    In single precision but for what money and its gain are worked out of.
    """

    def __init__(self, buyers: Buyers, work: int, segment: int):
        self.at, self.segment = (work, segment), segment
        self.deep, self.by_token = WORK[work].deep, segment == DEVELOPERS
        self.in_seat = WORK[work].deep and not self.by_token
        self.value: USD_per_Mtok = buyers.values[work]
        self.taste: Share = buyers.tastes[work]
        self.supervision, self.harder = buyers.supervision, buyers.harder[work]
        self.nest, self.alone = buyers.nest, single(1.0 / buyers.dials.demand.nest)
        # cost of a task over its worth at a dollar a Mtok of list price
        self.dear: Ratio = single(buyers.seats[self.at] / self.value)
        self.within_nest: Share = single(self.taste * buyers.dials.demand.nest)
        self.keen: Ratio = single(1.0 / self.taste)  # utility for all the worth of a task
        # and utility lost for a dollar a Mtok more of list price
        self.put_off: Ratio = single(buyers.seats[self.at] / (self.taste * self.value))
        self.pays: Ratio = single(buyers.seats[self.at])


class Buyers:
    """Classes of work, segments and tastes by the dials; nobody changes them."""

    def __init__(self, dials: Dials, worlds: int):
        self.dials, self.worlds = dials, worlds
        rules = dials.demand
        # what work is worth by tokens, and the spread of tastes over that, (classes, worlds)
        self.values: USD_per_Mtok = self._rows(*[work.value(rules) for work in WORK])
        self.tastes: Share = self._rows(*[work.taste(rules) for work in WORK])
        parts = demand.share_of_worth(self.values, rules.value_routine, rules.elasticity)
        self.parts: Share = parts / parts.sum(axis=0)  # of each class in all work
        # paid by tokens over list price, (classes, segments, worlds): seats are for demanding work;
        # other work, and all that of developers, goes at list price
        self.seats: Ratio = np.ones((len(WORK), len(SEGMENTS), worlds))
        self.seats[DEMANDING] = rules.seat_premium
        self.seats[:, DEVELOPERS] = 1.0
        self.potential: USD = self._by_segment("potential")
        self.threshold: OOM = self._by_segment("threshold")

        # what the choice takes of that, in single precision
        self.width, self.supervision = single(rules.width), single(rules.supervision)
        self.nest = single(rules.nest)
        self.harder: Ratio = single(self._harder())
        self.markets = tuple(
            Market(self, work, segment)
            for segment in range(len(SEGMENTS))
            for work in range(len(WORK))
        )

    def _harder(self) -> Ratio:
        """Odds of failure over a flagship's at demanding work, (classes, products, 1, worlds)."""
        rules = self.dials.demand
        asks = self._rows(*[work.harder(rules) for work in WORK])
        lacks = self._rows(0.0, self.dials.scaling.mini_gap)
        return np.exp((asks[:, None, None] + lacks[:, None]) / rules.width)

    def _rows(self, *dials: Array) -> Array:
        """Dials that are numbers or (worlds,), as (dials, worlds)."""
        return np.stack([dial + np.zeros(self.worlds) for dial in dials])

    def _by_segment(self, what: str) -> Array:
        """A dial that each segment has, (segments, worlds)."""
        return self._rows(*[getattr(self.dials.demand, f"{what}_{name}") for name in SEGMENTS])
