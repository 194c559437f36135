"""The page without a browser: it steps, each visitor has a model of his own, troubles are told."""

import logging
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from io import BytesIO

import ipyvuetify
import ipywidgets
import numpy as np
import pytest
import solara
from PIL import Image

import sim.app.page
import sim.app.server
from sim.app.address import choice_of
from sim.app.page import Page, settings_of, stories
from sim.app.watched import Watched, centres, shown_dials
from sim.errors import BadInput
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
        f"{name}=",
    ):
        choice = choice_of(bad, STORIES, dials)
        assert (choice.story, choice.luck, choice.dials) == ("continued", 0, {}), bad
        assert bad.endswith("=") or choice.problems, bad
        assert all(len(problem) < 600 for problem in choice.problems)


def test_serve_says_what_is_missing(monkeypatch):
    monkeypatch.setattr(sim.app.server, "_there", lambda package: package != "solara")
    with pytest.raises(BadInput, match="the page needs solara"):
        sim.app.server.serve()


def test_serve_says_that_a_port_is_taken():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(BadInput, match="cannot listen"):
            sim.app.server.serve(port=taken.getsockname()[1])
    with pytest.raises(BadInput, match="no port"):
        sim.app.server.serve(port=70000)


def test_the_environment_cannot_move_the_server_or_phone_home(monkeypatch):
    monkeypatch.setenv("HOST", "0.0.0.0")
    environment = sim.app.server.environment()
    assert "HOST" not in environment
    assert environment["SOLARA_TELEMETRY_MIXPANEL_ENABLE"] == "false"
    command = sim.app.server.command("127.0.0.1", 8765)
    assert command[command.index("--host") + 1] == "127.0.0.1"
    assert {"--production", "--no-open", "--no-check-version"} <= set(command)


def hear_ctrl_c():
    """A job in the background of a script would inherit that Ctrl-C is to be ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_the_page_is_served_on_this_machine_and_stops(end):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = f"import sys; from sim.app import serve; sys.exit(serve(port={port}))"
    server = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "HOST": "0.0.0.0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=hear_ctrl_c,
    )
    try:
        for _ in range(120):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                    page = answer.read().decode()
                break
            except OSError:
                assert server.poll() is None, server.stdout.read()
                time.sleep(0.25)
        assert answer.status == 200
        assert "solara" in page.lower()
    finally:
        server.send_signal(end)
        assert server.wait(timeout=15) == 0
    with pytest.raises(OSError):  # nobody is left behind
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5)
