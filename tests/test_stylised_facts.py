"""Stylised facts: what kind of economy it is, as bands that its worlds must mostly lie in."""

import numpy as np
import pytest
from economy import at, told

WORLDS = 256
QUARTERS = [f"{year}-Q{quarter}" for year in range(2020, 2041) for quarter in (1, 2, 3, 4)]
LEVELS = {"price_constant": "2023-Q1", "price_gpt35": "2022-Q4", "price_gpt3": "2021-Q4"}


@pytest.fixture(scope="module")
def model():
    return told("continued", WORLDS)


def lab(model, measure, name, *quarters):
    """Mean of a lab's measure over quarters, (worlds,)."""
    row = model.labs.names.index(name)
    return np.mean([at(model, measure, quarter)[row] for quarter in quarters], axis=0)


def year(number):
    return [f"{number}-Q{quarter}" for quarter in (1, 2, 3, 4)]


def fall_a_year(before, after, years):
    return (before / after) ** (1.0 / years)


# --- Chips and rent ------------------------------------------------------------------------------


def test_the_rent_of_chips_can_fall_and_rise_again(model):
    """It rose by half in the year to mid-2023, and had lost that again a year later."""
    rent = model.recorder.arrays["rent"][: QUARTERS.index("2027-Q1")]
    low = np.minimum.accumulate(rent)
    fell = low < 0.8 * np.maximum.accumulate(rent)
    rose = (fell & (rent > 1.1 * low)).any(axis=0)
    assert rose.mean() > 0.5
    fell_again = rent[-1] < 0.9 * rent[QUARTERS.index("2022-Q1") :].max(axis=0)
    assert (rose & fell_again).mean() > 0.3
    always = np.diff(np.log(rent), axis=0)
    assert (always < 0.0).any(axis=0).all() and (always > 0.0).any(axis=0).all()


def test_chips_installed_more_than_double_each_year(model):
    """2.3 times a year, Epoch AI."""
    growth = fall_a_year(
        at(model, "chips_installed", "2024-Q4"), at(model, "chips_installed", "2020-Q4"), 4.0
    )
    assert 2.0 < np.median(growth) < 2.8


# --- Prices --------------------------------------------------------------------------------------


def test_a_given_capability_gets_cheaper_far_faster_than_flagships(model):
    """9 to 900 times a year (Epoch AI 2025); flagships of OpenAI went from 60 to 4-26 in three."""
    flagship = fall_a_year(
        lab(model, "lab_price", "openai", "2021-Q4"),
        lab(model, "lab_price", "openai", "2024-Q4"),
        3.0,
    )
    assert 1.0 < np.median(flagship) < 3.0
    levels = []
    for measure, since in LEVELS.items():
        years = (QUARTERS.index("2024-Q4") - QUARTERS.index(since)) / 4.0
        levels.append(fall_a_year(at(model, measure, since), at(model, measure, "2024-Q4"), years))
    assert 9.0 < np.median(np.max(levels, axis=0)) < 900.0
    assert np.all(np.median(levels, axis=1) > 4.0)
    assert np.mean(np.max(levels, axis=0) > 2.0 * flagship) > 0.9


# --- Labs ----------------------------------------------------------------------------------------


def test_final_runs_are_about_a_tenth_of_compute_for_research(model):
    """OpenAI in 2024: .4 of 5B USD, Epoch AI 2025."""
    final = lab(model, "lab_final_runs_spending", "openai", *year(2024))
    whole = lab(model, "lab_compute_spending", "openai", *year(2024))
    serving = lab(model, "lab_serving_spending", "openai", *year(2024))
    share = final / (whole - serving)
    assert np.mean((share > 0.05) & (share < 0.2)) > 0.9
    assert np.mean(whole - serving > serving) > 0.8  # research costs more than serving does


def test_margins_are_negative_early_and_less_so_later(model):
    """OpenAI lost one to two and a half times its revenue in 2024, and far more of it before."""

    def margin(number):
        revenue = lab(model, "lab_revenue", "openai", *year(number))
        spending = lab(model, "lab_spending", "openai", *year(number))
        return 1.0 - spending / np.where(revenue > 0.0, revenue, np.nan)

    assert np.mean(margin(2022) < 0.0) > 0.95 and np.mean(margin(2024) < 0.0) > 0.8
    assert -5.0 < np.median(margin(2024)) < -0.5
    early, later, late = (np.nanmedian(margin(number)) for number in (2022, 2024, 2030))
    assert early < later < late  # nan where it is gone by then
    all_labs = [
        np.median(at(model, "profit", quarter) / at(model, "revenue", quarter))
        for quarter in ("2022-Q4", "2024-Q4", "2030-Q4")
    ]
    assert all_labs == sorted(all_labs) and all_labs[1] < -1.0 < all_labs[2]


def test_shares_shift_between_labs(model):
    """OpenAI went from half of what enterprises use to a third in a year (Menlo 2024)."""
    share = [
        lab(model, "lab_enterprise_share", "openai", quarter) for quarter in ("2023-Q4", "2024-Q4")
    ]
    # luck and talent part the worlds, and in the median one it has but a quarter to begin with
    assert np.mean(share[1] < share[0]) > 0.3
    assert np.mean(at(model, "hhi", "2024-Q4") < at(model, "hhi", "2023-Q4")) > 0.3
    leads = [
        at(model, "lab_revenue", quarter).argmax(axis=0)
        for quarter in ("2024-Q4", "2029-Q4", "2034-Q4")
    ]
    changed = [(one != then).mean() for one, then in zip(leads[:-1], leads[1:], strict=True)]
    assert all(0.2 < share < 0.9 for share in changed), changed


def test_runs_grow_four_to_five_times_a_year(model):
    """Sevilla and Roldan 2024: 4.1 times a year for notable models, 4.5 for the largest."""
    growth = fall_a_year(
        at(model, "training_run", "2024-Q2"), at(model, "training_run", "2020-Q2"), 4.0
    )
    assert 3.0 < np.median(growth) < 5.0
