"""The command that finds what the record says about the dials: calibrate."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli import FINE, PARTIAL
from sim.cli.asked import folder_of, known_labs, not_foreign, say_doubts, scenario_of
from sim.cli.flags import (
    command,
    quiet_flag,
    record_flag,
    scenario_or_continued,
    seed_flag,
    set_flag,
    workers_flag,
)
from sim.errors import BadInput

if TYPE_CHECKING:
    from sim.history.calibration.posterior import Posterior

DIALS_LISTED = 15


def add_calibrate(commands: Any) -> None:
    """The command and its flags."""
    flags = command(
        commands,
        "calibrate",
        calibrate,
        "find what the record up to a date says about the uncertain dials",
        "examples:\n  python -m sim calibrate --until 2023-12-31\n"
        "  python -m sim calibrate plateau --until 2022 --worlds 50000 --seed 1\n\n"
        'A scenario takes its dials from the file if it says: calibration = "NAME". Stopped\n'
        "with Ctrl-C, the same command goes on after the last finished round.",
    )
    scenario_or_continued(flags)
    add = flags.add_argument
    add(
        "--until",
        required=True,
        metavar="DATE",
        help="use no row that ends after; 2023-12-31, 2023-12, 2023-Q4 or 2023",
    )
    record_flag(flags)
    add("--worlds", type=int, default=200_000, metavar="N", help="worlds in all rounds (200000)")
    add("--rounds", type=int, default=4, metavar="N", help="rounds, each drawn by the last (4)")
    add("--keep", type=int, default=2000, metavar="N", help="worlds kept in the file (2000)")
    seed_flag(flags)
    add("--out", type=Path, metavar="FILE", help="the file (scenarios/calibrations/NAME.csv)")
    add("--replace", action="store_true", help="write over a calibration that is there")
    workers_flag(flags)
    quiet_flag(flags)
    set_flag(flags)


def calibrate(chosen: argparse.Namespace) -> int:
    """Find the distribution of the uncertain dials given the record, and write it."""
    from sim.dates import quarter_label
    from sim.history.calibration.plan import Plan
    from sim.history.calibration.pool import RunFailed
    from sim.history.calibration.run import calibrate
    from sim.history.record.periods import date_asked
    from sim.history.record.rows import read
    from sim.outputs.files import whole_file

    scenario = scenario_of(chosen.scenario, chosen.settings)
    say_doubts([scenario])
    rows = read(chosen.record, known_labs(scenario.labs))
    last = quarter_label(date_asked("--until", chosen.until).last)
    path = _file_of(chosen.out, f"{scenario.name}-until-{last}", chosen.replace)
    plan = Plan(
        until=chosen.until,
        worlds=chosen.worlds,
        seed=chosen.seed,
        rounds=chosen.rounds,
        keep=chosen.keep,
        workers=chosen.workers,
        cache=path.parent / f".{path.stem}.rounds",
    )
    say = (lambda line: None) if chosen.quiet else (lambda line: print(line, file=sys.stderr))
    try:
        found = calibrate(scenario, rows, plan, not chosen.quiet, say)
    except KeyboardInterrupt:
        if plan.cache is not None and plan.cache.is_dir():
            print(
                f"\nFinished rounds are in {plan.cache}. The same command goes on after them.",
                file=sys.stderr,
            )
        raise
    except RunFailed as error:
        print("A block of worlds failed, so nothing is written. Its traceback:", file=sys.stderr)
        print(error.failure.traceback, file=sys.stderr)
        return PARTIAL
    if found.informed:
        with whole_file(path) as part:
            part.write_text(found.text(), "utf-8")
    if plan.cache is not None:
        shutil.rmtree(plan.cache, ignore_errors=True)  # of use only to one that was stopped
    if not found.informed:
        raise BadInput("calibrate: the record leaves every dial as it was, so nothing is written.")
    if not chosen.quiet:
        print(table(found))
        print(
            f"\n{len(found.kept):,} worlds are in {path}. A scenario takes its dials from them "
            f'if it says: calibration = "{path.stem}"'
        )
    return FINE


def table(found: Posterior) -> str:
    """How the rounds went, and which dials moved most."""
    from sim.errors import short

    last = found.weighted.rounds[-1]
    lines = [
        f"{found.scenario.title}: {len(found.rows)} rows until {found.plan.until}, "
        f"{found.plan.worlds:,} worlds, as good as {last.effective:,.0f} independent ones; "
        f"likelihood to the power {last.temper:.2f}.",
        f"{len(found.informed)} dials are informed by history; {len(found.not_informed)} keep "
        "their range.",
        "",
        "Moved most (5 %, 50 % and 95 %):",
    ]
    informed = set(found.informed)
    moved = [dial for dial in found.moved() if dial[0] in informed][:DIALS_LISTED]
    width = max((len(name) for name, _, _ in moved), default=0)
    for name, before, after in moved:
        was, now = (" ".join(f"{short(end):>9}" for end in ends) for ends in (before, after))
        lines.append(f"  {name:<{width}}  {was}   ->  {now}")
    return "\n".join(lines)


def _file_of(out: Path | None, name: str, replace: bool) -> Path:
    """Where to write, found free or to be replaced, and writable, before the run."""
    from sim.inputs.calibration import FOLDER
    from sim.inputs.toml_files import NAME

    path = out or Path("scenarios") / FOLDER / f"{name}.csv"  # here, never where it is installed
    not_foreign(path, ".csv", "# made_by")
    if not NAME.fullmatch(path.stem):
        raise BadInput(
            f"--out: '{path}' cannot be a calibration. Give a name of letters, digits, "
            "'-' and '_' that ends in .csv."
        )
    if path.is_file() and not replace:
        raise BadInput(
            f"calibrate: {path} is there already, and scenarios may draw from it. Write over it "
            "with --replace, or give this one another name with --out."
        )
    folder_of(path.parent, "")
    return path
