"""How every figure looks: colours, time axis, ticks a person can read, the source line."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from sim.outputs.amounts import in_letters
from sim.outputs.amounts import in_words as in_words  # for every figure
from sim.outputs.amounts import number as number
from sim.outputs.files import whole_file
from sim.version import __version__

if TYPE_CHECKING:
    from sim.outputs.results import Results

# Okabe and Ito (2008), told apart with any common colour blindness; then Tol's muted (2021).
COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#332288",
    "#999933",
    "#882255",
    "#44AA99",
    "#DDCC77",
    "#AA4499",
)
# Of what labs spend on, the same in every figure, from the bottom of a stack to its top.
USE_COLOURS = {
    "final_runs": "#0072B2",
    "experiments": "#56B4E9",
    "serving": "#D55E00",
    "post_training": "#E69F00",
    "data": "#009E73",
    "product": "#CC79A7",
    "people": "#B5B5B5",
    "exit_fees": "#882255",
    "levies": "#332288",
}
GREY = "#888888"
INK = "#333333"

SETTLING = 200  # rounds in which labels find their places
LAST_DATA = 2026.0  # the end of 2025, where the record that the model is compared with stops


def blank(
    rows: int = 1,
    columns: int = 1,
    width: float = 7.5,
    height: float = 4.6,
    fitted: bool = True,
    heights: Sequence[float] | None = None,
) -> Figure:
    """A figure with rows x columns axes, drawn without a screen and outside pyplot's shared state.

    `width` and `height` are the whole figure's, in inches; `heights` are the rows', as ratios. A
    layout that is fitted to what is in it takes nearly as long as the drawing.
    """
    figure = Figure(figsize=(width, height), layout="constrained" if fitted else None, dpi=100)
    FigureCanvasAgg(figure)
    for ax in np.atleast_1d(figure.subplots(rows, columns, height_ratios=heights)).flat:
        ax.spines[["top", "right"]].set_visible(False)
        ax.spines[["left", "bottom"]].set_color(GREY)
        ax.grid(True, color="#E6E6E6", linewidth=0.6)
        ax.set_axisbelow(True)
        ax.tick_params(colors=INK, labelsize=8)
    return figure


def years(quarters: Iterable[object]) -> np.ndarray:
    """The end of each quarter as a year with a fraction: "2024-Q4" is 2025.0."""
    return np.array([int(quarter[:4]) + int(quarter[-1]) / 4 for quarter in map(str, quarters)])


def mark_time(ax: Axes, when: np.ndarray, note: bool = False) -> None:
    """Fit the time axis, with a line where the data end if that lies inside."""
    first, last = float(when[0]), float(when[-1])
    if last > first:
        ax.set_xlim(first, last)
    step = next((step for step in (1, 2, 5, 10, 20) if (last - first) / step <= 6), 50)
    ax.set_xticks(np.arange(math.ceil(first / step) * step, last + 1e-9, step))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:.0f}"))
    if first < LAST_DATA < last:
        if not any(line.get_gid() == "data end" for line in ax.lines):
            ax.axvline(LAST_DATA, color=GREY, lw=0.8, ls=(0, (3, 2)), gid="data end", zorder=1.5)
        if note:
            ax.annotate(
                "data end",
                (LAST_DATA, 1),
                xycoords=("data", "axes fraction"),
                xytext=(3, -2),
                textcoords="offset points",
                va="top",
                fontsize=7,
                color=GREY,
            )


def scale_values(ax: Axes, unit: str, log: bool) -> None:
    """Label the value axis with its unit and readable ticks; call after the data are drawn."""
    ax.set_ylabel(in_words(unit), fontsize=8, color=INK)
    if log:
        ax.set_yscale("log")
        ax.yaxis.set_major_locator(FixedLocator(log_ticks(*ax.get_ylim())))
        ax.yaxis.set_minor_locator(NullLocator())
    elif unit == "labs":
        ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: number(y, unit)))


def log_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers on a log axis: powers of ten, or finer steps where the axis is short."""
    if not 0 < low < high:
        return []
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for steps in ((1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8), (1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3)):
        ticks = [step * 10.0**p for p in range(first, last + 1) for step in steps]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) <= most:
            return inside
    every = math.ceil((last - first) / most)
    return [10.0**p for p in range(first, last + 1) if p % every == 0 and low <= 10.0**p <= high]


def labels_of(results_by_name: Mapping[str, Results]) -> dict[str, str]:
    """What to call each result in a legend: its title, or its name where titles repeat."""
    titles = {name: results.title for name, results in results_by_name.items()}
    repeat = len(set(titles.values())) < len(titles)
    return {name: (results_by_name[name].name if repeat else titles[name]) for name in titles}


def lab_colours(results: Results) -> dict[str, str]:
    """The colour of each lab, by its place in the scenario; after twelve they begin again."""
    labs = [str(lab) for lab in results.dataset["lab"].values]
    return {lab: COLOURS[place % len(COLOURS)] for place, lab in enumerate(labs)}


def plain(name: object, titles: Mapping[str, str] | None = None) -> str:
    """A part's name for a reader: final_runs -> final runs, openai -> OpenAI."""
    return (titles or {}).get(str(name)) or in_letters(str(name))


def at_the_end(ax: Axes, labels: Sequence[tuple[float, str, str]], size: float = 7) -> None:
    """Name lines or areas at their right end, (height, text, colour) each, none over another."""
    low, high = ax.get_ylim()
    inches = ax.get_window_extent().height / 100.0  # as `blank` sets it
    room = (high - low) * 1.25 * size / 72.0 / max(inches, 0.1)
    right, named = ax.get_xlim()[1], sorted(labels)
    places = np.array([height for height, _, _ in named])
    for _ in range(SETTLING):  # those that overlap push each other apart
        overlap = np.maximum(room - np.diff(places), 0.0)
        places[:-1] -= 0.5 * overlap
        places[1:] += 0.5 * overlap
    for place, (_, text, colour) in zip(places, named, strict=True):
        ax.annotate(
            text,
            (right, place),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize=size,
            color=colour,
            annotation_clip=False,
        )


def head(figure: Figure, title: str, keys: Sequence[Artist], width: float = 110) -> None:
    """The title and, under it, the legend; `width` is about how many letters a line holds."""
    longest = max((len(str(key.get_label())) for key in keys), default=1) + 8
    columns = max(1, min(len(keys), int(width // longest)))
    block = figure.legend(
        handles=list(keys),
        title=title,
        loc="outside upper left",
        ncols=columns,
        frameon=False,
        fontsize=8,
        title_fontproperties={"size": 12, "weight": "bold"},
        alignment="left",
        borderaxespad=0.2,
        labelcolor=INK,
    )
    block.get_title().set_color(INK)


def foot(
    figure: Figure,
    results_by_name: Mapping[str, Results],
    note: str = "",
    kind: str = "a conditional what-if, not a forecast",
) -> None:
    """A line on how to read the figure, and where it comes from."""
    everyone = list(results_by_name.values())
    fewest, most = (extreme(run.worlds for run in everyone) for extreme in (min, max))
    worlds = f"{most:,}" if fewest == most else f"{fewest:,} to {most:,}"
    seeds = ", ".join(dict.fromkeys(str(run.about.get("seed", "?")) for run in everyone))
    source = (
        f"ai-industry-sim {__version__}, {worlds} world{'s' * (most != 1)}, seed {seeds}; {kind}"
    )
    text = f"{note}\n{source}" if note else source
    figure.supxlabel(text, fontsize=7, color=GREY, x=0.01, ha="left")


def write(figure: Figure, path: Path, dpi: int = 150) -> Path:
    """Write a PNG whole or not at all; letters that no font has are drawn as boxes, quietly."""
    with whole_file(path) as part, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(part, format="png", dpi=dpi)
    return path
