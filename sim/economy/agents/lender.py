"""Lenders: banks and bond holders; what they lend to whom, at what rate, and what they lose.

Shapes (labs, worlds), or (clouds, worlds) of loans on chips; money in USD. Their books are kept
apart from the borrowers': what one owes and what is lent to it must agree at the end of every
quarter. Their own capital bounds what they lend, and losses come out of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.equations import debt, dynamics
from sim.units import USD, Flag, Ratio, Share, per_Year

if TYPE_CHECKING:
    from sim.economy.agents.lab import Labs
    from sim.economy.agents.treasury import Treasury
    from sim.economy.model import AIEconomy


class Lenders(mesa.Agent):
    """Everybody who lends to labs and clouds."""

    model: AIEconomy

    def __init__(self, model: AIEconomy):
        super().__init__(model)
        zeros = np.zeros((len(model.dials.lab_names), model.size))
        self.loans = zeros  # not paid back
        self.lost = zeros  # written off or taken as shares so far
        self.rate: per_Year = zeros  # of interest, by lab
        self.on_chips = np.zeros(model.clouds.stock.shape)  # loans to clouds, not paid back
        self.lost_on_chips = self.on_chips  # written off so far
        self.hole = np.zeros(model.size)  # what losses left lacking of their capital
        self.losses, self.lent = np.zeros(model.size), np.zeros(model.size)  # this quarter, in all

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
        self.lent = self.lent + np.maximum(amount, 0.0).sum(axis=0)

    def write_off(self, amount: USD) -> None:
        """Loans that will not be paid back."""
        self.loans = self.loans - amount
        self.lost = self.lost + amount
        self.losses = self.losses + amount.sum(axis=0)

    # ------------------------------------------------------------ what they can lend, in all

    def _most(self) -> USD:
        """What they lend anew in a year where their capital is whole."""
        dials = self.model.dials
        return dials.debt.purse * dynamics.compounded(
            dials.capital.wealth_growth, self.model.since_2023
        )

    def left(self) -> USD:
        """What they will still lend this quarter, (worlds,)."""
        return np.maximum(0.25 * self._most() * self.willing() - self.lent, 0.0)

    def willing(self) -> Share:
        """What they lend over what they would without losses; they are strict with everybody."""
        out = self.loans.sum(axis=0) + self.on_chips.sum(axis=0)
        return debt.lending_room(self.hole, out, self._most(), self.model.dials.debt.capital_ratio)

    def rebuild(self) -> None:
        """The quarter's losses come out of capital, which is made good in time."""
        self.hole = debt.hole_left(self.hole, self.losses, self.model.dials.debt.capital_speed)
        self.losses, self.lent = np.zeros(self.model.size), np.zeros(self.model.size)

    # ------------------------------------------------------------ loans on chips

    def rate_on_chips(self, leverage: Ratio) -> per_Year:
        """Rate of a loan on chips to who owes so much over what chips and cash are worth.

        At least what the part that is lent on new ones calls for.
        """
        rules = self.model.dials.debt
        owed = np.maximum(leverage, rules.advance)
        return rules.rate + debt.spread(
            owed, np.ones(owed.shape), rules.rate, rules.chip_volatility, rules.chip_loss
        )

    def due_on_chips(self, loans: USD, treasury: Treasury) -> tuple[USD, USD]:
        """Interest and repayments of such loans in a quarter."""
        rules = self.model.dials.debt
        back = debt.repayment(loans, treasury.called, rules.chip_years, rules.called_years)
        back = np.where(treasury.called, back, back * treasury.at_work())
        return 0.25 * self.rate_on_chips(treasury.leverage) * loans, back

    def lend_on_chips(self, amount: USD) -> None:
        """Money lent to clouds; below zero, money paid back."""
        self.on_chips = self.on_chips + amount
        self.lent = self.lent + np.maximum(amount, 0.0).sum(axis=0)

    def write_off_chips(self, amount: USD) -> None:
        """Loans on chips that will not be paid back."""
        self.on_chips = self.on_chips - amount
        self.lost_on_chips = self.lost_on_chips + amount
        self.losses = self.losses + amount.sum(axis=0)
