"""docs/validation.md: the validation written up.

Every number in it is computed here from the back-tests, the record and the calibration files.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from sim.history.record.readings import ECI_PER_OOM
from sim.history.record.rows import GROUPS, fingerprint
from sim.history.validation import wording
from sim.history.validation.informed import what_was_learned
from sim.history.validation.score_tables import by_group, table
from sim.history.validation.study import Validation
from sim.history.validation.verdict import in_short, what_fails

FACT = re.compile(r"[A-Z][0-9]{3}")  # the id of a fact, at the head of a row's note


def text(study: Validation, figures: Mapping[str, str]) -> str:
    """docs/validation.md. `figures` maps a group, or "overview", to the path of its picture."""
    parts = [
        wording.HEAD.format(command="python -m sim validation", points=ECI_PER_OOM),
        in_short(study),
        figure("overview", figures, study.caption),
        _the_record(study),
        wording.METHOD,
        what_was_learned(study),
        _scores(study),
        *_pictures(study, figures),
        what_fails(study),
        wording.TRACE,
        _made_of(study),
    ]
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def figure(name: str, figures: Mapping[str, str], caption: str = "") -> str:
    return f"![{GROUPS.get(name, caption)}]({figures[name]})" if name in figures else ""


def _the_record(study: Validation) -> str:
    lines = []
    for name, title in GROUPS.items():
        rows = [row for row in study.rows if row.group == name]
        if rows:
            sure = Counter(row.confidence for row in rows)
            years = [row.date[:4] for row in rows]
            lines.append(
                (
                    title,
                    len(rows),
                    len({row.series for row in rows}),
                    f"{min(years)}-{max(years)}",
                    ", ".join(f"{sure[kind]} {kind}" for kind in sorted(sure)),
                )
            )
    left = study.fitted.left_out
    series = len({row.series for row in study.rows})
    facts = [set(FACT.findall(row.note.partition(". ")[0])) for row in study.rows]
    used = Counter(fact for in_row in facts for fact in in_row)
    shared = sum(any(used[fact] > 1 for fact in in_row) for in_row in facts)
    gone = "".join(f"\n- {id_}: {why}" for id_, why in left.items())
    return "\n".join(
        [
            "## The record",
            "",
            wording.RECORD,
            "",
            *table(("group", "rows", "series", "years", "confidence"), lines),
            "",
            f"{len(study.rows)} rows in {series} series; {shared} share a fact with another row (the "
            "largest run of a lab may be the largest of all, a price that of a capability, a sum has "
            "its parts), so they are not as many independent facts. The errors that groups and series "
            f"share make the calibration count them as fewer. {len(study.fitted.scores)} scored, "
            f"{len(left)} not.{gone}",
        ]
    )


def _scores(study: Validation) -> str:
    lines = ["## Scores", "", wording.HOW_TO_READ]
    for year in reversed(study.unseen):
        lines += [
            "",
            f"### {year.year}, fitted until the end of {year.year - 1}",
            "",
            *by_group(year.fitted, year.prior),
        ]
    lines += [
        "",
        "### All years, fitted until the end of 2024 (in sample)",
        "",
        *by_group(study.fitted, study.prior),
    ]
    return "\n".join(lines)


def _pictures(study: Validation, figures: Mapping[str, str]) -> list[str]:
    last = study.unseen[-1].year
    heading = f"## Figures\n\nFitted until the end of {last - 1} (upright line). {wording.FIGURES}"
    return [heading, *(figure(name, figures) for name in GROUPS)]


def _made_of(study: Validation) -> str:
    results = study.fitted.results
    return "\n".join(
        [
            "## Made of",
            "",
            f"{results.worlds:,} worlds a back-test, seed {results.about.get('seed')}. SHA-256 of the "
            "rows' numbers, of the scenario's full text with its calibration, of each calibration's "
            "lines:",
            "",
            f"- record `{fingerprint(study.rows)}`",
            f"- scenario `{study.scenario.hash}`",
            *(f"- {calibration.name} `{calibration.hash}`" for calibration in study.calibrations),
        ]
    )
