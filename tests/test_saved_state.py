"""A saved state: an economy that goes on from it is the one that never stopped."""

import json
import subprocess
import sys

import numpy as np
import pytest
from economy import ROOT, started

from sim.economy import saved_state
from sim.economy.model import AIEconomy
from sim.errors import BadInput
from sim.inputs.policy import Policy
from sim.inputs.scenario import Scenario

HARD = {  # labs fail, contracts bind, entrants come
    "capital.left_behind": 0.4,
    "capital.patience": 0.5,
    "capital.entry_hurdle": 1.0,
    "compute.exit_fee": 0.1,
}
END = "2028-Q4"
LEVY = Policy.of({"compute_levy_rate": {"2024-01-01": 0.1, "2027-01-01": 0.3}}, name="levy")


def story(**more):
    return Scenario.load("continued").change({"end": END, **HARD, **more})


def after(model, quarters):
    for _ in range(quarters):
        model.step()
    return model


@pytest.mark.parametrize("quarters", [0, 1, 9, 26])
def test_it_goes_on_to_the_bit_as_if_it_had_never_stopped(quarters, tmp_path):
    whole = AIEconomy(story(), LEVY, worlds=np.array([3, 70, 2000]), seed=5).run()
    stopped = AIEconomy(story(), LEVY, worlds=np.array([3, 70, 2000]), seed=5)
    file = after(stopped, quarters).save(tmp_path / "state.npz")
    resumed = AIEconomy.restore(file)
    assert resumed.date == stopped.date and resumed.policy.names == ("levy",)
    resumed.run()
    assert resumed.recorder.quarters == whole.recorder.quarters[quarters:]
    for name, array in whole.recorder.arrays.items():
        np.testing.assert_array_equal(resumed.recorder.arrays[name], array[quarters:], name)
    for sector, balance in whole.ledger.balances.items():
        np.testing.assert_array_equal(resumed.ledger.balances[sector], balance)


def test_every_number_of_every_actor_is_saved(tmp_path):
    """What differs between quarters is an array that the file has."""
    model = started(story(), 3)
    _, arrays = saved_state.read(model.save(tmp_path / "state.npz"))
    assert len(arrays) > 120
    fresh = dict(saved_state._numbers(AIEconomy(story(), worlds=8)))
    assert set(fresh) <= set(arrays)
    named = {"labs.cash", "labs.plan.price", "labs.research.run_flop", "clouds.ordered.1"}
    named |= {"customers.held", "ledger.balances.labs", "labs.planning.sold_before.paid"}
    assert named <= set(arrays)


def test_another_process_finds_the_same(tmp_path):
    file = started(story(), 9, worlds=4).save(tmp_path / "state.npz")
    here = AIEconomy.restore(file, record=["revenue"]).run().recorder.arrays["revenue"]
    code = (
        "import sys, numpy as np; from sim import AIEconomy; "
        "m = AIEconomy.restore(sys.argv[1], record=['revenue']).run(); "
        "np.save(sys.argv[2], m.recorder.arrays['revenue'])"
    )
    command = [sys.executable, "-c", code, str(file), str(tmp_path / "there.npy")]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120)
    np.testing.assert_array_equal(np.load(tmp_path / "there.npy"), here)


def test_another_law_or_scenario_holds_from_there_on(tmp_path):
    file = started(story(), 20).save(tmp_path / "state.npz")
    runs = {
        "as it was": AIEconomy.restore(file),
        "levy": AIEconomy.restore(file, policy=LEVY),
        "dear": AIEconomy.restore(file, scenario=story(**{"chips.price": 6e4})),
    }
    revenue = {name: model.run().recorder.arrays["revenue"] for name, model in runs.items()}
    assert np.all((revenue["levy"] != revenue["as it was"]).any(axis=0))
    assert np.all((revenue["dear"] != revenue["as it was"]).any(axis=0))


def damaged(file, change):
    with np.load(file) as kept:
        arrays = {name: kept[name] for name in kept.files}
    change(arrays)
    np.savez(file, **arrays)


def without(name):
    return lambda arrays: arrays.pop(name)


def telling(**more):
    def change(arrays):
        about = json.loads(str(arrays["about"])) | more
        arrays["about"] = np.array(json.dumps(about))

    return change


def turned(name, kind):
    return lambda arrays: arrays.update({name: kind(arrays[name])})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (without("about"), "no saved state"),
        (without("worlds"), "tell all"),
        (without("labs.cash"), "labs.cash"),
        (telling(format=99), "format"),
        (telling(seed=-1), "tell all"),
        (telling(quarter=True), "tell all"),
        (telling(quarter="2"), "tell all"),
        (telling(quarter=10**9), "after the end"),
        (telling(labs=[1, 2]), "tell all"),
        (telling(policies=None), "tell all"),
        (telling(scenario_text="title = ["), "not TOML"),
        (telling(policy_text=3), "tell all"),
        (turned("worlds", lambda worlds: worlds + 0.5), "tell all"),
        (turned("worlds", lambda worlds: worlds.astype(str)), "tell all"),
        (turned("labs.cash", lambda cash: cash * np.nan), "damaged"),
        (turned("labs.cash", lambda cash: cash.astype(str)), "damaged"),
        (turned("labs.cash", lambda cash: cash.astype(complex)), "damaged"),
        (turned("labs.cash", lambda cash: cash > 0.0), "damaged"),
        (lambda arrays: arrays.update({"labs.cash": np.zeros((2, 2))}), "shape"),
    ],
)
def test_a_damaged_file_is_refused_in_a_line(change, says, tmp_path):
    file = started(story(), 2).save(tmp_path / "state.npz")
    damaged(file, change)
    with pytest.raises(BadInput, match=says) as caught:
        AIEconomy.restore(file)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"PK", b"no state at all", b"\x93NUMPY\x01\x00v\x00{"])
def test_a_foreign_file_is_refused_in_a_line(content, tmp_path):
    file = tmp_path / "state.npz"
    file.write_bytes(content)
    with pytest.raises(BadInput, match="no saved state"):
        AIEconomy.restore(file)
    with pytest.raises(BadInput, match="no such file"):
        AIEconomy.restore(tmp_path / "missing.npz")
    with pytest.raises(BadInput, match="cannot be read"):
        AIEconomy.restore(tmp_path)


def test_what_does_not_fit_is_refused_in_a_line(tmp_path):
    file = started(story(), 20).save(tmp_path / "state.npz")
    with pytest.raises(BadInput, match="same labs"):
        AIEconomy.restore(file, scenario=story(**{"labs.mine.title": "Mine"}))
    with pytest.raises(BadInput, match="after the end"):
        AIEconomy.restore(file, scenario=story(end="2023-Q4"))
    with pytest.raises(BadInput, match=".npz"):
        started(story(), 0).save(tmp_path / "state.txt")
    own = AIEconomy(story(), worlds=2, dials=story().central(), record=False)
    with pytest.raises(BadInput, match="dials of its own"):
        own.save(tmp_path / "own.npz")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["state.npz"]


@pytest.mark.parametrize("worlds", [0, -3, "many", 2.5, [], [[1, 2]], True, [-1], [0.5]])
def test_worlds_that_are_none_are_refused_in_a_line(worlds):
    with pytest.raises(BadInput, match="worlds"):
        AIEconomy("continued", worlds=worlds)


ODD = (None, True, -1, 0, 1.5, 10**9, "", "x", [], ["a"], {}, 2**70)


@pytest.mark.parametrize("name", sorted(saved_state.TOLD))
def test_no_entry_of_a_file_can_do_harm(name, tmp_path):
    """Any other value is refused in a line, or is a state that runs."""
    file = started(story(end="2021-Q2"), 2, worlds=2).save(tmp_path / "state.npz")
    for value in ODD:
        changed = tmp_path / "changed.npz"
        changed.write_bytes(file.read_bytes())
        damaged(changed, telling(**{name: value}))
        try:
            AIEconomy.restore(changed).run()
        except BadInput as error:
            assert all("\n" not in problem for problem in error.problems)


def test_somebody_elses_file_is_not_written_over(tmp_path):
    notes = tmp_path / "mine.npz"
    notes.write_text("my own notes")
    model = started(story(), 1)
    for place in (notes, notes / "b.npz", "a\0.npz", None, 5, b"x.npz"):
        with pytest.raises(BadInput):
            model.save(place)
    assert notes.read_text() == "my own notes"
    again = model.save(tmp_path / "state.npz")
    assert model.save(again) == again  # a state goes over a state


@pytest.mark.parametrize("seed", [-1, 3.0, "3", None, True, [1]])
def test_a_seed_that_is_none_is_refused_in_a_line(seed):
    with pytest.raises(BadInput, match="seed"):
        AIEconomy("continued", seed=seed)


@pytest.mark.parametrize("record", ["revenue", ["revenue"], np.array(["revenue"]), ("revenue",)])
def test_what_to_note_may_be_one_name_or_several(record):
    assert list(AIEconomy("continued", record=record).recorder.arrays) == ["revenue"]


@pytest.mark.parametrize("record", ["revenu", 5, 2.5, ["x"]])
def test_a_measure_that_is_none_is_refused_in_a_line(record):
    with pytest.raises(BadInput, match="measures"):
        AIEconomy("continued", record=record)


def test_other_slips_are_one_line():
    with pytest.raises(BadInput, match="dials"):
        AIEconomy("continued", dials=5)
    over = AIEconomy(story(end="2020-Q2"), worlds=2).run()
    with pytest.raises(BadInput, match="ends with 2020-Q2"):
        over.step()
    with pytest.raises(BadInput, match="worlds"):
        AIEconomy("continued", worlds=10**12)
    assert AIEconomy("continued", worlds=np.array(3)).size == 3
