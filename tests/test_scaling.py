"""Scaling laws: published results, hand cases, conservation and limits."""

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sim.equations import capability, data, scaling
from sim.equations.capability import REGIMES
from sim.equations.scaling import (
    LAWS,
    ScalingLaw,
    effective_tokens,
    loss,
    optimal_allocation,
    training_allocation,
)

CHINCHILLA = 5.76e23  # FLOP of Chinchilla and Gopher (Hoffmann et al. 2022, table 3)
laws = st.sampled_from(list(LAWS))
budgets = st.floats(15.0, 32.0).map(lambda oom: 10.0**oom)
token_counts = st.floats(6.0, 18.0).map(lambda oom: 10.0**oom)


def effective_flop(parameters, tokens, law="besiroglu2024"):
    """What a run is worth."""
    return scaling.flop_of_loss(loss(parameters, tokens, law), law)


def serving_aware_allocation(loss, tokens_served, law="besiroglu2024"):
    """A second way to the same: least 6ND + 2NQ that reaches a reducible loss.

    Sardana et al. 2024: alpha A N^-alpha = (1 + Q/(3D)) beta B D^-beta. With v = B D^-beta / loss
    this reads (1 + beta/alpha) v + (beta/alpha) q v^(1 + 1/beta) = 1, where q = Q/3 over the
    tokens that would do with endless parameters. The log of the left side is convex in log v with
    a slope between 1 and 1 + 1/beta, so Newton's steps from above fall to the root and never pass.
    Nothing served gives the compute-optimal model; an infinite loss needs no model.
    """
    law = scaling.scaling_law(law)
    power = 1.0 + 1.0 / law.beta
    with np.errstate(divide="ignore"):
        log_loss = np.minimum(np.log(loss), 1e4)  # so that an infinite loss gives 0, not nan
        log_served = np.log(np.divide(tokens_served, 3.0))
    log_least_tokens = (np.log(law.B) - log_loss) / law.beta
    train = np.log1p(law.beta / law.alpha)
    serve = np.log(law.beta / law.alpha) + log_served - log_least_tokens
    v = np.minimum(-train, -serve / power)  # log of v: where either term alone reaches one
    for _ in range(5):
        of_training = np.exp(train + v)
        of_serving = np.exp(serve + power * v)
        both = of_training + of_serving
        v = v - np.log(both) * both / (of_training + power * of_serving)
    tokens = np.exp(log_least_tokens - v / law.beta)
    parameters = np.exp((np.log(law.A) - log_loss - np.log(-np.expm1(v))) / law.alpha)
    return parameters, tokens


# --- Published results ---------------------------------------------------------------------------


def test_optimum_of_besiroglu_is_about_the_size_of_chinchilla():
    # Besiroglu et al. 2024: their fit agrees with the 20 tokens a parameter of Chinchilla (70e9
    # parameters, 1.4e12 tokens). By hand: G = (.3478 * 482.01 / (.3658 * 2085.43))^(1/.7136)
    # = .2198^1.4013 = .1196, and N = .1196 * (9.6e22)^.5126 = 7.22e10.
    parameters, tokens = optimal_allocation(CHINCHILLA, "besiroglu2024")
    assert parameters == pytest.approx(7.22e10, rel=2e-3)
    assert parameters == pytest.approx(70e9, rel=0.05)
    assert tokens == pytest.approx(1.4e12, rel=0.06)
    assert tokens / parameters == pytest.approx(20.0, rel=0.1)


def test_optimum_of_hoffmann_depends_on_the_digits_of_the_exponents():
    # Besiroglu et al. 2024 on rounding. By hand: G = (.3392 * 406.4 / (.2849 * 410.7))
    # ^(1/.6241) = 1.1781^1.6023 = 1.3004, and N = 1.3004 * (9.6e22)^.4565 = 4.03e10.
    parameters, tokens = optimal_allocation(CHINCHILLA, "hoffmann2022")
    assert parameters == pytest.approx(4.03e10, rel=2e-3)
    assert tokens / parameters == pytest.approx(59.0, rel=5e-3)

    printed = ScalingLaw(E=1.69, A=406.4, B=410.7, alpha=0.34, beta=0.28)  # equation 10
    parameters, tokens = optimal_allocation(CHINCHILLA, printed)
    assert tokens / parameters == pytest.approx(93.0, rel=5e-3)
    assert parameters == pytest.approx(32e9, rel=0.02)


def test_four_epochs_are_nearly_free_and_forty_are_not():
    # Muennighoff et al. 2023, section 6: an 8.7e9 model that sees 178e9 tokens as
    # four epochs of 44e9 ends with a loss at most 0.5 % above that of fresh tokens.
    fresh, unique, size = 178e9, 44.5e9, 8.7e9
    law = LAWS["besiroglu2024"]
    once = law.E + loss(size, fresh)
    four = law.E + loss(size, effective_tokens(unique, fresh))
    assert once < four < 1.005 * once
    # By hand: 1 + 15.4 (1 - exp(-3/15.4)) = 3.726 epochs' worth out of 4, 93 %.
    assert effective_tokens(1.0, 4.0) == pytest.approx(3.726, abs=1e-3)
    assert effective_tokens(1.0, 40.0) / 40.0 < 0.4
    assert effective_tokens(1.0, 1e9) == pytest.approx(16.4)


def test_serving_a_trillion_tokens_makes_a_smaller_model_trained_longer():
    # Sardana et al. 2024, abstract: with demand near the training tokens it pays to train models
    # "smaller and longer than Chinchilla-optimal"; savings grow with demand.
    parameters, tokens = optimal_allocation(CHINCHILLA)
    target = loss(parameters, tokens)
    small, longer = serving_aware_allocation(target, 2e12)
    assert small < 0.85 * parameters and longer > 1.2 * tokens
    aware = 6 * small * longer + 2 * small * 2e12
    naive = 6 * parameters * tokens + 2 * parameters * 2e12
    assert 0.9 * naive < aware < naive


# --- Hand cases ----------------------------------------------------------------------------------


def test_loss_of_a_round_law_by_hand():
    law = ScalingLaw(E=1.0, A=10.0, B=20.0, alpha=0.5, beta=0.5)
    assert loss(100.0, 400.0, law) == pytest.approx(10.0 / 10.0 + 20.0 / 20.0)
    # Equal exponents: aA N^-.5 = bB D^-.5, so D = 4 N and 6 N 4N = 2400 gives N = 10.
    parameters, tokens = optimal_allocation(2400.0, law)
    assert parameters == pytest.approx(10.0) and tokens == pytest.approx(40.0)
    assert law.exponent == pytest.approx(0.25)


def test_no_compute_no_model():
    assert optimal_allocation(0.0) == (0.0, 0.0)
    assert training_allocation(0.0, 1e12, 1e12) == (0.0, 0.0)
    assert effective_flop(0.0, 1e12) == 0.0 and effective_flop(1e9, 0.0) == 0.0
    assert loss(0.0, 1e12) == np.inf
    assert effective_tokens(0.0, 0.0) == 0.0 and effective_tokens(0.0, 1e12) == 0.0
    assert serving_aware_allocation(np.inf, 1e12) == (0.0, 0.0)


def test_an_unknown_law_is_named():
    with pytest.raises(ValueError, match="kaplan.*besiroglu2024"):
        loss(1e9, 1e9, "kaplan")


def test_arrays_of_any_shapes_broadcast():
    flop, unique, served = np.full((3, 1, 1), 1e24), np.full((4, 1), 1e12), np.full(5, 1e13)
    parameters, tokens = training_allocation(flop, unique, served)
    assert parameters.shape == tokens.shape == (3, 4, 5)
    alone = training_allocation(1e24, 1e12, 1e13)
    np.testing.assert_allclose(parameters, alone[0], rtol=1e-12)
    assert serving_aware_allocation(np.full((3, 1), 0.2), served)[0].shape == (3, 5)


def test_equations_need_numpy_alone():
    code = (
        "import sys, sim.equations.scaling, sim.equations.demand, sim.equations.pricing,"
        " sim.equations.indices; print(sorted({'mesa', 'pandas', 'scipy', 'xarray'} &"
        " set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- Properties ----------------------------------------------------------------------------------


@given(budgets, laws)
def test_an_optimal_run_is_worth_its_budget(flop, law):
    parameters, tokens = optimal_allocation(flop, law)
    assert 6.0 * parameters * tokens == pytest.approx(flop, rel=1e-12)
    assert effective_flop(parameters, tokens, law) == pytest.approx(flop, rel=1e-10)
    assert LAWS[law].scale * flop ** -LAWS[law].exponent == pytest.approx(
        loss(parameters, tokens, law), rel=1e-12
    )


@given(st.floats(6, 13), st.floats(6, 16), laws)
def test_no_run_is_worth_more_than_it_cost_and_more_never_hurts(size, data, law):
    parameters, tokens = 10.0**size, 10.0**data
    worth = effective_flop(parameters, tokens, law)
    assert worth <= 6.0 * parameters * tokens * (1 + 1e-9)
    assert effective_flop(2.0 * parameters, tokens, law) > worth
    assert effective_flop(parameters, 2.0 * tokens, law) > worth


@given(token_counts, st.floats(0.0, 1e4))
def test_repeated_tokens_are_worth_less_each_time(unique, epochs):
    seen = unique * epochs
    worth = effective_tokens(unique, seen)
    if epochs <= 1.0:
        assert worth == seen
    assert worth <= seen
    assert worth <= unique * (1.0 + scaling.REPETITION_DECAY) * (1 + 1e-12)
    assert effective_tokens(unique, 1.1 * seen) >= worth
    assert effective_tokens(1.1 * unique, seen) >= worth


@given(st.floats(-3.0, 1.0).map(lambda x: 10.0**x), st.floats(9.0, 17.0), laws)
def test_serving_aware_reaches_the_loss_at_less_cost_than_its_neighbours(target, served, law):
    served = 10.0**served
    parameters, tokens = serving_aware_allocation(target, served, law)
    assert loss(parameters, tokens, law) == pytest.approx(target, rel=1e-10)
    cost = 6.0 * parameters * tokens + 2.0 * parameters * served
    constants = LAWS[law]
    for step in (0.98, 1.02):
        size = parameters * step
        room = target - constants.A * size**-constants.alpha
        if room > 0.0:
            data = (constants.B / room) ** (1.0 / constants.beta)
            assert 6.0 * size * data + 2.0 * size * served >= cost * (1 - 1e-12)
    more = serving_aware_allocation(target, 2.0 * served, law)
    assert more[0] < parameters and more[1] > tokens


@given(budgets, laws)
def test_a_model_that_serves_nobody_is_compute_optimal(flop, law):
    best = optimal_allocation(flop, law)
    np.testing.assert_allclose(
        serving_aware_allocation(loss(*best, law), 0.0, law), best, rtol=1e-9
    )
    np.testing.assert_allclose(training_allocation(flop, np.inf, 0.0, law), best, rtol=1e-9)


@given(budgets, token_counts, laws)
def test_both_allocations_agree_where_nothing_repeats(flop, served, law):
    parameters, tokens = training_allocation(flop, np.inf, served, law)
    assert 6.0 * parameters * tokens == pytest.approx(flop, rel=1e-12)
    same = serving_aware_allocation(loss(parameters, tokens, law), served, law)
    np.testing.assert_allclose(same, (parameters, tokens), rtol=1e-6)


@given(budgets, token_counts, st.just(0.0) | token_counts, laws)
def test_training_allocation_beats_its_neighbours(flop, unique, served, law):
    """No move along 'same loss' saves training plus serving FLOP: its slope is zero there."""
    parameters, tokens = training_allocation(flop, unique, served, law)
    constants = LAWS[law]
    fitting = scaling.fitting_parameters(unique, law)
    assume(tokens < 100.0 * unique and parameters < 30.0 * fitting)  # beyond, no loss falls

    def cost_of(size):
        """Training plus serving FLOP of reaching the same loss with another size."""
        counted = scaling.effective_parameters(np.array([parameters, size]), fitting)
        target = loss(counted[0], effective_tokens(unique, tokens), law)
        room = target - constants.A * counted[1] ** -constants.alpha
        if room <= 0.0:
            return np.inf
        worth = (constants.B / room) ** (1.0 / constants.beta)
        seen = worth
        if worth > unique:
            left = 1.0 - (worth / unique - 1.0) / scaling.REPETITION_DECAY
            if left <= 0.0:
                return np.inf
            seen = unique * (1.0 - scaling.REPETITION_DECAY * math.log(left))
        return 6.0 * size * seen + 2.0 * size * served

    # A cost is lost to rounding where repetition is worn out, hence the wide steps and tolerance.
    cost = 6.0 * parameters * tokens + 2.0 * parameters * served
    assert cost_of(0.9 * parameters) >= cost * (1 - 1e-6)
    assert cost_of(1.1 * parameters) >= cost * (1 - 1e-6)


@given(budgets, token_counts, st.just(0.0) | token_counts, laws)
def test_service_makes_smaller_models_and_scarce_data_larger_ones(flop, unique, served, law):
    parameters, _ = training_allocation(flop, unique, served, law)
    more_service = training_allocation(flop, unique, 2.0 * served, law)
    assert more_service[0] <= parameters * (1 + 1e-6)
    # Of data so only where larger models do not wear out on them as well.
    scarce = training_allocation(flop, unique, served, law, excess=1e9)
    assume(scarce[1] < 100.0 * unique)  # beyond, neither adds anything
    more_data = training_allocation(flop, 2.0 * unique, served, law, excess=1e9)
    assert more_data[0] <= scarce[0] * (1 + 1e-6)


def worth_of(size, flop, unique, law, decay, excess):
    """OOM of effective compute of a model of one size, where both repeat and exceed."""
    fitting = scaling.fitting_parameters(unique, law)
    counted = scaling.effective_parameters(size, fitting, excess)
    useful = effective_tokens(unique, flop / (6.0 * size), decay)
    return np.log10(effective_flop(counted, useful, law))


@pytest.mark.parametrize("oom", [18.0, 22.0, 26.0, 28.0, 30.0])
@pytest.mark.parametrize("unique", [1e9, 1e11, 1e13])
@given(law=laws, decays=st.sampled_from([(15.4, 5.31), (15.4, 1e6), (5.0, 2.0)]))
def test_no_other_size_is_worth_more_where_nothing_is_served(oom, unique, law, decays):
    flop = 10.0**oom
    parameters, tokens = training_allocation(flop, unique, 0.0, law, *decays)
    assert 6.0 * parameters * tokens == pytest.approx(flop)
    best = worth_of(10.0 ** np.linspace(4.0, 17.0, 2001), flop, unique, law, *decays).max()
    assert worth_of(parameters, flop, unique, law, *decays) >= best - 1e-9


def test_a_data_wall_by_numbers():
    # 10e12 unique tokens and 1e28 FLOP: worth 7.0e27 were parameters in excess as good as others.
    for excess, worth in ((1e9, 7.0e27), (5.31, 2.4e27)):
        size, _ = training_allocation(1e28, 10e12, 0.0, excess=excess)
        got = 10.0 ** worth_of(size, 1e28, 10e12, "besiroglu2024", 15.4, excess)
        assert got == pytest.approx(worth, rel=0.01)


sizes = st.floats(8.0, 14.0).map(lambda oom: 10.0**oom)
reads = st.floats(-1.0, 2.0).map(lambda oom: 10.0**oom)


@given(sizes, st.floats(9.0, 15.0), reads, laws)
def test_returns_are_derivatives(size, unique, epochs, law):
    """Of compute in the law's proportion, of tokens at one size, of unique text."""
    unique, step = 10.0**unique, 1e-4
    epochs *= 1.001 if abs(epochs - 1.0) < 1e-3 else 1.0
    seen, constants = epochs * unique, LAWS[law]

    def worth(more_size, more_seen, more_text):
        text = unique * np.exp(more_text)
        counted = scaling.effective_parameters(
            size * np.exp(more_size), scaling.fitting_parameters(text, law)
        )
        useful = effective_tokens(text, seen * np.exp(more_seen))
        return np.log10(effective_flop(counted, useful, law))

    def slope(*way):
        there, back = (worth(*(sign * step * part for part in way)) for sign in (1.0, -1.0))
        return (there - back) / (2.0 * step)

    grows = constants.beta / (constants.alpha + constants.beta)
    of_compute = slope(grows, 1.0 - grows, 0.0) * np.log(10.0)
    of_tokens = slope(0.0, 1.0, 0.0) * np.log(10.0)
    near = {"rel": 2e-3, "abs": 1e-5}
    run = scaling.counted(size, unique, seen, law)
    assert np.log10(scaling.flop_of_loss(run.loss, law)) == pytest.approx(worth(0.0, 0.0, 0.0))
    assert scaling.return_to_compute(run) == pytest.approx(min(of_compute, 1.0), **near)
    assert scaling.return_to_tokens(run) == pytest.approx(min(of_tokens, 1.0), **near)
    assert scaling.data_elasticity(run) == pytest.approx(slope(0.0, 0.0, 1.0), **near)


@given(st.floats(0.05, 20.0), st.floats(0.05, 0.9), st.floats(0.1, 0.9))
def test_the_part_of_a_run_is_its_elasticity(experiments, share, substitution):
    def log_useful(log_run, more=0.0):
        run, tried = np.exp(log_run), experiments * np.exp(more)
        return np.log(capability.useful_run(run, tried, 2.0, share, substitution))

    measured = (log_useful(1e-5) - log_useful(-1e-5)) / 2e-5
    got = capability.part_of_run(1.0, experiments, 2.0, share, substitution)
    assert got == pytest.approx(measured, rel=1e-4, abs=1e-6)
    rest = (log_useful(0.0, 1e-5) - log_useful(0.0, -1e-5)) / 2e-5
    assert 1.0 - got == pytest.approx(rest, rel=1e-4, abs=1e-6)


def test_runs_and_data_that_fit_by_hand():
    # Experiments as usual: the run itself. Four times as usual at a substitution of 1/2 (harmonic).
    assert capability.useful_run(10.0, 20.0, 2.0, 0.3, 0.5) == pytest.approx(10.0)
    assert capability.useful_run(10.0, 80.0, 2.0, 0.5, 0.5) == pytest.approx(16.0)
    law = ScalingLaw(E=1.0, A=10.0, B=20.0, alpha=0.5, beta=0.5)  # 4 tokens a parameter
    assert scaling.fitting_parameters(40.0, law) == pytest.approx(10.0)
    assert scaling.effective_parameters(9.0, 10.0, 5.0) == 9.0
    worth = 10.0 * (1.0 + 5.0 * (1.0 - np.exp(-0.2)))
    assert scaling.effective_parameters(20.0, 10.0, 5.0) == pytest.approx(worth)


@given(token_counts, laws)
def test_without_more_data_the_return_to_compute_falls(unique, law):
    flop = 10.0 ** np.arange(18.0, 30.0)
    parameters, _ = training_allocation(flop, unique, 0.0, law)
    theta = worth_of(parameters, flop, unique, law, scaling.REPETITION_DECAY, scaling.EXCESS_DECAY)
    gains = np.diff(theta)
    assert (gains > -1e-9).all() and (gains <= 1.0 + 1e-6).all()  # none once both wear out
    assert (np.diff(gains) < 1e-6).all()


def test_training_allocation_is_finite_everywhere():
    flop = np.array([0.0, 1e-9, 1.0, 1e6, 1e20, 1e40])[:, None, None]
    unique = np.array([0.0, 1.0, 1e9, 1e30, np.inf])[:, None]
    served = np.array([0.0, 1.0, 1e15, 1e25])
    parameters, tokens = training_allocation(flop, unique, served)
    assert np.isfinite(parameters).all() and np.isfinite(tokens).all()
    assert (parameters >= 0.0).all() and (tokens >= 0.0).all()


# --- Regimes and other sources of capability -----------------------------------------------------


@given(st.floats(15.0, 45.0), st.floats(20.0, 40.0), st.floats(0.0, 1.0))
def test_regimes_are_identical_before_the_onset(theta, onset, late_slope):
    for name, regime in REGIMES.items():
        gained = regime(theta, onset, late_slope)
        assert gained <= theta + 1e-12
        if name == "power_law" or theta <= onset - capability.BEND / 2.0:
            assert gained == theta


def test_regimes_by_hand():
    assert capability.power_law(30.0, 28.0, 0.1) == 30.0
    assert capability.plateau(30.0, 28.0, 0.1) == pytest.approx(28.2)
    assert capability.broken(30.0, 28.0, 0.1) == pytest.approx(28.2)
    assert capability.broken(28.0, 28.0, 0.0) == pytest.approx(28.0 - 0.125)
    theta = np.linspace(25.0, 31.0, 601)
    slope = np.diff(capability.broken(theta, 28.0, 0.2)) / np.diff(theta)
    assert slope.max() <= 1.0 + 1e-9 and slope.min() >= 0.2 - 1e-9
    assert np.abs(np.diff(slope)).max() < 0.01  # no kink


def test_test_time_and_post_training_gains():
    assert capability.test_time_gain(1.0, 0.5, 2.0) == 0.0
    assert capability.test_time_gain(0.5, 0.5, 2.0) == 0.0
    # A distant limit leaves half an OOM for every OOM of tokens.
    assert capability.test_time_gain(100.0, 0.5, 1e6) == pytest.approx(1.0, rel=1e-5)
    assert capability.test_time_gain(1e300, 0.5, 2.0) == pytest.approx(2.0)
    assert capability.test_time_gain(1e3, 0.5, 0.0) == 0.0
    assert capability.post_training_gain(0.0, 0.5, 1.0) == 0.0
    assert capability.post_training_gain(9.0, 0.5, 1e6) == pytest.approx(0.5, rel=1e-5)
    gains = capability.post_training_gain(10.0 ** np.arange(0.0, 9.0), 0.5, 1.2)
    assert (np.diff(gains) > 0.0).all() and (np.diff(gains, n=2) < 0.0).all()
    assert gains[-1] < 1.2


def test_ideas_get_harder_to_find():
    # Bloom et al. 2020: constant progress needs growing effort. With effort as 10^(0.5 level) to
    # the power 0.4 and fishing out 0.2, the two cancel.
    level = np.linspace(0.0, 5.0, 6)
    constant = capability.algorithmic_progress(level, 10.0 ** (0.5 * level), 0.14, 0.4, 0.2)
    np.testing.assert_allclose(constant, 0.14)
    assert (np.diff(capability.algorithmic_progress(level, 1.0, 0.14, 0.4, 0.2)) < 0.0).all()
    assert capability.algorithmic_progress(1.0, 0.0, 0.14, 0.4, 0.2) == 0.0


def test_machines_text_spoils_and_never_adds():
    # Gerstgrasser et al. 2024: test error of n generations of a linear model is n times the first
    # where data are replaced and at most pi^2/6 times where they accumulate.
    assert data.uncontaminated(0.0, True) == data.uncontaminated(0.0, False) == 1.0
    assert data.uncontaminated(0.9, True) == pytest.approx(0.1)
    assert data.uncontaminated(1.0, False) == pytest.approx(6.0 / np.pi**2)
    generations = np.arange(1, 20)
    error = np.cumsum(1.0 / generations**2)
    share = 1.0 - 1.0 / generations
    np.testing.assert_allclose(data.uncontaminated(share, False), 1.0 / error, rtol=0.06)


@given(st.floats(0.0, 1e20), st.booleans(), st.floats(0.0, 1.0))
def test_no_amount_of_unverified_text_is_more_than_peoples(machines, replaces, success):
    """165e12 of people's; 3.7e16 of machines' used to make that 3.6e15, 21.6 times."""
    human = 165e12
    left = human * data.uncontaminated(machines / (human + machines), replaces)
    assert left <= human
    assert data.verified_limit(left, 0.5, success) <= 0.5 * human


def test_a_period_of_progress_is_the_exact_solution():
    # Many small steps of dA/dt = k 10^(-f A) from A = -1 with k = 2 and f = 0.5, over one year.
    level, steps = -1.0, 200_000
    for _ in range(steps):
        level += 2.0 * 10.0 ** (-0.5 * level) / steps
    progress = capability.algorithmic_progress(-1.0, 1.0, 2.0, 0.3, 0.5)
    assert -1.0 + capability.algorithmic_gain(progress, 0.5) == pytest.approx(level, rel=1e-4)
    assert capability.algorithmic_gain(0.0, 0.5) == 0.0
