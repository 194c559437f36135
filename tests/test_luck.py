"""Luck: the same world has the same luck, whoever else is drawn and whatever else is asked."""

import numpy as np
import pytest

from sim.luck import BLOCK, CHUNK, Luck

CROWD = np.arange(3 * BLOCK)


@pytest.mark.parametrize(
    "worlds", [[7], [0, 1, 2], [BLOCK - 1, BLOCK], [2500, 3, 1700, 3], range(BLOCK, 2 * BLOCK)]
)
def test_a_world_alone_has_the_luck_it_has_in_a_crowd(worlds):
    ids = np.array(worlds)
    few, crowd = Luck(1, ids), Luck(1, CROWD)
    for quarter in (0, 5, CHUNK, 83):
        few.turn_to(quarter)
        crowd.turn_to(quarter)
        np.testing.assert_array_equal(few.normal("demand"), crowd.normal("demand")[ids])
    np.testing.assert_array_equal(few.uniform("onset"), crowd.uniform("onset")[ids])


def test_a_quarter_has_its_luck_in_whatever_order_quarters_are_asked_for():
    def luck_of(quarters):
        luck = Luck(0, np.arange(4))
        found = {}
        for quarter in quarters:
            luck.turn_to(quarter)
            found[quarter] = luck.normal("demand").copy()
        return found

    in_order = luck_of(range(160))
    for quarters in ([159], [40, 3, 41, 0], range(9)):
        for quarter, numbers in luck_of(quarters).items():
            np.testing.assert_array_equal(numbers, in_order[quarter])


def test_asking_for_another_stream_changes_nobodys_luck():
    quiet, busy = Luck(0, np.arange(5)), Luck(0, np.arange(5))
    busy.normal("a policy's own stream")
    busy.uniform("another dial")
    np.testing.assert_array_equal(quiet.normal("demand"), busy.normal("demand"))


def test_a_key_has_its_stream_whatever_other_keys_there_are():
    luck = Luck(0, np.arange(5))
    two, three = luck.normals("run", ("a", "c")), luck.normals("run", ("a", "b", "c"))
    assert three.shape == (3, 5)
    np.testing.assert_array_equal(two, three[[0, 2]])


@pytest.mark.parametrize("other", ["name", "seed", "quarter", "block"])
def test_streams_do_not_repeat_one_another(other):
    here, there = Luck(0, np.arange(BLOCK)), Luck(0, np.arange(BLOCK))
    name = "demand"
    if other == "name":
        name = "prices"
    elif other == "seed":
        there = Luck(1, np.arange(BLOCK))
    elif other == "quarter":
        there.turn_to(1)
    else:
        there = Luck(0, np.arange(BLOCK, 2 * BLOCK))
    correlation = np.corrcoef(here.normal("demand"), there.normal(name))[0, 1]
    assert abs(correlation) < 0.15


def test_the_numbers_have_the_distribution_they_are_named_for():
    luck = Luck(0, CROWD)
    normal, uniform = luck.normal("x"), luck.uniform("x")
    assert abs(normal.mean()) < 0.1 and abs(normal.std() - 1) < 0.1
    assert uniform.min() >= 0 and uniform.max() < 1 and abs(uniform.mean() - 0.5) < 0.05


def test_luck_cannot_be_changed_by_mistake():
    luck = Luck(0, np.arange(BLOCK))
    for numbers in (luck.normal("x"), luck.uniform("x")):
        with pytest.raises(ValueError):
            numbers[0] = 0.0


@pytest.mark.parametrize(("seed", "worlds"), [(-1, [0]), (0, [-1]), (0, [0.5]), (0, [[0], [1]])])
def test_what_is_no_seed_or_world_is_refused(seed, worlds):
    with pytest.raises(ValueError, match="whole number"):
        Luck(seed, np.array(worlds))


def test_there_is_no_quarter_before_the_start():
    with pytest.raises(ValueError, match="from 0"):
        Luck(0, np.arange(2)).turn_to(-1)
