"""What the data can tell: each mechanism scored with it and without, and what became of its dial.

`make mechanisms` (tests/mechanisms.py) fits the scenario anew without each mechanism in turn and
stores what came of it in mechanisms.csv beside this file; asked_for.py tells it.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sim.errors import BadInput, quoted
from sim.history.backtest.scores import Score
from sim.history.record.rows import Row, fingerprint
from sim.inputs.scenario import Scenario
from sim.inputs.text_file import read_text, shown
from sim.outputs.files import whole_file

SHIPPED = Path(__file__).with_name("mechanisms.csv")
LARGEST_FILE = 1_000_000  # bytes
AGAIN = "Make it again with 'make mechanisms'."
# `unseen` is both years together, `as fitted` the same by the shipped fits as they are
PERIODS = ("in sample", "2024", "2025", "unseen", "as fitted")
SCORES = ("rows", "crps_with", "crps_without", "error_with", "error_without", "se")
WORDS = ("mechanism", "where", "state", "without", "dial", "unit")
ENDS = ("p05", "p50", "p95")
ABOUT = (  # what the head says
    *("scenario_sha256", "record_sha256", "fits", "worlds", "rounds", "longer"),
    *("tried", "seeds", "last"),
)
STATES = ("there", "partly", "missing")
VERDICTS = ("asks", "in sample", "does not tell", "not asked", "against")
NOT_ASKED = "the record to 2025 does not ask for it"
LEAST_GAIN = 0.002  # OOM, a hundredth of what scores are: less is nothing, however certain
SMALL_GAIN = 0.005  # OOM: what gains less than this in 39 cases of 40 is not asked for
ERRORS_TOLD = 2.0  # standard errors from which a difference is one

Ends = tuple[float, float, float]  # 5 %, 50 % and 95 %


@dataclass(frozen=True)
class Compared:
    """Scores of the same rows with a mechanism and without, OOM."""

    rows: int
    crps_with: float  # mean over rows
    crps_without: float
    error_with: float  # median over rows, without its sign
    error_without: float
    se: float  # standard error of the difference of CRPS

    @property
    def gain(self) -> float:
        """By how much the CRPS is lower with it."""
        return self.crps_without - self.crps_with

    @property
    def told(self) -> int:
        """1 if these rows are told better with it, -1 if without, 0 if that cannot be told."""
        sure = abs(self.gain) > max(ERRORS_TOLD * self.se, LEAST_GAIN)
        return int(np.sign(self.gain)) if sure else 0

    @property
    def most(self) -> float:
        """The most that it may gain."""
        return self.gain + ERRORS_TOLD * self.se


@dataclass(frozen=True)
class Mechanism:
    """One mechanism, how it was taken away, and what came of that; no scores if it is missing."""

    mechanism: str
    where: str
    state: str  # of STATES
    without: str  # what stands in its place; of a missing one, what it would take
    dial: str = ""
    unit: str = ""
    prior: Ends | None = None
    posterior: Ends | None = None
    scores: Mapping[str, Compared] = field(default_factory=dict)  # by period

    @property
    def verdict(self) -> str:
        """What the record says: of VERDICTS, or "" without scores.

        The years that no fit had seen decide. If even the dials that were fitted with it do as well
        without, it is not asked for; what is worse then may be so for want of a fit. Where the
        unseen years do not tell, those that were fitted may.
        """
        if not self.scores:
            return ""
        unseen, as_fitted = self.scores["unseen"], self.scores["as fitted"]
        if unseen.told:
            return "asks" if unseen.told > 0 else "against"
        if self.scores["in sample"].told > 0:
            return "in sample"
        return "not asked" if as_fitted.most < SMALL_GAIN else "does not tell"

    @property
    def not_asked_for(self) -> bool:
        """Whether the record does no better with it: then the source of its dial says NOT_ASKED."""
        return self.verdict in ("not asked", "against")


def compared(with_it: Sequence[Sequence[Score]], without: Sequence[Score]) -> Compared:
    """The same rows by fits with a mechanism, several seeds of one, and by a fit without it.

    The standard error has two parts. Rows: those of a series stray together, so the variance is
    that of sums over series. Fits: another seed draws other worlds, and what that moves is seen
    between the fits with it, K of them, so that the difference of their mean from one fit more has
    1 + 1/K of their variance.
    """
    every = [{score.row.id: score for score in scores} for scores in (*with_it, without)]
    shared = [name for name in every[-1] if all(name in scores for scores in every)]
    if not shared:
        raise BadInput("mechanisms: no row was scored both with and without. Give more worlds.")
    crps = np.array([[scores[name].crps for name in shared] for scores in every])
    error = np.median([[abs(scores[name].error) for name in shared] for scores in every], axis=1)
    apart = crps[-1] - crps[:-1].mean(axis=0)
    strays: dict[tuple[str, str], float] = {}
    for name, stray in zip(shared, apart - apart.mean(), strict=True):
        series = every[-1][name].row.series
        strays[series] = strays.get(series, 0.0) + float(stray)
    few = len(strays) / max(len(strays) - 1, 1)
    of_rows = few * sum(stray * stray for stray in strays.values()) / len(shared) ** 2
    means, fits = crps[:-1].mean(axis=1), len(with_it)
    of_fits = float(means.var(ddof=1)) * (1.0 + 1.0 / fits) if fits > 1 else 0.0
    if np.array_equal(crps[-1], crps[0]):  # the same worlds: it never acted
        means, error[:-1], of_rows, of_fits = means[:1], error[0], 0.0, 0.0
    return Compared(
        rows=len(shared),
        crps_with=float(means.mean()),
        crps_without=float(crps[-1].mean()),
        error_with=float(error[:-1].mean()),
        error_without=float(error[-1]),
        se=math.sqrt(of_rows + of_fits),
    )


# --- The file ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Table:
    """What `make mechanisms` stored: of which record and scenario, how large, and the lines."""

    about: Mapping[str, str]
    mechanisms: tuple[Mechanism, ...]

    def is_of(self, scenario: Scenario, rows: Sequence[Row]) -> bool:
        """Whether it was made from these ranges and this record."""
        made = self.about.get("scenario_sha256"), self.about.get("record_sha256")
        return made == (scenario.without_calibration().hash, fingerprint(rows))


def columns() -> list[str]:
    """The names of the columns, in order."""
    ends = [f"{when}_{end}" for when in ("prior", "posterior") for end in ENDS]
    scores = [f"{_key(period)}_{name}" for period in PERIODS for name in SCORES]
    return [*WORDS, *ends, *scores]


def _key(period: str) -> str:
    return period.replace(" ", "_")


def write(path: Path, made: Table) -> None:
    """The table as a file: what it was made of in lines that begin with "#", then a line each."""
    with whole_file(path) as part, open(part, "w", encoding="utf-8", newline="") as file:
        file.writelines(f"# {name} = {value}\n" for name, value in made.about.items())
        writer = csv.DictWriter(file, columns(), restval="", lineterminator="\n")
        writer.writeheader()
        for told in made.mechanisms:
            cells: dict[str, str] = {name: str(getattr(told, name)) for name in WORDS}
            for when, ends in (("prior", told.prior), ("posterior", told.posterior)):
                for end, number in zip(ENDS, ends or (), strict=False):
                    cells[f"{when}_{end}"] = f"{number:.6g}"
            for period, scores in told.scores.items():
                for name in SCORES:
                    cells[f"{_key(period)}_{name}"] = f"{getattr(scores, name):.6g}"
            writer.writerow(cells)


def read(path: Path = SHIPPED) -> Table:
    """The table that is stored. BadInput if it cannot be used."""
    lines = read_text(path, LARGEST_FILE, "a table of mechanisms").splitlines()
    heads = [line[1:].partition("=") for line in lines if line.startswith("#")]
    about = {name.strip(): value.strip() for name, _, value in heads}
    rows = csv.DictReader(line for line in lines if line and not line.startswith("#"))
    if rows.fieldnames != columns() or set(ABOUT) - set(about):
        raise BadInput(
            f"{shown(path)}: has not the head and columns of a table of mechanisms. {AGAIN}"
        )
    return Table(about, tuple(_told(row, f"{shown(path)} line {row['mechanism']}") for row in rows))


def _told(row: Mapping[str, str], where: str) -> Mechanism:
    def number(name: str) -> float:
        try:
            return float(row[name])
        except (TypeError, ValueError):
            raise BadInput(f"{where}: {name} is {quoted(row[name])}, no number. {AGAIN}") from None

    def ends(when: str) -> Ends | None:
        low, middle, high = (f"{when}_{end}" for end in ENDS)
        return (number(low), number(middle), number(high)) if row[middle] else None

    if row["state"] not in STATES:
        raise BadInput(f"{where}: state is {quoted(row['state'])}. {AGAIN}")
    scores = {}
    for period in PERIODS:
        names = {name: f"{_key(period)}_{name}" for name in SCORES}
        if row[names["rows"]]:
            numbers = {name: number(column) for name, column in names.items()}
            scores[period] = Compared(**(numbers | {"rows": int(numbers["rows"])}))  # type: ignore[arg-type]
    words = {name: row[name] for name in WORDS}
    return Mechanism(**words, prior=ends("prior"), posterior=ends("posterior"), scores=scores)
