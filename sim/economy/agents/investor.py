"""Investors: fundamental and extrapolative; what they believe, and what a lab is worth to them.

Shapes (worlds,) for the pool of capital and (labs, worlds) for valuations. Money in USD.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from sim.equations import beliefs, finance
from sim.units import USD, Array

if TYPE_CHECKING:
    from sim.economy.model import AIEconomy


class Investors(mesa.Agent):
    """Venture, strategic and public money."""

    def __init__(self, model: AIEconomy):
        super().__init__(model)
        d, zeros = model.dials, np.zeros(model.size)
        self.belief = zeros + d.beliefs.prior
        self.variance = zeros + np.square(d.beliefs.doubt)
        self.news = zeros + d.beliefs.news
        self.pool = zeros + d.capital.pool / 4.0  # USD a quarter
        self.funding = zeros
        self.failures = zeros

    def learn(self, signal: Array, noise: Array, told: Array) -> None:
        """Update on the releases that all can see; news moves belief without evidence (M61)."""
        d = self.model.dials.beliefs
        self.variance = beliefs.drifting(self.variance, d.drift, 0.25)
        mean, self.variance = beliefs.kalman(self.belief, self.variance, signal, noise, told)
        news = d.news - self.news
        self.news = self.news + news
        self.belief = np.clip(mean, -0.5, 2.0) + news

    def value(self, labs: Any) -> USD:
        """Worth of each lab: cash flow of fast growth that fades, plus the hope of general AI.

        Fundamental investors expect growth as far as belief carries it, extrapolative ones expect
        last year's to go on (Greenwood and Shleifer 2014).
        """
        d = self.model.dials.capital
        revenue = 4.0 * labs.revenue
        past = finance.growth_rate(labs.revenue, labs.past_revenue[-1], d.most_growth)
        faith = np.clip(self.belief, 0.0, 1.5)
        expected = d.long_growth + (past - d.long_growth) * (
            d.extrapolative + (1.0 - d.extrapolative) * faith * 0.5
        )
        business = finance.h_model(
            revenue * d.margin, expected, d.long_growth, d.growth_half_life, d.discount
        )
        frontier = np.where(labs.alive, labs.research.capability, -np.inf).max(axis=0)
        frontier = np.maximum(frontier, 0.0)
        hope = finance.prize_value(d.prize, frontier, d.prize_oom, d.prize_width, self.belief)
        share = finance.prize_share(labs.research.capability, labs.alive, d.closeness)
        known = 0.25 * (self.model.quarter - labs.founded + 0.5)  # years
        share = share * (1.0 - np.exp(-known / d.seasoning))
        labs.valuation = np.where(
            labs.alive, np.maximum(business, 0.1 * revenue) + hope * share, 0.0
        )
        return labs.valuation

    def fill_pool(self) -> None:
        """The pool grows towards its ceiling, which swings with belief (M27)."""
        d, m = self.model.dials.capital, self.model
        ceiling = (
            d.pool_ceiling
            / 4.0
            * 1.04 ** (m.year - 2023.0)
            * np.clip(self.belief, 0.0, 1.3) ** d.pool_belief
        )
        up = np.minimum(self.pool * (1.0 + d.pool_growth) ** 0.25, ceiling)
        down = self.pool + 0.3 * (ceiling - self.pool)
        self.pool = np.where(ceiling > self.pool, up, down)
