"""Who earns and who pays, who finances whom, who fails and who loses by it: measures.

Read off the ledger and off what became of labs, after a quarter; shapes end in worlds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from sim.economy.accounts import EARNED, OWNED, SECTORS, SELLERS
from sim.economy.measure import Measure
from sim.economy.state import CAUSES, WENT
from sim.equations import finance
from sim.units import USD, Array, Share

if TYPE_CHECKING:
    from sim.economy.model import AIEconomy

LAB_KINDS = ("independent_labs", "parents_labs", "start_ups")
PLAIN = {
    "customers": "users",
    "utilities": "power",
    "publishers": "data",
    "governments": "taxes",
    "investors": "owners",
    "world": "suppliers",
}
# Labs by kind, every other sector of the ledger, and apart users of what others make of compute.
LAYERS = (
    *LAB_KINDS,
    *(PLAIN.get(sector, sector) for sector in SECTORS if sector != "labs"),
    "other_users",
)


def by_kind(model: AIEconomy, amounts: Array) -> Array:
    """Amounts (labs, worlds) by kind of lab, (LAB_KINDS, worlds)."""
    parent, start_up = model.labs.corporate, model.labs.entrant
    kinds = (~parent & ~start_up, parent, start_up & ~parent)
    return np.stack([np.where(kind, amounts, 0.0).sum(axis=0) for kind in kinds])


def _by_layer(model: AIEconomy, parts: slice | int) -> USD:
    """Net receipts of the quarter by layer, (LAYERS, worlds)."""
    ledger, several = model.ledger, not isinstance(parts, int)
    nets, labs = ledger.nets[parts], ledger.lab_nets[parts]
    nets, labs = (nets.sum(axis=0), labs.sum(axis=0)) if several else (nets, labs)
    sectors = [net for name, net in zip(SECTORS, nets, strict=True) if name != "labs"]
    return np.concatenate([by_kind(model, labs), sectors, np.zeros((1, model.size))])


def earned(model: AIEconomy) -> USD:
    """What each layer earned less what it spent to earn, before finance; together it is nothing.

    Governments buy tokens as users, and take taxes; who buys what others make of compute than labs
    and hosts is told apart from users of tokens.
    """
    flows, layers = model.ledger.flows, _by_layer(model, EARNED)
    taxes, others = flows["taxes"] + flows["levies"], flows["other_sales"]
    row = {name: place for place, name in enumerate(LAYERS)}
    layers[row["users"]] += layers[row["taxes"]] - taxes
    layers[row["taxes"]] = taxes
    layers[row["users"]] += others
    layers[row["other_users"]] -= others
    return 4.0 * layers


def financed(model: AIEconomy) -> USD:
    """What each layer got of owners and creditors, less what it gave them; together nothing."""
    return 4.0 * _by_layer(model, slice(OWNED, None))


def circular(model: AIEconomy) -> Share:
    """Part of each seller's sales of a year that buyers paid out of what he put into them."""
    deals = model.ledger.deals
    sold, given = np.sum(deals.sold, axis=0), np.sum(deals.financed, axis=0)
    round_about = finance.circular_part(sold, given).sum(axis=1)
    return round_about / np.maximum(sold.sum(axis=1), 1.0)


def failed(model: AIEconomy) -> Array:
    """The number of the cause, from 1 in the order of CAUSES, where a lab ended; 0 elsewhere."""
    ended = model.investors.ends.ended
    return (ended * np.arange(1.0, len(CAUSES) + 1.0)[:, None, None]).sum(axis=0)


def _lost(name: str) -> Callable[[AIEconomy], USD]:
    return lambda model: 4.0 * getattr(model.investors.ends, name).sum(axis=0)


def _count(name: str) -> Callable[[AIEconomy], Array]:
    return lambda model: getattr(model.investors.ends, name).sum(axis=0).astype(float)


COORDS = {
    "layer": LAYERS,
    "lab_kind": LAB_KINDS,
    "cause": CAUSES,
    "went": WENT,
    "seller": SELLERS,
}
MEASURES = (
    Measure("earned", "USD/year", "Profit by layer, before finance", earned, ("layer",)),
    Measure("financed", "USD/year", "Money from owners and creditors, by layer", financed, ("layer",)),
    Measure("owners_paid", "USD/year", "Money that owners put into labs, less what they got", lambda model: 4.0 * by_kind(model, model.ledger.lab_nets[OWNED]), ("lab_kind",)),
    Measure("owners_hold", "USD", "Worth of labs to their owners", lambda model: by_kind(model, model.labs.valuation), ("lab_kind",)),
    Measure("circular", "share", "Sales of a year paid out of what the seller put into the buyer", circular, ("seller",)),
    Measure("failures_by_cause", "labs", "Labs that failed so far", lambda model: model.investors.by_cause, ("cause",)),
    Measure("creditors_lost", "USD/year", "Lost by creditors of failed labs", _lost("creditors_lost")),
    Measure("owners_lost", "USD/year", "Lost by owners of failed labs", _lost("owners_lost")),
    Measure("obligations_lost", "USD/year", "Contracts for compute that failed labs did not keep", _lost("obligations_lost")),
    Measure("users_moved", "USD/year", "Work of users whose lab failed, by where it goes", lambda model: 4.0 * model.investors.ends.moved, ("went",)),
    Measure("rescued", "labs", "Labs rescued in the quarter", _count("rescued")),
    Measure("refused_rescue", "labs", "Labs that nobody rescued in the quarter", _count("refused")),
    Measure("lab_failed", "cause", "Cause for which a lab ended in the quarter, 1 to 5", failed, ("lab",)),
)  # fmt: skip
