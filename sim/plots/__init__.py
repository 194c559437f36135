"""Figures fit for a report: fans over worlds, shares over time, where the money goes."""

from __future__ import annotations

import sim.plots.backend  # noqa: F401  # isort: skip  # first, so that matplotlib can be imported at all

from collections.abc import Iterator, Mapping
from pathlib import Path

from matplotlib.figure import Figure

from sim.errors import BadInput
from sim.outputs.folder import list_more
from sim.outputs.report import HEADLINES
from sim.outputs.results import Results
from sim.plots import earners, failing
from sim.plots.fans import DETAILS, OVERVIEW, difference, fan, fan_figure, panels
from sim.plots.flows import money_flows
from sim.plots.obligations import NEEDS as PROMISES
from sim.plots.obligations import obligations_figures
from sim.plots.shares import shares_figure
from sim.plots.style import write
from sim.plots.why import NEEDS as REASONS
from sim.plots.why import why_figures

BY_LAB = tuple(dict.fromkeys((*REASONS, *PROMISES)))  # measures that figures by lab need

__all__ = ["BY_LAB", "fan", "figures", "save_figures"]


def save_figures(
    results_by_name: Mapping[str, Results] | Results,
    folder: Path | str,
    by_lab: Mapping[str, Results] | None = None,
) -> list[Path]:
    """Write every figure that the results have measures for; returns the files, overview first.

    In the folder of a saved run they become part of it. `by_lab` are the same runs, maybe of fewer
    worlds, with measures by lab, if these have none. BadInput if these are no Results.
    """
    if isinstance(results_by_name, Results):
        results_by_name = {results_by_name.name: results_by_name}
    if not isinstance(results_by_name, Mapping):
        raise BadInput(
            f"figures: a {type(results_by_name).__name__} is no run. Give Results, or a dict of "
            "names and Results, such as comparison.runs."
        )
    drawn = figures(results_by_name, by_lab)
    paths = [write(figure, Path(folder) / f"{name}.png") for name, figure in drawn]
    list_more(folder, paths)
    return paths


def figures(
    results_by_name: Mapping[str, Results], by_lab: Mapping[str, Results] | None = None
) -> Iterator[tuple[str, Figure]]:
    """Each figure with its name, drawn when it is asked for."""
    everyone = list(results_by_name.values())
    if not everyone or min(run.worlds for run in everyone) == 0 or not everyone[0].quarters:
        return

    def has(measure: str) -> bool:
        return all(measure in run for run in everyone)

    yield from _there("overview", panels(results_by_name, OVERVIEW, "The AI industry at a glance"))
    if len(everyone) > 1:
        yield from _there("difference", difference(results_by_name, OVERVIEW))
    if all(map(has, earners.NEEDS)):
        yield from _there(earners.NAME, earners.earners_figure(results_by_name))
    if all(map(has, failing.NEEDS)):
        yield failing.NAME, failing.failing_figure(results_by_name)
    if has("spending"):
        title = "What the labs spend their money on"
        yield "spending_mix", shares_figure(results_by_name, "spending", title)
    yield from why_figures(by_lab or results_by_name)
    yield from obligations_figures(by_lab or results_by_name)
    if has("lab_share"):
        title = "The labs' market shares"
        yield "market_shares", shares_figure(results_by_name, "lab_share", title, "mean")
    if has("flows"):
        yield from _there("money_flows", money_flows(results_by_name))
    yield from _there("details", panels(results_by_name, DETAILS, "Prices, money and adoption"))
    for measure in filter(has, HEADLINES):
        yield f"fan_{measure}", fan_figure(results_by_name, measure)


def _there(name: str, figure: Figure | None) -> Iterator[tuple[str, Figure]]:
    if figure is not None:
        yield name, figure
