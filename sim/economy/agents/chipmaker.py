"""Chipmakers: price, foundry capacity and what they deliver.

One world foundry, and China's own; capacities in H100e a quarter, shapes (worlds,), or (clouds,
worlds) of what each cloud has on order and owes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.equations import costs, dynamics, investment, pricing
from sim.units import USD, H100e, Share, USD_per_H100e

if TYPE_CHECKING:
    from sim.economy.model import AIEconomy

MADE_BEFORE = 5.0  # H100e made before the start, over those then in use
BUYERS = 4  # clouds, as in CLOUDS: two in the first region, then two in China
CHINA = np.array([[0.0], [0.0], [1.0], [1.0]])
ALL_OUT = 1.0  # orders over capacity from which foundries expand as fast as they can


class Chipmakers(mesa.Agent):
    """The GPU maker, the makers of inference specialists, and their foundries."""

    model: AIEconomy

    def __init__(self, model: AIEconomy):
        super().__init__(model)
        chips, zeros = model.dials.chips, np.zeros(model.size)
        self.capacity = zeros + chips.capacity / 4.0
        self.domestic = zeros + chips.domestic / 4.0  # China's own
        by_cloud = np.zeros((BUYERS, model.size))
        self.backlog = by_cloud  # H100e
        self.backlog_owed = by_cloud  # USD, at the prices of the orders
        self.delivered = by_cloud
        self.bill, self.made_for = by_cloud, zeros  # this quarter, USD
        self.refused, self.void = by_cloud, by_cloud  # H100e not let out, and their bill, USD
        self.cash = zeros  # USD
        self.loans = by_cloud  # to clouds, not paid back, USD
        self.lost = zeros  # of these, written off so far
        self.pressure = zeros  # backlog over capacity
        self.specialist_share = zeros + chips.specialist_share  # of orders
        compute = model.dials.compute
        self.made = zeros + MADE_BEFORE * (compute.stock_us + compute.stock_china)
        self.fall = zeros + chips.price_trend * np.log(10.0)  # of cost, log a year
        self.cost = self.unit_cost()
        self.usual_price = self.cost / (1.0 - self.usual_margin())
        self.price = self.usual_price

    def unit_cost(self) -> USD_per_H100e:
        """What making an H100e costs: designs get better, and who has made more makes cheaper."""
        chips = self.model.dials.chips
        trend = dynamics.trend(-chips.price_trend, self.model.since_2023)
        learnt = costs.learnt(self.made - chips.known, chips.known, chips.learning)
        return chips.price * chips.cost_share * trend * learnt

    def usual_margin(self) -> Share:
        """Margin of a leader with so many specialists beside it (M17)."""
        chips = self.model.dials.chips
        return pricing.dominant_margin(
            1.0 - self.specialist_share, chips.demand_elasticity, chips.entry_elasticity
        )

    def book(self, due: H100e, owed: USD) -> None:
        """Orders that are due, by cloud, join the backlog, at the price agreed on that day."""
        self.backlog = self.backlog + due
        self.backlog_owed = self.backlog_owed + owed
        self.pressure = self.backlog.sum(axis=0) / np.maximum(self.capacity, 1.0)

    def strike_off(self, part: Share) -> None:
        """Take cancelled orders, by cloud, out of the backlog."""
        self.backlog = self.backlog * (1.0 - part)
        self.backlog_owed = self.backlog_owed * (1.0 - part)

    def set_price(self, worth: USD_per_H100e, late: Share) -> None:
        """Cost and the usual margin; as foundries fill up, a part of what a chip is worth beyond.

        Makers get more of it the more of their buyers come away with nothing (`late`).
        """
        chips, before = self.model.dials.chips, self.made
        self.made = before + self.delivered.sum(axis=0)
        self.cost = self.unit_cost()
        learnt = costs.learnt(self.delivered.sum(axis=0), before, chips.learning)
        self.fall = chips.price_trend * np.log(10.0) - 4.0 * np.log(learnt)
        self.usual_price = self.cost / (1.0 - self.usual_margin())
        part = pricing.with_a_queue(chips.bargaining, late) * (1.0 - self.specialist_share)
        weight = part * np.minimum(self.pressure, ALL_OUT)
        asked = pricing.bargained(self.usual_price, worth, weight)
        self.price = dynamics.adjusted(self.price, asked, chips.price_speed)

    def exported(self) -> Share:
        """Part of China's orders abroad that the rules of the day, and new law, let through."""
        chips, date = self.model.dials.chips, self.model.date
        rules: Share = 1.0
        for since, let_through in (
            ("2022-Q4", chips.exported_2022),
            ("2023-Q4", chips.exported_2023),
            ("2025-Q2", chips.exported_2025),
        ):
            rules = let_through if date >= since else rules
        return rules * self.model.law.chip_export_share

    def deliver(self) -> H100e:
        """Deliver orders as far as capacity goes, China's from its own foundries too, by cloud.

        What may not be exported, and China cannot make, is void: it is not owed, nor made.
        """
        waiting = self.backlog
        allowed = waiting * (1.0 - CHINA * (1.0 - self.exported()))
        total = np.maximum(allowed.sum(axis=0), 1e-9)
        made = allowed * np.minimum(1.0, self.capacity / total)
        left = np.maximum(waiting - made, 0.0) * CHINA
        in_china = np.maximum(left.sum(axis=0), 1e-9)
        self.delivered = made + left * np.minimum(1.0, self.domestic / in_china)
        left = np.maximum(waiting - self.delivered, 0.0)
        self.refused = np.minimum(waiting - allowed, left)
        owed, orders = self.backlog_owed, np.maximum(waiting, 1e-9)
        self.bill = owed * (self.delivered / orders)
        self.void = owed * (self.refused / orders)
        self.backlog = left - self.refused
        self.backlog_owed = np.maximum(owed - self.bill - self.void, 0.0)
        self.made_for = self.delivered.sum(axis=0) * self.cost
        return self.delivered

    def expand(self, orders: H100e, not_training: Share) -> None:
        """Build capacity while orders fill it (M16); high margins draw specialists in (M17).

        They do not train labs' models, so their part of orders is bounded by all other compute's.
        """
        chips, years = self.model.dials.chips, self.model.years
        fading = dynamics.faded(years, chips.capacity_slowing)
        booked = np.maximum(self.pressure, orders.sum(axis=0) / self.capacity)
        effort = investment.expansion(booked, chips.expand_from, ALL_OUT)
        growth = investment.capacity_growth(
            chips.capacity_growth, fading, effort, chips.capacity_decay
        )
        self.capacity = self.capacity * np.exp(growth)

        cut_off = chips.domestic_push * (1.0 - self.exported())
        not_come = (self.backlog + self.refused) * CHINA
        booked_at_home = not_come.sum(axis=0) / np.maximum(self.domestic, 1.0)
        effort_at_home = investment.expansion(booked_at_home, 0.0, ALL_OUT)
        growth_at_home = investment.capacity_growth(
            chips.domestic_growth + cut_off, fading, effort_at_home
        )
        self.domestic = self.domestic * np.exp(growth_at_home)

        most = np.maximum(chips.specialist_most * not_training, chips.specialist_share)
        margin = 1.0 - self.cost / self.price
        drawn = chips.entry_speed * np.maximum(margin - chips.entry_margin, 0.0)
        self.specialist_share = dynamics.adjusted(
            self.specialist_share, most, np.minimum(drawn, 1.0)
        )

    # ------------------------------------------------------------ money

    def receive(self, amount: USD) -> None:
        """Money that comes in; below zero, money that goes out."""
        self.cash = self.cash + amount

    def lend(self, amount: USD) -> None:
        """Chips lent on to clouds; below zero, money paid back."""
        self.loans = self.loans + amount
        self.cash = self.cash - amount.sum(axis=0)

    def write_off(self, amount: USD) -> None:
        """Loans to clouds that will not be paid back."""
        self.loans = self.loans - amount
        self.lost = self.lost + amount.sum(axis=0)
