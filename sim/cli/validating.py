"""The command that writes docs/validation.md and its figures: validation."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli import FINE, PARTIAL
from sim.cli.asked import all_failed, failed, folder_of, how, not_foreign
from sim.cli.flags import command, quiet_flag, seed_flag, workers_flag

if TYPE_CHECKING:
    from sim.history.validation.frozen import Frozen
    from sim.history.validation.study import Validation
    from sim.plots.published import Line

FIRST_SERIES = (
    ("run_rate", "openai"),
    ("run_rate", "anthropic"),
    ("nvidia_revenue", "market"),
    ("chips_delivered", "market"),
    ("rent", "market"),
    ("largest_run", "market"),
    ("price_flagship", "openai"),
    ("price_gpt4_level", "market"),
    ("users", "market"),
    ("time_horizon", "market"),
    ("valuation", "openai"),
    ("raised_by_all", "market"),
)


def add_validation(commands: Any) -> None:
    """The command and its flags."""
    flags = command(
        commands,
        "validation",
        validation,
        "write docs/validation.md: what the shipped calibrations say of the record",
        "example:\n  python -m sim validation --worlds 500 --out /tmp/validation.md",
    )
    flags.add_argument(
        "--worlds", type=int, default=2000, metavar="N", help="worlds of each back-test (2000)"
    )
    seed_flag(flags)
    flags.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="the report (docs/validation.md); its figures go "
        "into a folder of the same name beside it",
    )
    workers_flag(flags)
    quiet_flag(flags)


def validation(chosen: argparse.Namespace) -> int:
    """Run the back-tests of the shipped calibrations, write them up, draw them."""
    from sim.history.record.rows import read
    from sim.history.validation import foretold, on_file
    from sim.history.validation.asked_for import what_the_data_can_tell
    from sim.history.validation.study import reached, study
    from sim.history.validation.writeup import text
    from sim.inputs.scenario import Scenario
    from sim.outputs.files import whole_file, whole_folder

    path = chosen.out or Path("docs") / "validation.md"
    not_foreign(path, ".md", "# Validation")
    folder_of(path.with_suffix(""), "")
    result = study(Scenario.load("continued"), read(), **how(chosen))
    for results in result.runs:
        if not results.worlds:
            return all_failed(results)
    kept = on_file.kept(path.parent / "forecasts", result.rows)
    more = [
        foretold.section(foretold.years_ahead(result)),
        on_file.section(kept),
        what_the_data_can_tell(result.scenario, result.rows),
    ]
    with whole_folder(path.with_suffix("")) as folder:
        figures = _draw(result, folder)
        pictures = {name: f"{path.stem}/{file.name}" for name, file in figures.items()}
        with whole_file(path) as part:
            part.write_text(text(result, pictures, more), "utf-8")
    if not chosen.quiet:
        for unseen in result.unseen:
            lines = reached(unseen.fitted)
            missed = [f"{line.what} ({line.was})" for line in lines if not line.met]
            met = f"{unseen.name}: {len(lines) - len(missed)} of {len(lines)} reached"
            print(met + (f", but not: {'; '.join(missed)}" if missed else ""))
        print(f"The report is {path}, with {len(figures)} figures beside it.")
    return PARTIAL if failed(result.runs) else FINE


def _lines(frozen: Frozen) -> list[Line]:
    """The last row of each series of the frozen forecast, for its figure."""
    from sim.history.backtest.summaries import by_series
    from sim.history.record.observables import title_of
    from sim.history.record.rows import GROUPS
    from sim.plots.published import Line

    lines = []
    for series, scores in by_series(frozen.scores).items():
        last = max(scores, key=lambda score: score.row.when)
        low, middle, high = (
            float(last.row.means.oom(value)) - last.row.oom
            for value in (last.p05, last.p50, last.p95)
        )
        group = GROUPS[last.row.group]
        lines.append(Line(group, title_of(series), low, middle, high, last.inside))
    return lines


def _draw(result: Validation, folder: Path) -> dict[str, Path]:
    """A figure a group and one of chosen series, from worlds fitted until the year before last."""
    from sim.history.backtest.panels import panels
    from sim.history.record.rows import GROUPS
    from sim.history.validation.published import TITLE
    from sim.plots.history import write_history
    from sim.plots.published import write_published

    shown, fitted = panels(result.shown), float(result.unseen[-1].origin + 1)
    every = {series: panel for group in shown.values() for series, panel in group.items()}
    overview = {series: every[series] for series in FIRST_SERIES if series in every}
    frozen = write_published(folder / "frozen.png", TITLE, _lines(result.frozen), dpi=110)
    return {"frozen": frozen} | {
        name: write_history(
            folder / f"{name}.png",
            GROUPS.get(name, result.caption),
            list(group.values()),
            result.shown.results,
            fitted,
            dpi=110,
        )
        for name, group in {"overview": overview, **shown}.items()
    }
