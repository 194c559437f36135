"""What the data can tell of mechanisms: a section of docs/validation.md, from the stored table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from sim.errors import short
from sim.history.record.rows import Row
from sim.history.validation.mechanisms import (
    LEAST_GAIN,
    SHIPPED,
    SMALL_GAIN,
    Compared,
    Ends,
    Mechanism,
    read,
)
from sim.history.validation.score_tables import table
from sim.inputs.scenario import Scenario

CALLED = {
    "asks": "asks for it",
    "in sample": "asks for it where it was fitted, does not tell ahead",
    "does not tell": "does not tell",
    "not asked": "**does not ask for it**",
    "against": "**speaks against it**",
}
YEARS = ("in sample", "2024", "2025")
BY_CHANCE = 0.05  # of a normal lies beyond two standard errors

HEAD = """\
## What the data can tell

The frozen forecast of 2025 missed in ways that asked for mechanisms, and the economy has most of
them now. Here each is taken away again, and the same rows are scored: in sample (fitted until the
end of 2024, rows until then), 2024 from a fit until 2023, and 2025 from one until 2024. Those who
chose the mechanisms had seen all these years."""

HOW = """\
In each cell the mean CRPS with it and without, and in brackets the median error likewise. `gain` is
by how much the CRPS of both unseen years is lower with it, with its standard error: over series,
whose rows stray together, and over seeds of the fit. Less than two of these, or than {least} OOM,
is no difference that can be told; of {scored} comparisons chance takes {chance:.1f} beyond two
errors. `as fitted` is the gain where the shipped fits, which were made with it, are left as they
are: what gains less than {small} OOM even so, two errors added, is not asked for; what gains more
may do so for want of a fit."""

FITTED = """\
All other dials were fitted anew without each (`make mechanisms`: {worlds} worlds in {rounds} rounds
a fit, {seeds} seeds of the fit with all mechanisms, {tried} worlds a score). The fits are smaller
than the shipped ones, so all scores are somewhat worse than those above."""

QUICK = """\
**No other dial was fitted anew** (`tests/mechanisms.py --quick`: the shipped fits as they are,
{tried} paired worlds a score), so both gains are the same."""

LUCK = """\
Labs' strengths and talents are luck, and a fit weighs dials, not luck: it cannot learn that one lab
is good at code. So these two can but widen bands, and the record can ask for no more of them."""

OF_DIALS = """\
What all rows until the end of {last} say of the dial of each, where every one of them may vary:
median and 90 % interval before and after, by a fit of {longer} worlds. A dial that is as it was
may still belong to a mechanism that is asked for: the record then does not say how strong it is."""

OF_SHIPPED_DIALS = """\
What the shipped calibration says of the dial of each, where it is informed: median and 90 %
interval before and after."""


def what_the_data_can_tell(scenario: Scenario, rows: Sequence[Row], path: Path = SHIPPED) -> str:
    """The section of docs/validation.md, from the stored table."""
    made = read(path)
    scored = [told for told in made.mechanisms if told.scores]
    missing = [told for told in made.mechanisms if not told.scores]
    quick = made.about["fits"] == "shipped"
    how = (QUICK if quick else FITTED).format(**made.about)
    if not made.is_of(scenario, rows):
        how += " **The record or the ranges have changed since**, so it is to be made again."
    parts = [
        HEAD,
        _how(len(scored)) + " " + how,
        "\n".join(_scores(scored)),
        in_words(scored),
        LUCK,
        OF_SHIPPED_DIALS if quick else OF_DIALS.format(**made.about),
        "\n".join(_dials(made.mechanisms)),
        *_not_there(missing),
    ]
    return "\n\n".join(part for part in parts if part)


def _how(scored: int) -> str:
    return HOW.format(scored=scored, chance=BY_CHANCE * scored, least=LEAST_GAIN, small=SMALL_GAIN)


def _scores(scored: Iterable[Mechanism]) -> list[str]:
    heads = ("mechanism", "without it", *YEARS, "gain", "as fitted", "the record")
    lines = []
    for told in scored:
        cells = [_cell(told.scores[period]) for period in YEARS]
        gains = [_gain(told.scores[period]) for period in ("unseen", "as fitted")]
        name = f"{told.mechanism} ({told.where})"
        lines.append((name, told.without, *cells, *gains, CALLED[told.verdict]))
    return table(heads, lines)


def _gain(scores: Compared) -> str:
    return f"{scores.gain:+.3f} ± {scores.se:.3f}"


def _cell(scores: Compared) -> str:
    return (
        f"{scores.crps_with:.3f}, {scores.crps_without:.3f} "
        f"({scores.error_with:.2f}, {scores.error_without:.2f})"
    )


def in_words(scored: Sequence[Mechanism]) -> str:
    """Which mechanisms the unseen years ask for, and which not."""
    lines = []
    for verdict, words in (
        ("asks", "The unseen years ask for"),
        ("in sample", "The fitted years ask for, and the unseen do not tell"),
        ("does not tell", "The record does not tell"),
        ("not asked", "It is told as well without, so it does not ask for"),
        ("against", "The unseen years are told better without"),
    ):
        names = [told.mechanism for told in scored if told.verdict == verdict]
        lines.append(f"- {words}: {'; '.join(names) if names else 'none'}.")
    return "\n".join(lines)


def _dials(mechanisms: Iterable[Mechanism]) -> list[str]:
    lines = []
    for told in mechanisms:
        if told.prior and told.posterior:
            lines.append((told.mechanism, f"`{told.dial}`", told.unit, *map(_range, _both(told))))
    return table(("mechanism", "dial", "unit", "before", "after"), lines)


def _both(told: Mechanism) -> tuple[Ends, Ends]:
    assert told.prior is not None and told.posterior is not None
    return told.prior, told.posterior


def _range(ends: Ends) -> str:
    low, middle, high = map(short, ends)
    return f"{middle} [{low}, {high}]"


def _not_there(missing: Sequence[Mechanism]) -> list[str]:
    if not missing:
        return []
    lines = [f"- {told.mechanism} ({told.where}): {told.without}" for told in missing]
    return ["Not in the economy, and so not scored:\n\n" + "\n".join(lines)]
