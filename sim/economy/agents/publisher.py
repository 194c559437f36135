"""Publishers and the data industry: what text there is, what it costs, what it is worth.

Text is crawled and cleaned, licensed, grounded in video and sensors (semi-synthetic), or written by
models and verified; users' own comes free. Tokens; shapes (worlds,) for the market, (labs, worlds)
for what each lab holds, sources first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.economy.state import LICENSED, SOURCES, VERIFIED, DataBought
from sim.equations import data, dynamics
from sim.units import USD, YEARS_A_QUARTER, Flag, Mtok, Share, Tokens, USD_per_Mtok

if TYPE_CHECKING:
    from sim.economy.agents.lab import Labs
    from sim.economy.model import AIEconomy

STOCK_YEAR = 2024.0  # in which the stock of public text is stated


class Publishers(mesa.Agent):
    """Owners of text, and the firms that clean, describe, label and check it."""

    model: AIEconomy

    def __init__(self, model: AIEconomy):
        super().__init__(model)
        shape = len(model.dials.lab_names), model.size
        self.held = np.zeros((len(SOURCES), *shape))  # useful tokens bought
        self.users = np.zeros(shape)
        self.machines = np.zeros(model.size)  # tokens of models, unmarked in the public stock
        self.price = np.zeros(shape) + model.dials.data.licence_price  # of the next useful token
        self.left = np.zeros(shape)  # USD that all text left on offer would cost each lab
        self.unique = self.human()  # that each lab can train on

    def public(self) -> Tokens:
        """Quality-adjusted public text this year, (worlds,)."""
        stock = self.model.dials.data
        return stock.public_stock * dynamics.compounded(
            stock.stock_growth, self.model.year - STOCK_YEAR
        )

    def human(self) -> Tokens:
        """People's text that each lab can train on, less what machines' text in it spoils."""
        rules, public = self.model.dials.data, self.public()
        free = rules.crawl_share * public * self.pure(public)
        return free + self.held[:VERIFIED].sum(axis=0) + self.users

    def pure(self, public: Tokens) -> Share:
        """What of the public stock is left beside what models wrote in it (M04), (worlds,)."""
        share = self.machines / (public + self.machines)
        return data.uncontaminated(share, self.model.dials.data.replaces)

    def offer(self, labs: Labs) -> tuple[USD_per_Mtok, Tokens]:
        """Prices of the next useful token, dearer as a source is used up (M08), and what is left.

        Both (sources, labs, worlds).
        """
        rules, public = self.model.dials.data, self.public()
        written = labs.plan.unit_cost[0] * rules.drafts + rules.verification
        stocks, prices = self.stocks(labs, public), np.empty(self.held.shape)
        bare = (rules.crawl_price, rules.licence_price, rules.grounded_price, written)
        for source, price in enumerate(bare):
            prices[source] = data.text_price(
                price, self.held[source], stocks[source], rules.licence_steepness
            )
        return prices, np.maximum(stocks - self.held, 0.0)

    def stocks(self, labs: Labs, public: Tokens) -> Tokens:
        """What each lab can have of each source at most, (sources, labs, worlds)."""
        rules, nothing = self.model.dials.data, np.zeros(labs.shape)
        crawl = np.maximum(rules.crawl_most - rules.crawl_share, 0.0) * public * self.pure(public)
        success = self.model.customers.sellers.success
        vouched = data.verified_limit(self.human(), rules.vouched, success)
        return np.stack(
            [
                crawl + nothing,
                rules.licence_stock + nothing,
                rules.grounded_stock + nothing,
                vouched,
            ]
        )

    def deliver(self, bought: DataBought, served: Mtok, price: USD_per_Mtok, rest: USD) -> None:
        """Hand over what was bought; text dates, and users' comes with use (M07).

        `price` is that of the next useful token, `rest` what all that is still on offer costs.
        """
        rules = self.model.dials.data
        left = dynamics.faded(YEARS_A_QUARTER, rules.text_decay)
        self.held = self.held * left + bought.tokens
        self.users = self.users * left + served * (1e6 * rules.user_tokens)
        self.machines = self.machines + served.sum(axis=0) * (1e6 * rules.contamination)
        self.price, self.left = price, rest
        self.unique = self.human() + self.held[VERIFIED]

    def inherit(self, failed: Flag, buyer: Flag) -> None:
        """The buyer of failed labs gets the text that they had licensed, (labs, worlds)."""
        inherited = np.where(failed, self.held[LICENSED], 0.0).max(axis=0)
        held = self.held.copy()
        held[LICENSED] = np.where(buyer, np.maximum(held[LICENSED], inherited), held[LICENSED])
        self.held = held
