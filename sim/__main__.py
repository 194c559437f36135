"""The command line: python -m sim run, compare, show, validate, bench, serve."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim import __version__
from sim.errors import BadInput

if TYPE_CHECKING:
    from sim.policy import Policy
    from sim.results import Results
    from sim.scenario import Scenario

FINE, BAD_INPUT, PARTIAL, INTERRUPTED = 0, 2, 3, 130

EXAMPLES = """examples:
  python -m sim show                                   what there is to choose from
  python -m sim compare continued plateau              two storylines, 1,000 worlds each
  python -m sim compare continued --policy compute_levy   a policy against its own baseline
  python -m sim run data_wall --worlds 200 --seed 7 --set demand.elasticity=0.9
  python -m sim show continued scaling                 every dial of one subject

exit status: 0 fine, 2 bad input (nothing is written), 3 some worlds failed, 130 stopped by Ctrl-C
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and say how it ended (0, 2, 3 or 130)."""
    try:
        chosen = parser().parse_args(arguments)
        return int(chosen.command(chosen))
    except BadInput as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("\nStopped. Files that were finished are kept; none is half-written.",
              file=sys.stderr)  # fmt: skip
        return INTERRUPTED
    except BrokenPipeError:  # the reader (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return FINE


def parser() -> argparse.ArgumentParser:
    """Every command and flag, with units and examples."""
    form = argparse.RawDescriptionHelpFormatter
    top = argparse.ArgumentParser(
        prog="python -m sim",
        description="An economy of AI labs, run in many worlds. Conditional what-ifs, "
        "not forecasts.",
        epilog=EXAMPLES,
        formatter_class=form,
    )
    top.add_argument("--version", action="version", version=f"ai-industry-sim {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name: str, does: Any, what: str, more: str = "") -> argparse.ArgumentParser:
        one = commands.add_parser(
            name, help=what, description=what, epilog=more, formatter_class=form
        )
        one.set_defaults(command=does)
        return one

    run = command("run", _run, "run one scenario", "example:\n  python -m sim run plateau --labs")
    run.add_argument("scenario", metavar="SCENARIO", help="name in scenarios/, or path of a file")
    _run_flags(run)
    both = command(
        "compare",
        _compare,
        "run two scenarios, or one with and without policies, and compare world by world",
        "examples:\n  python -m sim compare continued plateau\n"
        "  python -m sim compare continued --policy compute_levy --policy compute_cap",
    )
    both.add_argument("scenario", metavar="SCENARIO", help="the baseline: name or path")
    both.add_argument(
        "other",
        metavar="SCENARIO",
        nargs="?",
        help="the other scenario; left out, the first is compared with itself under --policy",
    )
    _run_flags(both)
    show = command("show", _show, "list scenarios and policies, or every dial of a scenario")
    show.add_argument("scenario", metavar="SCENARIO", nargs="?", help="name or path")
    show.add_argument("subject", metavar="SUBJECT", nargs="?", help="scaling, labs.openai ...")
    _setting_flags(show)
    check = command("validate", _validate, "check scenario and policy files, and say what is wrong")
    check.add_argument("files", metavar="FILE", nargs="+", help="a .toml file")
    bench = command("bench", _bench, "measure speed and memory here; prints one line of JSON")
    bench.add_argument("scenario", metavar="SCENARIO", nargs="?", default="continued")
    serve = command("serve", _serve, "open the web page, on this machine only (127.0.0.1)")
    serve.add_argument("--port", type=int, default=8765, metavar="N", help="default 8765")
    return top


def _setting_flags(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--policy", action="append", default=[], metavar="NAME",
        help="a policy in scenarios/policies/, or a path; repeat to combine several",
    )  # fmt: skip
    one.add_argument(
        "--set", action="append", default=[], metavar="DIAL=VALUE", dest="settings",
        help="change a dial in its own unit (see 'show'), such as demand.elasticity=0.9, "
        "'scaling.onset=[27.5, 29.5]' (a 90 %% interval) or end=2030-Q4; repeatable",
    )  # fmt: skip


def _run_flags(one: argparse.ArgumentParser) -> None:
    _setting_flags(one)
    add = one.add_argument
    add("--worlds", type=int, default=1000, metavar="N", help="draws of what is uncertain (1000)")
    add("--seed", type=int, default=0, metavar="N", help="same seed, same numbers (0)")
    add("--out", type=Path, metavar="DIR", help="folder for tables and figures (outputs/NAME)")
    add("--labs", action="store_true", help="write labs.parquet too, a row a lab")
    add("--workers", type=int, metavar="N", help="processes (default: one a processor)")
    add("--no-figures", action="store_true", help="write tables only")
    add("--quiet", action="store_true", help="print nothing but problems")


def _run(chosen: argparse.Namespace) -> int:
    from sim.ensemble import run_all

    scenario, policy = _scenario(chosen.scenario, chosen.settings), _policy(chosen.policy)
    folder = _folder(chosen.out, "-with-".join([scenario.name, *policy.names]))
    results = run_all([(scenario, policy)], **_how(chosen))
    return _report(chosen, {r.name: r for r in results}, folder)


def _compare(chosen: argparse.Namespace) -> int:
    from sim.ensemble import run_all
    from sim.policy import Policy

    policy = _policy(chosen.policy)
    if chosen.other is None and not policy.names:
        raise BadInput("compare: nothing to compare with. Name a second scenario or a --policy.")
    first = _scenario(chosen.scenario, chosen.settings)
    if chosen.other is None:
        cases, other = [(first, Policy()), (first, policy)], "-and-".join(policy.names)
    else:
        second = _scenario(chosen.other, chosen.settings)
        cases, other = [(first, policy), (second, policy)], second.name
    folder = _folder(chosen.out, f"{first.name}-vs-{other}")
    baseline, changed = run_all(cases, **_how(chosen))
    return _report(chosen, {"baseline": baseline, "changed": changed}, folder)


def _show(chosen: argparse.Namespace) -> int:
    from sim import listing

    if chosen.scenario is None:
        print(listing.choices())
    else:
        scenario, policy = _scenario(chosen.scenario, chosen.settings), _policy(chosen.policy)
        print(listing.dials(scenario, policy, chosen.subject))
    return FINE


def _validate(chosen: argparse.Namespace) -> int:
    from sim.policy import Policy
    from sim.reading import read_toml
    from sim.scenario import Scenario

    wrong: list[str] = []
    for file in map(Path, chosen.files):
        try:
            if "law" in read_toml(file) or file.resolve().parent.name == "policies":
                print(f"{file}: fine, a policy: {Policy.load(file).title}")
            else:
                print(f"{file}: fine, a scenario: {Scenario.load(file).title}")
        except BadInput as error:
            wrong += error.problems
    if wrong:
        raise BadInput(*wrong)
    return FINE


def _bench(chosen: argparse.Namespace) -> int:
    import json

    from sim.bench import bench

    print(json.dumps(bench(_scenario(chosen.scenario, []))))
    return FINE


def _serve(chosen: argparse.Namespace) -> int:
    from sim.app import serve

    return int(serve(port=chosen.port) or FINE)


def _scenario(name: str, settings: Sequence[str]) -> Scenario:
    from sim.scenario import Scenario

    scenario = Scenario.load(name)
    changes = dict(_setting(text) for text in settings)
    for dial in changes:
        if any(other.startswith(f"{dial}.") for other in changes):
            raise BadInput(f"--set: '{dial}' is a group, not a dial. Write subject.dial=0.9.")
    return scenario.change(changes, where="--set") if changes else scenario


def _policy(names: Sequence[str]) -> Policy:
    from sim.policy import Policy

    return sum((Policy.load(name) for name in names), Policy())


def _setting(text: str) -> tuple[str, Any]:
    """'demand.elasticity=0.9' as a dial and a value; a value that is no TOML is taken as a name."""
    import tomllib

    dial, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not dial or not value:
        raise BadInput(f"--set: '{text}' sets nothing. Write a dial and a value: subject.dial=0.9.")
    try:
        said = tomllib.loads(f"value = {value}")["value"]
    except ValueError:
        said = value
    return dial, tuple(said) if isinstance(said, list) else said


def _folder(out: Path | None, name: str) -> Path:
    """Where to write, found writable before the run and not after it."""
    safe = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in name)
    folder = out or Path("outputs") / safe
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise BadInput(f"--out: cannot write to '{folder}'. Choose another folder.")
    return folder


def _how(chosen: argparse.Namespace) -> dict[str, Any]:
    from sim.measures import OF_THE_MARKET

    return {
        "worlds": chosen.worlds,
        "seed": chosen.seed,
        "workers": chosen.workers,
        "progress": not chosen.quiet,
        "measures": None if chosen.labs else OF_THE_MARKET,
    }


def _report(chosen: argparse.Namespace, results: dict[str, Results], folder: Path) -> int:
    """Write the folder, print the table; 3 if any block of worlds failed."""
    from sim import report, tables
    from sim.study import compare

    status = FINE
    for r in results.values():
        for failure in r.failures:
            status = PARTIAL
            print(f"{r.name}: worlds {failure.first_world} to {failure.last_world} failed: "
                  f"{failure.error}", file=sys.stderr)  # fmt: skip
    if not all(r.worlds for r in results.values()):
        print("No world came through, so nothing is written. The last traceback:", file=sys.stderr)
        print(next(r for r in results.values() if not r.worlds).failures[-1].traceback,
              file=sys.stderr)  # fmt: skip
        return PARTIAL
    changes = None
    if len(results) == 2:
        comparison = compare(results["changed"], results["baseline"])
        results = {comparison.b_name: comparison.b, comparison.a_name: comparison.a}
        shown = [name for name in report.HEADLINES if name in comparison.measures]
        changes = comparison.table(shown, report.dates_within(comparison.quarters))
        comparison.save(folder, chosen.labs)
    else:
        tables.save(results, folder, chosen.labs)
    if not chosen.quiet:
        print(report.table(results, changes), report.ledger_line(results), sep="\n\n")
    figures: list[Path] = []
    if not chosen.no_figures:
        try:
            from sim.plots import save_figures

            figures = save_figures(results, folder)
        except Exception as error:  # the tables are written: better some than none
            print(f"The figures failed: {type(error).__name__}: {error}", file=sys.stderr)
            status = PARTIAL
    if not chosen.quiet:
        drawn = f", and {len(figures)} figures such as {figures[0].name}" if figures else ""
        print(f"Tables are in {folder}{drawn}.")
    return status


if __name__ == "__main__":
    sys.exit(main())
