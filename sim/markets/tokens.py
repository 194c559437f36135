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
    own, paid, free = _volumes(labs, customers)
    _serve(labs, hosts, own, paid, free)
    customers.remember(labs)
    # what each buyer paid, from its own books: spending less what was refused
    kept = np.einsum("sjlw,lw->sw", customers.share, labs.fill)
    bills = customers.spending * kept
    governments = bills[GOVERNMENTS]
    revenue = labs.sales.sum(axis=0) * labs.fill
    royalty = np.where(labs.open[:, None], m.dials.pricing.open_royalty, 1.0)
    labs.revenue, hosted = revenue * royalty, revenue * (1.0 - royalty)
    hosts.revenue = hosted.sum(axis=0)
    m.ledger.pay(
        "tokens",
        {"customers": bills[:GOVERNMENTS].sum(axis=0), "governments": governments},
        {"labs": labs.revenue, "hosts": hosts.revenue},
    )
    labs.tokens_served = (own + free) * labs.fill
    labs.flagship_tokens = labs.paid_tokens[0] * labs.fill


def _volumes(labs: Any, customers: Any) -> tuple[Any, Any, Any]:
    """Mtok wanted: those a lab serves itself for money, all that are paid for, and free ones."""
    d = labs.model.dials.demand
    free_shares = (d.free_share_households, d.free_share_others, d.free_share_others)
    given = customers.spending[:GOVERNMENTS] * np.stack(
        [share / (1.0 - share) + np.zeros(labs.shape[1]) for share in free_shares]
    )
    labs.sales = np.einsum("sw,sjlw->jlw", customers.spending, customers.share)
    paid = labs.sales / labs.price
    free = (np.einsum("sw,sjlw->jlw", given, customers.share[:GOVERNMENTS]) / labs.price).sum(
        axis=0
    )
    labs.paid_tokens, labs.free_tokens = paid, free
    own = np.where(labs.open[:, None], labs.model.dials.pricing.open_royalty, 1.0)
    return paid.sum(axis=0) * own, paid, free * own


def _serve(labs: Any, hosts: Any, own: Any, paid: Any, free: Any) -> None:
    """Serve up to the hours booked, refuse the rest (M57). Free tokens run on the mini model."""
    d = labs.model.dials
    royalty = np.where(labs.open[:, None], d.pricing.open_royalty, 1.0)
    paid_hours = (paid * labs.hours_per_Mtok).sum(axis=0)
    labs.serving_need = paid_hours * royalty + free * labs.hours_per_Mtok[1]
    own_hours = paid_hours * royalty
    labs.free_burden = labs.serving_need / np.maximum(own_hours, 1e-9)
    labs.free_burden = np.where(own_hours > 1e-9, np.minimum(labs.free_burden, 5.0), 1.0)
    fill = labs.serving_hours / np.maximum(labs.serving_need, 1e-9)
    labs.fill = np.where(labs.serving_need > 0.0, np.minimum(fill, 1.0), 1.0)
    hosts.hours = (paid_hours * (1.0 - royalty) * labs.fill).sum(axis=0)
