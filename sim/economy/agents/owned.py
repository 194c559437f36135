"""What owners and creditors hold of firms: cash, debts, and what their shares are worth.

Shapes (labs, worlds), money in USD.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.units import USD, Array, Flag

if TYPE_CHECKING:
    from sim.economy.model import AIEconomy


class Owned(mesa.Agent):
    """Firms with cash, debts and shares."""

    alive: Flag
    corporate: Flag

    def __init__(self, model: AIEconomy):
        super().__init__(model)
        zeros: Array = np.zeros((len(model.dials.lab_names), model.size))
        self.cash = zeros
        self.debt, self.debt_service = zeros, zeros  # owed, USD; paid on it this quarter
        self.valuation = zeros  # of all shares, with cash
        self.at_work = zeros  # without it, as long as it goes on; below zero if it only loses
        self.listed = np.zeros(zeros.shape, bool)  # whose shares the public buys

    def receive(self, amount: USD) -> None:
        """Money that comes in; below zero, money that goes out."""
        self.cash = self.cash + amount

    def serve_debt(self, interest: USD, back: USD) -> None:
        """Pay interest, and pay back."""
        self.debt_service = interest + back
        self.cash = self.cash - self.debt_service
        self.debt = self.debt - back

    def borrow(self, lent: USD) -> None:
        """Take a loan."""
        self.cash, self.debt = self.cash + lent, self.debt + lent

    def be_released(self, debt: USD) -> None:
        """Owe so much less."""
        self.debt = self.debt - debt

    def appraise(self, at_work: USD, valuation: USD) -> None:
        """What investors think each is worth at work, without its cash, and its shares."""
        self.at_work, self.valuation = at_work, valuation

    def list_shares(self, large: Flag) -> None:
        """Who is large enough lists its shares, and stays listed."""
        self.listed = self.listed | (large & self.alive & ~self.corporate)

    def wind_up(self, gone: Flag) -> None:
        """Nothing is left of cash, debts and shares."""
        self.cash = np.where(gone, 0.0, self.cash)
        self.debt = np.where(gone, 0.0, self.debt)
        self.valuation = np.where(gone, 0.0, self.valuation)
        self.listed = self.listed & ~gone
