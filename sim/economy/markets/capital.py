"""The capital market: who is funded, who pays out, who comes in; who ends is in failures.py.

Money in USD a quarter, shapes (labs, worlds).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.economy.markets import credit, failures
from sim.economy.state import Funding
from sim.equations import dynamics, finance
from sim.units import USD

if TYPE_CHECKING:
    from sim.economy.agents.investor import Investors
    from sim.economy.agents.lab import Labs
    from sim.economy.agents.lender import Lenders

LEAST_SPENDING = 1e5  # USD a quarter, under which a lab is a desk


def clear(labs: Labs, investors: Investors, lenders: Lenders) -> None:
    """Learn, value, lend, fund, pay out, close down, open."""
    sales = [past.sum(axis=0) for past in labs.past_revenue]
    investors.learn(*labs.research.learning.public_signal, sales)
    investors.fill_pool()
    called = credit.serve(labs, lenders)
    _appraise(labs, investors)
    spending = np.maximum(labs.spending, LEAST_SPENDING)
    burn = np.where(labs.alive & ~labs.corporate, labs.burn + labs.debt_service, 0.0)
    credit.borrow(labs, lenders, called, spending, burn)
    equity = _rounds(labs, investors, spending, burn)
    investors.put_in(equity + labs.plan.allowance + _payouts(labs))
    saved = failures.clear(labs, investors, lenders, spending, burn)
    seeds = _entries(labs, investors)
    investors.put_in(seeds)
    raised = equity + saved + seeds
    labs.take_funding(Funding(raised=raised, failed=investors.ends.failed))


def _appraise(labs: Labs, investors: Investors) -> None:
    """Worth of each lab's shares: at work or sold, whichever is more, with cash and less debts.

    What it promised to pay for compute beyond what that is worth is a debt, too.
    """
    before, speed = labs.at_work, labs.model.dials.capital.mark_speed
    young = labs.age < 1.0
    at_work = np.where(young, 1.0, speed) * (investors.value(labs) - before) + before
    owed = labs.debt + np.maximum(labs.commitments.above_market(), 0.0)
    worth = np.maximum(at_work, failures.sold_off(labs)) + labs.cash - owed
    labs.appraise(at_work, np.where(labs.alive, np.maximum(worth, 0.0), 0.0))


def _rounds(labs: Labs, investors: Investors, spending: USD, burn: USD) -> USD:
    """Rounds come when runway is short; the pool bounds them all together (M29).

    Who is large enough to be listed sells shares to the public instead (M30), as far as that takes
    them in a quarter.
    """
    capital, ledger = labs.model.dials.capital, labs.model.ledger
    short = finance.shortfall(labs.cash, spending, burn, capital.runway, capital.raise_below)
    asked = finance.round_size(short, labs.valuation, capital.dilution)
    labs.list_shares(4.0 * labs.revenue >= capital.listing)
    public = finance.public_round(asked, labs.valuation, capital.public_most) * labs.listed
    private = investors.fund(np.where(labs.listed, 0.0, asked))
    from_clouds = private * capital.strategic
    ledger.transfer("equity", "investors", "labs", private - from_clouds)
    ledger.transfer("equity_for_compute", "clouds", "labs", from_clouds)
    ledger.transfer("public_equity", "investors", "labs", public)
    labs.receive(private + public)
    return private + public


def _payouts(labs: Labs) -> USD:
    """Who knows no use that pays hands out its cash beyond a reserve (Jensen 1986).

    A parent makes good what its lab lacks. Returns what owners put in on balance.
    """
    capital, ledger = labs.model.dials.capital, labs.model.ledger
    reserve = finance.reserve(labs.spending, labs.burn, capital.least_runway, capital.runway)
    idle = labs.alive & (labs.plan.shadow_price <= 0.0)
    paid = np.where(idle, finance.payout(labs.cash, reserve, capital.payout_speed), 0.0)
    topped_up = np.where(labs.corporate & labs.alive, np.maximum(-labs.cash, 0.0), 0.0)
    ledger.transfer("payouts", "labs", "investors", paid)
    ledger.transfer("allowances", "investors", "labs", topped_up)
    labs.receive(topped_up - paid)
    return topped_up - paid


def _entries(labs: Labs, investors: Investors) -> USD:
    """Labs open on their date; entrants come where the prize beats the scale (M55)."""
    model, capital = labs.model, labs.model.dials.capital
    opens = labs.opens <= model.quarter + 1
    due = (labs.opens == model.quarter + 1) & ~labs.entrant & ~labs.alive
    scale = capital.entry_scale * dynamics.trend(capital.entry_scale_growth, model.since_2023)
    best = np.max(np.where(labs.alive, labs.valuation, 0.0), axis=0)
    worth = finance.worth_of_entry(best, labs.research.entry_lag(), capital.closeness)
    pays = (worth > capital.entry_hurdle * scale) & (investors.pool > capital.entry_pool * scale)
    comes = labs.entrant & ~labs.alive & opens & (labs.age >= 0.0) & pays
    seed = np.where(due, model.dials.lab("cash"), 0.0) + np.where(comes, scale, 0.0)
    if (due | comes).any():
        labs.found(due, comes, seed)
        model.ledger.transfer("equity", "investors", "labs", seed)
        labs.receive(seed)
    return seed
