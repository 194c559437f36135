"""Clouds' money: cash, debts, what they can afford, who is at work. Shapes (clouds, worlds), USD.

A hyperscaler's other business pays for what AI does not bring, up to a bound on what it orders; it
owes nothing and cannot fail. A neo-cloud has its own cash, loans on its chips, chips that their
maker lent on, and owners who pay in where new chips are worth more than they cost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.equations import costs, debt, finance, investment
from sim.units import USD, Flag, H100e, Ratio, Share, USD_per_H100e, USD_per_hour, per_Year

if TYPE_CHECKING:
    from sim.economy.agents.cloud import Clouds
    from sim.economy.agents.outlook import Ahead

PENNILESS = -1.0  # USD of cash: what rounding may leave


class Treasury:
    """The books of all clouds."""

    def __init__(self, clouds: Clouds):
        self.clouds, self.model = clouds, clouds.model
        zeros = np.zeros(clouds.stock.shape)
        self.alive = np.ones(zeros.shape, bool)
        self.cash, self.debt, self.vendor_debt = zeros, zeros, zeros
        self.net, self.bills, self.service = zeros, zeros, zeros  # a quarter, before what is bought
        self.chips_worth, self.collateral = zeros, zeros  # to who buys them; with contracts
        self.worth = zeros  # of the firm to its owners
        self.leverage: Ratio = zeros  # debts over collateral and cash
        self.called, self.covered = zeros > 0.0, zeros == 0.0  # loans called; service covered
        self.lent: Share = np.where(clouds.leveraged, self.model.dials.debt.advance, zeros)
        self.pays = zeros > 0.0  # whether a new chip is worth more than it costs
        self.wait = zeros  # quarters until somebody tries again in the place of who failed
        self.opening: H100e = zeros  # what who comes in orders first
        self.failures, self.raised = zeros, zeros  # so far; this quarter
        self.resold: H100e = zeros  # chips of those who failed this quarter

    # ------------------------------------------------------------ what capital costs and allows

    def cost_of_capital(self) -> per_Year:
        """Return that a new chip must bring to each cloud."""
        dials = self.model.dials
        asked = self.model.lenders.rate_on_chips(self.leverage)
        mixed = debt.financing_cost(self.lent, asked, dials.capital.discount)
        return np.where(self.clouds.leveraged, mixed, dials.compute.interest)

    def affords(self, quote: USD_per_H100e, building: USD_per_H100e) -> H100e:
        """Chips that each can order beyond those on order; below zero, must call off of those.

        It reckons with its cash, what owners and other business give, and what its chips earn until
        delivery; a neo-cloud keeps its reserve out of what it orders, though it does not call off
        for it. Who does not earn its debt service does not order.
        """
        clouds = self.clouds
        ahead = (len(clouds.ordered) + 1.0) / (1.0 - clouds.late)  # quarters until all are here
        means = self.cash + ahead * (self.net + self._other_business())
        committed = clouds.owing() + clouds.undelivered() * building
        free = means + self._may_raise() * self.pays - self.reserve() * clouds.leveraged
        new = debt.afforded(free, self.lent, committed)
        kept = debt.afforded(means + self._may_raise(), self.lent, committed)
        able = ~clouds.leveraged | (self.alive & self.covered & ~self.called)
        return np.where(able & (new > 0.0), new, np.minimum(kept, 0.0)) / (quote + building)

    def _other_business(self) -> USD:
        """What the other business of hyperscalers can spare for AI in a quarter."""
        compute = self.model.dials.compute
        spare = [
            finance.parent_spare(
                cash_flow,
                compute.other_cash_most,
                compute.other_cash_growth,
                self.model.since_2023,
            )
            + np.zeros(self.model.size)
            for cash_flow in (compute.other_cash_us, compute.other_cash_china)
        ]
        return np.where(self.clouds.leveraged, 0.0, self.clouds.of_region(np.stack(spare)))

    def _may_raise(self) -> USD:
        """Most that owners of a neo-cloud pay in in a quarter."""
        most = self.model.dials.compute.neo_equity * np.maximum(self.worth, 0.0)
        return np.where(self.clouds.leveraged & self.alive, most, 0.0)

    def look_ahead(self, ahead: Ahead, running: USD_per_hour) -> None:
        """Whether a chip ordered now is worth more to each cloud than it costs."""
        capital, of_region = ahead.an_hour * (ahead.quote + ahead.building), self.clouds.of_region
        worth = investment.tobins_q(of_region(ahead.rent), of_region(running), capital)
        self.pays = worth > 1.0

    # ------------------------------------------------------------ the quarter

    def at_work(self) -> Share:
        """Part of the chips that are here which work: loans on them are paid back from then on."""
        clouds = self.clouds
        here = clouds.stock + clouds.shipped + clouds.waiting
        return clouds.stock / np.maximum(here, 1e-9)

    def book(self, income: USD, bills: USD, other: USD) -> None:
        """Sales, bills of running, and all else that was bought and paid."""
        self.bills, self.net = bills, income - bills
        self.cash = self.cash + income - bills + other

    def serve(self, interest: USD, back: USD, vendor_back: USD) -> None:
        """Interest and repayments, to lenders and to makers of chips."""
        self.service = interest + back + vendor_back
        self.covered = self.net >= self.model.dials.debt.cover * self.service
        self.net = self.net - self.service
        self.cash = self.cash - self.service
        self.debt, self.vendor_debt = self.debt - back, self.vendor_debt - vendor_back

    def borrow(self, loans: USD, from_makers: USD, lent: Share) -> None:
        """Loans on what was delivered; `lent` is the part that would be lent of the next chips."""
        self.debt, self.vendor_debt = self.debt + loans, self.vendor_debt + from_makers
        self.cash = self.cash + loans + from_makers
        self.lent = np.where(self.clouds.leveraged, lent, 0.0)

    def appraise(self, contracts: USD) -> None:
        """What chips are worth by what they earn now; debts over that; who is called.

        `contracts` is what theirs are worth beyond rent, which no loan changes.
        """
        clouds, of_region = self.clouds, self.clouds.of_region
        sites = self.model.utilities.site_price
        chips = clouds.stock + clouds.waiting + clouds.shipped
        least, spread = clouds.running_costs()
        running = costs.mean_running(least, spread) + self.model.utilities.draw() * sites
        earned = of_region(np.maximum(clouds.rent - running, 0.0))
        new = self.model.chipmakers.price + clouds.building()
        an_hour = clouds.capital(self.cost_of_capital())
        owed = self.debt + self.vendor_debt
        self.chips_worth = debt.collateral(chips, earned, an_hour, new)
        self.collateral = np.maximum(self.chips_worth + contracts, 0.0)
        self.worth = chips * earned / an_hour + contracts + self.cash - owed
        backing = self.collateral + np.maximum(self.cash, 0.0)
        self.leverage = owed / np.maximum(backing, 1.0)
        self.called = debt.breached(owed, backing, self.model.dials.debt.chip_covenant)

    def lives_on(self, rate: USD_per_hour) -> Flag:
        """Whether a rate for years, by region, pays for a new chip at each cloud's own cost."""
        clouds, utilities = self.clouds, self.model.utilities
        chip = self.model.chipmakers.price + clouds.building()
        running = utilities.draw() * (utilities.running() + utilities.site_price)
        needs = chip * clouds.capital(self.cost_of_capital()) + clouds.of_region(running)
        return clouds.of_region(rate) >= needs

    def contracts_worth(self) -> USD:
        """What contracts bring beyond what their hours are expected to: what labs lose by them."""
        clouds, labs = self.clouds, self.model.labs
        return clouds.tenancy.share * clouds.of_region(
            labs.by_region(labs.commitments.above_market())
        )

    def reserve(self) -> USD:
        """Cash that each wants to hold."""
        return 4.0 * self.model.dials.compute.reserve * (self.bills + self.service)

    def needs(self) -> tuple[USD, USD]:
        """What owners pay in: of neo-clouds for shares, of hyperscalers out of other business.

        A neo-cloud's owners pay for their part of what is on order as long as new chips pay,
        and what is overdue if the firm is worth it (Altman 1984 on who is rescued).
        """
        clouds, neo = self.clouds, self.clouds.leveraged
        cost = clouds.owing() + clouds.undelivered() * clouds.building()
        want = self.reserve() + (1.0 - self.lent) * cost - self.cash - np.maximum(self.net, 0.0)
        overdue = np.maximum(-self.cash, 0.0)
        shares = np.minimum(np.maximum(want, overdue), self._may_raise() * self.pays)
        rescued = self.worth + overdue > self.model.dials.capital.rescue * overdue
        shares = np.where(rescued, np.maximum(shares, overdue), shares)
        allowance = np.maximum(self.reserve() - self.cash, 0.0)
        return np.where(neo & self.alive, shares, 0.0), np.where(neo, 0.0, allowance)

    def spare(self) -> USD:
        """What is handed out to owners: part of cash beyond reserve and own part of what is due.

        A neo-cloud keeps its cash as long as new chips pay.
        """
        clouds, capital = self.clouds, self.model.dials.capital
        committed = clouds.owing() + clouds.undelivered() * clouds.building()
        kept = self.reserve() + (1.0 - self.lent) * committed
        pays_out = self.alive & ~(clouds.leveraged & self.pays)
        return np.where(pays_out, finance.payout(self.cash, kept, capital.payout_speed), 0.0)

    def receive(self, amount: USD) -> None:
        """Money from owners, buyers and creditors; below zero, money to them."""
        self.cash = self.cash + amount

    def note_raised(self, raised: USD) -> None:
        """What neo-clouds got for shares this quarter."""
        self.raised = raised

    # ------------------------------------------------------------ end and beginning

    def broke(self) -> Flag:
        """Neo-clouds that cannot pay."""
        return self.clouds.leveraged & self.alive & (self.cash < PENNILESS)

    def close(self, failed: Flag, chips: H100e) -> None:
        """The failed are gone, with their debts; so many chips of theirs were sold."""
        self.alive = self.alive & ~failed
        self.cash = np.where(failed, 0.0, self.cash)
        self.debt = np.where(failed, 0.0, self.debt)
        self.vendor_debt = np.where(failed, 0.0, self.vendor_debt)
        self.net, self.worth = np.where(failed, 0.0, self.net), np.where(failed, 0.0, self.worth)
        self.bills, self.service = (np.where(failed, 0.0, x) for x in (self.bills, self.service))
        self.leverage = np.where(failed, 0.0, self.leverage)
        self.failures = self.failures + failed
        self.resold = np.where(failed, chips, 0.0)
        self.wait = np.where(failed, 4.0 * self.model.dials.compute.neo_again, self.wait - 1.0)

    def comers(self) -> tuple[USD, H100e]:
        """Money with which new neo-clouds come in where chips pay, and the chips that it is for."""
        clouds, compute = self.clouds, self.model.dials.compute
        comes = clouds.leveraged & ~self.alive & (self.wait <= 0.0) & self.pays
        chips = compute.neo_entry * clouds.of_region(clouds.by_region(clouds.stock))
        price = self.model.chipmakers.price + clouds.building()
        lent = np.where(clouds.leveraged, self.model.dials.debt.advance, 0.0)
        chips = np.where(comes, chips, 0.0)
        return chips * price * (1.0 - lent), chips

    def open(self, seed: USD, chips: H100e) -> None:
        """New neo-clouds begin with this money, to order these chips."""
        self.alive = self.alive | (seed > 0.0)
        self.cash, self.opening = self.cash + seed, chips
