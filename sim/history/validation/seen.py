"""Who had seen what: of each year scored, what the calibration and its makers knew beforehand."""

from __future__ import annotations

from sim.history.validation import frozen, wording
from sim.history.validation.score_tables import table
from sim.history.validation.study import MECHANISMS_SAW, Validation


def who_had_seen_what(study: Validation) -> str:
    """A line a forecast: the year, the calibration's last year, that of those who chose."""
    forecasts = [(unseen.year, "this version", unseen.origin) for unseen in study.unseen]
    lines = [
        (year, version, f"until {origin}", f"until {MECHANISMS_SAW}", _so(year, MECHANISMS_SAW))
        for year, version, origin in sorted(forecasts, key=lambda line: (-line[0], -line[2]))
    ]
    until = frozen.FITTED_UNTIL
    lines.insert(
        0,
        (
            frozen.YEAR,
            f"version {frozen.VERSION}, frozen",
            f"until {until}",
            f"until {until}",
            _so(frozen.YEAR, until),
        ),
    )
    heads = ("scored on", "forecast of", "calibration had seen", "those who chose had seen", "so")
    return "\n".join(["## Who had seen what", "", wording.SEEN, "", *table(heads, lines)])


def _so(year: int, saw: int) -> str:
    return "a forecast" if year > saw else "a test of the fit, not a forecast"
