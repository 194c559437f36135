"""Chipmakers: price, foundry capacity and what they deliver.

One world foundry, and China's own; capacities in H100e a quarter, shapes (worlds,) unless said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.equations import dynamics, investment, pricing
from sim.units import H100e, Share, USD_per_H100e

if TYPE_CHECKING:
    from sim.economy.model import AIEconomy

MOST_PRESSURE = 20.0  # orders over capacity beyond which no price rises further
ALL_OUT = 1.0  # orders over capacity from which foundries expand as fast as they can


class Chipmakers(mesa.Agent):
    """The GPU maker, the makers of inference specialists, and their foundries."""

    model: AIEconomy

    def __init__(self, model: AIEconomy):
        super().__init__(model)
        chips, zeros = model.dials.chips, np.zeros(model.size)
        self.capacity = zeros + chips.capacity / 4.0
        self.domestic = zeros + chips.domestic / 4.0  # China's own
        self.backlog = np.zeros((2, model.size))  # by region, H100e
        self.delivered = np.zeros((2, model.size))
        self.pressure = zeros  # backlog over capacity
        self.specialist_share = zeros + chips.specialist_share  # of orders
        self.price = zeros + self.trend_price()

    def trend_price(self) -> USD_per_H100e:
        """Price of an H100e on its long fall."""
        chips = self.model.dials.chips
        return chips.price * dynamics.trend(-chips.price_trend, self.model.since_2023)

    def book(self, orders: H100e) -> None:
        """Orders, by region, join the backlog."""
        self.backlog = self.backlog + orders

    def set_price(self) -> None:
        """Scarcity raises the price over its trend, a glut lowers it a little."""
        chips = self.model.dials.chips
        self.pressure = self.backlog.sum(axis=0) / np.maximum(self.capacity, 1.0)
        self.price = pricing.scarcity_price(
            self.trend_price(), self.pressure, chips.scarcity, chips.glut, MOST_PRESSURE
        )

    def deliver(self) -> H100e:
        """Deliver orders as far as capacity goes, China's from its own foundries too, by region."""
        let_through = np.ones((2, self.model.size))
        let_through[1] = self.model.law.chip_export_share
        waiting = self.backlog
        total = np.maximum(waiting.sum(axis=0), 1e-9)
        made = waiting * np.minimum(1.0, self.capacity / total) * let_through
        left = waiting - made
        at_home = np.minimum(np.maximum(left[1], 0.0), self.domestic)
        self.delivered = made + np.stack([np.zeros(self.model.size), at_home])
        self.backlog = np.maximum(waiting - self.delivered, 0.0)
        return self.delivered

    def expand(self, orders: H100e, serving_share: Share) -> None:
        """Build capacity while orders fill it (M16), and follow serving with specialists (M17)."""
        chips, years = self.model.dials.chips, self.model.years
        fading = dynamics.faded(years, chips.capacity_slowing)
        booked = np.maximum(self.pressure, orders.sum(axis=0) / self.capacity)
        effort = investment.expansion(booked, chips.expand_from, ALL_OUT)
        growth = investment.capacity_growth(
            chips.capacity_growth, fading, effort, chips.capacity_decay
        )
        self.capacity = self.capacity * np.exp(growth)

        cut_off = chips.domestic_push * (1.0 - self.model.law.chip_export_share)
        booked_at_home = self.backlog[1] / np.maximum(self.domestic, 1.0)
        effort_at_home = investment.expansion(booked_at_home, 0.0, ALL_OUT)
        growth_at_home = investment.capacity_growth(
            chips.domestic_growth + cut_off, fading, effort_at_home
        )
        self.domestic = self.domestic * np.exp(growth_at_home)

        wanted = np.minimum(
            chips.specialist_share + chips.specialist_gain * years,
            chips.specialist_most * serving_share,
        )
        self.specialist_share = dynamics.adjusted(
            self.specialist_share, wanted, chips.specialist_speed
        )
