"""The record on the fans: what the worlds predict of each series, and what was observed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.plots.fans import bands, draw
from sim.plots.style import COLOURS, GREY, INK, blank, foot, head, mark_time, scale_values, write

if TYPE_CHECKING:
    from sim.outputs.panel import Panel
    from sim.outputs.results import Results

MODEL, OBSERVED = COLOURS[0], COLOURS[1]
MOST_PANELS = 20  # of a figure
LONGEST_TITLE = 36  # letters, of a panel
NOTE = "Line: median of all worlds. Points: the record, with 90 % intervals."


@dataclass(frozen=True)
class Telling:
    """What a figure says of its lines, bands and points."""

    line: str
    note: str
    table: str = "scores.csv"  # where the series are that have no room
    kind: str = "a conditional what-if, not a forecast"
    upright: float | None = None  # a year to be marked
    bands: str = "the worlds"


def write_history(
    path: Path,
    title: str,
    panels: Sequence[Panel],
    results: Results,
    fitted: float | None = None,
    dpi: int = 150,
) -> Path:
    """Draw a history_figure and write it as a PNG, whole or not at all."""
    return write(history_figure(title, panels, results, fitted), path, dpi)


def history_figure(
    title: str, panels: Sequence[Panel], results: Results, fitted: float | None = None
) -> Figure:
    """What worlds predict of each series, and what was observed, a panel each.

    `fitted`: the year up to which the worlds were fitted, marked upright.
    """
    line, note = (
        results.title,
        "Line: median of all worlds. Points: the record, with 90 % intervals.",
    )
    if fitted is not None:
        line, note = f"fitted until {fitted - 1:.0f}", f"{note} Upright: fitted until there."
    return _figure(title, panels, results, Telling(line, note, upright=fitted))


def write_forecast(
    path: Path, title: str, panels: Sequence[Panel], results: Results, known: float, dpi: int = 110
) -> Path:
    """Draw a forecast_figure and write it as a PNG, whole or not at all."""
    return write(forecast_figure(title, panels, results, known), path, dpi)


def forecast_figure(title: str, panels: Sequence[Panel], results: Results, known: float) -> Figure:
    """What is foretold of each series after the record, and the record before, a panel each.

    `known`: the year, with a fraction, up to which the record was known, marked upright.
    """
    telling = Telling(
        f"forecast: {results.title}",
        "Line: median. Bands: worlds and what they are off by. Points: the record, with 90 % "
        "intervals. Upright: it was known until there.",
        table="forecast.csv",
        kind="a forecast, if the scenario holds",
        upright=known,
        bands="the forecast",
    )
    return _figure(title, panels, results, telling)


def _figure(title: str, panels: Sequence[Panel], results: Results, telling: Telling) -> Figure:
    """Small multiples, a series a panel; those with most points if there are too many."""
    most = sorted(panels, key=lambda panel: -len(panel.observed))[:MOST_PANELS]
    shown = [panel for panel in panels if any(panel is other for other in most)]
    columns = min(4, len(shown))
    rows = -(-len(shown) // columns)
    figure = blank(rows, columns, max(3.4 * columns, 6.8), 2.4 * rows + 1.0)
    for ax, panel in zip(figure.axes, shown, strict=False):
        _panel(ax, panel)
        if telling.upright is not None:
            ax.axvline(telling.upright, color=GREY, linewidth=1.0, linestyle="--", zorder=1)
    for ax in figure.axes[len(shown) :]:
        ax.set_axis_off()
    keys: list[Artist] = [
        Line2D([], [], color=MODEL, linewidth=2, label=telling.line),
        Patch(color=MODEL, alpha=0.4, label=f"half of {telling.bands}"),
        Patch(color=MODEL, alpha=0.14, label="nine tenths"),
        Line2D(
            [], [], color=OBSERVED, marker="o", markersize=4, linewidth=1, label="what happened"
        ),
    ]
    head(figure, title, keys, 27 * max(columns, 2))
    left = len(panels) - len(shown)
    more = f" {left} more series are in {telling.table}." if left else ""
    foot(figure, {"": results}, telling.note + more, telling.kind)
    return figure


def _panel(ax: Axes, panel: Panel) -> None:
    predicted = np.where(np.isfinite(panel.predicted), panel.predicted, np.nan)
    if len(panel.when):
        draw(ax, panel.when, bands(predicted), MODEL, panel.title, panel.log)
    if len(panel.when) == 1:  # a fan of one period is no area: draw it upright, the median across
        cuts = bands(predicted)[:, 0]
        ax.plot([panel.when[0]] * 2, cuts[[0, 4]], color=MODEL, alpha=0.4, linewidth=6)
        ax.plot(panel.when, cuts[2:3], color=MODEL, marker="_", markersize=12)
    reach = np.abs(np.stack([panel.observed - panel.low, panel.high - panel.observed]))
    ax.errorbar(
        panel.observed_when,
        panel.observed,
        yerr=reach,
        fmt="o",
        color=OBSERVED,
        markersize=3.5,
        elinewidth=1.0,
        capsize=0,
        zorder=3,
        clip_on=False,
    )
    scale_values(ax, panel.unit, panel.log)
    ax.yaxis.label.set_fontsize(7)
    when = np.concatenate([panel.when, panel.observed_when])
    mark_time(ax, np.array([np.floor(when.min()), np.ceil(when.max())]))
    long = len(panel.title) > LONGEST_TITLE
    words = panel.title[: LONGEST_TITLE - 1] + "…" if long else panel.title
    ax.set_title(words, fontsize=8.5, color=INK, loc="left")
    ax.spines["left"].set_color(GREY)
