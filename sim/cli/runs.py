"""Commands that run scenarios and write tables and figures: run and compare."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli import FINE, INTERRUPTED, PARTIAL
from sim.cli.asked import (
    all_failed,
    drawn,
    failed,
    how,
    policy_of,
    saved_at,
    say_doubts,
    scenario_of,
    written,
)
from sim.cli.naming import (
    Question,
    file_name,
    fingerprint_of,
    folder_for,
    name_of,
    question_in,
    question_of,
    say_what_goes,
)
from sim.errors import BadInput, clean

if TYPE_CHECKING:
    from sim.inputs.policy import Policy
    from sim.inputs.scenario import Scenario
    from sim.outputs.comparison import Comparison
    from sim.outputs.results import Results

WORLDS_BY_LAB = 100  # of the figure by lab, where no more was kept by lab
Cases = list[tuple["Scenario", "Policy"]]


def run(chosen: argparse.Namespace) -> int:
    """One scenario under one policy, or what a manifest tells of, again."""
    if saved := saved_at(chosen.scenario):
        return _again(chosen, saved)
    scenario = scenario_of(chosen.scenario, chosen.settings, chosen.prior)
    return _carry_out(chosen, [(scenario, policy_of(chosen.policy))], how(chosen))


def compare(chosen: argparse.Namespace) -> int:
    """Two scenarios, or one with and without policies, world by world; or two saved runs."""
    from sim.inputs.policy import Policy

    saved = [saved_at(name) for name in (chosen.scenario, chosen.other) if name is not None]
    if any(saved):
        return _compare_saved(chosen, saved)
    policy = policy_of(chosen.policy)
    if chosen.other is None and not policy.names:
        raise BadInput("compare: nothing to compare with. Name a second scenario or a --policy.")
    first = scenario_of(chosen.scenario, chosen.settings, chosen.prior)
    if chosen.other is None:
        return _carry_out(chosen, [(first, Policy()), (first, policy)], how(chosen))
    second = scenario_of(chosen.other, chosen.settings, chosen.prior)
    return _carry_out(chosen, [(first, policy), (second, policy)], how(chosen))


def _carry_out(
    chosen: argparse.Namespace, cases: Cases, how_to: dict[str, Any], name: str = ""
) -> int:
    """Run, write the folder as a whole, print the table; 3 if anything failed."""
    from sim.economy.measures import MEASURES, OF_THE_MARKET
    from sim.outputs.folder import replaced
    from sim.outputs.tables import refuse_full_disk
    from sim.running.ensemble import Interrupted, run_all
    from sim.running.room import bytes_a_world

    say_doubts(*(list(dict.fromkeys(side)) for side in zip(*cases, strict=True)))
    how_to = {"measures": None if chosen.labs else OF_THE_MARKET, **how_to}
    kept = how_to["measures"]
    if chosen.labs and not (kept is None or any("lab" in MEASURES[name].dims for name in kept)):
        raise BadInput(
            "--labs: that run kept no measure by lab. Leave --labs out, or run its scenario anew."
        )
    question = question_of(cases, how_to)
    folder = folder_for(chosen.out, name or name_of(chosen, cases), question)
    need = sum(bytes_a_world(scenario, how_to["measures"]) for scenario, _ in cases)
    refuse_full_disk(folder, need * how_to["worlds"])
    with replaced(folder) as part:
        try:
            results = run_all(cases, **how_to)
        except Interrupted as stop:
            return _keep(chosen, stop.results, _places_of_stopped(folder, question))
        status = PARTIAL if failed(results) else FINE
        for one in results:
            if not one.worlds:
                return all_failed(one)
        runs, change = _paired(results)
        _say_notes(change)
        say_what_goes(folder, question)
        figures, status_of_figures = _write(chosen, runs, change, part, (cases, how_to))
    _print(chosen, runs, change, folder, figures)
    return max(status, status_of_figures)


def _again(chosen: argparse.Namespace, manifest: Path) -> int:
    """The run of a manifest once more, with the same numbers."""
    from sim.outputs.tables import LABS
    from sim.running.again import again
    from sim.version import versions

    _nothing_else(chosen)
    told = again(manifest)
    changed = [
        f"{x} {told.versions.get(x)}"
        for x, now in versions().items()
        if told.versions.get(x) != now
    ]
    if changed:
        said = f"It was made with {', '.join(changed)}: last digits may differ."
        print(clean(said), file=sys.stderr)
    chosen.labs = chosen.labs or (manifest.parent / LABS).is_file()
    how_to = how(chosen) | {"worlds": told.worlds, "seed": told.seed, "measures": told.measures}
    how_to |= {"design": told.design, "common_luck": told.common_luck}
    return _carry_out(chosen, told.cases, how_to, manifest.absolute().parent.name)


def _compare_saved(chosen: argparse.Namespace, saved: list[Path | None]) -> int:
    """Two saved runs, world by world; of one folder, its own comparison again."""
    from sim.outputs.comparison import compare
    from sim.outputs.folder import replaced
    from sim.outputs.results import Results
    from sim.outputs.tables import LABS

    paths = [path for path in saved if path is not None]
    if len(paths) < len(saved):
        raise BadInput(
            "compare: one is a saved run and the other is not. Give two scenarios or two folders."
        )
    if len(paths) == 1:
        return _again(chosen, paths[0])
    _nothing_else(chosen)
    baseline, changed = (Results.load(path) for path in paths)
    change = compare(changed, baseline)
    _say_notes(change)
    names = [path.absolute().parent.name for path in paths]
    told = {name: one.manifest() for name, one in change.runs.items()}
    question = question_in({"runs": told}) or []
    folder = folder_for(chosen.out, file_name("-vs-".join(names)), question)
    chosen.labs = chosen.labs or all((path.parent / LABS).is_file() for path in paths)
    with replaced(folder) as part:
        say_what_goes(folder, question)
        figures, status = _write(chosen, change.runs, change, part)
    _print(chosen, change.runs, change, folder, figures)
    return status


def _say_notes(change: Comparison | None) -> None:
    for note in change.notes if change is not None else ():
        print(clean(note), file=sys.stderr)


def _paired(results: list[Results]) -> tuple[dict[str, Results], Comparison | None]:
    """The runs by name, and their comparison if there are two."""
    from sim.outputs.comparison import compare

    if len(results) == 1:
        return {results[0].name: results[0]}, None
    change = compare(results[1], results[0])
    return change.runs, change


def _write(
    chosen: argparse.Namespace,
    runs: dict[str, Results],
    change: Comparison | None,
    part: Path,
    asked: tuple[Cases, dict[str, Any]] | None = None,
) -> tuple[list[Path], int]:
    """Tables, manifest and figures; the names of the figures. `asked` is what was run, and how."""
    from sim.outputs import tables

    tables.write(runs, part, chosen.labs, None if change is None else change.change_rows())
    return drawn(chosen, lambda: _draw(runs, part, asked))


def _draw(
    runs: dict[str, Results], folder: Path, asked: tuple[Cases, dict[str, Any]] | None
) -> list[Path]:
    from sim.plots import BY_LAB, save_figures

    told = all(need in one for one in runs.values() for need in BY_LAB)
    by_lab = runs if told or asked is None else _by_lab(runs, *asked)
    return save_figures(runs, folder, by_lab)


def _by_lab(runs: dict[str, Results], cases: Cases, how_to: dict[str, Any]) -> dict[str, Results]:
    """The first worlds once more, for the figures by lab: to keep that of all takes much memory."""
    from sim.plots import BY_LAB
    from sim.running.ensemble import run_all

    few = min(how_to["worlds"], WORLDS_BY_LAB)
    design = how_to.get("design")
    if design is not None:
        design = {name: column[:few] for name, column in design.items()}
    less = {"worlds": few, "design": design, "measures": BY_LAB, "progress": False}
    return dict(zip(runs, run_all(cases, **how_to | less), strict=True))


def _print(
    chosen: argparse.Namespace,
    runs: dict[str, Results],
    change: Comparison | None,
    folder: Path,
    figures: list[Path],
) -> None:
    from sim.outputs import reckoned, report

    if chosen.quiet:
        return
    changes = None
    if change is not None:
        shown = report.shown_in(change.measures)
        changes = change.table(shown, report.dates_within(change.quarters)) if shown else None
    tables = (report.table(runs, changes), reckoned.who_earns(runs), reckoned.who_fails(runs))
    said = "\n\n".join([*filter(None, tables), report.ledger_line(runs)])
    print("\n".join(map(clean, said.split("\n"))))
    print(written("Tables", folder, figures))


def _places_of_stopped(folder: Path, question: Question) -> Iterator[Path]:
    """Where to keep what was stopped: beside the folder, or wherever that cannot be refused."""
    whole = folder.resolve()
    name = f"{whole.name or 'run'}-stopped"
    shown = folder if folder.name == whole.name else whole
    yield shown.with_name(name) if whole.name else whole / name
    yield whole.parent / f"{name}-{fingerprint_of(question)}"
    yield Path(tempfile.mkdtemp(prefix=f"{name}-"))


def _keep(chosen: argparse.Namespace, results: list[Results], places: Iterable[Path]) -> int:
    """What came through before the run was stopped, in the first place that takes it."""
    from sim.outputs import tables
    from sim.outputs.folder import replaced

    worlds = min(one.worlds for one in results)
    if not worlds:
        print(
            "\nStopped before any block of worlds was finished, so nothing is written. "
            "The same command begins again.",
            file=sys.stderr,
        )
        return INTERRUPTED
    runs, change = _paired(results)
    rows = None if change is None else change.change_rows()
    for folder in places:
        try:
            with replaced(folder) as part:
                tables.write(runs, part, chosen.labs, rows)
            break
        except (BadInput, OSError) as error:
            refused: Exception = error
    else:
        raise refused
    print(
        f"\nStopped. {worlds:,} worlds of {results[0].about['worlds']:,} came through; their "
        f"tables are in {folder}. The same command runs all of them.",
        file=sys.stderr,
    )
    return INTERRUPTED


def _nothing_else(chosen: argparse.Namespace) -> None:
    """A saved run says what it is; a flag that says otherwise is a mistake."""
    flags = ("policy", "settings", "prior", "worlds", "seed")
    given = [name for name in flags if getattr(chosen, name) not in (None, [], False)]
    if given:
        names = ", ".join(f"--{name}".replace("settings", "set") for name in given)
        raise BadInput(
            f"{names}: a saved run says that itself. Leave it out, or name the scenario instead."
        )
