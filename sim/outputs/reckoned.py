"""Who earns, who pays and who fails, as tables beside the short one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import xarray as xr

from sim.outputs.amounts import in_letters
from sim.outputs.quantiles import mean, quantiles
from sim.outputs.report import CUTS, band, ruled
from sim.outputs.results import Results
from sim.outputs.returns import drawdown, on_equity

BOUGHT = "2026-Q4"  # when somebody bets on all labs, before a plateau shows
YEAR = 2030  # that is shown beside the whole run
ROUNDING = 1e-9  # of what moved: a smaller sum is nothing
FUNDERS = ("owners", "lenders")
EARNINGS = ("earned", "financed", "surplus", "creditors_lost", "owners_lost")
FAILURES = ("failures_by_cause", "users_moved", "idle_chips", "idle_power", "obligations_lost")
Number = Callable[[Results], np.ndarray]  # a number a world


def in_years(array: xr.DataArray, first: int | None = None, last: int | None = None) -> np.ndarray:
    """A yearly rate summed up over the years from `first` to `last`, (..., worlds)."""
    inner = [dim for dim in array.dims if dim not in ("quarter", "world")]
    when = np.array([int(str(quarter)[:4]) for quarter in array["quarter"].values])
    wanted = (when >= (first or when[0])) & (when <= (last or when[-1]))
    values = array.transpose("quarter", *inner, "world").values
    summed: np.ndarray = values[wanted].sum(axis=0) / 4.0
    return summed


def span_of(results: Results) -> tuple[int, int]:
    """The first and the last year of a run."""
    return int(results.quarters[0][:4]), int(results.quarters[-1][:4])


def layers_of(results: Results) -> list[str]:
    return [str(name) for name in results["earned"]["layer"].values]


def who_earns(runs: Mapping[str, Results]) -> str:
    """Profit by layer over the run and in a year, who paid it in, and that it adds up.

    With two runs the change, world by world. "" where a run lacks the measures.
    """
    if not _all_have(runs, EARNINGS):
        return ""
    first, last = span_of(next(iter(runs.values())))
    spans = [(f"over {first}-{last}", first, last)]
    spans += [(f"in {YEAR}", YEAR, YEAR)] if first <= YEAR < last else []
    lines: list[list[str]] = []
    for said, start, end in spans:
        lines += _earned_in(runs, said, start, end)
    title = "Who earns, who pays: profit before finance, by layer"
    return f"{title}\n\n{ruled(_headers(runs), lines)}"


def _earned_in(runs: Mapping[str, Results], said: str, start: int, end: int) -> list[list[str]]:
    def money(name: str) -> Number:
        return lambda run: in_years(run[name], start, end)

    def layer(name: str, measure: str = "earned", sign: float = 1.0) -> Number:
        return lambda run: sign * in_years(run[measure].sel(layer=name), start, end)

    names = layers_of(next(iter(runs.values())))
    lines = [[f"Profit {said}"]]
    lines += [
        _line(f"  {in_letters(name)}", runs, layer(name), "USD")
        for name in names
        if name not in FUNDERS[:1]
    ]
    lines.append(_line("  sum of all layers", runs, lambda run: _sum(run, start, end), "USD"))
    lines.append([f"Apart from that, {said}"])
    lines += [
        _line(f"  {name} put in on balance", runs, layer(name, "financed", -1.0), "USD")
        for name in FUNDERS
    ]
    lines.append(_line("  users' surplus", runs, money("surplus"), "USD"))
    lines.append(_line("  lost by creditors of failed labs", runs, money("creditors_lost"), "USD"))
    lines.append(_line("  lost by owners of failed labs", runs, money("owners_lost"), "USD"))
    return lines


def _sum(results: Results, start: int, end: int) -> np.ndarray:
    """What all layers come to: nothing, but for what has a payer and no payee."""
    money = in_years(results["earned"], start, end)
    whole: np.ndarray = money.sum(axis=0)
    return np.where(np.abs(whole) < ROUNDING * np.abs(money).sum(axis=0), 0.0, whole)


def who_fails(runs: Mapping[str, Results]) -> str:
    """How likely labs fail, why, and what it costs whom; "" where a run lacks the measures."""
    if not _all_have(runs, FAILURES):
        return ""
    lines = [*_likely(runs), *_left_behind(runs), *_owners_got(runs)]
    return f"Who fails, and what it costs\n\n{ruled(_headers(runs), lines)}"


def _likely(runs: Mapping[str, Results]) -> list[list[str]]:
    """In what part of the worlds any lab fails, by cause, and each lab that ever does."""
    first = next(iter(runs.values()))
    year = span_of(first)[1]
    lines = [_chances(f"Any lab fails by {year}", runs, any_fails)]
    for cause in map(str, first["failures_by_cause"]["cause"].values):
        said = f"  {in_letters(cause)}"
        lines.append(_chances(said, runs, partial(any_fails, cause=cause)))
    if _all_have(runs, ("rescued", "refused_rescue")):
        shares = [rescued(run) for run in runs.values()]
        cells = ["nobody was" if np.isnan(share) else f"{share:.0f} %" for share in shares]
        gap = [f"{shares[1] - shares[0]:+.0f} points"] if len(shares) == 2 else []
        gap = ["-" if "nan" in cell else cell for cell in gap]
        lines.append(["Rescued, of labs whose creditors called", *cells, *gap])
    return [*lines, *_by_lab(runs, first.lab_titles, year)] if "lab_failed" in first else lines


def _by_lab(runs: Mapping[str, Results], titles: Mapping[str, str], last: int) -> list[list[str]]:
    """In what part of the worlds each lab fails that ever does, by two dates."""
    if not _all_have(runs, ("lab_failed",)):
        return []
    first = next(iter(runs.values()))
    dates = [YEAR, last] if span_of(first)[0] <= YEAR < last else [last]
    rows = []
    for lab in map(str, first["lab_failed"]["lab"].values):
        by_date = [
            _chances("", runs, partial(fails, lab=lab, by=f"{year}-Q4"))[1:] for year in dates
        ]
        if any(cell != "never" for cell in by_date[-1][: len(runs)]):
            cells = [" / ".join(parts) for parts in zip(*by_date, strict=True)]
            rows.append([f"  {titles.get(lab, lab)}", *cells])
    return [[f"A lab fails by {' / '.join(map(str, dates))}"], *rows] if rows else []


def _left_behind(runs: Mapping[str, Results]) -> list[list[str]]:
    """Losses, what stands idle, and where users went."""
    return [
        ["What it leaves"],
        _line("  lost by creditors", runs, partial(whole, name="creditors_lost"), "USD"),
        _line(
            "  contracts for compute not kept", runs, partial(whole, name="obligations_lost"), "USD"
        ),
        _line("  most chips shut in a quarter, H100e", runs, partial(most, name="idle_chips"), ""),
        _line("  most power shut in a quarter, GW", runs, partial(most, name="idle_power"), ""),
        *_moved(runs),
    ]


def _owners_got(runs: Mapping[str, Results]) -> list[list[str]]:
    """Return on equity, the fall of funding, and what went in a circle."""
    lines = [["What owners got"]]
    if _all_have(runs, ("owners_paid", "owners_hold")):
        lines.append(_line("  return on all equity in labs, a year", runs, on_equity, "share"))
        if all(BOUGHT in run.quarters[:-4] for run in runs.values()):
            said = f"  the same of who bought them all at the end of {BOUGHT[:4]}"
            lines.append(_line(said, runs, partial(on_equity, bought=BOUGHT), "share"))
    if _all_have(runs, ("funding",)):
        number = partial(fell, name="funding")
        lines.append(_line("  largest fall of funding from its peak", runs, number, "share"))
    if _all_have(runs, ("valuation",)):
        number = partial(fell, name="valuation")
        lines.append(_line("  largest fall of labs' worth from its peak", runs, number, "share"))
    if _all_have(runs, ("circular",)):
        for seller in map(str, next(iter(runs.values()))["circular"]["seller"].values):
            said = f"  most of a year's sales that {seller} paid for"
            number = partial(most, name="circular", part={"seller": seller})
            lines.append(_line(said, runs, number, "share"))
    return lines if len(lines) > 1 else []


def whole(results: Results, name: str) -> np.ndarray:
    """A yearly rate summed up over the run, (worlds,)."""
    return in_years(results[name])


def most(results: Results, name: str, part: Mapping[str, str] | None = None) -> np.ndarray:
    """The largest number of each world, (worlds,)."""
    return np.asarray(results[name].sel(part or {}).max("quarter").values, float)


def fell(results: Results, name: str) -> np.ndarray:
    """The largest fall of a measure from its peak, (worlds,)."""
    return drawdown(results[name].transpose("quarter", "world").values)


def fails(results: Results, lab: str, cause: int = 0, by: str | None = None) -> np.ndarray:
    """Whether a lab failed at least once, for a cause by its number if not 0, (worlds,)."""
    codes = results["lab_failed"].sel(lab=lab)
    codes = codes if by is None else codes.sel(quarter=slice(None, by))
    ended = codes == cause if cause else codes > 0
    return np.asarray(ended.any("quarter").values, float)


def _moved(runs: Mapping[str, Results]) -> list[list[str]]:
    """To whom users of failed labs turned."""
    shares = [went(run) for run in runs.values()]
    lines = []
    for name in shares[0]:
        parts = [one[name] for one in shares]
        cells = ["-" if np.isnan(part) else f"{part:.0f} %" for part in parts]
        if len(parts) == 2:
            gap = parts[1] - parts[0]
            cells.append("-" if np.isnan(gap) else f"{gap:+.0f} points")
        lines.append([f"  users of the failed that went to {in_letters(name)}", *cells])
    return lines


def rescued(results: Results) -> float:
    """Per cent of the labs whose creditors called that were rescued, in all worlds together."""
    saved, refused = (float(results[name].sum()) for name in ("rescued", "refused_rescue"))
    return 100.0 * saved / (saved + refused) if saved + refused else np.nan


def went(results: Results) -> dict[str, float]:
    """To whom users of failed labs turned, in per cent of their work in all worlds together."""
    parts = results["users_moved"].sum(["quarter", "world"])
    moved = float(parts.sum())
    names = map(str, parts["went"].values)
    return {
        name: 100.0 * float(part) / moved if moved > 0.0 else np.nan
        for name, part in zip(names, parts.values, strict=True)
    }


def any_fails(results: Results, cause: str = "") -> np.ndarray:
    """Whether any lab failed, for this cause if one is named, (worlds,)."""
    counts = results["failures_by_cause"].isel(quarter=-1)
    counts = counts.sel(cause=cause) if cause else counts.sum("cause")
    return np.asarray((counts > 0).values, float)


def _all_have(runs: Mapping[str, Results], names: Sequence[str]) -> bool:
    return bool(runs) and all(name in run for run in runs.values() for name in names)


def _headers(runs: Mapping[str, Results]) -> list[str]:
    return ["", *runs, *(["change"] if len(runs) == 2 else [])]


def _line(said: str, runs: Mapping[str, Results], number: Number, unit: str) -> list[str]:
    """Median and 90 % band of a number in each run, and of its change from world to world."""
    values = [number(run) for run in runs.values()]
    cells = [band(list(quantiles(one, CUTS)), unit) for one in values]
    if len(values) == 2:
        cells.append(band(list(quantiles(values[1] - values[0], CUTS)), unit, change=True))
    return [said, *cells]


def _chances(said: str, runs: Mapping[str, Results], happens: Number) -> list[str]:
    """In what part of the worlds something happens, and how that part changes."""
    parts = [100.0 * float(mean(happens(run))) for run in runs.values()]
    cells = [f"{part:.3g} %" if part else "never" for part in parts]
    if len(parts) == 2:
        cells.append(f"{parts[1] - parts[0]:+.3g} points")
    return [said, *cells]
