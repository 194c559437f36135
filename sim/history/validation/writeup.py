"""docs/validation.md: the validation written up.

Every number in it is computed here from the back-tests, the record and the calibration files.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from sim.history.record.readings import ECI_PER_OOM
from sim.history.record.rows import GROUPS, fingerprint
from sim.history.record.unobserved import UNOBSERVED
from sim.history.validation import wording
from sim.history.validation.informed import what_was_learned
from sim.history.validation.published import TITLE, published
from sim.history.validation.score_tables import by_group, seen, table
from sim.history.validation.seen import who_had_seen_what
from sim.history.validation.study import MECHANISMS_SAW, Validation
from sim.history.validation.verdict import in_short, what_fails

FACT = re.compile(r"[A-Z][0-9]{3}")  # the id of a fact, at the head of a row's note


def text(study: Validation, figures: Mapping[str, str], more: Sequence[str] = ()) -> str:
    """docs/validation.md.

    `figures` maps a group, "overview" or "frozen" to the path of its picture; `more` are further
    sections, in Markdown, which follow the scores.
    """
    parts = [
        wording.HEAD.format(command="python -m sim validation", points=ECI_PER_OOM),
        in_short(study),
        figure("overview", figures, study.caption),
        published(study.frozen, figure("frozen", figures, TITLE)),
        who_had_seen_what(study),
        _the_record(study),
        _not_on_record(),
        wording.METHOD,
        what_was_learned(study),
        _scores(study),
        *more,
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


def _not_on_record() -> str:
    """What the economy says and nobody has observed, in one list."""
    lines = [
        f"- {why}: " + ", ".join(f"`{name}`" for name in names) + "."
        for why, names in UNOBSERVED.items()
    ]
    return "\n".join(["## Not on record", "", wording.NOT_ON_RECORD, "", *lines])


def _scores(study: Validation) -> str:
    lines = ["## Scores", "", wording.HOW_TO_READ]
    for unseen in sorted(study.unseen, key=lambda each: (each.year - each.origin, -each.year)):
        lines += [
            "",
            f"### {unseen.year}, fitted until the end of {unseen.origin}",
            "",
            seen(unseen.year, unseen.origin, MECHANISMS_SAW),
            "",
            *by_group(unseen.fitted, unseen.prior),
        ]
    lines += [
        "",
        f"### All years, fitted until the end of {study.fitted_until} (in sample)",
        "",
        "Seen by all, each row.",
        "",
        *by_group(study.fitted, study.prior),
    ]
    return "\n".join(lines)


def _pictures(study: Validation, figures: Mapping[str, str]) -> list[str]:
    last = study.unseen[-1].origin
    heading = f"## Figures\n\nFitted until the end of {last} (upright line). {wording.FIGURES}"
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
