"""What the model is off by: the process by hand, how large it is found to be, and honest bands."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from sim.dates import quarter_of
from sim.history.backtest.scores import ABSENT_IS_OFF_BY
from sim.history.forecast.dates import Date
from sim.history.forecast.discrepancy import BEGIN, Between, Discrepancy, Factors
from sim.history.forecast.fitting import PRIOR, SIZES, Hindcast, fit, misses
from sim.history.forecast.residuals import filled
from sim.history.forecast.run import foretold
from sim.history.record.past import Past
from sim.history.record.periods import label_of, period_of
from sim.history.record.rows import read

ROWS = [row for row in read() if row.means.log]
RENT = next(row for row in ROWS if row.observable == "rent")
SMALL = 1e-6


def at(date, series=("rent", "market"), row=RENT, value=None, sure=1.0 + 1e-9):
    """A row known without error, or nearly."""
    period, when = period_of(date)
    value = row.value if value is None else value
    return replace(
        row, id=f"{series[0]}{date}", observable=series[0], entity=series[1], date=date,
        period=period, when=when, value=value, low=value / sure, high=value * sure,
    )  # fmt: skip


def asked(date, series=("rent", "market"), group="chips_and_rent"):
    period, when = period_of(date)
    return Date(group, *series, period, when)


# --- The process ---------------------------------------------------------------------------------


def test_two_rows_of_a_series_by_hand():
    size = Discrepancy(0.1, 0.03, 0.2, 0.05, 0.07, memory=2.0)
    known, later = at("2023"), asked("2025")
    told = size.given([known], [later])
    since, level = 2023.5 - BEGIN, 0.1**2 + 0.2**2
    drift = (0.03**2 + 0.05**2) * since
    here = level + drift + 0.07**2 + known.error**2
    there = level * np.exp(-1.0) + drift  # two years apart, one memory
    assert told.weights == pytest.approx(np.array([[there / here]]))
    whole = level + (0.03**2 + 0.05**2) * (2025.5 - BEGIN) + 0.07**2
    assert told.covariance == pytest.approx(np.array([[whole - there**2 / here]]))


def test_series_share_what_their_group_shares_and_groups_nothing():
    size = Discrepancy(level_group=0.1, drift_group=SMALL, level_series=0.2, drift_series=SMALL)
    other, apart = ("chip_price", "market"), ("users", "market")
    there = [asked("2023"), asked("2023", other), asked("2023", apart, "tokens_and_users")]
    shared = size.shared(Between.of([at("2023")], there))
    assert shared == pytest.approx(np.array([[0.01 + 0.04, 0.01, 0.0]]), abs=1e-9)


def test_a_group_has_factors_of_its_own():
    plain = Discrepancy()
    twice = replace(plain, factors={"chips_and_rent": Factors(2.0, 3.0)})
    rows = [at("2023"), at("2024")]
    assert twice.shared(Between.of(rows, rows)) == pytest.approx(
        4.0 * plain.shared(Between.of(rows, rows))
    )
    assert twice.alone(rows) == pytest.approx(9.0 * plain.alone(rows))


def test_a_forecast_starts_from_the_residual_last_seen_and_strays_with_the_horizon():
    size = Discrepancy(own=SMALL)
    known = [at("2024-Q4"), at("2025-Q4")]
    quarters = [asked(f"{year}-Q{n}") for year in range(2026, 2031) for n in (1, 2, 3, 4)]
    told = size.given(known, [asked("2025-Q4"), *quarters])
    assert told.weights[0] == pytest.approx([0.0, 1.0], abs=1e-3), "all of the last, none before"
    assert (told.weights[1:, 1] > np.abs(told.weights[1:, 0])).all()
    assert (np.diff(told.weights[:, 1]) < 0.0).all(), "it fades"
    spread = np.sqrt(np.diag(told.covariance))
    assert spread[0] == pytest.approx(0.0, abs=1e-3) and (np.diff(spread) > 0.0).all()


def test_a_level_that_is_forgotten_leaves_the_drift():
    size = Discrepancy(drift_group=0.1, drift_series=0.1, own=SMALL, memory=0.05)
    told = size.given([at("2025-Q4")], [asked("2029-Q4")])
    drift = 0.02 * (at("2025-Q4").when - BEGIN)
    assert told.weights[0, 0] == pytest.approx(drift / (drift + 0.1**2 + 0.15**2), rel=1e-3)


def test_an_unsure_observation_counts_for_less():
    sure, unsure = at("2025-Q4"), at("2025-Q4", sure=3.0)
    weights = [
        Discrepancy().given([row], [asked("2026-Q1")]).weights[0, 0] for row in (sure, unsure)
    ]
    assert weights[0] > 1.5 * weights[1] > 0.0


def test_residuals_of_each_world_are_carried_on():
    """Worlds and discrepancy are normal: mean and spread after the record, in closed form."""
    luck, worlds = np.random.default_rng(4), 40_000
    then = 0.3 * luck.normal(size=worlds)
    now = then + 0.05 + 0.1 * luck.normal(size=worlds)
    past = Past({"rent": 10.0 ** np.array([then, now])}, quarter_of("2025-Q4"), {})
    row, later = at("2025-Q4", value=10.0**0.4, sure=1.2), asked("2026-Q1")
    size = Discrepancy()
    found = foretold(past, [row], [later], size)[0]
    spread = size.of_rows([row, later])
    told = spread[1, 0] / (spread[0, 0] + row.error**2)
    assert found.mean() == pytest.approx(now.mean() + told * (0.4 - then.mean()), abs=0.01)
    left = spread[1, 1] - told * spread[1, 0]
    assert found.var() == pytest.approx(np.var(now - told * then) + left, rel=0.03)
    assert 0.5 < told < 1.0, "most of the residual last seen"


# --- Worlds that have nothing --------------------------------------------------------------------


def test_a_world_without_it_is_taken_as_the_median_of_the_others():
    ooms = np.array([[1.0, 2.0, 4.0, -np.inf, np.nan], [0.0, 0.0, 0.0, -9.0, 9.0], [np.nan] * 5])
    found = filled(ooms)
    assert found[0].tolist() == [1.0, 2.0, 4.0, 2.0, 2.0]
    assert found[1].tolist() == [0.0, 0.0, 0.0, -ABSENT_IS_OFF_BY, ABSENT_IS_OFF_BY]
    assert np.isnan(found[2]).all()


# --- How large it is -----------------------------------------------------------------------------


def hindcasts(discrepancy, luck, spread=0.05):
    """Worlds that say nothing but the truth less a draw of a discrepancy, one path for all."""
    covariance = discrepancy.shared(Between.of(ROWS, ROWS)) + np.diag(
        discrepancy.alone(ROWS) + np.array([row.error**2 for row in ROWS])
    )
    missed = np.linalg.cholesky(covariance) @ luck.normal(size=len(ROWS))
    mean = np.array([row.oom for row in ROWS]) - missed
    worlds = spread**2 * np.eye(len(ROWS))
    return [Hindcast(year, ROWS, mean, worlds) for year in (2022, 2023)], missed


def test_the_density_of_misses_is_that_of_the_joint_normal():
    """log p(missed | known) = log p(both) - log p(known), of worlds that do not differ."""
    both, _ = hindcasts(PRIOR, np.random.default_rng(1), spread=0.0)
    one = max(misses(both, quarter_of("2024-Q4")), key=lambda one: len(one.missed))
    rows = [*one.known, *one.missed]
    noise = PRIOR.alone(rows) + np.array([row.error**2 for row in rows])
    covariance = PRIOR.shared(Between.of(rows, rows)) + np.diag(noise)
    residuals = np.concatenate([one.residual, one.miss])
    known = len(one.known)
    joint = multivariate_normal(cov=covariance).logpdf(residuals)
    before = multivariate_normal(cov=covariance[:known, :known]).logpdf(one.residual)
    constant = 0.5 * len(one.missed) * np.log(2.0 * np.pi)
    assert one.log_density(PRIOR) == pytest.approx(joint - before + constant)


def test_misses_are_of_the_two_years_after_an_origin_and_no_later_than_allowed():
    both, _ = hindcasts(PRIOR, np.random.default_rng(1))
    until = quarter_of("2024-Q2")
    found = misses(both, until)
    years = {(row.period.last // 4) for one in found for row in one.missed}
    assert years == {2023, 2024}
    for one in found:
        assert all(row.group == one.group for row in [*one.known, *one.missed])
        assert max(row.period.last for row in one.missed) <= until
        assert min(row.period.first for row in one.missed) > max(
            (row.period.last for row in one.known), default=0
        )


def test_without_a_miss_it_is_what_was_thought_before():
    assert fit([], quarter_of("2024-Q4")) == PRIOR


@pytest.mark.parametrize("times", [0.5, 2.5])
def test_large_and_small_misses_are_told_apart(times):
    planted = replace(PRIOR, **{name: times * getattr(PRIOR, name) for name in SIZES[:5]})
    both, _ = hindcasts(planted, np.random.default_rng(2))
    found = fit(both, quarter_of("2024-Q4"))
    later = [asked("2026-Q1")]

    def size(one):
        return float(np.sqrt(one.shared(Between.of(later, later))[0, 0] + one.alone(later)[0]))

    assert abs(np.log(size(found) / size(planted))) < abs(np.log(size(PRIOR) / size(planted)))


def test_bands_hold_what_they_say_in_a_synthetic_record():
    """Fitted until 2023 and 2024, in plants of one discrepancy: nine rows of ten of 2025."""
    planted = replace(PRIOR, level_group=0.2, level_series=0.25, own=0.1)
    luck, held = np.random.default_rng(3), []
    for _ in range(6):
        both, missed = hindcasts(planted, luck, spread=0.0)
        found = fit(both, quarter_of("2024-Q4"))
        for group in ("revenue", "prices", "chips_and_rent", "funding_and_valuation"):
            here = [i for i, row in enumerate(ROWS) if row.group == group]
            known = [i for i in here if ROWS[i].period.last <= quarter_of("2024-Q4")]
            later = [i for i in here if i not in known]
            told = found.given([ROWS[i] for i in known], [ROWS[i] for i in later])
            errors = np.array([ROWS[i].error for i in later])
            spread = np.sqrt(np.diag(told.covariance) + errors**2)
            held += (np.abs(missed[later] - told.weights @ missed[known]) < 1.645 * spread).tolist()
    assert len(held) > 300 and 0.82 < np.mean(held) < 0.97


def test_labels_of_dates_are_those_of_the_record():
    assert asked("2026-Q3").date == "2026-Q3" == label_of(period_of("2026-Q3")[0])
    assert asked("2026").date == "2026"
