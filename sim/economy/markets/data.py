"""The data market: labs buy text from where a useful token is cheapest.

Money in USD a quarter, tokens; shapes (labs, worlds), sources first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.economy.state import DataBought
from sim.equations import data

if TYPE_CHECKING:
    from sim.economy.agents.lab import Labs
    from sim.economy.agents.publisher import Publishers

MTOK = 1e-6  # of a token


def clear(labs: Labs, publishers: Publishers) -> None:
    """Spend each lab's data budget by source, as far as each has text left."""
    rules, budget = labs.model.dials.data, labs.plan.data_budget
    prices, left = publishers.offer(labs)
    tokens = data.text_bought(budget, prices, left, rules.sharpness)  # licences are not exclusive
    spent = tokens * (prices * MTOK)
    bought = DataBought(cost=spent.sum(axis=0), spent=spent, tokens=tokens)
    cheapest = np.where(left > 0.0, prices, np.inf).min(axis=0)
    next_price = np.where(np.isfinite(cheapest), cheapest, prices.max(axis=0))
    cost_of_rest = ((left - tokens) * (prices * MTOK)).sum(axis=0)
    publishers.deliver(bought, labs.sold.served, next_price, cost_of_rest)
    labs.take_data(bought)
    labs.model.ledger.pay("data", {"labs": bought.cost}, {"publishers": spent.sum(axis=(0, 1))})
