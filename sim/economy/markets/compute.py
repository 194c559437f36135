"""The compute market: the rent at which hours wanted are hours on offer, in each region.

What labs hold on contract they use whatever the rent. Beyond that, buyers answer it each in a way
of its own. To train, labs bid dollars: what an OOM of capability is worth buys as much whatever an
hour costs, for OOM go by the logarithm (spending is worth x elasticity). To serve, labs and hosts
want hours, fewer as rent eats the margin of what they were asked for. Everybody else has demand
curves. On offer are the chips that are worth running. Hours are H100e-hours a quarter, (labs,
worlds) or (regions, worlds).
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
    Ratio,
    USD_per_hour,
)

if TYPE_CHECKING:
    from sim.economy.agents.cloud import Clouds
    from sim.economy.agents.host import Hosts
    from sim.economy.agents.lab import Labs

OTHERS = 1  # from which row of the buyers beside labs on everybody else stands
HOSTS_RENT_IN = np.array([[1.0], [0.0]])  # regions, as in REGIONS


def clear(labs: Labs, clouds: Clouds, hosts: Hosts) -> None:
    """Find each region's rent, share out the hours and bill them."""
    ledger, where, by_region = labs.model.ledger, labs.region, labs.by_region
    offered, known = clouds.hours(), clouds.rent
    held, held_cost = _held(labs, offered)
    wants, answers = _wanted(labs, known[where]), _elasticities(labs)[:, where]

    def tenants(dearer: Ratio) -> tuple[H100e_hours, H100e_hours]:
        _, used, slope = pricing.tenants_hours(held, wants, answers, dearer[where])
        return by_region(used), by_region(slope)

    at_hosts = hosts.bid(known[0]) / known[0]
    elsewhere, its_answers = clouds.elsewhere.wants()
    others = np.concatenate([(HOSTS_RENT_IN * at_hosts)[None], elsewhere])
    hosts_answer = np.ones((1, *known.shape)) * hosts.elasticity()
    their_answers = np.concatenate([hosts_answer, its_answers])
    least, spread = clouds.running_costs()
    rent = pricing.clearing_rent(tenants, others, their_answers, offered, least, spread, known)
    got = others * pricing.hours_left_over(rent / known, their_answers)
    by_use, used, _ = pricing.tenants_hours(held, wants, answers, (rent / known)[where])
    spot = used - held
    bought = _shared_out(labs, held, held_cost, by_use[1], used, held_cost + spot * rent[where])
    labs.take_compute(bought)
    hosts.take_compute(got[0, 0])
    clouds.let(rent)
    host_bill, other_hours = hosts.hours * rent[0], got[OTHERS:]
    other_bills = other_hours * rent
    # clouds bill hours at their rates, labs pay what they bought
    billed = by_region(held_cost) + by_region(spot) * rent + HOSTS_RENT_IN * host_bill
    clouds.tenancy.observe(by_region(held), by_region(held_cost))
    at_rent = by_region(used) * rent + HOSTS_RENT_IN * host_bill
    by_others = other_bills.sum(axis=0)
    clouds.observe_demand(at_rent + by_others, billed + by_others)
    bids = labs.plan.training_bid.sum(axis=0) + labs.plan.serving_bid
    clouds.elsewhere.observe(by_region(bids))
    ledger.pay("compute", {"labs": bought.cost, "hosts": host_bill}, {"clouds": billed})
    clouds.elsewhere.earn(other_bills, other_hours)


def _wanted(labs: Labs, rent: USD_per_hour) -> H100e_hours:
    """Hours to train and to serve that labs want at last quarter's rent, (uses, labs, worlds)."""
    return np.stack([labs.plan.training_bid.sum(axis=0), labs.plan.serving_bid]) / rent


def _elasticities(labs: Labs) -> Elasticity:
    """How training and serving answer rent, (uses, regions, worlds)."""
    serving, revenue = labs.compute.serving_cost, labs.by_region(labs.revenue)
    margin = 1.0 - labs.by_region(serving) / np.maximum(revenue, 1e-9)
    serve = pricing.serving_elasticity(margin, labs.model.dials.research.demand_surprise)
    return np.stack([np.ones(margin.shape), serve])


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
    to_serve: H100e_hours,
    hours: H100e_hours,
    cost: USD,
) -> Compute:
    """What each lab has: to serve as much as it wants at this rent, to train the rest.

    So contracts beyond what it would rent are trained on.
    """
    served = np.minimum(to_serve, hours)
    bids = labs.plan.training_bid
    part = (hours - served) / np.maximum(bids.sum(axis=0), 1e-9)
    return Compute(
        hours=hours,
        cost=cost,
        serving_share=served / np.maximum(hours, 1e-9),
        training_hours=bids * part,
        held=held,
        held_cost=held_cost,
    )
