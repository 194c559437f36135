"""Economies that several tests share: each is run once and read by many."""

from functools import cache
from pathlib import Path

import numpy as np

from sim.economy.model import AIEconomy
from sim.inputs.policy import Policy
from sim.inputs.scenario import Scenario

ROOT = Path(__file__).parent.parent
SCENARIOS = tuple(sorted(path.stem for path in (ROOT / "scenarios").glob("*.toml")))
POLICIES = tuple(sorted(path.stem for path in (ROOT / "scenarios" / "policies").glob("*.toml")))

ONE_LAB = """
title = "Toy economy"
about = "Every dial at its default."
start = "2020-Q1"
end = "2024-Q4"
[labs.first]
title = "First"
cash = 3e8
spending = 1e8
"""
TWO_LABS = (
    ONE_LAB
    + """
[labs.second]
title = "Second"
cash = 3e8
spending = 1e8
"""
)


@cache
def told(scenario: str, worlds: int = 64, policy: str = "", end: str = "") -> AIEconomy:
    """A scenario told to its end; treat it as read-only."""
    story = Scenario.load(scenario)
    if end:
        story = story.change({"end": end})
    law = Policy.load(policy) if policy else Policy()
    return AIEconomy(story, law, worlds=worlds).run()


def at(model: AIEconomy, measure: str, quarter: str) -> np.ndarray:
    """A recorded measure at a quarter, (..., worlds)."""
    return model.recorder.arrays[measure][model.recorder.quarters.index(quarter)]


def started(scenario: str | Scenario, quarters: int, worlds: int = 8, **more) -> AIEconomy:
    """A fresh economy after some quarters, to do with as one likes."""
    model = AIEconomy(scenario, worlds=worlds, record=False, **more)
    for _ in range(quarters):
        model.step()
    return model


def toy(folder: Path, text: str = TWO_LABS, **dials: float) -> Scenario:
    """A small economy; dials as demand__elasticity=1.5."""
    file = folder / "toy.toml"
    file.write_text(text)
    return Scenario.load(file).change({name.replace("__", "."): v for name, v in dials.items()})


def variant(folder: Path, text: str) -> Scenario:
    """A scenario that says `text` on top of `continued`."""
    original = (ROOT / "scenarios" / "continued.toml").read_text()
    (folder / "continued.toml").write_text(original)
    file = folder / "variant.toml"
    file.write_text('title = "Variant"\nextends = "continued"\nabout = "A test."\n' + text)
    return Scenario.load(file)


def same_until(one: AIEconomy, other: AIEconomy) -> np.ndarray:
    """In how many quarters from the start all measures are exactly alike, (worlds,)."""
    quarters = min(one.recorder.noted, other.recorder.noted)
    alike = np.ones((quarters, one.size), bool)
    for name, mine in one.recorder.arrays.items():
        differ = mine[:quarters] != other.recorder.arrays[name][:quarters]
        alike &= ~differ.any(axis=tuple(range(1, differ.ndim - 1)))
    return np.logical_and.accumulate(alike).sum(axis=0)
