"""Observables: what a row of the record means in the model, a function each.

A function takes the past of a run, an entity and a period, and gives an array (worlds,) in
the record's unit. Maps from a model's quantity to one that was observed are stated here, once:

- ECI = 124.5 + 8 (OOM - 25.3). Least squares through the six models whose index and training
  compute are both known (LLaMA-65B, GPT-4, Llama 2-70B, Llama 3.1-405B, Claude 3.5 Sonnet,
  DeepSeek-V3), their compute raised by 0.47 OOM for each year since early 2023 (Ho et al. 2024).
  GPT-4 is 25.3 OOM. They stray by 3 to 5 points, hence a standard error of 0.4 OOM.
- log10 of METR's minutes = 0.61 + 0.48 (OOM - 25.3). The same for GPT-3, GPT-4 and Claude 3.5
  Sonnet; GPT-2 and o1, left out of the fit, stray by 0.2 in log10.
- NVIDIA's data-centre revenue is 0.92 of what is spent on AI chips: 0.68 to 0.84 of the H100e sold
  were NVIDIA's in 2023-2024, and 0.75 to 0.90 of that revenue was chips (the rest networks).
- Users are the adopting share of households times five billion adults online.
- Clouds sell nine hours of ten, so a lab that rents 0.9 of a chip's hours has one chip running.
- GPT-3 is 22.3 OOM (3.1e23 FLOP at the algorithms of 2020), GPT-3.5 23.7 (by its METR horizon).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.errors import plain
from sim.history.record.past import Past
from sim.history.record.periods import Period
from sim.parameters import compute
from sim.units import GPT4, Array

MARKET = "market"
STARTUPS = ("openai", "anthropic", "xai")  # whose run-rates are on record
ADULTS_ONLINE = 5e9
NVIDIA_OVER_CHIPS = 0.92  # its data-centre revenue over what is spent on AI chips
LOAD = float(compute.load.value)  # share of a chip's hours that are sold
ECI_OF_GPT4, ECI_PER_OOM = 124.5, 8.0  # points
LOG_MINUTES_OF_GPT4, LOG_MINUTES_PER_OOM = 0.61, 0.48  # log10 of minutes
SALES_SINCE = 2022 * 4  # quarter from which cumulative sales are on record
FOUR_YEARS = 16  # quarters
SMALLEST = 1e-300  # so that nothing is divided by zero; what it gives is not used
SPELT = {
    "eci": "ECI", "hhi": "HHI", "nvidia": "NVIDIA", "rnd": "R&D", "china": "China",
    "gpt4": "GPT-4", "gpt35": "GPT-3.5", "gpt3": "GPT-3",
    "openai": "OpenAI", "xai": "xAI", "deepseek": "DeepSeek", "bytedance": "ByteDance",
}  # fmt: skip
# What a value on record can be, by unit: far beyond anything seen, so that only slips lie outside.
BOUNDS = {
    "share": (0.0, 1.0), "index": (0.0, 1.0), "ratio/year": (1e-3, 1e4), "ECI points": (-1e3, 1e3),
    "USD": (1.0, 1e16), "USD/year": (1.0, 1e16), "USD/Mtok": (1e-9, 1e6), "people": (1.0, 1.5e10),
    "USD/H100e": (1.0, 1e7), "USD/H100e-hour": (1e-4, 1e4), "H100e": (1e-2, 1e12), "GW": (1e-7, 1e5),
    "FLOP": (1e12, 1e36), "tokens/day": (1.0, 1e20), "minutes": (1e-5, 1e9),
}  # fmt: skip

Reading = Callable[[Past, str, Period], Array]


@dataclass(frozen=True)
class Observable:
    """What can be on record: its unit, what it means here, and how a run is asked for it."""

    name: str
    unit: str
    predict: Reading
    reads: tuple[str, ...]  # measures
    what: str
    by_lab: bool = False
    span: str = "quarter"  # "quarter": of a month or quarter; "year": of a calendar year; "any"
    points_per_oom: float = 0.0  # above zero: a scale on which so many points are an OOM
    map_error: float = 0.0  # standard error of the map, OOM

    @property
    def log(self) -> bool:
        return self.points_per_oom == 0.0

    @property
    def most_oom(self) -> float:
        """The most that there can be, OOM: a share is at most one."""
        return 0.0 if self.unit in ("share", "index") else np.inf

    def takes(self, period: Period) -> bool:
        whole_year = period.last > period.first
        return self.span == "any" or whole_year == (self.span == "year")

    def out_of_bounds(self, value: float) -> str:
        """Why no such value can have been seen, to follow its name; "" if it can."""
        least, most = BOUNDS[self.unit]
        if least <= value <= most:
            return ""
        per_cent = most == 1.0 and most < value <= 100.0
        meant = f"Did you mean {plain(value / 100.0)}? " if per_cent else ""
        return (
            f"{plain(value)} is out of range. {meant}It may be {plain(least)} to {plain(most)} "
            f"{self.unit}"
        )

    def oom(self, value: Any) -> Array:
        """A value in orders of magnitude, the scale on which it is scored (-inf for nothing)."""
        if not self.log:
            return np.asarray(value, float) / self.points_per_oom
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log10(np.maximum(value, 0.0))

    def from_oom(self, oom: Any) -> Array:
        """The value of an order of magnitude."""
        return np.asarray(oom) * self.points_per_oom if not self.log else 10.0 ** np.asarray(oom)


def predict(past: Past, observable: str, entity: str, period: Period) -> Array:
    """What a run predicts of an observation, (worlds,), in the record's unit.

    nan where a world has no such thing (a price of a lab that is gone). past.OutOfRun if the run
    does not reach the period or has no such lab.
    """
    return OBSERVABLES[observable].predict(past, entity, period)


def market(measure: str, factor: float = 1.0) -> Reading:
    return lambda past, _, period: factor * past.mean(measure, period)


def lab(measure: str, factor: float = 1.0) -> Reading:
    return lambda past, name, period: factor * past.mean(measure, period, ("lab", name))


def of_the_living(measure: str) -> Reading:
    """A lab's figure at the end of the period, where it is at work; else nan."""

    def reading(past: Past, name: str, period: Period) -> Array:
        alive = past.last("lab_alive", period, ("lab", name)) > 0.0
        return np.where(alive, past.last(measure, period, ("lab", name)), np.nan)

    return reading


def share(part: Reading, whole: Reading) -> Reading:
    """One reading over another; nan where there is no whole."""

    def reading(past: Past, entity: str, period: Period) -> Array:
        there = whole(past, entity, period)
        some = np.maximum(there, SMALLEST)
        return np.where(there > 0.0, part(past, entity, period) / some, np.nan)

    return reading


def growth(measure: str) -> Reading:
    """Factor a year over the four years up to the period."""

    def reading(past: Past, _: str, period: Period) -> Array:
        before = Period(period.last - FOUR_YEARS, period.last - FOUR_YEARS)
        return (past.last(measure, period) / past.last(measure, before)) ** (4.0 / FOUR_YEARS)

    return reading


def eci(capability_of: Reading) -> Reading:
    return lambda past, name, period: (
        ECI_OF_GPT4 + ECI_PER_OOM * (capability_of(past, name, period) - GPT4)
    )


def minutes(past: Past, _: str, period: Period) -> Array:
    oom = past.last("capability", period)
    return 10.0 ** (LOG_MINUTES_OF_GPT4 + LOG_MINUTES_PER_OOM * (oom - GPT4))


def rnd_compute(past: Past, name: str, period: Period) -> Array:
    return lab("lab_compute_spending")(past, name, period) - lab("lab_serving_spending")(
        past, name, period
    )


def lab_power(past: Past, name: str, period: Period) -> Array:
    """A lab's part of the chips installed, times the draw of the fleet."""
    chips = past.last("lab_compute", period, ("lab", name)) / LOAD
    return chips / past.last("chips_installed", period) * past.last("power", period)


def delivered(past: Past, _: str, period: Period) -> Array:
    return past.each("chip_sales", Period(SALES_SINCE, period.last)).sum(axis=0) / 4.0


def china_share(past: Past, _: str, period: Period) -> Array:
    chips = [past.last("region_chips", period, ("region", where)) for where in ("us", "china")]
    return chips[1] / (chips[0] + chips[1])


def startups(past: Past, _: str, period: Period) -> Array:
    """Revenue of the start-ups whose run-rates are on record."""
    revenues = [past.mean("lab_revenue", period, ("lab", name)) for name in STARTUPS]
    return np.sum(revenues, axis=0)


def enterprise_hhi(past: Past, _: str, period: Period) -> Array:
    return np.square(past.each("lab_enterprise_share", period)).sum(axis=1).mean(axis=0)


def users(past: Past, _: str, period: Period) -> Array:
    return ADULTS_ONLINE * past.mean("segment_adoption", period, ("segment", "households"))


def state(measure: str, by: str = "") -> Reading:
    """A stock at the end of the period."""
    return lambda past, name, period: past.last(measure, period, (by, name) if by else None)


RND = ("lab_compute_spending", "lab_serving_spending")
OBSERVABLES = {
    observable.name: observable
    for observable in (
        Observable("run_rate", "USD/year", lab("lab_revenue"), ("lab_revenue",), "Revenue of a lab, annualised", True),
        Observable("calendar_revenue", "USD/year", lab("lab_revenue"), ("lab_revenue",), "Revenue of a lab in a calendar year", True, "year"),
        Observable("total_run_rate", "USD/year", market("revenue"), ("revenue",), "Revenue of all labs, annualised"),
        Observable("total_revenue", "USD/year", market("revenue"), ("revenue",), "Revenue of all labs in a calendar year", span="year"),
        Observable("compute_spending", "USD/year", lab("lab_compute_spending"), RND[:1], "A lab's spending on compute in a calendar year", True, "year"),
        Observable("rnd_compute", "USD/year", rnd_compute, RND, "A lab's compute for research and training in a year", True, "year"),
        Observable("inference_compute", "USD/year", lab("lab_serving_spending"), RND[1:], "A lab's compute for serving in a year", True, "year"),
        Observable("final_run_share", "share", share(lab("lab_final_runs_spending"), rnd_compute), ("lab_final_runs_spending", *RND), "Final runs in a lab's R&D compute", True, "any"),
        Observable("cost", "USD/year", lab("lab_spending"), ("lab_spending",), "All of a lab's costs in a calendar year", True, "year"),
        Observable("lab_chips", "H100e", lab("lab_compute", 1.0 / LOAD), ("lab_compute",), "Chips running for a lab", True),
        Observable("lab_power", "GW", lab_power, ("lab_compute", "chips_installed", "power"), "Power of the chips running for a lab", True),
        Observable("largest_run", "FLOP", state("training_run"), ("training_run",), "Largest training run so far"),
        Observable("lab_largest_run", "FLOP", state("lab_run", "lab"), ("lab_run",), "A lab's largest training run so far", True),
        Observable("run_cost", "USD", state("run_cost"), ("run_cost",), "The largest training run at today's rent"),
        Observable("run_growth", "ratio/year", growth("training_run"), ("training_run",), "Growth of the largest run over four years"),
        Observable("chips_delivered", "H100e", delivered, ("chip_sales",), "AI chips delivered since the start of 2022"),
        Observable("chips_installed", "H100e", state("chips_installed"), ("chips_installed",), "AI chips installed"),
        Observable("chips_growth", "ratio/year", growth("chips_installed"), ("chips_installed",), "Growth of the chips installed over four years"),
        Observable("china_share", "share", china_share, ("region_chips",), "China's part of the chips installed"),
        Observable("rent", "USD/H100e-hour", market("rent"), ("rent",), "Rent of an H100e", span="any"),
        Observable("chip_price", "USD/H100e", market("chip_price"), ("chip_price",), "Price of an H100e", span="any"),
        Observable("power", "GW", state("power"), ("power",), "Power drawn by AI chips, all in", map_error=0.05),
        Observable("nvidia_revenue", "USD/year", lambda past, _, period: NVIDIA_OVER_CHIPS * past.mean("flows", period, ("flow", "chips")), ("flows",), "NVIDIA's data-centre revenue, annualised", span="any", map_error=0.06),
        Observable("capex_per_chip", "USD/H100e", share(market("capex"), market("chip_sales")), ("capex", "chip_sales"), "Cost of an H100e at work: chip, server, network and site", map_error=0.1),
        Observable("price_flagship", "USD/Mtok", of_the_living("lab_price"), ("lab_price", "lab_alive"), "Price of a lab's most able model", True),
        Observable("price_mini", "USD/Mtok", of_the_living("lab_price_mini"), ("lab_price_mini", "lab_alive"), "Price of a lab's small model", True),
        Observable("price_gpt4_level", "USD/Mtok", market("price_constant"), ("price_constant",), "Cheapest price of GPT-4's capability"),
        Observable("price_gpt35_level", "USD/Mtok", market("price_gpt35"), ("price_gpt35",), "Cheapest price of GPT-3.5's capability"),
        Observable("price_gpt3_level", "USD/Mtok", market("price_gpt3"), ("price_gpt3",), "Cheapest price of GPT-3's capability"),
        Observable("tokens", "tokens/day", market("tokens"), ("tokens",), "Tokens served, input and output, free ones too"),
        Observable("lab_tokens", "tokens/day", lab("lab_tokens"), ("lab_tokens",), "Tokens of a lab's models, input and output, free ones too", True),
        Observable("users", "people", users, ("segment_adoption",), "People who use it each week", map_error=0.05),
        Observable("eci", "ECI points", eci(state("capability")), ("capability",), "Epoch Capabilities Index of the best model", points_per_oom=ECI_PER_OOM, map_error=0.4),
        Observable("lab_eci", "ECI points", eci(of_the_living("lab_capability")), ("lab_capability", "lab_alive"), "Epoch Capabilities Index of a lab's best model", True, points_per_oom=ECI_PER_OOM, map_error=0.4),
        Observable("time_horizon", "minutes", minutes, ("capability",), "METR's 50 % time horizon of the best model", map_error=0.2),
        Observable("valuation", "USD", state("lab_valuation", "lab"), ("lab_valuation",), "What a lab is worth to investors", True),
        Observable("raised", "USD/year", lab("lab_raised"), ("lab_raised",), "Equity a lab raised in a calendar year", True, "year"),
        Observable("raised_by_all", "USD/year", market("funding"), ("funding",), "Equity all labs raised in a calendar year", span="year"),
        Observable("enterprise_share", "share", lab("lab_enterprise_share"), ("lab_enterprise_share",), "A lab's part of what enterprises use", True),
        Observable("enterprise_hhi", "index", enterprise_hhi, ("lab_enterprise_share",), "Concentration of what enterprises use (HHI)"),
        Observable("startup_share", "share", share(lab("lab_revenue"), startups), ("lab_revenue",), "A lab's part of the revenue of OpenAI, Anthropic and xAI", True),
        Observable("open_share", "share", market("open_share"), ("open_share",), "Open weights' part of paid tokens"),
    )
}  # fmt: skip


def measures_for(observables: Sequence[str]) -> tuple[str, ...]:
    """The measures a run must record to be asked for these."""
    reads = (OBSERVABLES[observable].reads for observable in observables)
    return tuple(dict.fromkeys(measure for measures in reads for measure in measures))


def title_of(series: tuple[str, str]) -> str:
    """An observable and whose it is, as a figure names it: 'Run rate, OpenAI'."""
    words = [SPELT.get(word, word) for word in series[0].split("_")]
    name = " ".join([words[0][0].upper() + words[0][1:], *words[1:]])
    return name if series[1] == MARKET else f"{name}, {SPELT.get(series[1], series[1].title())}"
