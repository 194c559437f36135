"""A lab's research: algorithms, training runs, releases, and what is learned from them.

Capability is in OOM of effective FLOP at early-2023 algorithms. Shapes (labs, worlds); releases are
worked out only where one is due, `at` those (labs, worlds), as arrays (releases,).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from sim.economy.state import EXPERIMENTS, FINAL, POST
from sim.equations import beliefs, capability, costs, scaling
from sim.units import (
    FLOP,
    OOM,
    YEARS_A_QUARTER,
    Array,
    Flag,
    H100e_hours,
    Parameters,
    Ratio,
    Tokens,
)

if TYPE_CHECKING:
    from sim.economy.agents.lab import Labs

Places = tuple[np.ndarray, ...]  # rows of labs, and worlds
LEAST_PARAMETERS = 1e8  # no flagship is smaller than GPT-1
LEAST_RUN = 1e15  # FLOP: a run of nothing at all still has a size
LEAST_GAIN = 0.1  # OOM of effective compute below which a release teaches nothing
LEAST_START, MOST_START = 15.0, 40.0  # OOM of compute that an entrant's first model can show


@dataclass(frozen=True)
class Run:
    """Training runs that have ended, (releases,)."""

    parameters: Parameters
    seen: Tokens
    unique: Tokens
    effective: OOM  # of effective compute


class Research:
    """The labs' research departments."""

    def __init__(self, labs: Labs):
        self.labs, self.model = labs, labs.model
        dials, zeros = self.model.dials, np.zeros(labs.shape)
        offset = np.array(dials.lab("release_offset"))[:, None]
        self.due = labs.opens + offset + zeros  # quarter of the next release
        self.public = np.zeros(labs.shape[1]) + dials.scaling.algorithms_start  # OOM
        self.lead = zeros  # OOM over public algorithms
        self.hours = np.zeros((POST + 1, *labs.shape))  # H100e-hours of training, as they were used
        self.run_flop, self.largest_run = zeros, zeros.copy()
        start = np.log10(dials.lab("largest_run")) + zeros
        self.effective_compute, self.capability = start, start.copy()  # of the flagship, OOM
        size, _ = scaling.optimal_allocation(10.0**start, dials.scaling.law)
        self.parameters = zeros + size
        self.return_to_compute = zeros + 1.0
        # cost of serving each product over what is usual at its compute, (products, labs, worlds)
        self.serving_cost_factor = np.ones((2, *labs.shape))
        self.post_spent, self.post_gain = zeros, zeros  # USD in all, OOM
        self.belief = zeros + dials.beliefs.prior
        self.variance = zeros + np.square(dials.beliefs.doubt)
        self.news = np.zeros(labs.shape[1]) + dials.beliefs.news
        self.signal = np.zeros(labs.shape)  # OOM an OOM, shown by the last release
        self.gained, self.shipped = zeros, np.zeros(labs.shape, bool)  # this quarter
        self.copied = zeros  # Mtok bought from the leader to learn from
        # what all can see this quarter: gain an OOM over releases, its variance, where there is any
        nowhere = np.zeros(labs.shape[1])
        self.public_signal = nowhere, nowhere + 1.0, nowhere > 0.0

    # ------------------------------------------------------------ progress

    def progress(self) -> None:
        """Public algorithms, private leads, post-training: what experiments and feedback add."""
        dials, rules = self.model.dials, self.model.dials.scaling
        self.hours = self._within_cap(self.labs.compute.training_hours)
        effort = costs.training_flop(self.hours[EXPERIMENTS], dials.costs.training_utilisation)
        progress = capability.algorithmic_progress(
            self.public,
            effort.sum(axis=0) / rules.algorithms_reference,
            rules.algorithms_speed,
            rules.algorithms_effort,
            rules.algorithms_fishing_out,
        )
        luck = np.exp(rules.algorithms_luck * self.model.luck.normal("algorithms"))
        found = capability.algorithmic_gain(
            YEARS_A_QUARTER * progress * luck, rules.algorithms_fishing_out
        )
        self.public = self.public + found
        self.lead = capability.private_lead(
            self.lead, found, effort, YEARS_A_QUARTER, rules.lead_leak, rules.lead_gain
        )
        bid = self.labs.plan.training_bid[POST] / (1.0 - dials.data.labelling_share)
        self.post_spent = self.post_spent + bid
        self.post_gain = capability.post_training_gain(
            self.post_spent / dials.research.post_reference,
            rules.post_training_slope,
            rules.post_training_limit,
        )

    def hours_to_cap(self, cap: FLOP) -> H100e_hours:
        """H100e-hours that the run in progress may still use under a legal cap on its FLOP."""
        return costs.hours_left(cap, self.run_flop, self.model.dials.costs.training_utilisation)

    def _within_cap(self, hours: H100e_hours) -> H100e_hours:
        """Hours of a run beyond the cap, which a falling rent may bring, go to experiments."""
        cap = self.model.law.compute_cap_flop
        if cap == np.inf:
            return hours
        final, experiments, post = hours
        allowed = np.minimum(final, self.hours_to_cap(cap))
        return np.stack([allowed, experiments + (final - allowed), post])

    # ------------------------------------------------------------ runs

    def runs(self) -> None:
        """Runs grow by this quarter's hours; those that are due end, and may be released."""
        labs, utilisation = self.labs, self.model.dials.costs.training_utilisation
        flop = costs.training_flop(self.hours[FINAL], utilisation)
        self.run_flop = np.where(labs.alive, self.run_flop + flop, 0.0)
        self.gained, self.shipped = np.zeros(labs.shape), np.zeros(labs.shape, bool)
        self.copied = np.zeros(labs.shape)
        due = labs.alive & (self.due <= self.model.quarter)
        if due.any():
            at = np.nonzero(due)
            self._release(at, self._luck("release", at))
            self._engineer(at)
            self._plan_the_next(at)
        self._learn()

    def _luck(self, kind: str, at: Places) -> Array:
        """The quarter's luck of each release, from a stream a lab."""
        return self.model.luck.normals(kind, self.labs.names)[at]

    def _plan_the_next(self, at: Places) -> None:
        """The next release: as planned, sooner or later by luck, and at least a quarter on."""
        rules = self.model.dials.research.of(at[1])
        wait = np.rint(rules.release_quarters + rules.release_delay * self._luck("delay", at))
        self.due[at] += np.maximum(wait, 1.0)

    def _engineer(self, at: Places) -> None:
        """New models differ in what they cost to serve: sparsity, width, the serving stack."""
        luck = np.stack([self._luck(product, at) for product in ("flagship", "mini")])
        drawn = 10.0 ** (self.model.dials.costs.of(at[1]).design_luck * luck)
        here = (slice(None), at[0], at[1])
        kept = self.serving_cost_factor[here]
        self.serving_cost_factor[here] = np.where(self.shipped[at], drawn, kept)

    def _release(self, at: Places, luck: Array) -> None:
        """End the runs that are due: see what came out, learn from it, ship what is better."""
        run, rules = self._trained(at), self.model.dials.scaling.of(at[1])
        worth = partial(
            capability.REGIMES[rules.regime], onset=rules.onset, late_slope=rules.late_slope
        )
        noise = rules.release_noise * luck
        trained = worth(run.effective + noise)
        gained = run.effective - self.effective_compute[at]
        shown = worth(run.effective) - worth(self.effective_compute[at]) + noise
        self.gained[at] = gained
        self.signal[at] = beliefs.slope(shown, gained, LEAST_GAIN)
        self.return_to_compute[at] = scaling.return_to_compute(
            run.parameters,
            run.unique,
            run.seen,
            rules.law,
            self.model.dials.data.of(at[1]).repeat_decay,
        )
        self.largest_run[at] = np.maximum(self.largest_run[at], self.run_flop[at])
        self.run_flop[at] = 0.0
        self._ship(at, run, trained, self._distilled(at, trained), rules.release_threshold)

    def _trained(self, at: Places) -> Run:
        """The runs: their size chosen to train and serve for least, their effective compute."""
        dials, cost = self.model.dials, self.model.dials.costs.of(at[1])
        law, decay = dials.scaling.law, dials.data.of(at[1]).repeat_decay
        flop = np.maximum(self.run_flop[at], LEAST_RUN)
        unique = self.model.publishers.effective_unique()[at]
        served = 1e6 * self.labs.sold.flagship[at] * cost.serving_life / YEARS_A_QUARTER
        best, _ = scaling.training_allocation(flop, unique, served, law, decay, cost.overtraining)
        parameters = np.maximum(best, LEAST_PARAMETERS)
        seen = flop / (6.0 * parameters)
        useful = scaling.effective_tokens(unique, seen, decay)
        effective = np.log10(scaling.effective_flop(parameters, useful, law))
        effective += self.public[at[1]] + self.lead[at]
        return Run(parameters, seen, unique, effective)

    def _distilled(self, at: Places, trained: OOM) -> OOM:
        """A fast follower closes part of the gap to the leader with tokens bought from it (M64)."""
        leader = np.where(self.labs.alive, self.capability, -np.inf).max(axis=0)[at[1]]
        gap = np.maximum(leader - trained, 0.0) * self.labs.distils[at[0]]
        rules = self.model.dials.research.of(at[1])
        self.copied[at] = np.where(gap > 0.0, rules.distil_cost * 1e-6, 0.0)
        return trained + rules.distil * gap

    def _ship(self, at: Places, run: Run, trained: OOM, reached: OOM, least: OOM) -> None:
        """Release what is better by enough than what is on the market; write off the rest."""
        ships = reached > self.capability[at] + least
        size = capability.copied_parameters(run.parameters, reached - trained)
        self.shipped[at] = ships
        self.effective_compute[at] = np.where(ships, run.effective, self.effective_compute[at])
        self.capability[at] = np.where(ships, reached, self.capability[at])
        self.parameters[at] = np.where(ships, size, self.parameters[at])

    def start_behind(self, comes: Flag) -> None:
        """Entrants begin with open knowledge, a lag behind the frontier."""
        dials = self.model.dials
        best = np.where(self.labs.alive & ~comes, self.capability, 0.0).max(axis=0)
        level = np.maximum(best - dials.research.entry_lag, LEAST_START)
        flop = 10.0 ** np.clip(level - self.public, LEAST_START, MOST_START)
        size, _ = scaling.optimal_allocation(flop, dials.scaling.law)
        due = self.model.quarter + dials.research.release_quarters
        self.capability = np.where(comes, level, self.capability)
        self.effective_compute = np.where(comes, level, self.effective_compute)
        self.parameters = np.where(comes, size, self.parameters)
        self.due = np.where(comes, due, self.due)

    # ------------------------------------------------------------ beliefs

    def _learn(self) -> None:
        """Every lab learns from its own release, and with more noise from all of the quarter (M22).

        Its own is among those, so it counts a little more than once.
        """
        rules, updates = self.model.dials.beliefs, self.labs.updates
        news = rules.news - self.news
        self.news = self.news + news
        self.variance = beliefs.drifting(self.variance, rules.drift, YEARS_A_QUARTER)
        shown = self.gained > LEAST_GAIN
        noise = beliefs.noise_of_release(rules.own_noise, self.gained, LEAST_GAIN)
        mean, variance = beliefs.kalman(self.belief, self.variance, self.signal, noise, shown)
        self.public_signal = self._public_signal(shown, rules.rival_noise)  # investors read it too
        mean, variance = beliefs.kalman(mean, variance, *self.public_signal)
        self.belief = np.where(updates, beliefs.sensible(mean), self.belief) + news
        self.variance = np.where(updates, variance, self.variance)

    def _public_signal(self, shown: Flag, rival_noise: OOM) -> tuple[Ratio, Array, Flag]:
        """The quarter's releases as all can see them: signal, its variance, where there is any."""
        signal, total = beliefs.pooled_signal(self.signal, self.gained, shown, LEAST_GAIN)
        noise = beliefs.noise_of_release(rival_noise, total, LEAST_GAIN)
        return signal, noise, shown.any(axis=0)

    def doubt(self, lab: int, factor: float) -> None:
        """One lab's belief times a factor, in all worlds: to ask what it would do then."""
        here = np.arange(len(self.belief))[:, None] == lab
        self.belief = np.where(here, factor * self.belief, self.belief)
