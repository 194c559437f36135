"""Beliefs: Kalman's rule by hand, and against the posterior that Bayes' rule gives."""

import numpy as np
import pytest
from economy import at, started, toy, variant
from hypothesis import given
from hypothesis import strategies as st

from sim.economy.model import AIEconomy
from sim.equations.beliefs import drifting, kalman, mood, pooled_signal
from sim.inputs.scenario import Scenario

variance = st.floats(1e-4, 1e2)
level = st.floats(-3.0, 3.0)


def test_equally_sure_of_prior_and_signal_is_half_way():
    # Variances 0.04 and 0.04: gain 1/2; from 1.0 and a signal of 0.4 to 0.7, variance 0.02.
    mean, left = kalman(1.0, 0.04, 0.4, 0.04, True)
    assert (mean, left) == (pytest.approx(0.7), pytest.approx(0.02))


def test_a_doubtful_mind_moves_further_than_a_faithful_one():
    # Gain 0.09/(0.09 + 0.03) = 3/4: 1 + 3/4 (0.2 - 1) = 0.4. Gain 0.01/(0.01 + 0.03) = 1/4: 0.8.
    assert kalman(1.0, 0.09, 0.2, 0.03, True)[0] == pytest.approx(0.4)
    assert kalman(1.0, 0.01, 0.2, 0.03, True)[0] == pytest.approx(0.8)


def test_nothing_seen_nothing_learned():
    mean, left = kalman(np.array([1.0, 1.0]), 0.04, 0.0, 0.01, np.array([False, True]))
    np.testing.assert_allclose(mean, [1.0, 0.2])
    np.testing.assert_allclose(left, [0.04, 0.008])


def test_doubt_grows_with_time():
    # A random walk of 0.2 a root year: 0.04 a year, 0.01 a quarter.
    assert drifting(0.05, 0.2, 0.25) == pytest.approx(0.06)
    assert drifting(0.05, 0.2, 1.0) == pytest.approx(drifting(drifting(0.05, 0.2, 0.5), 0.2, 0.5))
    assert drifting(0.05, 0.0, 9.0) == 0.05


@given(level, variance, level, variance)
def test_it_is_bayes_rule_for_normal_beliefs(prior, doubt, signal, noise):
    mean, left = kalman(prior, doubt, signal, noise, True)
    precision = 1.0 / doubt + 1.0 / noise  # precisions add up, and weigh what is believed
    assert 1.0 / left == pytest.approx(precision)
    assert mean == pytest.approx((prior / doubt + signal / noise) / precision, abs=1e-9)
    assert min(prior, signal) - 1e-12 <= mean <= max(prior, signal) + 1e-12
    assert left < doubt


@given(level, variance, st.lists(st.tuples(level, variance), min_size=2, max_size=2))
def test_the_order_of_news_does_not_matter(prior, doubt, news):
    results = []
    for order in (news, news[::-1]):
        mean, left = prior, doubt
        for signal, noise in order:
            mean, left = kalman(mean, left, signal, noise, True)
        results.append((mean, left))
    assert results[0] == pytest.approx(results[1])


def test_many_looks_find_the_truth():
    mean, left = 1.0, 0.04
    signals = 0.3 + 0.2 * np.random.default_rng(0).standard_normal(400)
    for signal in signals:
        mean, left = kalman(mean, left, signal, 0.04, True)
    # the prior counts as one look of 401: (1 + 400 x mean of signals)/401, variance 0.04/401
    assert mean == pytest.approx((1.0 + signals.sum()) / 401.0)
    assert left == pytest.approx(0.04 / 401.0)


def test_releases_of_a_quarter_are_pooled_by_hand():
    # Slopes of .8 and .2 from 3 and 1 OOM: (9 x .8 + .2)/10 = .74, variance .6^2/10; the third is
    # not shown. The first hears only the second, and the other way round.
    gained, counts = np.array([[3.0], [1.0], [7.0]]), np.array([[1.0], [1.0], [0.0]])
    signal, noise, seen = pooled_signal(np.array([[0.8], [0.2], [9.0]]), gained, counts, 0.6, 0.1)
    np.testing.assert_allclose(signal[:, 0], [0.2, 0.8, 0.74, 0.74])
    np.testing.assert_allclose(noise[:, 0], [0.36, 0.04, 0.036, 0.036])
    np.testing.assert_allclose(seen[:, 0], [1.0, 9.0, 10.0, 10.0])


def test_four_releases_are_four_looks_and_not_sixteen():
    # Each adds 1 OOM with a noise of .6: .36/4 = .09. Four OOM at once would tell .0225.
    ones = np.ones((4, 1))
    _, noise, _ = pooled_signal(ones, ones, ones, 0.6, 0.1)
    assert noise[-1, 0] == pytest.approx(0.09)
    np.testing.assert_allclose(noise[:-1], 0.12)  # of the three others


# --- In the economy ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sobered():
    """A story in which compute stops buying anything early, told to 2030."""
    story = Scenario.load("continued").change(
        {
            "scaling.regime": "plateau",
            "scaling.onset": 25.0,
            "scaling.late_slope": 0.0,
            "beliefs.doubt": 0.2,
            "end": "2030-Q4",
            "labs.openai.strategy": "believer",
        }
    )
    return AIEconomy(story, worlds=24).run()


def test_labs_and_investors_learn_of_a_plateau_and_believers_do_not(sobered):
    names = sobered.labs.names
    believed = at(sobered, "lab_belief", "2030-Q4")
    first = started(
        sobered.scenario, 0, 24
    ).labs.research.learning.belief  # faith differs from the start
    np.testing.assert_array_equal(believed[names.index("openai")], first[names.index("openai")])
    assert first.std() > 0.05
    for lab in ("google", "anthropic"):
        assert np.all(believed[names.index(lab)] < 0.85)
    assert np.all(at(sobered, "belief", "2030-Q4") < 0.9)


def test_nobody_learns_where_nobody_releases(tmp_path):
    model = AIEconomy(toy(tmp_path, research__release_delay=0.0), worlds=8, record=False)
    quiet = 0
    for _ in range(12):  # two labs that release in the same quarter of each year
        labs, investors = model.labs.research.learning.belief, model.investors.learnt
        model.step()
        silent = ~(model.labs.research.gained > 0.0).any(axis=0)
        quiet += silent.sum()
        assert np.all(model.investors.learnt[silent] == investors[silent])
        assert np.all(model.labs.research.learning.belief[:, silent] == labs[:, silent])
    assert quiet == 9 * 8


def test_news_moves_every_belief_by_its_size_at_once(tmp_path):
    event = '[[events]]\ndate = 2022-07-01\nwhat = "A leak"\nset = { "beliefs.news" = -0.3 }\n'
    told = variant(tmp_path, event)
    quarter = told.quarters.index("2022-Q3")
    before, plain, heard = (
        started(story, steps)
        for story, steps in ((told, quarter), ("continued", quarter + 1), (told, quarter + 1))
    )
    assert np.all(before.investors.learnt > 0.8)
    np.testing.assert_allclose(heard.investors.learnt, plain.investors.learnt - 0.3)
    np.testing.assert_allclose(heard.investors.belief, plain.investors.belief - 0.3)
    moved = heard.labs.research.learning.belief - plain.labs.research.learning.belief
    np.testing.assert_allclose(moved, -0.3)


def test_a_mood_fades_and_wanders():
    # Of .2 a life later e^-1 is left; a wandering of .1 in the long run moves in a quarter of a
    # life of two years by .1 sqrt(1 - e^-.25); a result of .05 is added.
    assert mood(0.2, 0.25, 0.0, 1.0, 0.0) == pytest.approx(0.2 * np.exp(-1.0))
    moved = mood(0.0, 2.0, 0.1, 1.0, 0.05)
    assert moved == pytest.approx(0.1 * np.sqrt(1.0 - np.exp(-0.25)) + 0.05)
