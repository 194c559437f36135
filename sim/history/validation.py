"""The validation report: what the shipped calibrations say of the record, fitted and unseen.

`study` runs the back-tests, `text` writes them up as docs/validation.md. Every number in it is
computed here from those back-tests, the record and the calibration files; none is typed in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.dates import quarter_label
from sim.errors import plain
from sim.history import wording
from sim.history.backtest import Backtest, backtest, window
from sim.history.observables import title_of
from sim.history.record import GROUPS, Row
from sim.history.rounds import fingerprint
from sim.history.scores import beaten, by_series, series_won, summary

if TYPE_CHECKING:
    from sim.progress import Progress
    from sim.scenario import Scenario

YEARS = (2023, 2024)  # each foretold by a calibration that ends with the year before
FACTOR_TWO = 0.301  # OOM
REACH_SERIES, REACH_COVERAGE = 0.60, (0.80, 0.98)
WORST, SHOWN = 12, 20  # rows furthest off, dials that moved


@dataclass
class Foretold:
    """A year that its calibration had not seen, with it and from the stated ranges alone."""

    year: int
    scenario: Scenario  # with the calibration that ends with the year before
    fitted: Backtest
    prior: Backtest
    whole: Backtest  # the same worlds through all the years, for the figures

    @property
    def reached(self) -> list[tuple[str, str, bool]]:
        """What was to be reached, what was, and whether that is it."""
        said = summary(self.fitted.scores)
        won, compared = series_won(self.fitted.scores)
        low, high = REACH_COVERAGE
        lines = [(
            f"CRPS below both naive forecasts in {_percent(REACH_SERIES)} of the series",
            f"{won} of {compared} ({_percent(won / max(compared, 1))})",
            won >= REACH_SERIES * compared,
        )]  # fmt: skip
        for name, title in (("last_value", "the last value's"), ("trend", "the log trend's")):
            mine, naive = said[f"crps_on_{name}"], said[f"{name}_crps"]
            if mine is not None and naive is not None:
                lines.append((f"CRPS below {title}, on the rows that it can forecast",
                              f"{mine:.3f} against {naive:.3f}", mine < naive))  # fmt: skip
        coverage = said["coverage"] or 0.0
        lines.append((f"90 % bands hold {_percent(low)} to {_percent(high)} of the points",
                      _percent(coverage), low <= coverage <= high))  # fmt: skip
        return lines


@dataclass
class Validation:
    """Everything that the report is made of."""

    scenario: Scenario
    rows: list[Row]
    fitted: Backtest  # the shipped calibration on all rows: in sample
    prior: Backtest
    foretold: list[Foretold]

    @property
    def reached(self) -> tuple[str, str, bool]:
        """In sample: the group whose median is furthest off."""
        off = {name: abs(summary(scores)["bias"] or 0.0)
               for name, scores in self.fitted.groups.items()}  # fmt: skip
        worst = max(off, key=lambda name: off[name])
        return ("In sample, no group's median off by more than a factor of two",
                f"furthest: {GROUPS[worst]}, a factor of {10 ** off[worst]:.2f}",
                off[worst] <= FACTOR_TWO)  # fmt: skip


def study(
    scenario: Scenario, rows: Sequence[Row], worlds: int = 2000, seed: int = 0,
    workers: int | None = None, progress: Progress = None,
) -> Validation:
    """Run the back-tests. BadInput if a calibration is missing."""  # fmt: skip
    how: dict[str, Any] = {"worlds": worlds, "seed": seed, "workers": workers, "progress": progress}
    priors = scenario.without_calibration()
    foretold = []
    for year in YEARS:
        until = f"{year - 1}-12"
        name = f"{scenario.name}-until-{quarter_label(window(None, until).last)}"
        then = scenario.change({"calibration": name})
        only = {"since": str(year), "until": str(year), "known_until": until, **how}
        foretold.append(Foretold(
            year, then, backtest(then, rows, **only), backtest(priors, rows, **only),
            backtest(then, rows, until=str(year), **how),
        ))  # fmt: skip
    return Validation(
        scenario, list(rows), backtest(scenario, rows, **how), backtest(priors, rows, **how),
        foretold,
    )  # fmt: skip


# --- The report ----------------------------------------------------------------------------------


def text(done: Validation, figures: Mapping[str, str]) -> str:
    """docs/validation.md. `figures` maps a group, or "overview", to the path of its picture."""
    parts = [
        wording.HEAD.format(command="python -m sim validation"),
        _in_short(done), figure("overview", figures), _the_record(done), wording.METHOD,
        _what_was_told(done), _scores(done), *_pictures(done, figures), _what_fails(done),
        wording.TRACE, _made_of(done),
    ]  # fmt: skip
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def figure(name: str, figures: Mapping[str, str]) -> str:
    title = GROUPS.get(name, "What was fitted until 2023, and what then happened in 2024")
    return f"![{title}]({figures[name]})" if name in figures else ""


def _in_short(done: Validation) -> str:
    lines = [(str(one.year), *line) for one in done.foretold for line in one.reached]
    lines.append(("all years", *done.reached))
    said = [(when, what, was, "yes" if met else "**no**") for when, what, was, met in lines]
    sharp = [f"{one.year}: {summary(one.fitted.scores)['width']:.2f} OOM against "
             f"{summary(one.prior.scores)['width']:.2f} from the stated ranges alone"
             for one in done.foretold]  # fmt: skip
    return "\n".join([
        "## In short", "", wording.IN_SHORT, "",
        *_table(("year", "to be reached", "was", "reached"), said), "",
        f"Sharpness, the median width of the 90 % band: {'; '.join(sharp)}. {wording.SHARPNESS}",
    ])  # fmt: skip


def _the_record(done: Validation) -> str:
    lines = []
    for name, title in GROUPS.items():
        rows = [row for row in done.rows if row.group == name]
        if rows:
            sure = Counter(row.confidence for row in rows)
            years = [row.date[:4] for row in rows]
            lines.append((title, len(rows), len({row.series for row in rows}),
                          f"{min(years)}-{max(years)}",
                          ", ".join(f"{sure[kind]} {kind}" for kind in sorted(sure))))  # fmt: skip
    left = done.fitted.left_out
    series = len({row.series for row in done.rows})
    gone = "".join(f"\n- {id_}: {why}" for id_, why in left.items())
    return "\n".join([
        "## The record", "", wording.RECORD, "",
        *_table(("group", "rows", "series", "years", "confidence"), lines), "",
        f"{len(done.rows)} rows in {series} series; {len(done.fitted.scores)} scored, "
        f"{len(left)} not.{gone}",
    ])  # fmt: skip


def _scores(done: Validation) -> str:
    said = ["## Scores", "", wording.HOW_TO_READ]
    for one in reversed(done.foretold):
        said += ["", f"### {one.year}, fitted until the end of {one.year - 1}", "",
                 *_by_group(one.fitted, one.prior)]  # fmt: skip
    said += ["", "### All years, fitted until the end of 2024 (in sample)", "",
             *_by_group(done.fitted, done.prior)]  # fmt: skip
    return "\n".join(said)


def _by_group(fitted: Backtest, prior: Backtest) -> list[str]:
    heads = ("", "rows", "error", "bias", "CRPS", "from ranges alone", "last value", "log trend",
             "in 90 %", "width")  # fmt: skip
    several = [(GROUPS[name], scores, prior.groups.get(name, []))
               for name, scores in fitted.groups.items()]  # fmt: skip
    lines = []
    for title, scores, before in [*several, ("**All**", fitted.scores, prior.scores)]:
        own = summary(scores)
        naive = [
            "-" if own[f"{kind}_crps"] is None
            else f"{own[f'{kind}_crps']:.2f} ({own[f'crps_on_{kind}']:.2f})"
            for kind in ("last_value", "trend")
        ]  # fmt: skip
        lines.append((title, own["n"], f"{own['error']:.2f}", f"{own['bias']:+.2f}",
                      f"{own['crps']:.2f}", f"{summary(before).get('crps') or np.nan:.2f}", *naive,
                      _percent(own["coverage"] or 0.0), f"{own['width']:.2f}"))  # fmt: skip
    return _table(heads, lines)


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
    return "\n".join([
        "## What the record says about the dials", "", wording.DIALS, "",
        *_table(("dial", "unit", "before", "after"), [line for _, line in lines[:SHOWN]]), "",
        f"{len(calibration.columns)} dials are informed, {len(kept)} keep their range: "
        + ", ".join(f"`{name}`" for name in kept) + ".", "",
        f"{about.get('rows')} rows until {about.get('until')}, {about.get('worlds'):,} worlds in "
        f"{about.get('rounds')} rounds, as good as {about.get('effective'):,.0f} independent ones; "
        f"likelihood to the power {about.get('temper')}. The model's own error, found at the same "
        f"time: {calibration.model_error:.2f} OOM a row.",
    ])  # fmt: skip


def _range(ends: Iterable[float]) -> str:
    low, middle, high = (plain(float(f"{end:.3g}")) for end in ends)
    return f"{middle} [{low}, {high}]"


def _pictures(done: Validation, figures: Mapping[str, str]) -> list[str]:
    last = done.foretold[-1].year
    said = f"## Figures\n\nFitted until the end of {last - 1} (upright line). {wording.FIGURES}"
    return [said, *(figure(name, figures) for name in GROUPS)]


def _what_fails(done: Validation) -> str:
    last = done.foretold[-1]
    lost = [f"{title_of(series)} (CRPS {mine:.2f}, {naive:.2f})"
            for series, mine, naive in beaten(last.fitted.scores)]  # fmt: skip
    worst = [
        (one.row.date, title_of(one.row.series), f"{one.row.value:.3g}",
         f"{one.p50:.3g} [{one.p05:.3g}, {one.p95:.3g}]", one.row.unit, f"{one.error:+.2f}")
        for one in last.fitted.worst(WORST)
    ]  # fmt: skip
    off = [f"{title_of(series)} ({np.median([one.error for one in scores]):+.2f})"
           for series, scores in by_series(done.fitted.scores).items()
           if abs(np.median([one.error for one in scores])) > FACTOR_TWO]  # fmt: skip
    return "\n".join([
        "## What fails", "",
        f"Rows of {last.year} furthest off, from worlds fitted until {last.year - 1}:", "",
        *_table(("date", "series", "happened", "model", "unit", "error"), worst), "",
        f"Series of {last.year} that a naive forecast says better ({len(lost)}): "
        + "; ".join(lost) + ".", "",
        "Series off by more than a factor of two in the median of all their rows, though fitted "
        f"({len(off)}, OOM): " + "; ".join(off) + ".", "",
        wording.LIMITS,
    ])  # fmt: skip


def _percent(share: float) -> str:
    return f"{100.0 * share:.0f} %"


def _made_of(done: Validation) -> str:
    used = [one.scenario.calibration for one in done.foretold] + [done.scenario.calibration]
    results = done.fitted.results
    return "\n".join([
        "## Made of", "",
        f"{results.worlds:,} worlds a back-test, seed {results.about.get('seed')}. SHA-256:", "",
        f"- record `{fingerprint(done.rows)}`", f"- scenario `{done.scenario.hash}`",
        *(f"- {one.name} `{one.hash}`" for one in used if one),
    ])  # fmt: skip


def _table(heads: Sequence[str], lines: Iterable[Sequence[Any]]) -> list[str]:
    rows = [heads, ["---"] * len(heads), *lines]
    return ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
