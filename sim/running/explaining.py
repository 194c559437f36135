"""Why a lab spends so: an economy told to a quarter, twice, with one lab doubting in the second."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.economy.model import AIEconomy
from sim.economy.spent import SPENDING, lab_spending
from sim.economy.state import USES
from sim.errors import BadInput, nearest, quoted
from sim.inputs.loading import AnyPolicy, AnyScenario, loaded
from sim.outputs.comparison import at_quarters
from sim.outputs.explanation import Explanation
from sim.units import USD, Array, Flag, Ratio

WORLDS = 64
ORDER = (*USES, *SPENDING)  # what a lab has a view on comes first
DOUBT = 0.75  # belief is cut to this part of itself
A_YEAR = 4.0  # quarters
DEAR = 0.05  # a shadow price of cash above this is felt
APART = 0.1  # of what it spends: what it wants is another plan, on its way
NEARLY = 0.99  # of the fastest that a budget may grow or fall counts as that


def explain(
    scenario: AnyScenario,
    lab: str,
    at: object,
    policy: AnyPolicy = None,
    worlds: int | np.ndarray = WORLDS,
    seed: int = 0,
) -> Explanation:
    """Why one lab spends as it does in one quarter: `.table` (pandas), `.text`, and all numbers.

    `at` is a date: 2028 means 2028-Q4, as in tables. `worlds` is how many, or the numbers of those
    wanted: [7] is world 7. What it would do if its belief fell by a quarter is its plan of that
    quarter made again, in the same state but for its belief. BadInput if the lab is none of the
    scenario, the date is not in its run, or the lab is at work then in none of the worlds.
    """
    told, law = loaded(scenario, policy)
    names = list(told.labs)
    if lab not in names:
        raise BadInput(f"lab: {told.name} has no {quoted(lab)}. {nearest(str(lab), names)}")
    dates = at_quarters(told.quarters, at)
    if len(dates) != 1:
        raise BadInput(f"at: {quoted(at)} is more than one date. Give one, such as 2028.")
    row, numbers = names.index(lab), np.asarray(worlds) if np.ndim(worlds) else worlds
    now, doubting = (
        AIEconomy(told, law, worlds=numbers, seed=seed, record=False) for _ in range(2)
    )
    for model in (now, doubting):
        while model.date != dates[0]:
            model.step()
    _refuse_absent(now, row)
    before = _Before.of(now, row)
    doubting.labs.research.learning.doubt(row, DOUBT)
    doubting.labs.decide()
    now.step()
    return _explanation(now, doubting, row, before)


def _refuse_absent(model: AIEconomy, row: int) -> None:
    """BadInput if the lab is at work in none of the worlds, with those that are."""
    alive = model.labs.alive.any(axis=1)
    if not alive[row]:
        there = [name for name, works in zip(model.labs.names, alive, strict=True) if works]
        where = f"world {model.worlds[0]}" if model.size == 1 else f"any of {model.size:,} worlds"
        raise BadInput(
            f"lab: {quoted(model.labs.names[row])} is not at work in {model.date} in {where}. "
            f"At work are: {', '.join(there)}."
        )


@dataclass(frozen=True)
class _Before:
    """What a lab had before it decided, (worlds,)."""

    alive: Flag
    belief: Ratio
    budget: USD
    cash: USD
    fastest: Array  # that its budget may grow, a quarter
    cut: Array  # that its budget may fall, a quarter
    owes: dict[str, Array]  # what it has promised and owes, and has

    @classmethod
    def of(cls, model: AIEconomy, row: int) -> _Before:
        labs, capital = model.labs, model.dials.capital
        growth = capital.parent_growth if labs.corporate[row, 0] else capital.budget_growth
        fastest, cut = (np.zeros(model.size) + dial for dial in (growth, capital.budget_cut))
        return cls(
            labs.alive[row].copy(),
            labs.research.learning.belief[row].copy(),
            labs.plan.budget[row].copy(),
            labs.cash[row].copy(),
            fastest,
            cut,
            _owes(model, row),
        )


def _owes(model: AIEconomy, row: int) -> dict[str, Array]:
    """What a lab has promised and owes, against what it has and earns; USD, years, USD a year."""
    labs = model.labs
    return {
        "obligations": labs.commitments.obligations()[row],
        "debt": labs.debt[row],
        "interest": model.lenders.rate[row] * model.lenders.loans[row],
        "cash": labs.cash[row],
        "revenue": A_YEAR * labs.revenue[row],
        "years": labs.commitments.years_left()[row],
    }


def _explanation(now: AIEconomy, doubting: AIEconomy, row: int, before: _Before) -> Explanation:
    """What the two economies tell, of the worlds in which the lab is at work all quarter."""
    here = before.alive & now.labs.alive[row]
    here = here if here.any() else before.alive  # it fails in all: tell its last plan
    plan, other = now.labs.plan, doubting.labs.plan
    growth = plan.budget[row] / np.maximum(before.budget, 1.0) - 1.0
    names = [*now.policy.names]
    return Explanation(
        scenario=" + ".join([now.scenario.title or now.scenario.name, *names]),
        lab=now.labs.titles[row],
        date=now.scenario.quarters[now.quarter - 1],
        worlds=tuple(int(world) for world in now.worlds[here]),
        asked=now.size,
        spends={use: lab_spending(now, use)[row, here] for use in dict.fromkeys(ORDER)},
        wants=_by_use(A_YEAR * plan.wanted, row, here),
        returns=_by_use(plan.returns, row, here),
        doubting=_by_use(A_YEAR * other.wanted, row, here),
        numbers={
            "belief": before.belief[here],
            "belief_doubting": DOUBT * before.belief[here],
            "budget": A_YEAR * plan.budget[row, here],
            "budget_doubting": A_YEAR * other.budget[row, here],
            "development": A_YEAR * plan.development[row, here],
            "growth": growth[here],
            "worth": A_YEAR * plan.worth[row, here],
            "shadow_price": plan.shadow_price[row, here],
            "test_time_multiple": plan.test_time_multiple[row, here],
            "cash": before.cash[here],
        },
        owes={name: values[here] for name, values in before.owes.items()},
        holds=_holds(now, row, growth, before)[here],
    )


def _by_use(array: Array, row: int, here: Flag) -> dict[str, Array]:
    return {use: array[place, row, here] for place, use in enumerate(USES)}


def _holds(model: AIEconomy, row: int, growth: Ratio, before: _Before) -> Array:
    """What holds the lab back in each world: how fast it can change, cash, time, or nothing."""
    plan = model.labs.plan
    wanted, spends = plan.wanted[:, row].sum(axis=0), plan.development[row]
    found = [
        growth >= NEARLY * before.fastest,
        growth <= -NEARLY * before.cut,
        (plan.shadow_price[row] > DEAR) & (wanted > spends),
        np.abs(wanted - spends) > APART * spends,
    ]
    return np.select(found, ["management", "contracts", "cash", "time"], default="nothing")
