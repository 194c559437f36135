"""The command that finds what the record says about the dials: calibrate."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sim.cli import FINE, PARTIAL
from sim.cli.asked import not_foreign, scenario_of
from sim.cli.history import known_labs
from sim.errors import BadInput

if TYPE_CHECKING:
    from sim.history.calibration.run import Calibrated

SHOWN = 15  # dials listed


def calibrate(chosen: argparse.Namespace) -> int:
    """Find the distribution of the uncertain dials given the record, and write it."""
    from sim.history.calibration.pool import RunFailed
    from sim.history.calibration.run import calibrate
    from sim.history.record.rows import label_of, period_of, read
    from sim.inputs.calibration import text_of_calibration
    from sim.outputs.files import whole_file

    scenario = scenario_of(chosen.scenario, chosen.settings)
    rows = read(chosen.record, known_labs(scenario.labs))
    until = period_of(chosen.until)[0]
    until = until._replace(first=until.last)
    path = _file_of(chosen.out, f"{scenario.name}-until-{label_of(until)}")
    say = (lambda line: None) if chosen.quiet else (lambda line: print(line, file=sys.stderr))
    try:
        done = calibrate(
            scenario,
            rows,
            chosen.until,
            chosen.worlds,
            chosen.seed,
            chosen.rounds,
            chosen.keep,
            chosen.workers,
            path.parent / f".{path.stem}.rounds",
            not chosen.quiet,
            say,
        )
    except RunFailed as error:
        print("A block of worlds failed, so nothing is written. Its traceback:", file=sys.stderr)
        print(error.failure.traceback, file=sys.stderr)
        return PARTIAL
    columns = done.columns()
    if not columns:
        raise BadInput("calibrate: the record leaves every dial as it was, so nothing is written.")
    priors = {
        dotted: (setting.low, setting.high)
        for dotted, (setting, _) in done.scenario.uncertain.items()
    }
    rounds = path.parent / f".{path.stem}.rounds"
    with whole_file(path) as part:
        part.write_text(text_of_calibration(done.about(), priors, columns), "utf-8")  # type: ignore[arg-type]
    shutil.rmtree(rounds, ignore_errors=True)  # they are of use only to one that was stopped
    if not chosen.quiet:
        print(table(done))
        print(
            f"\n{len(done.kept):,} worlds are in {path}. A scenario takes its dials from them "
            f'if it says: calibration = "{path.stem}"'
        )
    return FINE


def table(done: Calibrated) -> str:
    """How the rounds went, and which dials moved most."""
    from sim.errors import short

    last = done.rounds[-1]
    lines = [
        f"{done.scenario.title}: {len(done.rows)} rows until {done.until}, {done.worlds:,} worlds, "
        f"as good as {last.effective:,.0f} independent ones; likelihood to the power "
        f"{last.temper:.2f}.",
        f"{len(done.informed)} dials are informed by history; {len(done.nothing_told)} keep their "
        "range.",
        "",
        "Moved most (5 %, 50 % and 95 %):",
    ]
    moved = [one for one in done.moved() if one[0] in done.informed][:SHOWN]
    width = max((len(name) for name, _, _ in moved), default=0)
    for name, before, after in moved:
        was, now = (" ".join(f"{short(end):>9}" for end in ends) for ends in (before, after))
        lines.append(f"  {name:<{width}}  {was}   ->  {now}")
    return "\n".join(lines)


def _file_of(out: Path | None, name: str) -> Path:
    """Where to write, found writable before the run and not after it."""
    from sim.inputs.calibration import FOLDER
    from sim.inputs.toml_files import NAME

    path = out or Path("scenarios") / FOLDER / f"{name}.csv"  # here, never where it is installed
    not_foreign(path, ".csv", "# made_by")
    if not NAME.fullmatch(path.stem):
        raise BadInput(
            f"--out: '{path}' cannot be a calibration. Give a name of letters, digits, "
            "'-' and '_' that ends in .csv."
        )
    nearest = next(one for one in (path.parent, *path.parent.absolute().parents) if one.exists())
    if path.is_dir() or not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise BadInput(f"--out: cannot write to '{path}'. Choose another file.")
    return path
