"""The ledger: every dollar has a payer and a payee, checked by books kept apart from its own."""

import ast
import inspect

import numpy as np
import pytest
from economy import SCENARIOS, started

from sim.economy import accounts
from sim.economy.accounts import KINDS, SECTORS, TOLERANCE, Ledger, LedgerError
from sim.economy.model import AIEconomy
from sim.inputs.policy import Policy
from sim.inputs.scenario import Scenario

LEVY = Policy.of({"compute_levy_rate": {"2027-01-01": 0.1}})
# Owners and creditors have to step in where labs cut late and raise late.
SHORT_OF_MONEY = {
    "capital.raise_below": 0.3,
    "capital.budget_cut": 0.02,
    "capital.least_runway": 0.1,
    "demand.ceiling": 0.3,
}
QUARTER = 20  # 2025-Q1: all kinds of labs are at work


def total(amount):
    """Sum over all but worlds."""
    return np.asarray(amount, float).reshape(-1, np.shape(amount)[-1]).sum(axis=0)


class Books:
    """A second set of books: notes every payment that passes the ledger of a model."""

    def __init__(self, model):
        self.model, self.kinds, self._pay = model, set(), model.ledger.pay
        self.open()
        model.ledger.pay = self.pay

    def open(self):
        self.sectors = {name: np.zeros(self.model.size) for name in SECTORS}
        self.labs = np.zeros_like(self.model.labs.cash)
        self.turnover = np.zeros_like(self.model.labs.cash)
        self.gross, self.cash = np.zeros(self.model.size), self.model.labs.cash.copy()

    def pay(self, kind, payers, payees):
        for side, sign in ((payers, -1.0), (payees, 1.0)):
            for sector, amount in side.items():
                self.sectors[sector] += sign * total(amount)
                if sector == "labs":
                    self.labs += sign * amount
                    self.turnover += np.abs(amount)
        paid = sum(total(amount) for amount in payers.values())
        if np.any(paid != 0.0):
            self.kinds.add(kind)
        self.gross += paid
        self._pay(kind, payers, payees)

    def residual(self):
        """What the sectors' flows sum to, over gross flow; and cash that no flow explains."""
        gap = np.abs(sum(self.sectors.values())) / np.maximum(self.gross, 1.0)
        moved = np.abs(self.model.labs.cash - self.cash - self.labs)
        return gap.max(), (moved / np.maximum(self.turnover + np.abs(self.cash), 1.0)).max()


@pytest.fixture(scope="module", params=SCENARIOS)
def audited(request):
    """A scenario run to its end beside a second set of books: the model, books, residuals."""
    model = AIEconomy(request.param, worlds=24)
    books, residuals = Books(model), []
    while not model.finished:
        books.open()
        model.step()
        residuals.append(books.residual())
    return model, books, np.array(residuals)


def test_every_quarter_of_every_world_sums_to_zero(audited):
    model, _, residuals = audited
    assert len(residuals) == len(model.scenario.quarters)
    assert residuals[:, 0].max() < TOLERANCE
    assert 0.0 < model.ledger.worst < TOLERANCE  # rounding leaves something, and it is reported
    assert model.ledger.worst_at[:4].isdigit()


def test_each_labs_cash_moves_by_its_flows(audited):
    assert audited[2][:, 1].max() < TOLERANCE


def test_the_balances_of_all_sectors_sum_to_zero(audited):
    model = audited[0]
    turnover = sum(np.abs(balance) for balance in model.ledger.balances.values())
    assert np.all(np.abs(sum(model.ledger.balances.values())) < 1e-9 * turnover)


def test_the_dead_and_the_unborn_hold_no_cash(audited):
    labs = audited[0].labs
    assert np.all(labs.cash[~labs.alive] == 0.0)


def test_every_kind_of_payment_is_made():
    paid, story = set(), Scenario.load("continued")
    for dials in (
        {},
        SHORT_OF_MONEY | {"capital.rescue": 1.0},
        SHORT_OF_MONEY | {"capital.rescue": 20.0},
    ):
        model = AIEconomy(story.change(dials), LEVY, worlds=128, record=False)
        books = Books(model)
        model.run()
        paid |= books.kinds
    assert sorted(set(KINDS) - paid) == []


# --- Leaks ---------------------------------------------------------------------------------------


def leaking(kind, part, quarter=QUARTER):
    """An economy about to do a quarter in which the payee of the first payment of that kind gets
    less, by a part of the quarter's gross flow (known from a twin)."""
    twin = started("continued", quarter + 1)
    model = started("continued", quarter)
    leak, pay, seen = part * twin.ledger.gross, model.ledger.pay, []

    def drip(name, payers, payees):
        seen.append(name)
        if name == kind and seen.count(kind) == 1:
            payee, amount = next(iter(payees.items()))
            share = leak if np.ndim(amount) == 1 else leak / np.prod(np.shape(amount)[:-1])
            payees = {**payees, payee: amount - share}
        pay(name, payers, payees)

    model.ledger.pay = drip
    return model, seen


@pytest.mark.parametrize(
    ("kind", "payer"),
    [
        ("wages", "labs"),
        ("tokens", "customers and governments"),
        ("compute", "labs and hosts"),
        ("other_compute", "products and enterprises and applications"),
        ("chips", "clouds"),
        ("power", "clouds"),
        ("taxes", "labs"),
        ("equity", "investors"),
    ],
)
def test_a_leak_of_a_millionth_is_caught_and_named(kind, payer):
    model, _ = leaking(kind, 1e-6)
    with pytest.raises(LedgerError) as caught:
        model.step()
    assert "2025-Q1" in str(caught.value)
    assert f"{payer} pay {kind}" in str(caught.value)
    assert "1e-06" in str(caught.value)


def test_money_from_nowhere_is_caught_too():
    with pytest.raises(LedgerError, match="2025-Q1.*labs pay wages: 1e-06"):
        leaking("wages", -1e-6)[0].step()


@pytest.mark.parametrize("leaks", [(1.0, 0.0), (0.0, 1.0), (1.0, -1.0)])
def test_leaks_in_several_payments_of_a_kind_do_not_hide_each_other(leaks):
    ledger, wages = Ledger(1, 2), np.full((1, 2), 50.0)
    ledger.open("2020-Q1", np.zeros((1, 2)))
    for leak in leaks:
        ledger.pay("wages", {"labs": wages}, {"workers": wages[0] - leak})
    with pytest.raises(LedgerError, match="2020-Q1.*labs pay wages: 0.0"):
        ledger.close(np.full((1, 2), -100.0), *np.zeros((2, 1, 2)))


def test_a_leak_of_one_world_is_caught_and_the_world_is_named():
    model = started("continued", QUARTER)
    pay = model.ledger.pay

    def drip(name, payers, payees):
        if name == "wages":
            payees = {"workers": payees["workers"] * np.where(np.arange(8) == 5, 0.99, 1.0)}
        pay(name, payers, payees)

    model.ledger.pay = drip
    with pytest.raises(LedgerError, match=r"2025-Q1.*labs pay wages.*world 5"):
        model.step()


@pytest.mark.parametrize("part", [1e-6, 1e-8])
def test_cash_that_moves_without_a_payment_is_caught(part, monkeypatch):
    gross = started("continued", QUARTER + 1).ledger.gross
    model = started("continued", QUARTER)
    settle = model.labs.settle

    def steal():
        settle()
        model.labs.cash = model.labs.cash + np.eye(len(model.labs.names))[0][:, None] * part * gross

    monkeypatch.setattr(model.labs, "settle", steal)
    with pytest.raises(LedgerError, match="2025-Q1.*labs' cash moved without a payment.*cash"):
        model.step()


def test_a_leak_well_under_the_tolerance_is_not_called_one():
    model, seen = leaking("wages", 1e-12)
    model.step()
    assert "wages" in seen
    assert 1e-13 < model.ledger.worst < TOLERANCE


def test_the_tolerance_is_where_it_is_said_to_be():
    leaking("wages", 0.9e-9)[0].step()
    with pytest.raises(LedgerError):
        leaking("wages", 1.1e-9)[0].step()


def test_not_a_number_is_a_leak():
    model = started("continued", 2)
    model.labs.brand = model.labs.brand * np.nan
    with pytest.raises(LedgerError, match="2020-Q3"):
        model.step()


def test_nothing_outside_can_loosen_the_tolerance():
    assert TOLERANCE == 1e-9
    for method in ("__init__", "open", "pay", "close"):
        names = set(inspect.signature(getattr(Ledger, method)).parameters)
        own = {"self", "labs", "worlds", "quarter", "cash", "debt", "loans"}
        assert names <= own | {"kind", "payers", "payees"}
    settings = {name.lower() for name in Scenario.load("continued").settings}
    assert not any("tolerance" in name or "ledger" in name for name in settings)
    tree = ast.parse(inspect.getsource(accounts))
    # an assert would go silent under `python -O`, and an environment variable is outside
    assert not any(isinstance(node, ast.Assert) for node in ast.walk(tree))
    assert "environ" not in inspect.getsource(accounts)
    written = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id == "TOLERANCE" and isinstance(node.ctx, ast.Store)
    ]
    assert len(written) == 1


def test_an_unknown_kind_or_sector_is_refused():
    ledger = Ledger(1, 1)
    one = np.ones(1)
    with pytest.raises(KeyError):
        ledger.pay("bribes", {"labs": one[None]}, {"world": one})
    with pytest.raises(KeyError):
        ledger.pay("wages", {"labs": one[None]}, {"moon": one})
