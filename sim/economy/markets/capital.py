"""The capital market: who is funded, who pays out, who runs out of road, who comes in.

Money in USD a quarter, shapes (labs, worlds).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.equations import finance

LEAST_SPENDING = 1e5  # USD a quarter, under which a lab is a desk


def clear(labs: Any, investors: Any) -> None:
    """Learn, value, fund, pay out, close down, open."""
    investors.learn(*labs.research.told)
    investors.fill_pool()
    investors.value(labs)
    _rounds(labs, investors)
    _payouts(labs)
    _failures(labs, investors)
    _entries(labs, investors)
    investors.funding = labs.raised.sum(axis=0)


def _rounds(labs: Any, investors: Any) -> None:
    """Rounds come when runway is short; the pool bounds them all together (M29)."""
    m, d = labs.model, labs.model.dials.capital
    need = np.where(labs.alive & ~labs.corporate, labs.burn, 0.0)
    asked = finance.round_size(
        labs.cash,
        np.maximum(labs.spending, LEAST_SPENDING),
        need,
        d.runway,
        d.raise_below,
        labs.valuation,
        d.dilution,
    )
    granted = np.minimum(1.0, investors.pool / np.maximum(asked.sum(axis=0), 1.0))
    labs.raised = asked * granted
    from_clouds = labs.raised * d.strategic
    in_money = labs.raised - from_clouds
    m.ledger.pay("equity", {"investors": in_money.sum(axis=0)}, {"labs": in_money})
    m.ledger.pay("equity_for_compute", {"clouds": from_clouds.sum(axis=0)}, {"labs": from_clouds})
    labs.cash = labs.cash + labs.raised


def _payouts(labs: Any) -> None:
    """Cash beyond twice the runway goes to owners; a parent takes what its
    lab does not need, and makes good what it lacks."""
    m, d = labs.model, labs.model.dials.capital
    reserve = 4.0 * d.runway * labs.spending * np.where(labs.corporate, 0.5, 2.0)
    paid = np.where(labs.alive, 0.25 * np.maximum(labs.cash - reserve, 0.0), 0.0)
    topped_up = np.where(labs.corporate & labs.alive, np.maximum(-labs.cash, 0.0), 0.0)
    m.ledger.pay("payouts", {"labs": paid}, {"investors": paid.sum(axis=0)})
    m.ledger.pay("allowances", {"investors": topped_up.sum(axis=0)}, {"labs": topped_up})
    labs.cash = labs.cash - paid + topped_up


def _failures(labs: Any, investors: Any) -> None:
    """Who is broke beyond creditors' patience is rescued if worth it, else sold or closed (M38).

    Start-ups that lose money are sold, too, when they trail the frontier by far (Inflection and
    Adept, 2024) or are worth less than their cash (the abandonment option: Myers and Majd 1990).
    """
    m, d = labs.model, labs.model.dials.capital
    owed = np.maximum(-labs.cash, 0.0)
    broke = labs.alive & (owed > 4.0 * d.grace * np.maximum(labs.spending, LEAST_SPENDING))
    worth_it = broke & (labs.valuation > d.rescue * owed)
    saved = np.where(worth_it, owed, 0.0)
    m.ledger.pay("rescues", {"clouds": saved.sum(axis=0)}, {"labs": saved})
    labs.cash = labs.cash + saved
    labs.raised = labs.raised + saved
    best = np.where(labs.alive, labs.research.capability, -np.inf).max(axis=0)
    left_behind = labs.research.capability < best - d.left_behind
    worth_less = labs.valuation < labs.cash  # than its cash: owners take that instead
    labs.age = np.where(labs.alive, labs.age + 1.0, np.minimum(labs.age + 1.0, 0.0))
    grown = ~labs.corporate & (labs.age > 4.0 * d.patience)
    losing = labs.alive & grown & (labs.profit < 0.0)
    labs.failed = (broke & ~worth_it) | (losing & (left_behind | worth_less))
    if labs.failed.any():
        _sell(labs)
    investors.failures = investors.failures + labs.failed.sum(axis=0)


def _sell(labs: Any) -> None:
    """Failed labs go to the most valuable one, which pays what it or its parent can spare.

    Debts left over are written off.
    """
    m, d, failed = labs.model, labs.model.dials.capital, labs.failed
    standing = np.where(labs.alive & ~failed, labs.valuation, -1.0)
    rows = np.arange(labs.shape[0])[:, None]
    buyer = (rows == standing.argmax(axis=0)) & (standing > 0.0)
    parent = d.parent_ceiling * m.dials.lab("parent_cash_flow") / 4.0
    spare = 0.5 * np.maximum(labs.cash, 0.0) + np.where(labs.corporate, parent, 0.0)
    purse = np.where(buyer, spare, 0.0).sum(axis=0)
    asked = np.where(failed, d.sale_discount * labs.valuation, 0.0)
    price = asked * np.minimum(1.0, purse / np.maximum(asked.sum(axis=0), 1.0))
    bill = np.where(buyer, price.sum(axis=0), 0.0)
    m.ledger.pay("acquisitions", {"labs": bill}, {"labs": price})
    estate = labs.cash + price
    unpaid = np.where(failed, np.maximum(-estate, 0.0), 0.0)
    rest = np.where(failed, np.maximum(estate, 0.0), 0.0)
    m.ledger.pay("defaults", {"clouds": unpaid.sum(axis=0)}, {"labs": unpaid})
    m.ledger.pay("payouts", {"labs": rest}, {"investors": rest.sum(axis=0)})
    left = labs.cash - bill
    from_parent = np.where(buyer & labs.corporate, np.maximum(-left, 0.0), 0.0)
    m.ledger.pay("allowances", {"investors": from_parent.sum(axis=0)}, {"labs": from_parent})
    labs.cash = np.where(failed, 0.0, left + from_parent)
    _hand_over(labs, buyer)
    labs.close(failed)


def _hand_over(labs: Any, buyer: Any) -> None:
    """The buyer takes over half the habit of the failed labs' customers, and their data."""
    customers, publishers = labs.model.customers, labs.model.publishers
    at = np.flatnonzero(labs.failed.any(axis=0))  # few worlds, so only there
    failed, buyer = labs.failed[:, at], buyer[:, at]
    share, text = customers.share[..., at], publishers.licensed[:, at]
    lost = 0.5 * np.where(failed, share, 0.0).sum(axis=2, keepdims=True)
    gained = np.minimum(np.log1p(lost / np.maximum(share, 1e-6)), 3.0)
    customers.habit[..., at] += np.where(buyer, gained, 0.0)
    inherited = np.where(failed, text, 0.0).max(axis=0)
    publishers.licensed[:, at] = np.where(buyer, np.maximum(text, inherited), text)


def _entries(labs: Any, investors: Any) -> None:
    """Labs open on their date; entrants come where the prize beats the scale (M55)."""
    m, d = labs.model, labs.model.dials.capital
    next_quarter = m.quarter + 1
    due = (labs.opens == next_quarter) & ~labs.entrant & ~labs.alive & np.ones(labs.shape, bool)
    scale = d.entry_scale * 10.0 ** (0.2 * (m.year - 2023.0))
    worth = np.max(np.where(labs.alive, labs.valuation, 0.0), axis=0) * np.exp(
        -m.dials.research.entry_lag / d.closeness
    )
    comes = labs.entrant & ~labs.alive & (labs.opens <= next_quarter) & (labs.age >= 0.0)
    comes = comes & (worth > d.entry_hurdle * scale) & (investors.pool > 0.5 * scale)
    if not (due | comes).any():
        return
    seed = np.where(due, m.dials.lab("cash"), 0.0) + np.where(comes, scale, 0.0)
    labs.found(due, comes, seed)
    m.ledger.pay("equity", {"investors": seed.sum(axis=0)}, {"labs": seed})
    labs.cash = labs.cash + seed
    labs.raised = labs.raised + seed
