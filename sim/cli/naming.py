"""What a run's folder is called, so that another question has another folder."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli.asked import SEED, WORLDS, folder_of, setting_of
from sim.errors import clean

if TYPE_CHECKING:
    from sim.inputs.policy import Policy
    from sim.inputs.scenario import Scenario

LONGEST = 100  # bytes of a name; a longer one is cut and ends in a fingerprint
KEYS = ("scenario_hash", "policy_hash", "seed", "worlds", "design")
Question = list[list[Any]]  # these of every run, its luck and its measures


def name_of(chosen: argparse.Namespace, cases: Sequence[tuple[Scenario, Policy]]) -> str:
    """Scenarios and policies, then all that is not as by default: continued+compute_levy-seed7."""
    sides = ["+".join([scenario.name, *policy.names]) for scenario, policy in cases]
    if len(cases) == 2 and cases[0][0] is cases[1][0]:  # a policy against its own baseline
        sides = [cases[0][0].name, "+".join(cases[1][1].names)]
    parts = ["-vs-".join(sides), *unusual(chosen)]
    return file_name("-".join(parts))


def named_by_dates(chosen: argparse.Namespace, kind: str, dates: Mapping[str, str | None]) -> str:
    """The folder of a question put to a record: another one, other dates or dials have another.

    `dates` by the flags that they were given with.
    """
    asked = {"record": chosen.record and chosen.record.stem, **dates}
    dated = [f"{flag.removeprefix('--')}={value}" for flag, value in asked.items() if value]
    return file_name("-".join([kind, *dated, *unusual(chosen)]))


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
    cases: Sequence[tuple[Scenario, Policy]],
    how_to: Mapping[str, Any],
    record: Mapping[str, Any] | None = None,
    kind: str = "backtest",
) -> Question:
    """What tells this run from any other: how it is to be run, and what it has to do with a record.

    `kind`: "backtest" if it is held to the record, "forecast" if it goes on from there.
    """
    from sim.economy.measures import MEASURES
    from sim.inputs.design import text_of_design

    names = how_to.get("measures")
    design = how_to.get("design")
    told = {
        "seed": how_to["seed"],
        "worlds": how_to["worlds"],
        "design": None if design is None else text_of_design(design),
        "common_luck": how_to.get("common_luck", False),
        "measures": list(MEASURES if names is None else names),
        kind: None if record is None else dict(record),
    }
    hashes = [{"scenario_hash": one.hash, "policy_hash": law.hash} for one, law in cases]
    return [_asked(told | both) for both in hashes]


def question_in(record: Mapping[str, Any] | None) -> Question | None:
    """The question that a manifest answers; None if it does not say."""
    from sim.outputs.saved import runs_in

    if record is None:
        return None
    return [_asked(one) for one in runs_in(record).values()]


def _asked(one: Mapping[str, Any]) -> list[Any]:
    """The part of a question that one run is; a back-test says itself what it is held to, and a
    forecast where it begins and ends."""
    for kind in ("backtest", "forecast"):
        if one.get(kind) is not None:
            return [kind, one.get("seed"), one.get("worlds"), one[kind]]
    measures = sorted(map(str, one.get("measures") or ()))
    return [*(one.get(key) for key in KEYS), bool(one.get("common_luck", False)), measures]


def apart(folder: Path, question: Question) -> Path:
    """The folder itself; with a fingerprint after its name if it holds another question."""
    from sim.outputs.folder import record_of

    other = question_in(record_of(folder))
    if other is None or other == question:
        return folder
    return folder.with_name(f"{folder.name}-{fingerprint_of(question)}")


def folder_for(out: Path | None, name: str, question: Question) -> Path:
    """The folder that was asked for, or one of this name that holds no other question."""
    folder = folder_of(out, name)
    return folder if out is not None else apart(folder, question)


def say_what_goes(folder: Path, question: Question) -> None:
    """A folder that was asked for may hold another question; that is said."""
    from sim.outputs.folder import record_of
    from sim.outputs.saved import runs_in

    record = record_of(folder)
    if record is not None and question_in(record) != question:
        one = next(iter(runs_in(record).values()))
        what = (
            f"{' and '.join(runs_in(record))}, seed {one.get('seed')}, {one.get('worlds')} worlds"
        )
        print(clean(f"{folder}: replaces what was there ({what})."), file=sys.stderr)


def fingerprint_of(question: Question) -> str:
    """Six letters that stand for a question in a name."""
    return _fingerprint(json.dumps(question))


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:6]
