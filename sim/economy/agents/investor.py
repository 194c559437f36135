"""Investors: fundamental and extrapolative; what they believe, and what a lab is worth to them.

Shapes (worlds,) for the pool of capital and (labs, worlds) for valuations. Money in USD.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.economy.state import CAUSES, Ends
from sim.equations import beliefs, dynamics, finance, valuation
from sim.units import USD, YEARS_A_QUARTER, Array, Flag, Ratio

if TYPE_CHECKING:
    from sim.economy.agents.lab import Labs
    from sim.economy.model import AIEconomy

MATERIAL = 5e8  # USD a year: sales of all labs from which their growth is watched
MOST_SURPRISE = 1.0  # log a year: more is not held for a trend


class Investors(mesa.Agent):
    """Venture, strategic and public money."""

    model: AIEconomy

    def __init__(self, model: AIEconomy):
        super().__init__(model)
        dials, zeros = model.dials, np.zeros(model.size)
        self.learnt = zeros + dials.beliefs.prior  # from releases
        self.variance = zeros + np.square(dials.beliefs.doubt)
        self.news = zeros + dials.beliefs.news
        self.sentiment = zeros  # what the media, and results, add to it
        self.promised = [zeros] * 4  # log growth of all sales expected, this quarter's first
        self.belief = self.learnt  # with sentiment
        self.pool = zeros + dials.capital.pool / 4.0  # USD a quarter
        self.left = self.pool  # of it, this quarter
        every = np.zeros((len(model.dials.lab_names), model.size))
        self.at_stake = every  # USD that owners put into each lab, less what they got of it
        self.carried = every  # worth of each lab's sales to somebody who need not run for them
        self.wooed = every  # quarters in a row that each was worth more to another
        self.failures = zeros  # labs so far
        self.by_cause = np.zeros((len(CAUSES), model.size))  # of them
        self.ends = Ends.nothing(every.shape)

    def learn(self, signal: Ratio, noise: Array, shown: Flag, sales: list[USD]) -> None:
        """Update on the releases that all can see; then on the mood, and on labs' own results.

        News moves belief without evidence, and the mood wanders for years (M61); sales that grow
        less than was expected a year ago disappoint (M28). `sales` of all labs this quarter and in
        the four before, each (worlds,).
        """
        rules, luck = self.model.dials.beliefs, self.model.luck.normal("sentiment")
        variance = beliefs.drifting(self.variance, rules.drift, YEARS_A_QUARTER)
        variance = beliefs.startled(variance, self.learnt, signal, noise, shown)
        mean, self.variance = beliefs.kalman(self.learnt, variance, signal, noise, shown)
        news = rules.news - self.news
        self.news = self.news + news
        self.learnt = beliefs.sensible(mean) + news
        result = finance.log_growth(sales[0], sales[-1]) - self.promised[-1]
        known = 4.0 * sales[-1] >= MATERIAL  # growth from nothing tells nothing
        result = np.where(known, np.clip(result, -MOST_SURPRISE, MOST_SURPRISE), 0.0)
        self.sentiment = beliefs.mood(
            self.sentiment, rules.mood_life, rules.mood, luck, rules.results * result / 4.0
        )
        self.belief = beliefs.sensible(self.learnt + self.sentiment)

    def value(self, labs: Labs) -> USD:
        """Worth of each lab at work, without its cash, (labs, worlds): business and hope.

        Fundamental investors expect growth as far as belief carries it, extrapolative ones expect
        last year's to go on (Greenwood and Shleifer 2014).
        """
        capital, revenue = self.model.dials.capital, 4.0 * labs.revenue
        past = finance.growth_rate(labs.revenue, labs.past_revenue[-1], capital.most_growth)
        growth = finance.expected_growth(
            past, capital.long_growth, capital.extrapolative, capital.fundamental, self.belief
        )
        sales = np.maximum(revenue.sum(axis=0), 1.0)
        market = capital.market * dynamics.compounded(capital.wealth_growth, self.model.since_2023)
        self.promised = [np.log1p((growth * revenue).sum(axis=0) / sales), *self.promised[:3]]
        loses = -4.0 * (labs.burn + labs.plan.allowance)
        business = valuation.going_concern(
            revenue,
            loses,
            np.log1p(growth),
            capital.long_growth,
            capital.growth_fade,
            np.log(market / sales),
            capital.margin,
            capital.discount,
        )
        fading = capital.discount + 1.0 / capital.growth_fade
        self.carried = business - (loses - capital.margin * revenue) / fading
        return np.where(labs.alive, business + self._hope(labs), 0.0)

    def _hope(self, labs: Labs) -> USD:
        """What each lab's claim on general AI is worth, discounted to when it is expected.

        The frontier's compute goes on growing as it did, and buys what it is believed to buy.
        """
        capital, research = self.model.dials.capital, labs.research
        pace = research.pace * np.maximum(self.belief, 0.0)
        now = valuation.arrival_factor(
            research.frontier,
            pace,
            capital.prize_oom,
            capital.prize_width,
            capital.hope_discount,
        )
        share = finance.prize_share(research.capability, labs.alive, capital.closeness)
        known = 0.25 * (self.model.quarter - labs.founded + 0.5)  # years
        return capital.prize * now * (share * dynamics.seasoned(known, capital.seasoning))

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
        self.left = self.pool

    def fund(self, asked: USD) -> USD:
        """What of the money asked for each lab gets of what is left in the pool this quarter."""
        total = asked.sum(axis=0)
        given = asked * np.minimum(1.0, self.left / np.maximum(total, 1.0))
        self.left = np.maximum(self.left - given.sum(axis=0), 0.0)
        return given

    def put_in(self, amount: USD) -> None:
        """What owners put into each lab; below zero, what they got."""
        self.at_stake = self.at_stake + amount

    def woo(self, wooed: Flag) -> None:
        """Whose owners have an offer that is worth more than to go on, another quarter."""
        self.wooed = np.where(wooed, self.wooed + 1.0, 0.0)

    def lose(self, failed: Flag, got: USD, from_pool: Flag) -> USD:
        """Write off what owners put into the failed and got not back, (labs, worlds): the loss.

        What is lost of the pool is not there to be invested again.
        """
        lost = np.where(failed, np.maximum(self.at_stake - got, 0.0), 0.0)
        self.at_stake = np.where(failed, 0.0, self.at_stake)
        own = np.where(from_pool, lost, 0.0).sum(axis=0)
        self.pool = finance.pool_after_losses(self.pool, own, self.model.dials.capital.pool_losses)
        return lost

    def take_ends(self, ends: Ends) -> None:
        """What became of labs this quarter."""
        self.ends = ends
        self.failures = self.failures + ends.failed.sum(axis=0)
        self.by_cause = self.by_cause + ends.ended.sum(axis=1)
