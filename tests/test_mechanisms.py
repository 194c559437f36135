"""What the data can tell: comparisons by hand, the stored table, and what is taken away."""

from dataclasses import replace

import mechanisms
import numpy as np
import pytest
from economy import at
from mechanisms import MECHANISMS, Sizes, drawing_from, fitted, taken_away

from sim import parameters
from sim.economy.agents import customer, weighing
from sim.economy.agents.cloud import Clouds
from sim.economy.agents.offers import Offers
from sim.economy.model import AIEconomy
from sim.equations import valuation
from sim.errors import BadInput
from sim.history.backtest.scores import Score
from sim.history.record.rows import fingerprint
from sim.history.record.rows import read as rows_of_record
from sim.history.validation.asked_for import CALLED, in_words, what_the_data_can_tell
from sim.history.validation.mechanisms import (
    ABOUT,
    NOT_ASKED,
    PERIODS,
    SHIPPED,
    STATES,
    VERDICTS,
    Compared,
    Mechanism,
    Table,
    compared,
    read,
    write,
)
from sim.inputs.scenario import Scenario

ROWS = rows_of_record()
SCORED = [trial for trial in MECHANISMS if trial.can_be_scored]
BY_NAME = {trial.name: trial for trial in MECHANISMS}
# In nearly all worlds they do nothing by the end of 2025: that is what the data can tell of them.
IDLE = {"power supply that answers price"}


def scored(row, crps, error=0.1):
    """A score of a row, of which only these count."""
    return Score(row, 1.0, 1.0, 1.0, error, crps, True, 1.0, 10, 0.0, None, None)


def one_of_each_series(count):
    """Rows of the record of so many series."""
    return list({row.series: row for row in ROWS}.values())[:count]


# --- The comparison ------------------------------------------------------------------------------


def test_a_gain_is_the_difference_of_means_and_its_error_is_known_by_hand():
    rows = one_of_each_series(3)
    with_it = [scored(row, crps, -0.1) for row, crps in zip(rows, (0.1, 0.2, 0.3), strict=True)]
    without = [scored(row, crps, 0.3) for row, crps in zip(rows, (0.2, 0.2, 0.6), strict=True)]
    found = compared([with_it], without)
    assert found.rows == 3 and found.crps_with == pytest.approx(0.2)
    assert found.gain == pytest.approx(0.4 / 3)
    assert (found.error_with, found.error_without) == pytest.approx((0.1, 0.3))
    # differences .1, 0 and .3 about their mean: the standard error of a mean of three
    assert found.se == pytest.approx(np.std([0.1, 0.0, 0.3], ddof=1) / np.sqrt(3))


def test_rows_of_a_series_are_not_as_many_independent_facts():
    one, other = one_of_each_series(2)
    rows = [replace(one, id=f"{n}") for n in range(9)] + [other]
    worse = [0.2] * 9 + [0.1]
    found = compared([[scored(row, 0.1) for row in rows]], list(map(scored, rows, worse)))
    assert found.se > 1.5 * np.std(np.array(worse) - 0.1, ddof=1) / np.sqrt(10)


def test_what_a_seed_of_the_fit_moves_counts_as_error():
    rows = one_of_each_series(4)
    fits = [[scored(row, crps) for row in rows] for crps in (0.1, 0.2)]
    found = compared(fits, [scored(row, 0.3) for row in rows])
    assert found.gain == pytest.approx(0.15)
    assert found.se == pytest.approx(np.sqrt(np.var([0.1, 0.2], ddof=1) * 1.5))


def test_what_never_acts_gains_nothing_for_certain():
    rows = one_of_each_series(4)
    fits = [[scored(row, crps) for row in rows] for crps in (0.1, 0.2)]
    found = compared(fits, fits[0])
    assert (found.gain, found.se) == (0.0, 0.0)


def test_only_rows_that_all_could_score_are_compared():
    rows = one_of_each_series(3)
    found = compared([[scored(row, 0.1) for row in rows]], [scored(row, 0.1) for row in rows[:2]])
    assert found.rows == 2
    with pytest.raises(BadInput, match="no row was scored"):
        compared([[scored(rows[0], 0.1)]], [scored(rows[1], 0.1)])


def said(gain, se, name="a", in_sample=0.0, as_fitted=None):
    """A mechanism with so much of a gain in the unseen years."""
    gains = {"in sample": in_sample, "as fitted": gain if as_fitted is None else as_fitted}
    scores = {
        period: Compared(100, 0.2, 0.2 + gains.get(period, gain), 0.1, 0.1, se)
        for period in PERIODS
    }
    return Mechanism(name, "here", "there", "nothing", scores=scores)


def test_a_verdict_asks_for_two_standard_errors():
    for gain, verdict in ((0.03, "asks"), (0.01, "does not tell"), (-0.03, "against")):
        assert said(gain, 0.01).verdict == verdict
    assert said(0.0, 0.01).verdict == "does not tell", "it may gain .02"
    assert said(0.0, 0.001).verdict == said(0.0, 0.0).verdict == "not asked"
    assert said(0.001, 1e-6).verdict == said(-0.001, 1e-6).verdict == "not asked", "it is nothing"
    assert Mechanism("a", "b", "missing", "c").verdict == ""
    assert set(CALLED) == set(VERDICTS)


def test_what_is_told_as_well_by_dials_fitted_with_it_is_not_asked_for():
    assert said(0.004, 0.003, as_fitted=0.0).verdict == "does not tell"
    assert said(0.003, 0.002, as_fitted=0.0).verdict == "not asked"
    assert said(0.03, 0.002, as_fitted=0.0).verdict == "asks", "a fit of its own decides"


def test_fitted_years_decide_only_where_the_unseen_do_not():
    for gain, verdict in ((0.03, "asks"), (0.01, "in sample"), (0.0, "in sample")):
        assert said(gain, 0.01, in_sample=0.03).verdict == verdict
    assert said(-0.03, 0.01, in_sample=0.03).verdict == "against"
    assert said(0.01, 0.01, in_sample=-0.03).verdict == "does not tell"


def test_every_mechanism_is_named_once_in_words():
    told = {"asks": 0.03, "against": -0.03, "does not tell": 0.01}
    some = [said(gain, 0.01, name) for name, gain in told.items()]
    some += [said(0.0, 0.001, "not asked"), said(0.0, 0.01, "in sample", 0.03)]
    lines = in_words(some).split("\n")
    assert len(lines) == len(VERDICTS)
    assert sorted(line.rpartition(": ")[2] for line in lines) == sorted(f"{v}." for v in VERDICTS)
    assert in_words([]).count("none") == len(VERDICTS)


# --- The stored table ----------------------------------------------------------------------------

TABLE = Table(
    dict.fromkeys(ABOUT, "10") | {"fits": "own", "last": "2025"},
    (
        replace(said(0.03, 0.01), dial="demand.strength", unit="OOM", prior=(1.0, 2.0, 3.0)),
        replace(said(0.0, 0.001, "b"), prior=(1.0, 2.0, 3.0), posterior=(1.5, 2.0, 2.5)),
        Mechanism("absent", "nowhere", "missing", "what it would take, in a line"),
    ),
)


def test_a_table_reads_back_as_it_was_written(tmp_path):
    file = tmp_path / "table.csv"
    write(file, TABLE)
    assert read(file) == TABLE


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("mechanism,where", "mechanism,place", "has not the head"),
        ("# seeds", "# seedy", "has not the head"),
        (",missing,", ",lost,", "state is 'lost'"),
        ("0.23", "0.2x", "no number"),
    ],
)
def test_a_table_that_was_spoilt_is_refused_in_a_sentence(tmp_path, old, new, says):
    file = tmp_path / "table.csv"
    write(file, TABLE)
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(BadInput, match=says) as refused:
        read(file)
    assert "make mechanisms" in str(refused.value) and len(refused.value.problems) == 1


def test_the_section_has_a_line_for_each_and_says_if_it_is_old(tmp_path):
    file, base = tmp_path / "table.csv", Scenario.load("continued")
    write(file, TABLE)
    old = what_the_data_can_tell(base, ROWS, file)
    assert "have changed since" in old
    assert "of 2 comparisons chance takes 0.1 beyond" in " ".join(old.split())
    assert "| +0.030 ± 0.010 | +0.030 ± 0.010 | asks for it |" in old
    assert "**does not ask for it**" in old and "- absent (nowhere): what it would take" in old
    assert old.count("\n| b | ") == 1, "a dial with both intervals"
    hashes = {
        "scenario_sha256": base.without_calibration().hash,
        "record_sha256": fingerprint(ROWS),
        "fits": "shipped",
    }
    write(file, replace(TABLE, about={**TABLE.about, **hashes}))
    quick = what_the_data_can_tell(base, ROWS, file)
    assert "have changed since" not in quick
    assert "No other dial was fitted anew" in quick and "No other dial" not in old


def test_the_shipped_table_has_every_mechanism():
    made = read(SHIPPED)
    assert [told.mechanism for told in made.mechanisms] == [trial.name for trial in MECHANISMS]
    for told in made.mechanisms:
        assert set(told.scores) in ({*PERIODS}, set())
        assert bool(told.scores) == BY_NAME[told.mechanism].can_be_scored
    assert "What the data can tell" in what_the_data_can_tell(Scenario.load("continued"), ROWS)


def test_a_dial_says_so_whose_mechanism_the_record_does_not_ask_for():
    for told in read(SHIPPED).mechanisms:
        if told.dial:
            source = parameters.find(told.dial).source
            assert (NOT_ASKED in source) == told.not_asked_for, f"{told.dial}: {told.verdict}"


# --- What is taken away --------------------------------------------------------------------------


def test_mechanisms_are_told_apart_and_have_dials_that_exist():
    assert len(BY_NAME) == len(MECHANISMS)
    base = Scenario.load("continued").without_calibration()
    for trial in MECHANISMS:
        assert trial.state in STATES and trial.where and trial.without
        assert trial.can_be_scored or trial.state != "there"
        if trial.dial:
            assert parameters.find(trial.dial)
            assert bool(trial.free) != (trial.dial in base.uncertain), trial.name
    assert set(base.uncertain) < set(mechanisms.opened(base).uncertain)


END = {"end": "2025-Q4"}


def with_and_without(name, worlds=12):
    """The economy to the end of 2025, twice."""
    trial, story = BY_NAME[name], Scenario.load("continued").change(END)
    with_it = AIEconomy(story, worlds=worlds).run()
    with taken_away(trial):
        changed = story.change(trial.changes) if trial.changes else story
        return with_it, AIEconomy(changed, worlds=worlds).run()


@pytest.mark.parametrize("trial", SCORED, ids=lambda trial: trial.name)
def test_what_is_taken_away_is_missed(trial):
    """Some measure moves by the end of 2025, but for what is known to do nothing by then."""
    with_it, without = with_and_without(trial.name, 4)
    moved = [
        name
        for name in (
            "price_flagship",
            "revenue",
            "hhi",
            "capability",
            "chips_installed",
            "lab_valuation",
        )
        if name in with_it.recorder.arrays
        and not np.allclose(at(with_it, name, "2025-Q4"), at(without, name, "2025-Q4"), rtol=1e-6)
    ]
    assert bool(moved) == (trial.name not in IDLE), moved


def test_what_was_taken_away_is_there_again():
    places = (
        (weighing.demand, "deeper"),
        (customer, "DEVELOPERS"),
        (Offers, "price"),
        (Offers, "_best_price"),
        (valuation, "fading_growth"),
        (Clouds, "building"),
    )
    before = [getattr(*place) for place in places]
    for trial in SCORED:
        with taken_away(trial):
            pass
    assert before == [getattr(*place) for place in places]


def test_first_order_is_the_tangent_of_fading_growth():
    exact = valuation.fading_growth
    for rate in (0.2, 0.5, 2.0):
        assert mechanisms.first_order(0.0, rate) == pytest.approx(exact(0.0, rate), rel=1e-6)
        slope = (exact(1e-4, rate) - exact(0.0, rate)) / 1e-4
        assert mechanisms.first_order(1.0, rate) - 1.0 / rate == pytest.approx(slope, rel=1e-3)
        assert mechanisms.first_order(2.0, rate) < exact(2.0, rate)


def test_a_ratio_margin_goes_with_cost_and_an_additive_one_does_not():
    """Twice the cost is twice the price wanted, and less than that with the logit's margin."""
    model = AIEconomy(Scenario.load("continued").change(END), worlds=4)
    for _ in range(18):
        model.step()
    offers, labs = model.labs.planning.offers, model.labs
    cost = labs.plan.unit_cost
    closed = (~labs.open)[:, None] & labs.plan.on_offer[0] & (labs.sold.paid[0] > 1e-3)
    own = offers._best_price(2.0 * cost)[0] / offers._best_price(cost)[0]
    ratio = mechanisms.ratio_margin(offers, 2.0 * cost) / mechanisms.ratio_margin(offers, cost)
    np.testing.assert_allclose(ratio, 2.0)
    assert closed.any() and np.median(own[closed]) < 1.6


def test_a_successor_is_priced_anew_only_without():
    """After a release its price is the wanted one, where it else moves part of the way."""
    model = AIEconomy(Scenario.load("continued").change(END), worlds=8)
    for _ in range(16):
        model.step()
    while not (model.labs.research.shipped & ~model.labs.open[:, None]).any():
        model.step()
    labs, offers = model.labs, model.labs.planning.offers
    released = labs.research.shipped & ~labs.open[:, None] & labs.plan.on_offer[0]
    cost, before = labs.plan.unit_cost, labs.plan.price
    drift, wanted = offers.drift, offers.wanted

    def priced(how):
        offers.drift, offers.wanted = drift, wanted
        return how(offers, cost)[0]

    inherited, anew = priced(Offers.price), priced(mechanisms.price_of_its_own)
    np.testing.assert_array_equal(inherited[~released], anew[~released])
    moved, whole = (np.abs(np.log(price / before[0]))[released] for price in (inherited, anew))
    assert np.median(whole) > np.median(moved)
    assert "_limit" not in vars(offers) and model.customers.was_on_offer.any()


def test_buildings_by_price_cost_as_much_in_early_2023():
    model = AIEconomy(Scenario.load("continued").change(END), worlds=4)
    dials = model.dials
    model.chipmakers.price = dials.chips.price + np.zeros(model.size)
    found = mechanisms.building_by_price(model.clouds)
    np.testing.assert_allclose(found, dials.compute.building * dials.power.draw)


def test_thinking_for_all_is_billed_by_the_token():
    with_it, without = with_and_without("thinking only where it is worth it", 6)
    by_token = [market.by_token for market in without.customers.buyers.markets]
    assert not all(market.by_token for market in with_it.customers.buyers.markets)
    assert all(by_token)
    deep = [choice.deep for choice in without.customers.choices if choice.market.deep]
    assert all(np.all(part == 1.0) for part in deep)


# --- The script ----------------------------------------------------------------------------------

FEW = ("demand.strength", "demand.agents", "scaling.algorithms_speed", "demand.elasticity")


@pytest.fixture(scope="module")
def small():
    """The scenario with four uncertain dials, so that fits are short."""
    base = Scenario.load("continued").without_calibration()
    sure = {name: setting.value for name, (setting, _) in base.uncertain.items() if name not in FEW}
    return base.change(sure)


@pytest.fixture(scope="module")
def rows():
    kept = ("run_rate", "price_flagship", "tokens", "enterprise_share")
    return [row for row in ROWS if row.observable in kept]


def test_the_script_compares_and_stores(small, rows, tmp_path, monkeypatch, capsys):
    few = tuple(BY_NAME[name] for name in (
        "strength of each lab in each segment", "power supply that answers price",
        "China as a market of its own"))  # fmt: skip
    monkeypatch.setattr(mechanisms, "MECHANISMS", few)
    monkeypatch.setattr(mechanisms.Scenario, "load", lambda name: small)
    monkeypatch.setattr(mechanisms, "read", lambda: rows)
    file = tmp_path / "table.csv"
    sizes = ["--worlds", "200", "--rounds", "1", "--tried", "32", "--seeds", "2"]
    kept = ["--kept", str(tmp_path / "kept"), "--out", str(file)]
    assert mechanisms.main([*sizes, *kept]) == 0
    made = read(file)
    assert made.is_of(small, rows) and not made.is_of(small, rows[1:])
    strength, power, china = made.mechanisms
    assert set(strength.scores) == set(PERIODS) and strength.scores["unseen"].se > 0.0
    both = strength.scores["2024"].rows + strength.scores["2025"].rows
    assert strength.scores["unseen"].rows == both
    assert power.scores["unseen"].gain == power.scores["unseen"].se == 0.0
    assert power.verdict == "not asked" and china.verdict == ""
    low, middle, high = strength.prior
    assert low < middle < high and strength.posterior is not None
    assert not (tmp_path / "kept").exists()
    assert "gain" in capsys.readouterr().out


def test_quick_takes_the_shipped_fits_as_they_are(tmp_path, monkeypatch):
    few = (BY_NAME["agents: deeper use from year to year"], BY_NAME["additive logit margin"])
    monkeypatch.setattr(mechanisms, "MECHANISMS", few)
    monkeypatch.setattr(mechanisms, "fitted", None)
    file = tmp_path / "table.csv"
    assert mechanisms.main(["--quick", "--tried", "16", "--seeds", "1", "--out", str(file)]) == 0
    made, taste = read(file), Scenario.load("continued").calibration.columns["demand.taste"]
    assert made.about["fits"] == "shipped" and made.is_of(Scenario.load("continued"), ROWS)
    assert made.mechanisms[1].posterior[1] == pytest.approx(np.median(taste), rel=1e-5)
    assert made.mechanisms[1].prior[0] == 0.04
    assert all(told.scores["unseen"].rows > 200 for told in made.mechanisms)


def test_a_year_is_scored_by_a_fit_that_had_not_seen_it(small, rows):
    sizes = Sizes(200, 1, 32, 1)
    until = fitted(small, rows, "2023", 0, sizes, "a")
    later = [
        replace(row, value=100.0 * row.value) if row.period.last >= 2024 * 4 else row
        for row in rows
    ]
    again = fitted(small, later, "2023", 0, sizes, "a")
    assert until.text() == again.text()
    story = drawing_from(until)
    assert story.calibration.model_error == until.weighted.error.total
    assert set(story.calibrated) == set(until.informed)


@pytest.mark.parametrize(
    ("flags", "says"), [(["--worlds", "0"], "worlds"), (["--scenario", "nope"], "nope")]
)
def test_what_cannot_be_is_refused_in_a_sentence(flags, says, capsys, tmp_path):
    out = tmp_path / "table.csv"
    assert mechanisms.main([*flags, "--out", str(out)]) == 2
    assert says in capsys.readouterr().err and not out.exists()
