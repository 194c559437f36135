"""Commands that run no ensemble: show, validate, bench, serve."""

from __future__ import annotations

import argparse
import sys

from sim.cli import FINE
from sim.cli.asked import policy_of, say_doubts, scenario_of
from sim.errors import BadInput, clean


def show(chosen: argparse.Namespace) -> int:
    """List scenarios and policies, or the dials of one."""
    from sim.inputs import show as listing

    if chosen.scenario is None:
        print(listing.choices())
    else:
        scenario, policy = scenario_of(chosen.scenario, chosen.settings), policy_of(chosen.policy)
        say_doubts([scenario], [policy])
        print(listing.dials(scenario, policy, chosen.subject))
    return FINE


def validate(chosen: argparse.Namespace) -> int:
    """Check files, or what a name stands for, and say all that is wrong or in doubt."""
    from sim.inputs import show as listing
    from sim.inputs.doubts import doubts_of
    from sim.inputs.policy import Policy
    from sim.inputs.scenario import Scenario
    from sim.inputs.toml_files import find_any, read_toml

    wrong: list[str] = []
    scenarios: list[Scenario] = []
    policies: list[Policy] = []
    for asked in chosen.files:
        name = clean(asked)
        try:
            file = find_any(asked)
            if "law" in read_toml(file, "a scenario or policy") or file.parent.name == "policies":
                policies.append(Policy.load(file))
                print(f"{name}: fine, a policy: {policies[-1].title}")
                print(*(f"  {line}" for line in listing.laws(policies[-1])), sep="\n")
            else:
                scenarios.append(Scenario.load(file))
                print(f"{name}: fine, a scenario: {scenarios[-1].title}")
        except BadInput as error:
            wrong += error.problems
    for doubt in doubts_of(scenarios, policies):
        print(doubt, file=sys.stderr)
    if wrong:
        raise BadInput(*wrong)
    return FINE


def bench(chosen: argparse.Namespace) -> int:
    """Measure speed and memory."""
    import json

    from sim.running import bench as speed

    print(json.dumps(speed.bench(scenario_of(chosen.scenario, []))))
    return FINE


def serve(chosen: argparse.Namespace) -> int:
    """Open the page."""
    from sim import app

    return int(app.serve(port=chosen.port) or FINE)
