"""The state of an economy, saved and taken up again: named arrays in one .npz, nothing that runs.

Every number that a quarter hands to the next is an array of an actor, born in its `__init__`, or in
a frozen record that it holds; dials and luck come again from scenario, seed and worlds.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import BadInput, quoted
from sim.inputs.loading import policy_of_text, scenario_of_text
from sim.inputs.policy import Policy
from sim.inputs.scenario import Scenario
from sim.inputs.text_file import path_of
from sim.outputs.files import whole_file
from sim.units import Array
from sim.version import __version__

if TYPE_CHECKING:
    from sim.economy.model import AIEconomy

BROKEN = (zipfile.BadZipFile, zlib.error, OverflowError, NotImplementedError)
ABOUT = "about"  # the entry that tells scenario, policy, seed and quarter, as JSON
FORMAT = 1
TOLD: dict[str, type] = {
    "format": int,
    "version": str,
    "scenario": str,
    "scenario_text": str,
    "policies": list,
    "policy_text": str,
    "seed": int,
    "quarter": int,
    "date": str,
    "labs": list,
}
ACTORS = (
    "utilities",
    "chipmakers",
    "clouds",
    "clouds.elsewhere",
    "clouds.tenancy",
    "clouds.treasury",
    "hosts",
    "publishers",
    "investors",
    "lenders",
    "customers",
    "labs",
    "labs.commitments",
    "labs.planning",
    "labs.planning.offers",
    "labs.research",
    "labs.research.algorithms",
    "labs.research.learning",
    "ledger",
    "ledger.deals",
)
STRUCTURE = (
    frozenset(  # who the labs are: it comes from the scenario in force, and never from a file
        f"labs.{name}"
        for name in (
            *("open", "distils", "updates"),  # by strategy
            *("region", "members", "corporate", "entrant", "opens", "sells"),
        )
    )
)


def save(model: AIEconomy, file: Path | str) -> Path:
    """Write the state that the next quarter begins with; whole, or not at all."""
    path = path_of(file, "file of a saved state")
    if path.suffix != ".npz":
        raise BadInput(f"save: {quoted(str(file))} does not end in .npz. Give it that ending.")
    if path.exists():
        read(path)  # refuses to go over a file of another kind
    if model.own_dials:
        raise BadInput(
            "save: this economy was given dials of its own, which the state does not tell. "
            "Change the scenario instead, or run it to the end."
        )
    if model.own_strategies:
        lab, name = next(iter(model.own_strategies.items()))
        raise BadInput(
            f"save: {lab} has a strategy of your own, {name}, which no file can hold. Save an "
            "economy without it and give it to AIEconomy.restore, or run this one to the end."
        )
    about = {
        "format": FORMAT,
        "version": __version__,
        "scenario": model.scenario.name,
        "scenario_text": model.scenario.text,
        "policies": list(model.policy.names),
        "policy_text": model.policy.text,
        "seed": model.luck.seed,
        "quarter": model.quarter,
        "date": model.date,
        "labs": list(model.labs.names),
    }
    entries: dict[str, Any] = {ABOUT: np.array(json.dumps(about)), "worlds": model.worlds}
    entries |= dict(_numbers(model))
    try:
        with whole_file(path) as part, open(part, "wb") as target:
            np.savez_compressed(target, **entries)
    except (OSError, ValueError) as error:
        raise BadInput(
            f"save: {quoted(str(file))} cannot be written ({error}). Choose another place."
        ) from None
    return path


def read(file: Path | str) -> tuple[dict[str, Any], dict[str, Array]]:
    """What `save` wrote: what it is about, and the arrays. BadInput if it is no such file."""
    where = f"restore: {quoted(str(file))}"
    try:
        with np.load(path_of(file, "file of a saved state"), allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        about = json.loads(str(arrays.pop(ABOUT)))
        whole = _whole(about, arrays.get("worlds"))
    except FileNotFoundError:
        raise BadInput(f"{where}: there is no such file. Check the path.") from None
    except OSError as error:
        raise BadInput(f"{where}: cannot be read ({error}). Check the path.") from None
    except BadInput:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, *BROKEN):
        raise BadInput(
            f"{where}: is no saved state, or is damaged. Save one with AIEconomy.save."
        ) from None
    if not whole:
        raise BadInput(
            f"{where}: does not tell all of a state, or in another format than {FORMAT}. "
            "Run its scenario again, and save it."
        )
    return about, arrays


def _whole(about: Any, worlds: Array | None) -> bool:
    """Whether a file tells where its numbers come from, each entry of its kind."""
    if not isinstance(about, dict) or worlds is None:
        return False
    kinds = all(type(about.get(name)) is kind for name, kind in TOLD.items())
    if not kinds or about["format"] != FORMAT or min(about["seed"], about["quarter"]) < 0:
        return False
    names = [*about["policies"], *about["labs"]]
    numbers = worlds.ndim == 1 and worlds.dtype.kind in "iu" and worlds.size > 0
    return numbers and all(isinstance(name, str) for name in names)


def scenario_in(about: dict[str, Any], where: str) -> Scenario:
    """The scenario that the state was reached in."""
    return scenario_of_text(about["scenario_text"], about["scenario"], where)


def policy_in(about: dict[str, Any], where: str) -> Policy:
    """The policy likewise."""
    return policy_of_text(about["policy_text"], about["policies"], where)


def put_back(model: AIEconomy, about: dict[str, Any], arrays: dict[str, Array], where: str) -> None:
    """Set every actor's numbers to those saved. BadInput if labs, worlds or dates are others."""
    if about["labs"] != list(model.labs.names):
        raise BadInput(
            f"{where}: has the labs {', '.join(about['labs'])}, the scenario has "
            f"{', '.join(model.labs.names)}. Go on with a scenario of the same labs."
        )
    if about["quarter"] >= len(model.scenario.quarters):
        raise BadInput(
            f"{where}: begins after the end {model.scenario.end} of the scenario. Give one that "
            "goes on longer."
        )
    expected = dict(_numbers(model))
    if missing := [name for name in expected if name not in arrays]:
        raise BadInput(f"{where}: has no {missing[0]}, so another version saved it. Run it again.")
    for name, value in expected.items():
        kept = arrays[name]
        if value.shape != kept.shape:
            raise BadInput(
                f"{where}: {name} has shape {kept.shape}, here it is {value.shape}. "
                "Restore with the scenario and the worlds it was saved with."
            )
        if value.dtype.kind != kept.dtype.kind or (kept.dtype.kind == "f" and np.isnan(kept).any()):
            raise BadInput(f"{where}: {name} is no row of numbers any more: the file is damaged.")
    for actor in ACTORS:
        holder = _actor(model, actor)
        for name, value in vars(holder).items():
            key = f"{actor}.{name}"
            if key in STRUCTURE:
                continue
            if value is None and key in arrays:
                setattr(holder, name, arrays[key])
            elif _parts(key, value):
                setattr(holder, name, _rebuilt(key, value, arrays))


def _actor(model: AIEconomy, dotted: str) -> Any:
    holder: Any = model
    for name in dotted.split("."):
        holder = getattr(holder, name)
    return holder


def _numbers(model: AIEconomy) -> Iterator[tuple[str, Array]]:
    """Every array of every actor, by dotted name."""
    for actor in ACTORS:
        for name, value in vars(_actor(model, actor)).items():
            if (key := f"{actor}.{name}") not in STRUCTURE:
                yield from _parts(key, value)


def _parts(key: str, value: Any) -> list[tuple[str, Array]]:
    """The arrays of an attribute: itself, or those of its record, list or table; else none."""
    if isinstance(value, np.ndarray):
        return [(key, value)]
    if is_dataclass(value) and not isinstance(value, type):
        inside = [(field.name, getattr(value, field.name)) for field in fields(value)]
    elif isinstance(value, list | tuple):
        inside = [(str(place), part) for place, part in enumerate(value)]
    elif isinstance(value, dict) and all(isinstance(name, str) for name in value):
        inside = list(value.items())
    else:
        return []
    if not all(isinstance(part, np.ndarray) for _, part in inside):
        return []
    return [(f"{key}.{name}", part) for name, part in inside]


def _rebuilt(key: str, value: Any, arrays: dict[str, Array]) -> Any:
    """The same kind of thing with the arrays that were saved."""
    if isinstance(value, np.ndarray):
        return arrays[key]
    if is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in fields(value)]
        return replace(value, **{name: arrays[f"{key}.{name}"] for name in names})
    if isinstance(value, dict):
        return {name: arrays[f"{key}.{name}"] for name in value}
    return type(value)(arrays[f"{key}.{place}"] for place in range(len(value)))
