"""Paired worlds: the same story told with and without a change, and a claim of what that does.

Each claim says why, what is changed, what is measured and when, what is asked of it, and in which
part of worlds. Changed and unchanged have the same worlds and seed, so they differ by the change
alone. Shapes end in worlds; money in USD a quarter unless a measure says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np

from sim.economy.measures import MEASURES
from sim.economy.model import AIEconomy
from sim.economy.spent import SPENDING, spending
from sim.economy.state import LICENSED, USES
from sim.equations.scaling import optimal_allocation
from sim.inputs.dials import Dials
from sim.inputs.scenario import Scenario

Array = np.ndarray
END = "2036-Q4"
LABS = (2, 11, 20)  # sizes of the industry that the claims are asked of; 11 is as shipped
SHIPPED = 11
DUOPOLY = ("openai", "anthropic")
COPIED = 9  # labs of the shipped scenario that stand twice in an industry of twenty
THEN = "then"  # the one quarter of each world that is left of a story
MOST_OVERTRAINED = 300.0  # times the compute-optimal tokens: nobody has gone so far with a flagship
READ = ("surplus", "token_gdp", "tokens", "price_constant", "price_flagship", "run_cost")
TURN = ("serving", "post_training", "product", "data")  # where a plateau sends the money


# --- Stories told to their end --------------------------------------------------------------------


@cache
def industry(story: str, labs: int) -> Scenario:
    """A shipped scenario with its own labs, with two of them, or with twenty: nine are twins."""
    told = Scenario.load(story).change({"end": END})
    if labs == SHIPPED:
        return told
    if labs == 2:
        told = told.without_calibration()  # which tells of labs that are not there
        return replace(told, labs={name: told.labs[name] for name in DUOPOLY})
    twins = {f"{name}_twin": told.labs[name] for name in tuple(told.labs)[:COPIED]}
    return replace(told, labs=told.labs | twins)


def for_twins(dials: dict[str, object], story: Scenario) -> dict[str, object]:
    """What is said of a lab is said of its twin too, where it has one."""
    said = dict(dials)
    for dotted, value in dials.items():
        subject, _, rest = dotted.partition(".")
        lab, _, name = rest.partition(".")
        if subject == "labs" and f"{lab}_twin" in story.labs:
            said[f"labs.{lab}_twin.{name}"] = value
    return said


def scaled(story: Scenario, worlds: int, seed: int, times: Mapping[str, float]) -> Dials:
    """Each world's own dials, some of them so many times as large."""
    numbers = np.arange(worlds)
    drawn = story.draw(seed, numbers)
    values = {}
    for dotted, factor in times.items():
        subject, _, name = dotted.partition(".")
        values[dotted] = factor * (getattr(getattr(drawn, subject), name) + np.zeros(worlds))
    return story.draw(seed, numbers, values=values)


@dataclass(frozen=True)
class Told:
    """What was noted of an economy: arrays (quarters, ..., worlds) by name."""

    quarters: tuple[str, ...]
    notes: dict[str, Array]
    labs: tuple[str, ...]

    def at(self, name: str, quarter: str) -> Array:
        """What was noted at a quarter, (..., worlds)."""
        return self.notes[name][self.quarters.index(quarter)]

    def during(self, name: str, first: str, last: str) -> Array:
        """The same from one quarter to another, (quarters, ..., worlds)."""
        return self.notes[name][self.quarters.index(first) : self.quarters.index(last) + 1]

    def then(self, when: Array) -> Told:
        """One quarter alone, `when` of each world, counted from the first; nan where too late."""
        known, worlds = when < len(self.quarters), np.arange(len(when))
        at = np.where(known, when, 0)
        notes = {
            name: np.where(known, np.moveaxis(values, -1, 1)[at, worlds].T, np.nan)[None]
            for name, values in self.notes.items()
        }
        return Told((THEN,), notes, self.labs)


def parted(one: Told, other: Told) -> Array:
    """First quarter in which some lab's capability differs, (worlds,); past the end if none does.

    Between a plateau and continued scaling it is that of the first run beyond the onset: until then
    they are the same, world by world.
    """
    differ = (one.notes["capability"] != other.notes["capability"]).any(axis=1)
    return np.where(differ.any(axis=0), differ.argmax(axis=0), len(differ))


def noted(model: AIEconomy) -> dict[str, Array]:
    """A quarter's figures, (..., worlds)."""
    labs, plan, research = model.labs, model.labs.plan, model.labs.research
    development = (plan.split * plan.development).sum(axis=1)
    whole = np.maximum(development.sum(axis=0), 1.0)
    spent = dict(zip(SPENDING, spending(model), strict=True))
    paid = np.maximum(sum(spent.values()), 1.0)
    text, weight = labs.data.spent.sum(axis=1), model.customers.lab_share
    flop = 6.0 * research.parameters * research.seen
    best = optimal_allocation(np.maximum(flop, 1.0), model.dials.scaling.law)[1]
    on_offer = plan.on_offer[0]
    return {
        **{name: np.asarray(MEASURES[name].of(model)) for name in READ},
        **{f"{use} of development": development[i] / whole for i, use in enumerate(USES)},
        **{f"{use} of spending": spent[use] / paid for use in SPENDING},
        "turn of spending": sum(spent[use] for use in TURN) / paid,
        "final runs": spent["final_runs"],
        "licences": text[LICENSED],
        "licensed tokens held": model.publishers.held[LICENSED].sum(axis=0),
        "tokens a parameter": np.exp(
            (np.log(np.maximum(research.seen, 1.0) / research.parameters) * weight).sum(axis=0)
        ),
        "other text": text.sum(axis=0) - text[LICENSED],
        "hours": labs.compute.hours.sum(axis=0),
        "thinking": np.exp((np.log(plan.test_time_multiple) * weight).sum(axis=0)),
        "longest thinking": plan.test_time_multiple.max(axis=0),
        "size": 10.0 ** (np.log10(research.parameters) * weight).sum(axis=0),
        # of serving, over 2N FLOP a token
        "overhead": labs.planning.offers.overhead().mean(axis=0),
        "capability": research.capability.copy(),  # of each lab
        "largest run": research.largest_run.max(axis=0),
        "list price": np.where(on_offer, plan.price[0], np.nan),
        # where each lab on offer stands between the bounds of its choice, in logs, from 0 to 1
        "between no thought and most": np.where(
            on_offer,
            np.log(plan.test_time_multiple) / np.log(model.dials.scaling.test_time_most),
            np.nan,
        ),
        "between optimal and most": np.where(
            on_offer,
            np.log(np.maximum(research.seen, 1.0) / best) / np.log(MOST_OVERTRAINED),
            np.nan,
        ),
    }


@cache
def tell(
    story: str, worlds: int, seed: int, labs: int, dials: tuple = (), times: tuple = ()
) -> Told:
    """A story with dials set, and others so many times as large, told to its end."""
    scenario = industry(story, labs)
    if dials:
        scenario = scenario.change(for_twins(dict(dials), scenario))
    own = scaled(scenario, worlds, seed, dict(times)) if times else None
    model = AIEconomy(scenario, worlds=worlds, seed=seed, dials=own, record=False)
    rows = []
    while not model.finished:
        model.step()
        rows.append(noted(model))
    notes = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    return Told(tuple(scenario.quarters), notes, model.labs.names)


# --- What is asked -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """What is asked of a measure, given that of the unchanged worlds."""

    words: str
    holds: Callable[[Array, Array], Array]


def falls(to: float = 1.0) -> Asked:
    """Below the unchanged, or at most so many times it."""
    words = "falls" if to == 1.0 else f"falls to {to:g} or less"
    return Asked(words, lambda ours, base: ours < base if to == 1.0 else ours <= to * base)


def rises(by: float = 0.0) -> Asked:
    """Above the unchanged, or by so much at least."""
    words = f"rises by {by:g}" if by else "rises"
    return Asked(words, lambda ours, base: ours >= base + by if by else ours > base)


def within(low: float, high: float) -> Asked:
    """Between two figures, whatever the unchanged."""
    return Asked(f"{low:.4g} to {high:.4g}", lambda ours, base: (ours >= low) & (ours <= high))


def at(name: str, quarter: str = "2030-Q4") -> Callable[[Told], Array]:
    """What was noted at a quarter."""
    return lambda told: told.at(name, quarter)


@dataclass(frozen=True)
class Claim:
    """One thing that must hold, and why."""

    name: str
    reason: str
    measure: Callable[[Told], Array]
    asked: Asked
    share: float = 0.6  # of worlds in which it must hold: luck parts them, so not in all
    after: int = 0  # if any, measure so many quarters after the stories part, world by world
    story: str = "continued"
    dials: Mapping[str, object] = field(default_factory=dict)  # set
    times: Mapping[str, float] = field(default_factory=dict)  # so many times each world's own
    against: Mapping[str, object] = field(default_factory=dict)  # dials set in the unchanged worlds
    shipped_only: bool = False  # about the record, so about the labs that were there
    broken_by: Mapping[str, object] = field(default_factory=dict)  # dials in which it cannot hold
    known_not: Mapping[int, str] = field(default_factory=dict)  # size of the industry: why it fails


@dataclass(frozen=True)
class Found:
    """What came out of a claim."""

    claim: Claim
    before: float  # medians
    after: float
    held: float  # share of worlds, or of labs' quarters, in which it held

    @property
    def holds(self) -> bool:
        """Whether it held in as many as asked."""
        return self.held >= self.claim.share


def applies(claim: Claim, labs: int) -> bool:
    """Whether the labs that a claim is about are there."""
    named = [dotted.split(".")[1] for dotted in claim.dials if dotted.startswith("labs.")]
    there = set(named) <= set(industry(claim.story, labs).labs)
    return there and (labs == SHIPPED or not claim.shipped_only)


def found(claim: Claim, worlds: int, seed: int = 0, labs: int = SHIPPED) -> Found:
    """Tell both stories and look."""

    def told(story: str, dials: Mapping, times: Mapping) -> Told:
        return tell(story, worlds, seed, labs, tuple(dials.items()), tuple(times.items()))

    changed, unchanged = (
        told(claim.story, claim.dials, claim.times),
        told("continued", claim.against, {}),
    )
    if claim.after:
        when = parted(changed, unchanged) + claim.after
        changed, unchanged = changed.then(when), unchanged.then(when)
    ours, base = claim.measure(changed), claim.measure(unchanged)
    known = np.isfinite(ours) & np.isfinite(base)
    if not known.any():
        return Found(claim, np.nan, np.nan, np.nan)
    held = claim.asked.holds(ours[known], base[known]).mean()
    return Found(claim, float(np.median(base[known])), float(np.median(ours[known])), float(held))
