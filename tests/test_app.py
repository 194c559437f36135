"""The page without a browser: it steps, each visitor has a model of his own, troubles are told."""

import gc
import logging
import re
from io import BytesIO

import ipyvuetify
import ipywidgets
import numpy as np
import pytest
import solara
from PIL import Image

import sim.app.page
from sim.app.address import choice_of
from sim.app.page import Page, settings_of, stories
from sim.app.watched import Watched, centres, shown_dials
from sim.economy.model import AIEconomy
from sim.inputs.scenario import Scenario

STORIES = ["continued", "plateau"]


def within(widget: ipywidgets.Widget, seen: set[int]) -> list:
    """A widget, all widgets inside it, and the texts between them."""
    if id(widget) in seen:
        return []
    seen.add(id(widget))
    found: list = [widget]
    for name in ("children", "v_slots", "items"):
        for child in getattr(widget, name, None) or []:
            if isinstance(child, dict):
                inner = child.get("children") or []
                child = inner if isinstance(inner, list) else [inner]
            for one in child if isinstance(child, list) else [child]:
                found += within(one, seen) if isinstance(one, ipywidgets.Widget) else [one]
    return found


class Visit:
    """One visitor's session."""

    def __init__(self):
        @solara.component
        def Session():
            with solara.AppLayout():
                Page()

        self.box, self.context = solara.render(Session(), handle_error=False)

    def all(self, kind: type) -> list:
        """Every widget (or text) of a kind, wherever it is on the page."""
        return [one for one in within(self.box, set()) if isinstance(one, kind)]

    def texts(self) -> str:
        """Everything that is written on the page."""
        return "\n".join(self.all(str))

    def click(self, label: str) -> None:
        next(b for b in self.all(ipyvuetify.Btn) if label in b.children).click()

    def pictures(self) -> list[np.ndarray]:
        images = self.all(ipywidgets.Image)
        return [np.asarray(Image.open(BytesIO(image.value)).convert("L")) for image in images]

    def close(self) -> None:
        self.context.close()


@pytest.fixture
def visit():
    visits = []

    def come() -> Visit:
        visits.append(Visit())
        return visits[-1]

    yield come
    for one in visits:
        one.close()


def test_a_step_moves_the_model_and_draws_the_pictures(visit):
    page = visit()
    assert "Press" in page.texts()
    assert not page.pictures()
    page.click("Step")
    assert "2020-Q1" in page.texts()
    page.click("Step")
    assert "2020-Q2" in page.texts()
    pictures = page.pictures()
    assert len(pictures) >= 4
    for picture in pictures:
        assert picture.std() > 5, "a picture is blank"
    page.click("Reset")
    assert "Press" in page.texts()


def test_two_visitors_do_not_share_a_model(visit):
    one, other = visit(), visit()
    one.click("Step")
    assert "2020-Q1" in one.texts()
    assert "2020-Q1" not in other.texts()
    assert "Press" in other.texts()


def test_another_scenario_brings_its_own_dials(visit):
    page = visit()
    names = list(stories())
    assert names[0] == "continued"
    select = page.all(ipyvuetify.Select)[0]
    select.v_model = names[-1]
    assert Scenario.load(names[-1]).title in page.texts()
    page.click("Step")
    assert "2020-Q1" in page.texts()


def test_dials_act_after_reset():
    dials = shown_dials()
    assert len(dials) >= 6
    stays = Watched(**settings_of(choice_of("", STORIES, dials)))
    assert stays.source is not None and stays.source.hash == Scenario.load("continued").hash
    moved = Watched(**settings_of(choice_of("demand.elasticity=2.5", STORIES, dials)))
    assert centres(moved.source)["demand.elasticity"] == 2.5


def test_play_runs_to_the_horizon_and_stops():
    model = Watched()
    for _ in range(len(model.quarters) + 3):
        model.step()
    assert model.quarter == len(model.quarters)
    assert not model.running and not model.trouble
    assert model.results().quarters == model.quarters


def test_luck_is_another_world():
    here, there, again = Watched(luck=0), Watched(luck=1), Watched(luck=0)
    for model in (here, there, again):
        for _ in range(8):
            model.step()
    tokens = [model.results()["tokens"].values[-1, 0] for model in (here, there, again)]
    assert tokens[0] == tokens[2] != tokens[1]


def test_a_crash_shows_a_number_and_no_traceback(visit, monkeypatch, caplog):
    monkeypatch.setattr("sim.economy.model.AIEconomy.step", lambda self: 1 / 0)
    page = visit()
    with caplog.at_level(logging.ERROR):
        page.click("Step")
    said = page.texts()
    number = re.search(r"number ([0-9a-f]{8})", said)
    assert number, said
    assert "ZeroDivision" not in said and "Traceback" not in said
    assert number[1] in caplog.text and "ZeroDivisionError" in caplog.text


def test_a_page_that_cannot_be_shown_says_so(visit, monkeypatch, caplog):
    def broken(story):
        raise RuntimeError("secret")

    monkeypatch.setattr(sim.app.page, "about", broken)
    page = visit()
    assert re.search(r"number [0-9a-f]{8}", page.texts())
    assert "secret" not in page.texts()


def test_a_figure_that_cannot_be_drawn_spares_the_others(visit, monkeypatch):
    def broken(results, quarters):
        raise RuntimeError("secret")

    draws = sim.app.page.TABS["Labs"]
    monkeypatch.setitem(sim.app.page.TABS, "Labs", (broken, *draws[1:]))
    page = visit()
    page.click("Step")
    assert "secret" not in page.texts() and "Something went wrong" in page.texts()
    assert len(page.pictures()) == len(draws) - 1


def test_the_address_bar_is_checked():
    dials = shown_dials()
    assert choice_of("scaling.regime=plateau", STORIES, dials).dials == {
        "scaling.regime": "plateau"
    }
    name, dial = "scaling.late_slope", dials["scaling.late_slope"]
    value = sum(dial.allowed) / 2
    good = choice_of(f"?story=plateau&luck=12&{name}={value}", STORIES, dials)
    assert (good.story, good.luck, good.dials, good.problems) == ("plateau", 12, {name: value}, ())
    assert choice_of(None, STORIES, dials).story == "continued"
    for bad in (
        "story=../../etc/passwd",
        "luck=-1",
        "luck=1e9",
        f"{name}=nan",
        f"{name}=1e99",
        "x=1",
        f"{name}=<script>",
        "scaling.regime=x",
        "luck=" + "9" * 3000,
        "&".join(["luck=1"] * 41),
        f"{name}=",
    ):
        choice = choice_of(bad, STORIES, dials)
        assert (choice.story, choice.luck, choice.dials) == ("continued", 0, {}), bad
        assert bad.endswith("=") or choice.problems, bad
        assert all(len(problem) < 600 for problem in choice.problems)


def models_alive() -> int:
    gc.collect()
    return sum(isinstance(one, AIEconomy) for one in gc.get_objects())


def test_a_reset_lets_the_old_world_go(visit):
    page = visit()
    page.click("Step")
    before = models_alive()
    for _ in range(3):
        page.click("Reset")
        page.click("Step")
    assert models_alive() <= before + 1  # the page may hold the last beside the new one
    page.close()
    assert models_alive() < before + 1
