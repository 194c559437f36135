"""The market for loans: debts are served, then whoever is short borrows before it sells shares.

Money in USD a quarter, shapes (labs, worlds).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.equations import debt, finance
from sim.units import USD, Flag

if TYPE_CHECKING:
    from sim.economy.agents.lab import Labs
    from sim.economy.agents.lender import Lenders


def serve(labs: Labs, lenders: Lenders) -> Flag:
    """Interest and repayments of last quarter's debts; returns whose loans are called."""
    transfer = labs.model.ledger.transfer
    lenders.ask(labs)
    interest, back, called = lenders.due(labs)
    transfer("interest", "labs", "lenders", interest)
    transfer("repayments", "labs", "lenders", back)
    lenders.lend(-back)
    labs.serve_debt(interest, back)
    return called


def borrow(labs: Labs, lenders: Lenders, called: Flag, spending: USD, burn: USD) -> None:
    """Loans come before shares: they tell less of what only the lab knows (Myers and Majluf 1984).

    As much as a round would bring, as far as lenders go.
    """
    capital = labs.model.dials.capital
    short = finance.shortfall(labs.cash, spending, burn, capital.runway, capital.raise_below)
    asked = np.minimum(short, lenders.room(labs, called))
    lent = asked * np.minimum(lenders.left() / np.maximum(asked.sum(axis=0), 1.0), 1.0)
    labs.model.ledger.transfer("loans", "lenders", "labs", lent)
    lenders.lend(lent)
    labs.borrow(lent)


def exchange(labs: Labs, lenders: Lenders, rescued: Flag) -> None:
    """Creditors of who is rescued take shares for part of what it owes (Gilson et al. 1990)."""
    turned = np.where(rescued, labs.model.dials.debt.converted * labs.debt, 0.0)
    lenders.write_off(turned)
    labs.be_released(turned)


def wind_up(labs: Labs, lenders: Lenders, failed: Flag, estate: USD) -> USD:
    """Creditors of the failed are paid first, out of the estate; returns what they get."""
    paid = np.where(failed, debt.recovered(estate, labs.debt), 0.0)
    labs.model.ledger.transfer("repayments", "labs", "lenders", paid)
    lenders.lend(-paid)
    lenders.write_off(np.where(failed, lenders.loans, 0.0))
    return paid
