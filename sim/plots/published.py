"""A forecast that was made before it was known, against what happened, series by series."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter

from sim.plots.style import COLOURS, GREY, INK, blank, head, write

HELD, MISSED = COLOURS[0], COLOURS[1]
COLUMNS, INCHES_A_LINE = 2, 0.17
TICKS = {-2: "a hundredth", -1: "a tenth", 0: "as it was", 1: "ten times"}
NOTE = (
    "Last row of each series. Line: 90 % band of the forecast over what happened. Dot: its median. "
    "Whether a band held it counts the observation's own error in."
)


class Line(NamedTuple):
    """A series: what was said of its last row, in OOM above what happened, and if the band held."""

    group: str
    title: str
    low: float
    middle: float
    high: float
    held: bool


def write_published(path: Path, title: str, lines: Sequence[Line], dpi: int = 150) -> Path:
    """Draw a published_figure and write it as a PNG, whole or not at all."""
    return write(published_figure(title, lines), path, dpi)


def published_figure(title: str, lines: Sequence[Line]) -> Figure:
    """Series below one another, under the headings of their groups, in two columns."""
    columns = _in_columns(lines)
    most = max(len(column) for column in columns)
    figure = blank(1, COLUMNS, 11.0, INCHES_A_LINE * most + 1.2)
    least = min((line.low for line in lines), default=-1.0)
    largest = max((line.high for line in lines), default=1.0)
    for ax, column in zip(figure.axes, columns, strict=True):
        _draw(ax, column, most)
        ax.set_xlim(min(least, -1.0) - 0.1, max(largest, 1.0) + 0.1)
    keys: list[Artist] = [
        Line2D([], [], color=colour, marker="o", markersize=4, linewidth=1.5, label=label)
        for colour, label in ((HELD, "band held what happened"), (MISSED, "it did not"))
    ]
    head(figure, title, keys)
    figure.supxlabel(NOTE, fontsize=7, color=GREY, x=0.01, ha="left")
    return figure


def _in_columns(lines: Sequence[Line]) -> list[list[Line | str]]:
    """The lines with the headings of their groups, whole groups a column, about as many in each."""
    groups = dict.fromkeys(line.group for line in lines)
    blocks: list[list[Line | str]] = [
        [group, *(line for line in lines if line.group == group)] for group in groups
    ]
    columns: list[list[Line | str]] = [[] for _ in range(COLUMNS)]
    half = math.ceil(sum(map(len, blocks)) / COLUMNS)
    for block in blocks:
        place = next((at for at in range(COLUMNS) if len(columns[at]) < half), COLUMNS - 1)
        if len(columns[place]) + len(block) / 2 > half and place + 1 < COLUMNS:
            half, place = len(columns[place]), place + 1
        columns[place] += block
    return columns


def _draw(ax: Axes, column: Sequence[Line | str], most: int) -> None:
    ax.axvline(0.0, color=INK, linewidth=0.8, zorder=1)
    for place, line in enumerate(column):
        if isinstance(line, str):
            continue
        colour = HELD if line.held else MISSED
        ax.plot([line.low, line.high], [place] * 2, color=colour, alpha=0.45, linewidth=2.5)
        ax.plot([line.middle], [place], "o", color=colour, markersize=4)
    ax.set_ylim(most - 0.5, -0.5)
    ax.set_yticks(range(len(column)))
    labels = [line if isinstance(line, str) else line.title for line in column]
    for label, line in zip(ax.set_yticklabels(labels, fontsize=7), column, strict=True):
        label.set_fontweight("bold" if isinstance(line, str) else "normal")
        label.set_color(INK)
    ax.grid(False, axis="y")
    ax.xaxis.set_major_locator(FixedLocator(list(TICKS)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: TICKS.get(round(x), "")))
