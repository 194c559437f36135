"""The compute market: rent clears each region, and scarce chips follow the money.

Labs bid dollars beyond what they hold on contract, everybody else bids too; rent is what brings
bids and hours together, with a floor below which chips are switched off. Hours are H100e-hours a
quarter, (labs, worlds) or (regions, worlds).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.units import HOURS_A_QUARTER

MOST_ON_CONTRACT = 0.8  # of a region's hours, that labs can hold


def clear(labs: Any, clouds: Any, hosts: Any) -> None:
    """Find each region's rent, share out the hours, bill them, and sign new contracts."""
    m, where, regional = labs.model, labs.region, labs.by_region
    hours = clouds.hours()
    held = _contracts(labs, hours)
    contract_cost = held * labs.contract_rate
    wanted = labs.training_bid.sum(axis=0) + labs.serving_bid
    spot_bid = np.where(labs.alive, np.maximum(wanted - contract_cost, 0.0), 0.0)
    others = clouds.elsewhere_bid()
    host_bid = hosts.bid(clouds.rent[0])
    bids = regional(spot_bid) + others
    bids = np.stack([bids[0] + host_bid, bids[1]])
    free = np.maximum(hours - regional(held), 1.0)
    floor = clouds.user_cost() * m.dials.compute.idle_rent
    clouds.rent = np.maximum(bids / free, floor)
    clouds.idle = 1.0 - np.minimum(bids / (floor * free), 1.0)
    spot = spot_bid / clouds.rent[where]
    hosts.hours = host_bid / clouds.rent[0]
    labs.compute_hours = held + spot
    labs.compute_cost = contract_cost + spot_bid
    billed = regional(held * labs.contract_rate + spot * clouds.rent[where])
    _share_out(labs, wanted)
    _sign(labs, spot, clouds.rent[where])
    clouds.look(bids + regional(contract_cost), regional(labs.compute_cost))
    m.ledger.pay(
        "compute",
        {"labs": labs.compute_cost, "hosts": host_bid},
        {"clouds": np.stack([billed[0] + host_bid, billed[1]])},
    )
    m.ledger.pay("other_compute", {"world": others.sum(axis=0)}, {"clouds": others})


def _contracts(labs: Any, hours: Any) -> Any:
    """Hours held on contract; if a region's chips shrink below them, all get their part."""
    held = labs.contract * HOURS_A_QUARTER
    total = np.maximum(labs.by_region(held), 1e-9)
    return held * np.minimum(1.0, MOST_ON_CONTRACT * hours / total)[labs.region]


def _share_out(labs: Any, wanted: Any) -> None:
    """Hours follow the bids: serving, and the three ways of training."""
    bid = np.maximum(wanted, 1e-9)
    labs.serving_share = np.where(wanted > 0.0, labs.serving_bid / bid, 0.0)
    labs.serving_hours = labs.compute_hours * labs.serving_share
    labs.training_hours = labs.training_bid * (labs.compute_hours / bid)
    labs.training_cost = labs.compute_cost * (1.0 - labs.serving_share)


def _sign(labs: Any, spot: Any, rent: Any) -> None:
    """Old contracts run out, part of the spot hours is taken on contract at today's rent."""
    d = labs.model.dials.compute
    left = labs.contract * np.exp(-0.25 / d.contract_years)
    new = np.where(
        labs.alive, spot * (d.contract_share * 0.25 / d.contract_years / HOURS_A_QUARTER), 0.0
    )
    total = left + new
    labs.contract_rate = (left * labs.contract_rate + new * rent) / np.maximum(total, 1e-12)
    labs.contract = np.where(labs.alive, total, 0.0)
