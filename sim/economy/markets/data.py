"""The data market: labs buy licences or synthesis, whichever brings more for the money.

Money in USD a quarter, tokens; shapes (labs, worlds).
"""

from __future__ import annotations

from typing import Any

import numpy as np

CHEAPEST = 2.0  # how sharply buyers turn to the cheaper source: logit on log cost


def clear(labs: Any, publishers: Any) -> None:
    """Spend each lab's data budget; users' data grow and fade by themselves (M07)."""
    m, d = labs.model, labs.model.dials.data
    publishers.set_price()
    licence = publishers.price * 1e-6  # USD a token
    synthesis = labs.unit_cost[0] * (1.0 + d.synthetic_margin) * 1e-6
    worth = np.maximum(publishers.quality(), 1e-6)
    odds = (licence * worth / synthesis) ** CHEAPEST
    synthetic_share = odds / (1.0 + odds)
    made = labs.data_budget * synthetic_share
    bought = labs.data_budget - made
    left = np.maximum(d.licence_stock - publishers.licensed, 0.0)  # licences are not exclusive
    licensed = np.minimum(bought / licence, left)
    bill = licensed * licence
    publishers.licensed = publishers.licensed + licensed
    publishers.sold = publishers.licensed.max(axis=0)
    publishers.synthetic = publishers.synthetic + made / synthesis
    fade = np.exp(-0.25 * d.user_decay)
    publishers.users = publishers.users * fade + labs.tokens_served * (1e6 * d.user_tokens)
    labs.data_cost = bill + made
    m.ledger.pay(
        "data",
        {"labs": labs.data_cost},
        {"publishers": (licensed * licence).sum(axis=0) + made.sum(axis=0)},
    )
