"""Investors: fundamental and extrapolative; what they believe, and what a lab is worth to them.

Shapes (worlds,) for the pool of capital and (labs, worlds) for valuations. Money in USD.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.equations import beliefs, dynamics, finance
from sim.units import USD, YEARS_A_QUARTER, Array, Flag, Ratio

if TYPE_CHECKING:
    from sim.economy.agents.lab import Labs
    from sim.economy.model import AIEconomy


class Investors(mesa.Agent):
    """Venture, strategic and public money."""

    model: AIEconomy

    def __init__(self, model: AIEconomy):
        super().__init__(model)
        dials, zeros = model.dials, np.zeros(model.size)
        self.belief = zeros + dials.beliefs.prior
        self.variance = zeros + np.square(dials.beliefs.doubt)
        self.news = zeros + dials.beliefs.news
        self.pool = zeros + dials.capital.pool / 4.0  # USD a quarter
        self.failures = zeros  # labs so far

    def learn(self, signal: Ratio, noise: Array, shown: Flag) -> None:
        """Update on the releases that all can see; news moves belief without evidence (M61)."""
        rules = self.model.dials.beliefs
        variance = beliefs.drifting(self.variance, rules.drift, YEARS_A_QUARTER)
        variance = beliefs.startled(variance, self.belief, signal, noise, shown)
        mean, self.variance = beliefs.kalman(self.belief, variance, signal, noise, shown)
        news = rules.news - self.news
        self.news = self.news + news
        self.belief = beliefs.sensible(mean) + news

    def value(self, labs: Labs) -> USD:
        """Worth of each lab: cash flow of fast growth that fades, plus the hope of general AI.

        Fundamental investors expect growth as far as belief carries it, extrapolative ones expect
        last year's to go on (Greenwood and Shleifer 2014).
        """
        capital, revenue = self.model.dials.capital, 4.0 * labs.revenue
        past = finance.growth_rate(labs.revenue, labs.past_revenue[-1], capital.most_growth)
        growth = finance.expected_growth(
            past, capital.long_growth, capital.extrapolative, capital.fundamental, self.belief
        )
        business = finance.h_model(
            revenue * capital.margin,
            growth,
            capital.long_growth,
            capital.growth_half_life,
            capital.discount,
        )
        business = np.maximum(business, capital.least_multiple * revenue)
        return np.where(labs.alive, business + self._hope(labs), 0.0)

    def _hope(self, labs: Labs) -> USD:
        """What each lab's claim on general AI is worth."""
        capital, capability = self.model.dials.capital, labs.research.capability
        frontier = np.where(labs.alive, capability, -np.inf).max(axis=0)
        prize = finance.prize_value(
            capital.prize,
            np.maximum(frontier, 0.0),
            capital.prize_oom,
            capital.prize_width,
            self.belief,
        )
        share = finance.prize_share(capability, labs.alive, capital.closeness)
        known = 0.25 * (self.model.quarter - labs.founded + 0.5)  # years
        return prize * (share * dynamics.seasoned(known, capital.seasoning))

    def fill_pool(self) -> None:
        """The pool grows towards its ceiling, which swings with belief (M27)."""
        capital = self.model.dials.capital
        ceiling = finance.pool_ceiling(
            capital.pool_ceiling,
            capital.wealth_growth,
            self.model.since_2023,
            self.belief,
            capital.pool_belief,
        )
        self.pool = finance.next_pool(self.pool, ceiling, capital.pool_growth, capital.pool_exit)

    def count(self, failed: Flag) -> None:
        """The labs that failed this quarter, (labs, worlds)."""
        self.failures = self.failures + failed.sum(axis=0)
