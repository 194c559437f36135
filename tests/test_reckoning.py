"""Who earns and who pays adds up to nothing, whoever is asked; deals in a circle are found."""

import numpy as np
import pytest
from economy import ONE_LAB, SCENARIOS, started, told, toy
from paired import industry
from test_accounts import LEVY

from sim.economy import reckoning
from sim.economy.accounts import FINANCE, KINDS, SECTORS, SELLERS, Ledger
from sim.economy.model import AIEconomy
from sim.economy.reckoning import LAYERS
from sim.equations.finance import circular_part
from sim.inputs.scenario import Scenario

PAYERS, FUNDERS = ("users", "other_users"), ("owners", "lenders")


def rows(names):
    return [LAYERS.index(name) for name in names]


def gap(model, part="earned"):
    """What the layers' money sums to, over what moved, (quarters, worlds)."""
    money = model.recorder.arrays[part]
    return np.abs(money.sum(axis=1)) / np.maximum(np.abs(money).sum(axis=1), 1.0)


@pytest.mark.parametrize("story", SCENARIOS)
def test_layers_add_up_to_nothing_in_every_world_and_quarter(story):
    model = told(story, 24)
    assert gap(model).max() < 1e-9 and gap(model, "financed").max() < 1e-9


@pytest.mark.parametrize("labs", [2, 20])
def test_so_they_do_with_two_labs_and_with_twenty(labs):
    model = AIEconomy(industry("plateau", labs), worlds=16).run()
    assert gap(model).max() < 1e-9 and gap(model, "financed").max() < 1e-9
    assert np.all(model.recorder.arrays["circular"] <= 1.0 + 1e-9)


def test_so_they_do_with_one(tmp_path):
    model = AIEconomy(toy(tmp_path, ONE_LAB), worlds=8).run()
    assert gap(model).max() < 1e-9 and gap(model, "financed").max() < 1e-9


@pytest.mark.parametrize("story", ["continued", "plateau"])
def test_profits_are_what_users_and_funders_paid_in(story):
    """Against books of others: what labs, hosts and clouds say that they sold."""
    model = told(story, 24)
    arrays, layers = model.recorder.arrays, model.recorder.arrays["earned"]
    flow = {kind: arrays["flows"][:, place] for place, kind in enumerate(KINDS)}
    earners = [row for row, name in enumerate(LAYERS) if name not in PAYERS]
    bought = flow["tokens"] + flow["other_sales"]
    np.testing.assert_allclose(layers[:, earners].sum(axis=1), bought, rtol=1e-9)
    np.testing.assert_allclose(-layers[:, rows(PAYERS)].sum(axis=1), bought, rtol=1e-9)
    everything = layers + arrays["financed"]
    others = [row for row, name in enumerate(LAYERS) if name not in (*PAYERS, *FUNDERS)]
    paid_in = bought - everything[:, rows(FUNDERS)].sum(axis=1)
    size = np.abs(everything).sum(axis=1)
    assert np.all(np.abs(everything[:, others].sum(axis=1) - paid_in) < 1e-9 * size)


def test_the_labs_layers_are_what_labs_report():
    model = told("continued", 24)
    arrays = model.recorder.arrays
    kinds = rows(reckoning.LAB_KINDS)
    interest = arrays["flows"][:, list(KINDS).index("interest")]
    taxes = arrays["flows"][:, list(KINDS).index("taxes")]
    unpaid = arrays["flows"][:, list(KINDS).index("defaults")]
    own = arrays["earned"][:, kinds].sum(axis=1)
    np.testing.assert_allclose(
        own, arrays["profit"] - interest - taxes + unpaid, rtol=1e-6, atol=1.0
    )


def test_users_pay_and_the_state_takes_taxes():
    model = told("continued", 24)
    flows = model.recorder.arrays["flows"]
    for kind, layer, sign in (("tokens", "users", -1.0), ("other_sales", "other_users", -1.0)):
        got = sign * model.recorder.arrays["earned"][:, LAYERS.index(layer)]
        np.testing.assert_allclose(got, flows[:, list(KINDS).index(kind)], rtol=1e-9)
    levied = AIEconomy("continued", LEVY, worlds=8).run()
    flows = levied.recorder.arrays["flows"]
    taken = flows[:, list(KINDS).index("taxes")] + flows[:, list(KINDS).index("levies")]
    got = levied.recorder.arrays["earned"][:, LAYERS.index("taxes")]
    np.testing.assert_allclose(got, taken, rtol=1e-9)
    assert np.all(taken[-1] > 0.0)


@pytest.mark.parametrize("kind", ["wages", "chips", "tokens", "equity", "power"])
def test_a_planted_leak_shows(kind, monkeypatch):
    """Even where the ledger is kept from crying out, the layers do not add up."""
    model = AIEconomy("continued", worlds=8)
    monkeypatch.setattr(model.ledger, "close", lambda *books: None)
    monkeypatch.setattr(model.ledger, "close_firms", lambda *books: None)
    pay = model.ledger.pay

    def drip(name, payers, payees):
        if name == kind:
            payees = {sector: amount * (1.0 - 1e-4) for sector, amount in payees.items()}
        pay(name, payers, payees)

    model.ledger.pay = drip
    while model.date < "2025-Q2":
        model.step()
    part = "financed" if kind in FINANCE else "earned"
    model.recorder.arrays[part] = model.recorder.arrays[part][: model.recorder.noted]
    assert gap(model, part)[4:].max(axis=0).min() > 1e-9


# --- Circles -------------------------------------------------------------------------------------


def test_what_goes_in_a_circle_by_hand():
    # A cloud puts 30 into a lab that spends 50 with it, and 20 into one that spends 5.
    assert circular_part(50.0, 30.0) == 30.0 and circular_part(5.0, 20.0) == 5.0
    ledger, one = Ledger(2, 1), np.ones(1)
    for quarter in range(6):
        ledger.open(f"2020-Q{quarter}", np.zeros((2, 1)))
        bill = np.array([[50.0], [5.0]])
        ledger.pay("compute", {"labs": bill, "hosts": 20.0 * one}, {"clouds": 75.0 * one})
        if quarter == 1:
            ledger.transfer("equity_for_compute", "clouds", "labs", np.array([[30.0], [20.0]]))
        ledger.transfer("other_compute", "world", "clouds", 25.0 * one)
        ledger.transfer("chips", "clouds", "chipmakers", 40.0 * one)
        deals = ledger.deals
        clouds = SELLERS.index("clouds")
        sold, financed = np.sum(deals.sold, axis=0), np.sum(deals.financed, axis=0)
        quarters = min(quarter + 1, 4)
        np.testing.assert_allclose(sold[clouds, :2, 0], quarters * bill[:, 0])
        assert sold[clouds].sum() == pytest.approx(100.0 * quarters)
        assert sold[SELLERS.index("chipmakers")].sum() == pytest.approx(40.0 * quarters)
        # remembered for a year
        wanted = [30.0, 20.0] if 1 <= quarter <= 4 else [0.0, 0.0]
        np.testing.assert_allclose(financed[clouds, :2, 0], wanted)


def test_a_circle_is_a_part_of_what_was_sold():
    model = started("continued", 16)
    deals, labs = model.ledger.deals, len(model.labs.names)
    nothing = np.zeros(deals.sold[0].shape)
    sold, given = nothing.copy(), nothing.copy()
    sold[0, 0], sold[0, 1], sold[0, -1] = 50.0, 5.0, 45.0
    given[0, 0], given[0, 1], given[0, 2] = 30.0, 20.0, 10.0
    deals.sold, deals.financed = [sold, *[nothing] * 3], [given, *[nothing] * 3]
    np.testing.assert_allclose(reckoning.circular(model)[0], 0.35)  # 30 and 5 of 100
    assert np.all(reckoning.circular(model)[1] == 0.0) and labs > 3


def test_clouds_that_pay_for_shares_get_some_of_it_back():
    """Strategic money is netted: none of it without strategic investors, and never all of sales."""
    part = told("continued", 24).recorder.arrays["circular"]
    assert part[16:28, 0].mean() > 0.005 and part.max() <= 1.0
    assert 0.0 < part[16:28, 1].mean() < 0.1  # makers of chips lend to neo-clouds
    story = Scenario.load("continued").change({"capital.strategic": 0.0, "debt.vendor": 0.0})
    alone = AIEconomy(story, worlds=8, record=["circular"]).run()
    assert np.all(alone.recorder.arrays["circular"] == 0.0)


def test_sellers_with_several_on_a_side_share_in_proportion():
    ledger, one = Ledger(1, 1), np.ones(1)
    ledger.open("2020-Q1", np.zeros((1, 1)))
    ledger.pay("compute", {"labs": 60.0 * one[None]}, {"clouds": 45.0 * one, "world": 15.0 * one})
    clouds = ledger.deals.sold[0][SELLERS.index("clouds")]
    assert clouds[0, 0] == pytest.approx(45.0)  # of a dollar, as of all


def test_every_kind_is_earned_or_finance_and_every_sector_has_a_layer():
    assert set(FINANCE) <= set(KINDS)
    assert len(LAYERS) == len(set(LAYERS)) == len(SECTORS) + 3
    assert set(SELLERS) <= set(SECTORS)
