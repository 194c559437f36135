"""Every command, and the flags of those that need no record."""

from __future__ import annotations

import argparse
from typing import Any

from sim.cli import calibrating, explaining, forecasting, history, look, runs, validating
from sim.cli.flags import command, ensemble_flags, prior_flag, setting_flags
from sim.version import __version__

EXAMPLES = """examples:
  python -m sim show                                   what there is to choose from
  python -m sim compare continued plateau              two storylines, 1,000 worlds each
  python -m sim compare continued --policy compute_levy   a policy against its own baseline
  python -m sim run data_wall --worlds 200 --seed 7 --set demand.elasticity=0.9
  python -m sim explain continued --lab openai --at 2028   why a lab spends as it does
  python -m sim backtest continued --worlds 500        how far it is from what happened
  python -m sim forecast --until 2029                  from where the record ends on
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
    top = argparse.ArgumentParser(
        prog="python -m sim",
        description="An economy of AI labs, run in many worlds. 'run' and 'compare' give "
        "conditional what-ifs, not forecasts; 'forecast' adds what the model is off by.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"ai-industry-sim {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_run(commands)
    _add_compare(commands)
    explaining.add_explain(commands)
    _add_show(commands)
    _add_validate(commands)
    _add_bench(commands)
    history.add_backtest(commands)
    forecasting.add_forecast(commands)
    calibrating.add_calibrate(commands)
    validating.add_validation(commands)
    _add_serve(commands)
    return top


def _add_run(commands: Any) -> None:
    more = (
        "examples:\n  python -m sim run plateau --labs\n"
        "  python -m sim run outputs/plateau/manifest.json   the same run again"
    )
    flags = command(commands, "run", runs.run, "run one scenario", more)
    flags.add_argument(
        "scenario",
        metavar="SCENARIO",
        help="name in scenarios/, path of a file, or the manifest.json of a run to make again",
    )
    _run_flags(flags)


def _add_compare(commands: Any) -> None:
    flags = command(
        commands,
        "compare",
        runs.compare,
        "run two scenarios, or one with and without policies, and compare world by world",
        "examples:\n  python -m sim compare continued plateau\n"
        "  python -m sim compare continued --policy compute_levy --policy compute_cap\n"
        "  python -m sim compare outputs/continued outputs/plateau   two saved runs",
    )
    flags.add_argument(
        "scenario", metavar="SCENARIO", help="the baseline: name, path, or saved folder"
    )
    flags.add_argument(
        "other",
        metavar="SCENARIO",
        nargs="?",
        help="the other scenario; left out, the first is compared with itself under --policy",
    )
    _run_flags(flags)


def _add_show(commands: Any) -> None:
    what = "list scenarios and policies, or every dial of a scenario"
    flags = command(commands, "show", look.show, what)
    flags.add_argument("scenario", metavar="SCENARIO", nargs="?", help="name or path")
    flags.add_argument("subject", metavar="SUBJECT", nargs="?", help="scaling, labs.openai ...")
    setting_flags(flags)


def _add_validate(commands: Any) -> None:
    what = "check scenario and policy files, and say what is wrong"
    flags = command(commands, "validate", look.validate, what)
    flags.add_argument("files", metavar="FILE", nargs="+", help="a .toml file, or a name")


def _add_bench(commands: Any) -> None:
    what = "measure speed and memory here; prints one line of JSON"
    flags = command(commands, "bench", look.bench, what)
    flags.add_argument("scenario", metavar="SCENARIO", nargs="?", default="continued")


def _add_serve(commands: Any) -> None:
    what = "open the web page, on this machine only (127.0.0.1)"
    flags = command(commands, "serve", look.serve, what)
    flags.add_argument("--port", type=int, default=8765, metavar="N", help="default 8765")


def _run_flags(one: argparse.ArgumentParser) -> None:
    setting_flags(one)
    ensemble_flags(one)
    prior_flag(one)
    one.add_argument("--labs", action="store_true", help="write labs.parquet too, a row a lab")
