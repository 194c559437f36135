"""Tables of the validation report: scores by group, and any table in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sim.history.backtest.run import Backtest
from sim.history.backtest.scores import Score, summary
from sim.history.record.rows import GROUPS
from sim.history.validation.study import percent


def by_group(fitted: Backtest, prior: Backtest) -> list[str]:
    heads = ("", "rows", "error", "bias", "CRPS", "last value", "log trend", "in 90 %", "width")
    several = [
        (GROUPS[name], scores, prior.groups.get(name, [])) for name, scores in fitted.groups.items()
    ]
    lines = []
    for title, scores, before in [*several, ("**All**", fitted.scores, prior.scores)]:
        own, other = summary(scores), numbers(before)
        naive = [
            "-"
            if own[f"{kind}_crps"] is None
            else f"{own[f'{kind}_crps']:.2f} ({own[f'crps_on_{kind}']:.2f}, {own[f'{kind}_n']})"
            for kind in ("last_value", "trend")
        ]
        lines.append(
            (
                title,
                own["n"],
                f"{own['error']:.2f}",
                f"{own['bias']:+.2f}",
                f"{own['crps']:.2f} ({other['crps']:.2f})",
                *naive,
                f"{percent(own['coverage'] or 0.0)} ({percent(other['coverage'])})",
                f"{own['width']:.2f} ({other['width']:.2f})",
            )
        )
    return table(heads, lines)


def numbers(scores: Sequence[Score]) -> dict[str, float]:
    """The summary, with nan where there is nothing to say."""
    said = summary(scores)
    return {
        name: float("nan") if (value := said.get(name)) is None else float(value)
        for name in ("error", "bias", "crps", "coverage", "width")
    }


def table(heads: Sequence[str], lines: Iterable[Sequence[Any]]) -> list[str]:
    rows = [heads, ["---"] * len(heads), *lines]
    return ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
