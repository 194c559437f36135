"""What labs have promised clouds: contracts for compute that run, and those that begin later.

A contract is signed quarters ahead on what a lab expects to need, take or pay, for years, at a rate
that is agreed at once. All of a lab's contracts are one schedule, quarter by quarter from the
present one on. Shapes (labs, worlds), schedules (quarters ahead, labs, worlds); hours of an H100e a
quarter, money in USD.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.economy.state import MOST_ON_CONTRACT
from sim.equations import contracts, dynamics, investment, pricing, spending
from sim.units import (
    HOURS_A_QUARTER,
    USD,
    YEARS_A_QUARTER,
    Array,
    Flag,
    H100e,
    H100e_hours,
    Quarters,
    Share,
    USD_per_hour,
    Years,
)

if TYPE_CHECKING:
    from sim.economy.agents.lab import Labs

AHEAD = 27  # quarters: the longest lead and the longest contract
LEAST_HOURS = 1e-6


@dataclass(frozen=True)
class Terms:
    """What is expected of a contract that begins in some quarters, (labs, worlds)."""

    rent: USD_per_hour  # when it begins
    level: USD_per_hour  # the rent over its years, as one rate
    rate: USD_per_hour  # what clouds ask


class Commitments:
    """The labs' contracts."""

    def __init__(self, labs: Labs):
        self.labs, self.model = labs, labs.model
        zeros = np.zeros(labs.shape)
        self.hours = np.zeros((AHEAD, *labs.shape))  # due in each quarter from this one on
        self.bills = np.zeros((AHEAD, *labs.shape))  # USD for them
        # H100e-hours since the start: what is signed is due later, has been due, was left or lost
        self.signed, self.ran, self.left, self.lost = zeros, zeros, zeros, zeros
        self.fee = zeros  # USD this quarter, for what was left

    # ------------------------------------------------------------ what is promised

    def owed(self) -> USD:
        """All that is still to be paid, contracts that begin later included."""
        return self.bills.sum(axis=0)

    def worth(self) -> USD:
        """The same as it is worth today."""
        quarters = np.arange(AHEAD)[:, None] * YEARS_A_QUARTER
        counts = np.exp(-self.model.dials.capital.discount * quarters) + np.zeros(self.model.size)
        return np.einsum("qlw,qw->lw", self.bills, counts)

    def notice(self) -> USD:
        """What the staff would be paid that were let go today."""
        return 4.0 * self.model.dials.research.severance * self.labs.payroll

    def obligations(self) -> USD:
        """What each lab has promised: compute under contract, and staff its notice."""
        return self.owed() + self.notice()

    def promised(self) -> USD:
        """What labs will pay clouds a quarter, (quarters ahead, regions, worlds)."""
        return self.labs.members @ self.bills

    def years_left(self) -> Years:
        """For how long contracts run on average, from now on; 0 where there are none."""
        most = self.hours.max(axis=0)
        return self.hours.sum(axis=0) * YEARS_A_QUARTER / np.maximum(most, LEAST_HOURS)

    def rent_left(self) -> USD_per_hour:
        """Rent expected over what is left of them, as one rate."""
        compute, years = self.model.dials.compute, np.maximum(self.years_left(), YEARS_A_QUARTER)
        cost, rent = self.model.clouds.user_cost(), self.model.clouds.rent
        lasts = contracts.lasting_part(years, compute.shortage_years)
        mean = contracts.rent_when(cost[self.labs.region], (rent / cost)[self.labs.region], lasts)
        fall, discount = self.model.chipmakers.fall, self.model.dials.capital.discount
        return mean * contracts.level_part(fall, years, discount)

    def above_market(self) -> USD:
        """What contracts cost today beyond what the same hours are expected to; or below zero."""
        owed = np.maximum(self.owed(), 1e-9)
        return self.worth() * (1.0 - self.rent_left() * self.hours.sum(axis=0) / owed)

    # ------------------------------------------------------------ the quarter

    def decide(self) -> None:
        """Leave what costs more than it brings, then sign for what will be needed."""
        self.fee = np.zeros(self.labs.shape)
        money = self._expected_spending()
        self._leave(money)
        self._sign(self._terms(), money)

    def pass_on(self) -> None:
        """The quarter is over: what was due has been, and the next is due."""
        self.ran = self.ran + self.hours[0]
        for schedule in (self.hours, self.bills):
            for ahead in range(AHEAD - 1):  # one by one: all at once would be copied twice
                schedule[ahead] = schedule[ahead + 1]
            schedule[-1] = 0.0

    def give_back(self, gone: Flag) -> None:
        """Contracts of those who fail return to the market; clouds lose what was promised."""
        self.lost = self.lost + np.where(gone, self.hours.sum(axis=0), 0.0)
        self.hours[:, gone] = 0.0
        self.bills[:, gone] = 0.0

    # ------------------------------------------------------------ what is expected

    def _lead(self) -> Quarters:
        return np.rint(self.model.dials.compute.contract_lead)

    def _there(self) -> H100e:
        """Chips at work by when a contract signed now begins, (regions, worlds).

        Of those on order some are late, and all that clouds know of comes in its time.
        """
        clouds, life = self.model.clouds, self.model.dials.compute.life
        coming = clouds.coming() - clouds.late * clouds.undelivered()
        there = clouds.stock * dynamics.left_after(self._lead(), life) + coming
        return clouds.by_region(there)

    def _terms(self) -> Terms:
        """What labs and clouds expect of a contract that is signed now.

        Rent when it begins is what clouds expect to be spent by then on the chips that are to come;
        from there it goes to user cost, and both fall as chips get cheaper.
        """
        compute, clouds, lead = self.model.dials.compute, self.model.clouds, self._lead()
        money = investment.expected_spending(
            clouds.spending, clouds.growth, lead, compute.extrapolation
        )
        rent = investment.rent_expected(money, self._there(), compute.load)
        years, fall = compute.contract_years, self.model.chipmakers.fall
        cost = clouds.user_cost() * dynamics.faded(lead * YEARS_A_QUARTER, fall)
        lasts = contracts.lasting_part(years, compute.shortage_years)
        mean = contracts.rent_when(cost, rent / cost, lasts)
        level = contracts.level_part(fall, years, self.model.dials.capital.discount)
        rate = contracts.rate_asked(mean * level, compute.contract_discount)
        return Terms(*(each[self.labs.region] for each in (rent, mean * level, rate)))

    def _expected_spending(self) -> USD:
        """Dollars for compute a quarter that each lab expects to want by its own lights then.

        Training goes where the budget is heading, which rests on belief; both grow with sales, as
        far as growth is expected to last.
        """
        labs, rules = self.labs, self.model.dials.research
        plan, lead = labs.plan, self._lead()
        training, serving = plan.training_bid.sum(axis=0), plan.serving_bid
        ratio = plan.heading / np.maximum(plan.budget, 1.0)
        fastest, cut = labs.planning.fastest(), self.model.dials.capital.budget_cut
        trained = training * contracts.budget_ahead(ratio, lead, fastest, cut)
        grows = np.exp(rules.foresight * labs.growth * lead * YEARS_A_QUARTER)
        return (trained + serving) * grows

    def _risk(self) -> Array:
        """How far a lab's need in the middle of a contract may be from what it expects, in logs."""
        compute, learning = self.model.dials.compute, self.labs.research.learning
        ahead = self._lead() + 2.0 * compute.contract_years
        surprise, doubt = self.model.dials.research.demand_surprise, np.sqrt(learning.variance)
        return contracts.forecast_risk(surprise, ahead, doubt, learning.belief)

    # ------------------------------------------------------------ leaving

    def _leave(self, money: USD) -> None:
        """Leave, for a fee, part of the hours that cost more than they bring, as far as cash goes.

        A parent pays for what its lab leaves.
        """
        labs, compute = self.labs, self.model.dials.compute
        owed, hours = self.owed(), self.hours.sum(axis=0)
        rate = owed / np.maximum(hours, LEAST_HOURS)
        stays = contracts.staying_costs(rate, compute.exit_fee, owed, self.worth())
        now = labs.plan.training_bid.sum(axis=0) + labs.plan.serving_bid
        spends = np.maximum(money, now)
        part = contracts.worth_leaving(self.hours.max(axis=0), spends, stays, self.rent_left())
        whole = compute.exit_fee * owed
        purse = spending.lasting(labs.cash, self.model.dials.capital.least_runway)
        able = np.where(labs.corporate, 1.0, np.minimum(purse / np.maximum(whole, 1.0), 1.0))
        part = np.where(hours > LEAST_HOURS, np.minimum(compute.exit_speed * part, able), 0.0)
        self.fee = part * whole
        self.left = self.left + part * hours
        leaves = part > 0.0
        self.hours[:, leaves] *= 1.0 - part[leaves]
        self.bills[:, leaves] *= 1.0 - part[leaves]

    # ------------------------------------------------------------ signing

    def _sign(self, terms: Terms, money: USD) -> None:
        """Sign for what it pays to hold of what will be needed, as far as clouds let each lab."""
        fee, years = self.model.dials.compute.exit_fee, self.model.dials.compute.contract_years
        likely = contracts.worth_holding(terms.rate, terms.level, fee)
        held = money / terms.rent * pricing.spare_capacity(likely, self._risk())
        then = self._then()
        new = np.maximum(held - then, 0.0)
        backed = self._backed() / (4.0 * years * terms.rate)
        new = np.where(self.labs.alive, np.minimum(new, backed), 0.0)
        new = new * self._on_offer(new, then)
        self.signed = self.signed + new * (4.0 * years)
        bill, lead = new * terms.rate, self._lead()
        end = lead + 4.0 * years
        for ahead in range(int(np.min(lead)), min(AHEAD, int(np.max(end)) + 1)):
            runs = (ahead >= lead) * np.clip(end - ahead, 0.0, 1.0)
            self.hours[ahead] += new * runs
            self.bills[ahead] += bill * runs

    def _then(self) -> H100e_hours:
        """Hours that are held when a contract signed now would begin."""
        lead = np.zeros((1, *self.labs.shape), int) + self._lead().astype(int)
        return np.take_along_axis(self.hours, lead, axis=0)[0]

    def _backed(self) -> USD:
        """What clouds let a lab promise more: by what it is worth and how long its cash lasts.

        A parent's word is good for any sum.
        """
        labs, compute = self.labs, self.model.dials.compute
        burn = np.maximum(labs.burn + labs.debt_service, 1.0)
        lasts = np.clip(labs.cash / (4.0 * compute.tenant_runway * burn), 0.0, 1.0)
        room = np.maximum(compute.tenant_worth * labs.valuation * lasts - self.owed(), 0.0)
        return np.where(labs.corporate, np.inf, room)

    def _on_offer(self, new: H100e_hours, then: H100e_hours) -> Share:
        """Part of the hours asked for that clouds have to promise, by what they will have then."""
        labs = self.labs
        most = MOST_ON_CONTRACT * self.model.dials.compute.load * HOURS_A_QUARTER * self._there()
        room = np.maximum(most - labs.by_region(then), 0.0)
        asked = np.maximum(labs.by_region(new), LEAST_HOURS)
        return np.minimum(room / asked, 1.0)[labs.region]
