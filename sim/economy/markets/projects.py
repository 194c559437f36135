"""The market for loans on chips: clouds settle, lenders and makers lend, owners pay in, some fail.

Shapes (clouds, worlds), money in USD a quarter. Runs after chips were delivered and paid for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.equations import debt, finance
from sim.units import USD, Flag, Share

if TYPE_CHECKING:
    from sim.economy.agents.chipmaker import Chipmakers
    from sim.economy.agents.cloud import Clouds
    from sim.economy.agents.lab import Labs
    from sim.economy.agents.lender import Lenders


def clear(clouds: Clouds, makers: Chipmakers, lenders: Lenders, labs: Labs, bills: USD) -> None:
    """`bills` is what each cloud paid for running its chips; it has been posted, as capex has."""
    _settle(clouds, makers, labs, bills)
    contracts = clouds.treasury.contracts_worth()
    clouds.treasury.appraise(contracts)
    _serve(clouds, makers, lenders)
    _lend(clouds, makers, lenders)
    clouds.treasury.appraise(contracts)
    _owners(clouds, makers)
    _wind_up(clouds, makers, lenders)
    _enter(clouds)
    lenders.rebuild()


def _settle(clouds: Clouds, makers: Chipmakers, labs: Labs, bills: USD) -> None:
    """What was paid for hours, by whose chips ran; and what labs and clouds paid each other beside.

    Shares of labs that were paid for in compute are the hyperscalers' (M30).
    """
    flows = clouds.model.ledger.to_clouds
    stakes = labs.by_region(flows.get("equity_for_compute", np.zeros(labs.shape)))
    beside = [paid for kind, paid in flows.items() if kind not in ("compute", "equity_for_compute")]
    others = labs.by_region(sum(beside)) if beside else np.zeros(stakes.shape)
    income = clouds.sales + clouds.part * clouds.of_region(others)
    bought = clouds.capex + clouds.penalty
    owners = np.where(clouds.leveraged, 0.0, clouds.of_region(stakes))
    clouds.treasury.book(income, bills, owners - bought)
    makers.receive(makers.bill.sum(axis=0) + clouds.penalty.sum(axis=0) - makers.made_for)


def _serve(clouds: Clouds, makers: Chipmakers, lenders: Lenders) -> None:
    """Interest and repayments."""
    treasury, transfer = clouds.treasury, clouds.model.ledger.transfer
    interest, back = lenders.due_on_chips(lenders.on_chips, treasury)
    vendor_interest, vendor_back = lenders.due_on_chips(makers.loans, treasury)
    transfer("project_interest", "clouds", "lenders", interest)
    transfer("project_interest", "clouds", "chipmakers", vendor_interest)
    transfer("project_repayments", "clouds", "lenders", back)
    transfer("project_repayments", "clouds", "chipmakers", vendor_back)
    lenders.lend_on_chips(-back)
    makers.lend(-vendor_back)
    makers.receive(vendor_interest.sum(axis=0))
    treasury.serve(interest + vendor_interest, back, vendor_back)


def _lend(clouds: Clouds, makers: Chipmakers, lenders: Lenders) -> None:
    """Loans on what was delivered, within what it and all older chips are worth.

    Makers lend on a part of their bill where their margin pays for the risk (M58).
    """
    treasury, rules = clouds.treasury, clouds.model.dials.debt
    transfer = clouds.model.ledger.transfer
    able = clouds.leveraged & treasury.alive & ~treasury.called
    advance = np.where(able, rules.advance * lenders.willing(), 0.0)
    room = np.maximum(rules.advance * treasury.collateral - treasury.debt, 0.0)
    asked = np.minimum(advance * clouds.capex, room)
    loans = asked * np.minimum(lenders.left() / np.maximum(asked.sum(axis=0), 1.0), 1.0)
    part = np.where(able, _vendor_part(clouds, makers), 0.0)
    credit = part * makers.bill
    within = np.maximum(makers.cash, 0.0) / np.maximum(credit.sum(axis=0), 1.0)
    credit = credit * np.minimum(within, 1.0)
    transfer("project_loans", "lenders", "clouds", loans)
    transfer("vendor_loans", "chipmakers", "clouds", credit)
    lenders.lend_on_chips(loans)
    makers.lend(credit)
    of_cost = makers.price / (makers.price + clouds.building())
    committed = clouds.owing() + clouds.undelivered() * clouds.building()
    most = debt.lent_of_next(
        rules.advance, treasury.collateral, committed, treasury.debt + treasury.vendor_debt
    )
    treasury.borrow(loans, credit, np.minimum(advance, most) + part * of_cost)


def _vendor_part(clouds: Clouds, makers: Chipmakers) -> Share:
    """What of a dollar's bill makers lend."""
    rules = clouds.model.dials.debt
    owed = np.maximum(clouds.treasury.leverage, rules.advance)
    price = debt.default_price(owed, rules.rate, rules.chip_volatility)
    margin = 1.0 - makers.cost / makers.price
    return debt.vendor_credit(np.ones(owed.shape), rules.vendor, margin, price, rules.chip_loss)


def _owners(clouds: Clouds, makers: Chipmakers) -> None:
    """Owners pay in, and are paid; chipmakers' too."""
    treasury, transfer, dials = clouds.treasury, clouds.model.ledger.transfer, clouds.model.dials
    shares, allowance = treasury.needs()
    transfer("cloud_equity", "investors", "clouds", shares)
    transfer("cloud_allowances", "investors", "clouds", allowance)
    treasury.receive(shares + allowance)
    treasury.note_raised(shares)
    paid = treasury.spare()
    transfer("dividends", "clouds", "investors", paid)
    treasury.receive(-paid)
    kept = 4.0 * dials.compute.reserve * makers.made_for
    from_makers = finance.payout(makers.cash, kept, dials.capital.payout_speed)
    transfer("dividends", "chipmakers", "investors", from_makers)
    makers.receive(-from_makers)


def _wind_up(clouds: Clouds, makers: Chipmakers, lenders: Lenders) -> None:
    """Who cannot pay is closed; its chips go to the hyperscaler beside it, for what it would give.

    Lenders come first, then makers of chips who lent, then the fee for its orders, then owners; of
    bills that stay open the chips just delivered are the largest, so that makers bear them.
    """
    treasury, failed = clouds.treasury, clouds.treasury.broke()
    chips = clouds.stock + clouds.waiting + clouds.shipped
    if failed.any():
        _share_out_estates(clouds, makers, lenders, failed)
        clouds.resell(failed)
    treasury.close(failed, chips)


def _share_out_estates(clouds: Clouds, makers: Chipmakers, lenders: Lenders, failed: Flag) -> None:
    treasury, ledger, compute = clouds.treasury, clouds.model.ledger, clouds.model.dials.compute
    price = np.where(failed, compute.resale * treasury.chips_worth, 0.0)
    bill = np.roll(price, -1, axis=0)  # of the hyperscaler beside it, whose owners pay
    ledger.transfer("resales", "clouds", "clouds", price)
    ledger.transfer("cloud_allowances", "investors", "clouds", bill)
    owed = np.where(failed, treasury.debt, 0.0)
    to_lenders = debt.recovered(price, owed)
    unpaid = np.where(failed, -treasury.cash, 0.0)
    rest = price - to_lenders
    forgiven = np.maximum(unpaid - rest, 0.0)
    rest = np.maximum(rest - unpaid, 0.0)
    lent_on = np.where(failed, treasury.vendor_debt, 0.0)
    to_makers = debt.recovered(rest, lent_on)
    fee = debt.recovered(
        rest - to_makers, np.where(failed, compute.cancel_fee * clouds.owing(), 0.0)
    )
    to_owners = rest - to_makers - fee
    ledger.transfer("project_repayments", "clouds", "lenders", to_lenders)
    ledger.transfer("project_repayments", "clouds", "chipmakers", to_makers)
    ledger.transfer("cancellations", "clouds", "chipmakers", fee)
    ledger.transfer("cloud_defaults", "chipmakers", "clouds", forgiven)
    ledger.transfer("dividends", "clouds", "investors", to_owners)
    lenders.lend_on_chips(-to_lenders)
    lenders.write_off_chips(owed - to_lenders)
    makers.lend(-to_makers)
    makers.write_off(lent_on - to_makers)
    makers.receive((fee - forgiven).sum(axis=0))
    clouds.fine(fee)


def _enter(clouds: Clouds) -> None:
    """Where a neo-cloud failed somebody tries again after a time, small, if chips pay."""
    seed, chips = clouds.treasury.comers()
    clouds.model.ledger.transfer("cloud_equity", "investors", "clouds", seed)
    clouds.treasury.open(seed, chips)
