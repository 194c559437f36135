"""No regret: what one lab gains that alone does otherwise, from the same state on.

A lab's value here is what it maximises: its discounted profit of five years, plus what its owners
count as won of the prize in them. Planning adds `prize_weight` of the lab's claim on general AI to
what an OOM is worth (Choice.worth), so profit alone would find fault with every dollar spent for
that prize; it is shown beside. The prize is counted as it comes: each quarter its chance (hazard),
times the lab's share in it, times what it is worth to owners. Asked as well where owners want no
prize and parents fear nothing: there profit is all that anybody maximises. A gain is the difference
to the unchanged lab in the same worlds, over the mean discounted gross profit, with its paired
error: luck parts ways after a change, so single worlds don't decide.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from paired import SHIPPED, industry

from sim.economy.agents.strategies import STRATEGIES, Outlook
from sim.economy.model import AIEconomy
from sim.economy.state import USES
from sim.equations import capability, finance, pricing

Array = np.ndarray
SINCE, UNTIL = "2025-Q1", "2029-Q4"  # five years
SUBJECTS = {"openai": "the leader", "anthropic": "a follower", "entrant_us": "a start-up"}
SHIFTS, FACTORS = (0.05, 0.15), (0.75, 1.25)
RULES = tuple(name for name in STRATEGIES if name != "marginal")
# Of mean discounted gross profit: for a shift of the split; for a price, thinking or a strategy.
TOLERATED, LEAST_TOLERATED = 0.05, 0.01
ERRORS, MORE_ERRORS = 2.0, 3.0  # standard errors beyond that before a gain counts
NO_PRIZE = {"capital.prize_weight": 0.0, "capital.parent_stake": 0.0}
# Why a deviation is known to pay, by size of the industry, lab, what it does, and prize or none.
# They come and go with the fit and with luck, so each may pay and need not.
SOONER = (
    "it earns no more by it, but sooner, and cash is short: more of the prize, which they count"
)
CHEAPER = "who is behind asks too much for its name where profit is all"
REGRETS: dict[tuple[int, str, str, bool], str] = {
    (labs, lab, "price x 1.25", True): SOONER
    for labs in (11, 20)
    for lab in ("openai", "anthropic")
} | {(11, lab, "price x 0.75", False): CHEAPER for lab in ("anthropic", "entrant_us")}


@dataclass(frozen=True)
class Deviation:
    """One thing that a lab may do otherwise for five years."""

    does: str
    strategy: str = ""
    plan: Callable[[AIEconomy, int], None] | None = None  # changes how the lab of a row plans
    within: Callable[[int], AbstractContextManager[Any]] = lambda row: nullcontext()
    tolerated: float = LEAST_TOLERATED  # gain that does not count


AS_PLANNED = Deviation("as planned")


@dataclass(frozen=True)
class Gain:
    """What a lab gains by it, over mean discounted gross profit, with standard errors."""

    lab: str
    does: str
    objective: float
    error: float
    profit: float
    profit_error: float
    tolerated: float = TOLERATED

    @property
    def pays(self) -> bool:
        """Whether it gains more than is tolerated, beyond chance."""
        errors = ERRORS if self.tolerated == TOLERATED else MORE_ERRORS
        return not self.objective <= self.tolerated + errors * self.error  # nan pays

    @property
    def doubtful(self) -> bool:
        """Whether it only does not pay because its error is large: more worlds would tell."""
        return self.objective > self.tolerated and not self.pays


def shifted(source: int, target: int, part: float) -> Deviation:
    """So much of the split from one use to another, or as much as there is."""

    def wants(outlook: Outlook) -> Array:
        money = outlook.wanted.copy()
        moved = np.minimum(part * money.sum(axis=0), money[source])
        money[source] -= moved
        money[target] += moved
        return money

    def plan(model: AIEconomy, row: int) -> None:
        model.labs.planning.choice.rules[wants] = np.array([row])

    does = f"shift {part:.0%} {USES[source]} to {USES[target]}"
    return Deviation(does, plan=plan, tolerated=TOLERATED)


def multiplied(what: str, module: object, formula: str, factor: float) -> Deviation:
    """The lab's own answer of a formula that offers use (agents/offers.py), times a factor."""

    def within(row: int) -> AbstractContextManager[Any]:
        best = getattr(module, formula)

        def otherwise(*given: Array) -> Array:
            answer = best(*given).copy()
            answer[..., row, :] *= factor
            return answer

        return mock.patch.object(module, formula, otherwise)

    return Deviation(f"{what} x {factor:g}", within=within)


def every_deviation() -> list[Deviation]:
    """All that a lab is asked not to gain by."""
    pairs = [(i, j) for i in range(len(USES)) for j in range(len(USES)) if i != j]
    shifts = [shifted(i, j, part) for part in SHIFTS for i, j in pairs]
    prices = [multiplied("price", pricing, "logit_price", by) for by in FACTORS]
    thinking = [multiplied("thinking", capability, "best_test_time", by) for by in FACTORS]
    return shifts + prices + thinking + [Deviation(name, strategy=name) for name in RULES]


def saved(folder: Path, worlds: int, seed: int, labs: int) -> Path:
    """The state that the five years begin with."""
    model = AIEconomy(industry("continued", labs), worlds=worlds, seed=seed, record=False)
    while model.date < SINCE:
        model.step()
    return model.save(folder / "since.npz")


def five_years(
    file: Path, labs: int, lab: str, deviation: Deviation, prize: bool = True
) -> tuple[Array, Array, Array]:
    """Discounted profit, prize won and gross profit of a lab, (worlds,), USD."""
    story = industry("continued", labs).change({} if prize else NO_PRIZE)
    if deviation.strategy:
        story = story.change({f"labs.{lab}.strategy": deviation.strategy})
    model = AIEconomy.restore(file, story, record=False)
    row = model.labs.names.index(lab)
    if deviation.plan:
        deviation.plan(model, row)
    profit, won, gross = np.zeros((3, model.size))
    begin = model.quarter
    with deviation.within(row):
        while model.date <= UNTIL:
            capital = model.dials.capital
            left = np.exp(-capital.discount / 4.0 * (model.quarter - begin))
            model.step()
            profit = profit + left * model.labs.profit[row]
            won = won + left * prize_won(model, row)
            gross = gross + left * (model.labs.revenue - model.labs.compute.serving_cost)[row]
    return profit, won, gross


def prize_won(model: AIEconomy, row: int) -> Array:
    """What a lab's owners count as won of the prize in a quarter, (worlds,), USD."""
    capital, research = model.dials.capital, model.labs.research
    hazard = finance.prize_hazard(
        research.frontier, research.pace, capital.prize_oom, capital.prize_width
    )
    share = finance.prize_share(research.capability, model.labs.alive, capital.closeness)[row]
    return capital.prize_weight * capital.prize * hazard / 4.0 * share


def regrets(
    worlds: int,
    seed: int = 0,
    labs: int = SHIPPED,
    subjects: tuple[str, ...] = tuple(SUBJECTS),
    deviations: list[Deviation] | None = None,
    otherwise: Deviation = AS_PLANNED,
    prize: bool = True,
) -> Iterator[Gain]:
    """What each lab gains by each deviation over what it does otherwise, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        file = saved(Path(folder), worlds, seed, labs)
        for lab in subjects:
            if lab not in industry("continued", labs).labs:
                continue
            base = five_years(file, labs, lab, otherwise, prize)
            scale = base[2].mean()
            for deviation in every_deviation() if deviations is None else deviations:
                other = five_years(file, labs, lab, deviation, prize)
                profit = (other[0] - base[0]) / scale
                both = profit + (other[1] - base[1]) / scale
                root = np.sqrt(worlds)
                yield Gain(
                    lab,
                    deviation.does,
                    float(both.mean()),
                    float(both.std() / root),
                    float(profit.mean()),
                    float(profit.std() / root),
                    deviation.tolerated,
                )
