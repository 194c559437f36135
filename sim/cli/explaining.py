"""The command that says why a lab spends as it does: explain."""

from __future__ import annotations

import argparse
from typing import Any

from sim.cli import FINE
from sim.cli.asked import policy_of, say_doubts, scenario_of
from sim.cli.flags import command, prior_flag, seed_flag, setting_flags
from sim.errors import BadInput


def add_explain(commands: Any) -> None:
    """The command and its flags."""
    flags = command(
        commands,
        "explain",
        explain,
        "why a lab spends as it does: uses, returns, what holds it back, and what doubt would do",
        "examples:\n  python -m sim explain continued --lab openai --at 2028 --world 7\n"
        "  python -m sim explain continued plateau --lab openai --at 2030",
    )
    add = flags.add_argument
    add("scenario", metavar="SCENARIO", help="name or path")
    add("other", metavar="SCENARIO", nargs="?", help="another, to be told beside the first")
    add("--lab", required=True, metavar="NAME", help="a lab, by its name in the scenario: openai")
    add("--at", required=True, metavar="DATE", help="2028 (its last quarter), 2028-Q3, 2028-07-01")
    add("--world", type=int, metavar="N", help="this world alone")
    add("--worlds", type=int, metavar="N", help="median and band of so many (64)")
    seed_flag(flags)
    setting_flags(flags)
    prior_flag(flags)


def explain(chosen: argparse.Namespace) -> int:
    """Tell one lab's reasons in one scenario, or in two side by side."""
    from sim.outputs.explanation import side_by_side
    from sim.running.explaining import WORLDS, explain

    if chosen.world is not None and chosen.worlds is not None:
        raise BadInput("--world, --worlds: one world, or the median of several? Leave one out.")
    names = [name for name in (chosen.scenario, chosen.other) if name is not None]
    scenarios = [scenario_of(name, chosen.settings, chosen.prior) for name in names]
    policy = policy_of(chosen.policy)
    say_doubts(scenarios, [policy])
    worlds: Any = WORLDS if chosen.worlds is None else chosen.worlds
    if chosen.world is not None:
        worlds = [chosen.world]
    told = [explain(one, chosen.lab, chosen.at, policy, worlds, chosen.seed) for one in scenarios]
    print(side_by_side(told))
    return FINE
