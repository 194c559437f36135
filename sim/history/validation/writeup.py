"""docs/validation.md: the validation written up.

Every number in it is computed here from the back-tests, the record and the calibration files.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np

from sim.errors import short
from sim.history.backtest.scores import beaten, by_series
from sim.history.calibration.rounds import fingerprint
from sim.history.record.observables import ECI_PER_OOM, title_of
from sim.history.record.rows import GROUPS
from sim.history.validation import wording
from sim.history.validation.score_tables import by_group, numbers, table
from sim.history.validation.study import (
    FACTOR_TWO,
    REACH_COVERAGE,
    Validation,
    percent,
    reached,
    reached_in_sample,
)

WORST, SHOWN = 12, 20  # rows furthest off, dials that moved
FACT = re.compile(r"[A-Z][0-9]{3}")  # the id of a fact, at the head of a row's note


def text(done: Validation, figures: Mapping[str, str]) -> str:
    """docs/validation.md. `figures` maps a group, or "overview", to the path of its picture."""
    parts = [
        wording.HEAD.format(command="python -m sim validation", points=ECI_PER_OOM),
        _in_short(done),
        figure("overview", figures, done.caption),
        _the_record(done),
        wording.METHOD,
        _what_was_told(done),
        _scores(done),
        *_pictures(done, figures),
        _what_fails(done),
        wording.TRACE,
        _made_of(done),
    ]
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def figure(name: str, figures: Mapping[str, str], caption: str = "") -> str:
    return f"![{GROUPS.get(name, caption)}]({figures[name]})" if name in figures else ""


def _in_short(done: Validation) -> str:
    lines = []
    for one in done.foretold:
        for fitted, prior in zip(reached(one.fitted), reached(one.prior), strict=True):
            lines.append((str(one.year), fitted.what, fitted.was, _yes(fitted.met), prior.was))
    fitted, prior = reached_in_sample(done.fitted), reached_in_sample(done.prior)
    lines.append(("all", fitted.what, fitted.was, _yes(fitted.met), prior.was))
    return "\n".join(
        [
            "## In short",
            "",
            wording.IN_SHORT,
            "",
            *table(("year", "to be reached", "was", "reached", "from ranges alone"), lines),
            "",
            "What the fit itself adds:",
            "",
            *_what_the_fit_adds(done),
            "",
            wording.UNSEEN,
        ]
    )


def _what_the_fit_adds(done: Validation) -> list[str]:
    """Fitted against the stated ranges alone, in words and numbers."""
    lines = []
    for one in done.foretold:
        fitted, prior = numbers(one.fitted.scores), numbers(one.prior.scores)
        change = fitted["crps"] / prior["crps"] - 1.0
        word = "better" if change < -0.02 else "worse" if change > 0.02 else "no better"
        lines.append(
            f"- {one.year}: forecasts are {word} (CRPS {fitted['crps']:.3f} against "
            f"{prior['crps']:.3f} from ranges alone) and bands narrower ({fitted['width']:.2f} "
            f"against {prior['width']:.2f} OOM), holding {percent(fitted['coverage'])} of the "
            f"points against {percent(prior['coverage'])}."
        )
    own = ", ".join(f"{one.model_error:.2f}" for one in done.calibrations)
    return [
        *lines,
        f"- The model's own error, fitted until the ends of {done.foretold[0].year - 1}"
        f" to {done.foretold[-1].year}: {own} OOM. Where it grows, the years ahead "
        "may well add to it.",
    ]


def _yes(met: bool) -> str:
    return "yes" if met else "**no**"


def _the_record(done: Validation) -> str:
    lines = []
    for name, title in GROUPS.items():
        rows = [row for row in done.rows if row.group == name]
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
    left = done.fitted.left_out
    series = len({row.series for row in done.rows})
    facts = [set(FACT.findall(row.note.partition(". ")[0])) for row in done.rows]
    used = Counter(fact for one in facts for fact in one)
    shared = sum(any(used[fact] > 1 for fact in one) for one in facts)
    gone = "".join(f"\n- {id_}: {why}" for id_, why in left.items())
    return "\n".join(
        [
            "## The record",
            "",
            wording.RECORD,
            "",
            *table(("group", "rows", "series", "years", "confidence"), lines),
            "",
            f"{len(done.rows)} rows in {series} series; {shared} share a fact with another row (the "
            "largest run of a lab may be the largest of all, a price that of a capability, a sum has "
            "its parts), so they are not as many independent facts. The errors that groups and series "
            f"share make the calibration count them as fewer. {len(done.fitted.scores)} scored, "
            f"{len(left)} not.{gone}",
        ]
    )


def _scores(done: Validation) -> str:
    said = ["## Scores", "", wording.HOW_TO_READ]
    for one in reversed(done.foretold):
        said += [
            "",
            f"### {one.year}, fitted until the end of {one.year - 1}",
            "",
            *by_group(one.fitted, one.prior),
        ]
    said += [
        "",
        "### All years, fitted until the end of 2024 (in sample)",
        "",
        *by_group(done.fitted, done.prior),
    ]
    return "\n".join(said)


def _what_was_told(done: Validation) -> str:
    """Dials before and after, those that moved most first."""
    calibration = done.scenario.calibration
    if calibration is None:
        return ""
    lines = []
    for dotted, column in calibration.columns.items():
        setting, dial = done.scenario.uncertain[dotted]
        before = np.array([setting.low, setting.value, setting.high], float)
        after = np.quantile(column, (0.05, 0.5, 0.95))
        if dial.log:
            before, after = np.log10(before), np.log10(after)
        moved = np.abs(after - before).sum() / (before[2] - before[0])
        ends = [10.0**one if dial.log else one for one in (before, after)]
        lines.append((moved, (f"`{dotted}`", dial.unit, *(_range(end) for end in ends))))
    lines.sort(key=lambda line: -line[0])
    about = calibration.about
    kept = [line.partition(":")[0] for line in about.get("not_informed", [])]
    return "\n".join(
        [
            "## What the record says about the dials",
            "",
            wording.DIALS,
            "",
            *table(("dial", "unit", "before", "after"), [line for _, line in lines[:SHOWN]]),
            "",
            f"{len(calibration.columns)} dials are informed, {len(kept)} keep their range: "
            + ", ".join(f"`{name}`" for name in kept)
            + ".",
            "",
            f"{about.get('rows')} rows until {about.get('until')}, {about.get('worlds'):,} worlds in "
            f"{about.get('rounds')} rounds, as good as {about.get('effective'):,.0f} independent ones; "
            f"likelihood to the power {about.get('temper')}. The model's own error, found at the same "
            f"time: {calibration.model_error:.2f} OOM a row.",
        ]
    )


def _range(ends: Iterable[float]) -> str:
    low, middle, high = map(short, ends)
    return f"{middle} [{low}, {high}]"


def _pictures(done: Validation, figures: Mapping[str, str]) -> list[str]:
    last = done.foretold[-1].year
    said = f"## Figures\n\nFitted until the end of {last - 1} (upright line). {wording.FIGURES}"
    return [said, *(figure(name, figures) for name in GROUPS)]


def _what_fails(done: Validation) -> str:
    last = done.foretold[-1]
    lost = [
        f"{title_of(series)} (CRPS {mine:.2f}, {naive:.2f})"
        for series, mine, naive in beaten(last.fitted.scores)
    ]
    worst = [
        (
            one.row.date,
            title_of(one.row.series),
            f"{one.row.value:.3g}",
            f"{one.p50:.3g} [{one.p05:.3g}, {one.p95:.3g}]",
            one.row.unit,
            f"{one.error:+.2f}",
            f"{one.crps:.2f}",
        )
        for one in last.fitted.worst(WORST)
    ]
    off = [
        f"{title_of(series)} ({np.median([one.error for one in scores]):+.2f})"
        for series, scores in by_series(done.fitted.scores).items()
        if abs(np.median([one.error for one in scores])) > FACTOR_TWO
    ]
    thin = [
        f"{GROUPS[name]}, {one.year} ({percent(numbers(scores)['coverage'])})"
        for one in done.foretold
        for name, scores in one.fitted.groups.items()
        if numbers(scores)["coverage"] < REACH_COVERAGE[0]
    ]
    return "\n".join(
        [
            "## What fails",
            "",
            f"Rows of {last.year} furthest off by CRPS, from worlds fitted until {last.year - 1}:",
            "",
            *table(("date", "series", "happened", "model", "unit", "error", "CRPS"), worst),
            "",
            f"Series of {last.year} that a naive forecast says better ({len(lost)}): "
            + "; ".join(lost)
            + ".",
            "",
            f"Groups whose bands hold less than {percent(REACH_COVERAGE[0])} of the points of a year "
            f"foretold ({len(thin)}): " + "; ".join(thin) + ".",
            "",
            "Series off by more than a factor of two in the median of all their rows, though fitted "
            f"({len(off)}, OOM): " + "; ".join(off) + ".",
            "",
            wording.LIMITS,
        ]
    )


def _made_of(done: Validation) -> str:
    results = done.fitted.results
    return "\n".join(
        [
            "## Made of",
            "",
            f"{results.worlds:,} worlds a back-test, seed {results.about.get('seed')}. SHA-256 of the "
            "rows' numbers, of the scenario's full text with its calibration, of each calibration's "
            "lines:",
            "",
            f"- record `{fingerprint(done.rows)}`",
            f"- scenario `{done.scenario.hash}`",
            *(f"- {one.name} `{one.hash}`" for one in done.calibrations),
        ]
    )
