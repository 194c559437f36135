"""The command that writes docs/validation.md and its figures: validation."""

from __future__ import annotations

import argparse
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sim.cli import FINE, PARTIAL
from sim.cli.asked import all_failed, failed, folder_of, how, not_foreign

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.history.validation import Validation

SHOWN_FIRST = (
    ("run_rate", "openai"), ("run_rate", "anthropic"), ("nvidia_revenue", "market"),
    ("chips_delivered", "market"), ("rent", "market"), ("largest_run", "market"),
    ("price_flagship", "openai"), ("price_gpt4_level", "market"), ("users", "market"),
    ("time_horizon", "market"), ("valuation", "openai"), ("raised_by_all", "market"),
)  # fmt: skip


def validation(chosen: argparse.Namespace) -> int:
    """Run the back-tests of the shipped calibrations, write them up, draw them."""
    from sim.files import whole_file
    from sim.history.record import read
    from sim.history.validation import reached, study
    from sim.history.writeup import text
    from sim.scenario import Scenario

    path = chosen.out or Path("docs") / "validation.md"
    not_foreign(path, ".md", "# Validation")
    folder_of(path.parent, "")
    done = study(Scenario.load("continued"), read(), **how(chosen))
    runs = [done.fitted, done.prior, *(run for one in done.foretold
                                       for run in (one.fitted, one.prior, one.whole))]  # fmt: skip
    for run in runs:
        if not run.results.worlds:
            return all_failed(run.results)
    with all_or_nothing(path.with_suffix("")) as folder:
        figures = _draw(done, folder)
        pictures = {name: f"{path.stem}/{file.name}" for name, file in figures.items()}
        with whole_file(path) as part:
            part.write_text(text(done, pictures), "utf-8")
    if not chosen.quiet:
        for one in done.foretold:
            for line in reached(one.fitted):
                print(f"{one.year}: {line.what}: {line.was}{'' if line.met else ' - NOT REACHED'}")
        print(f"The report is {path}, with {len(figures)} figures beside it.")
    return PARTIAL if failed([run.results for run in runs]) else FINE


@contextmanager
def all_or_nothing(folder: Path) -> Iterator[Path]:
    """A folder to draw in, whose files take their places together at the end."""
    aside = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    aside.mkdir(parents=True)
    try:
        yield aside
        folder.mkdir(exist_ok=True)
        for file in aside.iterdir():
            os.replace(file, folder / file.name)
    finally:
        shutil.rmtree(aside)


def _draw(done: Validation, folder: Path) -> dict[str, Path]:
    """A figure a group and one of chosen series, from worlds fitted until the year before last."""
    from sim.history.listing import panels
    from sim.history.record import GROUPS
    from sim.plots.history import Panel, history_figure
    from sim.plots.style import write

    last = done.foretold[-1]
    shown = panels(last.whole)
    every = {series: one for group in shown.values() for series, one in group.items()}
    first = {series: every[series] for series in SHOWN_FIRST if series in every}
    paths = {}
    for name, several in {"overview": first, **shown}.items():
        title = GROUPS.get(name, f"Fitted until {last.year - 1}, and what happened in {last.year}")
        figure = history_figure(title, [Panel(**one) for one in several.values()],
                                last.whole.results, float(last.year))  # fmt: skip
        paths[name] = write(figure, folder / f"{name}.png", dpi=110)
    return paths
