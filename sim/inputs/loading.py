"""Scenario and policy from whatever a caller has: an object, a name, a path, several policies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from sim.errors import BadInput, quoted
from sim.inputs.draft import Draft
from sim.inputs.plain_values import as_plain
from sim.inputs.policy import Policy
from sim.inputs.scenario import Scenario
from sim.inputs.text_file import read_toml_text

AnyScenario: TypeAlias = Scenario | str | Path
AnyPolicy: TypeAlias = Policy | str | Path | Iterable[Policy | str | Path] | None

WHOLE = "Is the manifest whole?"


def loaded(scenario: AnyScenario, policy: AnyPolicy = None) -> tuple[Scenario, Policy]:
    """Both as objects; several policies are combined. BadInput if one cannot be used."""
    return scenario_from(scenario), policy_from(policy)


def scenario_from(given: AnyScenario) -> Scenario:
    """A scenario by name or path, or as it is."""
    if isinstance(given, np.ndarray):
        given = as_plain(given, "scenario")
    if isinstance(given, Scenario):
        return given
    if isinstance(given, (str, Path)):
        return Scenario.load(given)
    raise BadInput(
        f"scenario: {quoted(given)} is no scenario. Give a name such as 'continued', a path, or "
        "Scenario.load(...)."
    )


def policy_from(given: AnyPolicy) -> Policy:
    """A policy by name or path, as it is, or several combined; None changes nothing."""
    if isinstance(given, np.ndarray):
        given = as_plain(given, "policy")
    if given is None:
        return Policy()
    if isinstance(given, Policy):
        return given
    if isinstance(given, (str, Path)):
        return Policy.load(given)
    if isinstance(given, Iterable) and not isinstance(given, (Mapping, bytes)):
        return sum((policy_from(one) for one in given), Policy())
    raise BadInput(
        f"policy: {quoted(given)} is no policy. Give a name such as 'compute_levy', a path, "
        "Policy.load(...), or a list of them."
    )


def scenario_of_text(text: str, name: str, where: str) -> Scenario:
    """The scenario whose `text` this is, as a manifest keeps it. BadInput if it is none."""
    draft = Draft()
    draft.add(read_toml_text(text, where, WHOLE), where)
    return Scenario(name=name, **draft.finish())


def policy_of_text(text: str, names: Iterable[str], where: str) -> Policy:
    """The policy whose `text` this is, as a manifest keeps it. BadInput if it is none."""
    if not text:
        return Policy()
    says = read_toml_text(text, where, WHOLE)
    law = says.get("law", {})
    policy = Policy.of(law if isinstance(law, dict) else {}, where)
    return replace(
        policy,
        names=tuple(names),
        title=str(says.get("title", "")),
        source=str(says.get("source", "")),
    )
