"""Why one lab spends so in one quarter: its numbers as a table, and what they say in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.errors import clean
from sim.outputs.amounts import human, in_letters
from sim.outputs.quantiles import quantiles
from sim.outputs.report import aligned
from sim.outputs.tables import QUANTILES
from sim.units import Array

if TYPE_CHECKING:
    import pandas as pd

BAND = ("p50", "p05", "p95")
COLUMNS = {  # of the table, with their units
    "spends": "USD/year",
    "would spend": "USD/year",
    "return": "ratio",
    "doubting": "%",
}
HEADERS = {
    "spends": "Spends, a year",
    "would spend": "Would spend if cash were free, a year",
    "return": "Worth of what the next dollar brings",
    "doubting": "Change of what it would spend, if its belief fell by a quarter",
}
SHORT = {
    "spends": "spends a year",
    "would spend": "if cash were free",
    "return": "next dollar brings",
    "doubting": "if belief fell",
}
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


@dataclass(frozen=True, repr=False)
class Explanation:
    """What one lab spends, wants and thinks in one quarter, in the worlds where it is at work.

    `spends` is by all uses of money, `wants`, `returns` and `doubting` (what it would want if its
    belief fell by a quarter) by uses of development; all arrays are (worlds,), in USD a year.
    `numbers` has belief, belief_doubting, budget, budget_doubting, development (the budget after
    wages), growth (of the budget, a quarter), worth, shadow_price, test_time_multiple and cash;
    `holds` is one of REASONS a world.
    """

    scenario: str
    lab: str
    date: str
    worlds: tuple[int, ...]  # in which it is at work
    asked: int
    spends: Mapping[str, Array]
    wants: Mapping[str, Array]
    returns: Mapping[str, Array]
    doubting: Mapping[str, Array]
    numbers: Mapping[str, Array]
    holds: Array

    @property
    def columns(self) -> dict[str, Mapping[str, Array]]:
        """What the table shows, by column and use, (worlds,)."""
        change = {use: _per_cent(self.doubting[use], wanted) for use, wanted in self.wants.items()}
        shown = (self.spends, self.wants, self.returns, change)
        return dict(zip(COLUMNS, shown, strict=True))

    @property
    def table(self) -> pd.DataFrame:
        """A row a use: median and 90 % band of each column; nan where it has no sense."""
        import pandas as pd

        cuts = {
            (column, name): {
                use: float(quantiles(values, [QUANTILES[name]])[0]) for use, values in by.items()
            }
            for column, by in self.columns.items()
            for name in BAND
        }
        table = pd.DataFrame(cuts).reindex(list(self.spends))
        table.index.name = "use"
        return table

    @property
    def text(self) -> str:
        """What it spends on, what the next dollar brings, what holds it back, what doubt does."""
        return "\n".join((_spending(self), _next_dollar(self), _bound(self), _doubt(self)))

    def __repr__(self) -> str:
        return side_by_side([self])


def side_by_side(told: Sequence[Explanation]) -> str:
    """The table and the sentences of one explanation, or of several beside one another."""
    lines = _by_column(told) if len(told) > 1 else _by_use(told[0])
    head, *rest = aligned(lines)
    ruled = [head, "-" * max(map(len, (head, *rest))), *rest]
    texts = [one.text if len(told) == 1 else f"{one.scenario}:\n{one.text}" for one in told]
    whole = "\n\n".join([_note(told), "\n".join(ruled), *texts])
    return "\n".join(map(clean, whole.split("\n")))


def _by_use(one: Explanation) -> list[list[str]]:
    """Cells of the table of one explanation: a line a use."""
    uses = _uses([one], one.spends)
    cells = [[in_letters(use), *(_cell(one, column, use) for column in COLUMNS)] for use in uses]
    return [["", *SHORT.values()], *cells]


def _by_column(told: Sequence[Explanation]) -> list[list[str]]:
    """Cells of the table of several: a column each, what one would have as columns below."""
    lines = [["", *(one.scenario for one in told)]]
    for column, header in HEADERS.items():
        lines.append([header])
        for use in _uses(told, told[0].columns[column]):
            lines.append([f"  {in_letters(use)}", *(_cell(one, column, use) for one in told)])
    return lines


def _uses(told: Sequence[Explanation], uses: Iterable[str]) -> list[str]:
    """The uses to show: not those, such as levies, on which nothing is spent in any world."""
    return [
        use for use in uses if use in told[0].wants or any(one.spends[use].any() for one in told)
    ]


def _note(told: Sequence[Explanation]) -> str:
    """Whose numbers these are: lab, date, worlds."""
    one = told[0]
    names = f", {one.scenario}" if len(told) == 1 else ""
    head = f"{one.lab} in {one.date}{names}"
    if one.asked == 1:
        return f"{head}: world {one.worlds[0]}"
    there = list(dict.fromkeys(f"{len(one.worlds):,}" for one in told))
    fewer = any(len(one.worlds) < one.asked for one in told)
    of = f"the {' and '.join(there)} of {one.asked:,} worlds" if fewer else f"{one.asked:,} worlds"
    return f"{head}: median [5 %, 95 %] of {of}{' in which it is at work' * fewer}"


def _cell(one: Explanation, column: str, use: str) -> str:
    """Median and band, or the number itself of a single world."""
    by = one.columns[column]
    if use not in by:
        return "-"
    unit = COLUMNS[column].partition("/")[0]
    cuts = [float(cut) for cut in quantiles(by[use], [QUANTILES[name] for name in BAND])]
    middle, low, high = (
        _worth(cut) if unit == "ratio" else human(cut, unit, change=unit == "%") for cut in cuts
    )
    return middle if one.asked == 1 else f"{middle} [{low}, {high}]"


def _middle(values: Array) -> float:
    return float(np.median(values))


def _per_cent(after: Array, before: Array) -> Array:
    """The change in per cent; none where there is nothing in both."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(before == after, 0.0, 100.0 * (after / before - 1.0))


def _part(share: float) -> str:
    return f"{100.0 * share:.0f} %"


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _spending(one: Explanation) -> str:
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


def _next_dollar(one: Explanation) -> str:
    """What the next dollar would bring in each use, the best first."""
    middles = {use: _middle(values) for use, values in one.returns.items()}
    best, *between, worst = sorted(middles, key=lambda use: -middles[use])
    if middles[best] - middles[worst] <= ALIKE * max(abs(middles[best]), ALIKE):
        return f"The next dollar would bring the same in every use: {_worth(middles[best])}."
    words = [f"{_worth(middles[use])} in {in_letters(use)}" for use in between]
    return (
        f"The next dollar would bring most in {in_letters(best)}, {_worth(middles[best])}, and "
        f"least in {in_letters(worst)}, {_worth(middles[worst])}; {_listed(words)}."
    )


def _worth(value: float) -> str:
    """What a dollar brings, to the cent."""
    return f"{'-' if value < 0 else ''}${abs(value):.2f}" if abs(value) < 100 else _dollars(value)


def _dollars(value: float) -> str:
    return human(value, "USD")


def _bound(one: Explanation) -> str:
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
            f"{_worth(1.0 + numbers['shadow_price'])}, and it has {_dollars(numbers['cash'])} in "
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


def _doubt(one: Explanation) -> str:
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
