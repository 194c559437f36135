"""Forecasts: the command that makes one, and the scores of one that is on file."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli import FINE, PARTIAL
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
from sim.errors import BadInput

if TYPE_CHECKING:
    from sim.history.forecast.run import Forecast


def add_forecast(commands: Any) -> None:
    """The command and its flags."""
    flags = command(
        commands,
        "forecast",
        forecast,
        "foretell every series on record, from where it ends",
        "examples:\n  python -m sim forecast --until 2029\n"
        "  python -m sim forecast plateau --worlds 500 --record mine.csv\n"
        "  python -m sim backtest --forecast outputs/forecast-continued/forecast.csv --record "
        "later.csv\n\n"
        "Worlds, and what the model has been off by one and two years ahead; starts from the\n"
        "residuals last seen. 'run' and 'compare' are worlds only: what if, not what will be.\n"
        "forecast.csv has a line a date with quantiles, and can be scored when rows come.",
    )
    scenario_or_continued(flags)
    add = flags.add_argument
    add("--until", metavar="DATE", help="the last quarter or year (three years beyond the record)")
    add(
        "--known-until",
        metavar="DATE",
        help="look at no row that ends later (default: all), to see how such a forecast did",
    )
    record_flag(flags)
    set_flag(flags)
    prior_flag(flags)
    ensemble_flags(flags)


def forecast(chosen: argparse.Namespace) -> int:
    """Run on beyond the record, add what the model is off by, write it and draw it."""
    from datetime import date

    from sim.history.forecast import filed
    from sim.history.forecast.run import forecast
    from sim.history.forecast.table import table
    from sim.history.record.rows import fingerprint, read
    from sim.inputs.policy import Policy
    from sim.outputs.files import write_json
    from sim.outputs.folder import MANIFEST, replaced

    scenario = scenario_of(chosen.scenario, chosen.settings, chosen.prior)
    say_doubts([scenario])
    rows = read(chosen.record, known_labs(scenario.labs))
    dates = {"until": chosen.until, "known_until": chosen.known_until}
    given = dict(zip(("--until", "--known-until"), dates.values(), strict=True))
    dates_of(given)
    asked = {**dates, "record_sha256": fingerprint(rows), "scenario_sha256": scenario.hash}
    how_to = how(chosen)
    question = question_of([(scenario, Policy())], how_to, asked, "forecast")
    name = named_by_dates(chosen, f"forecast-{scenario.name}", given)
    folder = folder_for(chosen.out, name, question)
    with replaced(folder) as part:
        result = forecast(scenario, rows, **dates, **how_to)
        status = PARTIAL if failed([*result.before.values(), result.results]) else FINE
        if not result.results.worlds:
            return all_failed(result.results)
        say_what_goes(folder, question)
        filed.save(result, part)
        more = {"forecast": asked, "made_on": f"{date.today()}", "made_of": result.record()}
        write_json(result.results.manifest() | more, part / MANIFEST)
        figures, status_of_figures = drawn(chosen, lambda: _draw(result, part))
    if not chosen.quiet:
        print(table(result, shutil.get_terminal_size((100, 24)).columns))
        print("", written("The forecast and its quantiles", folder, figures), sep="\n")
        print(
            f"When rows come: python -m sim backtest --forecast {folder / filed.FILE} --record FILE"
        )
    return max(status, status_of_figures)


def _draw(result: Forecast, folder: Path) -> list[Path]:
    """A figure a group."""
    from sim.history.forecast.panels import panels
    from sim.history.record.rows import GROUPS
    from sim.plots.history import write_forecast

    known, run = (result.known_until + 1) / 4.0, result.results
    return [
        write_forecast(folder / f"forecast_{group}.png", GROUPS[group], shown, run, known)
        for group, shown in panels(result).items()
    ]


def score(chosen: argparse.Namespace) -> int:
    """Score a forecast on file on the rows of a record that it did not know: no run."""
    import json

    from sim.history.forecast.scored import score_file
    from sim.history.forecast.table import table_of_scores
    from sim.history.record.rows import read

    _refuse_what_a_run_takes(chosen)
    dates_of({"--from": chosen.since, "--until": chosen.until})
    labs = known_labs(())
    rows = read(chosen.record, labs or None)
    found = score_file(chosen.forecast, rows, chosen.since, chosen.until, labs or None)
    if chosen.json:
        print(json.dumps(found.record(), indent=2))
    elif not chosen.quiet:
        print(table_of_scores(found))
    return FINE


def _refuse_what_a_run_takes(chosen: argparse.Namespace) -> None:
    """BadInput if a flag would do nothing, for nothing is run."""
    given = {
        "a scenario": chosen.scenario != "continued",
        "--known-until": chosen.known_until,
        "--set": chosen.settings,
        "--prior": chosen.prior,
        "--worlds": chosen.worlds,
        "--seed": chosen.seed,
        "--out": chosen.out,
        "--workers": chosen.workers,
    }
    idle = [flag for flag, value in given.items() if value not in (None, [], False)]
    if idle:
        raise BadInput(
            f"--forecast: scores a file and runs nothing, so {idle[0]} has no place. Leave it out."
        )
