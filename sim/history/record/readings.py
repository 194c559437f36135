"""Readings: how a run is asked for what was observed, a function each.

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
- The four largest clouds (Amazon, Google, Meta, Microsoft) make 0.67 of the world's increase of
  spending on AI: their part of the H100e sold in 2024 and 2025 (0.66, 0.69). What they spend
  beyond AI is taken as in 2022; what of the increase is for other ends makes the map's error.
- Accounts count pay in shares, which is no cost in cash: a lab's loss lies between both.
- What a token earns is revenue over all tokens, free ones too: subscriptions have no price a token.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.history.record.past import Past
from sim.history.record.periods import Period
from sim.parameters import compute
from sim.units import GPT4, HOURS_A_QUARTER, Array

STARTUPS = ("openai", "anthropic", "xai")  # whose run-rates are on record
ADULTS_ONLINE = 5e9
NVIDIA_OVER_CHIPS = 0.92  # its data-centre revenue over what is spent on AI chips
LOAD = float(compute.load.value)  # share of a chip's hours that are sold
ECI_OF_GPT4, ECI_PER_OOM = 124.5, 8.0  # points
LOG_MINUTES_OF_GPT4, LOG_MINUTES_PER_OOM = 0.61, 0.48  # log10 of minutes
SALES_SINCE = 2022 * 4  # quarter from which cumulative sales are on record
FOUR_YEARS = 16  # quarters
BEFORE_THE_BOOM = Period(4 * 2022, 4 * 2022 + 3)  # the year over which spending of clouds is added
BIG_FOUR = 0.67  # of the world's increase of spending on AI
KW_A_GW, MTOK, DAYS_A_YEAR = 1e6, 1e6, 365.0

Reading = Callable[[Past, str, Period], Array]


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
        nothing = np.full(np.shape(there), np.nan)
        return np.divide(part(past, entity, period), there, out=nothing, where=there > 0.0)

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


def nvidia_revenue(past: Past, _: str, period: Period) -> Array:
    return NVIDIA_OVER_CHIPS * past.mean("flows", period, ("flow", "chips"))


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


def startups_chips(past: Past, _: str, period: Period) -> Array:
    """Chips running for OpenAI, Anthropic and xAI."""
    chips = [past.last("lab_compute", period, ("lab", name)) for name in STARTUPS]
    return np.sum(chips, axis=0) / LOAD


def paid(*kinds: str) -> Reading:
    """Payments of these kinds."""

    def reading(past: Past, _: str, period: Period) -> Array:
        return np.sum([past.mean("flows", period, ("flow", kind)) for kind in kinds], axis=0)

    return reading


def energy(past: Past, _: str, period: Period) -> Array:
    """Drawn by AI chips, kWh a year."""
    return 4.0 * HOURS_A_QUARTER * KW_A_GW * past.mean("power", period)


def capex_added(past: Past, _: str, period: Period) -> Array:
    """What the four largest clouds invest beyond what they did before the boom."""
    added = past.mean("capex", period) - past.mean("capex", BEFORE_THE_BOOM)
    return np.maximum(BIG_FOUR * added, 0.0)
