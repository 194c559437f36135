"""The compute market: the rent at which hours wanted are hours on offer, in each region.

Beyond what they hold on contract, buyers answer rent each in a way of its own. To train, labs
bid dollars: what an OOM of capability is worth buys as much whatever an hour costs, for OOM go by
the logarithm (spending is worth x elasticity). To serve, labs and hosts want hours, fewer as rent
eats the margin of what they were asked for. Everybody else has a demand curve. On offer are the
chips that are worth running. Hours are H100e-hours a quarter, (labs, worlds) or (regions, worlds).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.economy.state import MOST_ON_CONTRACT, Compute
from sim.equations import pricing
from sim.units import (
    USD,
    Elasticity,
    H100e_hours,
    USD_per_hour,
)

if TYPE_CHECKING:
    from sim.economy.agents.cloud import Clouds
    from sim.economy.agents.host import Hosts
    from sim.economy.agents.lab import Labs

HOSTS_RENT_IN = np.array([[1.0], [0.0]])  # regions, as in REGIONS


def clear(labs: Labs, clouds: Clouds, hosts: Hosts) -> None:
    """Find each region's rent, share out the hours and bill them."""
    ledger, where, by_region = labs.model.ledger, labs.region, labs.by_region
    offered, known = clouds.hours(), clouds.rent
    held, held_cost = _held(labs, offered)
    training, serving = _wanted_beyond(labs, held, known[where])
    at_hosts = hosts.bid(known[0]) / known[0]
    wanted = np.stack(
        [
            by_region(training),
            by_region(serving),
            HOSTS_RENT_IN * at_hosts,
            clouds.elsewhere.wants(),
        ]
    )
    answers = _elasticities(labs, hosts)
    least, spread = clouds.running_costs()
    rent = pricing.clearing_rent(by_region(held), wanted, answers, offered, least, spread, known)
    got = pricing.hours_left_over(rent / known, answers)
    spot = training * got[0][where], serving * got[1][where]
    bought = _shared_out(labs, held, held_cost, *spot, rent[where])
    labs.take_compute(bought)
    hosts.take_compute(at_hosts * got[2, 0])
    clouds.let(rent)
    host_bill, other_bill = hosts.hours * rent[0], wanted[3] * got[3] * rent
    # clouds bill hours at their rates, labs pay what they bought
    billed = by_region(held_cost) + by_region(sum(spot)) * rent + HOSTS_RENT_IN * host_bill
    clouds.observe_demand(by_region(held) * rent + billed - by_region(held_cost) + other_bill)
    clouds.elsewhere.observe(by_region(bought.cost))
    ledger.pay("compute", {"labs": bought.cost, "hosts": host_bill}, {"clouds": billed})
    ledger.transfer("other_compute", "world", "clouds", other_bill)


def _wanted_beyond(
    labs: Labs, held: H100e_hours, rent: USD_per_hour
) -> tuple[H100e_hours, H100e_hours]:
    """Hours to train and to serve that labs want at last quarter's rent, beyond their contracts.

    What is held is paid whether used or not, so it is used first, whatever its rate.
    """
    training, serving = labs.plan.training_bid.sum(axis=0), labs.plan.serving_bid
    whole = training + serving
    spot = np.where(labs.alive, np.maximum(whole - held * rent, 0.0), 0.0)
    hours = spot / (rent * np.maximum(whole, 1e-9))
    return training * hours, serving * hours


def _elasticities(labs: Labs, hosts: Hosts) -> Elasticity:
    """How training, serving, hosts and everybody else answer rent, (buyers, regions, worlds)."""
    dials, serving = labs.model.dials, labs.compute.serving_cost
    revenue = labs.by_region(labs.revenue)
    margin = 1.0 - labs.by_region(serving) / np.maximum(revenue, 1e-9)
    serve = pricing.serving_elasticity(margin, dials.research.demand_surprise)
    unit = np.ones(margin.shape)
    others = unit * dials.compute.elsewhere_elasticity
    return np.stack([unit, serve, unit * hosts.elasticity(), others])


def _held(labs: Labs, offered: H100e_hours) -> tuple[H100e_hours, USD]:
    """Hours held on contract, and their bill; if a region's chips shrink below them, all get their
    part."""
    due, bill = labs.commitments.hours[0], labs.commitments.bills[0]
    total = np.maximum(labs.by_region(due), 1e-9)
    part = np.minimum(1.0, MOST_ON_CONTRACT * offered / total)[labs.region]
    return due * part, bill * part


def _shared_out(
    labs: Labs,
    held: H100e_hours,
    held_cost: USD,
    training: H100e_hours,
    serving: H100e_hours,
    rent: USD_per_hour,
) -> Compute:
    """What each lab has: contracts go to training and serving as it bids, spot hours as bought.

    Of contracts beyond what it bids for serving takes no more than it needs, and training the rest.
    """
    plan, known = labs.plan, labs.model.clouds.rent[labs.region]
    to_train = plan.training_bid.sum(axis=0)
    bid = np.maximum(to_train + plan.serving_bid, 1e-9)
    spot = training + serving
    hours = held + spot
    served = np.minimum(held * (plan.serving_bid / bid), plan.serving_bid / known) + serving
    part = (hours - served) / np.maximum(to_train, 1e-9)
    return Compute(
        hours=hours,
        cost=held_cost + spot * rent,
        serving_share=served / np.maximum(hours, 1e-9),
        training_hours=plan.training_bid * part,
        held=held,
        held_cost=held_cost,
    )
