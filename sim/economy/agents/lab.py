"""Labs: who they are and how their accounts settle. Plans are in planning.py, runs in research.py.

`Labs` holds all labs as arrays of shape (labs, worlds), so that a thousand worlds cost little more
than one; `Lab` is one of them, a row to look at. Products are (flagship, mini).
Money in USD a quarter unless it says otherwise.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.economy.agents.choice import normal_split
from sim.economy.agents.commitments import Commitments
from sim.economy.agents.own_strategies import name_of
from sim.economy.agents.owned import Owned
from sim.economy.agents.planning import Planning
from sim.economy.agents.research import Research
from sim.economy.agents.strategies import STRATEGIES
from sim.economy.state import (
    POST,
    PRODUCT,
    Bills,
    Compute,
    DataBought,
    Funding,
    Plan,
    TokensSold,
)
from sim.equations import dynamics, finance
from sim.units import OOM, USD, Array, Flag, Ratio, Share, per_Year

if TYPE_CHECKING:
    from sim.economy.model import AIEconomy

MOST_GROWTH = 1.5  # log a year: faster growth of sales is taken for a start from nothing
OLD = 20.0  # quarters for which a lab that is there at the start has been known


class Lab(mesa.Agent):
    """One lab: a row of the industry's arrays, each (worlds,)."""

    model: AIEconomy

    def __init__(self, model: AIEconomy, labs: Labs, row: int):
        super().__init__(model)
        self.labs, self.row, self.name = labs, row, labs.names[row]
        self.title, self.region = labs.titles[row], labs.region_names[row]
        self.strategy = labs.strategies[row]

    @property
    def alive(self) -> Flag:
        """Whether it is at work."""
        return self.labs.alive[self.row]

    @property
    def revenue(self) -> USD:
        """USD a quarter."""
        return self.labs.revenue[self.row]

    @property
    def cash(self) -> USD:
        """USD."""
        return self.labs.cash[self.row]

    @property
    def valuation(self) -> USD:
        """USD."""
        return self.labs.valuation[self.row]

    @property
    def capability(self) -> OOM:
        """Of its flagship as trained, before thinking and post-training."""
        return self.labs.research.capability[self.row]

    @property
    def belief(self) -> Ratio:
        """What it thinks an OOM of compute buys, OOM."""
        return self.labs.research.learning.belief[self.row]


class Labs(Owned):
    """All labs, decided on at once: structure first, then what changes from quarter to quarter."""

    model: AIEconomy

    def __init__(self, model: AIEconomy):
        super().__init__(model)
        dials = model.dials
        self.names, self.region_names = dials.lab_names, dials.lab("region")
        titles = zip(dials.lab("title"), dials.lab_names, strict=True)
        self.titles = tuple(title or name for title, name in titles)
        named = {
            lab: STRATEGIES[name]
            for lab, name in zip(self.names, dials.lab("strategy"), strict=True)
        }
        rules = list((named | model.strategies).values())
        self.strategies = tuple(map(name_of, rules))
        self.shape = len(self.names), model.size
        self.open = np.array([rule.open_weights for rule in rules])
        self.distils = np.array([rule.distils for rule in rules])
        self.updates = np.array([rule.updates for rule in rules])[:, None]
        self.region = np.array([int(region == "china") for region in self.region_names])
        self.corporate = np.array(dials.lab("corporate"))[:, None]
        self.entrant = np.array(dials.lab("entrant"))[:, None]
        self.opens = np.array(dials.lab("opens"))[:, None]
        self.sells = np.array(dials.lab("sells"))[:, None]
        members = np.stack([self.region == 0, self.region == 1])
        self.members = members.astype(float)  # (regions, labs)

        zeros = np.zeros(self.shape)
        self.alive = (self.opens <= 0) & ~self.entrant & np.ones(self.shape, bool)
        self.brand = zeros + dials.lab("brand")
        self.receive(np.where(self.alive, dials.lab("cash"), 0.0))
        budget = np.where(self.alive, dials.lab("spending") / 4.0, 0.0)
        allowance = np.where(self.corporate, budget, 0.0)
        split = normal_split(dials.research)
        self.plan = Plan.first(budget, allowance, split + np.zeros((len(split), *self.shape)))
        self.compute, self.data = Compute.nothing(self.shape), DataBought.nothing(self.shape)
        self.sold, self.funding = TokensSold.nothing(self.shape), Funding.nothing(self.shape)
        self.bills = Bills.nothing(self.shape)
        self.payroll = budget * dials.research.people  # USD a quarter
        self.revenue, self.profit, self.losses = zeros, zeros, zeros
        self.spending, self.burn = budget, zeros
        self.past_revenue = [zeros] * 5  # this quarter's and those of the year before
        self.growth: per_Year = zeros  # of sales, in logs
        self.known = zeros  # Mtok served that have taught how to serve
        self.hopeless = zeros  # quarters in a row
        self.age = zeros  # quarters at work; below zero, until the place may be filled again
        self.founded = np.where(self.alive, -OLD, 0.0)  # quarter
        self.planning, self.research = Planning(self, rules), Research(self)
        self.commitments = Commitments(self)

    def by_region(self, amounts: Array) -> Array:
        """Sum (labs, worlds) by the labs' region, (regions, worlds)."""
        return self.members @ amounts

    def average(self, amounts: Array) -> Array:
        """Amounts (labs, worlds) by the labs at work, (worlds,)."""
        return amounts.sum(axis=0) / np.maximum(self.alive.sum(axis=0), 1)

    def leads(self, amounts: Array) -> Flag:
        """Which lab alive has the largest of these amounts, (labs, worlds)."""
        largest = np.where(self.alive, amounts, -np.inf).argmax(axis=0)
        return np.arange(self.shape[0])[:, None] == largest

    # ------------------------------------------------------------ the quarter

    def decide(self) -> None:
        """Prices, budgets, bids and contracts, on last quarter's news."""
        self._fade()
        self.plan = self.planning.plan()
        self.commitments.decide()

    def _fade(self) -> None:
        """What makes a lab dear to users beyond success and price is imitated, and has luck."""
        demand, luck = self.model.dials.demand, self.model.luck.normals("brand", self.names)
        left = dynamics.left_after(1.0, demand.brand_fade)
        brand = dynamics.shock(self.brand, left, demand.brand_luck, luck)
        self.brand = np.where(self.alive, brand, self.model.dials.lab("brand"))

    def take_data(self, bought: DataBought) -> None:
        """The text bought this quarter."""
        self.data = bought

    def take_compute(self, bought: Compute) -> None:
        """The compute bought this quarter."""
        self.compute = bought

    def train(self) -> None:
        """Compute and data become capability."""
        self.research.progress()
        self.research.runs()

    def sell(self, sold: TokensSold) -> None:
        """The tokens sold this quarter."""
        self.sold = sold

    def settle(self) -> None:
        """Pay the bills of the quarter; compute, data and tokens are paid on their markets."""
        plan, law, transfer = self.plan, self.model.law, self.model.ledger.transfer
        bought, sold = self._distillation()
        wages, fee = self._wages(), self.commitments.fee
        product = plan.split[PRODUCT] * plan.development
        labelling = plan.split[POST] * plan.development * self.model.dials.data.labelling_share
        levy = self.compute.training_cost * law.compute_levy_rate
        transfer("wages", "labs", "workers", wages)
        transfer("product", "labs", "world", product)
        transfer("labelling", "labs", "publishers", labelling)
        transfer("allowances", "investors", "labs", plan.allowance)
        self.model.ledger.pay("distillation", {"labs": bought}, {"labs": sold})
        transfer("levies", "labs", "governments", levy)
        transfer("exit_fees", "labs", "clouds", fee)
        self.revenue = self.sold.revenue + sold
        own_bills = wages + product + labelling + levy + bought + fee
        self.spending = own_bills + self.compute.cost + self.data.cost
        self.profit = self.revenue - self.spending
        tax, self.losses = finance.profit_tax(self.profit, self.losses, law.profit_tax_rate)
        transfer("taxes", "labs", "governments", tax)
        self.bills = Bills(wages, product, labelling, levy, bought, fee, tax)
        self.burn = self.spending + tax - self.revenue - plan.allowance
        self.receive(-self.burn)
        self.past_revenue = [self.revenue, *self.past_revenue[:4]]
        self.growth = self._growth()
        self._learn_to_serve(product)
        self.commitments.pass_on()

    def _wages(self) -> USD:
        """Pay of the quarter, and of the notice of those who are let go."""
        rules, before = self.model.dials.research, self.payroll
        self.payroll = self.plan.budget * rules.people
        let_go = np.maximum(before - self.payroll, 0.0)
        return self.payroll + 4.0 * rules.severance * let_go

    def _growth(self) -> per_Year:
        """Log growth of each lab's sales in the last year, 0 until it has sold for one."""
        past = self.past_revenue
        growth = np.log(np.maximum(past[0], 1.0) / np.maximum(past[-1], 1.0))
        years = 0.25 * (len(past) - 1)
        return np.where(past[-1] > 0.0, np.clip(growth / years, -MOST_GROWTH, MOST_GROWTH), 0.0)

    def _learn_to_serve(self, product: USD) -> None:
        """Serving, others' serving in part, and money teach how to serve for less (M31)."""
        cost, served = self.model.dials.costs, self.sold.served
        others = served.sum(axis=0) - served
        taught = served + cost.serving_spill * others + cost.serving_money * product
        self.known = self.known + taught

    def _distillation(self) -> tuple[USD, USD]:
        """What followers pay for the leader's answers, as much as for data, and what it gets."""
        leads = self.leads(self.research.capability)
        price = np.where(leads, self.plan.price[0], 0.0).sum(axis=0)
        bought = np.minimum(self.research.copied * price, self.plan.data_budget)
        return bought, np.where(leads, bought.sum(axis=0), 0.0)

    # ------------------------------------------------------------ owners and creditors

    def cut_back(self, who: Flag, part: Share) -> None:
        """Those give up a part of what they spend at once."""
        budget = np.where(who, self.plan.budget * (1.0 - part), self.plan.budget)
        self.plan = replace(self.plan, budget=budget)

    def despair(self, hopeless: Flag) -> None:
        """Who loses money without hope, another quarter."""
        self.hopeless = np.where(hopeless & self.alive, self.hopeless + 1.0, 0.0)

    def grow_older(self) -> None:
        """A quarter at work, or a quarter nearer to somebody else's try."""
        self.age = np.where(self.alive, self.age + 1.0, np.minimum(self.age + 1.0, 0.0))

    def take_funding(self, funding: Funding) -> None:
        """What the capital market decided."""
        self.funding = funding

    def found(self, due: Flag, comes: Flag, seed: USD) -> None:
        """Open labs: those whose date has come, and entrants a lag behind the frontier."""
        dials, opening = self.model.dials, due | comes
        self.alive = self.alive | opening
        own = np.where(due, dials.lab("spending") / 4.0, seed / (4.0 * dials.capital.runway))
        self.plan = replace(
            self.plan,
            budget=np.where(opening, own, self.plan.budget),
            allowance=np.where(due & self.corporate, own, self.plan.allowance),
        )
        self.founded = np.where(opening, self.model.quarter + 1.0, self.founded)
        self.research.start_behind(comes)

    def close(self, gone: Flag) -> None:
        """Close labs: nothing is left of their plans, debts and contracts."""
        plan = self.plan
        self.alive = self.alive & ~gone
        self.age = np.where(gone, -4.0 * self.model.dials.capital.reentry, self.age)
        self.wind_up(gone)
        self.losses = np.where(gone, 0.0, self.losses)
        self.plan = replace(
            plan,
            budget=np.where(gone, 0.0, plan.budget),
            allowance=np.where(gone, 0.0, plan.allowance),
        )
        self.payroll = np.where(gone, 0.0, self.payroll)
        self.commitments.give_back(gone)
        self.sold = replace(self.sold, serving_need=np.where(gone, 0.0, self.sold.serving_need))
