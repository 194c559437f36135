"""Algorithms: what all find, and what each lab finds, takes up, and loses to the rest.

OOM of effective compute. Shapes (worlds,) for what is public, (labs, worlds) for each lab's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.equations import capability, dynamics
from sim.units import FLOP, OOM, YEARS_A_QUARTER, Array

if TYPE_CHECKING:
    from sim.economy.agents.lab import Labs

HALF = 0.5  # taken up before the first quarter


class Algorithms:
    """Public algorithms and each lab's own."""

    def __init__(self, labs: Labs):
        self.labs, self.model = labs, labs.model
        zeros = np.zeros(labs.shape)
        self.public = np.zeros(labs.shape[1]) + self.model.dials.scaling.algorithms_start
        self.lead = zeros  # over public algorithms, below zero if behind
        self.talent = zeros  # log of what is found with the same experiments
        self.found, self.own_found, self.taken_up = zeros, zeros, zeros + HALF  # this quarter

    def explore(self, effort: FLOP) -> None:
        """A quarter of experiments: what is found, by whom, and who takes it up (M20)."""
        rules, alive = self.model.dials.scaling, self.labs.alive
        found = self._found_by_all(effort)
        usual = self.labs.average(effort)
        self._change_talent()
        self.found = found + np.zeros(self.labs.shape)
        self.taken_up = capability.absorptive_capacity(effort, usual, rules.absorption)
        self.own_found = capability.own_discovery(
            found,
            effort,
            usual,
            rules.lead_gain,
            self.talent,
            rules.algorithms_effort,
            self.lead,
            rules.algorithms_fishing_out,
        )
        lead = capability.lead(
            self.lead,
            self.own_found,
            found,
            self.taken_up,
            YEARS_A_QUARTER,
            rules.lead_leak,
            rules.diffusion,
        )
        self.lead = np.where(alive, lead, 0.0)  # who begins, begins with what is public
        self.public = self.public + found

    def _found_by_all(self, effort: FLOP) -> OOM:
        """Public progress of the quarter, by all labs' experiments and luck."""
        rules = self.model.dials.scaling
        progress = capability.algorithmic_progress(
            self.public,
            effort.sum(axis=0) / rules.algorithms_reference,
            rules.algorithms_speed,
            rules.algorithms_effort,
            rules.algorithms_fishing_out,
        )
        luck = np.exp(rules.algorithms_luck * self.model.luck.normal("algorithms"))
        found: Array = capability.algorithmic_gain(
            YEARS_A_QUARTER * progress * luck, rules.algorithms_fishing_out
        )
        return found

    def _change_talent(self) -> None:
        """People come and go; looked at once a year."""
        rules, quarter = self.model.dials.scaling, self.model.quarter
        if quarter % 4 == 0:
            left = dynamics.left_after(4.0, rules.talent_fade) if quarter else 0.0
            new = rules.talent * np.sqrt(1.0 - left * left)
            luck = self.model.luck.normals("talent", self.labs.names)
            self.talent = dynamics.shock(self.talent, left, new, luck)
