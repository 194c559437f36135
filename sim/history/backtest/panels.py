"""A back-test as a person reads it: a table by group, the worst rows, a panel a series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.history.backtest.run import Backtest, told
from sim.history.backtest.scores import Score, series_won, summary, with_error
from sim.history.record.observables import MARKET, OBSERVABLES, title_of
from sim.history.record.past import Past
from sim.history.record.rows import GROUPS, period_of

HEADERS = ("", "rows", "error", "bias", "CRPS", "last value", "trend", "in 90 %", "width")
HOW_TO_READ = """\
In orders of magnitude, so .30 is a factor of two. Error and bias: median of the model's median less
the record, without and with its sign. CRPS: mean, less is better; for the naive forecasts, theirs
and in brackets the model's on the rows that they can forecast. In 90 %: rows within the model's
90 % band, the record's own error counted in. Width: median of the model's band."""
WORST = 12


def table(done: Backtest) -> str:
    """The scores by group and in all, what was left out, and the rows furthest off."""
    lines = [_line(GROUPS[name], summary(several)) for name, several in done.groups.items()]
    lines.append(_line("All", summary(done.scores)))
    won, compared = series_won(done.scores)
    parts = [_heading(done), "", *_aligned([HEADERS, *lines]), "", HOW_TO_READ, ""]
    parts.append(f"Better than both naive forecasts in {won} of {compared} series that have one.")
    if worst := done.worst(WORST):
        parts += ["", "Furthest off:", *_aligned([_worst(one) for one in worst])]
    return "\n".join(parts)


def _heading(done: Backtest) -> str:
    r = done.results
    said = f"{r.title}: {r.worlds:,} worlds, seed {r.about.get('seed')}. "
    said += f"{len(done.rows)} rows on record, {len(done.scores)} scored"
    if done.left_out:
        why = ", ".join(f"{count} {reason}" for reason, count in done.why_left_out.items())
        said += f"; left out: {why}"
    if done.model_error:
        said += f". Bands count in the model's own error, {done.model_error:.2f} OOM"
    if done.known_until:
        said += f". Naive forecasts know the record until {done.known_until}"
    return said + "."


def _line(name: str, of: Mapping[str, Any]) -> tuple[str, ...]:
    if not of["n"]:
        return (name, "0", *["-"] * (len(HEADERS) - 2))
    naive = [
        "-"
        if of[f"{kind}_crps"] is None
        else f"{of[f'{kind}_crps']:.2f} ({of[f'crps_on_{kind}']:.2f}, {of[f'{kind}_n']})"
        for kind in ("last_value", "trend")
    ]
    return (
        name,
        str(of["n"]),
        f"{of['error']:.2f}",
        f"{of['bias']:+.2f}",
        f"{of['crps']:.2f}",
        *naive,
        f"{100 * of['coverage']:.0f} %",
        f"{of['width']:.2f}",
    )


def _worst(one: Score) -> tuple[str, ...]:
    row = one.row
    entity = "" if row.entity == MARKET else row.entity
    return (
        f"  {row.id}",
        row.date,
        row.observable,
        entity,
        f"{row.value:.3g} {row.unit},",
        f"model {one.p50:.3g} [{one.p05:.3g}, {one.p95:.3g}],",
        f"error {one.error:+.2f},",
        f"CRPS {one.crps:.2f}",
    )


def _aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]


def panels(done: Backtest) -> dict[str, dict[tuple[str, str], dict[str, Any]]]:
    """What a figure shows of each group: a series a panel, as sim.plots.history.Panel takes it."""
    past = Past.of(done.results)
    shown: dict[str, dict[tuple[str, str], dict[str, Any]]] = {}
    for group, scores in done.groups.items():
        for series in dict.fromkeys(one.row.series for one in scores):
            rows = [one.row for one in scores if one.row.series == series]
            means = OBSERVABLES[series[0]]
            labels, said = told(past, series, means.span == "year")
            if series[0].startswith("price_"):  # before, there was no such thing to sell
                sold = [
                    i
                    for i, label in enumerate(labels)
                    if period_of(label)[1] >= min(row.when for row in rows) - 0.5
                ]
                labels, said = [labels[i] for i in sold], said[sold]
            said = np.array(
                [
                    means.back(np.minimum(with_error(means.oom(one), done.model_error), means.most))
                    for one in said
                ]
            )
            ends = np.array([row.interval for row in rows]).T
            shown.setdefault(group, {})[series] = {
                "title": title_of(series),
                "unit": means.unit,
                "log": means.log,
                "when": np.array([period_of(label)[1] for label in labels]),
                "said": said,
                "seen_when": np.array([row.when for row in rows]),
                "seen": np.array([row.value for row in rows]),
                "low": ends[0],
                "high": ends[1],
            }
    return shown
