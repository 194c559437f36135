"""The page: choose a scenario, move a few dials, and watch one world quarter by quarter.

Mesa's ModelController steps, plays, pauses and resets; the layout is ours, because Mesa's own
page has no room for a dial's description, for a scenario's own starting values, or for named tabs.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import solara
import solara.lab
from matplotlib.figure import Figure
from mesa.visualization.solara_viz import ModelController
from mesa.visualization.utils import update_counter

from sim.app.address import Choice, choice_of
from sim.app.watched import SEEDS, Watched, centres, notch, reported, shown_dials
from sim.inputs.scenario import Scenario
from sim.inputs.toml_files import scenario_folders
from sim.outputs.report import HEADLINES
from sim.parameters import Value
from sim.plots.style import in_words, number
from sim.plots.watch import TABS, Drawn

NAME = "AI industry: watch one world"
PAUSE = 20  # milliseconds between quarters while playing
BOLD = {"font-weight": "bold"}
SMALL = {"font-size": "0.85em", "opacity": "0.75"}

logging.getLogger("MESA").setLevel(logging.WARNING)


@solara.component
def Page() -> None:
    """What a visitor sees; an exception anywhere below shows as a number, the rest is logged."""
    trouble, clear = solara.use_exception()
    sentence = solara.use_memo(lambda: trouble and reported("showing the page", trouble), [trouble])
    # One child and no more (beside another, one that fails is made again without end), and keys
    # (so that what failed half made is not taken for what replaces it).
    if sentence:
        Sorry(sentence, clear).key("sorry")
    else:
        Chosen().key("chosen")


@solara.component
def Sorry(sentence: str, again: Callable[[], None]) -> None:
    """What is left when the page itself cannot be shown."""
    solara.Error(sentence)
    solara.Button("Try again", on_click=again)


@solara.component
def Chosen() -> None:
    """The choice of a scenario, and below it one world of that scenario."""
    solara.Title(NAME)
    search = solara.use_router().search
    titles = solara.use_memo(stories, [])
    asked = solara.use_memo(lambda: choice_of(search, list(titles), shown_dials()), [search])
    picked, pick = solara.use_state("")
    story = picked or asked.story
    with solara.AppBar():
        solara.AppBarTitle(NAME)
    if not story:
        solara.Error("No scenario was found. Start the page in the project's folder.")
        return
    with solara.Sidebar(), solara.Card("Scenario"):
        solara.Select("Scenario", value=story, values=list(titles), on_value=pick)
        solara.Text(about(story))
    for problem in asked.problems:
        solara.Warning(problem)
    start = asked if story == asked.story else Choice(story, asked.luck)
    # The key makes everything below anew for another scenario, whose dials stand elsewhere.
    OneWorld(start, f"{story} {search}").key(f"{story} {search}")


@solara.component
def OneWorld(choice: Choice, key: str) -> None:
    """A model that belongs to this visitor alone, its controls, dials and pictures."""
    begin = solara.use_memo(lambda: settings_of(choice), [])
    settings = solara.use_reactive(begin)
    model = solara.use_reactive(solara.use_memo(lambda: Watched(**begin), []))
    stride, pause = solara.use_reactive(1), solara.use_reactive(PAUSE)
    threads = solara.use_reactive(False)
    with solara.Sidebar():
        with solara.Card("Run"):
            ModelController(
                model,
                model_parameters=settings,
                play_interval=pause,
                render_interval=stride,
                use_threads=threads,
            ).key(f"controls {key}")
            solara.SliderInt("Quarters a step", value=stride, min=1, max=8)
        with solara.Card("Dials", subtitle="They act after Reset."):
            Sliders(settings).key(f"dials {key}")
    Shown(model.value)


@solara.component
def Sliders(settings: solara.Reactive[dict[str, Any]]) -> None:
    """A slider a dial, over its allowed range, and one for the luck."""

    def turn(name: str, value: Value) -> None:
        settings.value = {**settings.value, name: value}

    for name, dial in shown_dials().items():
        value = settings.value[name]
        if dial.kind == "choice":
            solara.Select(
                f"{dial.what} ({name})",
                value=value,
                values=list(dial.allowed),
                on_value=lambda value, name=name: turn(name, value),
            )
            continue
        low, high = dial.allowed
        solara.Text(f"{dial.what}: {number(value)} {dial.unit}", style={"font-size": "0.9em"})
        solara.SliderFloat(
            name,
            value=value,
            min=low,
            max=high,
            step=notch(dial),
            thumb_label=False,
            on_value=lambda value, name=name: turn(name, value),
        )
    solara.Text("Luck: another number is another world", style={"font-size": "0.9em"})
    solara.SliderInt(
        "luck",
        value=settings.value["luck"],
        min=0,
        max=SEEDS,
        on_value=lambda value: turn("luck", value),
    )


@solara.component
def Shown(model: Watched) -> None:
    """Where the run stands, and its pictures."""
    update_counter.get()  # Mesa's controls move it, so that this is drawn again
    tab = solara.use_reactive(0)
    if model.trouble:
        solara.Error(model.trouble)
    results = model.results()
    if results is None:
        if not model.trouble:
            solara.Info("Press ▶ to play, or Step for one quarter. The dials act after Reset.")
        return
    with solara.Card():
        solara.Text(f"{results.title}, {results.quarters[-1]}", style=BOLD)
        with solara.Row(gap="24px", style={"flex-wrap": "wrap"}):
            for name in filter(results.__contains__, HEADLINES):
                unit = str(results[name].attrs.get("units", ""))
                with solara.Column(gap="0px"):
                    label = str(results[name].attrs.get("long_name") or name)
                    solara.Text(number(float(results[name].values[-1, 0]), unit), style=BOLD)
                    solara.Text(f"{label}, {in_words(unit)}", style=SMALL)
    with solara.lab.Tabs(value=tab):
        for title in TABS:
            solara.lab.Tab(title)
    with solara.ColumnsResponsive(default=12, large=6):
        for draw in list(TABS.values())[tab.value]:
            Picture(draw, model, model.quarter)
    solara.Text("One world: a conditional what-if, not a forecast.", style=SMALL)


@solara.component
def Picture(draw: Drawn, model: Watched, quarter: int) -> None:
    """One figure of the world so far, drawn again only when the quarter is another.

    One that cannot be drawn says so and spares the others.
    """

    def drawn() -> tuple[Figure | None, str]:
        results = model.results()
        try:
            return (draw(results, model.quarters) if results is not None else None), ""
        except Exception:
            return None, reported(f"drawing {draw.__name__}")

    figure, trouble = solara.use_memo(drawn, [draw, model, quarter])
    if trouble:
        solara.Error(trouble)
    if figure is not None:
        with solara.Card(margin=1):
            solara.FigureMatplotlib(figure, dependencies=[figure], format="png")


def settings_of(choice: Choice) -> dict[str, Any]:
    """What a model is made of: the scenario, the luck, and every dial of the page."""
    dials = {**centres(Scenario.load(choice.story)), **choice.dials}
    return {"story": choice.story, "luck": choice.luck, **dials}


def stories() -> dict[str, str]:
    """Every scenario that can be loaded, with its title, `continued` first."""
    found: dict[str, str] = {}
    for folder in scenario_folders():
        for path in sorted(folder.glob("*.toml")):
            try:
                found.setdefault(path.stem, Scenario.load(path.stem).title)
            except ValueError:
                logging.getLogger(__name__).warning("%s cannot be used", path.name)
    return dict(sorted(found.items(), key=lambda item: (item[0] != "continued", item[0])))


def about(story: str) -> str:
    """What a scenario is."""
    scenario = Scenario.load(story)
    return f"{scenario.title}. {scenario.about}"
