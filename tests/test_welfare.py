"""What is offered beside the rest harms no user: surplus in the quarter it happens, in any world.

At given prices, capacity and everything else that labs decided: the same state is taken up twice,
the same plan is put before customers with and without what is added, and their gain is compared,
segment by segment and world by world. An option that nobody must take can lower no logsum (Small
and Rosen 1981).
"""

from dataclasses import replace

import numpy as np
import pytest
from paired import LABS, industry

from sim.economy.model import AIEconomy

WORLDS = 64
EARLY, THINKING, NOW, LATER = "2023-Q2", "2025-Q1", "2026-Q1", "2030-Q1"
DATES = (THINKING, NOW, LATER)
ROUNDING = 1e-6  # relative: the choice is in single precision
NEVER = 2040.0


@pytest.fixture(scope="module")
def states(tmp_path_factory):
    """A saved state by size of the industry and quarter."""
    folder, files = tmp_path_factory.mktemp("states"), {}
    for labs in LABS:
        model = AIEconomy(industry("continued", labs), worlds=WORLDS, record=False)
        while model.date <= LATER:
            if model.date in (EARLY, *DATES):
                files[labs, model.date] = model.save(folder / f"{labs}-{model.date}.npz")
            model.step()
    return files


def taken_up(states, labs, quarter, **dials):
    """The economy of a quarter with its plan made, by the dials given; dials as demand__agents."""
    changes = {name.replace("__", "."): value for name, value in dials.items()}
    story = industry("continued", labs).change(changes) if changes else industry("continued", labs)
    model = AIEconomy.restore(states[labs, quarter], story, record=False)
    model.labs.decide()
    return model


def gain(model, plan):
    """What customers gain by what is put before them, (segments, worlds); the model is used up."""
    model.labs.plan = plan
    model.customers.try_out(model.labs)
    model.customers.choose(model.labs)
    model.customers.spend(model.labs)
    return model.customers.gain.copy()


def never_lower(more, less):
    """No segment of any world has less, and most have more."""
    assert np.all(more >= less * (1.0 - ROUNDING)), f"falls by {(1.0 - more / less).max():.2%}"
    assert np.mean(more > less) > 0.5


def without(flags, product, lab=slice(None)):
    """The same offers less one product of some labs."""
    left = flags.copy()
    left[product, lab] = False
    return left


def nobody_has(models, product, lab=slice(None)):
    """What comes is new: whose work is with it looks around, with it and without."""
    for model in models:
        held = model.customers.held.copy()
        held[:, :, product, lab] = 0.0
        model.customers.held = held


@pytest.mark.parametrize("labs", LABS)
@pytest.mark.parametrize("quarter", [EARLY, *DATES])
def test_small_models_beside_flagships_harm_nobody(states, labs, quarter):
    one, other = (taken_up(states, labs, quarter, scaling__mini_from=2023.1) for _ in range(2))
    plan = one.labs.plan
    assert plan.on_offer[1].any(axis=0).all()
    nobody_has((one, other), 1)
    never_lower(gain(one, plan), gain(other, replace(plan, on_offer=without(plan.on_offer, 1))))


@pytest.mark.parametrize("labs", LABS)
def test_small_models_harm_nobody_in_the_quarter_they_come(states, labs):
    """Earlier or later: new products, that nobody has."""
    sold, unsold = (
        taken_up(states, labs, EARLY, scaling__mini_from=since) for since in (2023.1, NEVER)
    )
    plan = sold.labs.plan
    first = plan.on_offer[1] & ~sold.customers.was_on_offer[1]
    assert first.any(axis=0).all()
    never_lower(gain(sold, plan), gain(unsold, replace(plan, on_offer=unsold.labs.plan.on_offer)))


@pytest.mark.parametrize("quarter", DATES)
def test_one_more_flagship_harms_nobody(states, quarter):
    one, other = (taken_up(states, 11, quarter) for _ in range(2))
    plan, row = one.labs.plan, one.labs.names.index("anthropic")
    nobody_has((one, other), 0, row)
    fewer = replace(plan, on_offer=without(plan.on_offer, 0, row))
    never_lower(gain(one, plan), gain(other, fewer))


@pytest.mark.parametrize("labs", LABS)
@pytest.mark.parametrize("quarter", DATES)
def test_thinking_harms_nobody(states, labs, quarter):
    allowed = taken_up(states, labs, quarter)
    plain = taken_up(states, labs, quarter, scaling__test_time_from=NEVER)
    plan = allowed.labs.plan
    assert np.mean(plan.test_time_multiple.max(axis=0) > 1.0) > 0.9
    short = replace(plan, test_time_multiple=np.ones_like(plan.test_time_multiple))
    never_lower(gain(allowed, plan), gain(plain, short))


@pytest.mark.parametrize("quarter", DATES)
@pytest.mark.parametrize(
    "dials",
    [
        ({"scaling__test_time_limit": 0.5}, {"scaling__test_time_limit": 3.0}),
        ({"scaling__test_time_slope": 0.3}, {"scaling__test_time_slope": 0.9}),
        ({"demand__agents": 0.0}, {"demand__agents": 0.6}),
    ],
    ids=["further", "better", "agents"],
)
def test_thinking_that_brings_more_and_agents_harm_nobody(states, quarter, dials):
    less, more = (taken_up(states, 11, quarter, **each) for each in dials)
    plan = less.labs.plan
    never_lower(gain(more, plan), gain(less, plan))


@pytest.mark.parametrize("labs", LABS)
@pytest.mark.parametrize("quarter", DATES)
@pytest.mark.parametrize("product", [0, 1])
def test_a_cheaper_token_harms_nobody(states, labs, quarter, product):
    one, other = (taken_up(states, labs, quarter) for _ in range(2))
    plan = one.labs.plan
    price = plan.price.copy()
    price[product, 0] *= 0.8
    never_lower(gain(one, replace(plan, price=price)), gain(other, plan))


@pytest.mark.parametrize("log_odds", [-20.0, -3.0, 0.0, 12.0, 30.0])
def test_whoever_stays_gains_the_worth_of_the_product_in_single_precision_too(states, log_odds):
    """taste worth ln(1 + odds) over people alone, as far as odds go: by hand in double."""
    model = taken_up(states, 2, NOW)
    gain(model, model.labs.plan)
    choice = model.customers.choices[0]
    everybody = np.zeros_like(choice.staying)
    everybody[0, 0] = 1.0
    back = np.full_like(choice.back, np.exp(-log_odds))
    stays = replace(choice, staying=everybody, anew=np.zeros(WORLDS), back=back)
    by_hand = 1e9 * choice.market.taste * np.log1p(np.exp(log_odds))
    np.testing.assert_allclose(stays.gain(np.full(WORLDS, 1e9)), by_hand, rtol=1e-6)


def test_what_is_taken_from_users_is_seen(states):
    """The comparison can fail: a dearer token, an answer that must be longer."""
    base, dearer, longer = (taken_up(states, 11, NOW) for _ in range(3))
    plan = base.labs.plan
    before = gain(base, plan)
    dear = gain(dearer, replace(plan, price=plan.price * 1.2))
    assert np.all(dear < before)
    with pytest.raises(AssertionError, match="falls by"):
        never_lower(dear, before)
    wordy = replace(plan, test_time_multiple=plan.test_time_multiple * 100.0)
    with pytest.raises(AssertionError):
        never_lower(gain(longer, wordy), before)
