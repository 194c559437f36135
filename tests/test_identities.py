"""What must add up in every quarter of every world: tokens, hours, FLOP, chips, power, shares.

Each check recomputes one side from somebody else's books. It gets the economy before the quarter
(arrays copied) and after it, and returns a relative gap of any shape.
"""

from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
from economy import SCENARIOS

from sim.economy.agents.buyers import DEVELOPERS
from sim.economy.model import AIEconomy
from sim.economy.state import FINAL
from sim.equations import costs
from sim.inputs.policy import Policy
from sim.inputs.scenario import Scenario

REGIONS = range(2)
ROUNDING = 1e-9
SINGLE = 1e-3  # of a gap counts where shares are kept in single precision
HOURS = 8760.0 / 4.0  # in a quarter


def gap(one, other, scale=0.0):
    """Difference over the larger of the two (and of `scale`)."""
    size = np.maximum(np.maximum(np.abs(one), np.abs(other)), np.maximum(scale, 1e-6))
    return np.abs(one - other) / size


def over(used, limit):
    """By how much more is used than there is."""
    return np.maximum(used - limit, 0.0) / np.maximum(limit, 1e-6)


def by_region(labs, amounts):
    return np.stack([amounts[labs.region == region].sum(axis=0) for region in REGIONS])


def own_part(m):
    """Part of its tokens that a lab serves itself, (labs, 1) or (labs, worlds)."""
    return np.where(m.labs.open[:, None], m.dials.pricing.open_royalty, 1.0)


# --- Tokens --------------------------------------------------------------------------------------


def money_for_tokens(was, m):
    """What segments spend, less what was refused, is what is paid for tokens."""
    kept = m.labs.sold.fill_rate * own_part(m) + m.hosts.fill_rate * (1.0 - own_part(m))
    bought = m.customers.sales * kept
    return gap(bought.sum(axis=(0, 1, 2)), m.ledger.flows["tokens"])


def money_reported(was, m):
    """Labs' revenue and hosts' are what users and rivals pay for tokens."""
    reported = m.recorder.arrays["revenue"][m.quarter - 1] / 4.0
    paid = m.ledger.flows["tokens"] + m.ledger.flows["distillation"]
    return gap(reported + m.hosts.revenue, paid)


def tokens_paid_for(was, m):
    """Mtok wanted are the Mtok on the labs' books, and each is paid for but thought in a seat."""
    customers, price = m.customers, m.labs.plan.price
    billed = customers.sales / (price * customers.buyers.seats[:, None, None, :])
    plainly = np.maximum(billed[:, 1], 1e-300)
    by_tokens = np.maximum(billed[DEVELOPERS], 1e-300)
    return np.stack(
        [
            gap(customers.tokens.sum(axis=0), m.labs.sold.paid).max(axis=(0, 1)),
            gap(customers.tokens[:, 1], plainly).max(axis=(0, 1)),
            gap(customers.tokens[DEVELOPERS], by_tokens).max(axis=(0, 1)),
            (billed > customers.tokens * (1.0 + 1e-9)).any(axis=(0, 1, 2)),
        ]
    )


def tokens_served(was, m):
    """All that labs serve is what they are paid for and what they give away."""
    labs = m.labs
    paid = labs.sold.paid.sum(axis=0) * own_part(m)
    free = labs.sold.free * own_part(m)
    return gap(labs.sold.served, paid * labs.sold.fill_rate + free * labs.sold.free_filled)


def tokens_reported(was, m):
    """The measure counts what labs and hosts serve, no more: a refused token is not served."""
    labs = m.labs
    by_hosts = labs.sold.paid.sum(axis=0) * (1.0 - own_part(m)) * m.hosts.fill_rate
    served = (labs.sold.served + by_hosts).sum(axis=0) * (1e6 * 4.0 / 365.0)
    return gap(m.recorder.arrays["tokens"][m.quarter - 1], served)


def hours_of_serving(was, m):
    """Tokens served times hours a token are within the hours that a lab has for serving."""
    labs = m.labs
    paid = (labs.sold.paid * labs.plan.hours_per_Mtok).sum(axis=0) * own_part(m)
    free = labs.sold.free * own_part(m) * labs.plan.hours_per_Mtok[1]
    used = paid * labs.sold.fill_rate + free * labs.sold.free_filled
    return over(used, labs.compute.serving_hours)


def free_after_paid(was, m):
    """Where somebody who pays is refused, nothing to speak of is given away."""
    labs, sold = m.labs, m.labs.sold
    free = sold.free * own_part(m) * labs.plan.hours_per_Mtok[1] * sold.free_filled
    refused = sold.fill_rate < 1.0
    return np.where(refused, free / np.maximum(labs.compute.serving_hours, 1.0), 0.0)


def hours_of_hosts(was, m):
    """Hosts serve with the hours they rent."""
    by_hosts = (m.labs.sold.paid * m.labs.plan.hours_per_Mtok).sum(axis=0) * (1.0 - own_part(m))
    return over(by_hosts.sum(axis=0) * m.hosts.fill_rate, m.paid["hosts"] / m.clouds.rent[0])


# --- Compute -------------------------------------------------------------------------------------


def hours_of_labs(was, m):
    """Serving and the three ways of training use a lab's hours."""
    labs = m.labs
    return gap(labs.research.hours.sum(axis=0) + labs.compute.serving_hours, labs.compute.hours)


def hours_on_offer(was, m):
    """Labs, hosts and everybody else use at most the hours that the chips give."""
    used = by_region(m.labs, m.labs.compute.hours) + m.paid["others"] / m.clouds.rent
    used[0] += m.paid["hosts"] / m.clouds.rent[0]
    return over(used, was.hours) + over(was.hours, was.stock * HOURS)


def hours_idle(was, m):
    """Where chips are not idle, all hours on offer are used."""
    used = by_region(m.labs, m.labs.compute.hours) + m.paid["others"] / m.clouds.rent
    used[0] += m.paid["hosts"] / m.clouds.rent[0]
    return np.where(m.clouds.idle > 0.0, 0.0, gap(used, was.hours))


def flop_of_runs(was, m):
    """A run grows by the FLOP of its hours until its lab ends it or dies."""
    research = m.labs.research
    flop = costs.training_flop(m.labs.research.hours[FINAL], m.dials.costs.training_utilisation)
    expected = np.where(was.alive, was.run_flop + flop, 0.0)
    ended = research.run_flop == 0.0
    return np.where(ended, 0.0, gap(research.run_flop, expected))


def flop_of_the_largest(was, m):
    """A run that set a record was as large as the FLOP put into it."""
    research = m.labs.research
    flop = costs.training_flop(m.labs.research.hours[FINAL], m.dials.costs.training_utilisation)
    record = research.largest_run > was.largest_run
    return np.where(record, gap(research.largest_run, was.run_flop + flop), 0.0)


# --- Chips and power -----------------------------------------------------------------------------


def chips_in_use(was, m):
    retired = was.stock * (1.0 - np.exp(-0.25 / m.dials.compute.life))
    return gap(m.clouds.stock, was.stock + m.clouds.installed - retired)


def chips_on_the_way(was, m):
    """What was delivered is installed, or waits for a site or for power."""
    here = m.clouds.shipped + m.clouds.waiting
    return gap(here, was.shipped + was.waiting + m.chipmakers.delivered - m.clouds.installed)


def chips_ordered(was, m):
    """An order is planned, in the backlog, or delivered."""
    pending = sum(m.clouds.ordered, 0.0 * m.clouds.stock) + m.chipmakers.backlog
    asked = was.pending + m.clouds.orders
    return gap(pending, asked - m.chipmakers.delivered, asked)


def chips_made(was, m):
    """Foundries deliver at most their capacity, and China's own at most theirs beside it."""
    made = m.chipmakers.delivered
    world = np.maximum(made[1] - was.domestic, 0.0) + made[0]
    return np.stack([over(world, was.capacity), over(made[1], was.capacity + was.domestic)])


def power_drawn(was, m):
    """Chips draw no more than is connected, but for those that did so from the start."""
    return over(m.clouds.fleet_gw, np.maximum(was.connected, was.fleet_gw))


# --- Shares --------------------------------------------------------------------------------------


def somebody_sells(m):
    return m.labs.plan.on_offer.any(axis=(0, 1)).astype(float)


def shares_of_a_segment(was, m):
    """One where anybody is worth handing work to: elsewhere it all stays with people."""
    customers = m.customers
    handed = customers.handed_over.sum(axis=(1, 2)) > 1e-9
    shares = customers.share.sum(axis=(1, 2))
    paid = customers.paid_share.sum(axis=(1, 2))
    return np.stack(
        [
            np.where(handed, gap(shares, 1.0), 0.0),
            np.where(customers.spending > 1e-6, SINGLE * gap(paid, 1.0), 0.0),
        ]
    )


def shares_of_the_dead(was, m):
    return m.customers.share * ~was.alive


def shares_of_labs(was, m):
    return gap(m.customers.lab_share.sum(axis=0), somebody_sells(m))


def shares_of_development(was, m):
    return gap(m.labs.plan.split.sum(axis=0), 1.0)


def uses_of_money(was, m):
    """The uses of money that are reported are all that labs spend."""
    return gap(
        m.recorder.arrays["spending"][m.quarter - 1].sum(axis=0), 4.0 * m.labs.spending.sum(axis=0)
    )


def uses_of_compute(was, m):
    return gap(
        m.recorder.arrays["compute_split"][m.quarter - 1].sum(axis=0) * HOURS,
        m.labs.compute.hours.sum(axis=0),
    )


IDENTITIES = (
    money_for_tokens,
    money_reported,
    tokens_paid_for,
    tokens_served,
    tokens_reported,
    hours_of_serving,
    free_after_paid,
    hours_of_hosts,
    hours_of_labs,
    hours_on_offer,
    hours_idle,
    flop_of_runs,
    flop_of_the_largest,
    chips_in_use,
    chips_on_the_way,
    chips_ordered,
    chips_made,
    power_drawn,
    shares_of_a_segment,
    shares_of_the_dead,
    shares_of_labs,
    shares_of_development,
    uses_of_money,
    uses_of_compute,
)


def before(m):
    """The state that a quarter begins with."""
    r, c, f = m.labs.research, m.clouds, m.chipmakers
    return SimpleNamespace(
        alive=m.labs.alive.copy(),
        run_flop=r.run_flop.copy(),
        largest_run=r.largest_run.copy(),
        stock=c.stock.copy(),
        hours=c.hours().copy(),
        shipped=c.shipped.copy(),
        waiting=c.waiting.copy(),
        pending=sum(c.ordered, 0.0 * c.stock) + f.backlog,
        capacity=f.capacity.copy(),
        domestic=f.domestic.copy(),
        connected=m.utilities.connected.copy(),
        fleet_gw=c.fleet_gw.copy(),
    )


def listen(model):
    """Note what hosts and everybody else paid for compute: `model.paid`."""
    pay, model.paid = model.ledger.pay, {}

    def note(kind, payers, payees):
        if kind == "compute":
            model.paid["hosts"] = payers["hosts"]
        if kind == "other_compute":
            model.paid["others"] = payees["clouds"]
        pay(kind, payers, payees)

    model.ledger.pay = note


ANYTHING = "any dials"  # in which every limit binds somewhere, as it may not in a scenario


@cache
def worst(scenario):
    """The largest gap of each identity over all quarters and worlds, and when it was."""
    law = Policy.load("compute_levy") + Policy.load("chip_export_control")
    story = Scenario.load("continued" if scenario == ANYTHING else scenario)
    worlds = np.arange(64 if scenario == ANYTHING else 24)
    dials = story.stress(3, worlds) if scenario == ANYTHING else story.draw(0, worlds)
    model = AIEconomy(story, law, worlds=worlds, dials=dials)
    listen(model)
    found = {check.__name__: (0.0, "never") for check in IDENTITIES}
    while not model.finished:
        was, date = before(model), model.date
        model.step()
        for check in IDENTITIES:
            largest = float(np.max(check(was, model)))
            if not largest <= found[check.__name__][0]:
                found[check.__name__] = largest, date
    return found


@pytest.mark.parametrize("identity", [check.__name__ for check in IDENTITIES])
@pytest.mark.parametrize("scenario", [*SCENARIOS, ANYTHING])
def test_it_adds_up(scenario, identity):
    largest, quarter = worst(scenario)[identity]
    assert largest < ROUNDING, f"{identity} is off by {largest:.3g} in {scenario}, {quarter}"


def test_every_lab_has_the_compute_it_paid_for():
    """Rent times spot hours and the contract's rate times its hours are the bill, lab by lab."""
    model = AIEconomy("continued", worlds=24)
    for _ in range(40):
        held, rate = model.labs.compute.contract * HOURS, model.labs.compute.contract_rate
        model.step()
        labs = model.labs
        spot = labs.compute.hours - held
        bill = held * rate + spot * model.clouds.rent[labs.region]
        assert np.all((gap(bill, labs.compute.cost) < 1e-6) | (spot < -1e-3))
