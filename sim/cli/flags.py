"""Commands and the flags that several of them take, each said once."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

Command = Callable[[argparse.Namespace], int]


def command(
    commands: Any, name: str, does: Command, what: str, more: str = ""
) -> argparse.ArgumentParser:
    """A command: what its help says, and the function that does it."""
    form = argparse.RawDescriptionHelpFormatter
    flags: argparse.ArgumentParser = commands.add_parser(
        name, help=what, description=what, epilog=more, formatter_class=form
    )
    flags.set_defaults(command=does)
    return flags


def scenario_or_continued(flags: argparse.ArgumentParser) -> None:
    flags.add_argument(
        "scenario",
        metavar="SCENARIO",
        nargs="?",
        default="continued",
        help="name or path (continued)",
    )


def setting_flags(flags: argparse.ArgumentParser) -> None:
    flags.add_argument(
        "--policy",
        action="append",
        default=[],
        metavar="NAME",
        help="a policy in scenarios/policies/, or a path; repeat to combine several",
    )
    set_flag(flags)


def set_flag(flags: argparse.ArgumentParser) -> None:
    flags.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="DIAL=VALUE",
        dest="settings",
        help="change a dial in its own unit (see 'show'), such as demand.elasticity=0.9, "
        "'scaling.onset=[27.5, 29.5]' (a 90 %% interval) or end=2030-Q4; repeatable",
    )


def prior_flag(flags: argparse.ArgumentParser) -> None:
    help = "draw every dial from its stated range, ignoring any calibration"
    flags.add_argument("--prior", action="store_true", help=help)


def _folder(name: str) -> Path:
    if not name.strip():
        raise argparse.ArgumentTypeError("an empty name is no folder. Give one such as out/mine")
    return Path(name)


def ensemble_flags(flags: argparse.ArgumentParser) -> None:
    add = flags.add_argument
    add("--worlds", type=int, metavar="N", help="draws of what is uncertain (1000)")
    add("--seed", type=int, metavar="N", help="same seed, same numbers (0)")
    add(
        "--out",
        type=_folder,
        metavar="DIR",
        help="folder for tables and figures; a run that is there is replaced (default: outputs/ "
        "and a name that tells scenarios, policies, dials, seed and worlds)",
    )
    workers_flag(flags)
    add("--no-figures", action="store_true", help="write tables only")
    quiet_flag(flags)


def record_flag(flags: argparse.ArgumentParser) -> None:
    flags.add_argument(
        "--record", type=Path, metavar="FILE", help="observations (default: the shipped ones)"
    )


def seed_flag(flags: argparse.ArgumentParser) -> None:
    flags.add_argument(
        "--seed", type=int, default=0, metavar="N", help="same seed, same numbers (0)"
    )


def workers_flag(flags: argparse.ArgumentParser) -> None:
    flags.add_argument(
        "--workers", type=int, metavar="N", help="processes (default: one a processor)"
    )


def quiet_flag(flags: argparse.ArgumentParser) -> None:
    flags.add_argument("--quiet", action="store_true", help="print nothing but problems")
