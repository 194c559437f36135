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


def won_from_rivals(within: Share, answer: Ratio, nest: Ratio) -> Share:
    """Part of what a little more utility sells that is won from rivals of one's kind, by the logit.

    (1 - within) / (nest answer), with `within` the share of one's nest and `answer` the response of
    sales, `demand.response` (Train 2009, section 4.2.4). The rest is won from the other kind and
    from people.
    """
    return (1.0 - within) / (nest * answer)


def won_from_kinds(within: Share, kind: Share, answer: Ratio) -> Share:
    """Part of that which is won for one's own kind from the other, as far as habit sees it.

    within (1 - kind) / answer, with `kind` the share of one's nest in all that is handed over.
    """
    return within * (1.0 - kind) / answer


def kept_for_ever(
    rivals: Share, kinds: Share, habit: Share, nest: Ratio, growth: per_Year, discount: per_Year
) -> Ratio:
    """Worth of a customer won over that of one sale, who was won from `rivals`, or from `kinds`.

    1 + rivals x / (1 - x) + kinds y / (1 - y), x = habit e^((growth - discount)/4), y = nest x: of a
    share won from rivals its power `habit` is left after a quarter, and so on, of a market that
    grows, so that a price cut goes on to pay (switching costs: Dubé, Hitsch and Rossi 2009). The
    odds of a nest are to the power `nest`, so what it wins fades faster; who comes from people has
    no habit. These are the eigenvalues of a nested logit whose odds carry the last shares.
    """
    left = np.minimum(habit * np.exp((growth - discount) / 4.0), _MOST_KEPT)
    faster = nest * left
    return 1.0 + rivals * left / (1.0 - left) + kinds * faster / (1.0 - faster)


def logit_price(
    cost: USD_per_Mtok, sold: Array, lost: Array, lost_at_cost: Array, kept: Ratio
) -> USD_per_Mtok:
    """The price that brings most: what a dollar more earns on all sold, and loses on what goes.

    sold - kept (price lost - cost lost_at_cost) = 0, the first-order condition of a seller in
    prices whose customers stay for a while. In an additive logit and one price that is
    cost + taste worth / (kept (1 - share)), whatever the cost (Berry 1994; Anderson, de Palma and
    Thisse 1992). Where buyers pay more than list by tokens, cost counts for as much less.
    """
    return (sold / kept + cost * lost_at_cost) / np.maximum(lost, _LEAST)


def price_to_set(wanted: USD_per_Mtok, drift: Log, speed: per_Quarter) -> USD_per_Mtok:
    """What to set where a price stands for a while and the one wanted drifts by so much a quarter.

    wanted e^(drift (1 - speed) / speed), the mean over the time that it stands, if a part `speed` of
    prices is set anew each quarter (Calvo 1983): on average the price charged is then the one
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
