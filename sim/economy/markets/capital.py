"""The capital market: who is funded, who pays out, who runs out of road, who comes in.

Money in USD a quarter, shapes (labs, worlds).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.economy.state import Funding
from sim.equations import dynamics, finance
from sim.units import USD, Flag

if TYPE_CHECKING:
    from sim.economy.agents.investor import Investors
    from sim.economy.agents.lab import Labs

LEAST_SPENDING = 1e5  # USD a quarter, under which a lab is a desk


def clear(labs: Labs, investors: Investors) -> None:
    """Learn, value, fund, pay out, close down, open."""
    investors.learn(*labs.research.learning.public_signal)
    investors.fill_pool()
    labs.appraise(investors.value(labs))
    equity = _rounds(labs, investors)
    _payouts(labs)
    broke, rescued = _rescues(labs)
    labs.grow_older()
    failed = _failures(labs, broke)
    if failed.any():
        _sell(labs, failed)
    investors.count(failed)
    seeds = _entries(labs, investors)
    labs.take_funding(Funding(raised=equity + rescued + seeds, failed=failed))


def _rounds(labs: Labs, investors: Investors) -> USD:
    """Rounds come when runway is short; the pool bounds them all together (M29)."""
    capital, ledger = labs.model.dials.capital, labs.model.ledger
    asked = finance.round_size(
        labs.cash,
        np.maximum(labs.spending, LEAST_SPENDING),
        np.where(labs.alive & ~labs.corporate, labs.burn, 0.0),
        capital.runway,
        capital.raise_below,
        labs.valuation,
        capital.dilution,
    )
    raised = asked * np.minimum(1.0, investors.pool / np.maximum(asked.sum(axis=0), 1.0))
    from_clouds = raised * capital.strategic
    ledger.transfer("equity", "investors", "labs", raised - from_clouds)
    ledger.transfer("equity_for_compute", "clouds", "labs", from_clouds)
    labs.receive(raised)
    return raised


def _payouts(labs: Labs) -> None:
    """Cash beyond a reserve goes to owners; a parent makes good what its lab lacks."""
    capital, ledger = labs.model.dials.capital, labs.model.ledger
    runways = np.where(labs.corporate, capital.parent_reserve, capital.reserve)
    reserve = 4.0 * capital.runway * labs.spending * runways
    paid = np.where(labs.alive, finance.payout(labs.cash, reserve, capital.payout_speed), 0.0)
    topped_up = np.where(labs.corporate & labs.alive, np.maximum(-labs.cash, 0.0), 0.0)
    ledger.transfer("payouts", "labs", "investors", paid)
    ledger.transfer("allowances", "investors", "labs", topped_up)
    labs.receive(-paid)
    labs.receive(topped_up)


def _rescues(labs: Labs) -> tuple[Flag, USD]:
    """Who is broke beyond creditors' patience is rescued if worth it: who is not, and the money.

    Creditors take over the debts for equity.
    """
    capital = labs.model.dials.capital
    owed = np.maximum(-labs.cash, 0.0)
    spending = np.maximum(labs.spending, LEAST_SPENDING)
    broke = labs.alive & finance.beyond_patience(labs.cash, spending, capital.grace)
    worth_it = broke & (labs.valuation > capital.rescue * owed)
    saved = np.where(worth_it, owed, 0.0)
    labs.model.ledger.transfer("rescues", "clouds", "labs", saved)
    labs.receive(saved)
    return broke & ~worth_it, saved


def _failures(labs: Labs, broke: Flag) -> Flag:
    """Who is broke is sold or closed (M38), and start-ups that lose money without hope.

    Those trail the frontier by far (Inflection and Adept, 2024) or are worth less than their cash
    (the abandonment option: Myers and Majd 1990).
    """
    capital, capability = labs.model.dials.capital, labs.research.capability
    best = np.where(labs.alive, capability, -np.inf).max(axis=0)
    hopeless = (capability < best - capital.left_behind) | (labs.valuation < labs.cash)
    grown = ~labs.corporate & (labs.age > 4.0 * capital.patience)
    return broke | (labs.alive & grown & (labs.profit < 0.0) & hopeless)


def _sell(labs: Labs, failed: Flag) -> None:
    """Failed labs go to the most valuable one, which pays what it or its parent can spare.

    Debts left over are written off. The buyer takes over part of the customers, and the text.
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
    rest = np.where(failed, np.maximum(estate, 0.0), 0.0)
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
