"""What a run's folder is called, so that another question has another folder."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli.asked import SEED, WORLDS, setting_of

if TYPE_CHECKING:
    from sim.inputs.policy import Policy
    from sim.inputs.scenario import Scenario

LONGEST = 100  # bytes of a name; a longer one is cut and ends in a fingerprint
Question = list[list[Any]]  # scenario, policy, seed, worlds and design of every run


def name_of(chosen: argparse.Namespace, cases: Sequence[tuple[Scenario, Policy]]) -> str:
    """Scenarios and policies, then all that is not as by default: continued+compute_levy-seed7."""
    sides = ["+".join([scenario.name, *policy.names]) for scenario, policy in cases]
    if len(cases) == 2 and cases[0][0] is cases[1][0]:  # a policy against its own baseline
        sides = [cases[0][0].name, "+".join(cases[1][1].names)]
    parts = ["-vs-".join(sides), *unusual(chosen)]
    return file_name("-".join(parts))


def unusual(chosen: argparse.Namespace) -> list[str]:
    """What was asked for and is not as by default: seed, worlds, dials and such, for a name."""
    parts = [f"seed{chosen.seed}"] if chosen.seed not in (None, SEED) else []
    parts += [f"worlds{chosen.worlds}"] if chosen.worlds not in (None, WORLDS) else []
    parts += [flag for flag in ("prior", "labs") if getattr(chosen, flag, False)]
    for dial, value in sorted(dict(map(setting_of, chosen.settings)).items()):
        said = "..".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        parts.append(f"{dial}={said}")
    return parts


def file_name(name: str) -> str:
    """A name that is one folder's anywhere: no odd letters, no leading dot, not too long."""
    safe = "".join(
        letter if letter.isalnum() or letter in "-_.+=" else "-" for letter in name
    ).strip(".- ")
    short = safe.encode("utf-8", "replace")[:LONGEST].decode("utf-8", "ignore")
    return short if short and short == name else f"{short or 'run'}-{_fingerprint(name)}"


def question_of(
    cases: Sequence[tuple[Scenario, Policy]], worlds: int, seed: int, design: str | None = None
) -> Question:
    """What tells this run from any other; `design` is its text."""
    return [[scenario.hash, policy.hash, seed, worlds, design] for scenario, policy in cases]


def question_in(record: Mapping[str, Any] | None) -> Question | None:
    """The question that a manifest answers; None if it does not say."""
    from sim.outputs.saved import runs_in

    if record is None:
        return None
    keys = ("scenario_hash", "policy_hash", "seed", "worlds", "design")
    return [[one.get(key) for key in keys] for one in runs_in(record).values()]


def apart(folder: Path, question: Question) -> Path:
    """The folder itself; with a fingerprint after its name if it holds another question."""
    from sim.outputs.folder import record_of

    other = question_in(record_of(folder))
    if other is None or other == question:
        return folder
    return folder.with_name(f"{folder.name}-{_fingerprint(json.dumps(question))}")


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:6]
