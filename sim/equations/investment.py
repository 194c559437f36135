"""Investment: how many chips a cloud wants, and how fast foundries and grids grow."""

from __future__ import annotations

import numpy as np

from sim.units import (
    HOURS_A_QUARTER,
    USD,
    H100e,
    H100e_hours,
    Log,
    Quarters,
    Ratio,
    Share,
    USD_per_hour,
    per_Quarter,
    per_Year,
)

MOST_EXTRAPOLATED = 1.0  # log: nobody plans for more or less than e times today's spending


def expected_spending(
    spending: USD, growth: per_Quarter, ahead: Quarters, extrapolation: Share
) -> USD:
    """Spending expected some quarters ahead: part of recent log growth is thought to go on.

    Extrapolation is how waves of overbuilding start (Greenwood and Hanson 2015).
    """
    far = np.clip(extrapolation * growth * ahead, -MOST_EXTRAPOLATED, MOST_EXTRAPOLATED)
    return spending * np.exp(far)


def stock_wanted(spending: USD, required: USD_per_hour, load: Share) -> H100e:
    """Chips at which a quarter's spending just pays what each hour sold must earn.

    Free entry: rent equals user cost (Jorgenson 1963).
    """
    return spending / (required * load * HOURS_A_QUARTER)


def expansion(full: Ratio, begins: Ratio, all_out: Ratio) -> Share:
    """How hard capacity is expanded, 0 to 1: from where it is so full to where it is all out.

    A modelling choice of ours.
    """
    return np.clip((full - begins) / (all_out - begins), 0.0, 1.0)


def capacity_growth(growth: per_Year, fading: Ratio, effort: Share, decay: per_Year = 0.0) -> Log:
    """Log growth of capacity in a quarter: as fast as it can at full effort, wear at none (M16)."""
    return 0.25 * (np.log1p(growth) * fading * effort - decay * (1.0 - effort))


def orders(
    wanted: H100e, there: H100e, coming: H100e, retiring: H100e, speed: per_Quarter
) -> H100e:
    """Chips ordered in a quarter: part of the gap on delivery, never below nothing.

    The flexible accelerator (Chenery 1952; Koyck 1954).
    """
    return np.maximum(wanted - there - coming + retiring, 0.0) * speed


def serving_edge(edge: Ratio, specialists: H100e, hours: H100e_hours) -> Ratio:
    """Tokens that serving gets from a chip on average, over a GPU's: specialists serve first (M17).

    A modelling choice of ours.
    """
    covered = np.minimum(specialists * HOURS_A_QUARTER / np.maximum(hours, 1.0), 1.0)
    return 1.0 + (edge - 1.0) * covered
