"""The section of the validation report on the forecast that was made before it was known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sim.history.backtest.scores import Score
from sim.history.backtest.summaries import NAIVE, series_won, summary
from sim.history.record.observables import title_of
from sim.history.validation import wording
from sim.history.validation.frozen import COMMIT, FITTED_UNTIL, SHA256, VERSION, YEAR, Frozen
from sim.history.validation.score_tables import by_group, seen, table

TITLE = f"Forecast before it was known: version {VERSION} on {YEAR}"


class Claim(NamedTuple):
    """What is said of some observables of the frozen forecast; its numbers are put beside it."""

    words: str
    of: tuple[str, ...]


RIGHT = (
    Claim("What all labs earn together", ("total_run_rate", "total_revenue")),
    Claim("Compute bills and costs of labs", ("compute_spending", "rnd_compute", "cost")),
    Claim(
        "Chips: delivered, installed, their price",
        ("chips_delivered", "chips_installed", "chip_price"),
    ),
    Claim("NVIDIA's revenue, a little low", ("nvidia_revenue",)),
    Claim("The price of GPT-4's capability", ("price_gpt4_level",)),
    Claim(
        "Concentration: of what enterprises use, and among start-ups",
        ("enterprise_hhi", "startup_share"),
    ),
)
TOO_LOW = (
    Claim("Revenue of single start-ups", ("run_rate", "calendar_revenue")),
    Claim("Prices of flagships and small models", ("price_flagship", "price_mini")),
    Claim("Tokens", ("tokens", "lab_tokens")),
    Claim("Valuations", ("valuation",)),
    Claim("Power, of all chips and of labs", ("power", "lab_power")),
    Claim(
        "Chips that labs run, and what they spend on serving", ("lab_chips", "inference_compute")
    ),
    Claim("Capability", ("eci", "lab_eci", "time_horizon")),
)
TOO_HIGH = (
    Claim("Largest runs of single labs", ("lab_largest_run",)),
    Claim("China's part of the chips", ("china_share",)),
    Claim("Rent of chips", ("rent",)),
)


def published(frozen: Frozen, figure: str = "") -> str:
    """The frozen forecast, its scores by group and by what was asked, and what they come to."""
    if not frozen.scores:
        return ""
    said = []
    for name, title in zip(NAIVE, ("the last value", "the log trend"), strict=True):
        won, compared = series_won(frozen.scores, [name])
        said.append(f"{title} in {won} of {compared} series")
    won, compared = series_won(frozen.scores)
    return "\n".join(
        [
            f"## {TITLE}",
            "",
            wording.FROZEN.format(
                commit=COMMIT[:7], until=FITTED_UNTIL, year=YEAR, rows=len(frozen.scores)
            ),
            "",
            f"File `{SHA256}` (SHA-256). " + seen(YEAR, FITTED_UNTIL, FITTED_UNTIL),
            "",
            *by_group(frozen),
            "",
            f"Its CRPS is below that of {', of '.join(said)}, and of both in {won} of {compared}.",
            "",
            figure,
            "",
            "**What it got right:**",
            "",
            *[_line(frozen.scores, claim) for claim in RIGHT],
            "",
            "**What it said too low:**",
            "",
            *[_line(frozen.scores, claim) for claim in TOO_LOW],
            "",
            "**What it said too high:**",
            "",
            *[_line(frozen.scores, claim) for claim in TOO_HIGH],
            "",
            *_by_observable(frozen.scores),
        ]
    )


def about(scores: Sequence[Score], claim: Claim) -> list[Score]:
    """The scores that a claim is about."""
    return [score for score in scores if score.row.observable in claim.of]


def _line(scores: Sequence[Score], claim: Claim) -> str:
    of_it = about(scores, claim)
    numbers, held = summary(of_it), sum(score.inside for score in of_it)
    bias = f"{numbers['bias']:+.2f} OOM" if of_it else "no row"
    return f"- {claim.words}: {bias}, {held} of {len(of_it)} in the band."


def _by_observable(scores: Sequence[Score]) -> list[str]:
    """A line an observable: rows, error, bias, CRPS, how many in the band."""
    lines = []
    for name in dict.fromkeys(score.row.observable for score in scores):
        of_it = [score for score in scores if score.row.observable == name]
        numbers = summary(of_it)
        held = sum(score.inside for score in of_it)
        lines.append(
            (
                title_of((name, "market")),
                len(of_it),
                f"{numbers['error']:.2f}",
                f"{numbers['bias']:+.2f}",
                f"{numbers['crps']:.2f}",
                held,
            )
        )
    return table(("", "rows", "error", "bias", "CRPS", "in 90 %"), lines)
