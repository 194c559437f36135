"""What must add up in every quarter of every world: tokens, hours, FLOP, chips, power, shares.

Each check recomputes one side from somebody else's books. It gets the economy before the quarter
(arrays copied) and after it, and returns a relative gap of any shape.
"""

from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
from economy import SCENARIOS

from sim.economy import scarcity
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
    """Mtok wanted are the Mtok on the labs' books, and each is paid for but thought in a seat.

    By developers at list price, by others at list price or, in a seat, at a multiple of it.
    """
    customers, price = m.customers, m.labs.plan.price
    listed, seat = customers.sales / price, m.dials.demand.seat_premium
    by_tokens = np.maximum(listed[DEVELOPERS], 1e-300)
    return np.stack(
        [
            gap(customers.tokens.sum(axis=0), m.labs.sold.paid).max(axis=(0, 1)),
            gap(customers.tokens[DEVELOPERS], by_tokens).max(axis=(0, 1)),
            (customers.tokens[:, 1] > listed[:, 1] * (1.0 + 1e-6) + 1e-30).any(axis=(0, 1)),
            (listed > customers.tokens * seat * (1.0 + 1e-6) + 1e-30).any(axis=(0, 1, 2)),
        ]
    )


def tokens_served(was, m):
    """All that labs serve is what they are paid for and what they give away."""
    labs = m.labs
    paid = labs.sold.paid.sum(axis=0) * own_part(m)
    free = labs.sold.free.sum(axis=0) * own_part(m)
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
    free = (labs.sold.free * labs.plan.hours_per_Mtok).sum(axis=0) * own_part(m)
    used = paid * labs.sold.fill_rate + free * labs.sold.free_filled
    return over(used, labs.compute.serving_hours)


def free_after_paid(was, m):
    """Where somebody who pays is refused, nothing to speak of is given away."""
    labs, sold = m.labs, m.labs.sold
    wanted = (sold.free * labs.plan.hours_per_Mtok).sum(axis=0) * own_part(m)
    free = wanted * sold.free_filled
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
    return over(used, was.hours) + over(was.hours, m.clouds.by_region(was.stock) * HOURS)


def hours_promised(was, m):
    """What labs ever signed is due later, has been due, was left or was lost."""
    held = m.labs.commitments
    return gap(held.hours.sum(axis=0) + held.ran + held.left + held.lost, held.signed)


def hours_idle(was, m):
    """All hours are used but those of chips that are shut, and these draw no power."""
    used = by_region(m.labs, m.labs.compute.hours) + m.paid["others"] / m.clouds.rent
    used[0] += m.paid["hosts"] / m.clouds.rent[0]
    shut = m.clouds.fleet_gw * m.clouds.of_region(m.clouds.idle_draw)
    drawn = gap(m.clouds.idle_gw, shut, 1.0) + over(m.clouds.of_region(m.clouds.idle_draw), 1.0)
    return gap(used, was.hours * (1.0 - m.clouds.idle)) + drawn.sum(axis=0)


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
    """Chips are installed, wear out, are scrapped as the lease of their site runs out, or sold on.

    What a neo-cloud that failed had is its neighbour's, so that each region's adds up."""
    worn = was.stock * (1.0 - np.exp(-0.25 / m.dials.compute.life))
    mine = was.stock + m.clouds.installed - worn - m.clouds.scrapped
    failed = m.clouds.treasury.failures > was.failures
    each = gap(m.clouds.stock, np.where(failed, 0.0, mine)) * ~failed[[1, 1, 3, 3]]
    return gap(m.clouds.by_region(m.clouds.stock), m.clouds.by_region(mine)) + each.max(axis=0)


def chips_on_the_way(was, m):
    """What was delivered is installed, or waits for a site or for power."""
    region = m.clouds.by_region
    here = region(m.clouds.shipped + m.clouds.waiting)
    came = region(was.shipped + was.waiting + m.chipmakers.delivered)
    return gap(here, came - region(m.clouds.installed), came)


def chips_ordered(was, m):
    """What was ordered is planned, in the backlog, delivered, refused or called off."""
    pending = sum(m.clouds.ordered, 0.0 * m.clouds.stock) + m.chipmakers.backlog
    asked = was.pending + m.clouds.orders
    gone = m.chipmakers.delivered + m.chipmakers.refused + m.clouds.cancelled
    return gap(pending, asked - gone, np.maximum(asked, 1.0))  # chips, of which some are parts


def orders_owed(was, m):
    """What is owed for chips on order is what was agreed, less what was paid, void or forgiven."""
    c, f = m.clouds, m.chipmakers
    owed = sum(c.owed) + f.backlog_owed
    return gap(owed, was.owed + m.ordered - f.bill - f.void - c.forgiven, was.owed + m.ordered)


def cancellations(was, m):
    """Who calls orders off pays for it, and nobody calls off what has come."""
    c = m.clouds
    most = m.dials.compute.cancel_fee * c.forgiven
    paid = over(c.penalty, most) + gap(m.ledger.flows["cancellations"], c.penalty.sum(axis=0), 1.0)
    return paid + over(c.cancelled, was.pending + c.orders)


def chips_made(was, m):
    """Foundries deliver at most their capacity, and China's own at most theirs beside it."""
    made = m.clouds.by_region(m.chipmakers.delivered)
    world = np.maximum(made[1] - was.domestic, 0.0) + made[0]
    return np.stack([over(world, was.capacity), over(made[1], was.capacity + was.domestic)])


def power_drawn(was, m):
    """Chips draw no more than is connected, but for those that did so from the start."""
    region = m.clouds.by_region
    return over(region(m.clouds.fleet_gw), np.maximum(was.connected, region(was.fleet_gw)))


def power_connected(was, m):
    """What is connected was begun before."""
    done = was.begun * (1.0 - np.exp(-0.25 / was.lag))
    return gap(m.utilities.connected, was.connected + done)


def power_paid(was, m):
    """Power is paid for by chips that run, sites by all, at one price a region."""
    c, u, kwh = m.clouds, m.utilities, 1e6 * HOURS
    power = (c.fleet_gw - c.idle_gw) * kwh * m.dials.power.price
    sites = c.fleet_gw * kwh * c.of_region(u.site_price)
    flows = m.ledger.flows
    return gap(flows["power"], power.sum(axis=0)) + gap(flows["sites"], sites.sum(axis=0))


def scarcity_taken(was, m):
    """What sites, chipmakers and clouds take is all of rent above cost; clouds' is the rest."""
    taken = scarcity.scarcity_rent(m)
    used = 4.0 * m.clouds.hours() * (1.0 - m.clouds.idle)
    whole = (used * (m.clouds.rent - m.clouds.cost_to_provide())).sum(axis=0)
    clouds = (used * (m.clouds.rent - m.clouds.user_cost())).sum(axis=0)
    scale = (used * m.clouds.rent).sum(axis=0)
    return gap(taken.sum(axis=0), whole, scale) + gap(taken[2], clouds, scale)


# --- Clouds' money -------------------------------------------------------------------------------


def sales_of_clouds(was, m):
    """What clouds sell is what was billed in their region."""
    return gap(m.clouds.by_region(m.clouds.sales), m.clouds.billed)


def debts_of_clouds(was, m):
    """Loans move by what was lent, paid back and written off; hyperscalers owe nothing."""
    treasury, lenders, makers, flows = m.clouds.treasury, m.lenders, m.chipmakers, m.ledger.flows
    owed = (treasury.debt + treasury.vendor_debt).sum(axis=0)
    lost = lenders.lost_on_chips.sum(axis=0) + makers.lost - was.lost
    lent = flows["project_loans"] + flows["vendor_loans"]
    moved = was.debt + lent - flows["project_repayments"] - lost
    hyper = np.where(m.clouds.leveraged, 0.0, treasury.debt + treasury.vendor_debt)
    return gap(owed, moved, was.debt + lent + 1e6) + hyper.max(axis=0)


def cash_of_clouds(was, m):
    """Nobody at work is in the red but for rounding, and who is gone has nothing."""
    treasury = m.clouds.treasury
    gone = ~treasury.alive & (np.abs(treasury.cash) + treasury.debt + treasury.vendor_debt > 0.0)
    return ((treasury.cash < -1.0) & m.clouds.leveraged).astype(float) + gone


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
    hours_promised,
    hours_idle,
    flop_of_runs,
    flop_of_the_largest,
    chips_in_use,
    chips_on_the_way,
    chips_ordered,
    orders_owed,
    cancellations,
    chips_made,
    power_drawn,
    power_connected,
    power_paid,
    scarcity_taken,
    sales_of_clouds,
    debts_of_clouds,
    cash_of_clouds,
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
        begun=m.utilities.begun.copy(),
        lag=m.dials.power.lag,
        owed=sum(c.owed) + f.backlog_owed,
        failures=c.treasury.failures.copy(),
        debt=(c.treasury.debt + c.treasury.vendor_debt).sum(axis=0),
        lost=m.lenders.lost_on_chips.sum(axis=0) + f.lost,
        fleet_gw=c.fleet_gw.copy(),
    )


def listen(model):
    """Note what hosts and everybody else paid for compute, `model.paid`, and what was agreed to be
    paid for the chips ordered, `model.ordered`."""
    pay, model.paid, book = model.ledger.pay, {}, model.chipmakers.book

    def note_orders(due, owed):
        model.ordered = model.clouds.owed[-1].copy()
        book(due, owed)

    model.chipmakers.book = note_orders

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
        model.step()
        labs = model.labs
        spot = labs.compute.hours - labs.compute.held
        bill = labs.compute.held_cost + spot * model.clouds.rent[labs.region]
        assert np.all(spot >= -1e-6 * labs.compute.hours)
        assert np.all(gap(bill, labs.compute.cost) < 1e-6)
