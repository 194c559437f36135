"""A small golden file: medians of 16 worlds, so that no change of results goes unseen.

After a change that is meant: `python tests/test_golden.py --refresh`, look at the diff of
golden.csv, and write a line "Changes results:" in CHANGELOG.md.
"""

import csv
import sys
from pathlib import Path

import numpy as np

FILE = Path(__file__).parent / "golden.csv"
WORLDS, SEED = 16, 0
CLOSE = 1e-8
REFRESH = "python tests/test_golden.py --refresh"
ROWS = [
    ("continued", quarter, measure)
    for quarter, measures in (
        ("2022-Q4", ("revenue", "chips", "rent")),
        ("2024-Q4", ("revenue", "tokens", "rent", "capability", "training_run", "price_constant")),
        ("2030-Q4", ("revenue", "capability", "chips", "power", "valuation", "hhi", "open_share")),
        ("2040-Q4", ("revenue", "capability", "profit", "surplus")),
    )
    for measure in measures
] + [
    ("plateau", quarter, measure)
    for quarter in ("2030-Q4", "2040-Q4")
    for measure in ("revenue", "capability", "compute_spending")
]


def computed():
    """The golden numbers as they are now, {(scenario, quarter, measure): text}."""
    from economy import at

    from sim.economy.model import AIEconomy

    names = dict.fromkeys(name for name, _, _ in ROWS)
    models = {name: AIEconomy(name, worlds=WORLDS, seed=SEED).run() for name in names}
    return {
        (name, quarter, measure): f"{np.median(at(models[name], measure, quarter)):.10g}"
        for name, quarter, measure in ROWS
    }


def kept():
    with FILE.open(newline="") as file:
        return {
            (r["scenario"], r["quarter"], r["measure"]): r["median"] for r in csv.DictReader(file)
        }


def differences(old, new):
    """Lines a person can read, of what changed."""
    lines = []
    for key in dict.fromkeys([*old, *new]):
        was, now = old.get(key, "nothing"), new.get(key, "nothing")
        if "nothing" in (was, now):
            lines.append(f"{' '.join(key):45} {was:>16} -> {now:>16}")
        elif not np.isclose(float(now), float(was), rtol=CLOSE, atol=0.0):
            by = float(now) / float(was) - 1.0 if float(was) else np.inf
            lines.append(f"{' '.join(key):45} {was:>16} -> {now:>16}  {by:+.2%}")
    return lines


def test_the_golden_numbers_are_what_they_were():
    lines = differences(kept(), computed())
    assert not lines, "\n".join(
        [
            f"{len(lines)} of {len(ROWS)} golden numbers changed:",
            *lines,
            f"If that is meant: run `{REFRESH}` and add a line 'Changes results:' to CHANGELOG.md.",
        ]
    )


def test_a_change_would_be_seen_and_shown():
    old = {("continued", "2030-Q4", "revenue"): "100", ("plateau", "2030-Q4", "hhi"): "0.25"}
    new = {**old, ("continued", "2030-Q4", "revenue"): "103"}
    (line,) = differences(old, new)
    assert "continued 2030-Q4 revenue" in line and "+3.00%" in line
    assert len(differences(old, {})) == 2 and not differences(old, dict(old))
    assert differences({("a",): "1"}, {("a",): "nan"})


def refresh():
    """Write golden.csv anew and print what changed."""
    old, new = kept() if FILE.exists() else {}, computed()
    with FILE.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("scenario", "quarter", "measure", "median"))
        writer.writerows((*key, value) for key, value in new.items())
    print("\n".join(differences(old, new)) or "Nothing changed.")
    print("If results changed, add a line 'Changes results:' to CHANGELOG.md.")


if __name__ == "__main__":
    if sys.argv[1:] != ["--refresh"]:
        sys.exit(f"usage: {REFRESH}")
    refresh()
