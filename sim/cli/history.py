"""The command that holds a scenario against the record: backtest."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from sim.cli import FINE, PARTIAL
from sim.cli.asked import all_failed, drawn, failed, folder_of, how, scenario_of, written

if TYPE_CHECKING:
    from sim.history.backtest.run import Backtest


def backtest(chosen: argparse.Namespace) -> int:
    """Run a scenario through the years on record, score it, draw it."""
    import json

    from sim.history.backtest import panels as listing
    from sim.history.backtest.run import backtest
    from sim.history.record.rows import read

    scenario = scenario_of(chosen.scenario, chosen.settings, chosen.prior)
    rows = read(chosen.record, known_labs(scenario.labs))
    folder = folder_of(chosen.out, f"backtest-{scenario.name}")
    done = backtest(
        scenario,
        rows,
        since=chosen.since,
        until=chosen.until,
        known_until=chosen.known_until,
        **how(chosen),
    )
    status = PARTIAL if failed([done.results]) else FINE
    if not done.results.worlds:
        return all_failed(done.results)
    done.save(folder)
    if chosen.json:
        print(json.dumps(done.record(), indent=2))
    elif not chosen.quiet:
        print(listing.table(done))
    figures, status_of_figures = drawn(chosen, lambda: _draw(done, folder))
    if not chosen.quiet and not chosen.json:
        print("", written("Scores", folder, figures), sep="\n")
    return max(status, status_of_figures)


def known_labs(labs: object) -> list[str]:
    """Labs that a record may name: the scenario's and those of the base scenario.

    A row about a lab that this scenario leaves out is counted as such; any other name is a mistake.
    """
    from sim.errors import BadInput
    from sim.inputs.scenario import Scenario

    names = list(labs)  # type: ignore[call-overload]
    try:
        names += Scenario.load("continued").labs
    except BadInput:  # no such file here: the scenario's own labs are all that is known
        pass
    return list(dict.fromkeys(names))


def _draw(done: Backtest, folder: Path) -> list[Path]:
    """A figure a group."""
    from sim.history.backtest.panels import panels
    from sim.history.record.rows import GROUPS
    from sim.plots.history import Panel, history_figure
    from sim.plots.style import write

    paths = []
    for group, shown in panels(done).items():
        each = [Panel(**one) for one in shown.values()]
        figure = history_figure(GROUPS[group], each, done.results)
        paths.append(write(figure, folder / f"history_{group}.png"))
    return paths
