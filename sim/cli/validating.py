"""The command that writes docs/validation.md and its figures: validation."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from sim.cli import FINE, PARTIAL
from sim.cli.asked import all_failed, failed, folder_of, how, not_foreign

if TYPE_CHECKING:
    from sim.history.validation.study import Validation

SHOWN_FIRST = (
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


def validation(chosen: argparse.Namespace) -> int:
    """Run the back-tests of the shipped calibrations, write them up, draw them."""
    from sim.history.record.rows import read
    from sim.history.validation.study import reached, study
    from sim.history.validation.writeup import text
    from sim.inputs.scenario import Scenario
    from sim.outputs.files import whole_file, whole_folder

    path = chosen.out or Path("docs") / "validation.md"
    not_foreign(path, ".md", "# Validation")
    folder_of(path.parent, "")
    done = study(Scenario.load("continued"), read(), **how(chosen))
    for results in done.runs:
        if not results.worlds:
            return all_failed(results)
    with whole_folder(path.with_suffix("")) as folder:
        figures = _draw(done, folder)
        pictures = {name: f"{path.stem}/{file.name}" for name, file in figures.items()}
        with whole_file(path) as part:
            part.write_text(text(done, pictures), "utf-8")
    if not chosen.quiet:
        for one in done.foretold:
            for line in reached(one.fitted):
                print(f"{one.year}: {line.what}: {line.was}{'' if line.met else ' - NOT REACHED'}")
        print(f"The report is {path}, with {len(figures)} figures beside it.")
    return PARTIAL if failed(done.runs) else FINE


def _draw(done: Validation, folder: Path) -> dict[str, Path]:
    """A figure a group and one of chosen series, from worlds fitted until the year before last."""
    from sim.history.backtest.panels import panels
    from sim.history.record.rows import GROUPS
    from sim.plots.history import Panel, history_figure
    from sim.plots.style import write

    shown, fitted = panels(done.shown), float(done.foretold[-1].year)
    every = {series: one for group in shown.values() for series, one in group.items()}
    first = {series: every[series] for series in SHOWN_FIRST if series in every}
    paths = {}
    for name, several in {"overview": first, **shown}.items():
        each = [Panel(**one) for one in several.values()]
        figure = history_figure(GROUPS.get(name, done.caption), each, done.shown.results, fitted)
        paths[name] = write(figure, folder / f"{name}.png", dpi=110)
    return paths
