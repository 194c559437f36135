"""The ledger: every dollar has a payer and a payee, and each quarter sums to zero.

Where payer and payee keep books of their own, as on the markets of tokens and compute, each posts
what they say (`pay`), so a mistake in either is a gap; elsewhere one amount changes hands
(`transfer`). At the end of a quarter `close` checks that every kind of payment balances and that
each lab's cash moved by just its flows (a transactions-flow matrix: Godley and Lavoie 2007).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sim.units import USD, Array

SECTORS = (
    "labs", "hosts", "customers", "clouds", "chipmakers", "utilities",
    "publishers", "workers", "investors", "lenders", "governments", "world",
)  # fmt: skip
KINDS = {
    "tokens": "Tokens sold to users",
    "distillation": "Tokens bought from a leader to learn from",
    "compute": "Compute of labs and hosts",
    "exit_fees": "Fees of labs to leave contracts",
    "other_compute": "Compute of everybody else",
    "wages": "Wages of labs",
    "data": "Licensed and synthetic text",
    "labelling": "Human feedback and judgement",
    "product": "Product and distribution",
    "chips": "Chips bought by clouds",
    "cancellations": "Orders of chips called off",
    "building": "Buildings and networks",
    "power": "Power",
    "sites": "Places with power, beyond the power",
    "operation": "Staff and upkeep of data centres",
    "manufacturing": "Making of chips",
    "taxes": "Profit taxes",
    "levies": "Levies on training compute",
    "allowances": "Parents' allowances",
    "equity": "Equity raised",
    "equity_for_compute": "Equity paid by clouds",
    "public_equity": "Shares sold to the public",
    "loans": "Loans to labs",
    "interest": "Interest of labs",
    "repayments": "Loans paid back",
    "rescues": "Equity of those rescued",
    "payouts": "Payouts to owners",
    "acquisitions": "Failed labs sold",
    "defaults": "Bills not paid",
}
TOLERANCE = 1e-9  # of gross flow: what rounding may leave; nothing outside can loosen it


class LedgerError(AssertionError):
    """A payment has no payer or no payee, or cash moved without one."""


class Ledger:
    """One quarter's payments, and every sector's balance since the start.

    Amounts have worlds as last axis; a first axis of labs, segments or regions is summed.
    """

    def __init__(self, labs: int, worlds: int):
        self.shape = (labs, worlds)
        self.balances = {sector: np.zeros(worlds) for sector in SECTORS}
        self.worst, self.worst_at = 0.0, "nowhere"
        self.open("before the start", np.zeros(self.shape))

    def open(self, quarter: str, cash: USD) -> None:
        """Start a quarter with the labs' cash as it is."""
        self.quarter, self.cash = quarter, cash
        self.flows = {kind: np.zeros(self.shape[1]) for kind in KINDS}
        self.gaps: list[tuple[str, str, Array]] = []  # payment by payment: none hides another
        self.gross = np.zeros(self.shape[1])
        self.lab_in, self.lab_out = np.zeros(self.shape), np.zeros(self.shape)

    def pay(self, kind: str, payers: Mapping[str, USD], payees: Mapping[str, USD]) -> None:
        """Post a payment: what each payer says it paid, and what each payee says it got.

        A lab's side has shape (labs, worlds). Nothing is clipped or made to fit.
        """
        paid: USD = 0.0
        got: USD = 0.0
        for sector, amount in payers.items():
            total = self._total(sector, amount, self.lab_out)
            self.balances[sector] -= total
            paid = paid + total
        for sector, amount in payees.items():
            total = self._total(sector, amount, self.lab_in)
            self.balances[sector] += total
            got = got + total
        self.flows[kind] = self.flows[kind] + paid
        self.gaps.append((kind, " and ".join(payers), paid - got))
        self.gross += paid

    def transfer(self, kind: str, payer: str, payee: str, amount: USD) -> None:
        """Post a payment of one amount; (labs, worlds) if a lab is on either side."""
        self.pay(kind, {payer: amount}, {payee: amount})

    @staticmethod
    def _total(sector: str, amount: USD, lab_side: USD) -> USD:
        """One side of a payment summed to (worlds,), and noted lab by lab if labs are on it."""
        if sector == "labs":
            lab_side += amount
        return amount if amount.ndim == 1 else np.add.reduce(amount, axis=0)

    def close(self, cash: USD, debt: USD, loans: USD) -> None:
        """Check the quarter: every kind balances, the labs' cash moved by their flows.

        And what labs owe is what is lent to them, (labs, worlds).

        Raises LedgerError naming quarter, payer, kind and world.
        """
        gaps = np.abs(np.stack([gap for _, _, gap in self.gaps])) / np.maximum(self.gross, 1.0)
        row = int(gaps.max(axis=1).argmax())
        kind, payer, _ = self.gaps[row]
        self._check(gaps[row], f"{payer} pay {kind}")
        moved = cash - self.cash - (self.lab_in - self.lab_out)
        turnover = np.maximum(self.lab_in + self.lab_out + np.abs(self.cash), 1.0)
        residual = (np.abs(moved) / turnover).max(axis=0)
        self._check(residual, "labs' cash moved without a payment, kind cash")
        apart = np.abs(debt - loans) / np.maximum(np.abs(debt) + np.abs(loans), 1.0)
        self._check(apart.max(axis=0), "labs owe what nobody lent, kind debt")

    def _check(self, residual: Array, what: str) -> None:
        worst = float(residual.max())
        if worst > self.worst or worst != worst:
            self.worst, self.worst_at = worst, f"{self.quarter}, {what}"
        if not worst <= TOLERANCE:
            world = int(np.argmax(residual))
            raise LedgerError(
                f"{self.quarter}: {what}: {worst:.3g} of gross flow has no other side "
                f"(world {world} of the block)"
            )
