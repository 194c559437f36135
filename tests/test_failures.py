"""Failure by cause: merged, rescued, sold, closed or given up; who loses, and where users go."""

from functools import cache

import numpy as np
import pytest
from economy import started
from test_debt import owing

from sim.economy.markets import failures
from sim.economy.model import AIEconomy
from sim.economy.state import CAUSES, CLOSED, GIVEN_UP, INSOLVENT, MERGED, SOLD, WENT
from sim.equations.finance import diluted, pool_after_losses, worth_together
from sim.inputs.scenario import Scenario

PLAIN = Scenario.load("continued").without_calibration()


@cache
def at_work(lab, quarter):
    """Numbers of worlds in which a lab is at work then."""
    model = started(PLAIN, quarter, 16)
    return tuple(np.flatnonzero(model.labs.alive[model.labs.names.index(lab)])[:8])


def at_hand(lab, quarter=18, **set_to):
    """An economy after some quarters with numbers of one lab set by hand, and the lab's row."""
    model = started(PLAIN, quarter, np.array(at_work(lab, quarter)))
    row = model.labs.names.index(lab)
    for name, amount in set_to.items():
        numbers = getattr(model.labs, name).copy()
        numbers[row] = amount
        setattr(model.labs, name, numbers)
    return model, row


def called(model, left=1e12):
    """What comes of those whose creditors call, with so much in the pool."""
    labs, investors = model.labs, model.investors
    investors.left = np.full(model.size, left)
    model.ledger.open("now", labs.cash)
    spending, none = np.maximum(labs.spending, 1e5), np.zeros(labs.shape, bool)
    return failures._rescues(labs, investors, model.lenders, spending, none)


# --- Equations -----------------------------------------------------------------------------------


def test_losses_worth_together_and_dilution_by_hand():
    # A pool of 100 a quarter is 400 a year; of 40 lost, .3 is missing of it: 12, so 3 a quarter.
    assert pool_after_losses(100.0, 40.0, 0.3) == pytest.approx(100.0 * np.exp(-0.03))
    assert pool_after_losses(100.0, 0.0, 0.3) == 100.0 and pool_after_losses(1.0, 1e6, 0.3) >= 0.0
    # Half of the customers of sales worth 100 stay; alone it is worth 30, and is asked 39 for.
    assert worth_together(0.5, 100.0, 30.0, 0.3) == pytest.approx(11.0)
    assert worth_together(0.5, 100.0, -30.0, 0.3) == pytest.approx(50.0)
    assert diluted(25.0, 75.0) == pytest.approx(0.25) and diluted(0.0, 75.0) == 0.0
    assert diluted(25.0, 0.0) == pytest.approx(1.0)  # of nothing, who brings money gets all


# --- Rescue --------------------------------------------------------------------------------------


def test_a_rescue_dilutes_converts_debt_and_cuts():
    model, row = at_hand("anthropic", cash=-2e10, at_work=1e12)
    for owner, name in ((model.labs, "debt"), (model.lenders, "loans")):
        books = getattr(owner, name).copy()
        books[row] = 1e10
        setattr(owner, name, books)
    labs, capital, debts = model.labs, model.dials.capital, model.dials.debt
    budget, stake = labs.plan.budget[row].copy(), model.investors.at_stake[row].copy()
    out = called(model)
    assert out.rescued[row].all() and not out.refused[row].any()
    np.testing.assert_allclose(out.saved[row], 2e10)  # what is overdue, and no more
    np.testing.assert_allclose(model.ledger.flows["rescues"], 2e10)
    np.testing.assert_allclose(labs.debt[row], (1.0 - debts.converted) * 1e10)
    np.testing.assert_allclose(labs.debt[row], model.lenders.loans[row])
    np.testing.assert_allclose(labs.plan.budget[row], budget * (1.0 - debts.cut))
    turned = debts.converted * 1e10
    price = capital.sale_discount * (1e12 - 3e10)  # of what it is worth, in distress
    np.testing.assert_allclose(out.diluted[row], (2e10 + turned) / (2e10 + turned + price))
    np.testing.assert_allclose(model.investors.at_stake[row], stake + 2e10)


def test_a_rescue_that_is_not_worth_it_is_refused():
    # It must be worth `rescue` times what is overdue and the debts that are left.
    model, row = at_hand("anthropic", cash=-2e10)
    least = model.dials.capital.rescue * 2e10
    for worth, saved in ((1.01 * least, True), (0.99 * least, False)):
        model, row = at_hand("anthropic", cash=-2e10, at_work=worth)
        out = called(model)
        assert (out.rescued[row] == saved).all() and (out.refused[row] != saved).all()
    assert np.all(out.saved[row] == 0.0) and np.all(model.ledger.flows["rescues"] == 0.0)


def test_a_rescue_is_bounded_by_the_pool():
    for left, saved in ((2.01e10, True), (1.99e10, False)):
        model, row = at_hand("anthropic", cash=-2e10, at_work=1e12)
        out = called(model, left)
        assert (out.rescued[row] == saved).all()
    assert np.all(model.investors.left == 1.99e10)  # nothing is taken for half a rescue


def test_creditors_bear_a_little():
    model, row = at_hand("anthropic", at_work=1e12)
    model.labs.cash[row] = -0.99 * 4.0 * model.dials.capital.grace * model.labs.spending[row]
    out = called(model)
    assert not out.rescued[row].any() and not out.refused[row].any()


# --- Causes --------------------------------------------------------------------------------------


def causes(model, insolvent=None, merging=None):
    none = np.zeros(model.labs.shape, bool)
    return failures._causes(
        model.labs,
        none if insolvent is None else insolvent,
        none if merging is None else merging,
        none,
    )


def losing(lab, hopeless, **more):
    """A lab that has lost money without hope for so many quarters, and is worth nothing at work."""
    nothing = {"at_work": -1e15, "profit": -1e9, "hopeless": hopeless, "cash": 1.0, "burn": 1e9}
    return at_hand(lab, **(nothing | more))


@pytest.mark.parametrize(
    ("lab", "cause", "patience"),
    [("google", CLOSED, "parent_patience"), ("anthropic", GIVEN_UP, "patience")],
)
def test_who_is_without_hope_beyond_patience_is_closed_or_given_up(lab, cause, patience):
    quarters = 4.0 * getattr(PLAIN.draw(0, np.arange(1)).in_force(0).capital, patience)
    model, row = losing(lab, quarters)  # and one more now
    ended = causes(model)
    assert ended[cause, row].all() and (ended[:, row].sum(axis=0) == 1).all()
    model, row = losing(lab, quarters - 1.0)
    assert not causes(model)[:, row].any()  # they wait
    model, row = losing(lab, quarters, profit=1e9)
    assert not causes(model)[:, row].any()  # it earns


def test_who_is_short_and_trails_by_far_is_sold_in_distress():
    for cash, at_work, lag, sold in (
        (1.0, 1e15, 9.0, True),  # worth much, but far behind
        (1e13, 1e15, 9.0, False),  # rich
        (1.0, 1e15, 0.0, False),  # at the frontier
    ):
        model, row = losing("mistral", 40.0, cash=cash, at_work=at_work)
        capability = model.labs.research.capability
        capability[row] = capability.max(axis=0) - lag
        ended = causes(model)
        assert (ended[SOLD, row] == sold).all() and (ended[:, row].sum(axis=0) == sold).all()


def test_debts_and_mergers_go_before_despair():
    model, row = losing("anthropic", 40.0)
    mark = np.zeros(model.labs.shape, bool)
    mark[row] = True
    for given, cause in ((mark, INSOLVENT), (None, MERGED)):
        ended = causes(model, given, None if given is not None else mark)
        assert ended[cause, row].all() and (ended[:, row].sum(axis=0) == 1).all()


# --- Mergers -------------------------------------------------------------------------------------


def wooed(quarters, carried, at_work=1e10, debt=0.0, cash=1e9):
    """Mistral, short of money, its sales worth so much to another, for so long."""
    model, row = at_hand("mistral", cash=cash, at_work=at_work, revenue=1e8, debt=debt)
    labs, investors = model.labs, model.investors
    labs.cash = np.where(labs.alive, np.maximum(labs.cash, 1e11), 0.0)
    labs.cash[row] = cash
    investors.carried = investors.carried.copy()
    investors.carried[row] = carried
    investors.wooed = investors.wooed.copy()
    investors.wooed[row] = quarters
    spending, burn = labs.spending * 0.0 + 1e9, labs.spending * 0.0 + 1e9
    return failures._merging(labs, investors, spending, burn)[row], model, row


def test_two_become_one_if_their_joint_worth_pays_and_one_is_short():
    # Half of the customers stay and owners ask 30 % over 10B alone: from 26B on it pays.
    waited = 4.0 * PLAIN.draw(0, np.arange(1)).in_force(0).capital.patience
    assert wooed(waited, 2.7e10)[0].all()
    assert not wooed(waited, 2.5e10)[0].any()
    assert not wooed(waited - 1.0, 2.7e10)[0].any()  # owners hope for better times
    assert not wooed(waited, 2.7e10, cash=1e13)[0].any()  # who has money stays
    assert not wooed(waited, 2.7e10, debt=1e14)[0].any()  # nobody buys debts beyond his purse
    merging, model, row = wooed(0.0, 2.7e10, cash=-2e9)
    assert merging.all()  # creditors call: at once


def test_a_merger_pays_creditors_and_owners_and_moves_customers():
    model, row = at_hand("mistral", cash=1e8, at_work=1e10)
    for owner, name in ((model.labs, "debt"), (model.lenders, "loans")):
        books = getattr(owner, name).copy()
        books[row] = 5e8
        setattr(owner, name, books)
    labs = model.labs
    labs.cash = np.where(labs.alive, np.maximum(labs.cash, 2e10), 0.0)
    labs.cash[row] = 1e8
    mark = np.zeros(labs.shape, bool)
    mark[row] = True
    model.ledger.open("now", labs.cash)
    lost, owners, left, moved = failures._sell(labs, model.investors, model.lenders, mark, mark)
    assert np.all(lost == 0.0)  # creditors are paid in full
    assert not labs.alive[row].any() and np.all(labs.debt[row] == 0.0)
    flows = model.ledger.flows
    np.testing.assert_allclose(flows["payouts"], flows["acquisitions"] + 1e8 - 5e8)
    model.ledger.close(labs.cash, labs.debt, model.lenders.loans)  # it adds up
    assert np.all(moved[0] >= 0.0) and np.all(moved.sum(axis=0) > 0.0)


# --- Who loses -----------------------------------------------------------------------------------


def test_what_is_lost_is_told():
    model, row = owing("mistral", 1e11)
    model.labs.cash = model.labs.cash.copy()
    model.labs.cash[row] = -1e12
    stake, lost_before = model.investors.at_stake.copy(), model.lenders.lost.copy()
    model.step()
    ends = model.investors.ends
    assert ends.ended[INSOLVENT, row].all() and ends.refused[row].all()
    bad_loans = (model.lenders.lost - lost_before)[row]
    np.testing.assert_allclose(
        ends.creditors_lost[row], model.ledger.flows["defaults"] + bad_loans, rtol=1e-9
    )
    assert np.all(ends.owners_lost[row] >= 0.99 * np.maximum(stake[row], 0.0))
    assert np.all(model.investors.at_stake[row] == 0.0)


@pytest.mark.parametrize("story", ["continued", "plateau"])
def test_every_end_has_one_cause_and_the_books_agree(story):
    model = AIEconomy(Scenario.load(story).without_calibration(), worlds=64, record=False)
    seen = np.zeros((len(CAUSES), 64))
    while not model.finished:
        model.step()
        ends = model.investors.ends
        assert np.all(ends.ended.sum(axis=0) <= 1)
        assert np.array_equal(ends.failed, model.labs.funding.failed)
        assert not (ends.rescued & (ends.refused | ends.failed)).any()
        assert not ends.ended[CLOSED][~model.labs.corporate[:, 0]].any()
        assert not ends.ended[[INSOLVENT, SOLD, MERGED, GIVEN_UP]][
            :, model.labs.corporate[:, 0]
        ].any()
        assert np.all(ends.ended[INSOLVENT] == ends.refused)
        for name in ("creditors_lost", "owners_lost", "obligations_lost"):
            lost = getattr(ends, name)
            assert np.all(lost >= 0.0) and np.all(lost[~ends.failed] == 0.0), name
        assert np.all((ends.moved.sum(axis=0) > 0.0) <= ends.failed.any(axis=0))
        seen += ends.ended.sum(axis=1)
        np.testing.assert_array_equal(model.investors.by_cause, seen)
        np.testing.assert_array_equal(model.investors.failures, seen.sum(axis=0))
    assert np.all(seen.sum(axis=1)[[INSOLVENT, MERGED, GIVEN_UP]] > 0.0)


def test_users_of_a_failed_lab_stay_or_go_somewhere():
    model, row = at_hand("openai")
    customers, labs = model.customers, model.labs
    failed, buyer = np.zeros(labs.shape, bool), np.zeros(labs.shape, bool)
    failed[row], buyer[labs.names.index("anthropic")] = True, True
    work = customers.worth * customers.adopted
    had = (customers.held[:, :, :, row].sum(axis=2) * work).sum(axis=(0, 1))
    moved = customers.move(failed, buyer, 0.4)
    assert moved.shape == (len(WENT), model.size)
    np.testing.assert_allclose(moved.sum(axis=0), had, rtol=1e-4)
    np.testing.assert_allclose(moved[0], 0.4 * had, rtol=1e-4)
    assert np.all(moved > 0.0)  # some to rivals, some to open weights, some to nobody
    nobody = model.customers.move(failed, buyer & False, 0.4)
    assert np.all(nobody[0] == 0.0)


# --- What follows --------------------------------------------------------------------------------


def test_what_investors_lose_is_missing_from_the_pool():
    # The lab fails with ten times the pool of a quarter at stake, and nothing comes back.
    scarce = PLAIN.change({"capital.pool_growth": 0.2})  # so that the pool binds
    before, pools, spent, worlds = [], [], [], np.array(at_work("mistral", 18))
    for part in (0.0, 0.3):
        model = started(scarce.change({"capital.pool_losses": part}), 18, worlds)
        row = model.labs.names.index("mistral")
        model.labs.cash = model.labs.cash.copy()
        model.labs.cash[row] = -1e12
        pool = model.investors.pool.copy()
        before.append(pool)
        model.investors.at_stake = model.investors.at_stake.copy()
        model.investors.at_stake[row] = 0.1 * pool
        model.step()
        assert model.investors.ends.failed[row].all()
        lost = np.where(model.labs.corporate, 0.0, model.investors.ends.owners_lost).sum(axis=0)
        pools.append(model.investors.pool)
        model.labs.cash = np.where(model.labs.corporate, model.labs.cash, 0.0)  # all ask for more
        model.step()
        spent.append(model.ledger.flows["equity"] + model.ledger.flows["equity_for_compute"])
    same = before[0] == before[1]  # nobody failed before
    assert same.sum() >= 6
    np.testing.assert_allclose((pools[0] - pools[1])[same], 0.3 * lost[same] / 4.0, rtol=0.05)
    fell = (spent[1] - spent[0])[same]
    assert np.all(fell <= 1.0) and np.any(fell < 0.0)


def test_who_leaves_a_failed_lab_starts_near_it():
    model, row = at_hand("anthropic")
    research, rules = model.labs.research, model.dials.research
    assert np.all(research.entry_lag() == rules.entry_lag)  # nobody failed of late
    best = np.where(model.labs.alive, research.capability, 0.0).max(axis=0)
    research.capability[row] = best
    failed = np.zeros(model.labs.shape, bool)
    failed[row] = True
    research.free_people(failed)
    np.testing.assert_allclose(research.entry_lag(), rules.spin_off_lag)
    comes = np.zeros(model.labs.shape, bool)
    place = model.labs.names.index("entrant_us")
    comes[place] = True
    model.labs.alive = model.labs.alive & ~comes
    research.start_behind(comes)
    np.testing.assert_allclose(research.capability[place], best - rules.spin_off_lag)
    for _ in range(4):  # within the year
        research.free_people(failed & False)
    assert np.all(research.entry_lag() == rules.entry_lag)
