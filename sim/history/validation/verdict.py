"""The verdict of the validation report: what was reached, what the fit adds, what fails."""

from __future__ import annotations

from statistics import median

from sim.history.backtest.scores import Score
from sim.history.backtest.summaries import by_series, lost_to_naive
from sim.history.record.observables import title_of
from sim.history.record.rows import GROUPS
from sim.history.validation import wording
from sim.history.validation.frozen import VERSION, YEAR
from sim.history.validation.score_tables import numbers, table
from sim.history.validation.study import (
    FACTOR_TWO,
    REACH_COVERAGE,
    Validation,
    percent,
    reached,
    reached_in_sample,
)

WORST_ROWS = 12  # listed
NO_BETTER = 0.02  # share by which a CRPS must change to be better or worse


def in_short(study: Validation) -> str:
    """What was to be reached and was; what the fit adds; what unseen means."""
    fitted, prior = reached_in_sample(study.fitted), reached_in_sample(study.prior)
    return "\n".join(
        [
            "## In short",
            "",
            wording.IN_SHORT,
            "",
            *_what_was_reached(study),
            "",
            f"{fitted.what}: {fitted.was} ({_yes(fitted.met)}); from ranges alone, {prior.was}.",
            "",
            "What the fit itself adds:",
            "",
            *_what_the_fit_adds(study),
            "",
            wording.UNSEEN,
        ]
    )


def _what_was_reached(study: Validation) -> list[str]:
    """A line for each thing to be reached, a column for each forecast, the frozen one first."""
    forecasts = {f"version {VERSION} on {YEAR}": reached(study.frozen)}
    forecasts |= {unseen.name: reached(unseen.fitted) for unseen in reversed(study.unseen)}
    asked = dict.fromkeys(line.what for lines in forecasts.values() for line in lines)
    was = {
        name: {line.what: f"{line.was}: {_yes(line.met)}" for line in lines}
        for name, lines in forecasts.items()
    }
    lines = [(what, *(each.get(what, "-") for each in was.values())) for what in asked]
    return table(("to be reached", *was), lines)


def _what_the_fit_adds(study: Validation) -> list[str]:
    """Fitted against the stated ranges alone, in words and numbers."""
    lines = []
    for year in study.unseen:
        fitted, prior = numbers(year.fitted.scores), numbers(year.prior.scores)
        change = fitted["crps"] / prior["crps"] - 1.0
        word = "better" if change < -NO_BETTER else "worse" if change > NO_BETTER else "no better"
        lines.append(
            f"- {year.name}: forecasts are {word} (CRPS {fitted['crps']:.3f} against "
            f"{prior['crps']:.3f} from ranges alone) and bands narrower ({fitted['width']:.2f} "
            f"against {prior['width']:.2f} OOM), holding {percent(fitted['coverage'])} of the "
            f"points against {percent(prior['coverage'])}."
        )
    own = ", ".join(f"{calibration.model_error:.2f}" for calibration in study.calibrations)
    return [
        *lines,
        f"- The model's own error, fitted until the ends of {study.unseen[0].origin}"
        f" to {study.fitted_until}: {own} OOM. Where it grows, the years ahead "
        "may well add to it.",
    ]


def _yes(met: bool) -> str:
    return "yes" if met else "**no**"


def what_fails(study: Validation) -> str:
    """Rows, series and groups that are furthest off."""
    last = study.unseen[-1]
    lost = [
        f"{title_of(series)} (CRPS {ours:.2f}, {naive:.2f})"
        for series, ours, naive in lost_to_naive(last.fitted.scores)
    ]
    worst = [
        (
            score.row.date,
            title_of(score.row.series),
            f"{score.row.value:.3g}",
            f"{score.p50:.3g} [{score.p05:.3g}, {score.p95:.3g}]",
            score.row.unit,
            f"{score.error:+.2f}",
            f"{score.crps:.2f}",
        )
        for score in last.fitted.worst(WORST_ROWS)
    ]
    off = [
        f"{title_of(series)} ({_bias(scores):+.2f})"
        for series, scores in by_series(study.fitted.scores).items()
        if abs(_bias(scores)) > FACTOR_TWO
    ]
    thin = [
        f"{GROUPS[name]}, {year.name} ({percent(numbers(scores)['coverage'])})"
        for year in study.unseen
        for name, scores in year.fitted.groups.items()
        if numbers(scores)["coverage"] < REACH_COVERAGE[0]
    ]
    return "\n".join(
        [
            "## What fails",
            "",
            f"Rows of {last.year} furthest off by CRPS, from worlds fitted until {last.origin}:",
            "",
            *table(("date", "series", "happened", "model", "unit", "error", "CRPS"), worst),
            "",
            f"Series of {last.year} that a naive forecast says better ({len(lost)}): "
            + "; ".join(lost)
            + ".",
            "",
            f"Groups whose bands hold less than {percent(REACH_COVERAGE[0])} of the points of a "
            f"year foretold ({len(thin)}): " + "; ".join(thin) + ".",
            "",
            "Series off by more than a factor of two in the median of all their rows, though "
            f"fitted ({len(off)}, OOM): " + "; ".join(off) + ".",
            "",
            wording.LIMITS,
        ]
    )


def _bias(scores: list[Score]) -> float:
    return median(score.error for score in scores)
