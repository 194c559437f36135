"""What a seller charges and books, and the rent that clears."""

from __future__ import annotations

import numpy as np

from sim.units import (
    USD,
    Array,
    Elasticity,
    H100e,
    H100e_hours,
    Log,
    Ratio,
    Share,
    USD_per_H100e,
    USD_per_hour,
    USD_per_kWh,
    USD_per_Mtok,
    per_Quarter,
    per_Year,
)

_LEAST = 1e-30  # keeps 0/0 away
_MOST_KEPT = 0.9  # of a share in a quarter, growth counted in: nobody looks further than ten
_LOGISTIC = np.sqrt(3.0) / np.pi  # scale of a logistic variable over its deviation


def kept_for_ever(reconsider: per_Quarter, growth: per_Year, discount: per_Year) -> Ratio:
    """Worth of a customer won over that of one sale, as long as customers stay and markets grow.

    1 / (1 - (1 - reconsider) e^((growth - discount)/4)): a part `reconsider` of customers chooses
    anew each quarter, the others stay (switching costs: Farrell and Klemperer 2007).
    """
    left = np.minimum((1.0 - reconsider) * np.exp((growth - discount) / 4.0), _MOST_KEPT)
    return 1.0 / (1.0 - left)


def logit_price(
    cost: USD_per_Mtok, sold: Array, lost: Array, lost_at_cost: Array, passed: Array
) -> USD_per_Mtok:
    """The price that brings most: what a dollar more earns on all sold, and loses on what goes.

    sold - (price lost - cost lost_at_cost - passed) = 0, the first-order condition of a seller in
    prices, whose customers partly go to its other product; what is lost counts for as long as it
    would have stayed. In an additive logit and one price, where all choose anew, that is
    cost + taste worth / (1 - share), whatever the cost (Berry 1994; Anderson, de Palma and Thisse
    1992). Where buyers pay more than list by tokens, cost counts for as much less.
    """
    return (sold + cost * lost_at_cost + passed) / np.maximum(lost, _LEAST)


def price_to_set(wanted: USD_per_Mtok, drift: Log, speed: per_Quarter) -> USD_per_Mtok:
    """What to set where a price stands for a while and the one wanted drifts by so much a quarter.

    wanted e^(drift (1 - speed) / speed), the mean over the time that it stands, if a part `speed`
    of prices is set anew each quarter (Calvo 1983): on average the price charged is then the one
    wanted, not that of last year.
    """
    return wanted * np.exp(drift * (1.0 - speed) / speed)


def limit_price(
    rival: USD_per_Mtok, better: Share, taste: Share, value: USD_per_Mtok, multiple: Ratio
) -> USD_per_Mtok:
    """The price from which a typical buyer goes to the rival: what it asks, and what is better.

    rival + value (better + taste) / multiple: success beyond the rival's and a taste for the
    seller, in money, by tokens. Limit pricing against a fringe (Gaskins 1971).
    """
    return rival + value * (np.maximum(better, 0.0) + taste) / multiple


def spare_capacity(margin: Share, surprise: Share) -> Ratio:
    """Capacity to book over expected need, where each request refused costs its margin.

    exp(sqrt(3)/pi surprise ln(margin/(1 - margin))): the newsvendor's quantile of a log-logistic
    demand (Arrow, Harris and Marschak 1951).
    """
    within = np.clip(margin, 0.02, 0.98)
    return np.exp(_LOGISTIC * surprise * np.log(within / (1.0 - within)))


def clearing_rent(bids: USD, hours: H100e_hours, floor: USD_per_hour) -> tuple[USD_per_hour, Share]:
    """The rent that brings bids and hours together, and the share of hours left idle.

    Bids are money, so the rent is bids over hours; below the floor chips are switched off, and
    only the hours that the bids pay for at the floor are used: a modelling choice of ours.
    """
    return np.maximum(bids / hours, floor), 1.0 - np.minimum(bids / (floor * hours), 1.0)


def scarcity_price(
    trend: USD_per_H100e, pressure: Ratio, elasticity: Elasticity, least: Ratio, most: Ratio
) -> USD_per_H100e:
    """Price of a chip: its trend, times orders over capacity to an elasticity, within bounds.

    A modelling choice of ours.
    """
    return trend * np.clip(pressure, least, most) ** elasticity


def power_price(
    price: USD_per_kWh, full: Share, scarcity: Ratio, steepness: Elasticity
) -> USD_per_kWh:
    """Price of power: dearer as connections fill up, price (1 + scarcity full^steepness).

    The form of congestion (Bureau of Public Roads 1964, where the exponent is 4).
    """
    return price * (1.0 + scarcity * full**steepness)


def fill_rate(hours: H100e_hours, need: H100e_hours) -> Share:
    """Requests that the hours booked can serve; all where there are none (M57)."""
    share = np.clip(hours / np.maximum(need, 1e-9), 0.0, 1.0)
    return np.where(need > 0.0, share, 1.0)


def free_burden(need: H100e_hours, paid: H100e_hours, most: Ratio) -> Ratio:
    """Hours needed over hours paid for, which those who pay bear, up to a bound.

    A modelling choice of ours.
    """
    return np.where(paid > 1e-9, np.minimum(need / np.maximum(paid, 1e-9), most), 1.0)


def contract_rate(left: H100e, rate: USD_per_hour, new: H100e, rent: USD_per_hour) -> USD_per_hour:
    """Mean rate of what is held on contract: the old at its rate, the new at today's rent.

    A weighted mean: an accounting identity.
    """
    return (left * rate + new * rent) / np.maximum(left + new, 1e-12)
