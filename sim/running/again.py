"""The run that a manifest tells of, ready to be made again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.economy.measures import MEASURES
from sim.errors import BadInput
from sim.inputs.design import Design, design_of_text
from sim.inputs.loading import policy_of_text, scenario_of_text
from sim.inputs.policy import Policy
from sim.inputs.scenario import Scenario
from sim.outputs.saved import manifest_in, runs_in


@dataclass(frozen=True)
class Again:
    """What `run_all` needs for the same numbers once more."""

    cases: list[tuple[Scenario, Policy]]
    worlds: int
    seed: int
    measures: tuple[str, ...] | None
    design: Design | None
    common_luck: bool
    versions: dict[str, str]  # those it was made with


def again(manifest: Path | str) -> Again:
    """From a manifest.json, or a folder with one. BadInput if it does not tell of a whole run."""
    record = manifest_in(manifest)
    runs = list(runs_in(record).values())
    try:
        for kind, name in (("backtest", "back-test"), ("forecast", "forecast")):
            if any(kind in one for one in (record, *runs)):
                raise BadInput(
                    f"{manifest}: is of a {name}, and the record is not in it. "
                    f"Use '{kind}' with the same scenario, record and dates."
                )
        if own := [chosen for one in runs for chosen in one.get("strategies", {}).items()]:
            lab, name = own[0]
            raise BadInput(
                f"{manifest}: {lab} had a strategy of somebody's own, {name}, which no file can "
                f"hold. Run it in Python: run(scenario, strategies={{{lab!r}: {name}}})."
            )
        keys = ("worlds", "seed", "design", "common_luck")
        said = [{key: one.get(key) for key in keys} for one in runs]
        if any(one != said[0] for one in said):
            raise BadInput(
                f"{manifest}: its runs differ in worlds, seed, design or luck. Run each by itself."
            )
        first = runs[0]
        design = first.get("design")
        return Again(
            [_case(one, f"{manifest}") for one in runs],
            first["worlds"],
            first["seed"],
            tuple(first["measures"])
            if set(first.get("measures", ["?"])) <= set(MEASURES)
            else None,
            None if design is None else design_of_text(design),
            first.get("common_luck", False),
            dict(record["versions"]),
        )
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise BadInput(
            f"{manifest}: does not tell of a whole run ({error} is missing or of another kind). "
            "Is it a manifest of 'run' or 'compare'?"
        ) from None


def _case(one: Mapping[str, Any], where: str) -> tuple[Scenario, Policy]:
    scenario = scenario_of_text(one["scenario_text"], str(one["scenario"]), f"{where}: scenario")
    return scenario, policy_of_text(one["policy_text"], one["policies"], f"{where}: policy")
