"""Why one lab spends so in one quarter: its numbers as a table, and what they say in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.errors import clean
from sim.outputs import owed, sentences
from sim.outputs.amounts import human, in_letters
from sim.outputs.quantiles import quantiles
from sim.outputs.report import aligned
from sim.outputs.sentences import REASONS as REASONS  # what `holds` may say
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


@dataclass(frozen=True, repr=False)
class Explanation:
    """What one lab spends, wants and thinks in one quarter, in the worlds where it is at work.

    `spends` is by all uses of money, `wants`, `returns` and `doubting` (what it would want if its
    belief fell by a quarter) by uses of development; all arrays are (worlds,), in USD a year.
    `numbers` has belief, belief_doubting, budget, budget_doubting, development (the budget after
    wages), growth (of the budget, a quarter), worth, shadow_price, test_time_multiple and cash;
    `owes` has obligations, years (that contracts run), cash, revenue, debt and interest; `holds` is
    one of REASONS a world.
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
    owes: Mapping[str, Array]
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
    def owed(self) -> pd.DataFrame:
        """What it has promised and owes against cash and revenue: median and 90 % band of each."""
        import pandas as pd

        told = {name: quantiles(of, list(owed.BAND)) for name, of in owed.rows(self.owes).items()}
        return pd.DataFrame.from_dict(told, orient="index", columns=list(BAND))

    @property
    def text(self) -> str:
        """Spending, what the next dollar brings, what holds it back, what it owes, what doubt does.

        A sentence each, and a line.
        """
        said = (sentences.spending, sentences.next_dollar, sentences.bound)
        lines = [each(self) for each in said]
        return "\n".join([*lines, owed.sentence(self.owes), sentences.doubt(self)])

    def __repr__(self) -> str:
        return side_by_side([self])


def side_by_side(told: Sequence[Explanation]) -> str:
    """The table and the sentences of one explanation, or of several beside one another."""
    lines = _by_column(told) if len(told) > 1 else _by_use(told[0])
    texts = [one.text if len(told) == 1 else f"{one.scenario}:\n{one.text}" for one in told]
    whole = "\n\n".join([_note(told), _ruled(lines), _ruled(_owing(told)), *texts])
    return "\n".join(map(clean, whole.split("\n")))


def _ruled(lines: list[list[str]]) -> str:
    """Cells as a table, with a line under its head."""
    head, *rest = aligned(lines)
    return "\n".join([head, "-" * max(map(len, (head, *rest))), *rest])


def _owing(told: Sequence[Explanation]) -> list[list[str]]:
    """Cells of the table of what is owed: a column each."""
    columns = [owed.cells(one.owes, one.asked == 1) for one in told]
    names = ["it owes, and has"] if len(told) == 1 else [one.scenario for one in told]
    return [["", *names], *([label, *(cell[label] for cell in columns)] for label in columns[0])]


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
        sentences.worth(cut) if unit == "ratio" else human(cut, unit, change=unit == "%")
        for cut in cuts
    )
    return middle if one.asked == 1 else f"{middle} [{low}, {high}]"


def _per_cent(after: Array, before: Array) -> Array:
    """The change in per cent; none where there is nothing in both."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(before == after, 0.0, 100.0 * (after / before - 1.0))
