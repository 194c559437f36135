"""A lab's research: algorithms, training runs, releases, and what is learned from them.

Capability is in OOM of effective FLOP at early-2023 algorithms. Shapes (labs, worlds); releases are
worked out only where one is due, `at` those (labs, worlds), as arrays (releases,).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from sim.equations import beliefs, costs, scaling
from sim.units import FLOP, Array, Flag

if TYPE_CHECKING:
    from sim.economy.agents.lab import Labs

Places = tuple[np.ndarray, ...]  # rows of labs, and worlds
FINAL, EXPERIMENTS, POST = range(3)  # rows of training hours and bids
YEARS = 0.25  # a quarter
LEAST_SIZE = 1e8  # parameters: no flagship is smaller than GPT-1
LEAST_GAIN = 0.1  # OOM of effective compute below which a release teaches nothing


class Research:
    """The labs' research departments."""

    def __init__(self, labs: Labs):
        self.labs, self.model = labs, labs.model
        d, zeros = self.model.dials, np.zeros(labs.shape)
        self.due = labs.opens + np.array(d.lab("release_offset"))[:, None] + zeros  # quarters
        self.public = np.zeros(labs.shape[1]) + d.scaling.algorithms_start
        self.lead, self.run_flop, self.largest_run = zeros, zeros, zeros.copy()
        start = np.log10(d.lab("largest_run")) + zeros
        self.raw, self.capability = start, start.copy()
        self.parameters = zeros + scaling.optimal_allocation(10.0**start, d.scaling.law)[0]
        self.return_to_compute = zeros + 1.0
        self.design = np.ones((2, *labs.shape))  # cost of serving over what is usual at its compute
        self.post_spent, self.post_gain = zeros, zeros
        self.belief = zeros + d.beliefs.prior
        self.variance = zeros + np.square(d.beliefs.doubt)
        self.news = np.zeros(labs.shape[1]) + d.beliefs.news
        self.signal = np.zeros(labs.shape)
        self.gained, self.shipped = zeros, np.zeros(labs.shape, bool)
        self.copied = zeros  # Mtok bought from the leader to learn from

    # ------------------------------------------------------------ progress

    def progress(self) -> None:
        """Public algorithms, private leads, post-training: what experiments and feedback add."""
        labs, d, luck = self.labs, self.model.dials, self.model.luck
        self._obey_cap()
        effort = costs.training_flop(labs.training_hours[EXPERIMENTS], d.costs.training_utilisation)
        total = effort.sum(axis=0)
        progress = scaling.algorithmic_progress(
            self.public,
            total / d.scaling.algorithms_reference,
            d.scaling.algorithms_speed,
            d.scaling.algorithms_effort,
            d.scaling.algorithms_fishing_out,
        )
        luck_of_it = np.exp(d.scaling.algorithms_luck * luck.normal("algorithms"))
        step = scaling.algorithmic_gain(
            YEARS * progress * luck_of_it, d.scaling.algorithms_fishing_out
        )
        self.public = self.public + step
        relative = np.sqrt(effort / np.maximum(effort.max(axis=0), 1.0))
        fade = np.exp(-YEARS / d.scaling.lead_leak)
        self.lead = self.lead * fade + d.scaling.lead_gain * step * relative
        self.post_spent = self.post_spent + labs.training_bid[POST] / (1.0 - d.data.labelling_share)
        self.post_gain = scaling.post_training_gain(
            self.post_spent / d.research.post_reference,
            d.scaling.post_training_slope,
            d.scaling.post_training_limit,
        )

    def hours_to_cap(self, cap: FLOP) -> Array:
        """H100e-hours that the run in progress may still use under a legal cap on its FLOP."""
        hour = costs.FLOP_PER_HOUR * self.model.dials.costs.training_utilisation
        return np.maximum(cap - self.run_flop, 0.0) / hour

    def _obey_cap(self) -> None:
        """Hours of a run beyond the cap, which a falling rent may bring, go to experiments."""
        cap = self.model.law.compute_cap_flop
        if cap == np.inf:
            return
        final, experiments, post = self.labs.training_hours
        allowed = np.minimum(final, self.hours_to_cap(cap))
        self.labs.training_hours = np.stack([allowed, experiments + (final - allowed), post])

    # ------------------------------------------------------------ runs

    def runs(self) -> None:
        """Runs grow by this quarter's hours; those that are due end, and may be released."""
        labs, d = self.labs, self.model.dials
        hours = labs.training_hours[FINAL]
        flop = costs.training_flop(hours, d.costs.training_utilisation)
        self.run_flop = np.where(labs.alive, self.run_flop + flop, 0.0)
        self.gained, self.shipped = np.zeros(labs.shape), np.zeros(labs.shape, bool)
        self.copied = np.zeros(labs.shape)
        due = labs.alive & (self.due <= self.model.quarter)
        if due.any():
            at = np.nonzero(due)
            self._release(at, self._luck("release", at))
            self._design(at)
            self._plan_the_next(at)
        self._learn()

    def _luck(self, kind: str, at: Places) -> Array:
        """The quarter's luck of each release, from a stream a lab."""
        return self.model.luck.normals(kind, self.labs.names)[at]

    def _plan_the_next(self, at: Places) -> None:
        """The next release: as planned, sooner or later by luck, and at least a quarter on."""
        d = self.model.dials.research.of(at[1])
        wait = np.rint(d.release_quarters + d.release_delay * self._luck("delay", at))
        self.due[at] += np.maximum(wait, 1.0)

    def _design(self, at: Places) -> None:
        """New models differ in what they cost to serve: sparsity, width, the serving stack."""
        luck = np.stack([self._luck(product, at) for product in ("flagship", "mini")])
        drawn = 10.0 ** (self.model.dials.costs.of(at[1]).design_luck * luck)
        here = (slice(None), at[0], at[1])
        self.design[here] = np.where(self.shipped[at], drawn, self.design[here])

    def _release(self, at: Places, luck: Array) -> None:
        """End the runs that are due: choose the size, see what came out, ship what is better."""
        labs, m, d = self.labs, self.model, self.model.dials.scaling.of(at[1])
        decay, costs_of = m.dials.data.of(at[1]).repeat_decay, m.dials.costs.of(at[1])
        budget = np.maximum(self.run_flop[at], 1e15)
        unique = m.publishers.effective_unique(labs)[at]
        served = 1e6 * labs.flagship_tokens[at] * costs_of.serving_life / YEARS
        best, _ = scaling.training_allocation(
            budget, unique, served, d.law, decay, costs_of.overtraining
        )
        parameters = np.maximum(best, LEAST_SIZE)
        seen = budget / (6.0 * parameters)
        useful = scaling.effective_tokens(unique, seen, decay)
        raw = np.log10(scaling.effective_flop(parameters, useful, d.law))
        raw += self.public[at[1]] + self.lead[at]
        noise = d.release_noise * luck
        regime = partial(scaling.REGIMES[d.regime], onset=d.onset, late_slope=d.late_slope)
        own = regime(raw + noise)
        capability = self._distilled(at, own)
        size = parameters * 10.0 ** (0.5 * (capability - own))  # what is copied takes room too
        self.gained[at] = raw - self.raw[at]
        with np.errstate(divide="ignore", invalid="ignore"):
            seen_gain = (regime(raw) - regime(self.raw[at]) + noise) / self.gained[at]
        self.signal[at] = np.where(self.gained[at] > LEAST_GAIN, seen_gain, 0.0)
        self.return_to_compute[at] = m.publishers.return_to_compute(
            parameters, unique, seen, d.law, decay
        )
        self.largest_run[at] = np.maximum(self.largest_run[at], self.run_flop[at])
        self.run_flop[at] = 0.0
        ships = capability > self.capability[at] + d.release_threshold
        self.shipped[at] = ships
        for kept, new in ((self.raw, raw), (self.capability, capability), (self.parameters, size)):
            kept[at] = np.where(ships, new, kept[at])

    def _distilled(self, at: Places, capability: Array) -> Array:
        """A fast follower closes part of the gap to the leader with tokens bought from it (M64)."""
        leader = np.where(self.labs.alive, self.capability, -np.inf).max(axis=0)[at[1]]
        gap = np.maximum(leader - capability, 0.0) * self.labs.distils[at[0]]
        d = self.model.dials.research.of(at[1])
        self.copied[at] = np.where(gap > 0.0, d.distil_cost * 1e-6, 0.0)
        return capability + d.distil * gap

    def start_behind(self, comes: Flag) -> None:
        """Entrants begin with open knowledge, a lag behind the frontier."""
        d = self.model.dials
        best = np.where(self.labs.alive & ~comes, self.capability, 0.0).max(axis=0)
        level = np.maximum(best - d.research.entry_lag, 15.0)
        size = scaling.optimal_allocation(
            10.0 ** np.clip(level - self.public, 15.0, 40.0), d.scaling.law
        )[0]
        self.capability = np.where(comes, level, self.capability)
        self.raw = np.where(comes, level, self.raw)
        self.parameters = np.where(comes, size, self.parameters)
        self.due = np.where(comes, self.model.quarter + d.research.release_quarters, self.due)

    # ------------------------------------------------------------ beliefs

    def _learn(self) -> None:
        """Every lab learns from its own release, and with more noise from the others' (M22)."""
        d, labs = self.model.dials, self.labs
        news = d.beliefs.news - self.news
        self.news = self.news + news
        self.variance = beliefs.drifting(self.variance, d.beliefs.drift, YEARS)
        told = self.gained > LEAST_GAIN
        noise = np.square(d.beliefs.own_noise / np.maximum(self.gained, LEAST_GAIN))
        mean, variance = beliefs.kalman(self.belief, self.variance, self.signal, noise, told)
        self.told = self.public_signal()  # investors read it too
        mean, variance = beliefs.kalman(mean, variance, *self.told)
        self.belief = np.where(labs.updates, np.clip(mean, -0.5, 2.0), self.belief) + news
        self.variance = np.where(labs.updates, variance, self.variance)

    def public_signal(self) -> tuple[Array, Array, Array]:
        """What all can see this quarter: gain an OOM over releases, its noise, where there is."""
        told = self.gained > LEAST_GAIN
        total = np.where(told, self.gained, 0.0).sum(axis=0)
        signal = np.where(told, self.signal * self.gained, 0.0).sum(axis=0) / np.maximum(
            total, LEAST_GAIN
        )
        noise = np.square(self.model.dials.beliefs.rival_noise / np.maximum(total, LEAST_GAIN))
        return signal, noise, told.any(axis=0)
