"""The compute market: the rent at which hours wanted are hours on offer, in each region.

Beyond what they hold on contract, buyers answer rent each in a way of its own. To train, labs
bid dollars: what an OOM of capability is worth buys as much whatever an hour costs, for OOM go by
the logarithm (spending is worth x elasticity). To serve, labs and hosts want hours, fewer as rent
eats the margin of what they were asked for. Everybody else has demand curves. On offer are the
chips that are worth running. Hours are H100e-hours a quarter, (labs, worlds) or (regions, worlds).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.economy.state import Compute
from sim.equations import dynamics, pricing
from sim.units import (
    HOURS_A_QUARTER,
    USD,
    YEARS_A_QUARTER,
    Elasticity,
    H100e,
    H100e_hours,
    USD_per_hour,
)

if TYPE_CHECKING:
    from sim.economy.agents.cloud import Clouds
    from sim.economy.agents.host import Hosts
    from sim.economy.agents.lab import Labs

MOST_ON_CONTRACT = 0.8  # of a region's hours, that labs can hold
OTHERS = 3  # from which row of the buyers on everybody else stands
HOSTS_RENT_IN = np.array([[1.0], [0.0]])  # regions, as in REGIONS


def clear(labs: Labs, clouds: Clouds, hosts: Hosts) -> None:
    """Find each region's rent, share out the hours, bill them, and sign new contracts."""
    ledger, where, by_region = labs.model.ledger, labs.region, labs.by_region
    offered, known = clouds.hours(), clouds.rent
    held = _held(labs, offered)
    held_cost = held * labs.compute.contract_rate
    training, serving = _wanted_beyond(labs, held_cost, known[where])
    at_hosts = hosts.bid(known[0]) / known[0]
    others, their_answers = clouds.elsewhere.wants()
    of_labs_and_hosts = np.stack(
        [by_region(training), by_region(serving), HOSTS_RENT_IN * at_hosts]
    )
    wanted = np.concatenate([of_labs_and_hosts, others])
    answers = np.concatenate([_elasticities(labs, hosts), their_answers])
    least, spread = clouds.running_costs()
    rent = pricing.clearing_rent(by_region(held), wanted, answers, offered, least, spread, known)
    got = pricing.hours_left_over(rent / known, answers)
    spot = training * got[0][where], serving * got[1][where]
    bought = _shared_out(labs, held, *spot, rent[where])
    labs.take_compute(bought)
    hosts.take_compute(at_hosts * got[2, 0])
    clouds.let(rent)
    host_bill, other_hours = hosts.hours * rent[0], wanted[OTHERS:] * got[OTHERS:]
    other_bills = other_hours * rent
    # clouds bill hours at their rates, labs pay what they bought
    billed = by_region(held_cost) + by_region(sum(spot)) * rent + HOSTS_RENT_IN * host_bill
    clouds.observe_contracts(by_region(held), by_region(held_cost))
    clouds.observe_demand(billed + other_bills.sum(axis=0))
    clouds.elsewhere.observe(by_region(bought.cost))
    ledger.pay("compute", {"labs": bought.cost, "hosts": host_bill}, {"clouds": billed})
    clouds.elsewhere.earn(other_bills, other_hours)


def _wanted_beyond(
    labs: Labs, held_cost: USD, rent: USD_per_hour
) -> tuple[H100e_hours, H100e_hours]:
    """Hours to train and to serve that labs want at last quarter's rent, beyond their contracts."""
    training, serving = labs.plan.training_bid.sum(axis=0), labs.plan.serving_bid
    whole = training + serving
    spot = np.where(labs.alive, np.maximum(whole - held_cost, 0.0), 0.0)
    hours = spot / (rent * np.maximum(whole, 1e-9))
    return training * hours, serving * hours


def _elasticities(labs: Labs, hosts: Hosts) -> Elasticity:
    """How training, serving and hosts answer rent, (buyers, regions, worlds)."""
    dials, serving = labs.model.dials, labs.compute.serving_cost
    revenue = labs.by_region(labs.revenue)
    margin = 1.0 - labs.by_region(serving) / np.maximum(revenue, 1e-9)
    serve = pricing.serving_elasticity(margin, dials.research.demand_surprise)
    unit = np.ones(margin.shape)
    return np.stack([unit, serve, unit * hosts.elasticity()])


def _held(labs: Labs, offered: H100e_hours) -> H100e_hours:
    """Hours held on contract; if a region's chips shrink below them, all get their part."""
    held = labs.compute.contract * HOURS_A_QUARTER
    total = np.maximum(labs.by_region(held), 1e-9)
    return held * np.minimum(1.0, MOST_ON_CONTRACT * offered / total)[labs.region]


def _shared_out(
    labs: Labs, held: H100e_hours, training: H100e_hours, serving: H100e_hours, rent: USD_per_hour
) -> Compute:
    """What each lab has: contracts go to training and serving as it bids, spot hours as bought."""
    plan, before = labs.plan, labs.compute
    to_train = plan.training_bid.sum(axis=0)
    bid = np.maximum(to_train + plan.serving_bid, 1e-9)
    spot = training + serving
    hours = held + spot
    served = held * (plan.serving_bid / bid) + serving
    contract, rate = _contracts(labs, spot, rent)
    part = (hours - served) / np.maximum(to_train, 1e-9)
    return Compute(
        hours=hours,
        cost=held * before.contract_rate + spot * rent,
        serving_share=served / np.maximum(hours, 1e-9),
        training_hours=plan.training_bid * part,
        contract=contract,
        contract_rate=rate,
    )


def _contracts(labs: Labs, spot: H100e_hours, rent: USD_per_hour) -> tuple[H100e, USD_per_hour]:
    """Old contracts run out, part of the spot hours is taken on contract at today's rent."""
    rules, before = labs.model.dials.compute, labs.compute
    left = before.contract * dynamics.left_after(1.0, rules.contract_years)
    taken = rules.contract_share * YEARS_A_QUARTER / rules.contract_years / HOURS_A_QUARTER
    new = np.where(labs.alive, spot * taken, 0.0)
    rate = pricing.contract_rate(left, before.contract_rate, new, rent)
    return np.where(labs.alive, left + new, 0.0), rate
