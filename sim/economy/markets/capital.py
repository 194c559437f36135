"""The capital market: who is funded, who pays out, who runs out of road, who comes in.

Money in USD a quarter, shapes (labs, worlds).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.economy.markets import credit
from sim.economy.state import Funding
from sim.equations import dynamics, finance
from sim.units import USD, Flag

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
    _payouts(labs)
    broke, rescued = _rescues(labs, investors, lenders)
    labs.grow_older()
    failed = _failures(labs, broke)
    if failed.any():
        _sell(labs, lenders, failed)
    investors.count(failed)
    seeds = _entries(labs, investors)
    labs.take_funding(Funding(raised=equity + rescued + seeds, failed=failed))


def _appraise(labs: Labs, investors: Investors) -> None:
    """Worth of each lab's shares: at work or sold, whichever is more, with cash and less debts."""
    before, speed = labs.at_work, labs.model.dials.capital.mark_speed
    young = labs.age < 1.0
    at_work = np.where(young, 1.0, speed) * (investors.value(labs) - before) + before
    worth = np.maximum(at_work, _sold_off(labs)) + labs.cash - labs.debt
    labs.appraise(at_work, np.where(labs.alive, np.maximum(worth, 0.0), 0.0))


def _sold_off(labs: Labs) -> USD:
    """What customers and staff of each lab would bring, without its cash."""
    return labs.model.dials.capital.least_multiple * 4.0 * labs.revenue


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


def _payouts(labs: Labs) -> None:
    """Who knows no use that pays hands out its cash beyond a reserve (Jensen 1986).

    A parent makes good what its lab lacks.
    """
    capital, ledger = labs.model.dials.capital, labs.model.ledger
    reserve = finance.reserve(labs.spending, labs.burn, capital.least_runway, capital.runway)
    idle = labs.alive & (labs.plan.shadow_price <= 0.0)
    paid = np.where(idle, finance.payout(labs.cash, reserve, capital.payout_speed), 0.0)
    topped_up = np.where(labs.corporate & labs.alive, np.maximum(-labs.cash, 0.0), 0.0)
    ledger.transfer("payouts", "labs", "investors", paid)
    ledger.transfer("allowances", "investors", "labs", topped_up)
    labs.receive(-paid)
    labs.receive(topped_up)


def _rescues(labs: Labs, investors: Investors, lenders: Lenders) -> tuple[Flag, USD]:
    """Who is broke beyond creditors' patience is rescued if worth it: who is not, and the money.

    Investors pay what is overdue for shares, if they have it; lenders take shares for part of their
    loans; and the lab cuts its spending.
    """
    capital = labs.model.dials.capital
    overdue = np.maximum(-labs.cash, 0.0)
    spending = np.maximum(labs.spending, LEAST_SPENDING)
    broke = labs.alive & finance.beyond_patience(labs.cash, spending, capital.grace)
    left = labs.debt * (1.0 - labs.model.dials.debt.converted)
    worth_it = broke & (labs.at_work > capital.rescue * (overdue + left))
    rescued = worth_it & (np.where(worth_it, overdue, 0.0).sum(axis=0) <= investors.left)
    saved = investors.fund(np.where(rescued, overdue, 0.0))
    labs.model.ledger.transfer("rescues", "investors", "labs", saved)
    labs.receive(saved)
    credit.exchange(labs, lenders, rescued)
    labs.cut_back(rescued, labs.model.dials.debt.cut)
    return broke & ~rescued, saved


def _failures(labs: Labs, broke: Flag) -> Flag:
    """Who is broke is sold or closed (M38), and who loses money without hope for long.

    Without hope is who trails the frontier by far (Inflection and Adept, 2024), or is short of
    money and worth less at work than what customers and staff would bring (the option to abandon,
    which waits: Myers and Majd 1990). A parent counts what its other business would lose, too.
    """
    capital, capability = labs.model.dials.capital, labs.research.capability
    best = np.where(labs.alive, capability, -np.inf).max(axis=0)
    stake = labs.corporate * labs.planning.choice.stake() * 4.0 / capital.discount
    at_work = labs.at_work + stake * capital.closeness
    behind = ~labs.corporate & (capability < best - capital.left_behind)
    spends = labs.burn + labs.debt_service
    short = labs.corporate | (labs.cash < 4.0 * capital.raise_below * spends)
    hopeless = (labs.profit < 0.0) & (behind | (short & (at_work < _sold_off(labs))))
    labs.despair(hopeless)
    given = np.where(labs.corporate, capital.parent_patience, capital.patience)
    return broke | (labs.alive & (labs.hopeless > 4.0 * given))


def _sell(labs: Labs, lenders: Lenders, failed: Flag) -> None:
    """Failed labs go to the most valuable one, which pays what it or its parent can spare.

    Creditors come first; debts left over are written off. The buyer takes over part of the
    customers, and the text.
    """
    model, capital, ledger = labs.model, labs.model.dials.capital, labs.model.ledger
    standing = np.where(labs.alive & ~failed, labs.valuation, -1.0)
    rows = np.arange(labs.shape[0])[:, None]
    buyer = (rows == standing.argmax(axis=0)) & (standing > 0.0)
    price = _sale_price(labs, failed, buyer)
    bill = np.where(buyer, price.sum(axis=0), 0.0)
    ledger.pay("acquisitions", {"labs": bill}, {"labs": price})
    estate = labs.cash + price
    unpaid = np.where(failed, np.maximum(-estate, 0.0), 0.0)
    repaid = credit.wind_up(labs, lenders, failed, estate)
    rest = np.where(failed, np.maximum(estate - repaid, 0.0), 0.0)
    ledger.transfer("defaults", "clouds", "labs", unpaid)
    ledger.transfer("payouts", "labs", "investors", rest)
    labs.receive(-bill)
    from_parent = np.where(buyer & labs.corporate, np.maximum(-labs.cash, 0.0), 0.0)
    ledger.transfer("allowances", "investors", "labs", from_parent)
    labs.receive(from_parent)
    model.customers.move(failed, buyer, capital.sale_customers)
    model.publishers.inherit(failed, buyer)
    labs.close(failed)


def _sale_price(labs: Labs, failed: Flag, buyer: Flag) -> USD:
    """What each failed lab fetches: a discount on its worth, within the buyer's purse.

    For that a parent is reckoned as rich as its cash flow was when it was stated.
    """
    dials, capital = labs.model.dials, labs.model.dials.capital
    parent = finance.parent_spare(
        dials.lab("parent_cash_flow"), capital.parent_ceiling, capital.wealth_growth, 0.0
    )
    spare = capital.sale_purse * np.maximum(labs.cash, 0.0) + np.where(labs.corporate, parent, 0.0)
    purse = np.where(buyer, spare, 0.0).sum(axis=0)
    asked = np.where(failed, capital.sale_discount * labs.valuation, 0.0)
    return asked * np.minimum(1.0, purse / np.maximum(asked.sum(axis=0), 1.0))


def _entries(labs: Labs, investors: Investors) -> USD:
    """Labs open on their date; entrants come where the prize beats the scale (M55)."""
    model, capital = labs.model, labs.model.dials.capital
    opens = labs.opens <= model.quarter + 1
    due = (labs.opens == model.quarter + 1) & ~labs.entrant & ~labs.alive
    scale = capital.entry_scale * dynamics.trend(capital.entry_scale_growth, model.since_2023)
    best = np.max(np.where(labs.alive, labs.valuation, 0.0), axis=0)
    worth = finance.worth_of_entry(best, model.dials.research.entry_lag, capital.closeness)
    pays = (worth > capital.entry_hurdle * scale) & (investors.pool > capital.entry_pool * scale)
    comes = labs.entrant & ~labs.alive & opens & (labs.age >= 0.0) & pays
    seed = np.where(due, model.dials.lab("cash"), 0.0) + np.where(comes, scale, 0.0)
    if (due | comes).any():
        labs.found(due, comes, seed)
        model.ledger.transfer("equity", "investors", "labs", seed)
        labs.receive(seed)
    return seed
