"""Labs: who they are and how their accounts settle. Plans are in planning.py, runs in research.py.

`Labs` holds all labs as arrays of shape (labs, worlds), so that a thousand worlds cost little more
than one; `Lab` is one of them, a row to look at. Products are (flagship, mini).
Money in USD a quarter unless it says otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from sim.economy.agents.planning import Planning
from sim.economy.agents.research import Research
from sim.economy.agents.strategies import STRATEGIES, USES, Marginal
from sim.equations import finance
from sim.units import Array, Flag

if TYPE_CHECKING:
    from sim.economy.model import AIEconomy

OLD = 20.0  # quarters for which a lab that is there at the start has been known


class Lab(mesa.Agent):
    """One lab: a row of the industry's arrays, by name (`lab.revenue`, shape (worlds,))."""

    def __init__(self, model: AIEconomy, labs: Labs, row: int):
        super().__init__(model)
        self.labs, self.row, self.name = labs, row, labs.names[row]
        self.title, self.region = labs.titles[row], labs.region_names[row]
        self.strategy = labs.strategies[row]

    def __getattr__(self, name: str) -> Array:
        if name.startswith("_") or "labs" not in self.__dict__:
            raise AttributeError(name)
        return getattr(self.labs, name)[..., self.row, :]


class Labs(mesa.Agent):
    """All labs, decided on at once: structure first, then what changes from quarter to quarter."""

    def __init__(self, model: AIEconomy):
        super().__init__(model)
        d = model.dials
        self.names, self.region_names = d.lab_names, d.lab("region")
        self.titles = tuple(t or n for t, n in zip(d.lab("title"), d.lab_names, strict=True))
        self.strategies = d.lab("strategy")
        self.shape = len(self.names), model.size
        rules = [STRATEGIES[name] for name in self.strategies]
        splits = [rule.wants for rule in rules]
        self.rules = {  # rows of the labs that split otherwise than at the margin
            wants: np.flatnonzero([w is wants for w in splits])
            for wants in dict.fromkeys(splits)
            if wants is not Marginal.wants
        }
        self.open = np.array([rule.open_weights for rule in rules])
        self.distils = np.array([rule.distils for rule in rules])
        self.updates = np.array([rule.updates for rule in rules])[:, None]
        self.region = np.array([int(region == "china") for region in self.region_names])
        self.corporate = np.array(d.lab("corporate"))[:, None]
        self.entrant = np.array(d.lab("entrant"))[:, None]
        self.opens = np.array(d.lab("opens"))[:, None]
        self.sells = np.array(d.lab("sells"))[:, None]
        self.members = np.stack([self.region == 0, self.region == 1]).astype(
            float
        )  # (regions, labs)
        self._start(d)
        self.planning, self.research = Planning(self), Research(self)

    def _start(self, d: Any) -> None:
        zeros = np.zeros(self.shape)
        self.alive = (self.opens <= 0) & ~self.entrant & np.ones(self.shape, bool)
        self.brand = zeros + d.lab("brand")
        self.cash = np.where(self.alive, d.lab("cash"), 0.0)
        self.budget = np.where(self.alive, d.lab("spending") / 4.0, 0.0)  # development, not serving
        self.allowance = np.where(self.corporate, self.budget, 0.0)
        self.split = np.zeros((len(USES), *self.shape)) + 1.0 / len(USES)
        self.revenue, self.profit, self.losses = zeros, zeros, zeros
        self.spending, self.burn = self.budget, zeros
        self.serving_need, self.serving_before, self.fill = zeros, zeros, zeros + 1.0
        self.free_burden = zeros + 1.0  # hours served over hours paid for
        self.contract, self.contract_rate = zeros, zeros  # H100e on take or pay, USD an hour
        self.compute_cost, self.serving_share, self.voice = zeros, zeros, zeros
        self.price, self.thinking = np.full((2, *self.shape), 40.0), zeros + 1.0
        self.age = zeros  # quarters at work; below zero, until the place may be filled again
        self.founded = np.where(self.alive, -OLD, 0.0)  # quarter
        self.valuation, self.raised, self.failed = zeros, zeros, np.zeros(self.shape, bool)
        self.tokens_served, self.flagship_tokens = zeros, zeros  # Mtok a quarter
        self.past_revenue = [zeros] * 4

    def by_region(self, amounts: Array) -> Array:
        """Sum (labs, worlds) by the labs' region, (regions, worlds)."""
        return self.members @ amounts

    def plan(self) -> None:
        """Prices, budgets and bids, on last quarter's news."""
        self._fade()
        self.planning.prices()
        self.planning.money()
        self.planning.bids()

    def _fade(self) -> None:
        """What makes a lab dear to users beyond success and price is imitated, and has luck."""
        d, luck = self.model.dials.demand, self.model.luck.normals("brand", self.names)
        new = self.brand * np.exp(-0.25 / d.brand_fade) + d.brand_luck * luck
        self.brand = np.where(self.alive, new, self.model.dials.lab("brand"))

    def train(self) -> None:
        """Compute and data become capability."""
        self.research.progress()
        self.research.runs()

    def settle(self) -> None:
        """Pay the bills of the quarter; the compute bill is paid on the compute market."""
        d, pay = self.model.dials, self.model.ledger.pay
        zeros = np.zeros(self.shape[1])
        staff = self.budget * d.research.people
        product = self.split[USES.index("product")] * self.development
        labels = self.split[USES.index("post_training")] * self.development * d.data.labelling_share
        pay("wages", {"labs": staff}, {"workers": staff.sum(axis=0)})
        pay("product", {"labs": product}, {"world": product.sum(axis=0)})
        pay("labelling", {"labs": labels}, {"publishers": labels.sum(axis=0)})
        pay("allowances", {"investors": self.allowance.sum(axis=0)}, {"labs": self.allowance})
        bought, sold = self._distillation()
        pay("distillation", {"labs": bought}, {"labs": sold})
        levy = self.training_cost * self.model.law.compute_levy_rate
        pay("levies", {"labs": levy}, {"governments": levy.sum(axis=0) + zeros})
        self.levy, self.bought = levy, bought
        self.staff, self.product, self.labels = staff, product, labels
        self.revenue = self.revenue + sold
        self.spending = (
            staff + product + labels + levy + bought + self.compute_cost + self.data_cost
        )
        self.profit = self.revenue - self.spending
        tax, self.losses = finance.profit_tax(
            self.profit, self.losses, self.model.law.profit_tax_rate
        )
        pay("taxes", {"labs": tax}, {"governments": tax.sum(axis=0)})
        self.burn = self.spending + tax - self.revenue - self.allowance
        self.cash = self.cash - self.burn
        self.past_revenue = [self.revenue, *self.past_revenue[:3]]

    def _distillation(self) -> tuple[Array, Array]:
        """What followers pay for the leader's answers, as much as for data, and what it gets."""
        able = np.where(self.alive, self.research.capability, -np.inf)
        leads = np.arange(self.shape[0])[:, None] == able.argmax(axis=0)
        price = np.where(leads, self.price[0], 0.0).sum(axis=0)
        bought = np.minimum(self.research.copied * price, self.data_budget)
        return bought, np.where(leads, bought.sum(axis=0), 0.0)

    def found(self, due: Flag, comes: Flag, seed: Array) -> None:
        """Open labs: those whose date has come, and entrants a lag behind the frontier."""
        d, opening = self.model.dials, due | comes
        self.alive = self.alive | opening
        own = np.where(due, d.lab("spending") / 4.0, seed / (4.0 * d.capital.runway))
        self.budget = np.where(opening, own, self.budget)
        self.allowance = np.where(due & self.corporate, own, self.allowance)
        self.founded = np.where(opening, self.model.quarter + 1.0, self.founded)
        self.research.start_behind(comes)

    def close(self, gone: Flag) -> None:
        """Close labs: nothing is left of their plans, debts and contracts."""
        self.alive = self.alive & ~gone
        self.age = np.where(gone, -4.0 * self.model.dials.capital.reentry, self.age)
        for name in (
            "budget",
            "allowance",
            "contract",
            "valuation",
            "losses",
            "serving_need",
        ):
            setattr(self, name, np.where(gone, 0.0, getattr(self, name)))
