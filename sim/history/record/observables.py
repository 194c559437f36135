"""Observables: what can be on record, each with its unit and what it means in the model.

How a run is asked for each, and the maps from what the model has to what was observed:
readings.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.errors import plain
from sim.history.record import readings
from sim.history.record.past import Past
from sim.history.record.periods import Period
from sim.history.record.readings import ECI_PER_OOM, Reading, lab, market, share, state
from sim.units import Array

MARKET = "market"
SPELT = {
    "eci": "ECI", "hhi": "HHI", "nvidia": "NVIDIA", "rnd": "R&D", "china": "China",
    "gpt4": "GPT-4", "gpt35": "GPT-3.5", "gpt3": "GPT-3",
    "openai": "OpenAI", "xai": "xAI", "deepseek": "DeepSeek", "bytedance": "ByteDance",
}  # fmt: skip
# What a value on record can be, by unit: far beyond anything seen, so that only slips lie outside.
BOUNDS = {
    "share": (0.0, 1.0), "index": (0.0, 1.0), "ratio/year": (1e-3, 1e4), "ECI points": (-1e3, 1e3),
    "USD": (1.0, 1e16), "USD/year": (1.0, 1e16), "USD/Mtok": (1e-9, 1e6), "people": (1.0, 8.3e9),
    "USD/H100e": (1.0, 1e7), "USD/H100e-hour": (1e-4, 1e4), "H100e": (1e-2, 1e12), "GW": (1e-7, 1e5),
    "FLOP": (1e12, 1e36), "tokens/day": (1.0, 1e20), "minutes": (1e-5, 1e9), "ratio": (1e-4, 1e4),
    "USD/kWh": (1e-4, 1e2),
}  # fmt: skip


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


RND = ("lab_compute_spending", "lab_serving_spending")
OBSERVABLES = {
    observable.name: observable
    for observable in (
        Observable("run_rate", "USD/year", lab("lab_revenue"), ("lab_revenue",), "Revenue of a lab, annualised", True),
        Observable("calendar_revenue", "USD/year", lab("lab_revenue"), ("lab_revenue",), "Revenue of a lab in a calendar year", True, "year"),
        Observable("total_run_rate", "USD/year", market("revenue"), ("revenue",), "Revenue of all labs, annualised"),
        Observable("total_revenue", "USD/year", market("revenue"), ("revenue",), "Revenue of all labs in a calendar year", span="year"),
        Observable("compute_spending", "USD/year", lab("lab_compute_spending"), RND[:1], "A lab's spending on compute in a calendar year", True, "year"),
        Observable("rnd_compute", "USD/year", readings.rnd_compute, RND, "A lab's compute for research and training in a year", True, "year"),
        Observable("inference_compute", "USD/year", lab("lab_serving_spending"), RND[1:], "A lab's compute for serving in a year", True, "year"),
        Observable("final_run_share", "share", share(lab("lab_final_runs_spending"), readings.rnd_compute), ("lab_final_runs_spending", *RND), "Final runs in a lab's R&D compute", True, "any"),
        Observable("cost", "USD/year", lab("lab_spending"), ("lab_spending",), "All of a lab's costs in a calendar year", True, "year"),
        Observable("spending_over_revenue", "ratio", share(lab("lab_spending"), lab("lab_revenue")), ("lab_spending", "lab_revenue"), "Spending per dollar of a lab's revenue: above one, it makes a loss", True, "year"),
        Observable("serving_over_revenue", "ratio", share(lab("lab_serving_spending"), lab("lab_revenue")), ("lab_serving_spending", "lab_revenue"), "Serving per dollar of a lab's revenue: one less its gross margin", True, "year"),
        Observable("data_spending", "USD/year", readings.paid("data", "labelling"), ("flows",), "What labs pay for data and to those who make it, in a calendar year", span="year"),
        Observable("lab_chips", "H100e", lab("lab_compute", 1.0 / readings.LOAD), ("lab_compute",), "Chips running for a lab", True),
        Observable("lab_power", "GW", readings.lab_power, ("lab_compute", "chips_installed", "power"), "Power of the chips running for a lab", True),
        Observable("startups_chip_share", "share", share(readings.startups_chips, state("chips_installed")), ("lab_compute", "chips_installed"), "Part of the chips installed that run for OpenAI, Anthropic and xAI"),
        Observable("largest_run", "FLOP", state("training_run"), ("training_run",), "Largest training run so far"),
        Observable("lab_largest_run", "FLOP", state("lab_run", "lab"), ("lab_run",), "A lab's largest training run so far", True),
        Observable("run_cost", "USD", state("run_cost"), ("run_cost",), "The largest training run at today's rent"),
        Observable("run_growth", "ratio/year", readings.growth("training_run"), ("training_run",), "Growth of the largest run over four years"),
        Observable("chips_delivered", "H100e", readings.delivered, ("chip_sales",), "AI chips delivered since the start of 2022"),
        Observable("chips_installed", "H100e", state("chips_installed"), ("chips_installed",), "AI chips installed"),
        Observable("chips_growth", "ratio/year", readings.growth("chips_installed"), ("chips_installed",), "Growth of the chips installed over four years"),
        Observable("china_share", "share", readings.china_share, ("region_chips",), "China's part of the chips installed"),
        Observable("rent", "USD/H100e-hour", market("rent"), ("rent",), "Rent of an H100e", span="any"),
        Observable("chip_price", "USD/H100e", market("chip_price"), ("chip_price",), "Price of an H100e", span="any"),
        Observable("power", "GW", state("power"), ("power",), "Power drawn by AI chips, all in", map_error=0.05),
        Observable("power_price", "USD/kWh", share(readings.paid("power"), readings.energy), ("flows", "power"), "Price of power for AI chips", span="any"),
        Observable("nvidia_revenue", "USD/year", readings.nvidia_revenue, ("flows",), "NVIDIA's data-centre revenue, annualised", span="any", map_error=0.06),
        Observable("chip_margin", "share", market("chip_margin"), ("chip_margin",), "Makers' margin on AI chips", span="any"),
        Observable("capex_added", "USD/year", readings.capex_added, ("capex",), "Capital spending of Amazon, Google, Meta and Microsoft beyond that of 2022", span="any", map_error=0.1),
        Observable("capex_per_chip", "USD/H100e", share(market("capex"), market("chip_sales")), ("capex", "chip_sales"), "Cost of an H100e at work: chip, server, network and site", map_error=0.1),
        Observable("price_flagship", "USD/Mtok", readings.of_the_living("lab_price"), ("lab_price", "lab_alive"), "Price of a lab's most able model", True),
        Observable("price_mini", "USD/Mtok", readings.of_the_living("lab_price_mini"), ("lab_price_mini", "lab_alive"), "Price of a lab's small model", True),
        Observable("price_gpt4_level", "USD/Mtok", market("price_constant"), ("price_constant",), "Cheapest price of GPT-4's capability"),
        Observable("price_gpt35_level", "USD/Mtok", market("price_gpt35"), ("price_gpt35",), "Cheapest price of GPT-3.5's capability"),
        Observable("price_gpt3_level", "USD/Mtok", market("price_gpt3"), ("price_gpt3",), "Cheapest price of GPT-3's capability"),
        Observable("earned_per_token", "USD/Mtok", share(lab("lab_revenue"), lab("lab_tokens", readings.DAYS_A_YEAR / readings.MTOK)), ("lab_revenue", "lab_tokens"), "What a lab earns for a token, free ones counted", True),
        Observable("tokens", "tokens/day", market("tokens"), ("tokens",), "Tokens served, input and output, free ones too"),
        Observable("lab_tokens", "tokens/day", lab("lab_tokens"), ("lab_tokens",), "Tokens of a lab's models, input and output, free ones too", True),
        Observable("users", "people", readings.users, ("segment_adoption",), "People who use it each week", map_error=0.05),
        Observable("eci", "ECI points", readings.eci(state("capability")), ("capability",), "Epoch Capabilities Index of the best model", points_per_oom=ECI_PER_OOM, map_error=0.4),
        Observable("lab_eci", "ECI points", readings.eci(readings.of_the_living("lab_capability")), ("lab_capability", "lab_alive"), "Epoch Capabilities Index of a lab's best model", True, points_per_oom=ECI_PER_OOM, map_error=0.4),
        Observable("time_horizon", "minutes", readings.minutes, ("capability",), "METR's 50 % time horizon of the best model", map_error=0.2),
        Observable("valuation", "USD", state("lab_valuation", "lab"), ("lab_valuation",), "What a lab is worth to investors", True),
        Observable("debt", "USD", state("lab_debt", "lab"), ("lab_debt",), "What a lab owes to lenders", True),
        Observable("raised", "USD/year", lab("lab_raised"), ("lab_raised",), "Equity a lab raised in a calendar year", True, "year"),
        Observable("raised_by_all", "USD/year", market("funding"), ("funding",), "Equity all labs raised in a calendar year", span="year"),
        Observable("enterprise_share", "share", lab("lab_enterprise_share"), ("lab_enterprise_share",), "A lab's part of what enterprises use", True),
        Observable("enterprise_hhi", "index", readings.enterprise_hhi, ("lab_enterprise_share",), "Concentration of what enterprises use (HHI)"),
        Observable("startup_share", "share", share(lab("lab_revenue"), readings.startups), ("lab_revenue",), "A lab's part of the revenue of OpenAI, Anthropic and xAI", True),
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
