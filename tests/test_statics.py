"""What must hold of labs' choices: every claim of statics.py, in industries of three sizes."""

from dataclasses import replace

import numpy as np
import pytest
import statics
from deviations import every_deviation
from paired import (
    LABS,
    SHIPPED,
    THEN,
    applies,
    falls,
    for_twins,
    found,
    industry,
    parted,
    rises,
    scaled,
    tell,
    within,
)
from statics import CLAIMS, verdict

WORLDS = 64


def cases():
    """Every claim that is asked of every industry; those known not to hold are expected to fail."""
    for labs in LABS:
        for claim in CLAIMS:
            if applies(claim, labs):
                why = claim.known_not.get(labs)
                marks = [pytest.mark.xfail(reason=why, strict=True)] if why else []
                yield pytest.param(claim, labs, id=f"{labs} labs: {claim.name}", marks=marks)


@pytest.mark.parametrize(("claim", "labs"), list(cases()))
def test_it_holds(claim, labs):
    out = found(claim, WORLDS, labs=labs)
    assert out.holds, (
        f"{claim.name} {claim.asked.words} in {out.held:.0%} of worlds, not in {claim.share:.0%}: "
        f"{out.before:.4g} before, {out.after:.4g} after. Why it should: {claim.reason}."
    )


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_a_claim_can_fail(claim):
    """None holds where nothing is changed, or where what it is about is broken."""
    dials = claim.broken_by or claim.against
    idle = replace(claim, story="continued", dials=dials, times={})
    assert not found(idle, WORLDS).holds


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_a_claim_says_what_and_why(claim):
    assert len(claim.reason) > 20 and len(claim.name) <= 80
    assert 0.5 <= claim.share <= 1.0
    assert claim.dials or claim.times or claim.story != "continued" or claim.broken_by
    assert set(claim.known_not) <= set(LABS) and all(claim.known_not.values())


def test_names_of_claims_differ():
    assert len({claim.name for claim in CLAIMS}) == len(CLAIMS)


def test_industries_have_as_many_labs_as_they_say():
    for labs in LABS:
        assert len(industry("continued", labs).labs) == labs


def test_worlds_are_paired():
    """What is scaled is scaled world by world, and nothing else moves."""
    story, numbers = industry("continued", SHIPPED), np.arange(8)
    drawn, larger = story.draw(0, numbers), scaled(story, 8, 0, {"data.public_stock": 0.1})
    np.testing.assert_allclose(larger.data.public_stock, 0.1 * drawn.data.public_stock)
    np.testing.assert_array_equal(larger.scaling.onset, drawn.scaling.onset)
    np.testing.assert_array_equal(larger.demand.taste, drawn.demand.taste)


def test_a_plateau_parts_from_continued_scaling_at_its_onset():
    """Until a run goes beyond it they are the same world, so two years on is the same quarter."""
    one, other = (tell(story, WORLDS, 0, SHIPPED) for story in ("continued", "plateau"))
    when = parted(one, other)
    assert np.all(when < len(one.quarters)), "every world gets there"
    for name in ("final runs", "tokens", "capability"):
        before, same = (told.then(when - 1).at(name, THEN) for told in (one, other))
        np.testing.assert_array_equal(before, same)
    later, differ = (told.then(when + 4).at("final runs", THEN) for told in (one, other))
    assert np.mean(later != differ) > 0.9
    assert np.all(np.isnan(one.then(when + 1000).at("final runs", THEN)))
    onset = industry("plateau", SHIPPED).draw(0, np.arange(WORLDS)).scaling.onset
    least = one.then(when).at("capability", THEN).max(axis=0)
    assert np.all(least > onset - 0.5), "luck of a run apart"


def test_what_is_asked_of_a_measure():
    ours, base = np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 2.0])
    assert falls().holds(ours, base).tolist() == [True, False, False]
    assert falls(0.5).holds(ours, base).tolist() == [True, False, False]
    assert rises().holds(ours, base).tolist() == [False, False, True]
    assert rises(2.0).holds(ours, base).tolist() == [False, False, False]
    assert within(2.0, 3.0).holds(ours, base).tolist() == [False, True, True]


def test_a_verdict_says_why_not():
    assert verdict(True, "") == "yes" and verdict(False, "") == "NO"
    assert verdict(False, "chips are short") == "no, because chips are short"
    assert "though" in verdict(True, "chips are short")


def test_the_table_has_a_line_for_every_claim(capsys, monkeypatch):
    few = CLAIMS[:2] + tuple(claim for claim in CLAIMS if claim.shipped_only)[:1]
    known = replace(few[0], asked=within(-1.0, 0.0), known_not={2: "it is never free"})
    unknown = replace(few[1], asked=within(-1.0, 0.0))
    monkeypatch.setattr(statics, "CLAIMS", (known, unknown, *few))
    assert statics.print_claims(8, 0, 2) == 1, "one fails that is not known to"
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + 2 + len(few)
    assert lines[1].endswith("no, because it is never free") and lines[2].endswith("NO")
    assert lines[-1].endswith("not asked of 2 labs")


def test_the_table_of_regrets_has_a_line_for_every_deviation(capsys):
    statics.print_regrets(2, 0, 2, True)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 + 2 * len(every_deviation())
    assert "would" in lines[1]


def test_no_worlds_are_refused_in_a_sentence(capsys):
    assert statics.main(["--worlds", "0"]) == 2
    assert "worlds: 0 is not possible" in capsys.readouterr().err


def test_what_is_said_of_a_lab_is_said_of_its_twin():
    story = industry("continued", 20)
    said = for_twins({"labs.meta.strategy": "marginal", "chips.price": 1e4}, story)
    assert said["labs.meta_twin.strategy"] == "marginal" and len(said) == 3
    assert len(for_twins({"labs.meta.strategy": "marginal"}, industry("continued", SHIPPED))) == 1
