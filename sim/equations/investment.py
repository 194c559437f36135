"""Investment: how many chips a cloud wants, and how fast foundries and grids grow."""

from __future__ import annotations

import numpy as np

from sim.units import (
    HOURS_A_QUARTER,
    HOURS_A_YEAR,
    USD,
    H100e,
    H100e_hours,
    Log,
    Quarters,
    Ratio,
    Share,
    USD_per_H100e,
    USD_per_hour,
    USD_per_kWh,
    Years,
    kW_per_H100e,
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


def rent_expected(spending: USD, chips: H100e, load: Share) -> USD_per_hour:
    """What an hour will bring on average if so much is spent in a quarter on so many chips.

    An identity.
    """
    return spending / (chips * load * HOURS_A_QUARTER)


def expansion(full: Ratio, begins: Ratio, all_out: Ratio) -> Share:
    """How hard capacity is expanded, 0 to 1: from where it is so full to where it is all out.

    A modelling choice of ours.
    """
    return np.clip((full - begins) / (all_out - begins), 0.0, 1.0)


def capacity_growth(growth: per_Year, fading: Ratio, effort: Share, decay: per_Year = 0.0) -> Log:
    """Log growth of capacity in a quarter: as fast as it can at full effort, wear at none (M16)."""
    return 0.25 * (np.log1p(growth) * fading * effort - decay * (1.0 - effort))


def begun_in_growth(growth: per_Year, lag: Years) -> per_Year:
    """What must be begun a year, over what is there, so that it grows so fast: g (1 + g lag).

    In steady growth of works that end at the rate 1/lag: an identity of time to build (Kydland and
    Prescott 1982).
    """
    return growth * (1.0 + growth * lag)


def tobins_q(rent: USD_per_hour, running: USD_per_hour, capital: USD_per_hour) -> Ratio:
    """Worth of a new chip over what it costs: what it earns beyond running, over capital's cost.

    `capital` is the part of user cost that pays for the chip itself (Tobin 1969; Jorgenson 1963).
    """
    return (rent - running) / capital


def begun_for_price(site: USD_per_kWh, power: USD_per_kWh, answer: per_Year) -> per_Year:
    """What more is begun a year, over what is there, because a place with power is dear.

    answer ln(1 + site/power): each further unit costs as many times more, as turbines, crews and
    permits run short. A modelling choice of ours (M15).
    """
    return answer * np.log1p(site / power)


def payback(price: USD_per_H100e, earned: USD_per_hour, load: Share) -> Years:
    """Years in which an installed chip earns its price, at so much an hour sold beyond running.

    price / (8760 load earned): a textbook's rule of thumb, and never if it earns nothing.
    """
    return price / (HOURS_A_YEAR * load * np.maximum(earned, 1e-12))


def usual_pace(wear: per_Year, growth: per_Year) -> per_Year:
    """Orders a year over chips that are there at which none costs more for haste: wear and growth.

    What clouds are geared to (costless in steady growth: Jermann 1998); a fall is not ordered.
    """
    return wear + np.maximum(growth, 0.0)


def haste_costs(costs: Years, wear: per_Year, pace: per_Year) -> Years:
    """How much Tobin's q must rise for a unit more of orders over chips a year.

    costs wear / pace: with no growth that is `costs`, as Hayashi 1982 has it; who is geared to more
    can do more, in proportion.
    """
    return costs * wear / pace


def orders(pace: per_Year, worth: Ratio, costs: Years) -> per_Year:
    """Chips ordered a year over those there: the usual pace and (q - 1)/costs; none below zero.

    The optimum of convex costs of adjustment (Hayashi 1982). `worth` is Tobin's q.
    """
    return np.maximum(pace + (worth - 1.0) / costs, 0.0)


def answer_to_site(stock: H100e, costs: Years, draw: kW_per_H100e, capital: USD_per_hour) -> H100e:
    """Chips fewer that are ordered in a quarter for each dollar a kWh that a place costs.

    A dearer place lowers Tobin's q by draw/capital, and q lowers orders by stock/(4 costs): so
    stock draw / (4 costs capital), the derivative of `orders` (Hayashi 1982).
    """
    return stock * draw / (4.0 * costs * capital)


def worth_cancelling(beyond: H100e, undelivered: H100e) -> H100e:
    """Chips on order that are called off: those beyond the stock at which taking them pays.

    An order is an option that is dropped where what is still to be paid exceeds what the chip is
    worth (Dixit and Pindyck 1994).
    """
    return np.clip(beyond, 0.0, undelivered)


def serving_edge(edge: Ratio, specialists: H100e, hours: H100e_hours) -> Ratio:
    """Tokens that serving gets from a chip on average, over a GPU's: specialists serve first (M17).

    A modelling choice of ours.
    """
    covered = np.minimum(specialists * HOURS_A_QUARTER / np.maximum(hours, 1.0), 1.0)
    return 1.0 + (edge - 1.0) * covered
