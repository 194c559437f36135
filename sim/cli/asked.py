"""What a command was asked for: scenario, policy, dials, folder; and what failed of it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli import FINE, INTERRUPTED, PARTIAL
from sim.errors import BadInput, clean

if TYPE_CHECKING:
    from sim.inputs.policy import Policy
    from sim.inputs.scenario import Scenario
    from sim.outputs.results import Failure, Results

WORLDS, SEED = 1000, 0  # unless something else is asked for
MOST_LINES = 12  # about worlds that failed


def scenario_of(name: str, settings: Sequence[str], prior: bool = False) -> Scenario:
    """A scenario by name or path, with the dials that were set; `prior`: without calibration."""
    from sim.inputs.scenario import Scenario

    scenario = Scenario.load(name)
    changes: dict[str, Any] = {}
    for dial, value in map(setting_of, settings):
        if dial in changes:
            raise BadInput(f"--set: '{dial}' is set twice. Leave one out.")
        changes[dial] = value
    for dial in changes:
        if any(other.startswith(f"{dial}.") for other in changes):
            raise BadInput(f"--set: '{dial}' is a group, not a dial. Write subject.dial=0.9.")
    if changes:
        scenario = scenario.change(changes, where="--set")
    return scenario.without_calibration() if prior else scenario


def known_labs(labs: Iterable[str]) -> list[str]:
    """Labs that a record may name: the scenario's and those of the base scenario.

    A row about a lab that this scenario leaves out is counted as such; any other name is a mistake.
    """
    from sim.inputs.scenario import Scenario

    names = list(labs)
    try:
        names += Scenario.load("continued").labs
    except BadInput:  # no such file here: the scenario's own labs are all that is known
        pass
    return list(dict.fromkeys(names))


def dates_of(given: Mapping[str, str | None]) -> None:
    """BadInput, by the flag that it was given with, if one of these is no date."""
    from sim.history.record.periods import date_asked

    for flag, date in given.items():
        if date is not None:
            date_asked(flag, date)


def policy_of(names: Sequence[str]) -> Policy:
    """Policies by name or path, combined."""
    from sim.inputs.loading import policy_from

    return policy_from(names)


def say_doubts(scenarios: Sequence[Scenario], policies: Sequence[Policy] = ()) -> None:
    """Say aloud what may be used as it is said, but is hardly meant so."""
    from sim.inputs.doubts import doubts_of

    for doubt in doubts_of(scenarios, policies):
        print(clean(doubt), file=sys.stderr)


def setting_of(text: str) -> tuple[str, Any]:
    """'demand.elasticity=0.9' as a dial and a value; a value that is no TOML is taken as a name."""
    from sim.errors import quoted
    from sim.inputs.text_file import read_toml_text

    dial, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not dial or not value:
        raise BadInput(
            f"--set: {quoted(text)} sets nothing. Write a dial and a value: subject.dial=0.9."
        )
    if "\n" in value or "\r" in value:
        raise BadInput(f"--set: {quoted(text)} has more than one line. Repeat --set for each dial.")
    try:
        said = read_toml_text(f"value = {value}", f"--set {quoted(dial)}")["value"]
    except BadInput as error:
        if "is not TOML" not in str(error):
            raise
        said = value
    return dial, said


def saved_at(name: str) -> Path | None:
    """The manifest of a saved run that a name means: the file, or a folder with one.

    A bare name is that of a scenario, if there is one.
    """
    from sim.inputs.toml_files import find_any
    from sim.outputs.folder import MANIFEST, record_of

    path = Path(name)
    if path.suffix == ".json":
        return path
    if not os.path.isdir(path):
        return None
    if path.name == name:
        try:
            find_any(name)
            return None
        except BadInput:
            pass
    return path / MANIFEST if record_of(path) is not None or path.name != name else None


def folder_of(out: Path | None, name: str) -> Path:
    """Where to write, found writable before the run and not after it."""
    safe = "".join(letter if letter.isalnum() or letter in "-_.+=" else "-" for letter in name)
    folder = out or Path("outputs") / safe
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise BadInput(f"--out: cannot write to '{folder}'. Choose another folder.")
    return folder


def drawn(chosen: argparse.Namespace, draw: Callable[[], list[Path]]) -> tuple[list[Path], int]:
    """The figures, unless none were wanted; the tables stay if drawing fails or is stopped."""
    if chosen.no_figures:
        return [], FINE
    try:
        return draw(), FINE
    except KeyboardInterrupt:
        print("\nStopped while drawing: the tables are kept.", file=sys.stderr)
        return [], INTERRUPTED
    except Exception as error:
        print(f"The figures failed: {type(error).__name__}: {error}", file=sys.stderr)
        return [], PARTIAL


def written(what: str, folder: Path, figures: Sequence[Path]) -> str:
    """Where everything is."""
    more = f", and {len(figures)} figures such as {figures[0].name}" if figures else ""
    return f"{what} are in {folder}{more}."


def not_foreign(path: Path, ending: str, begins: str) -> None:
    """Refuse a name that is none for such a file, or a file that this program did not write."""
    if path.suffix != ending or path.is_dir():
        raise BadInput(
            f"--out: '{path}' cannot be used. Give the name of a file that ends in {ending}."
        )
    if path.is_file() and not path.read_bytes().startswith(begins.encode()):
        raise BadInput(
            f"--out: '{path}' is a file of another kind, and would be lost. Choose "
            "another name, or remove it first."
        )


def how(chosen: argparse.Namespace) -> dict[str, Any]:
    """How an ensemble is to be run."""
    return {
        "worlds": WORLDS if chosen.worlds is None else chosen.worlds,
        "seed": SEED if chosen.seed is None else chosen.seed,
        "workers": chosen.workers,
        "progress": not chosen.quiet,
    }


def failed(results: Iterable[Results]) -> bool:
    """Say which worlds did not come through, and whether there were any."""
    lost = [(one.name, failure) for one in results for failure in one.failures]
    for name, failure in lost[:MOST_LINES]:
        said = f"{name}: {_which(failure)} failed: {failure.error}"
        print(clean(said), file=sys.stderr)
    if len(lost) > MOST_LINES:
        rest = sum(failure.worlds for _, failure in lost[MOST_LINES:])
        print(f"... and {rest:,} worlds more; the manifest names all.", file=sys.stderr)
    return bool(lost)


def _which(failure: Failure) -> str:
    if failure.worlds == 1:
        return f"world {failure.first_world}"
    return f"worlds {failure.first_world} to {failure.last_world}"


def all_failed(results: Results) -> int:
    """Say that nothing came through, and where the last traceback is; the exit status."""
    from sim.cli.faults import logged

    print(
        "No world came through, so nothing is written. "
        f"The last traceback is in {logged(results.failures[-1].traceback)}.",
        file=sys.stderr,
    )
    return PARTIAL
