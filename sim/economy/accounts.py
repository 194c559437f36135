"""The ledger: every dollar has a payer and a payee, and each quarter sums to zero.

Where payer and payee keep books of their own, as on the markets of tokens and compute, each posts
what they say (`pay`), so a mistake in either is a gap; elsewhere one amount changes hands
(`transfer`). At the end of a quarter `close` checks that every kind of payment balances and that
each lab's cash moved by just its flows (a transactions-flow matrix: Godley and Lavoie 2007).
What a sector earns is kept apart from what owners and creditors put in and take out, and who
finances whom that buys of him is noted (`Deals`).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sim.units import USD, Array

SECTORS = (
    "labs", "hosts", "customers", "clouds", "chipmakers", "utilities", "applications", "products",
    "enterprises", "publishers", "workers", "investors", "lenders", "governments", "world",
)  # fmt: skip
KINDS = {
    "tokens": "Tokens sold to users",
    "distillation": "Tokens bought from a leader to learn from",
    "compute": "Compute of labs and hosts",
    "exit_fees": "Fees of labs to leave contracts",
    "other_compute": "Compute of everybody else",
    "other_sales": "Applications, own products and what own models earn",
    "other_wages": "Wages of applications, own products and own models",
    "wages": "Wages of labs",
    "data": "Licensed and synthetic text",
    "labelling": "Human feedback and judgement",
    "product": "Product and distribution",
    "chips": "Chips bought by clouds",
    "cancellations": "Orders of chips called off",
    "resales": "Chips of failed clouds, resold",
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
    "project_loans": "Loans to clouds on chips",
    "vendor_loans": "Chips lent on by their makers",
    "project_interest": "Interest of clouds",
    "project_repayments": "Loans of clouds paid back",
    "cloud_equity": "Equity raised by neo-clouds",
    "cloud_allowances": "Hyperscalers' other money for AI",
    "dividends": "Dividends of clouds and chipmakers",
    "rescues": "Equity of those rescued",
    "payouts": "Payouts to owners",
    "acquisitions": "Failed labs sold",
    "defaults": "Bills not paid",
    "cloud_defaults": "Bills of failed clouds not paid",
}
# What owners and creditors put in and take out, and what labs are sold for; all else is earned, or
# spent to earn.
EARNED, OWNED, LENT, TRADED = range(4)
FINANCE = {
    "allowances": OWNED,
    "equity": OWNED,
    "equity_for_compute": OWNED,
    "public_equity": OWNED,
    "rescues": OWNED,
    "payouts": OWNED,
    "cloud_equity": OWNED,
    "cloud_allowances": OWNED,
    "dividends": OWNED,
    "loans": LENT,
    "repayments": LENT,
    "project_loans": LENT,
    "vendor_loans": LENT,
    "project_repayments": LENT,
    "acquisitions": TRADED,
    "resales": TRADED,
}
GIVEN_BACK = ("payouts", "dividends", "repayments", "project_repayments", "resales")
SELLERS = ("clouds", "chipmakers")  # who may finance those who buy of them
PUT_IN = tuple(kind for kind in FINANCE if kind not in GIVEN_BACK)
TOLERANCE = 1e-9  # of gross flow: what rounding may leave; nothing outside can loosen it


class LedgerError(AssertionError):
    """A payment has no payer or no payee, or cash moved without one."""


class Deals:
    """What sellers sold to each buyer in the last four quarters, and what they financed of him.

    Arrays (sellers, buyers, worlds), this quarter's first; buyers are the labs, the sellers
    themselves, and last everybody else.
    """

    def __init__(self, labs: int, worlds: int):
        self.labs = labs
        nothing = np.zeros((len(SELLERS), labs + len(SELLERS) + 1, worlds))
        self.sold, self.financed = [nothing] * 4, [nothing] * 4

    def turn(self) -> None:
        """Begin a quarter."""
        self.sold = [np.zeros(self.sold[0].shape), *self.sold[:3]]
        self.financed = [np.zeros(self.sold[0].shape), *self.financed[:3]]

    def note(self, kind: str, payers: Mapping[str, USD], payees: Mapping[str, USD]) -> None:
        """A payment: of a buyer to sellers if it is earned, of sellers to a buyer if it is lent or
        invested. Several who are paid at once get of each payer what they get of all."""
        if kind not in FINANCE and any(name in payees for name in SELLERS):
            self._add(self.sold[0], payees, payers)
        elif kind in PUT_IN and any(name in payers for name in SELLERS):
            self._add(self.financed[0], payers, payees)

    def _add(self, books: Array, sellers: Mapping[str, USD], buyers: Mapping[str, USD]) -> None:
        sums = {name: _summed(amount) for name, amount in sellers.items()}
        whole = np.maximum(sum(sums.values()), 1e-9)
        for row, seller in enumerate(SELLERS):
            if seller not in sums:
                continue
            part = sums[seller] / whole
            for buyer, amount in buyers.items():
                if buyer == "labs":
                    books[row, : self.labs] += amount * part
                elif buyer in SELLERS:
                    books[row, self.labs + SELLERS.index(buyer)] += _summed(amount) * part
                else:
                    books[row, -1] += _summed(amount) * part


def _summed(amount: USD) -> USD:
    """An amount of (..., worlds) summed to (worlds,)."""
    return amount if np.ndim(amount) == 1 else np.add.reduce(amount, axis=0)


class Ledger:
    """One quarter's payments, and every sector's balance since the start.

    Amounts have worlds as last axis; a first axis of labs, segments or regions is summed.
    """

    def __init__(self, labs: int, worlds: int):
        self.shape = (labs, worlds)
        self.deals = Deals(labs, worlds)
        self.balances = {sector: np.zeros(worlds) for sector in SECTORS}
        self.worst, self.worst_at = 0.0, "nowhere"
        self.held: dict[str, USD] = {}  # cash less balance of firms, at the start of the quarter
        self.open("before the start", np.zeros(self.shape))

    def open(self, quarter: str, cash: USD) -> None:
        """Start a quarter with the labs' cash as it is."""
        self.quarter, self.cash = quarter, cash
        self.flows = {kind: np.zeros(self.shape[1]) for kind in KINDS}
        self.gaps: list[tuple[str, str, Array]] = []  # payment by payment: none hides another
        self.gross = np.zeros(self.shape[1])
        self.lab_in, self.lab_out = np.zeros(self.shape), np.zeros(self.shape)
        self.to_clouds: dict[str, USD] = {}  # by kind: what each lab paid clouds, net
        self.nets = np.zeros((TRADED + 1, len(SECTORS), self.shape[1]))  # earned, owned, ...
        self.lab_nets = np.zeros((TRADED + 1, *self.shape))
        self.deals.turn()

    def hold(self, firms: Mapping[str, USD]) -> None:
        """The cash with which firms that keep books start the quarter, by sector."""
        self.held = {sector: cash.sum(axis=0) for sector, cash in firms.items()}
        self.held |= {sector: cash - self.balances[sector] for sector, cash in self.held.items()}

    def pay(self, kind: str, payers: Mapping[str, USD], payees: Mapping[str, USD]) -> None:
        """Post a payment: what each payer says it paid, and what each payee says it got.

        A lab's side has shape (labs, worlds). Nothing is clipped or made to fit.
        """
        part = FINANCE.get(kind, EARNED)
        paid = self._side(part, payers, self.lab_out, -1.0)
        got = self._side(part, payees, self.lab_in, 1.0)
        self._note_clouds(kind, payers, payees)
        self.flows[kind] = self.flows[kind] + paid
        self.gaps.append((kind, " and ".join(payers), paid - got))
        self.gross += paid
        self.deals.note(kind, payers, payees)

    def _side(self, part: int, side: Mapping[str, USD], lab_side: USD, sign: float) -> USD:
        """One side of a payment: noted by sector, and lab by lab; returns its sum, (worlds,)."""
        whole: USD = 0.0
        for sector, amount in side.items():
            total = _summed(amount)
            if sector == "labs":
                lab_side += amount
                self.lab_nets[part] += sign * amount
            self.balances[sector] += sign * total
            self.nets[part, SECTORS.index(sector)] += sign * total
            whole = whole + total
        return whole

    def transfer(self, kind: str, payer: str, payee: str, amount: USD) -> None:
        """Post a payment of one amount; (labs, worlds) if a lab is on either side."""
        self.pay(kind, {payer: amount}, {payee: amount})

    def _note_clouds(self, kind: str, payers: Mapping[str, USD], payees: Mapping[str, USD]) -> None:
        """Between labs and clouds: note which lab paid, so that clouds know from which region."""
        if "labs" in payers and "clouds" in payees:
            self.to_clouds[kind] = self.to_clouds.get(kind, 0.0) + payers["labs"]
        if "clouds" in payers and "labs" in payees:
            self.to_clouds[kind] = self.to_clouds.get(kind, 0.0) - payees["labs"]

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

    def close_firms(self, firms: Mapping[str, USD], lent: Mapping[str, tuple[USD, USD]]) -> None:
        """Check that the cash of clouds and chipmakers, (firms, worlds), moved by their flows.

        And, by lender, that what clouds owe is what is lent to them. Raises LedgerError.
        """
        for sector, cash in firms.items():
            moved = cash.sum(axis=0) - self.balances[sector] - self.held[sector]
            size = np.maximum(self.gross, np.abs(self.balances[sector]))
            what = f"{sector}' cash moved without a payment, kind cash"
            self._check(np.abs(moved) / np.maximum(size, 1.0), what)
        for lender, (owed, out) in lent.items():
            apart = np.abs(owed - out) / np.maximum(np.abs(owed) + np.abs(out), 1.0)
            self._check(apart.max(axis=0), f"clouds owe what {lender} never lent, kind debt")

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
