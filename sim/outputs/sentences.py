"""What the numbers of an explanation say in plain sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.outputs.amounts import human, in_letters
from sim.units import Array

if TYPE_CHECKING:
    from sim.outputs.explanation import Explanation

ALIKE = 0.02  # returns closer than this are one
LITTLE = 0.5  # per cent of change that is not worth a word
SMALL = 0.01  # of spending, told under the rest
NAMED = 4  # uses named one by one
# What may hold a lab back, as it is called where the worlds differ.
REASONS = {
    "cash": "cash",
    "management": "how fast it can grow",
    "contracts": "how fast it can cut",
    "time": "the time that a change takes",
    "nothing": "nothing",
}


def _middle(values: Array) -> float:
    return float(np.median(values))


def _part(share: float) -> str:
    return f"{100.0 * share:.0f} %"


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def spending(one: Explanation) -> str:
    """What it spends on, and how much."""
    whole = sum(one.spends.values())
    if not _middle(whole) > 0.0:
        return f"{one.lab} spends nothing in {one.date}."
    shares = {
        use: float(np.mean(spent / np.maximum(whole, 1.0))) for use, spent in one.spends.items()
    }
    ranked = sorted(shares, key=lambda use: -shares[use])
    named = [use for use in ranked[:NAMED] if shares[use] >= SMALL]
    words = [f"{_part(shares[use])} on {in_letters(use)}" for use in named]
    rest = 1.0 - sum(shares[use] for use in named)
    words += [f"{_part(rest)} on the rest"] if rest > 0.005 else []
    amount = human(_middle(whole), "USD/year")
    return f"{one.lab} spends {amount} in {one.date}: {_listed(words)}."


def next_dollar(one: Explanation) -> str:
    """What the next dollar would bring in each use, the best first."""
    middles = {use: _middle(values) for use, values in one.returns.items()}
    best, *between, worst = sorted(middles, key=lambda use: -middles[use])
    if middles[best] - middles[worst] <= ALIKE * max(abs(middles[best]), ALIKE):
        return f"The next dollar would bring the same in every use: {worth(middles[best])}."
    words = [f"{worth(middles[use])} in {in_letters(use)}" for use in between]
    return (
        f"The next dollar would bring most in {in_letters(best)}, {worth(middles[best])}, and "
        f"least in {in_letters(worst)}, {worth(middles[worst])}; {_listed(words)}."
    )


def worth(value: float) -> str:
    """What a dollar brings, to the cent."""
    return f"{'-' if value < 0 else ''}${abs(value):.2f}" if abs(value) < 100 else _dollars(value)


def _dollars(value: float) -> str:
    return human(value, "USD")


def bound(one: Explanation) -> str:
    """What holds it back: in most worlds, with the numbers of those, and in the others."""
    shares = {reason: float(np.mean(one.holds == reason)) for reason in REASONS}
    most, *others = sorted(REASONS, key=lambda reason: -shares[reason])
    here = one.holds == most
    numbers = {**one.numbers, "wanted": np.sum([*one.wants.values()], axis=0)}
    said = _holding(most, {name: _middle(of[here]) for name, of in numbers.items()})
    if shares[most] == 1.0:
        return f"{said[:1].upper()}{said[1:]}."
    rest = [
        f"{REASONS[reason]} ({_part(shares[reason])})" for reason in others if shares[reason] > 0.0
    ]
    return f"In {_part(shares[most])} of the worlds {said}; in the others it is {_listed(rest)}."


def _holding(reason: str, numbers: Mapping[str, float]) -> str:
    """One reason, with the numbers that show it."""
    growth = human(100.0 * abs(numbers["growth"]), "%")
    if reason == "cash":
        return (
            "what holds it back is cash: one more dollar would be worth "
            f"{worth(1.0 + numbers['shadow_price'])}, and it has {_dollars(numbers['cash'])} in "
            "hand"
        )
    if reason == "management":
        return (
            f"what holds it back is management: its budget grows by {growth} a quarter, as fast as "
            "it can"
        )
    if reason == "contracts":
        return (
            f"what holds it back is contracts and staff: its budget falls by {growth} a quarter, "
            "as fast as it can"
        )
    if reason == "time":
        return (
            "what holds it back is the time that a change takes: it would spend "
            f"{_dollars(numbers['wanted'])} a year on development if it could at once, and spends "
            f"{_dollars(numbers['development'])}"
        )
    return (
        "nothing holds it back: it spends all that it wants, believing that an OOM of compute buys "
        f"{human(numbers['belief'], 'OOM')} of capability and that one is worth "
        f"{human(numbers['worth'], 'USD/year')}"
    )


def doubt(one: Explanation) -> str:
    """What it would do if its belief fell by a quarter."""
    changes = {use: _middle(change) for use, change in one.columns["doubting"].items()}
    alike: dict[str, list[str]] = {}
    for use, change in sorted(changes.items(), key=lambda item: item[1]):
        if abs(change) >= LITTLE:
            said = f"{abs(change):.0f} % {'more' if change > 0 else 'less'}"
            alike.setdefault(said, []).append(in_letters(use))
    words = [f"{said} for {_listed(uses)}" for said, uses in alike.items()]
    believed, doubted = (_middle(one.numbers[name]) for name in ("belief", "belief_doubting"))
    budgets = [_middle(one.numbers[name]) for name in ("budget", "budget_doubting")]
    before, after = (human(budget, "USD") for budget in budgets)
    start = f"If its belief fell by a quarter, from {believed:.2f} to {doubted:.2f} OOM an OOM, "
    wants = f"it would want {'; '.join(words)}" if words else "it would want what it wants now"
    if before == after:
        return f"{start}{wants}; its development budget of {before} a year would stay for now."
    return f"{start}{wants}; its development budget would be {after} a year, not {before}."
