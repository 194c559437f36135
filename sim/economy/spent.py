"""What labs spend on, use by use, as it is reported. Shapes (labs, worlds) unless said."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.economy.state import FINAL, POST, USES
from sim.units import Array

if TYPE_CHECKING:
    from sim.economy.model import AIEconomy


def trained(use: int) -> Callable[[Any], Array]:
    """What each lab's compute for one use of training cost, (labs, worlds), USD a quarter."""

    def cost(model: AIEconomy) -> Array:
        hours, paid = model.labs.research.hours, model.labs.compute.training_cost
        return hours[use] * (paid / np.maximum(hours.sum(axis=0), 1e-9))

    return cost


final_runs, post = trained(FINAL), trained(POST)
# What each lab spends by use, (labs, worlds), USD a quarter; together it is all that it spends.
SPENT: dict[str, Callable[[Any], Array]] = {
    "experiments": lambda model: model.labs.compute.training_cost - final_runs(model) - post(model),
    "final_runs": final_runs,
    "serving": lambda model: model.labs.compute.serving_cost,
    "post_training": lambda model: post(model) + model.labs.bills.labelling,
    "data": lambda model: model.labs.data.cost + model.labs.bills.distillation,
    "people": lambda model: model.labs.bills.wages,
    "product": lambda model: model.labs.bills.product,
    "exit_fees": lambda model: model.labs.bills.exit_fees,
    "levies": lambda model: model.labs.bills.levy,
}
SPENDING = tuple(SPENT)
# What labs spend for, more coarsely, so that a plateau's turn can be read off a table.
PURPOSES = {
    "pretraining": ("experiments", "final_runs"),
    "inference": ("serving",),
    **{
        use: (use,) for use in ("post_training", "data", "people", "product", "exit_fees", "levies")
    },
}


def spending(model: AIEconomy) -> Array:
    """Labs' spending by use, (uses, worlds), USD a year."""
    return 4.0 * np.stack([spent(model).sum(axis=0) for spent in SPENT.values()])


def spending_share(model: AIEconomy) -> Array:
    """Shares of labs' spending by purpose, (purposes, worlds); nothing where none spends."""
    by_use = dict(zip(SPENDING, spending(model), strict=True))
    whole = np.maximum(sum(by_use.values()), 1e-9)
    return np.stack([sum(by_use[use] for use in uses) / whole for uses in PURPOSES.values()])


def lab_spending(model: AIEconomy, use: str) -> Array:
    """What each lab spends on one use, (labs, worlds), USD a year."""
    return 4.0 * SPENT[use](model)


def lab_return(model: AIEconomy, use: str) -> Array:
    """What each lab thinks that its next dollar in one use of development brings."""
    return model.labs.plan.returns[USES.index(use)]
