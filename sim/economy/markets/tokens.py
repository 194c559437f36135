"""The token market: those who look around weigh success and price; sellers serve what they can.

Tokens in Mtok a quarter, money in USD a quarter, shapes (labs, worlds) unless said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.economy.state import TokensSold
from sim.equations import pricing
from sim.units import USD, Mtok, Share

if TYPE_CHECKING:
    from sim.economy.agents.customer import Customers
    from sim.economy.agents.host import Hosts
    from sim.economy.agents.lab import Labs

GOVERNMENTS = 3  # row of the segment that pays with public money, and gets nothing for free
MOST_FREE_BURDEN = 5.0  # hours needed over hours paid for, as far as a price can bear it


def clear(labs: Labs, hosts: Hosts, customers: Customers) -> None:
    """Try, choose, spend; serve up to capacity; pay labs and hosts."""
    customers.try_out(labs)
    customers.choose(labs)
    customers.spend(labs)
    sales = customers.sales.sum(axis=0)
    paid = customers.tokens.sum(axis=0)
    sold = _served(labs, hosts, sales, paid, _given_away(labs, customers))
    labs.sell(sold)
    # what each buyer paid, from its own books: spending less what was refused
    bills = (customers.sales.sum(axis=1) * sold.filled).sum(axis=1)
    labs.model.ledger.pay(
        "tokens",
        {"customers": bills[:GOVERNMENTS].sum(axis=0), "governments": bills[GOVERNMENTS]},
        {"labs": sold.revenue, "hosts": hosts.revenue},
    )
    customers.remember(sold)


def _given_away(labs: Labs, customers: Customers) -> Mtok:
    """Free tokens wanted of each product, in proportion to those paid for."""
    demand = labs.model.dials.demand
    free = (demand.free_share_households, demand.free_share_others, demand.free_share_others)
    over_paid = np.stack([share / (1.0 - share) + np.zeros(labs.shape[1]) for share in free])
    wanted = customers.tokens[:GOVERNMENTS].sum(axis=1)
    able = demand.free_flagship + np.zeros(labs.shape[1])
    return np.stack([able, 1.0 - able])[:, None] * (over_paid[:, None] * wanted).sum(axis=0)


def _served(labs: Labs, hosts: Hosts, sales: USD, paid: Mtok, free: Mtok) -> TokensSold:
    """Serve up to the hours booked, who pays first, and refuse the rest (M57).

    Closed labs serve all their tokens, open ones their own part of them; hosts serve the rest, but
    give nothing away.
    """
    plan = labs.plan
    royalty = labs.model.dials.pricing.open_royalty
    self_served: Share = np.where(labs.open[:, None], royalty, 1.0) + np.zeros(labs.shape)
    paid_hours = (paid * plan.hours_per_Mtok).sum(axis=0)
    own_hours, hours = paid_hours * self_served, labs.compute.serving_hours
    free_hours = (free * plan.hours_per_Mtok).sum(axis=0) * self_served
    fill_rate = pricing.fill_rate(hours, own_hours)
    free_filled = pricing.fill_rate(hours - own_hours * fill_rate, free_hours)
    asked = sales.sum(axis=0)
    hosts.serve(
        (paid_hours * (1.0 - self_served)).sum(axis=0), (asked * (1.0 - self_served)).sum(axis=0)
    )
    filled = self_served * fill_rate + (1.0 - self_served) * hosts.fill_rate
    return TokensSold(
        sales=sales,
        paid=paid,
        free=free,
        self_served=self_served,
        serving_need=own_hours + free_hours,
        free_burden=pricing.free_burden(own_hours + free_hours, own_hours, MOST_FREE_BURDEN),
        fill_rate=fill_rate,
        free_filled=free_filled,
        filled=filled,
        revenue=asked * self_served * fill_rate,
        served=(paid.sum(axis=0) * fill_rate + free.sum(axis=0) * free_filled) * self_served,
        flagship=paid[0] * filled,
    )
