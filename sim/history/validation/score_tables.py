"""Tables of the validation report: scores by group, and any table in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sim.history.backtest.scores import Score, Scored
from sim.history.backtest.summaries import summary
from sim.history.backtest.table import naive_cells
from sim.history.record.rows import GROUPS
from sim.history.validation.study import percent


def by_group(fitted: Scored, prior: Scored | None = None) -> list[str]:
    """Scores by group and in all; in brackets those from the stated ranges alone, if given."""
    heads = ("", "rows", "error", "bias", "CRPS", "last value", "log trend", "in 90 %", "width")
    named = [(GROUPS[name], name) for name in fitted.groups]
    lines = []
    for title, name in [*named, ("**All**", "")]:
        own = summary(fitted.groups[name] if name else fitted.scores)
        other = None
        if prior is not None:
            other = numbers(prior.groups.get(name, []) if name else prior.scores)
        lines.append(
            (
                title,
                own["n"],
                f"{own['error']:.2f}",
                f"{own['bias']:+.2f}",
                f"{own['crps']:.2f}" + (f" ({other['crps']:.2f})" if other else ""),
                *naive_cells(own),
                percent(own["coverage"] or 0.0)
                + (f" ({percent(other['coverage'])})" if other else ""),
                f"{own['width']:.2f}" + (f" ({other['width']:.2f})" if other else ""),
            )
        )
    return table(heads, lines)


def seen(year: int, fitted_until: int, chosen_until: int) -> str:
    """What stands beside a table of scores of a year: who had seen what."""
    too = ", this year too" if year <= chosen_until else ""
    return (
        f"Seen by the calibration: until {fitted_until}. Seen by those who chose the mechanisms "
        f"and ranges: until {chosen_until}{too}."
    )


def numbers(scores: Sequence[Score]) -> dict[str, float]:
    """The summary, with nan where there is no row."""
    found = summary(scores)
    return {
        name: float("nan") if (value := found.get(name)) is None else float(value)
        for name in ("error", "bias", "crps", "coverage", "width")
    }


def table(heads: Sequence[str], lines: Iterable[Sequence[Any]]) -> list[str]:
    """A table in Markdown, a line each."""
    rows = [heads, ["---"] * len(heads), *lines]
    return ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
