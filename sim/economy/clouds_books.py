"""What is reported of clouds' money, of everybody who lends to them, and of makers of chips.

Read off the model after a quarter. Shapes (clouds, worlds) or (worlds,), money in USD.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sim.units import USD, Array

if TYPE_CHECKING:
    from sim.economy.model import AIEconomy

OF_EACH = ("cloud",)


def owed(model: AIEconomy) -> USD:
    """All that each cloud owes."""
    return model.clouds.treasury.debt + model.clouds.treasury.vendor_debt


def lost(model: AIEconomy) -> USD:
    """What lenders and makers of chips lost with clouds and labs so far."""
    lenders = model.lenders
    of_lenders = lenders.lost_on_chips.sum(axis=0) + lenders.lost.sum(axis=0)
    return of_lenders + model.chipmakers.lost


def loans(model: AIEconomy) -> USD:
    """All loans to clouds and labs that are out, makers' too."""
    of_lenders = model.lenders.loans.sum(axis=0) + model.lenders.on_chips.sum(axis=0)
    return of_lenders + model.chipmakers.loans.sum(axis=0)


# Name, unit, label, how it is read, dimensions, and whether a logarithmic axis suits it.
MEASURED: tuple[tuple[str, str, str, Callable[[Any], Array], tuple[str, ...], bool], ...] = (
    ("cloud_chips", "H100e", "AI chips installed, by cloud", lambda model: model.clouds.stock, OF_EACH, True),
    ("cloud_orders", "H100e/year", "AI chips ordered, by cloud", lambda model: 4.0 * model.clouds.orders, OF_EACH, True),
    ("cloud_sales", "USD/year", "Sales of compute, by cloud", lambda model: 4.0 * model.clouds.sales, OF_EACH, True),
    ("cloud_cash", "USD", "Cash of clouds", lambda model: model.clouds.treasury.cash, OF_EACH, False),
    ("cloud_debt", "USD", "Debt of clouds", owed, OF_EACH, False),
    ("cloud_worth", "USD", "Worth of clouds: what their chips and contracts earn, with cash, less debt", lambda model: model.clouds.treasury.worth, OF_EACH, False),
    ("cloud_raised", "USD/year", "Equity raised by neo-clouds", lambda model: 4.0 * model.clouds.treasury.raised, OF_EACH, False),
    ("cloud_failures", "clouds", "Neo-clouds that failed so far", lambda model: model.clouds.treasury.failures, OF_EACH, False),
    ("chips_resold", "H100e/year", "Chips of failed clouds sold", lambda model: 4.0 * model.clouds.treasury.resold.sum(axis=0), (), False),
    ("loans_out", "USD", "Loans to labs and clouds", loans, (), True),
    ("vendor_loans", "USD", "Of these, lent by makers of chips", lambda model: model.chipmakers.loans.sum(axis=0), (), True),
    ("loans_lost", "USD", "Loans to labs and clouds lost so far", lost, (), False),
    ("credit", "share", "What lenders lend, over what they would without losses", lambda model: model.lenders.willing(), (), False),
    ("chipmaker_cash", "USD", "Cash of chipmakers", lambda model: model.chipmakers.cash, (), False),
)  # fmt: skip
