"""The token market: buyers weigh success, price and habit; sellers serve what they can.

Tokens in Mtok a quarter, money in USD a quarter.
"""

from __future__ import annotations

from typing import Any

import numpy as np

GOVERNMENTS = 3  # row of the segment that pays with public money


def clear(labs: Any, hosts: Any, customers: Any) -> None:
    """Try, choose, spend; serve up to capacity; pay labs and hosts."""
    m = customers.model
    customers.try_out(labs)
    customers.choose(labs)
    customers.spend()
    paid, free = _volumes(labs, customers)
    _serve(labs, hosts, paid, free)
    # what each buyer paid, from its own books: spending less what was refused
    bills = customers.spending * np.einsum("sjlw,lw->sw", customers.paid_share, labs.filled)
    sales = labs.sales.sum(axis=0)
    labs.revenue = sales * labs.own * labs.fill
    hosts.revenue = (sales * (1.0 - labs.own)).sum(axis=0) * hosts.fill
    m.ledger.pay(
        "tokens",
        {"customers": bills[:GOVERNMENTS].sum(axis=0), "governments": bills[GOVERNMENTS]},
        {"labs": labs.revenue, "hosts": hosts.revenue},
    )
    customers.remember(labs)
    labs.tokens_served = (paid.sum(axis=0) + free) * labs.own * labs.fill
    labs.flagship_tokens = paid[0] * labs.filled


def _volumes(labs: Any, customers: Any) -> tuple[Any, Any]:
    """Mtok wanted: (products, labs, worlds) that are paid for, (labs, worlds) that are free."""
    d = labs.model.dials.demand
    free_shares = (d.free_share_households, d.free_share_others, d.free_share_others)
    given = customers.spending[:GOVERNMENTS] * np.stack(
        [share / (1.0 - share) + np.zeros(labs.shape[1]) for share in free_shares]
    )
    labs.sales = np.einsum("sw,sjlw->jlw", customers.spending, customers.paid_share)
    paid = labs.sales / labs.price
    free = (np.einsum("sw,sjlw->jlw", given, customers.paid_share[:GOVERNMENTS]) / labs.price).sum(
        axis=0
    )
    labs.paid_tokens, labs.free_tokens = paid, free
    return paid, free


def _serve(labs: Any, hosts: Any, paid: Any, free: Any) -> None:
    """Serve up to the hours booked, refuse the rest (M57). Free tokens run on the mini model.

    Closed labs serve all their tokens, open ones their own part of them; hosts serve the rest, but
    give nothing away.
    """
    labs.own = np.where(labs.open[:, None], labs.model.dials.pricing.open_royalty, 1.0)
    paid_hours = (paid * labs.hours_per_Mtok).sum(axis=0)
    own_hours = paid_hours * labs.own
    labs.serving_need = own_hours + free * labs.own * labs.hours_per_Mtok[1]
    burden = np.minimum(labs.serving_need / np.maximum(own_hours, 1e-9), 5.0)
    labs.free_burden = np.where(own_hours > 1e-9, burden, 1.0)
    fill = labs.serving_hours / np.maximum(labs.serving_need, 1e-9)
    labs.fill = np.where(labs.serving_need > 0.0, np.minimum(fill, 1.0), 1.0)
    hosted = 1.0 - labs.own
    asked = (labs.sales.sum(axis=0) * hosted).sum(axis=0)
    hosts.serve((paid_hours * hosted).sum(axis=0), asked)
    labs.filled = labs.own * labs.fill + (1.0 - labs.own) * hosts.fill
