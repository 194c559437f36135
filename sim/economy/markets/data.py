"""The data market: labs buy licences or synthesis, whichever brings more for the money.

Money in USD a quarter, tokens; shapes (labs, worlds).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.economy.state import DataBought
from sim.equations import data

if TYPE_CHECKING:
    from sim.economy.agents.lab import Labs
    from sim.economy.agents.publisher import Publishers

LEAST_WORTH = 1e-6  # of a synthetic token, so that its cost of use stays a number

MTOK = 1e-6  # of a token


def clear(labs: Labs, publishers: Publishers) -> None:
    """Spend each lab's data budget on licences and synthesis."""
    rules, budget = labs.model.dials.data, labs.plan.data_budget
    licence = publishers.licence_price()
    synthesis = labs.plan.unit_cost[0] * (1.0 + rules.synthetic_margin)
    worth = np.maximum(publishers.quality(), LEAST_WORTH)
    made = budget * data.synthetic_share(licence, synthesis, worth, rules.sharpness)
    left = np.maximum(rules.licence_stock - publishers.licensed, 0.0)  # licences are not exclusive
    licensed = np.minimum((budget - made) / (licence * MTOK), left)
    bill = licensed * (licence * MTOK)
    bought = DataBought(cost=bill + made, licensed=licensed, synthetic=made / (synthesis * MTOK))
    publishers.deliver(bought, labs.sold.served)
    labs.take_data(bought)
    labs.model.ledger.pay(
        "data", {"labs": bought.cost}, {"publishers": bill.sum(axis=0) + made.sum(axis=0)}
    )
