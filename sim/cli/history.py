"""The command that holds a scenario against the record: backtest."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli import FINE, PARTIAL, forecasting
from sim.cli.asked import (
    all_failed,
    dates_of,
    drawn,
    failed,
    how,
    known_labs,
    say_doubts,
    scenario_of,
    written,
)
from sim.cli.flags import (
    command,
    ensemble_flags,
    prior_flag,
    record_flag,
    scenario_or_continued,
    set_flag,
)
from sim.cli.naming import folder_for, named_by_dates, question_of, say_what_goes

if TYPE_CHECKING:
    from sim.history.backtest.run import Backtest


def add_backtest(commands: Any) -> None:
    """The command and its flags."""
    flags = command(
        commands,
        "backtest",
        backtest,
        "run a scenario through the years on record, and score it",
        "examples:\n  python -m sim backtest continued --worlds 500\n"
        "  python -m sim backtest --from 2024 --known-until 2023 "
        "--set calibration=continued-until-2023-Q4\n"
        "  python -m sim backtest --forecast outputs/mine/forecast.csv --record later.csv\n\n"
        "dates: 2024-03-14, 2024-03, 2024-Q1 or 2024; a quarter counts whole",
    )
    scenario_or_continued(flags)
    record_flag(flags)
    add = flags.add_argument
    add("--from", dest="since", metavar="DATE", help="score no row that begins before")
    add("--until", metavar="DATE", help="score no row that ends after")
    add(
        "--known-until",
        metavar="DATE",
        help="naive forecasts know no later row (default: all rows before the one they forecast)",
    )
    add("--json", action="store_true", help="print the scores as JSON in place of the table")
    set_flag(flags)
    prior_flag(flags)
    ensemble_flags(flags)
    add(
        "--forecast",
        type=Path,
        metavar="FILE",
        help="score a forecast.csv on the record, in place of a run (with --record, --from, "
        "--until and --json)",
    )


def backtest(chosen: argparse.Namespace) -> int:
    """Run a scenario through the years on record, score it, draw it."""
    if chosen.forecast is not None:
        return forecasting.score(chosen)
    import json

    from sim.history.backtest.run import backtest
    from sim.history.backtest.table import table
    from sim.history.record.rows import fingerprint, read
    from sim.inputs.policy import Policy
    from sim.outputs.files import write_json
    from sim.outputs.folder import MANIFEST, replaced

    scenario = scenario_of(chosen.scenario, chosen.settings, chosen.prior)
    say_doubts([scenario])
    rows = read(chosen.record, known_labs(scenario.labs))
    dates = {"since": chosen.since, "until": chosen.until, "known_until": chosen.known_until}
    given = dict(zip(("--from", "--until", "--known-until"), dates.values(), strict=True))
    dates_of(given)
    asked = {**dates, "record_sha256": fingerprint(rows), "scenario_sha256": scenario.hash}
    how_to = how(chosen)
    question = question_of([(scenario, Policy())], how_to, asked)
    name = named_by_dates(chosen, f"backtest-{scenario.name}", given)
    folder = folder_for(chosen.out, name, question)
    with replaced(folder) as part:
        result = backtest(scenario, rows, **dates, **how_to)
        status = PARTIAL if failed([result.results]) else FINE
        if not result.results.worlds:
            return all_failed(result.results)
        say_what_goes(folder, question)
        result.save(part)
        write_json(result.results.manifest() | {"backtest": asked}, part / MANIFEST)
        figures, status_of_figures = drawn(chosen, lambda: _draw(result, part))
    if chosen.json:
        print(json.dumps(result.record(), indent=2))
    elif not chosen.quiet:
        print(table(result))
    if not chosen.quiet and not chosen.json:
        print("", written("Scores", folder, figures), sep="\n")
    return max(status, status_of_figures)


def _draw(result: Backtest, folder: Path) -> list[Path]:
    """A figure a group."""
    from sim.history.backtest.panels import panels
    from sim.history.record.rows import GROUPS
    from sim.plots.history import write_history

    return [
        write_history(
            folder / f"history_{group}.png", GROUPS[group], list(shown.values()), result.results
        )
        for group, shown in panels(result).items()
    ]
