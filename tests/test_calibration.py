"""Calibration: planted dials are found again, and what was found is drawn as it was found."""

import shutil

import numpy as np
import pytest
from economy import ROOT, TWO_LABS

from sim.__main__ import main
from sim.dates import quarter_label
from sim.errors import BadInput
from sim.history.calibration import pool as pool_module
from sim.history.calibration import rounds
from sim.history.calibration.emulator import Emulator, Moments, terms_of
from sim.history.calibration.likelihood import TAILS, USUAL
from sim.history.calibration.plan import Plan
from sim.history.calibration.pool import pool_of
from sim.history.calibration.posterior import Posterior
from sim.history.calibration.rounds import Question
from sim.history.calibration.run import calibrate
from sim.history.calibration.sampling import (
    Proposal,
    effective,
    log_prior_over_drawn,
    normalised,
    quantiles,
    resample,
    temper,
)
from sim.history.calibration.weighing import FACTORS, likeliest_error, weigh
from sim.history.record.observables import OBSERVABLES
from sim.history.record.periods import period_of
from sim.history.record.rows import Row, by_series
from sim.inputs.scenario import Scenario

DIALS = {
    "scaling.algorithms_speed": (0.15, 0.9),
    "capital.budget_growth": (0.15, 0.5),
    "costs.serving_progress": (0.05, 0.6),
    "chips.price_trend": (0.05, 0.2),
    "demand.threshold_households": (26.0, 27.4),
    "demand.potential_households": (5e10, 2e12),
}
SERIES = {
    "total_run_rate": ("market", "revenue"),
    "run_rate": ("first", "revenue"),
    "tokens": ("market", "tokens_and_users"),
    "users": ("market", "tokens_and_users"),
    "largest_run": ("market", "training_runs"),
    "run_cost": ("market", "training_runs"),
    "chips_installed": ("market", "chips_and_rent"),
    "rent": ("market", "chips_and_rent"),
    "chip_price": ("market", "chips_and_rent"),
    "price_flagship": ("first", "prices"),
    "price_mini": ("second", "prices"),
    "eci": ("market", "capability"),
}
DATES = ("2021-Q2", "2022-Q2", "2022-Q4")
PLANTS, POOL = 40, 3072


def row(observable, entity, group, date, value=None, spread=1.2):
    means = OBSERVABLES[observable]
    period, when = period_of(date)
    value = value or float(means.from_oom(10.0))
    low, high = (value / spread, value * spread) if means.log else (value - 2.0, value + 2.0)
    return Row(
        f"{observable} {entity} {date}",
        group,
        observable,
        entity,
        date,
        value,
        low,
        high,
        means.unit,
        "made up",
        "high",
        "",
        period,
        when,
    )


ROWS = [
    row(name, entity, group, date) for name, (entity, group) in SERIES.items() for date in DATES
]


def story(folder):
    file = folder / "toy.toml"
    file.write_text(TWO_LABS)
    quiet = {"demand.strength": 0.0, "scaling.talent": 0.0, "costs.design_luck": 0.05}
    future = {"scaling.onset": (28.0, 30.0), "end": "2022-Q4"}
    return Scenario.load(file).change({**DIALS, **quiet, **future})


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    return story(tmp_path_factory.mktemp("toy"))


@pytest.fixture(scope="module")
def pool(toy):
    """Worlds drawn from the prior, and an emulator of them; plants, and what is true of these."""
    rng = np.random.default_rng(7)
    draws = rng.standard_normal((len(DIALS), POOL))
    planted = rng.standard_normal((len(DIALS), PLANTS))
    moments = Moments.none(len(terms_of(draws[:, :1], 2)), len(ROWS))
    with pool_of(1) as pool:
        normals = dict(zip(DIALS, draws, strict=True))
        for at, predicted in pool.simulate(toy, ROWS, 1, np.arange(POOL), normals):
            moments.add(terms_of(draws[:, at], 2), predicted)
        normals = dict(zip(DIALS, planted, strict=True))
        [(_, truth)] = pool.simulate(toy, ROWS, 2, np.arange(PLANTS), normals)
    return draws, Emulator.fit(2, moments), planted, truth


def observed(truth, rng, size=USUAL):
    """A record of a world, with all the errors that the likelihood counts on."""
    error = np.zeros(len(ROWS))
    by_group = {one.group: size.group * rng.standard_normal() for one in ROWS}
    for places in by_series(ROWS).values():
        tail = np.sqrt(TAILS / rng.chisquare(TAILS))
        error[places] += tail * size.series * rng.standard_normal()
        for i in places:
            error[i] += tail * np.hypot(size.own, ROWS[i].error) * rng.standard_normal()
    ooms = [truth[i] + error[i] + by_group[one.group] for i, one in enumerate(ROWS)]
    return [
        row(one.observable, one.entity, one.group, one.date, float(one.means.from_oom(oom)))
        for one, oom in zip(ROWS, ooms, strict=True)
    ]


def test_planted_dials_are_found_again(pool):
    """Inside the 90 % interval in eight of ten plants or more; and narrower than the prior."""
    draws, emulator, planted, truth = pool
    rng = np.random.default_rng(3)
    inside, widths = np.zeros((len(DIALS), PLANTS), bool), np.zeros((len(DIALS), PLANTS))
    for k in range(PLANTS):
        rows = observed(truth[:, k], rng)
        weights, power, _ = weigh(rows, USUAL, emulator, draws, np.zeros(POOL), 10.0)
        assert power == 1.0
        for i, z in enumerate(draws):
            low, high = quantiles(z, weights, (0.05, 0.95))
            inside[i, k] = low <= planted[i, k] <= high
            widths[i, k] = (high - low) / 3.29
    assert inside.mean(axis=1).min() >= 0.8, dict(zip(DIALS, inside.mean(axis=1), strict=True))
    assert 0.85 <= inside.mean() <= 0.97
    assert widths.mean(axis=1).min() < 0.65 and widths.mean() < 0.88


@pytest.mark.parametrize("factor", [0.35, 1.0])
def test_the_size_of_the_models_error_is_found_too(pool, factor):
    draws, emulator, _, truth = pool
    rng = np.random.default_rng(4)
    found = [
        likeliest_error(
            observed(truth[:, k], rng, USUAL.times(factor)), emulator, draws, np.zeros(POOL)
        ).total
        / USUAL.total
        for k in range(20)
    ]
    assert set(np.round(found, 6)) <= set(FACTORS)
    assert 0.7 * factor < np.exp(np.mean(np.log(found))) < 1.5 * factor


# --- The method ----------------------------------------------------------------------------------


def test_the_emulator_tells_dials_from_luck(toy, pool):
    """It predicts what worlds never seen predict, but for their luck, whose size it knows."""
    _, emulator, planted, truth = pool
    apart = truth - emulator.mean(planted)
    luck = np.sqrt(np.diag(emulator.luck))
    assert np.all(np.linalg.eigvalsh(emulator.luck) > -1e-9)
    assert 0.4 < np.median(apart.std(axis=1) / luck) < 1.6
    moves = truth.std(axis=1) > 0.01
    assert np.median(apart.std(axis=1)[moves] / truth.std(axis=1)[moves]) < 0.8


def test_importance_sampling_finds_a_known_posterior():
    """Normal prior and likelihood in four dials: mean and variance in closed form."""
    dials, error, seen = 4, 0.2, np.array([1.5, -1.0, 0.5, 0.0])
    draws, weights = np.empty((dials, 0)), np.empty(0)
    proposals, sizes = [], [3000] * 4
    for number in range(4):
        fit = Proposal.fitted(draws, weights) if number else Proposal.first(dials)
        proposals.append(fit)
        draws = np.c_[draws, fit.draw(np.random.default_rng(number), 3000)]
        log = -0.5 * np.square((draws - seen[:, None]) / error).sum(axis=0)
        ratio = log_prior_over_drawn(draws, proposals, sizes[: number + 1])
        power = temper(ratio, log, 300.0)
        weights = normalised(ratio + power * log)
        assert weights.sum() == pytest.approx(1.0) and effective(weights) >= 299.0
    assert power == 1.0
    exact = seen / (1.0 + error**2)
    assert draws @ weights == pytest.approx(exact, abs=0.02)
    spread = np.sqrt(np.square(draws - exact[:, None]) @ weights)
    assert spread == pytest.approx(np.full(4, error / np.hypot(1.0, error)), rel=0.1)
    kept = resample(weights, 1000, np.random.default_rng(0))
    assert draws[:, kept].mean(axis=1) == pytest.approx(exact, abs=0.03)


def test_resampling_keeps_each_draw_as_often_as_it_weighs():
    weights = np.array([0.5, 0.0, 0.3, 0.2])
    places = resample(weights, 1000, np.random.default_rng(1))
    assert np.bincount(places, minlength=4) == pytest.approx(1000 * weights, abs=1.0)
    assert quantiles(np.arange(4.0), weights, [0.25, 0.65]) == pytest.approx([0.0, 2.0])


# --- The command's work --------------------------------------------------------------------------


def run(story, folder=None, **more):
    lines = []
    how = {"worlds": 1200, "seed": 5, "rounds": 2, "keep": 300, "workers": 1, "cache": folder}
    return calibrate(story, ROWS, Plan("2022-12-31", **(how | more)), say=lines.append), lines


@pytest.fixture(scope="module")
def finished(toy, tmp_path_factory):
    folder = tmp_path_factory.mktemp("rounds")
    return *run(toy, folder), folder


def test_it_says_how_good_it_is(finished):
    found, lines, _ = finished
    assert (
        found.weighted.weights.sum() == pytest.approx(1.0) and len(found.weighted.weights) == 1200
    )
    assert [one.worlds for one in found.weighted.rounds] == [600, 600]
    assert found.weighted.rounds[-1].effective == pytest.approx(effective(found.weighted.weights))
    assert 100.0 <= found.weighted.rounds[-1].effective <= 1200.0
    assert len(lines) == 3 and "independent" in lines[-1]
    assert set(found.informed) <= set(DIALS) and len(found.informed) >= 2


def test_what_history_does_not_decide_is_left_alone(toy, finished):
    found = finished[0]
    assert "scaling.onset" not in found.columns() and "scaling.onset" in found.not_informed
    assert set(found.columns()) | set(found.not_informed) == {*DIALS, "scaling.onset"}
    later, _ = run(toy.change({"power.connection_growth": (0.5, 0.8)}), worlds=400)
    assert "OOM" in later.not_informed["power.connection_growth"]


def test_a_stopped_one_goes_on_where_it_was(toy, finished, monkeypatch):
    found, _, folder = finished
    (folder / "round_2.npz").write_bytes(b"half a file")
    ran = []
    predicted_by = pool_module.predicted_by

    def counted(job, *more):
        ran.append(len(job.worlds))
        return predicted_by(job, *more)

    monkeypatch.setattr(pool_module, "predicted_by", counted)
    again, _ = run(toy, folder)
    assert sum(ran) == 600 + 8 + 2 * 64 * len(DIALS), "the first round is not run again"
    assert np.array_equal(again.weighted.weights, found.weighted.weights)
    assert again.text() == found.text()
    ran.clear()
    run(toy, folder, seed=6, worlds=400)
    assert sum(ran) > 400, "other settings, other rounds"


def test_any_number_of_workers_finds_the_same(toy, finished):
    both, _ = run(toy, workers=2)
    assert both.text() == finished[0].text()


def test_rows_it_cannot_use_are_named(toy):
    rows = [
        *ROWS,
        row("eci", "market", "capability", "2024-Q1"),
        row("run_rate", "openai", "revenue", "2022-Q1"),
    ]
    found = calibrate(toy, rows, Plan("2022", worlds=200, rounds=1, workers=1))
    assert set(found.left_out) == {"eci market 2024-Q1", "run_rate openai 2022-Q1"}
    assert len(found.rows) == len(ROWS)
    about = found.about()
    assert about["rows_outside_dates"] == 1 and len(about["rows_left_out"]) == 1
    assert about["last_row"] == quarter_label(max(row.period.last for row in ROWS))


def test_a_name_and_a_path_are_taken_and_a_date_is_no_plan():
    for scenario, rows, plan, words in (
        ("continud", ROWS, Plan("2022"), "'continued'"),
        ("continued", "x.csv", Plan("2022"), "x.csv: there is no such file"),
        ("continued", None, Plan("2010"), "no row of the record lies from 2020-Q1"),
        ("continued", None, "2022", "plan: '2022' is no plan"),
    ):
        with pytest.raises(BadInput, match=words):
            calibrate(scenario, rows, plan)


def test_what_came_of_it_is_shown_in_a_line(toy, finished):
    found = finished[0]
    question = Question(toy, found.rows, found.dials, found.plan)
    moments = Moments.none(3, len(found.rows))
    parts = [found, found.weighted, question, moments, Emulator.fit(1, moments)]
    for part in (*parts, *found.weighted.proposals):
        said = repr(part)
        assert said.startswith(type(part).__name__) and len(said) < 160 and "\n" not in said


# --- Bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        (["--until", "yesterday"], "--until: 'yesterday'"),
        (["--until", "2024-Q9"], "--until: '2024-Q9'"),
        (["--until", "2019"], "no row"),
        (["--until", "2022", "--worlds", "10"], "worlds"),
        (["--until", "2022", "--rounds", "0"], "rounds"),
        (["--until", "2022", "--keep", "0"], "keep"),
        (["--until", "2022", "--seed", "-1"], "seed"),
        (["--until", "2022", "--workers", "0"], "workers"),
        (["--until", "2022", "--record", "missing.csv"], "missing.csv"),
        (["--until", "2022", "--out", "fit.txt"], "--out"),
        (["--until", "2022", "--out", "../a b.csv"], "--out"),
        (["--until", "2022", "--set", "demand.elasticty=1"], "elasticity"),
    ],
)
def test_a_bad_command_is_one_line_and_writes_nothing(tmp_path, monkeypatch, capsys, wrong, word):
    monkeypatch.chdir(tmp_path)
    assert main(["calibrate", "continued", "--quiet", *wrong]) == 2
    out, err = capsys.readouterr()
    assert not out and word in err and len(err.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_the_command_writes_a_file_that_a_scenario_takes(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenarios").mkdir()
    story(tmp_path / "scenarios")
    ranges = [f"--set={dotted}=[{low}, {high}]" for dotted, (low, high) in DIALS.items()]
    more = ["--worlds", "200", "--rounds", "1", "--keep", "50", "--workers", "1", *ranges]
    assert main(["calibrate", "toy", "--until", "2022", *more]) == 0
    out, _ = capsys.readouterr()
    assert "toy-until-2022-Q4.csv" in out and "Moved most" in out
    found = Scenario.load("toy").change({**DIALS, "calibration": "toy-until-2022-Q4"})
    assert found.calibrated and len(found.calibration) == 50


def test_a_stopped_command_says_how_it_goes_on(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    story(tmp_path)
    ranges = [f"--set={dotted}=[{low}, {high}]" for dotted, (low, high) in DIALS.items()]
    more = ["--worlds", "200", "--rounds", "2", "--workers", "1", "--out", "fit.csv", *ranges]
    next_round = rounds.next_round

    def stopped(question, so_far, *more):
        if so_far.rounds:
            raise KeyboardInterrupt
        return next_round(question, so_far, *more)

    with monkeypatch.context() as patch:
        patch.setattr("sim.history.calibration.run.next_round", stopped)
        assert main(["calibrate", "toy.toml", "--until", "2022", *more]) == 130
    assert "Finished rounds are in .fit.rounds" in capsys.readouterr().err
    assert not (tmp_path / "fit.csv").exists()
    assert main(["calibrate", "toy.toml", "--until", "2022", *more]) == 0
    assert "Round 1 of 2 (kept)" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fit.csv", "toy.toml"]


def test_where_nothing_is_written_nothing_is_left(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    story(tmp_path)
    monkeypatch.setattr(Posterior, "informed", [])
    ranges = [f"--set={dotted}=[{low}, {high}]" for dotted, (low, high) in DIALS.items()]
    more = ["--worlds", "200", "--rounds", "1", "--workers", "1", "--out", "fit.csv", *ranges]
    assert main(["calibrate", "toy.toml", "--until", "2022", *more]) == 2
    assert "so nothing is written" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["toy.toml"]


FILE = "scenarios/calibrations/continued-until-2024-Q4.csv"


@pytest.fixture
def elsewhere_with_ours(tmp_path, monkeypatch):
    (tmp_path / FILE).parent.mkdir(parents=True)
    shutil.copy(ROOT / FILE, tmp_path / FILE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("more", [[], ["--worlds", "400", "--rounds", "1"], ["--out", FILE]])
def test_a_calibration_that_is_there_is_not_written_over_unless_told(
    elsewhere_with_ours, capsys, monkeypatch, more
):
    """With whatever settings, and by whatever name: scenarios draw from it."""
    monkeypatch.setattr("sim.history.calibration.run.calibrate", None)  # nothing is run
    assert main(["calibrate", "--until", "2024-12-31", *more]) == 2
    said = capsys.readouterr().err
    assert f"calibrate: {FILE} is there already" in said and "--replace" in said
    assert len(said.strip().splitlines()) == 1
    assert (elsewhere_with_ours / FILE).read_bytes() == (ROOT / FILE).read_bytes()


def test_a_calibration_is_written_over_when_told_and_is_the_same_again(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    story(tmp_path)
    ranges = [f"--set={dotted}=[{low}, {high}]" for dotted, (low, high) in DIALS.items()]
    more = ["--worlds", "200", "--rounds", "1", "--workers", "1", "--out", "fit.csv", *ranges]
    words = ["calibrate", "toy.toml", "--until", "2022", *more]
    assert main(words) == 0
    first = (tmp_path / "fit.csv").read_bytes()
    assert main(words) == 2 and "--replace" in capsys.readouterr().err
    assert main([*words, "--replace"]) == 0
    assert (tmp_path / "fit.csv").read_bytes() == first
