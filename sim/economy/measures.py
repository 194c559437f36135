"""Measures: the outcomes that are reported, each with its unit and how it is read off the model.

Flows are shown per year. Every array ends in worlds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from sim.economy import clouds_books, promises, reckoning, scarcity
from sim.economy.accounts import KINDS
from sim.economy.agents.buyers import SEGMENTS
from sim.economy.agents.cloud import CLOUDS, REGIONS
from sim.economy.measure import Measure
from sim.economy.spent import (
    PURPOSES,
    SPENDING,
    lab_return,
    lab_spending,
    spending,
    spending_share,
)
from sim.economy.state import USES
from sim.equations import indices
from sim.equations.costs import training_flop
from sim.errors import BadInput, nearest, quoted
from sim.outputs.amounts import in_letters
from sim.outputs.dataset import several
from sim.units import GPT4, HOURS_A_QUARTER, Array

if TYPE_CHECKING:
    from sim.economy.model import AIEconomy

DAYS = 365.0 / 4.0
GPT35, GPT3 = 23.7, 22.3  # OOM; by its METR horizon; 3.14e23 FLOP at the algorithms of 2020
COMPUTE = ("experiments", "final_runs", "post_training", "serving")


def yearly(attribute: str) -> Callable[[AIEconomy], Array]:
    """A flow of all labs together, per year."""
    return lambda model: 4.0 * attrgetter(attribute)(model.labs).sum(axis=0)


def frontier(model: AIEconomy) -> Array:
    """Capability of the best lab alive, with post-training and thinking."""
    return np.where(model.labs.alive, model.customers.usable_capability[0], -np.inf).max(
        axis=0, initial=0.0
    )


def at_frontier(model: AIEconomy) -> Array:
    """What an OOM of compute buys the lab with the most able model."""
    leads = np.where(model.labs.alive, model.customers.usable_capability[0], -np.inf).argmax(axis=0)
    return model.labs.research.return_to_compute[leads, np.arange(model.size)]


def lab_shares(model: AIEconomy) -> Array:
    """Shares of what users spend, (labs, worlds)."""
    return model.customers.lab_share


def open_share(model: AIEconomy) -> Array:
    """Share of tokens that open weights serve."""
    tokens = model.labs.sold.paid.sum(axis=0)
    return tokens[model.labs.open].sum(axis=0) / np.maximum(tokens.sum(axis=0), 1e-12)


def flagship_price(model: AIEconomy) -> Array:
    """Price of the flagships, weighted by what is spent on them."""
    sales = model.labs.sold.sales[0] + 1e-9
    return (model.labs.plan.price[0] * sales).sum(axis=0) / sales.sum(axis=0)


def constant_price(model: AIEconomy, level: float = GPT4) -> Array:
    """Cheapest price of a capability; an OOM short counts as ten times dearer."""
    price, usable = np.log(model.labs.plan.price), model.customers.usable_capability
    return indices.price_of_capability(price, usable, level, model.labs.plan.on_offer, axis=(0, 1))


def run_cost(model: AIEconomy) -> Array:
    """What the largest run so far would cost at today's rent."""
    hours = model.labs.research.largest_run.max(axis=0) / training_flop(
        1.0, model.dials.costs.training_utilisation
    )
    return hours * model.clouds.rent[0]


COORDS = {
    "segment": SEGMENTS,
    "region": REGIONS,
    "flow": tuple(KINDS),
    "use": SPENDING,
    "purpose": tuple(PURPOSES),
    "compute_use": COMPUTE,
    "taker": scarcity.TAKERS,
    "cloud": CLOUDS,
    **reckoning.COORDS,
}


def gross_margin(model: AIEconomy) -> Array:
    """Part of revenue that is left after serving, at least -10."""
    revenue = model.labs.revenue.sum(axis=0)
    serving = model.labs.compute.serving_cost.sum(axis=0)
    return np.maximum(1.0 - serving / np.maximum(revenue, 1.0), -10.0)


def surplus(model: AIEconomy) -> Array:
    """What users gain by having the choice, in the money that they pay in; per year."""
    return 4.0 * model.customers.gain.sum(axis=0)


def compute_use(model: AIEconomy) -> Array:
    """Labs' compute by use, (uses, worlds), H100e in use."""
    final, experiments, post = model.labs.research.hours.sum(axis=1)
    return (
        np.stack([experiments, final, post, model.labs.compute.serving_hours.sum(axis=0)])
        / HOURS_A_QUARTER
    )


def lab_tokens(model: AIEconomy) -> Array:
    """Tokens of each lab's models served a day, free ones and hosts' too, (labs, worlds)."""
    by_hosts = (
        model.labs.sold.paid.sum(axis=0)
        * (1.0 - model.labs.sold.self_served)
        * model.hosts.fill_rate
    )
    return (model.labs.sold.served + by_hosts) * (1e6 / DAYS)


MEASURES = {
    measure.name: measure
    for measure in (
        Measure("revenue", "USD/year", "Revenue of labs", yearly("revenue"), log=True),
        Measure("tokens", "tokens/day", "Tokens served", lambda model: lab_tokens(model).sum(axis=0), log=True),
        Measure("rent", "USD/H100e-hour", "Rent of an H100-equivalent, US region", lambda model: model.clouds.rent[0], log=True),
        Measure("capability", "OOM", "Frontier capability", frontier),
        Measure("hhi", "index", "Concentration of spending on labs (HHI)", lambda model: indices.hhi(lab_shares(model))),
        Measure("valuation", "USD", "Valuation of all labs", lambda model: model.labs.valuation.sum(axis=0), log=True),
        Measure("failures", "labs", "Labs that failed so far", lambda model: model.investors.failures),
        Measure("price_flagship", "USD/Mtok", "Price of flagship tokens", flagship_price, log=True),
        Measure("price_constant", "USD/Mtok", "Price of GPT-4's capability", constant_price, log=True),
        Measure("price_gpt35", "USD/Mtok", "Price of GPT-3.5's capability", lambda model: constant_price(model, GPT35), log=True),
        Measure("price_gpt3", "USD/Mtok", "Price of GPT-3's capability", lambda model: constant_price(model, GPT3), log=True),
        Measure("chips", "H100e", "AI chips in use", lambda model: (model.clouds.stock * (1.0 - model.clouds.of_region(model.clouds.idle))).sum(axis=0), log=True),
        Measure("chips_installed", "H100e", "AI chips installed", lambda model: model.clouds.stock.sum(axis=0), log=True),
        Measure("chip_sales", "H100e/year", "AI chips delivered", lambda model: 4.0 * model.chipmakers.delivered.sum(axis=0), log=True),
        Measure("power", "GW", "Power drawn by AI chips", lambda model: (model.clouds.fleet_gw - model.clouds.idle_gw).sum(axis=0), log=True),
        Measure("power_full", "share", "Use of connected power, US region", lambda model: model.utilities.full[0]),
        Measure("capex", "USD/year", "Clouds' investment in AI", lambda model: 4.0 * model.clouds.capex.sum(axis=0), log=True),
        Measure("chip_price", "USD/H100e", "Price of an H100-equivalent", lambda model: model.chipmakers.price, log=True),
        Measure("training_run", "FLOP", "Largest training run so far", lambda model: model.labs.research.largest_run.max(axis=0), log=True),
        Measure("run_cost", "USD", "Cost of the largest training run at today's rent", run_cost, log=True),
        Measure("compute_spending", "USD/year", "Labs' spending on compute", yearly("compute.cost"), log=True),
        Measure("cost", "USD/year", "Labs' spending in all", yearly("spending"), log=True),
        Measure("profit", "USD/year", "Profit of labs before tax", yearly("profit")),
        Measure("funding", "USD/year", "Equity raised by labs", yearly("funding.raised")),
        Measure("funding_pool", "USD/year", "Money willing to fund labs", lambda model: 4.0 * model.investors.pool, log=True),
        Measure("tax_revenue", "USD/year", "Taxes and levies paid by labs", lambda model: 4.0 * (model.ledger.flows["taxes"] + model.ledger.flows["levies"])),
        Measure("belief", "OOM/OOM", "Investors' belief in what an OOM buys", lambda model: model.investors.belief),
        Measure("return_to_compute", "OOM/OOM", "What an OOM of compute buys, given the data", at_frontier),
        Measure("token_gdp", "USD/year", "Token GDP: tokens at what users pay", lambda model: 4.0 * model.ledger.flows["tokens"], log=True),
        Measure("surplus", "USD/year", "Users' surplus", surplus, log=True),
        Measure("cr4", "share", "Joint share of the four largest labs", lambda model: indices.cr4(lab_shares(model))),
        Measure("gross_margin", "ratio", "Gross margin of labs: revenue over serving", gross_margin),
        Measure("open_share", "share", "Open weights' share of paid tokens", open_share),
        Measure("adoption", "share", "Adoption by households", lambda model: model.customers.adopted[0]),
        Measure("test_time_multiple", "ratio", "Tokens of thought for one of the answer", lambda model: model.labs.plan.test_time_multiple.max(axis=0), log=True),
        Measure("refused", "share", "Requests refused for want of chips", lambda model: 1.0 - (model.labs.sold.filled * lab_shares(model)).sum(axis=0)),
        Measure("idle", "share", "Chips idle, US region", lambda model: model.clouds.idle[0]),
        Measure("idle_chips", "H100e", "AI chips shut", scarcity.idle_chips),
        Measure("idle_power", "GW", "Power of AI chips that are shut", lambda model: model.clouds.idle_gw.sum(axis=0)),
        Measure("cancelled", "H100e/year", "AI chips called off", lambda model: 4.0 * model.clouds.cancelled.sum(axis=0)),
        Measure("chip_margin", "ratio", "Margin of chipmakers", scarcity.chip_margin),
        Measure("rent_over_cost", "ratio", "Rent over user cost, US region", scarcity.rent_over_cost, log=True),
        Measure("payback", "years", "Payback of a new chip, US region", scarcity.payback, log=True),
        Measure("site_price", "USD/kWh", "Price of a place with power, beyond power, US region", lambda model: model.utilities.site_price[0]),
        Measure("power_binds", "share", "Power limits orders, US region", lambda model: (model.utilities.new_site[0] > 0.0).astype(float)),
        Measure("scarcity_rent", "USD/year", "Rent of compute beyond its cost, by who takes it", scarcity.scarcity_rent, ("taker",)),
        *reckoning.MEASURES,
        Measure("obligations", "USD", "What labs have promised: contracts, and notice", promises.obligations, log=True),
        Measure("obligations_over_cash", "ratio", "Labs' obligations over their cash", promises.over_cash, log=True),
        Measure("obligations_over_revenue", "ratio", "Labs' obligations over a year's revenue", promises.over_revenue, log=True),
        Measure("overhang", "share", "Part of contracts beyond what labs would rent today", promises.overhang),
        Measure("labs_alive", "labs", "Labs at work", lambda model: model.labs.alive.sum(axis=0).astype(float)),
        Measure("lab_revenue", "USD/year", "Revenue", lambda model: 4.0 * model.labs.revenue, ("lab",), log=True),
        Measure("lab_share", "share", "Share of users' spending", lab_shares, ("lab",)),
        Measure("lab_valuation", "USD", "Valuation", lambda model: model.labs.valuation, ("lab",), log=True),
        Measure("lab_capability", "OOM", "Capability of the flagship", lambda model: model.customers.usable_capability[0], ("lab",)),
        Measure("lab_cash", "USD", "Cash", lambda model: model.labs.cash, ("lab",)),
        Measure("lab_debt", "USD", "What it owes to lenders", lambda model: model.labs.debt, ("lab",), log=True),
        Measure("lab_obligations", "USD", "What it has promised: contracts, and notice", lambda model: model.labs.commitments.obligations(), ("lab",), log=True),
        Measure("lab_obligations_worth", "USD", "The same, discounted", lambda model: model.labs.commitments.worth() + model.labs.commitments.notice(), ("lab",), log=True),
        Measure("lab_spending", "USD/year", "Spending", lambda model: 4.0 * model.labs.spending, ("lab",), log=True),
        Measure("lab_compute", "H100e", "Compute in use", lambda model: model.labs.compute.hours / HOURS_A_QUARTER, ("lab",), log=True),
        Measure("lab_belief", "OOM/OOM", "Belief in what an OOM buys", lambda model: model.labs.research.learning.belief, ("lab",)),
        Measure("lab_price", "USD/Mtok", "Price of the flagship", lambda model: model.labs.plan.price[0], ("lab",), log=True),
        Measure("lab_price_mini", "USD/Mtok", "Price of the small model", lambda model: model.labs.plan.price[1], ("lab",), log=True),
        Measure("lab_tokens", "tokens/day", "Tokens served", lab_tokens, ("lab",), log=True),
        Measure("lab_run", "FLOP", "Largest training run so far", lambda model: model.labs.research.largest_run, ("lab",), log=True),
        Measure("lab_raised", "USD/year", "Equity raised", lambda model: 4.0 * model.labs.funding.raised, ("lab",)),
        Measure("lab_enterprise_share", "share", "Share of enterprises' tasks", lambda model: model.customers.share[2].sum(axis=0), ("lab",)),
        Measure("lab_compute_spending", "USD/year", "Spending on compute", lambda model: 4.0 * model.labs.compute.cost, ("lab",), log=True),
        *(Measure(f"lab_{use}_spending", "USD/year", f"Spending on {in_letters(use)}", partial(lab_spending, use=use), ("lab",), log=True) for use in SPENDING),
        *(Measure(f"lab_return_{use}", "ratio", f"Return of the next dollar in {in_letters(use)}", partial(lab_return, use=use), ("lab",), log=True, rough=True) for use in USES),
        Measure("lab_worth", "USD/OOM/year", "Worth of an OOM of capability, as the lab sees it", lambda model: 4.0 * model.labs.plan.worth, ("lab",), log=True),
        Measure("lab_shadow_price", "ratio", "What a dollar of cash would bring above itself", lambda model: model.labs.plan.shadow_price, ("lab",), rough=True),
        Measure("lab_test_time", "ratio", "Tokens of thought for one of the answer", lambda model: model.labs.plan.test_time_multiple, ("lab",), log=True),
        Measure("lab_size", "parameters", "Size of the flagship", lambda model: model.labs.research.parameters, ("lab",), log=True),
        Measure("lab_run_in_progress", "FLOP", "Training run in progress", lambda model: model.labs.research.run_flop, ("lab",), log=True),
        Measure("lab_return_to_compute", "OOM/OOM", "What an OOM of compute buys, given the data", lambda model: model.labs.research.return_to_compute, ("lab",), rough=True),
        Measure("lab_alive", "share", "At work", lambda model: model.labs.alive.astype(float), ("lab",), rough=True),
        Measure("spending", "USD/year", "Labs' spending by use", spending, ("use",)),
        Measure("spending_share", "share", "Share of labs' spending", spending_share, ("purpose",)),
        Measure("compute_split", "H100e", "Labs' compute by use", compute_use, ("compute_use",)),
        Measure("flows", "USD/year", "Payments by kind", lambda model: 4.0 * np.stack([model.ledger.flows[kind] for kind in KINDS]), ("flow",)),
        Measure("segment_spending", "USD/year", "Spending of customers", lambda model: 4.0 * model.customers.spending, ("segment",), log=True),
        Measure("token_index", "index", "Price of successful work, first quarter = 1 (chained Fisher)", lambda model: model.customers.token_index, ("segment",), log=True),
        Measure("segment_adoption", "share", "Adoption", lambda model: model.customers.adopted, ("segment",)),
        Measure("region_chips", "H100e", "AI chips installed", lambda model: model.clouds.by_region(model.clouds.stock), ("region",), log=True),
        *(Measure(*told) for told in clouds_books.MEASURED),
    )
}  # fmt: skip

# Everything but what takes a number a lab (but for market shares, and who fails): much smaller.
OF_THE_MARKET = tuple(
    name
    for name, measure in MEASURES.items()
    if "lab" not in measure.dims or name in ("lab_share", "lab_failed")
)


def names_of(measures: object) -> tuple[str, ...]:
    """The measures asked for, by name; a single name is one. BadInput if there is none."""
    if not isinstance(measures, Iterable):
        raise BadInput(f"measures: {quoted(measures)} is no list of names. Give ['revenue'].")
    names = tuple(dict.fromkeys(str(name) for name in several(measures)))
    if not names:
        raise BadInput("measures: none is named. Leave it out for all, or name some.")
    return names


def chosen(measures: object) -> dict[str, Measure]:
    """The measures of these names, or of one; BadInput with the nearest name if one is unknown."""
    names = names_of(measures)
    for name in names:
        if name not in MEASURES:
            raise BadInput(f"measures: no '{name}'. {nearest(name, MEASURES)}")
    return {name: MEASURES[name] for name in names}
