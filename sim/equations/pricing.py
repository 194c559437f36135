"""What a seller charges and books, and the rent that clears."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.units import (
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
_NEARLY_SHUT = 1e-6  # least log of a rent over the least cost of running, times the spread
_STEPS = 80  # of Newton at most: from last quarter's rent it takes five or so
_CLOSE = 1e-12  # log of hours wanted over hours on offer
_FARTHEST = 30.0  # log of a rent over the last
_LOGISTIC = np.sqrt(3.0) / np.pi  # scale of a logistic variable over its deviation


def kept_for_ever(reconsider: per_Quarter, growth: per_Year, discount: per_Year) -> Ratio:
    """Worth of a customer won over that of one sale, as long as customers stay and markets grow.

    1 / (1 - (1 - reconsider) e^((growth - discount)/4)): a part `reconsider` of customers chooses
    anew each quarter, the others stay (switching costs: Farrell and Klemperer 2007).
    """
    left = np.minimum((1.0 - reconsider) * np.exp((growth - discount) / 4.0), _MOST_KEPT)
    return 1.0 / (1.0 - left)


def while_short_of_cash(kept: Ratio, while_short: Ratio, shadow_price: Ratio) -> Ratio:
    """What a customer counts for, over `kept`, to a seller to whom a dollar now is worth more.

    A dollar is worth 1 + the shadow price of cash, which fades: what comes later, `kept` - 1, and
    `while_short` - 1 of it as the shortage fades, counts for (kept - 1 + shadow (while_short - 1))
    / (1 + shadow). Who is short of money asks more today at the cost of customers later (Chevalier
    and Scharfstein 1996).
    """
    later = kept - 1.0 + shadow_price * (while_short - 1.0)
    return (1.0 + later / (1.0 + shadow_price)) / kept


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


def serving_elasticity(margin: Share, surprise: Share) -> Elasticity:
    """How hours booked to serve answer rent, at a price that stands: minus d ln hours / d ln rent.

    sqrt(3)/pi surprise / margin, the derivative of `spare_capacity` as rent eats the margin: what
    nearly all goes to rent is not worth serving (Arrow, Harris and Marschak 1951). At most 1: there
    the bill is what requests bring.
    """
    return np.minimum(_LOGISTIC * surprise / np.maximum(margin, _LEAST), 1.0)


def running(rent: USD_per_hour, least: USD_per_hour, spread: Ratio) -> Share:
    """Chips that are worth running at a rent, where running costs are spread as a Pareto's.

    1 - (least/rent)^spread: ages with a constant hazard, and draws that grow with age at a constant
    rate, make draws a Pareto (Gabaix 2009). The rest is shut, the thirstiest first.
    """
    return 1.0 - np.minimum(least / rent, 1.0) ** spread


def hours_left_over(rent: Ratio, elasticity: Elasticity) -> Share:
    """Hours that a buyer takes, over those wanted at a rent of one: 1 / (1 - e + e rent).

    `elasticity` e, above zero and at most 1, is that at a rent of one; it rises to 1, for no buyer
    spends more than 1/e times as much, however dear an hour. A modelling choice of ours.
    """
    return 1.0 / (1.0 - elasticity + elasticity * rent)


def elasticity_at(rent: Ratio, elasticity: Elasticity) -> Elasticity:
    """How such a buyer answers rent at another rent, e rent / (1 - e + e rent): its derivative.

    With it and the hours at that rent, `hours_left_over` is the same curve: an identity.
    """
    return elasticity * rent / (1.0 - elasticity + elasticity * rent)


def tenants_hours(
    held: H100e_hours, wanted: H100e_hours, elasticity: Elasticity, dearer: Ratio
) -> tuple[H100e_hours, H100e_hours, H100e_hours]:
    """Hours that tenants use at a rent, by use; in all; and minus its slope in logs of rent.

    What is held on contract is paid anyhow, so it is used whatever the rent; beyond it as much is
    rented as is wanted at that rent: max(wanted, held), for a cost that is sunk moves nobody: an
    identity of demand for what is left. `wanted` is (uses, ..., worlds), at a rent of one.
    """
    left = hours_left_over(dearer, elasticity)
    by_use = wanted * left
    whole = by_use.sum(axis=0)
    answer = (elasticity * dearer * left * by_use).sum(axis=0)
    return by_use, np.maximum(whole, held), np.where(whole > held, answer, 0.0)


def clearing_rent(
    tenants: Callable[[Ratio], tuple[H100e_hours, H100e_hours]],
    wanted: H100e_hours,
    elasticity: Elasticity,
    offered: H100e_hours,
    least: USD_per_hour,
    spread: Ratio,
    known: USD_per_hour,
) -> USD_per_hour:
    """The rent at which hours wanted are those of chips that are worth running (Walras 1874).

    tenants + sum of wanted hours_left_over(rent/known) = offered running(rent). `wanted` is
    (buyers, ..., worlds) at the rent `known` to all; `tenants` says for a rent over that how many
    hours those with contracts use, and minus the slope of that in logs; they hold less than is
    `offered`. Newton's steps in logs, and halving where one would leave what is known to hold the
    rent, or did not halve what was left: contracts put kinks into demand.
    """
    shut = np.log(least)
    log_known = np.log(known)
    lowest = shut + _NEARLY_SHUT / spread
    log_rent = np.maximum(log_known, lowest)
    below, above, before = lowest, log_rent + _FARTHEST, np.full_like(log_rent, np.inf)
    for _ in range(_STEPS):
        dearer = np.exp(log_rent - log_known)
        left = hours_left_over(dearer, elasticity)
        by_buyer = wanted * left
        held, slope = tenants(dearer)
        total = held + by_buyer.sum(axis=0)
        at_work = -np.expm1(spread * (shut - log_rent))
        excess = np.log(total / (offered * at_work))
        found = np.abs(excess) < _CLOSE
        if found.all():
            break
        below = np.where(excess > 0.0, log_rent, below)
        above = np.where(excess < 0.0, log_rent, above)
        answer = (slope + (elasticity * dearer * left * by_buyer).sum(axis=0)) / total
        next_rent = log_rent + excess / (answer + spread * (1.0 - at_work) / at_work + _LEAST)
        inside = (next_rent >= below) & (next_rent <= above) & (2.0 * np.abs(excess) < before)
        next_rent = np.where(inside, next_rent, 0.5 * (below + above))
        before = np.abs(excess)
        log_rent = np.where(found, log_rent, next_rent)  # the same whatever other worlds need
    return np.exp(log_rent)


def dominant_margin(share: Share, demand: Elasticity, entry: Elasticity) -> Share:
    """Margin of a seller with most of a market, share / (demand + (1 - share) entry).

    The Lerner index of a leader with a fringe: the more the fringe sells and the more it could, the
    less (Landes and Posner 1981, equation 2). `demand` is the market's own elasticity.
    """
    return share / (demand + (1.0 - share) * entry)


def bargained(least: USD_per_H100e, worth: USD_per_H100e, weight: Share) -> USD_per_H100e:
    """Price of a chip that is worth more to its buyer than the seller would take for it.

    least + weight (worth - least), the seller's part of what the deal is worth (Nash 1950, as
    weighted by Binmore, Rubinstein and Wolinsky 1986).
    """
    return least + weight * np.maximum(worth - least, 0.0)


def with_a_queue(weight: Share, late: Share) -> Share:
    """A seller's part of what a deal is worth, where part of the buyers come away with nothing.

    weight + (1 - weight) late: with those the next in the queue is an outside option worth all that
    there is, with the others they bargain (Rubinstein and Wolinsky 1985, in short).
    """
    return weight + (1.0 - weight) * late


def site_price(price: USD_per_kWh, excess: H100e, most: USD_per_kWh, answer: H100e) -> USD_per_kWh:
    """A step towards the price in USD/kWh at which orders are just those that there is room for.

    At `price` so many more chips are ordered; for each dollar more clouds order `answer` fewer
    (`investment.answer_to_site`), none where money bounds what they order. At most what leaves a
    chip just worth its cost. The rent of what is fixed for now (Ricardo 1817).
    """
    return np.clip(price + excess / np.maximum(answer, _LEAST), 0.0, np.maximum(most, 0.0))


def fill_rate(hours: H100e_hours, need: H100e_hours) -> Share:
    """Requests that the hours booked can serve; all where there are none (M57)."""
    share = np.clip(hours / np.maximum(need, 1e-9), 0.0, 1.0)
    return np.where(need > 0.0, share, 1.0)


def free_burden(need: H100e_hours, paid: H100e_hours, most: Ratio) -> Ratio:
    """Hours needed over hours paid for, which those who pay bear, up to a bound.

    A modelling choice of ours.
    """
    return np.where(paid > 1e-9, np.minimum(need / np.maximum(paid, 1e-9), most), 1.0)
