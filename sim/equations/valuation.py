"""Valuation: what a firm of fast growth, and a hope, are worth. Money in USD, rates a year."""

from __future__ import annotations

import numpy as np

from sim.units import OOM, USD, Array, Log, OOM_per_Year, Ratio, Years, per_Year

STEPS = 16  # of the recurrence: exact to 1e-8 up to growth of e^3 in all, to .1 % up to e^8
MOST_SHRINKING = -1.0  # log in all: a firm that shrinks by more is wound up, not valued
NODES = (np.arange(16) + 0.5) / 16.0  # middles of equal parts of an opinion
SLOWEST = 0.01  # OOM a year: at a slower pace nothing arrives


def fading_growth(total: Ratio, rate: Ratio) -> Ratio:
    """Present value of a flow of one whose extra growth fades: the sum of all of it.

    Integral over t from 0 of exp(-rate t + total (1 - e^-t)), time in units of the fade: growth of
    `total` in all (in logs) is over by 1/e in each, and `rate` is what is left of the discount
    after growth in the long run. It is Kummer's function M(1, rate + 1, total) / rate, from the
    recurrence K(s) = (1 + total K(s + 1)) / s (Abramowitz and Stegun 1964, 13.4).
    """
    last = np.add(rate, float(STEPS))
    value = 1.0 / (last - np.minimum(total, 0.5 * last))
    for step in range(STEPS - 1, -1, -1):
        value = (1.0 + total * value) / np.add(rate, float(step))
    return value


def going_concern(
    revenue: USD,
    cash_flow: USD,
    growth: per_Year,
    long_growth: per_Year,
    fade: Years,
    room: Log,
    margin: Ratio,
    discount: per_Year,
) -> USD:
    """Worth of a firm that grows fast and loses money today, by its discounted cash flow.

    Sales (USD a year) grow at `growth`, a log rate, which fades at the rate 1/fade to `long_growth`
    and earn `margin` in the end; what `cash_flow` is short of that today fades as fast:

        V = margin revenue fade K(min((growth - long) fade, room), (discount - long) fade)
            + (cash_flow - margin revenue) / (discount + 1/fade),

    K as in `fading_growth`. `room` is the log of how many times as large its market can become
    (Damodaran 2012, ch. 23: young firms by the growth, the margin, the market and the losses on the
    way). Below zero where losses outweigh what is to come.
    """
    total = np.clip((growth - long_growth) * fade, MOST_SHRINKING, np.maximum(room, 0.0))
    earned = margin * revenue
    later = earned * fade * fading_growth(total, (discount - long_growth) * fade)
    return later + (cash_flow - earned) / (discount + 1.0 / fade)


def arrival_factor(
    frontier: OOM, pace: OOM_per_Year, oom: OOM, width: OOM, discount: per_Year
) -> Ratio:
    """What a dollar is worth today that is paid when the frontier reaches a level nobody knows.

    Opinion of the level is a logistic around `oom` with spread `width`; what lies behind the
    frontier has not come, and is counted as nothing. Expected e^(-discount T) with T = (level -
    frontier) / pace, by the midpoint rule in the opinion's quantiles; (worlds,) or numbers. 0 where
    the frontier stands still. The value of a prize in a race: Loury 1979.
    """
    behind = 1.0 / (1.0 + np.exp(np.clip((oom - frontier) / width, -60.0, 60.0)))
    ahead = 1.0 - behind
    quantile = behind + ahead * np.reshape(NODES, (-1,) + (1,) * np.ndim(behind))
    level = oom + width * (np.log(quantile) - np.log1p(-np.minimum(quantile, 1.0 - 1e-15)))
    wait = np.maximum(level - frontier, 0.0) / np.maximum(pace, SLOWEST)
    paid: Array = np.exp(-discount * wait).mean(axis=0)
    return np.where(np.asarray(pace) > SLOWEST, ahead * paid, 0.0)
