"""No world takes off to nonsense: 10,000 drawn over the scenario's ranges, and 10,000 with every
dial anywhere in its whole allowed range, luck and structure included.

A bound that fails is a fault of the model or a dial whose allowed range is too wide; find which
dial with `blame` (see the end of this file) before touching the bound.
"""

import numpy as np
import pytest

from sim.economy.measures import MEASURES
from sim.economy.model import AIEconomy
from sim.inputs.scenario import Scenario

BLOCK = 1000  # worlds
BLOCKS = 10
ROUNDING = 1e-9
SIGNED = {
    "earned",  # layers lose money, and give it
    "financed",
    "owners_paid",  # below zero where more is paid out
    "gross_margin",
    "chip_margin",
    "scarcity_rent",
    "profit",
    "belief",
    "lab_cash",
    *("cloud_cash", "cloud_worth", "chipmaker_cash"),
    "lab_belief",
    "capability",
    "lab_capability",
}
SECONDS = 365.0 * 86400.0

# What the allowed ranges cannot vary world by world: a structure for each block of worlds.
STRUCTURES = [
    {
        "chips.lead_quarters": lead,
        "research.release_quarters": release,
        "scaling.law": law,
        "scaling.regime": regime,
        "data.replaces": replaces,
    }
    for lead, release, law, regime, replaces in (
        (3, 4, "besiroglu2024", "power_law", False),
        (1, 1, "besiroglu2024", "power_law", False),
        (8, 12, "besiroglu2024", "power_law", True),
        (2, 2, "hoffmann2022", "power_law", False),
        (4, 6, "hoffmann2022", "plateau", True),
        (3, 4, "besiroglu2024", "broken", False),
        (6, 3, "besiroglu2024", "power_law", False),
        (1, 12, "hoffmann2022", "power_law", False),
        (8, 1, "besiroglu2024", "power_law", True),
        (5, 8, "besiroglu2024", "plateau", False),
    )
]


def years(quarters):
    """Start of each quarter in years, (quarters, 1)."""
    return np.array([int(q[:4]) + (int(q[-1]) - 1) / 4.0 for q in quarters])[:, None]


def world_product(r, y, d):
    """World GDP in USD a year: 85e12 in 2020 (World Bank), growing 5 % a year, past the trend."""
    return 8.5e13 * 1.05 ** (y - 2020.0)


def world_investment(r, y, d):
    """Gross capital formation of the world, 27 % of its product (World Bank)."""
    return 0.27 * world_product(r, y, d)


def world_wealth(r, y, d):
    """What all households own: 4.5e14 USD in 2022 (UBS, Global Wealth Report), growing 5 %."""
    return 4.5e14 * 1.05 ** (y - 2022.0)


def world_power(r, y, d):
    """Electricity generated in the world: 29,500 TWh in 2023 is 3.4 TW (Ember), and growth at 4 %
    a year, above any decade since 1980, makes 6.5 TW in 2040."""
    return 3.4e3 * 1.04 ** (y - 2023.0)


def chips_at_work(r, y, d):
    """A run of three years on all the chips of the world at full speed."""
    return 3.0 * SECONDS * 1e15 * np.maximum.accumulate(r["chips_installed"], axis=0)


def tokens_of_chips(r, y, d):
    """All chips at full speed, serving a model of a thousand active parameters."""
    return r["chips_installed"] * 1e15 * 86400.0 / 2e3


def willingness(r, y, d):
    """Demand is bounded by what the work is worth: potentials, and an eightfold shock (over four
    standard deviations of the most volatile demand allowed)."""
    q = d.demand
    potential = (
        q.potential_households
        + q.potential_developers
        + q.potential_enterprises
        + q.potential_governments
    )
    return 8.0 * potential * (1.0 + q.potential_growth) ** (y - 2023.0)


def all_the_money(r, y, d):
    """If everybody spent all they earn, or would pay for tokens, on the spot hours of the US
    region's chips: a fifth at least of hours is not on contract, and a tenth of all is not sold.
    Chips are those that a quarter begins with."""
    chips = r["region_chips"][:, 0]
    # bills are met for a quarter by who hardly answers rent: in two of 10,000 worlds, thirty times
    beyond = 30.0
    at_first = np.concatenate([chips[:1], chips[:-1]])
    money = np.maximum(world_product(r, y, d), willingness(r, y, d))
    return beyond * money / (0.2 * 0.9 * 8760.0 * np.minimum(chips, at_first))


def all_it_could_earn(r, y, d):
    """Twenty years of all the money there is: what a chip earns is most of what it can be sold for,
    where interest, wear and the fall of prices take a twentieth of it a year."""
    return 20.0 * 8760.0 * all_the_money(r, y, d)


def most(number):
    return lambda r, y, d: number


# Worlds of the scenario as it is. Each bound with the reason why more would be nonsense.
PLAUSIBLE = {
    "revenue": world_product,  # labs cannot earn more than everybody makes
    "token_gdp": world_product,
    "compute_spending": world_product,
    "capex": world_investment,  # clouds cannot build more than the world invests
    "valuation": world_wealth,  # labs cannot be worth more than everybody owns
    "power": world_power,  # chips cannot draw more than the world generates
    "training_run": chips_at_work,
    "tokens": tokens_of_chips,
    # 34 OOM of compute is a million times 2024's largest run squared; with 20 OOM of algorithms
    # that is 54. Nothing known on earth could run more.
    "capability": most(60.0),
    "rent": most(100.0),  # USD; an H100 for its full price in two weeks
    "price_flagship": most(1e4),  # USD a Mtok: ten times GPT-4's dearest, 20 times o1-pro's input
    "chip_price": most(1e6),  # USD; a wafer-scale engine costs 2-3e6, and is worth 60 H100
    "test_time_multiple": most(1e4),
    "failures": most(33.0),  # every lab fails three times
}
# Worlds with every dial anywhere: wider where a dial says so, but still on this earth.
POSSIBLE = {
    "revenue": willingness,
    "token_gdp": willingness,
    "training_run": chips_at_work,
    "tokens": tokens_of_chips,
    "capability": most(60.0),
    "rent": all_the_money,
    "price_flagship": most(1e10),  # USD a Mtok: the largest model on the last chips; nobody buys
    "chip_price": all_it_could_earn,
    "test_time_multiple": most(1e4),
    "failures": most(11.0 * 21.0),  # every lab, every year
    "power": most(1.7e8),  # GW: all the sun's light that reaches the earth
}


def finite_and_signed(arrays):
    """Sentences on numbers that are not finite, negative, or shares beyond one."""
    for name, a in arrays.items():
        share = MEASURES[name].unit == "share"
        if not np.isfinite(a).all():
            yield said(name, a, ~np.isfinite(a), "is not finite")
        elif name not in SIGNED and a.min() < (-ROUNDING if share else 0.0):
            yield said(name, a, a < 0.0, "is negative")
        elif share and a.max() > 1.0 + ROUNDING:
            yield said(name, a, a > 1.0, "is above one")
    whole = arrays["lab_share"].sum(axis=1)
    some = whole > 0.0  # where nobody sells any more there are no shares
    if np.abs(whole - some).max() > ROUNDING:
        yield said("lab_share", whole, np.abs(whole - some) > ROUNDING, "does not sum to one")
    if (arrays["hhi"] < some / arrays["lab_share"].shape[1] - ROUNDING).any():
        yield "hhi is below that of equal labs"


def beyond(arrays, limits, quarters, dials):
    for name, limit in limits.items():
        ceiling = np.broadcast_to(limit(arrays, years(quarters), dials), arrays[name].shape)
        if not (arrays[name] <= ceiling).all():
            yield said(name, arrays[name], arrays[name] > ceiling, "is beyond its bound")


def said(name, array, wrong, what):
    """One sentence: which measure, where first, in how many worlds, how far."""
    first = np.argwhere(wrong)[0]
    worlds = np.unique(np.argwhere(wrong)[:, -1])
    return (
        f"{name} {what} in {len(worlds)} worlds (such as {worlds[:3]}), first in quarter "
        f"{first[0]}; it goes from {np.nanmin(array):.4g} to {np.nanmax(array):.4g}"
    )


def state_problems(model):
    """Sentences on numbers inside the agents that are not finite at the end of the story."""
    agents = (
        model.labs,
        model.labs.commitments,
        model.labs.research,
        model.labs.research.algorithms,
        model.clouds,
        model.clouds.treasury,
        model.clouds.elsewhere,
        model.chipmakers,
        model.lenders,
        model.utilities,
        model.customers,
        model.publishers,
        model.investors,
        model.hosts,
    )
    for agent in agents:
        for name, value in vars(agent).items():
            if isinstance(value, np.ndarray) and value.dtype.kind == "f":
                if not np.isfinite(value).all():
                    yield f"{type(agent).__name__}.{name} is not finite"
    held = {
        "labs.plan.price": model.labs.plan.price,
        "clouds.stock": model.clouds.stock,
        "clouds.waiting": model.clouds.waiting,
        "backlog": model.chipmakers.backlog,
        "labs.commitments.hours": model.labs.commitments.hours,
        "labs.commitments.bills": model.labs.commitments.bills,
        "publishers.held": model.publishers.held,
        "publishers.users": model.publishers.users,
        "labs.research.reinforced": model.labs.research.reinforced,
        "labs.plan.wanted": model.labs.plan.wanted,
        "pool": model.investors.pool,
        "utilities.price": model.utilities.price,
        "utilities.site_price": model.utilities.site_price,
        "utilities.begun": model.utilities.begun,
        "backlog_owed": model.chipmakers.backlog_owed,
        "idle_gw": model.clouds.idle_gw,
        "clouds.orders": model.clouds.orders,
        "clouds.debt": model.clouds.treasury.debt,
        "lenders.hole": model.lenders.hole,
    }
    for name, value in held.items():
        if value.min() < 0.0:
            yield f"{name} is negative: {value.min():.3g}"


def problems(story, dials, worlds, limits):
    """All that is wrong with these worlds, a sentence each."""
    model = AIEconomy(story, worlds=worlds, dials=dials).run()
    arrays = model.recorder.arrays
    return [
        *finite_and_signed(arrays),
        *beyond(arrays, limits, story.quarters, dials),
        *state_problems(model),
    ]


def none_of(found):
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def block(number):
    return np.arange(BLOCK * number, BLOCK * (number + 1))


@pytest.mark.parametrize("number", range(BLOCKS))
def test_worlds_of_the_scenario_stay_on_earth(number):
    story, worlds = Scenario.load("continued"), block(number)
    none_of(problems(story, story.draw(0, worlds), worlds, PLAUSIBLE))


@pytest.mark.parametrize("number", range(BLOCKS))
def test_worlds_of_every_allowed_dial_hold_together(number):
    story, worlds = Scenario.load("continued").change(STRUCTURES[number]), block(number)
    none_of(problems(story, story.stress(0, worlds), worlds, POSSIBLE))


def test_stress_reaches_the_ends_of_every_range():
    story = Scenario.load("continued")
    dials = story.stress(0, np.arange(2000))
    assert np.ptp(dials.demand.elasticity) > 1.9 and np.ptp(dials.capital.extrapolative) > 0.99
    # structure is the same in all worlds of a block, whatever is stressed
    assert np.ndim(dials.chips.lead_quarters) == 0
    assert np.ndim(dials.research.release_quarters) == 0
