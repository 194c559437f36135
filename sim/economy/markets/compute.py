"""The compute market: rent clears each region, and scarce chips follow the money.

Labs bid dollars beyond what they hold on contract, everybody else bids too; rent is what brings
bids and hours together, with a floor below which chips are switched off. Hours are H100e-hours a
quarter, (labs, worlds) or (regions, worlds).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.economy.state import Compute
from sim.equations import dynamics, pricing
from sim.units import HOURS_A_QUARTER, USD, YEARS_A_QUARTER, H100e, H100e_hours, USD_per_hour

if TYPE_CHECKING:
    from sim.economy.agents.cloud import Clouds
    from sim.economy.agents.host import Hosts
    from sim.economy.agents.lab import Labs

MOST_ON_CONTRACT = 0.8  # of a region's hours, that labs can hold
HOSTS_RENT_IN = np.array([[1.0], [0.0]])  # regions, as in REGIONS


def clear(labs: Labs, clouds: Clouds, hosts: Hosts) -> None:
    """Find each region's rent, share out the hours, bill them, and sign new contracts."""
    ledger, where, by_region = labs.model.ledger, labs.region, labs.by_region
    offered = clouds.hours()
    held = _held(labs, offered)
    held_cost = held * labs.compute.contract_rate
    wanted = labs.plan.training_bid.sum(axis=0) + labs.plan.serving_bid
    spot_bid = np.where(labs.alive, np.maximum(wanted - held_cost, 0.0), 0.0)
    host_bid, other_bid = hosts.bid(clouds.rent[0]), clouds.elsewhere_bid()
    bids = by_region(spot_bid) + other_bid + HOSTS_RENT_IN * host_bid
    free = np.maximum(offered - by_region(held), 1.0)
    rent, idle = pricing.clearing_rent(bids, free, clouds.least_rent())
    spot = spot_bid / rent[where]
    contract, rate = _contracts(labs, spot, rent[where])
    bought = _shared_out(labs, wanted, held + spot, held_cost + spot_bid, contract, rate)
    labs.take_compute(bought)
    hosts.take_compute(host_bid / rent[0])
    clouds.let(rent, idle)
    clouds.observe_demand(bids + by_region(held_cost), by_region(bought.cost))
    # clouds bill hours at their rates, labs pay what they bid
    billed = by_region(held_cost + spot * rent[where]) + HOSTS_RENT_IN * host_bid
    ledger.pay("compute", {"labs": bought.cost, "hosts": host_bid}, {"clouds": billed})
    ledger.transfer("other_compute", "world", "clouds", other_bid)


def _held(labs: Labs, offered: H100e_hours) -> H100e_hours:
    """Hours held on contract; if a region's chips shrink below them, all get their part."""
    held = labs.compute.contract * HOURS_A_QUARTER
    total = np.maximum(labs.by_region(held), 1e-9)
    return held * np.minimum(1.0, MOST_ON_CONTRACT * offered / total)[labs.region]


def _shared_out(
    labs: Labs,
    wanted: USD,
    hours: H100e_hours,
    cost: USD,
    contract: H100e,
    rate: USD_per_hour,
) -> Compute:
    """Hours follow the bids: serving, and the three ways of training."""
    bid = np.maximum(wanted, 1e-9)
    return Compute(
        hours=hours,
        cost=cost,
        serving_share=np.where(wanted > 0.0, labs.plan.serving_bid / bid, 0.0),
        training_hours=labs.plan.training_bid * (hours / bid),
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
