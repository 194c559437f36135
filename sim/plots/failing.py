"""Who fails: how likely, of what, what it costs creditors and owners, and what is left idle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from sim.outputs.quantiles import quantiles
from sim.outputs.reckoned import any_fails, fails, in_years, span_of, went
from sim.plots.style import (
    GREY,
    INK,
    at_the_end,
    blank,
    foot,
    head,
    lab_colours,
    labels_of,
    mark_time,
    number,
    plain,
    years,
)

if TYPE_CHECKING:
    from sim.outputs.results import Results

NAME = "who_fails"
NEEDS = (
    *("lab_failed", "failures_by_cause", "creditors_lost", "owners_lost", "users_moved"),
    *("idle_chips", "chips_installed", "idle_power"),
)
CAUSE_COLOURS = {
    "insolvent": "#882255",
    "sold": "#E69F00",
    "merged": "#56B4E9",
    "closed": "#332288",
    "given_up": "#999933",
}
LOSSES = {"owners_lost": ("owners", "#0072B2"), "creditors_lost": ("creditors", "#882255")}
Ends = list[tuple[float, str, str]]  # height, text and colour of what stands at a line's end
LEAST = 0.02  # of the worlds: a lab that fails in fewer has no label
CUTS = (0.05, 0.5, 0.95)
HOW_TO_READ = (
    "Failed: sold or closed, for the cause named; a lab that is founded again can fail again, and "
    "counts once. Losses: mean of the worlds.\nIdle: chips shut of all that are installed, median "
    "and nine tenths of the worlds."
)


def failing_figure(results_by_name: Mapping[str, Results]) -> Figure:
    """A column a run: chance by lab over time, by cause, losses by year, and idle chips."""
    runs, labels = list(results_by_name.values()), labels_of(results_by_name)
    columns, labs = len(runs), max(len(run["lab_failed"]["lab"]) for run in runs)
    heights = (3.0, 0.24 * labs + 0.4, 1.9, 1.7)
    width = 5.2 * columns + 2.2 * (columns == 1)
    figure = blank(4, columns, width, sum(heights) + 2.6, heights=heights)
    axes = np.reshape(np.array(figure.axes, dtype=object), (4, columns))
    named: list[tuple[Axes, Ends]] = []
    for column, (name, run) in enumerate(results_by_name.items()):
        ax = axes[0, column]
        ax.set_title(fill(f"{labels[name]}: {finding(run)}", 68), fontsize=9, color=INK, loc="left")
        if any_fails(run).any():
            named.append((ax, _over_time(ax, run)))
            _by_cause(axes[1, column], run)
            named.append((axes[2, column], _losses(axes[2, column], run)))
        else:
            for empty in axes[:3, column]:
                _say(empty, f"No lab fails in any of the {run.worlds:,} worlds")
        _idle(axes[3, column], run)
    for row in (0, 2, 3):
        _same_top(axes[row])
    for ax, ends in named:
        at_the_end(ax, ends)
    keys = [
        Patch(color=CAUSE_COLOURS.get(cause, GREY), label=plain(cause))
        for cause in map(str, runs[0]["failures_by_cause"]["cause"].values)
    ]
    head(figure, "Who fails, and what it leaves", keys)
    foot(figure, results_by_name, HOW_TO_READ)
    return figure


def finding(results: Results) -> str:
    """In one sentence: how likely, of what most, and where users went."""
    last = span_of(results)[1]
    chance = float(any_fails(results).mean())
    if not chance:
        return f"nobody fails by {last}"
    causes = map(str, results["failures_by_cause"]["cause"].values)
    main = max(causes, key=lambda cause: float(any_fails(results, cause).mean()))
    stayed = went(results)
    most = max(stayed, key=lambda name: stayed[name])
    to = "to the buyer" if most == "buyer" else f"to {plain(most)}"
    return (
        f"some lab fails by {last} in {100 * chance:.0f} of 100 worlds, most often {plain(main)}; "
        f"then {stayed[most]:.0f} % of its users' work goes {to}"
    )


def _over_time(ax: Axes, results: Results) -> Ends:
    """The chance that each lab has failed by then: a line a lab."""
    codes = results["lab_failed"].transpose("quarter", "lab", "world").values > 0
    chances = np.maximum.accumulate(codes, axis=0).mean(axis=-1)
    when, colours, titles = years(results.quarters), lab_colours(results), results.lab_titles
    labels = []
    for column, lab in enumerate(map(str, results["lab_failed"]["lab"].values)):
        line = chances[:, column]
        ax.plot(when, line, color=colours[lab], lw=1.8)
        if line[-1] >= LEAST:
            labels.append((float(line[-1]), plain(lab, titles), colours[lab]))
    mark_time(ax, when)
    _in_per_cent(ax, "worlds in which it has failed")
    ax.set_ylim(0.0, max(0.05, 1.08 * float(chances.max())))
    return labels


def _by_cause(ax: Axes, results: Results) -> None:
    """By lab, in what part of the worlds it fails, by the cause of its first failure."""
    labs = list(map(str, results["lab_failed"]["lab"].values))
    causes = list(map(str, results["failures_by_cause"]["cause"].values))
    first = _first_cause(results)
    order = sorted(range(len(labs)), key=lambda row: -float((first[row] > 0).mean()))
    for place, row in enumerate(order):
        left = 0.0
        for code, cause in enumerate(causes, 1):
            part = float((first[row] == code).mean())
            colour = CAUSE_COLOURS.get(cause, GREY)
            ax.barh([place], [part], left=[left], height=0.7, color=colour, lw=0)
            left += part
        said = f"{100 * left:.0f} %" if left >= 0.01 else "never" if not left else "under 1 %"
        ax.annotate(
            said, (left, place), xytext=(3, 0), textcoords="offset points", fontsize=7, va="center"
        )
    titles = results.lab_titles
    ax.set_yticks(range(len(labs)), [plain(labs[row], titles) for row in order])
    ax.set_ylim(len(labs) - 0.4, -0.6)
    last = span_of(results)[1]
    ax.set_xlim(0.0, max(0.05, 1.12 * max(float(fails(results, lab).mean()) for lab in labs)))
    ax.set_xlabel(f"worlds in which it fails by {last}, by cause", fontsize=8, color=INK)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: number(x, "share")))


def _first_cause(results: Results) -> np.ndarray:
    """The number of the cause for which each lab first failed, 0 if never, (labs, worlds)."""
    codes = results["lab_failed"].transpose("quarter", "lab", "world").values
    at = (codes > 0).argmax(axis=0)
    first: np.ndarray = np.take_along_axis(codes, at[None], axis=0)[0]
    return first


def _losses(ax: Axes, results: Results) -> Ends:
    """What owners and creditors of failed labs lose in each year, in the mean of the worlds."""
    first, last = span_of(results)
    when = np.arange(first, last + 1)
    base, labels = np.zeros(len(when)), []
    for name, (who, colour) in LOSSES.items():
        mean = [
            float(in_years(results[name], year, year).mean()) for year in range(first, last + 1)
        ]
        ax.bar(when + 0.5, mean, bottom=base, width=0.86, color=colour, lw=0)
        labels.append((float(base[-1] + 0.5 * mean[-1]), who, colour))
        base = base + np.array(mean)
    ax.set_xlim(first, last + 1)
    mark_time(ax, years(results.quarters))
    ax.set_ylabel("lost by, dollars a year", fontsize=8, color=INK)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: number(y, "USD")))
    return labels


def _idle(ax: Axes, results: Results) -> None:
    """Chips that are shut, of all that are installed; the power that they would draw is told."""
    installed = results["chips_installed"].transpose("quarter", "world").values
    shut = results["idle_chips"].transpose("quarter", "world").values
    when = years(results.quarters)
    low, middle, high = quantiles(shut / np.maximum(installed, 1e-9), CUTS)
    ax.fill_between(when, low, high, color=INK, alpha=0.16, linewidth=0)
    ax.plot(when, middle, color=INK, lw=1.6)
    peak = float(np.median(results["idle_power"].max("quarter").values))
    ax.set_title(
        f"At most {number(peak)} GW of them in a quarter (median)",
        fontsize=8,
        color=INK,
        loc="left",
    )
    mark_time(ax, when)
    _in_per_cent(ax, "chips idle")
    ax.set_ylim(0.0, max(0.05, 1.08 * float(high.max())))


def _in_per_cent(ax: Axes, said: str) -> None:
    ax.set_ylabel(said, fontsize=8, color=INK)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: number(y, "share")))


def _say(ax: Axes, text: str) -> None:
    """Words where there is nothing to draw."""
    ax.set_axis_off()
    ax.text(0.0, 0.9, text, fontsize=9, color=INK, transform=ax.transAxes, va="top")


def _same_top(axes: Sequence[Axes]) -> None:
    """One scale for a row of panels, of those that are drawn."""
    drawn = [ax for ax in axes if ax.axison]
    top = max((ax.get_ylim()[1] for ax in drawn), default=1.0)
    for ax in drawn:
        ax.set_ylim(0.0, top)
