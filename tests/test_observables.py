"""Observables: what a row of the record means, by hand, and that a run can be asked for all."""

import numpy as np
import pytest
from economy import told

from sim.economy.measures import MEASURES
from sim.history.record.observables import OBSERVABLES, measures_for, predict
from sim.history.record.past import OutOfRun, Past
from sim.history.record.periods import Period, period_of
from sim.history.record.rows import read
from sim.inputs.scenario import Scenario
from sim.outputs.results import Results
from sim.running.ensemble import run

START = 2020 * 4
LABS = ("openai", "anthropic", "xai")
WORLDS = 3


def past(**arrays):
    """A past of twenty quarters from 2020-Q1, from what is given of each measure."""
    coords = {
        "lab": LABS,
        "region": ("us", "china"),
        "flow": ("tokens", "chips", "power", "data", "labelling"),
        "segment": ("households", "developers"),
    }
    full = {}
    for name, values in arrays.items():
        array = np.asarray(values, float)
        if array.ndim < 2:  # by quarter, the same in all worlds
            array = np.broadcast_to(array[..., None], (*array.shape, WORLDS))
        if array.ndim == 2 and array.shape[0] != 20:  # (quarters,) was meant as one number
            array = np.broadcast_to(array, (20, WORLDS))
        full[name] = array
    return Past(full, START, coords)


def by_part(*each):
    """(20 quarters, parts, worlds) from a number or a path for each part."""
    paths = [np.broadcast_to(np.asarray(one, float), (20,)) for one in each]
    return np.repeat(np.stack(paths, axis=1)[:, :, None], WORLDS, axis=2)


def predicted(of, observable, date, entity="market"):
    answer = predict(of, observable, entity, period_of(date)[0])
    assert answer.shape == (WORLDS,)
    return answer[0]


GROWING = np.arange(1.0, 21.0)  # 1 in 2020-Q1, 20 in 2024-Q4


def test_a_run_rate_is_of_a_quarter_and_calendar_revenue_of_four():
    economy = past(lab_revenue=by_part(GROWING, 1.0, 0.0), revenue=GROWING)
    assert predicted(economy, "run_rate", "2024-02", "openai") == 17.0
    assert predicted(economy, "run_rate", "2024-12", "openai") == 20.0
    assert predicted(economy, "calendar_revenue", "2024", "openai") == 18.5
    assert predicted(economy, "total_revenue", "2020") == 2.5
    assert predicted(economy, "total_run_rate", "2020-Q3") == 3.0
    assert predicted(economy, "startup_share", "2024-12", "openai") == pytest.approx(20 / 21)


def test_spending_and_its_split():
    economy = past(
        lab_compute_spending=by_part(10.0, 5.0, 0.0),
        lab_serving_spending=by_part(4.0, 0.0, 0.0),
        lab_final_runs_spending=by_part(0.6, 1.0, 0.0),
    )
    assert predicted(economy, "compute_spending", "2024", "openai") == 10.0
    assert predicted(economy, "rnd_compute", "2024", "openai") == 6.0
    assert predicted(economy, "inference_compute", "2024", "openai") == 4.0
    assert predicted(economy, "final_run_share", "2024", "openai") == pytest.approx(0.1)
    assert np.isnan(predicted(economy, "final_run_share", "2024", "xai"))


def test_chips_are_counted_as_delivered_installed_and_running():
    economy = past(
        chip_sales=np.full(20, 4e6),
        chips_installed=2.0 ** (np.arange(20) / 4),
        region_chips=by_part(3.0, 1.0),
        lab_compute=by_part(0.9, 0.0, 0.0),
        power=np.full(20, 8.0),
        capex=np.full(20, 8e10),
    )
    assert predicted(economy, "chips_delivered", "2022-01") == 1e6  # a quarter of a year's
    assert predicted(economy, "chips_delivered", "2023-12") == 8e6
    assert predicted(economy, "chips_growth", "2024-12") == pytest.approx(2.0)
    assert predicted(economy, "china_share", "2024-12") == 0.25
    assert predicted(economy, "lab_chips", "2024-12", "openai") == pytest.approx(1.0)
    assert predicted(economy, "lab_power", "2020-03", "openai") == pytest.approx(8.0)
    assert predicted(economy, "capex_per_chip", "2024-12") == 2e4


def test_money_for_chips_is_nvidias_revenue_but_for_a_twelfth():
    economy = past(flows=by_part(1.0, 1e11, 0.0, 0.0, 0.0))
    assert predicted(economy, "nvidia_revenue", "2024-Q2") == pytest.approx(9.2e10)
    assert predicted(economy, "nvidia_revenue", "2023") == pytest.approx(9.2e10)


def test_the_maps_of_capability_meet_their_anchors():
    economy = past(
        capability=np.full(20, 25.3),
        lab_capability=by_part(26.3, 25.3, 0.0),
        lab_alive=by_part(1.0, 1.0, 0.0),
    )
    assert predicted(economy, "eci", "2023-03") == pytest.approx(124.5)
    assert predicted(economy, "lab_eci", "2023-03", "openai") == pytest.approx(132.5)
    assert np.isnan(predicted(economy, "lab_eci", "2023-03", "xai"))
    assert predicted(economy, "time_horizon", "2023-03") == pytest.approx(10**0.61)
    means = OBSERVABLES["eci"]
    assert means.oom(132.5) - means.oom(124.5) == pytest.approx(1.0)
    assert means.from_oom(means.oom(131.0)) == pytest.approx(131.0)


def test_the_dead_have_no_price_but_are_worth_nothing():
    economy = past(
        lab_price=by_part(5.0, 6.0, 7.0),
        lab_alive=by_part(1.0, 0.0, 0.0),
        lab_valuation=by_part(1e9, 0.0, 0.0),
    )
    assert predicted(economy, "price_flagship", "2024-12", "openai") == 5.0
    assert np.isnan(predicted(economy, "price_flagship", "2024-12", "xai"))
    assert predicted(economy, "valuation", "2024-12", "xai") == 0.0
    assert OBSERVABLES["valuation"].oom(0.0) == -np.inf


def test_users_and_concentration():
    economy = past(segment_adoption=by_part(0.02, 0.5), lab_enterprise_share=by_part(0.5, 0.3, 0.2))
    assert predicted(economy, "users", "2024-12") == pytest.approx(1e8)
    assert predicted(economy, "enterprise_share", "2024-12", "anthropic") == pytest.approx(0.3)
    assert predicted(economy, "enterprise_hhi", "2024-12") == pytest.approx(0.38)


def test_a_loss_is_more_than_a_dollar_spent_for_a_dollar_of_revenue():
    economy = past(lab_spending=by_part(5e9, 1e9, 0.0), lab_revenue=by_part(2e9, 4e9, 0.0))
    assert predicted(economy, "spending_over_revenue", "2024", "openai") == 2.5
    assert predicted(economy, "spending_over_revenue", "2024", "anthropic") == 0.25
    assert np.isnan(predicted(economy, "spending_over_revenue", "2024", "xai"))


def test_serving_over_revenue_is_one_less_the_gross_margin():
    economy = past(lab_serving_spending=by_part(6e8, 0.0, 1e6), lab_revenue=by_part(1e9, 1e9, 0.0))
    assert predicted(economy, "serving_over_revenue", "2024", "openai") == pytest.approx(0.6)
    assert predicted(economy, "serving_over_revenue", "2024", "anthropic") == 0.0
    assert np.isnan(predicted(economy, "serving_over_revenue", "2024", "xai"))


def test_what_a_token_earns_counts_free_ones():
    # 365 USD a year for a million tokens a day is a dollar for a million
    economy = past(lab_revenue=by_part(365.0, 730.0, 1.0), lab_tokens=by_part(1e6, 1e6, 0.0))
    assert predicted(economy, "earned_per_token", "2024-12", "openai") == pytest.approx(1.0)
    assert predicted(economy, "earned_per_token", "2024-12", "anthropic") == pytest.approx(2.0)
    assert np.isnan(predicted(economy, "earned_per_token", "2024-12", "xai"))


def test_the_price_of_power_is_its_bill_over_energy():
    economy = past(flows=by_part(1.0, 1.0, 6.132e8, 3.0, 4.0), power=np.full(20, 1.0))
    # a GW for a year is 8.76e9 kWh
    assert predicted(economy, "power_price", "2024-04") == pytest.approx(0.07)
    assert predicted(economy, "power_price", "2024") == pytest.approx(0.07)
    assert predicted(economy, "data_spending", "2024") == 7.0


def test_capital_spending_is_counted_beyond_2022():
    economy = past(
        capex=np.r_[np.full(8, 1.0), np.full(4, 1e10), np.full(4, 9e9), np.full(4, 4e10)]
    )
    assert predicted(economy, "capex_added", "2024") == pytest.approx(0.67 * 3e10)
    assert predicted(economy, "capex_added", "2024-Q1") == pytest.approx(0.67 * 3e10)
    assert predicted(economy, "capex_added", "2023") == 0.0


def test_debt_is_of_the_end_of_the_quarter_and_a_margin_of_it():
    economy = past(lab_debt=by_part(GROWING, 0.0, 0.0), chip_margin=GROWING / 100.0)
    assert predicted(economy, "debt", "2024-12", "openai") == 20.0
    assert predicted(economy, "chip_margin", "2024-11") == 0.2


def test_start_ups_run_their_part_of_the_chips():
    economy = past(lab_compute=by_part(0.9, 0.45, 0.45), chips_installed=np.full(20, 10.0))
    assert predicted(economy, "startups_chip_share", "2024-12") == pytest.approx(0.2)


def test_growth_of_runs_is_over_four_years():
    economy = past(training_run=10.0 ** (np.arange(20) / 4))
    assert predicted(economy, "run_growth", "2024-05") == pytest.approx(10.0)
    with pytest.raises(OutOfRun):
        predicted(economy, "run_growth", "2023-05")


def test_what_the_run_does_not_reach_is_said():
    economy = past(rent=GROWING, lab_revenue=by_part(1.0, 1.0, 1.0))
    for date in ("2019-12", "2025-01", "2019"):
        with pytest.raises(OutOfRun, match="outside"):
            predicted(economy, "rent", date)
    with pytest.raises(OutOfRun, match="no such lab"):
        predicted(economy, "run_rate", "2024-12", "mistral")


def test_every_observable_reads_measures_there_are():
    assert set(measures_for(list(OBSERVABLES))) <= set(MEASURES)
    for name, means in OBSERVABLES.items():
        assert name == means.name and len(means.what) > 8 and means.reads
        assert means.span in ("quarter", "year", "any")


@pytest.fixture(scope="module")
def economy():
    return Past.of(Results(told("continued", 64, end="2025-Q4").recorder.dataset()))


@pytest.mark.parametrize("name", OBSERVABLES)
def test_an_observable_reads_what_it_says_it_reads_and_no_more(name, economy):
    (row, *_) = [row for row in read() if row.observable == name]
    few = Past({m: economy.arrays[m] for m in OBSERVABLES[name].reads}, economy.first, {})
    few.coords = economy.coords
    answer = predict(few, name, row.entity, row.period)
    assert np.array_equal(answer, predict(economy, name, row.entity, row.period), equal_nan=True)


def test_a_run_can_be_asked_for_every_row_of_the_record(economy):
    for row in read():
        answer = predict(economy, row.observable, row.entity, row.period)
        assert answer.shape == (64,), row
        here = answer[~np.isnan(answer)]
        assert here.size > 32 and np.all(np.isfinite(here)) and np.all(here >= 0.0), row
        assert here.mean() > 0.0, row  # in most worlds OpenAI raises nothing in just 2024


def test_a_model_and_an_ensemble_tell_the_same_past():
    story = Scenario.load("continued").change({"end": "2021-Q2"})
    names = ("lab_revenue", "rent")
    results = run(story, worlds=4, workers=1, measures=names)
    from sim.economy.model import AIEconomy

    model = AIEconomy(story, worlds=4, record=names).run()
    one, other = Past.of(results), Past.of(Results(model.recorder.dataset()))
    when = Period(4 * 2021, 4 * 2021 + 1)
    assert one.covers(when) and not one.covers(Period(4 * 2021, 4 * 2021 + 2))
    for part in (None, ("lab", "openai")):
        name = "lab_revenue" if part else "rent"
        assert np.array_equal(one.mean(name, when, part), other.mean(name, when, part))
