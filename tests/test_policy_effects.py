"""Policies do what they are for: the sign of each effect, world by world where it must hold so."""

import numpy as np
import pytest
from economy import POLICIES, at, told

from sim.economy.model import AIEconomy
from sim.inputs.policy import Policy
from sim.inputs.scenario import Scenario

WORLDS = 64
TRAINING = slice(0, 3)  # experiments, final runs and post-training among the uses of compute


def change(measure, quarter, policy):
    """Policy over baseline in the same worlds."""
    base, other = told("continued", WORLDS), told("continued", WORLDS, policy=policy)
    return at(other, measure, quarter) / at(base, measure, quarter)


def training_compute(model, quarter):
    return at(model, "compute_split", quarter)[TRAINING].sum(axis=0)


def trains_less(one, other, quarter="2026-Q1"):
    """Whether one trains less than the other in nearly all worlds, and nowhere more.

    What labs hold on contract they use whatever it is taxed; where that is all, a levy waits."""
    ratio = training_compute(one, quarter) / training_compute(other, quarter)
    return np.all(ratio < 1.0 + 1e-9) and np.mean(ratio < 1.0) > 0.8


@pytest.mark.parametrize("policy", POLICIES)
def test_the_ledger_holds_under_every_policy(policy):
    assert told("continued", WORLDS, policy=policy).ledger.worst < 1e-9


def test_a_levy_raises_tax_and_lowers_training():
    base = told("continued", WORLDS)
    levy = told("continued", WORLDS, policy="compute_levy")
    # in every world when it comes, but where contracts are all that labs have; later one may turn
    for quarter, part in (("2027-Q1", 0.85), ("2027-Q4", 0.9)):
        more = at(levy, "tax_revenue", quarter) > at(base, "tax_revenue", quarter)
        less = training_compute(levy, quarter) < training_compute(base, quarter)
        assert more.mean() >= part and less.mean() >= part
    for quarter in ("2030-Q4", "2035-Q4"):
        more = at(levy, "tax_revenue", quarter) > at(base, "tax_revenue", quarter)
        assert more.mean() > 0.5
        ratio = training_compute(levy, quarter) / training_compute(base, quarter)
        assert np.median(ratio) < 1.0


def test_a_levy_brings_its_rate_times_what_is_spent_on_training():
    levy = told("continued", WORLDS, policy="compute_levy")
    for quarter, rate in (("2026-Q4", 0.0), ("2027-Q1", 0.02), ("2029-Q1", 0.05), ("2033-Q2", 0.1)):
        uses = at(levy, "spending", quarter)
        paid = at(levy, "flows", quarter)[levy.recorder.coords["flow"].index("levies")]
        training = at(levy, "compute_spending", quarter) - uses[2]  # all compute but serving
        np.testing.assert_allclose(paid, rate * training, rtol=1e-9, atol=1e-6)
        np.testing.assert_allclose(paid, uses[-1], rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("rates", [(0.02, 0.2), (0.2, 2.0)])
def test_a_higher_levy_lowers_training_more(rates):
    low, high = (
        AIEconomy(
            "continued", Policy.of({"compute_levy_rate": {"2026-01-01": rate}}), worlds=16
        ).run()
        for rate in rates
    )
    assert trains_less(high, low)
    assert np.all(at(high, "tax_revenue", "2026-Q1") > at(low, "tax_revenue", "2026-Q1"))


def test_a_subsidy_is_a_levy_below_zero():
    """It is paid by governments, raises training, and balances in every book."""
    rate = -0.25
    base = told("continued", 16)
    subsidy = AIEconomy("continued", Policy.of({"compute_levy_rate": {"2026-01-01": rate}}), 16)
    while not subsidy.finished:
        subsidy.step()
        flows = subsidy.ledger.flows
        paid = (
            rate * subsidy.labs.compute.training_cost.sum(axis=0) if subsidy.quarter > 24 else 0.0
        )
        np.testing.assert_allclose(flows["levies"], paid, rtol=1e-12)
    assert subsidy.ledger.worst < 1e-9
    assert all(np.isfinite(array).all() for array in subsidy.recorder.arrays.values())
    assert trains_less(base, subsidy)
    assert np.all(at(subsidy, "tax_revenue", "2026-Q1") < at(base, "tax_revenue", "2026-Q1"))
    uses = at(subsidy, "spending", "2026-Q1")
    assert np.all(uses[-1] < 0.0) and np.all(uses.sum(axis=0) > 0.0)


@pytest.mark.parametrize(
    ("law", "strict", "neutral"),
    [
        ("compute_cap_flop", 1e25, np.inf),
        ("compute_levy_rate", 0.5, 0.0),
        ("compute_levy_rate", -0.5, 0.0),
        ("chip_export_share", 0.1, 1.0),
        ("profit_tax_rate", 0.9, 0.21),
    ],
)
def test_a_law_that_is_repealed_before_it_begins_never_was(law, strict, neutral):
    """In force for a quarter after the end, or repealed from the start: the same world."""
    story = Scenario.load("continued").change({"end": "2026-Q4"})
    base = AIEconomy(story, worlds=4).run()
    for dated in ({"2019-Q1": strict, "2020-Q1": neutral}, {"2027-Q1": strict}):
        other = AIEconomy(story, Policy.of({law: dated}), worlds=4).run()
        for name, array in base.recorder.arrays.items():
            np.testing.assert_array_equal(array, other.recorder.arrays[name])


def test_a_cap_that_is_repealed_lets_runs_grow_again():
    law = {"compute_cap_flop": {"2024-Q1": 2e25, "2027-Q1": np.inf}}
    story = Scenario.load("continued").change({"end": "2029-Q4"})
    for_good = {"compute_cap_flop": {"2024-Q1": 2e25}}
    repealed, capped = (AIEconomy(story, Policy.of(each), 16).run() for each in (law, for_good))
    until = "2026-Q4"
    np.testing.assert_array_equal(
        at(repealed, "training_run", until), at(capped, "training_run", until)
    )
    grown = at(repealed, "training_run", "2029-Q4") / at(capped, "training_run", "2029-Q4")
    assert np.median(grown) > 2.0


def test_a_cap_bounds_every_run_that_begins_under_it():
    cap, begins = 2e25, 26  # below what is run by then; from 2026-Q3
    law = Policy.of({"compute_cap_flop": {"2026-07-01": cap}})
    model = AIEconomy("continued", law, worlds=WORLDS, record=False)
    began = np.zeros(model.labs.shape, bool)
    while not model.finished:
        before = model.labs.research.run_flop
        model.step()
        research = model.labs.research
        ended = research.run_flop < before
        began |= ended & (model.quarter > begins)  # those under way when the law came may be larger
        grown = np.where(began, research.run_flop, 0.0)
        assert grown.max() <= cap * (1.0 + 1e-9), f"{model.date}: {grown.max() / cap:.4f} caps"
    assert began.mean() > 0.8


def test_the_cap_of_the_policy_file_binds_and_holds_back_capability():
    base = told("continued", WORLDS)
    capped = told("continued", WORLDS, policy="compute_cap")
    under_way = at(capped, "training_run", "2028-Q4")  # when the law came: they may be larger
    assert np.all(at(capped, "training_run", "2029-Q4") <= np.maximum(under_way, 1e27 * (1 + 1e-9)))
    assert np.median(change("training_run", "2035-Q4", "compute_cap")) < 0.5
    assert np.median(at(capped, "capability", "2035-Q4") - at(base, "capability", "2035-Q4")) < 0.0


def test_export_control_lowers_chinas_chips_and_not_the_worlds_others():
    base = told("continued", WORLDS)
    control = told("continued", WORLDS, policy="chip_export_control")
    china, rest = 1, 0
    for quarter in ("2028-Q4", "2032-Q4"):
        ratio = at(control, "region_chips", quarter) / at(base, "region_chips", quarter)
        assert np.median(ratio[china]) < 0.9
        assert np.mean(ratio[china] < 1.0) > 0.95
        assert np.median(ratio[rest]) > 0.95
    labs = control.labs.region == china
    assert labs.sum() >= 3
    compute = at(control, "lab_compute", "2030-Q4") / np.maximum(
        at(base, "lab_compute", "2030-Q4"), 1e-9
    )
    assert np.median(compute[labs]) < 1.0


def test_export_control_feeds_chinas_own_foundries():
    base = told("continued", WORLDS)
    control = told("continued", WORLDS, policy="chip_export_control")
    assert np.median(control.chipmakers.domestic / base.chipmakers.domestic) > 1.0


def test_a_full_embargo_leaves_china_what_it_makes():
    law = Policy.of({"chip_export_share": {"2026-01-01": 0.0}})
    model = AIEconomy("continued", law, worlds=16, record=False)
    while not model.finished:
        domestic = model.chipmakers.domestic
        model.step()
        if model.quarter > 24:
            in_china = model.clouds.by_region(model.chipmakers.delivered)[1]
            assert np.all(in_china <= domestic * (1.0 + 1e-9))


def test_a_higher_profit_tax_raises_tax():
    high = AIEconomy(
        "continued", Policy.of({"profit_tax_rate": {"2026-01-01": 0.4}}), worlds=16
    ).run()
    base = told("continued", 16)
    since = slice(24, None)  # old losses shelter the first profits
    paid, otherwise = (m.recorder.arrays["tax_revenue"][since].sum(axis=0) for m in (high, base))
    taxed = otherwise > 0.0
    assert taxed.any() and np.median(paid[taxed] / otherwise[taxed]) > 1.0
