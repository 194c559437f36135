"""Publishers and the data industry: what text there is, what it costs, what it is worth.

Tokens; shapes (worlds,) for the market and (labs, worlds) for what each lab holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.economy.state import DataBought
from sim.equations import data, dynamics
from sim.units import YEARS_A_QUARTER, Flag, Mtok, Share, Tokens, USD_per_Mtok

if TYPE_CHECKING:
    from sim.economy.model import AIEconomy

STOCK_YEAR = 2024.0  # in which the stock of public text is stated


class Publishers(mesa.Agent):
    """Owners of text, and the firms that label and synthesise it."""

    model: AIEconomy

    def __init__(self, model: AIEconomy):
        super().__init__(model)
        shape = len(model.dials.lab_names), model.size
        self.licensed, self.synthetic, self.users = np.zeros((3, *shape))
        self.sold = np.zeros(model.size)  # licences of the lab that has most of them
        self.price = np.zeros(model.size) + model.dials.data.licence_price

    def public(self) -> Tokens:
        """Quality-adjusted public text this year, (worlds,)."""
        stock = self.model.dials.data
        return stock.public_stock * dynamics.compounded(
            stock.stock_growth, self.model.year - STOCK_YEAR
        )

    def licence_price(self) -> USD_per_Mtok:
        """Licences are dearer as the stock is used up (M08), (worlds,)."""
        rules = self.model.dials.data
        self.price = data.licence_price(
            rules.licence_price, self.sold, rules.licence_stock, rules.licence_steepness
        )
        return self.price

    def human(self) -> Tokens:
        """Human text that each lab can train on, (labs, worlds)."""
        return self.model.dials.data.crawl_share * self.public() + self.licensed + self.users

    def quality(self) -> Share:
        """What a synthetic token is worth against a human one, given each lab's mix (M04)."""
        rules = self.model.dials.data
        share = self.synthetic / (self.human() + self.synthetic)
        return data.synthetic_weight(rules.synthetic_quality, share, rules.replaces)

    def effective_unique(self) -> Tokens:
        """Unique tokens, in human ones, that each lab can train on."""
        return self.human() + self.synthetic * self.quality()

    def deliver(self, bought: DataBought, served: Mtok) -> None:
        """Hand over what was bought; users' data grow with use and fade by themselves (M07)."""
        rules = self.model.dials.data
        self.licensed = self.licensed + bought.licensed
        self.sold = self.licensed.max(axis=0)
        self.synthetic = self.synthetic + bought.synthetic
        left = dynamics.faded(YEARS_A_QUARTER, rules.user_decay)
        self.users = self.users * left + served * (1e6 * rules.user_tokens)

    def inherit(self, failed: Flag, buyer: Flag) -> None:
        """The buyer of failed labs gets the text that they had licensed, (labs, worlds)."""
        inherited = np.where(failed, self.licensed, 0.0).max(axis=0)
        self.licensed = np.where(buyer, np.maximum(self.licensed, inherited), self.licensed)
