"""What labs believe that an OOM of effective compute buys, and how they learn.

Shapes (labs, worlds), OOM of capability an OOM.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.equations import beliefs
from sim.units import OOM, YEARS_A_QUARTER, Array, Flag, Ratio

if TYPE_CHECKING:
    from sim.economy.agents.research import Research

TELLING = 0.5  # OOM behind the frontier at which a release tells but 1/e of what comes next
LEAST_SEEN = 1e-4  # OOM squared: less has not been seen
LEAST_GAIN = 0.1  # OOM of effective compute below which a release teaches nothing


class Learning:
    """The labs' beliefs, each with its doubt."""

    def __init__(self, research: Research):
        self.research, self.model = research, research.model
        labs, rules = research.labs, self.model.dials.beliefs
        faith = rules.spread * self.model.luck.normals("prior", labs.names)
        self.belief = beliefs.sensible(rules.prior + faith)
        self.variance = np.zeros(labs.shape) + np.square(rules.doubt)
        self.news = np.zeros(labs.shape[1]) + rules.news
        # what all can see this quarter: gain an OOM over releases, its variance, where there is any
        nowhere = np.zeros(labs.shape[1])
        self.public_signal = nowhere, nowhere + 1.0, nowhere > 0.0

    def learn(self) -> None:
        """Every lab learns from its own run, and with more noise from others' releases (M22).

        A release tells of the compute it was at: one far behind the frontier says little of what
        the next OOM buys. A run that was not released teaches its own lab alone (M62).
        """
        rules, research = self.model.dials.beliefs, self.research
        news = rules.news - self.news
        self.news = self.news + news
        ended = research.gained > LEAST_GAIN
        noise = beliefs.noise_of_release(rules.own_noise, research.gained, LEAST_GAIN)
        variance = beliefs.drifting(self.variance, rules.drift, YEARS_A_QUARTER)
        variance = beliefs.startled(variance, self.belief, research.signal, noise, ended)
        mean, variance = beliefs.kalman(self.belief, variance, research.signal, noise, ended)
        signal, noise, seen = self._seen_by_others(ended & research.shipped, rules.rival_noise)
        self.public_signal = signal[-1], noise[-1], seen[-1] > LEAST_SEEN  # investors read it too
        rivals = signal[:-1], noise[:-1], seen[:-1] > LEAST_SEEN
        variance = beliefs.startled(variance, mean, *rivals)
        mean, variance = beliefs.kalman(mean, variance, *rivals)
        updates = research.labs.updates
        self.belief = np.where(updates, beliefs.sensible(mean), self.belief) + news
        self.variance = np.where(updates, variance, self.variance)

    def _seen_by_others(self, shown: Flag, noise: OOM) -> tuple[Ratio, Array, Array]:
        """The quarter's releases as each lab, and last all, see them: signal, variance, weight."""
        research = self.research
        best = np.where(research.labs.alive, research.effective_compute, 0.0).max(axis=0)
        behind = np.maximum(best - research.effective_compute, 0.0)
        telling = shown * np.exp(-behind / TELLING)
        return beliefs.pooled_signal(research.signal, research.gained, telling, noise, LEAST_GAIN)

    def doubt(self, lab: int, factor: float) -> None:
        """One lab's belief times a factor, in all worlds: to ask what it would do then."""
        here = np.arange(len(self.belief))[:, None] == lab
        self.belief = np.where(here, factor * self.belief, self.belief)
