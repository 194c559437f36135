"""Lenders: banks and bond holders; what they lend to whom, at what rate, and what they lose.

Shapes (labs, worlds), money in USD. Their books are kept apart from the labs': what a lab owes and
what is lent to it must agree at the end of every quarter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.equations import debt
from sim.units import USD, Flag, per_Year

if TYPE_CHECKING:
    from sim.economy.agents.lab import Labs
    from sim.economy.model import AIEconomy


class Lenders(mesa.Agent):
    """Everybody who lends to labs."""

    model: AIEconomy

    def __init__(self, model: AIEconomy):
        super().__init__(model)
        zeros = np.zeros((len(model.dials.lab_names), model.size))
        self.loans = zeros  # not paid back
        self.lost = zeros  # written off or taken as shares so far
        self.rate: per_Year = zeros  # of interest, by lab

    def ask(self, labs: Labs) -> None:
        """The rate of each lab for the quarter, by what it owes and is worth at work."""
        rules = self.model.dials.debt
        risk = debt.spread(labs.debt, labs.at_work, rules.rate, rules.volatility, rules.loss)
        self.rate = np.where(labs.debt > 0.0, rules.rate + risk, 0.0)

    def due(self, labs: Labs) -> tuple[USD, USD, Flag]:
        """Interest and repayments of the quarter, and whose loans are called."""
        rules = self.model.dials.debt
        called = debt.breached(labs.debt, labs.at_work, rules.covenant)
        back = debt.repayment(self.loans, called, rules.years, rules.called_years)
        return 0.25 * self.rate * self.loans, back, called

    def room(self, labs: Labs, called: Flag) -> USD:
        """What each lab may still borrow."""
        rules = self.model.dials.debt
        year = np.sum(labs.past_revenue[:4], axis=0)
        most = debt.capacity(labs.at_work, year, rules.of_worth, rules.of_sales)
        able = labs.alive & ~labs.corporate & ~called  # a parent's lab asks its parent
        return np.where(able, np.maximum(most - self.loans, 0.0), 0.0)

    def lend(self, amount: USD) -> None:
        """Money lent; below zero, money paid back."""
        self.loans = self.loans + amount

    def write_off(self, amount: USD) -> None:
        """Loans that will not be paid back."""
        self.loans = self.loans - amount
        self.lost = self.lost + amount
