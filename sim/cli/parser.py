"""Every command and flag, with units and examples."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from sim.cli import calibrating, history, look, runs, validating
from sim.version import __version__

EXAMPLES = """examples:
  python -m sim show                                   what there is to choose from
  python -m sim compare continued plateau              two storylines, 1,000 worlds each
  python -m sim compare continued --policy compute_levy   a policy against its own baseline
  python -m sim run data_wall --worlds 200 --seed 7 --set demand.elasticity=0.9
  python -m sim backtest continued --worlds 500        how far it is from what happened
  python -m sim calibrate --until 2023-12-31           what the record says about the dials
  python -m sim show continued scaling                 every dial of one subject

exit status:
  0    fine
  1    a fault of this program; its traceback is in the file that the message names
  2    bad input, or no room in memory or on disk: nothing is written
  3    some worlds, the figures or the printing failed: what came through is kept
  130  stopped by Ctrl-C or SIGTERM: the message says what is kept
"""


def parser() -> argparse.ArgumentParser:
    """Every command and flag, with units and examples."""
    form = argparse.RawDescriptionHelpFormatter
    top = argparse.ArgumentParser(
        prog="python -m sim",
        description="An economy of AI labs, run in many worlds. Conditional what-ifs, "
        "not forecasts.",
        epilog=EXAMPLES,
        formatter_class=form,
    )
    top.add_argument("--version", action="version", version=f"ai-industry-sim {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name: str, does: Any, what: str, more: str = "") -> argparse.ArgumentParser:
        one = commands.add_parser(
            name, help=what, description=what, epilog=more, formatter_class=form
        )
        one.set_defaults(command=does)
        return one

    run = command(
        "run",
        runs.run,
        "run one scenario",
        "examples:\n  python -m sim run plateau --labs\n"
        "  python -m sim run outputs/plateau/manifest.json   the same run again",
    )
    run.add_argument(
        "scenario",
        metavar="SCENARIO",
        help="name in scenarios/, path of a file, or the manifest.json of a run to make again",
    )
    _run_flags(run)
    both = command(
        "compare",
        runs.compare,
        "run two scenarios, or one with and without policies, and compare world by world",
        "examples:\n  python -m sim compare continued plateau\n"
        "  python -m sim compare continued --policy compute_levy --policy compute_cap\n"
        "  python -m sim compare outputs/continued outputs/plateau   two saved runs",
    )
    both.add_argument(
        "scenario", metavar="SCENARIO", help="the baseline: name, path, or saved folder"
    )
    both.add_argument(
        "other",
        metavar="SCENARIO",
        nargs="?",
        help="the other scenario; left out, the first is compared with itself under --policy",
    )
    _run_flags(both)
    show = command("show", look.show, "list scenarios and policies, or every dial of a scenario")
    show.add_argument("scenario", metavar="SCENARIO", nargs="?", help="name or path")
    show.add_argument("subject", metavar="SUBJECT", nargs="?", help="scaling, labs.openai ...")
    _setting_flags(show)
    check = command(
        "validate", look.validate, "check scenario and policy files, and say what is wrong"
    )
    check.add_argument("files", metavar="FILE", nargs="+", help="a .toml file, or a name")
    bench = command("bench", look.bench, "measure speed and memory here; prints one line of JSON")
    bench.add_argument("scenario", metavar="SCENARIO", nargs="?", default="continued")
    back = command(
        "backtest",
        history.backtest,
        "run a scenario through the years on record, and score it",
        "examples:\n  python -m sim backtest continued --worlds 500\n"
        "  python -m sim backtest --from 2024-01 --known-until 2023-12 --json\n\n"
        "dates: 2024-03-14, 2024-03, 2024-Q1 or 2024; a quarter counts whole",
    )
    back.add_argument(
        "scenario",
        metavar="SCENARIO",
        nargs="?",
        default="continued",
        help="name or path (continued)",
    )
    _backtest_flags(back)
    fit = command(
        "calibrate",
        calibrating.calibrate,
        "find what the record up to a date says about the uncertain dials",
        "examples:\n  python -m sim calibrate --until 2023-12-31\n"
        "  python -m sim calibrate plateau --until 2022 --worlds 50000 --seed 1\n\n"
        'A scenario takes its dials from the file if it says: calibration = "NAME". Stopped\n'
        "with Ctrl-C, the same command goes on after the last finished round.",
    )
    fit.add_argument(
        "scenario",
        metavar="SCENARIO",
        nargs="?",
        default="continued",
        help="name or path (continued)",
    )
    _calibrate_flags(fit)
    report = command(
        "validation",
        validating.validation,
        "write docs/validation.md: what the shipped calibrations say of the record",
        "example:\n  python -m sim validation --worlds 500 --out /tmp/validation.md",
    )
    _validation_flags(report)
    serve = command("serve", look.serve, "open the web page, on this machine only (127.0.0.1)")
    serve.add_argument("--port", type=int, default=8765, metavar="N", help="default 8765")
    return top


def _setting_flags(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--policy",
        action="append",
        default=[],
        metavar="NAME",
        help="a policy in scenarios/policies/, or a path; repeat to combine several",
    )
    _set_flag(one)


def _prior_flag(one: argparse.ArgumentParser) -> None:
    help = "draw every dial from its stated range, ignoring any calibration"
    one.add_argument("--prior", action="store_true", help=help)


def _set_flag(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="DIAL=VALUE",
        dest="settings",
        help="change a dial in its own unit (see 'show'), such as demand.elasticity=0.9, "
        "'scaling.onset=[27.5, 29.5]' (a 90 %% interval) or end=2030-Q4; repeatable",
    )


def _run_flags(one: argparse.ArgumentParser) -> None:
    _setting_flags(one)
    _ensemble_flags(one)
    _prior_flag(one)
    one.add_argument("--labs", action="store_true", help="write labs.parquet too, a row a lab")


def _backtest_flags(one: argparse.ArgumentParser) -> None:
    add = one.add_argument
    add("--record", type=Path, metavar="FILE", help="observations (default: the shipped ones)")
    add("--from", dest="since", metavar="DATE", help="score no row that begins before")
    add("--until", metavar="DATE", help="score no row that ends after")
    add(
        "--known-until",
        metavar="DATE",
        help="naive forecasts know no later row (default: all rows before the one they forecast)",
    )
    add("--json", action="store_true", help="print the scores as JSON in place of the table")
    _set_flag(one)
    _prior_flag(one)
    _ensemble_flags(one)


def _calibrate_flags(one: argparse.ArgumentParser) -> None:
    add = one.add_argument
    add(
        "--until",
        required=True,
        metavar="DATE",
        help="use no row that ends after; 2023-12-31, 2023-12, 2023-Q4 or 2023",
    )
    add("--record", type=Path, metavar="FILE", help="observations (default: the shipped ones)")
    add("--worlds", type=int, default=200_000, metavar="N", help="worlds in all rounds (200000)")
    add("--rounds", type=int, default=4, metavar="N", help="rounds, each drawn by the last (4)")
    add("--keep", type=int, default=2000, metavar="N", help="worlds kept in the file (2000)")
    add("--seed", type=int, default=0, metavar="N", help="same seed, same numbers (0)")
    add("--out", type=Path, metavar="FILE", help="the file (scenarios/calibrations/NAME.csv)")
    add("--workers", type=int, metavar="N", help="processes (default: one a processor)")
    add("--quiet", action="store_true", help="print nothing but problems")
    _set_flag(one)


def _validation_flags(one: argparse.ArgumentParser) -> None:
    add = one.add_argument
    add("--worlds", type=int, default=2000, metavar="N", help="worlds of each back-test (2000)")
    add("--seed", type=int, default=0, metavar="N", help="same seed, same numbers (0)")
    add(
        "--out",
        type=Path,
        metavar="FILE",
        help="the report (docs/validation.md); its figures go "
        "into a folder of the same name beside it",
    )
    add("--workers", type=int, metavar="N", help="processes (default: one a processor)")
    add("--quiet", action="store_true", help="print nothing but problems")


def _folder(name: str) -> Path:
    if not name.strip():
        raise argparse.ArgumentTypeError("an empty name is no folder. Give one such as out/mine")
    return Path(name)


def _ensemble_flags(one: argparse.ArgumentParser) -> None:
    add = one.add_argument
    add("--worlds", type=int, metavar="N", help="draws of what is uncertain (1000)")
    add("--seed", type=int, metavar="N", help="same seed, same numbers (0)")
    add(
        "--out",
        type=_folder,
        metavar="DIR",
        help="folder for tables and figures; a run that is there is replaced (default: outputs/ "
        "and a name that tells scenarios, policies, dials, seed and worlds)",
    )
    add("--workers", type=int, metavar="N", help="processes (default: one a processor)")
    add("--no-figures", action="store_true", help="write tables only")
    add("--quiet", action="store_true", help="print nothing but problems")
