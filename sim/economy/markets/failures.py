"""What becomes of labs that cannot go on: merged, rescued, sold or closed, each for its cause.

Money in USD, flows a quarter; shapes (labs, worlds).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.economy.markets import credit
from sim.economy.state import Ends
from sim.equations import finance
from sim.units import USD, Flag, Share

if TYPE_CHECKING:
    from sim.economy.agents.investor import Investors
    from sim.economy.agents.lab import Labs
    from sim.economy.agents.lender import Lenders


@dataclass
class Called:
    """Labs whose creditors' patience is over, and what came of it."""

    rescued: Flag
    refused: Flag
    saved: USD  # brought in by investors
    diluted: Share


def clear(labs: Labs, investors: Investors, lenders: Lenders, spending: USD, burn: USD) -> USD:
    """Merge, rescue, close down; returns the money that rescues brought in."""
    merging = _merging(labs, investors, spending, burn)
    called = _rescues(labs, investors, lenders, spending, merging)
    labs.grow_older()
    ended = _causes(labs, called.refused, merging, called.rescued)
    failed = ended.any(axis=0)
    labs.research.free_people(failed)
    ends = Ends.nothing(labs.shape)
    if failed.any() or called.rescued.any():
        lost = _sell(labs, investors, lenders, failed, merging)
        ends = Ends(ended, called.rescued, called.refused, called.diluted, *lost)
    investors.take_ends(ends)
    return called.saved


def sold_off(labs: Labs) -> USD:
    """What customers and staff of each lab would bring, without its cash."""
    return labs.model.dials.capital.least_multiple * 4.0 * labs.revenue


def _alone(labs: Labs) -> USD:
    """What each is worth without its cash and debts: at work or sold off, whichever is more."""
    return np.maximum(labs.at_work, sold_off(labs))


def _strongest(labs: Labs, gone: Flag) -> Flag:
    """The most valuable lab of each world that stays, if there is one: it buys who cannot go on."""
    standing = np.where(labs.alive & ~gone, labs.valuation, -1.0)
    rows = np.arange(labs.shape[0])[:, None]
    return (rows == standing.argmax(axis=0)) & (standing > 0.0)


# ---------------------------------------------------------------- before failure


def _merging(labs: Labs, investors: Investors, spending: USD, burn: USD) -> Flag:
    """Who is short after its round, and worth more as a part of the strongest than alone (M38).

    The buyer saves the runs of the other; it must be able to pay what creditors are owed. Owners
    wait for better times as long as creditors do. So it was with Inflection, Adept and Character
    in 2024, by way of licences and hiring.
    """
    capital = labs.model.dials.capital
    short = finance.shortfall(labs.cash, spending, burn, capital.runway, capital.raise_below) > 0.0
    gain = finance.worth_together(
        capital.sale_customers, investors.carried, _alone(labs), capital.merger_premium
    )
    buyer = _strongest(labs, np.zeros(labs.shape, bool))
    purse = np.where(buyer, _purse(labs), 0.0).sum(axis=0)
    wooed = labs.alive & ~labs.corporate & ~buyer & short & (labs.revenue > 0.0) & (gain > 0.0)
    creditors = np.minimum(purse, _asked(labs, wooed)) + labs.cash >= labs.debt
    investors.woo(wooed & creditors & (purse > 0.0))
    pressed = finance.beyond_patience(labs.cash, spending, capital.grace)
    return (investors.wooed > 4.0 * capital.patience) | (pressed & (investors.wooed > 0.0))


def _rescues(
    labs: Labs, investors: Investors, lenders: Lenders, spending: USD, merging: Flag
) -> Called:
    """Who is broke beyond creditors' patience is rescued if worth it, and if there is money.

    Investors pay what is overdue for shares, at the price of a sale in distress; lenders take
    shares for part of their loans; and the lab cuts its spending.
    """
    capital, debts = labs.model.dials.capital, labs.model.dials.debt
    overdue = np.maximum(-labs.cash, 0.0)
    broke = finance.beyond_patience(labs.cash, spending, capital.grace)
    broke = labs.alive & ~merging & broke
    turned = labs.debt * debts.converted
    worth_it = broke & (labs.at_work > capital.rescue * (overdue + labs.debt - turned))
    rescued = worth_it & (np.where(worth_it, overdue, 0.0).sum(axis=0) <= investors.left)
    saved = investors.fund(np.where(rescued, overdue, 0.0))
    before = capital.sale_discount * np.maximum(labs.at_work - overdue - labs.debt, 0.0)
    taken = np.where(rescued, finance.diluted(saved + turned, before), 0.0)
    labs.model.ledger.transfer("rescues", "investors", "labs", saved)
    labs.receive(saved)
    investors.put_in(saved)
    credit.exchange(labs, lenders, rescued)
    labs.cut_back(rescued, debts.cut)
    return Called(rescued, broke & ~rescued, saved, taken)


# ---------------------------------------------------------------- failure


def _causes(labs: Labs, insolvent: Flag, merging: Flag, rescued: Flag) -> Flag:
    """Who ends for which cause, (CAUSES, labs, worlds).

    Beyond debts that nobody pays, it is loss without hope, and short of money, for long. Without
    hope is a start-up that trails the frontier by far: its owners sell it; or who is worth less at
    work than what customers and staff would bring, as the return that investors can expect is
    below what they need: they give it up (the option to abandon, which waits: Myers and Majd
    1990). A parent, which counts what its other business would lose, closes its lab.
    """
    capital, capability = labs.model.dials.capital, labs.research.capability
    best = np.where(labs.alive, capability, -np.inf).max(axis=0)
    stake = labs.corporate * labs.planning.choice.stake() * 4.0 / capital.discount
    at_work = labs.at_work + stake * capital.closeness
    behind = ~labs.corporate & (capability < best - capital.left_behind)
    spends = labs.burn + labs.debt_service
    short = labs.corporate | (labs.cash < 4.0 * capital.raise_below * spends)
    labs.despair((labs.profit < 0.0) & short & (behind | (at_work < sold_off(labs))))
    given = np.where(labs.corporate, capital.parent_patience, capital.patience)
    over = labs.alive & (labs.hopeless > 4.0 * given) & ~(insolvent | merging | rescued)
    closed, own = over & labs.corporate, over & ~labs.corporate
    return np.stack([insolvent, own & behind, merging, closed, own & ~behind])


def _sell(
    labs: Labs, investors: Investors, lenders: Lenders, failed: Flag, merging: Flag
) -> tuple[USD, USD, USD, USD]:
    """The failed go to the most valuable one, which pays what it or its parent can spare.

    Creditors come first; debts left over are written off, and so are contracts for compute. The
    buyer takes over part of the customers, and the text; of a partner it pays what is short of the
    price in shares. Returns what creditors and owners lose, obligations lost, and users by where
    they go.
    """
    model, capital, ledger = labs.model, labs.model.dials.capital, labs.model.ledger
    buyer = _strongest(labs, failed)
    price, shares = _prices(labs, failed, merging, buyer)
    bill = np.where(buyer, price.sum(axis=0), 0.0)
    ledger.pay("acquisitions", {"labs": bill}, {"labs": price})
    estate = labs.cash + price
    unpaid = np.where(failed, np.maximum(-estate, 0.0), 0.0)
    owed = np.where(failed, labs.debt, 0.0)
    repaid = credit.wind_up(labs, lenders, failed, estate)
    rest = np.where(failed, np.maximum(estate - repaid, 0.0), 0.0)
    ledger.transfer("defaults", "clouds", "labs", unpaid)
    ledger.transfer("payouts", "labs", "investors", rest)
    labs.receive(-bill)
    from_parent = np.where(buyer & labs.corporate, np.maximum(-labs.cash, 0.0), 0.0)
    ledger.transfer("allowances", "investors", "labs", from_parent)
    labs.receive(from_parent)
    investors.put_in(from_parent)
    lost = investors.lose(failed, rest + shares, ~labs.corporate)
    left = np.where(failed, labs.commitments.owed(), 0.0)
    moved = model.customers.move(failed, buyer, capital.sale_customers)
    model.publishers.inherit(failed, buyer)
    labs.close(failed)
    return unpaid + owed - repaid, lost, left, moved


def _prices(labs: Labs, failed: Flag, merging: Flag, buyer: Flag) -> tuple[USD, USD]:
    """What each fetches in cash, within the buyer's purse, and what its owners get in shares."""
    asked = _asked(labs, merging) + np.where(
        failed & ~merging, labs.model.dials.capital.sale_discount * labs.valuation, 0.0
    )
    purse = np.where(buyer, _purse(labs), 0.0).sum(axis=0)
    price = asked * np.minimum(1.0, purse / np.maximum(asked.sum(axis=0), 1.0))
    return price, np.where(merging & buyer.any(axis=0), asked - price, 0.0)


def _asked(labs: Labs, partners: Flag) -> USD:
    """What owners of those who merge ask for."""
    premium = labs.model.dials.capital.merger_premium
    return np.where(partners, (1.0 + premium) * np.maximum(_alone(labs), 0.0), 0.0)


def _purse(labs: Labs) -> USD:
    """What each lab can pay for another.

    For that a parent is reckoned as rich as its cash flow was when it was stated.
    """
    dials, capital = labs.model.dials, labs.model.dials.capital
    parent = finance.parent_spare(
        dials.lab("parent_cash_flow"), capital.parent_ceiling, capital.wealth_growth, 0.0
    )
    return capital.sale_purse * np.maximum(labs.cash, 0.0) + np.where(labs.corporate, parent, 0.0)
