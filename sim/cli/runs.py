"""Commands that run scenarios and write tables and figures: run and compare."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli import FINE, PARTIAL
from sim.cli.asked import (
    all_failed,
    drawn,
    failed,
    folder_of,
    how,
    policy_of,
    scenario_of,
    written,
)
from sim.errors import BadInput

if TYPE_CHECKING:
    from sim.outputs.results import Results


def run(chosen: argparse.Namespace) -> int:
    """One scenario under one policy."""
    from sim.running.ensemble import run_all

    scenario = scenario_of(chosen.scenario, chosen.settings, chosen.prior)
    policy = policy_of(chosen.policy)
    folder = folder_of(chosen.out, "-with-".join([scenario.name, *policy.names]))
    results = run_all([(scenario, policy)], **_how(chosen))
    return report_on(chosen, {r.name: r for r in results}, folder)


def compare(chosen: argparse.Namespace) -> int:
    """Two scenarios, or one with and without policies, world by world."""
    from sim.inputs.policy import Policy
    from sim.running.ensemble import run_all

    policy = policy_of(chosen.policy)
    if chosen.other is None and not policy.names:
        raise BadInput("compare: nothing to compare with. Name a second scenario or a --policy.")
    first = scenario_of(chosen.scenario, chosen.settings, chosen.prior)
    if chosen.other is None:
        cases, other = [(first, Policy()), (first, policy)], "-and-".join(policy.names)
    else:
        second = scenario_of(chosen.other, chosen.settings, chosen.prior)
        cases, other = [(first, policy), (second, policy)], second.name
    folder = folder_of(chosen.out, f"{first.name}-vs-{other}")
    baseline, changed = run_all(cases, **_how(chosen))
    return report_on(chosen, {"baseline": baseline, "changed": changed}, folder)


def report_on(chosen: argparse.Namespace, results: dict[str, Results], folder: Path) -> int:
    """Write the folder, print the table; 3 if any block of worlds failed."""
    from sim.outputs import comparison, report, tables

    status = PARTIAL if failed(results.values()) else FINE
    for r in results.values():
        if not r.worlds:
            return all_failed(r)
    changes = None
    if len(results) == 2:
        change = comparison.compare(results["changed"], results["baseline"])
        results = {change.b_name: change.b, change.a_name: change.a}
        shown = [name for name in report.HEADLINES if name in change.measures]
        changes = change.table(shown, report.dates_within(change.quarters))
        change.save(folder, chosen.labs)
    else:
        tables.save(results, folder, chosen.labs)
    if not chosen.quiet:
        print(report.table(results, changes), report.ledger_line(results), sep="\n\n")
    figures, status_of_figures = drawn(chosen, lambda: _draw(results, folder))
    if not chosen.quiet:
        print(written("Tables", folder, figures))
    return max(status, status_of_figures)


def _draw(results: dict[str, Results], folder: Path) -> list[Path]:
    from sim.plots import save_figures

    return save_figures(results, folder)


def _how(chosen: argparse.Namespace) -> dict[str, Any]:
    from sim.economy.measures import OF_THE_MARKET

    return how(chosen) | {"measures": None if chosen.labs else OF_THE_MARKET}
