"""Chipmakers: price, foundry capacity and what they deliver.

One world foundry, and China's own; capacities in H100e a quarter, shapes (worlds,) unless said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.units import Array, H100e

if TYPE_CHECKING:
    from sim.economy.model import AIEconomy


class Chipmakers(mesa.Agent):
    """The GPU maker, the makers of inference specialists, and their foundries."""

    def __init__(self, model: AIEconomy):
        super().__init__(model)
        d, zeros = model.dials, np.zeros(model.size)
        self.capacity = zeros + d.chips.capacity / 4.0
        self.domestic = zeros + d.chips.domestic / 4.0
        self.backlog = np.zeros((2, model.size))  # by region
        self.delivered = np.zeros((2, model.size))
        self.specialist_share = zeros + d.chips.specialist_share
        self.price = zeros + d.chips.price * 10.0 ** (3.0 * d.chips.price_trend)

    def trend_price(self) -> Array:
        """Price of an H100e on its long fall, USD."""
        d = self.model.dials.chips
        return d.price * 10.0 ** (-d.price_trend * (self.model.year - 2023.0))

    def set_price(self) -> None:
        """Scarcity raises the price over its trend, a glut lowers it a little."""
        self.pressure = self.backlog.sum(axis=0) / np.maximum(self.capacity, 1.0)
        self.price = (
            self.trend_price()
            * np.clip(self.pressure, 0.7, 20.0) ** self.model.dials.chips.scarcity
        )

    def make(self) -> H100e:
        """Deliver orders as far as capacity goes, China's from its own foundries too, by region."""
        m = self.model
        waiting = self.backlog
        total = np.maximum(waiting.sum(axis=0), 1e-9)
        made = waiting * np.minimum(1.0, self.capacity / total)
        made = made * np.stack([np.ones(m.size), np.zeros(m.size) + m.law.chip_export_share])
        left = waiting - made
        own = np.minimum(np.maximum(left[1], 0.0), self.domestic)
        self.delivered = made + np.stack([np.zeros(m.size), own])
        self.backlog = np.maximum(waiting - self.delivered, 0.0)
        return self.delivered

    def expand(self, serving_share: Array) -> None:
        """Build capacity while orders fill it (M16), and follow serving with specialists (M17)."""
        d, m = self.model.dials.chips, self.model
        booked = np.maximum(self.pressure, m.clouds.orders.sum(axis=0) / self.capacity)
        keen = np.clip(2.0 * booked - 1.0, 0.0, 1.0)  # all of it once capacity is booked out
        fading = np.exp(-d.capacity_slowing * m.years)
        self.capacity = self.capacity * np.exp(
            0.25 * (np.log1p(d.capacity_growth) * fading * keen - 0.05 * (1.0 - keen))
        )
        cut_off = d.domestic_push * (1.0 - m.law.chip_export_share)
        keen_at_home = np.clip(self.backlog[1] / np.maximum(self.domestic, 1.0), 0.0, 1.0)
        rate = np.log1p(d.domestic_growth + cut_off) * fading * keen_at_home
        self.domestic = self.domestic * np.exp(0.25 * rate)
        wanted = np.minimum(d.specialist_share + d.specialist_gain * m.years, 0.8 * serving_share)
        self.specialist_share = self.specialist_share + 0.1 * (wanted - self.specialist_share)
