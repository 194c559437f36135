"""Strategies of one's own: a class by a lab's name decides like a built-in; no file has it."""

import json
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from economy import TWO_LABS, started, toy

from sim import AIEconomy, Marginal, Policy, Results, Scenario, compare, run
from sim.economy import saved_state
from sim.economy.agents.strategies import STRATEGIES, Hedger
from sim.economy.state import EXPERIMENTS, FINAL
from sim.errors import BadInput
from sim.running.again import again
from sim.running.ensemble import run_all

SHORT = Scenario.load("continued").change({"end": "2023-Q4"})
NAMES = ("revenue", "training_run", "capability", "lab_cash")


class Doubles(Marginal):
    """Twice the money for final runs."""

    @staticmethod
    def wants(outlook):
        wanted = outlook.wanted.copy()
        wanted[FINAL] *= 2.0
        return wanted


class CopyOfHedger(Marginal):
    """Word for word as the built-in."""

    @staticmethod
    def wants(outlook):
        even = outlook.wanted.mean(axis=0)
        return (1.0 - outlook.hedged) * outlook.wanted + outlook.hedged * even


class CopyOfFollower(Marginal):
    """Likewise, with all that it does with its models."""

    open_weights = True
    distils = True


class CopyOfBeliever(Marginal):
    updates = False


class ByClassMethod(Marginal):
    """Python makes a new bound method each time that this one is looked up."""

    more = 2.0

    @classmethod
    def wants(cls, outlook):
        wanted = outlook.wanted.copy()
        wanted[FINAL] *= cls.more
        return wanted


def answering(answer, name="Mine"):
    return type(name, (Marginal,), {"wants": staticmethod(answer)})


def ran(strategies=None, scenario=SHORT, worlds=6, **more):
    return run(scenario, worlds=worlds, strategies=strategies, **more)


def assert_same(one, other):
    assert one.measures == other.measures
    for name in one.measures:
        np.testing.assert_array_equal(one[name].values, other[name].values, name)


# ---------------------------------------------------------------- what it does


@pytest.mark.parametrize(
    ("copy", "name"),
    [(CopyOfHedger, "hedger"), (CopyOfFollower, "fast_follower"), (CopyOfBeliever, "believer")],
)
def test_a_copy_of_a_built_in_gives_its_numbers(copy, name):
    told = ran(scenario=SHORT.change({"labs.openai.strategy": name}))
    assert_same(ran({"openai": copy}), told)
    by_name = ran({"openai": name})
    assert_same(by_name, told)
    assert_same(ran({"openai": STRATEGIES[name]}), told)
    assert by_name.about["scenario_hash"] == told.about["scenario_hash"]
    assert any((ran()[measure] != told[measure]).any() for measure in told.measures)


def test_a_class_that_doubles_final_runs_changes_them():
    with_it = started(SHORT, 8, strategies={"openai": Doubles})
    without = started(SHORT, 8)
    row = with_it.labs.names.index("openai")
    part = [
        model.labs.plan.split[FINAL, row] / model.labs.plan.split[EXPERIMENTS, row]
        for model in (with_it, without)
    ]
    assert np.all(part[0] > 1.1 * part[1])
    with_it, without = started(SHORT, 1, strategies={"openai": Doubles}), started(SHORT, 1)
    first = with_it.labs.plan.wanted[:, row] / without.labs.plan.wanted[:, row]
    np.testing.assert_allclose(first[FINAL], 2.0)
    np.testing.assert_allclose(np.delete(first, FINAL, axis=0), 1.0)
    assert with_it.labs.strategies[row] == "Doubles"
    agents = {agent.name: agent for agent in with_it.agents if hasattr(agent, "strategy")}
    assert agents["openai"].strategy == "Doubles" and agents["meta"].strategy == "open_weights"


def test_only_the_labs_named_are_asked_each_with_its_rows():
    shapes = []

    def wants(outlook):
        shapes.append(outlook.wanted.shape)
        return outlook.wanted

    mine = answering(wants)
    one = started(SHORT, 2, worlds=3, strategies={"openai": mine, "meta": mine})
    assert shapes == [(5, 2, 3)] * 2
    plain = started(SHORT.change({"labs.meta.strategy": "marginal"}), 2, worlds=3)
    np.testing.assert_array_equal(one.labs.cash, plain.labs.cash)


def test_a_class_method_is_asked_too():
    assert_same(ran({"openai": ByClassMethod}), ran({"openai": Doubles}))


def test_none_and_an_empty_table_change_nothing():
    assert_same(ran({}), ran())
    assert "strategies" not in ran({}).about


def test_a_name_holds_for_dials_drawn_before(tmp_path):
    story = toy(tmp_path, TWO_LABS)
    dials = story.draw(0, np.arange(3))
    given = AIEconomy(story, worlds=3, dials=dials, strategies={"first": "hedger"}).run()
    told = AIEconomy(story.change({"labs.first.strategy": "hedger"}), worlds=3).run()
    np.testing.assert_array_equal(given.labs.cash, told.labs.cash)
    assert given.labs.strategies == ("hedger", "marginal")


def test_a_strategy_cannot_spoil_what_others_look_at():
    def spoils(outlook):
        outlook.normal[:] = 0.0
        return outlook.wanted

    with pytest.raises(BadInput, match="read-only"):
        ran({"openai": answering(spoils)}, workers=1)

    def changes_its_own(outlook):
        outlook.wanted[FINAL] *= 2.0
        return outlook.wanted

    assert_same(ran({"openai": answering(changes_its_own)}), ran({"openai": Doubles}))


# ---------------------------------------------------------------- processes


def test_two_processes_and_one_give_the_same_numbers():
    alone = ran({"openai": Doubles, "meta": "hedger"}, worlds=130, workers=1, measures=NAMES)
    both = ran({"openai": Doubles, "meta": "hedger"}, worlds=130, workers=2, measures=NAMES)
    assert (both.about["workers"], both.about["blocks"]) == (2, 2)
    assert_same(alone, both)
    assert not both.failures
    assert (alone["training_run"] != ran(worlds=130, measures=NAMES)["training_run"]).any()


def test_a_class_in_no_module_runs_in_one_process_unless_several_are_asked_for(monkeypatch):
    local = answering(Doubles.wants)
    with pytest.raises(pickle.PicklingError):
        pickle.dumps(local)
    of_script = type("OfScript", (Doubles,), {"__module__": "__main__"})
    monkeypatch.setattr("__main__.OfScript", of_script, raising=False)
    pickle.dumps(of_script)  # it can be written, and would not be found where it is read
    for stays in (local, of_script):
        with pytest.raises(BadInput, match="workers=1, or put the class in a module") as caught:
            ran({"openai": stays}, workers=2)
        assert stays.__name__ in str(caught.value)
        monkeypatch.setattr("sim.running.ensemble.FEW", 2)  # so that a few worlds would be shared
        assert ran({"openai": stays}, measures=NAMES).about["workers"] == 1
    with ThreadPoolExecutor(2) as threads:
        shared = ran({"openai": local}, worlds=130, block=65, executor=threads, measures=NAMES)
    assert_same(shared, ran({"openai": Doubles}, worlds=130, block=65, workers=1, measures=NAMES))


def test_several_cases_share_them():
    levy = Policy.load("compute_levy")
    both = run_all([(SHORT, None), (SHORT, levy)], worlds=4, strategies={"openai": Doubles})
    assert_same(both[1], ran({"openai": Doubles}, worlds=4, policy=levy))
    assert_same(both[0], ran({"openai": Doubles}, worlds=4))


# ---------------------------------------------------------------- what is refused


class WantsMore(Marginal):
    def wants(self, outlook):
        return outlook.wanted


@pytest.mark.parametrize(
    ("strategies", "says"),
    [
        ({"opanai": Doubles}, "no lab 'opanai'. Did you mean 'openai'"),
        ({3: Doubles}, "no lab 3"),
        ([Doubles], "is no table"),
        ("hedger", "is no table"),
        ({"openai": "hegder"}, "no strategy 'hegder'. Did you mean 'hedger'"),
        ({"openai": dict}, "dict is no strategy"),
        ({"openai": Doubles()}, "is no class"),
        ({"openai": None}, "None is no class"),
        ({"openai": WantsMore}, "WantsMore.wants cannot be asked"),
        ({"openai": type("Odd", (Marginal,), {"wants": 3})}, "Odd.wants cannot be asked"),
        ({"openai": type("Odd", (Marginal,), {"updates": "no"})}, "Odd.updates is 'no'"),
    ],
)
def test_what_is_no_strategy_is_refused_in_a_line(strategies, says):
    for ask in (lambda: ran(strategies), lambda: AIEconomy(SHORT, strategies=strategies)):
        with pytest.raises(BadInput) as caught:
            ask()
        assert says in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda outlook: outlook.wanted[0], r"of openai answers float64 of shape \(1, 4\)"),
        (lambda outlook: 1.0, "of shape"),
        (lambda outlook: None, "object"),
        (lambda outlook: outlook.wanted > 0.0, "bool"),
        (lambda outlook: outlook.wanted * 1j, "complex"),
        (lambda outlook: outlook.wanted - 1e15, "below zero or not finite"),
        (lambda outlook: outlook.wanted * np.nan, "below zero or not finite"),
        (lambda outlook: outlook.wanted + np.inf, "below zero or not finite"),
        (lambda outlook: outlook.wanting, "of openai fails in wants with AttributeError"),
    ],
)
def test_a_wrong_answer_stops_the_run_in_a_line(answer, says):
    with pytest.raises(BadInput, match=says) as caught:
        ran({"openai": answering(answer)}, worlds=4)
    assert "\n" not in str(caught.value)


class Shrinks(Marginal):
    @staticmethod
    def wants(outlook):
        return outlook.wanted[:2]


def test_a_wrong_answer_in_another_process_is_told_by_the_class():
    with pytest.raises(BadInput, match="Shrinks of openai answers"):
        ran({"openai": Shrinks}, worlds=130, workers=2)


def test_a_scenario_file_names_no_class():
    with pytest.raises(BadInput, match="strategy"):
        SHORT.change({"labs.openai.strategy": "Doubles"})


# ---------------------------------------------------------------- files


def test_the_manifest_tells_and_cannot_be_run_again(tmp_path):
    ran({"openai": Doubles, "meta": "hedger"}, worlds=3).save(tmp_path / "mine")
    said = json.loads((tmp_path / "mine" / "manifest.json").read_text())
    assert said["strategies"] == {"openai": "Doubles"}
    assert 'strategy = "hedger"' in said["scenario_text"]
    back = Results.load(tmp_path / "mine")
    assert back.about["strategies"] == {"openai": "Doubles"}
    change = compare(back, ran(worlds=3))
    assert (change["training_run"] != 0.0).any()
    with pytest.raises(BadInput, match="openai had a strategy of somebody's own, Doubles") as said:
        again(tmp_path / "mine")
    assert "\n" not in str(said.value)
    said = json.loads((tmp_path / "mine" / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps(said | {"strategies": ["Doubles"]}))
    with pytest.raises(BadInput):
        again(tmp_path / "manifest.json")


def test_a_run_with_built_in_names_is_made_again_from_its_manifest(tmp_path):
    given = ran({"openai": Hedger}, worlds=3)
    given.save(tmp_path / "mine")
    told = again(tmp_path / "mine")
    assert "strategies" not in given.about
    assert_same(run_all(told.cases, told.worlds, told.seed)[0], given)


def test_an_economy_with_a_class_of_ones_own_is_not_saved(tmp_path):
    model = started(SHORT, 3, strategies={"openai": Doubles})
    with pytest.raises(BadInput, match="strategy of your own, Doubles"):
        model.save(tmp_path / "state.npz")
    assert not list(tmp_path.iterdir())


def test_a_saved_state_goes_on_with_another_strategy(tmp_path):
    file = started(SHORT, 6).save(tmp_path / "state.npz")
    named = AIEconomy.restore(file, strategies={"openai": "fast_follower"})
    assert named.labs.distils[named.labs.names.index("openai")]
    own = AIEconomy.restore(file, strategies={"openai": CopyOfFollower})
    plain = AIEconomy.restore(file)
    np.testing.assert_array_equal(own.run().labs.cash, named.run().labs.cash)
    assert (own.labs.cash != plain.run().labs.cash).any()
    half = AIEconomy.restore(file, strategies={"openai": "hedger"})
    half.step()
    again_from = AIEconomy.restore(half.save(tmp_path / "later.npz"))
    np.testing.assert_array_equal(again_from.run().labs.cash, half.run().labs.cash)


OTHER = {
    "labs.openai.strategy": "fast_follower",
    "labs.meta.strategy": "believer",
    "labs.openai.region": "china",
    "labs.openai.corporate": True,
}


def test_what_labs_are_comes_from_the_scenario_in_force(tmp_path):
    file = started(SHORT, 6).save(tmp_path / "state.npz")
    other = SHORT.change(OTHER)
    labs, fresh = AIEconomy.restore(file, other).labs, AIEconomy(other, worlds=8).labs
    before = started(SHORT, 0).labs
    changed = 0
    for key in saved_state.STRUCTURE:
        name = key.removeprefix("labs.")
        np.testing.assert_array_equal(getattr(labs, name), getattr(fresh, name), name)
        changed += not np.array_equal(getattr(before, name), getattr(fresh, name))
    assert changed == 6
    assert not set(saved_state.read(file)[1]) & saved_state.STRUCTURE


def test_no_quarter_changes_what_labs_are():
    model = started(SHORT.change({"end": "2029-Q4"}), 0, worlds=4)
    before = {key: getattr(model.labs, key.removeprefix("labs.")) for key in saved_state.STRUCTURE}
    model.run()
    for key, array in before.items():
        assert getattr(model.labs, key.removeprefix("labs.")) is array
        fresh = getattr(AIEconomy(model.scenario, worlds=4).labs, key.removeprefix("labs."))
        np.testing.assert_array_equal(array, fresh)


def test_a_file_that_tells_what_labs_are_is_still_read(tmp_path):
    """Earlier versions wrote that, too."""
    file = started(SHORT, 6).save(tmp_path / "state.npz")
    with np.load(file) as kept:
        arrays = {name: kept[name] for name in kept.files}
    labs = AIEconomy(SHORT, worlds=8).labs
    arrays |= {key: getattr(labs, key.removeprefix("labs.")) for key in saved_state.STRUCTURE}
    np.savez(tmp_path / "old.npz", **arrays)
    old = AIEconomy.restore(tmp_path / "old.npz", SHORT.change(OTHER))
    new = AIEconomy.restore(file, SHORT.change(OTHER))
    assert old.labs.distils[old.labs.names.index("openai")]
    np.testing.assert_array_equal(old.run().labs.cash, new.run().labs.cash)
