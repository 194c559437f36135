"""A back-test as a person reads it: a table by group, and the rows furthest off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.history.backtest.run import Backtest
from sim.history.backtest.scores import Score, Scored
from sim.history.backtest.summaries import NAIVE, series_won, summary
from sim.history.record.observables import MARKET
from sim.history.record.rows import GROUPS
from sim.outputs.amounts import counted
from sim.outputs.report import aligned

HEADERS = ("", "rows", "error", "bias", "CRPS", "last value", "trend", "in 90 %", "width")
HOW_TO_READ = """\
In orders of magnitude, so .30 is a factor of two. Error and bias: median of the model's median less
the record, without and with its sign. CRPS: mean, less is better; for the naive forecasts, theirs
and in brackets the model's on the rows that they can forecast. In 90 %: rows within the model's
90 % band, the record's own error counted in. Width: median of the model's band."""
FEWEST = 50  # worlds, below which a band means little
WORST_ROWS = 12  # listed


def table(backtest: Backtest) -> str:
    """The scores by group and in all, what was left out, and the rows furthest off."""
    worst = backtest.worst(WORST_ROWS)
    return "\n".join([_heading(backtest), "", *lines_of_scores(backtest, worst)])


def lines_of_scores(scored: Scored, worst: Sequence[Score]) -> list[str]:
    """Scores by group and in all, how to read them, and those that are worst."""
    lines = [_line(GROUPS[name], summary(scores)) for name, scores in scored.groups.items()]
    lines.append(_line("All", summary(scored.scores)))
    won, compared = series_won(scored.scores)
    parts = [*aligned([HEADERS, *lines]), "", HOW_TO_READ, ""]
    parts.append(f"Better than both naive forecasts in {won} of {compared} series that have one.")
    if worst:
        parts += ["", "Furthest off:", *aligned([_worst(score) for score in worst])]
    return parts


def naive_cells(numbers: Mapping[str, Any], digits: int = 2) -> list[str]:
    """Each naive forecast in a summary: its CRPS, and the model's on as many rows."""
    cells = []
    for name in NAIVE:
        naive, ours = numbers[f"{name}_crps"], numbers[f"crps_on_{name}"]
        count = numbers[f"{name}_n"]
        cells.append("-" if naive is None else f"{naive:.{digits}f} ({ours:.{digits}f}, {count})")
    return cells


def _heading(backtest: Backtest) -> str:
    results = backtest.results
    heading = f"{results.title}: {counted(results.worlds, 'world')}, "
    heading += f"seed {results.about.get('seed')}. "
    heading += f"{len(backtest.rows)} rows on record, {len(backtest.scores)} scored"
    if backtest.left_out:
        why = ", ".join(f"{count} {reason}" for reason, count in backtest.why_left_out.items())
        heading += f"; left out: {why}"
    if backtest.model_error:
        heading += f". Bands count in the model's own error, {backtest.model_error:.2f} OOM"
    if backtest.dates.known_until:
        heading += f". Naive forecasts know the record until {backtest.dates.known_until}"
    return f"{heading}.{_seen(backtest)}{few(results.worlds)}"


def few(worlds: int) -> str:
    """A line that says so if there are too few worlds for a band; else ""."""
    said = f"\nWith so few worlds ({worlds}) bands mean little; give --worlds 1000."
    return said if worlds < FEWEST else ""


def _seen(backtest: Backtest) -> str:
    """How many of the rows scored the worlds were fitted to, and whether naive ones know less."""
    if backtest.calibration_until is None:
        return ""
    less = "\nNaive forecasts know less than the fit does. To know as much, ask for "
    return (
        f"\nThe calibration has seen {backtest.calibration_has_seen} of these "
        f"{len(backtest.scores)} rows (until {backtest.calibration_until})."
    ) + (f"{less}{backtest.remedy}." if backtest.remedy else "")


def _line(name: str, numbers: Mapping[str, Any]) -> tuple[str, ...]:
    if not numbers["n"]:
        return (name, "0", *["-"] * (len(HEADERS) - 2))
    return (
        name,
        str(numbers["n"]),
        f"{numbers['error']:.2f}",
        f"{numbers['bias']:+.2f}",
        f"{numbers['crps']:.2f}",
        *naive_cells(numbers),
        f"{100 * numbers['coverage']:.0f} %",
        f"{numbers['width']:.2f}",
    )


def _worst(score: Score) -> tuple[str, ...]:
    row = score.row
    entity = "" if row.entity == MARKET else row.entity
    return (
        f"  {row.id}",
        row.date,
        row.observable,
        entity,
        f"{row.value:.3g} {row.unit},",
        f"model {score.p50:.3g} [{score.p05:.3g}, {score.p95:.3g}],",
        f"error {score.error:+.2f},",
        f"CRPS {score.crps:.2f}",
    )
