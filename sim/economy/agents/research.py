"""A lab's research: training runs and releases; learning.py has what they teach.

Capability is in OOM of effective FLOP at early-2023 algorithms. Shapes (labs, worlds); releases are
worked out only where one is due, `at` those (labs, worlds), as arrays (releases,).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from sim.economy.agents.algorithms import Algorithms
from sim.economy.agents.learning import LEAST_GAIN, Learning
from sim.economy.agents.places import Places
from sim.economy.state import EXPERIMENTS, FINAL, POST
from sim.equations import beliefs, capability, costs, dynamics, scaling
from sim.units import (
    FLOP,
    OOM,
    YEARS_A_QUARTER,
    Array,
    Flag,
    H100e_hours,
    Parameters,
    Share,
    Tokens,
)

if TYPE_CHECKING:
    from sim.economy.agents.lab import Labs

LEAST_PARAMETERS = 1e8  # no flagship is smaller than GPT-1
LEAST_RUN = 1e15  # FLOP: a run of nothing at all still has a size
FIRST_PACE, PACE_SEEN = 0.7, 0.25  # OOM a year at first; weight of the last quarter
LEAST_BOUGHT = 1e-3  # OOM an OOM: a run is thought to be worth that at least
LEAST_START, MOST_START = 15.0, 40.0  # OOM of compute that an entrant's first model can show


@dataclass(frozen=True)
class Run:
    """Training runs that have ended, (releases,)."""

    parameters: Parameters
    seen: Tokens
    effective: OOM  # of effective compute
    counted: scaling.Counted


class Research:
    """The labs' research departments."""

    def __init__(self, labs: Labs):
        self.labs, self.model = labs, labs.model
        dials, zeros = self.model.dials, np.zeros(labs.shape)
        offset = np.array(dials.lab("release_offset"))[:, None]
        self.freed = [np.zeros(labs.shape[1])] * 4  # OOM known to people of labs that failed
        self.due = labs.opens + offset + zeros  # quarter of the next release
        self.algorithms = Algorithms(labs)
        self.hours = np.zeros((POST + 1, *labs.shape))  # H100e-hours of training, as they were used
        self.run_flop, self.largest_run = zeros, zeros.copy()
        self.tried = zeros  # FLOP of experiments since the last run
        start = np.log10(dials.lab("largest_run")) + zeros
        self.base_flop = 10.0**start  # of the run behind the flagship
        self.run_counts = zeros + 1.0  # what the last run counted for, over what it used
        self.effective_compute, self.capability = start, start.copy()  # of the flagship, OOM
        size, seen = scaling.optimal_allocation(10.0**start, dials.scaling.law)
        self.parameters, self.seen = zeros + size, zeros + seen
        self.frontier = np.where(labs.alive, start, 0.0).max(axis=0)  # of all labs, OOM
        self.most_compute = self.frontier  # effective, behind the best flagship, OOM
        self.pace = np.zeros(labs.shape[1]) + FIRST_PACE  # of that, OOM a year, smoothed
        # of compute; and at a size that minds what serving costs
        self.return_to_compute, self.return_to_tokens = zeros + 1.0, zeros + 1.0
        # cost of serving each product over what is usual at its compute, (products, labs, worlds)
        self.serving_cost_factor = np.ones((2, *labs.shape))
        self.reinforced, self.post_gain = zeros, zeros  # FLOP that is not out of date, OOM
        self.signal = np.zeros(labs.shape)  # OOM an OOM, shown by the last release
        self.gained, self.shipped = zeros, np.zeros(labs.shape, bool)  # this quarter
        self.copied = zeros  # Mtok bought from the leader to learn from
        self.learning = Learning(self)

    # ------------------------------------------------------------ progress

    def progress(self) -> None:
        """Public algorithms, private leads, post-training: what experiments and feedback add."""
        dials = self.model.dials
        self.hours = self._within_cap(self.labs.compute.training_hours)
        effort = costs.training_flop(self.hours[EXPERIMENTS], dials.costs.training_utilisation)
        self.algorithms.explore(effort)
        self.tried = np.where(self.labs.alive, self.tried + effort, 0.0)
        self._reinforce()

    def _reinforce(self) -> None:
        """Reinforcement adds to what is not yet out of date, and counts as far as its base does."""
        dials, rules = self.model.dials, self.model.dials.scaling
        flop = costs.training_flop(self.hours[POST], dials.costs.training_utilisation)
        left = dynamics.left_after(1.0, dials.research.post_life)
        self.reinforced = self.reinforced * left + flop
        useful = capability.useful_reinforcement(self.reinforced, self.base_flop)
        self.post_gain = capability.post_training_gain(
            useful / dials.research.post_reference,
            rules.post_training_slope,
            rules.post_training_limit,
        )

    def part_of_run(self) -> Share:
        """Elasticity of what a run is worth in the run itself, as money is split now.

        A run short of data, or overtrained, counts for less, and so needs fewer experiments.
        """
        rules = self.model.dials.scaling
        final, experiments = self.hours[FINAL] * self.run_counts, self.hours[EXPERIMENTS]
        return capability.part_of_run(
            final, experiments, rules.run_experiments, rules.run_share, rules.run_substitution
        )

    def hours_to_cap(self, cap: FLOP) -> H100e_hours:
        """H100e-hours that the run in progress may still use under a legal cap."""
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
        self.gained, self.copied = np.zeros((2, *labs.shape))
        self.shipped = np.zeros(labs.shape, bool)
        due = labs.alive & (self.due <= self.model.quarter)
        if due.any():
            at = Places.with_flag(due)
            self._release(at, self._luck("release", at))
            self._engineer(Places.with_flag(self.shipped))
            self._plan_the_next(at)
        self._watch_the_frontier()
        self.learning.learn()

    def _watch_the_frontier(self) -> None:
        """The best model, and how fast effective compute grows, smoothed over about a year."""
        before, best = self.most_compute, (self.capability, self.effective_compute)
        self.frontier, self.most_compute = np.where(self.labs.alive, best, 0.0).max(axis=1)
        gained = np.maximum(self.most_compute - before, 0.0) / YEARS_A_QUARTER
        self.pace = dynamics.adjusted(self.pace, gained, PACE_SEEN)

    def _luck(self, kind: str, at: Places) -> Array:
        """The quarter's luck of each release, from a stream a lab."""
        return at.of(self.model.luck.normals(kind, self.labs.names))

    def _plan_the_next(self, at: Places) -> None:
        """The next release: as planned, sooner or later by luck, and at least a quarter on."""
        rules = self.model.dials.research.of(at.worlds)
        wait = np.rint(rules.release_quarters + rules.release_delay * self._luck("delay", at))
        at.put(self.due, at.of(self.due) + np.maximum(wait, 1.0))

    def _engineer(self, at: Places) -> None:
        """New models differ in what they cost to serve: sparsity, width, the serving stack."""
        spread = self.model.dials.costs.of(at.worlds).design_luck
        for factor, product in zip(self.serving_cost_factor, ("flagship", "mini"), strict=True):
            at.put(factor, 10.0 ** (spread * self._luck(product, at)))

    def _release(self, at: Places, luck: Array) -> None:
        """End the runs that are due: see what came out, learn from it, ship what is better."""
        run, rules = self._trained(at), self.model.dials.scaling.of(at.worlds)
        worth = partial(
            capability.REGIMES[rules.regime], onset=rules.onset, late_slope=rules.late_slope
        )
        noise = rules.release_noise * luck
        trained = worth(run.effective + noise)
        before = at.of(self.effective_compute)
        gained = run.effective - before
        shown = worth(run.effective) - worth(before) + noise
        at.put(self.gained, gained)
        at.put(self.signal, beliefs.slope(shown, gained, LEAST_GAIN))
        at.put(self.return_to_compute, scaling.return_to_compute(run.counted))
        at.put(self.return_to_tokens, scaling.return_to_tokens(run.counted))
        at.put(self.largest_run, np.maximum(at.of(self.largest_run), at.of(self.run_flop)))
        self._ship(at, run, trained, self._distilled(at, trained), rules.release_threshold)
        at.put(self.run_flop, 0.0)
        at.put(self.tried, 0.0)

    def _trained(self, at: Places) -> Run:
        """The runs, of the size that is worth most when serving is counted, and what they reach."""
        rules = self.model.dials.scaling.of(at.worlds)
        text = self.model.dials.data.of(at.worlds)
        law, decays = rules.law, (text.repeat_decay, text.excess_decay)
        flop = np.maximum(at.of(self.run_flop), LEAST_RUN)
        unique = at.of(self.model.publishers.unique)
        served = self._to_be_served(at, flop)
        best, _ = scaling.training_allocation(flop, unique, served, law, *decays)
        parameters = np.maximum(best, LEAST_PARAMETERS)
        seen = flop / (6.0 * parameters)
        counted = scaling.counted(parameters, unique, seen, law, *decays)
        counts = scaling.flop_of_loss(counted.loss, law)
        at.put(self.run_counts, counts / flop)
        reached = capability.useful_run(
            counts,
            at.of(self.tried),
            rules.run_experiments,
            rules.run_share,
            rules.run_substitution,
        )
        known = self.algorithms.public[at.worlds] + at.of(self.algorithms.lead)
        effective = np.log10(np.maximum(reached, LEAST_RUN)) + known
        return Run(parameters, seen, effective, counted)

    def _to_be_served(self, at: Places, flop: FLOP) -> Tokens:
        """Tokens that each new model will serve, small and free ones too, as dear as they are."""
        labs, rent = self.labs, self.model.clouds.rent
        hours = at.of(labs.sold.serving_need) / at.of(labs.sold.self_served)
        cost = hours * rent[labs.region[at.labs], at.worlds]
        growth = self.model.dials.research.of(at.worlds).expected_growth
        # as an OOM of compute does
        buys = self.learning.belief * self.return_to_tokens * self.part_of_run()
        worth = at.of(labs.plan.worth) * np.maximum(at.of(buys), LEAST_BOUGHT) / np.log(10.0)
        return costs.served_as_dear(cost * growth, at.of(self.parameters), flop, worth)

    def _distilled(self, at: Places, trained: OOM) -> OOM:
        """A fast follower closes part of the gap to the leader with tokens bought from it (M64)."""
        leader = np.where(self.labs.alive, self.capability, -np.inf).max(axis=0)[at.worlds]
        gap = np.maximum(leader - trained, 0.0) * self.labs.distils[at.labs]
        rules = self.model.dials.research.of(at.worlds)
        at.put(self.copied, (gap > 0.0) * (rules.distil_cost * 1e-6))
        return trained + rules.distil * gap

    def _ship(self, at: Places, run: Run, trained: OOM, reached: OOM, least: OOM) -> None:
        """Release what is better by enough than what is on the market; write off the rest."""
        better = reached > at.of(self.capability) + least
        size = capability.copied_parameters(run.parameters, reached - trained)
        new = at.where(better)
        new.put(self.shipped, True)
        new.put(self.effective_compute, run.effective[better])
        new.put(self.capability, reached[better])
        new.put(self.parameters, size[better])
        new.put(self.seen, run.seen[better])
        new.put(self.base_flop, new.of(self.run_flop))

    def start_behind(self, comes: Flag) -> None:
        """Entrants begin with open knowledge, a lag behind the frontier.

        Nearer to it where people of a lab that failed within the year are free (M53).
        """
        at = Places.with_flag(comes)
        rules = self.model.dials.research.of(at.worlds)
        best = np.where(self.labs.alive & ~comes, self.capability, 0.0).max(axis=0)[at.worlds]
        of_the_failed = np.max(self.freed, axis=0)[at.worlds] - rules.spin_off_lag
        level = np.maximum(np.maximum(best - rules.entry_lag, of_the_failed), LEAST_START)
        public = self.algorithms.public[at.worlds]
        flop = 10.0 ** np.clip(level - public, LEAST_START, MOST_START)
        size, seen = scaling.optimal_allocation(flop, self.model.dials.scaling.law)
        at.put(self.capability, level)
        at.put(self.effective_compute, level)
        at.put(self.parameters, size)
        at.put(self.seen, seen)
        at.put(self.base_flop, flop)
        at.put(self.due, self.model.quarter + rules.release_quarters)

    def free_people(self, failed: Flag) -> None:
        """Those who worked for the failed may found new labs within the year, (labs, worlds)."""
        known = np.where(failed, self.capability, 0.0).max(axis=0, initial=0.0)
        self.freed = [known, *self.freed[:3]]

    def entry_lag(self) -> OOM:
        """How far behind the frontier an entrant would begin, (worlds,)."""
        rules = self.model.dials.research
        best = np.where(self.labs.alive, self.capability, 0.0).max(axis=0)
        of_the_failed = best - np.max(self.freed, axis=0) + rules.spin_off_lag
        return np.maximum(np.minimum(rules.entry_lag, of_the_failed), 0.0)
