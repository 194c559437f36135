"""Summaries: what many scores come to, and whether a naive forecast does better.

All in orders of magnitude (log10); smaller is better.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.history.backtest.scores import Score, Scored
from sim.history.record.rows import by_series as places_by_series

NAIVE = ("last_value", "trend")  # the naive forecasts, as a Score calls them


def summary(scores: Sequence[Score]) -> dict[str, float | int | None]:
    """What many scores come to; None where there is nothing to compare.

    A naive forecast is compared on the rows that it can forecast: `crps_on_last_value` is the
    model's CRPS on just those.
    """
    if not scores:
        return {"n": 0}
    errors = np.array([score.error for score in scores])
    numbers: dict[str, float | int | None] = {
        "n": len(scores),
        "error": float(np.median(np.abs(errors))),
        "bias": float(np.median(errors)),
        "crps": float(np.mean([score.crps for score in scores])),
        "coverage": float(np.mean([score.inside for score in scores])),
        "width": float(np.median([score.width for score in scores])),
    }
    for name in NAIVE:
        pairs = _pairs(scores, name)
        ours, naive = np.mean(pairs, axis=0).tolist() if pairs else (None, None)
        numbers |= {f"{name}_n": len(pairs), f"{name}_crps": naive, f"crps_on_{name}": ours}
    return numbers


def in_groups_and_all(found: Scored) -> dict[str, Any]:
    """The same by group and of all, and the series won, for a program to read."""
    won, compared = series_won(found.scores)
    return {
        "groups": {name: summary(scores) for name, scores in found.groups.items()},
        "all": summary(found.scores),
        "series_won": won,
        "series_compared": compared,
    }


def by_series(scores: Sequence[Score]) -> dict[tuple[str, str], list[Score]]:
    """The scores of each series."""
    places = places_by_series([score.row for score in scores])
    return {series: [scores[place] for place in here] for series, here in places.items()}


def against_naive(
    scores: Sequence[Score], names: Sequence[str] = NAIVE
) -> dict[tuple[str, str], list[tuple[float, float]]]:
    """By series, the mean CRPS of the model and of each of these naive forecasts that there is.

    Each is compared on the rows that it can forecast; a series without any is left out.
    """
    compared: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for series, its_scores in by_series(scores).items():
        for name in names:
            if pairs := _pairs(its_scores, name):
                ours, naive = np.mean(pairs, axis=0).tolist()
                compared.setdefault(series, []).append((ours, naive))
    return compared


def series_won(scores: Sequence[Score], names: Sequence[str] = NAIVE) -> tuple[int, int]:
    """Series in which the model's mean CRPS is below these naive ones', of how many compared."""
    compared = against_naive(scores, names).values()
    won = sum(all(ours < naive for ours, naive in pairs) for pairs in compared)
    return won, len(compared)


def lost_to_naive(scores: Sequence[Score]) -> list[tuple[tuple[str, str], float, float]]:
    """Series that a naive forecast predicts better: the model's mean CRPS and the better one's."""
    lost = []
    for series, pairs in against_naive(scores).items():
        ours, naive = max(pairs, key=lambda pair: pair[0] - pair[1])
        if ours >= naive:
            lost.append((series, ours, naive))
    return sorted(lost, key=lambda line: line[2] - line[1])


def _pairs(scores: Sequence[Score], name: str) -> list[tuple[float, float]]:
    """CRPS of the model and of a naive forecast, row by row where there is one."""
    return [(score.crps, naive) for score in scores if (naive := getattr(score, name)) is not None]
