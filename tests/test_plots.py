"""Figures: written whole, not blank, with units on every axis, and true to the numbers."""

from types import SimpleNamespace

import matplotlib.colors
import matplotlib.image
import numpy as np
import pytest
from matplotlib.figure import Figure

from sim.errors import BadInput
from sim.outputs.dataset import as_dataset
from sim.outputs.results import Results
from sim.plots import fan, figures, save_figures
from sim.plots.fans import bands, paired
from sim.plots.shares import largest, moved, parts
from sim.plots.style import in_words, log_ticks, number, write, years
from sim.plots.watch import TABS
from sim.plots.why import NAME, NEEDS, USE_COLOURS, leaders, why_figures

QUARTERS = [f"{year}-Q{quarter}" for year in range(2022, 2028) for quarter in (1, 2, 3, 4)]
COORDS = {
    "lab": ("ada", "bob", "cy", "dot", "eve"),
    "use": ("experiments", "final_runs", "serving"),
    "flow": ("tokens", "rent", "wages"),
}
UNITS = {
    "revenue": ("USD/year", True),
    "tokens": ("tokens/day", True),
    "rent": ("USD/H100e-hour", True),
    "capability": ("OOM", False),
    "hhi": ("index", False),
    "valuation": ("USD", True),
    "chips": ("H100e", True),
    "power": ("GW", True),
    "failures": ("labs", False),
    "adoption": ("share", False),
    "price_flagship": ("USD/Mtok", True),
}


def walk(title: str = "Up", worlds: int = 12, slope: float = 1.0) -> Results:
    """A result made of random walks, the same luck every time."""
    luck = np.random.default_rng(1)
    rise = np.linspace(0, slope, len(QUARTERS))
    measures, arrays = {}, {}

    def add(name: str, unit: str, log: bool, dims: tuple[str, ...] = ()) -> None:
        between = [len(COORDS[dim]) for dim in dims]
        shape = (len(QUARTERS), *between, worlds)
        steps = 0.05 * luck.normal(size=shape).cumsum(axis=0)
        up = rise.reshape(-1, *[1] * (len(shape) - 1))
        arrays[name] = 1e9 * np.exp(5 * up + steps) if log else np.abs(up + steps)
        measures[name] = SimpleNamespace(unit=unit, label=name.title(), dims=dims, log=log)

    for name, (unit, log) in UNITS.items():
        add(name, unit, log)
    for name in ("lab_revenue", "lab_share", "lab_belief", "lab_capability"):
        add(name, "USD/year" if name == "lab_revenue" else "share", True, ("lab",))
    for name in NEEDS:
        if name not in arrays:
            add(name, "USD/year" if name.endswith("_spending") else "ratio", True, ("lab",))
    for name in (name for name in NEEDS if not name.endswith(("_spending", "_revenue"))):
        arrays[name] /= 1e9
    arrays["lab_share"] /= arrays["lab_share"].sum(axis=1, keepdims=True)
    add("spending", "USD/year", True, ("use",))
    add("flows", "USD/year", True, ("flow",))
    dataset = as_dataset(measures, arrays, QUARTERS, np.arange(worlds), COORDS)
    about = {"scenario": title.lower(), "title": title, "seed": 3, "policies": []}
    return Results(dataset, about)


@pytest.fixture(scope="module")
def two() -> dict[str, Results]:
    return {"up": walk(), "flat": walk("Flat", slope=0.4)}


def test_figures_are_written_and_not_blank(two, tmp_path):
    paths = save_figures(two, tmp_path / "new")
    names = {path.stem for path in paths}
    wanted = {"overview", "difference", "spending_mix", "market_shares", "money_flows", "details"}
    assert wanted | {f"{NAME}_1", f"{NAME}_2"} <= names
    assert paths[0].name == "overview.png"
    for path in paths:
        picture = matplotlib.image.imread(path)[..., :3]
        assert picture.shape[1] > 800, path.name
        assert picture.std() > 0.05, f"{path.name} is blank"
    assert {p.name for p in (tmp_path / "new").iterdir()} == {p.name for p in paths}


def test_every_axis_says_its_unit_and_every_figure_its_source(two):
    for name, figure in figures(two):
        for ax in figure.axes:
            if ax.axison and ax.yaxis.get_tick_params()["labelleft"]:
                label = ax.get_ylabel() or ax.get_xlabel()
                assert label, f"an axis of {name} has no unit"
        foot = figure.get_supxlabel()
        assert "12 worlds, seed 3; a conditional what-if, not a forecast" in foot, name
    overview = dict(figures(two))["overview"]
    labels = [ax.get_ylabel() for ax in overview.axes]
    assert labels[:3] == ["US dollars a year", "tokens a day", "US dollars an H100e-hour"]
    assert overview.axes[0].get_yscale() == "log"
    assert overview.axes[3].get_yscale() == "linear"


def test_a_fan_draws_the_median_and_quantiles(two):
    figure = Figure()
    ax = figure.subplots()
    fan(ax, two["up"], "capability", label="here")
    values = two["up"]["capability"].values
    line = next(line for line in ax.lines if line.get_label() == "here")
    np.testing.assert_allclose(line.get_ydata(), np.median(values, axis=-1))
    np.testing.assert_allclose(line.get_xdata(), years(QUARTERS))
    np.testing.assert_allclose(bands(values)[4], np.quantile(values, 0.95, axis=-1))


def test_what_never_happens_is_said_in_words(two):
    never = walk("Never")
    never.dataset["failures"] = never["failures"] * 0.0
    never["failures"].attrs.update(two["up"]["failures"].attrs)
    ax = dict(figures({"never": never}))["fan_failures"].axes[0]
    assert "never, in any world" in [text.get_text() for text in ax.texts]
    for runs in ({"up": two["up"]}, {"never": never, "up": two["up"]}):
        ax = dict(figures(runs))["fan_failures"].axes[0]
        assert "never, in any world" not in [text.get_text() for text in ax.texts]


def test_the_end_of_the_data_is_marked_only_where_it_lies_inside(two):
    figure = dict(figures(two))["fan_revenue"]
    marks = [line for line in figure.axes[0].lines if line.get_gid() == "data end"]
    assert [mark.get_xdata()[0] for mark in marks] == [2026.0]
    late = walk()
    late.dataset = late.dataset.isel(quarter=slice(16, None))
    figure = dict(figures({"late": late}))["fan_revenue"]
    assert not [line for line in figure.axes[0].lines if line.get_gid() == "data end"]


def test_a_result_against_itself_differs_by_nothing(two):
    up = two["up"]
    assert (paired(up["revenue"], up["revenue"], ratio=True) == 1).all()
    assert (paired(up["hhi"], up["hhi"], ratio=False) == 0).all()


def test_shares_sum_to_one_and_tiny_ones_go_under_others(two):
    for middle in ("median", "mean"):
        shares = parts(two["up"]["spending"], middle)
        np.testing.assert_allclose(shares.sum("use"), 1.0)
    shares = parts(two["up"]["spending"])
    shares.loc[{"use": "serving"}] = 0.001
    assert "serving" not in largest([shares])


def test_nothing_at_all_can_still_be_drawn(tmp_path):
    none = walk(worlds=2)
    for name in none.measures:
        none.dataset[name] = none.dataset[name] * (np.nan if name == "rent" else 0.0)
    assert save_figures({"none": none}, tmp_path)


@pytest.mark.parametrize("count", [1, 5])
def test_any_number_of_results(count):
    many = {f"r{i}": walk(f"Number {i}", worlds=1, slope=i + 1) for i in range(count)}
    names = {name for name, _ in figures(many)}
    assert ("difference" in names) == (count > 1)


def test_results_without_worlds_draw_nothing(tmp_path):
    empty = walk()
    empty.dataset = empty.dataset.isel(world=slice(0, 0))
    assert save_figures({"empty": empty}, tmp_path) == []


def test_a_failed_figure_leaves_no_file(tmp_path):
    class Broken(Figure):
        def savefig(self, *args, **kwargs):
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write(Broken(), tmp_path / "x.png")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1e9, "USD/year", "$1B"),
        (2.5e12, "USD", "$2.5T"),
        (1e25, "FLOP", "1e25"),
        (0.3, "share", "30%"),
        (-2e6, "USD/year", "-$2M"),
        (120.0, "GW", "120"),
        (1e13, "tokens/day", "10T"),
        (0.0, "USD", "$0"),
        (float("nan"), "USD", ""),
    ],
)
def test_ticks_are_written_as_a_person_would(value, unit, text):
    assert number(value, unit) == text


def test_log_ticks_are_few_round_and_inside():
    for low, high in [(0.7, 2.6), (1e6, 3e12), (0.011, 1.3), (2e3, 2e5)]:
        ticks = log_ticks(low, high)
        assert 2 <= len(ticks) <= 6
        assert all(low <= tick <= high for tick in ticks)
    assert in_words("USD/year") == "US dollars a year"


def test_the_pictures_of_one_world():
    one = walk(worlds=1)
    one.dataset = one.dataset.isel(quarter=slice(0, 3))
    drawn = [draw(one, QUARTERS) for draws in TABS.values() for draw in draws]
    assert len([figure for figure in drawn if figure is not None]) >= 7
    for figure in filter(None, drawn):
        assert figure.axes[0].get_ylabel()
        assert figure.axes[0].get_xlim()[1] == 2028.0  # the whole horizon, so that nothing jumps


def test_figures_of_one_result_and_of_nothing(two, tmp_path):
    assert save_figures(two["up"], tmp_path)
    for wrong in (None, [two["up"]], "up"):
        with pytest.raises(BadInput, match="figures"):
            save_figures(wrong, tmp_path)
    with pytest.raises(BadInput, match="also by lab"):
        fan(Figure().subplots(), two["up"], "lab_revenue")


def test_letters_that_no_font_has_are_drawn_quietly(tmp_path, recwarn):
    save_figures({"x": walk("中国 🚀")}, tmp_path)
    assert not recwarn.list


def drawn_why(results):
    """The figure of one result as columns of axes, a lab each, and the labs."""
    ((name, figure),) = why_figures({"one": results})
    assert name == NAME
    labs = leaders(results)
    return labs, np.array(figure.axes, dtype=object).reshape(-1, len(labs)).T


def test_why_shows_the_labs_that_earn_most_at_the_end():
    results = walk()
    revenue = results["lab_revenue"]
    last = np.median(revenue.transpose("quarter", "lab", "world").values[-1], axis=-1)
    names = [str(name) for name in revenue["lab"].values]
    assert leaders(results) == [names[row] for row in np.argsort(-last)[:4]]
    gone = walk()
    gone.dataset["lab_revenue"] = gone["lab_revenue"].where(gone["lab_revenue"]["lab"] == "cy", 0.0)
    assert leaders(gone) == ["cy"]
    labs, columns = drawn_why(gone)
    assert columns.shape == (1, 4) and columns[0, 0].get_title(loc="left").startswith("cy\n")


def test_why_compares_the_same_labs():
    """Those of the baseline, so that two figures can be laid side by side."""
    base, other = walk(), walk("Other")
    other.dataset["lab_revenue"] = other["lab_revenue"][:, ::-1].assign_coords(
        lab=other["lab_revenue"]["lab"]
    )
    assert leaders(base) != leaders(other)
    titles = [
        [ax.get_title(loc="left").split("\n")[0] for ax in figure.axes[:4]]
        for _, figure in why_figures({"base": base, "other": other})
    ]
    assert titles == [leaders(base)] * 2


def test_why_draws_shares_returns_and_what_a_dollar_must_bring():
    results = walk()
    labs, columns = drawn_why(results)
    for lab, (mix, returns, belief, thinking) in zip(labs, columns, strict=True):
        tops = [area.get_paths()[0].vertices[:, 1].max() for area in mix.collections]
        assert max(tops) == pytest.approx(1.0)
        lines = [line for line in returns.lines if len(line.get_xdata()) == len(QUARTERS)]
        assert len(lines) == 6  # five uses of development, and what a dollar must bring
        for use, line in zip(("final_runs", "experiments"), lines, strict=False):
            of = results[f"lab_return_{use}"].sel(lab=lab).values
            np.testing.assert_allclose(line.get_ydata(), np.median(of, axis=-1))
            assert line.get_color() == USE_COLOURS[use]
        cash = results["lab_shadow_price"].sel(lab=lab).values
        np.testing.assert_allclose(lines[-1].get_ydata(), 1.0 + np.median(cash, axis=-1))
        assert returns.get_yscale() == thinking.get_yscale() == "log"
        assert belief.get_yscale() == "linear"


def test_why_is_of_the_worlds_in_which_a_lab_is_at_work():
    results = walk()
    idle = (results["lab_revenue"]["world"] >= 1) | (results["lab_revenue"]["quarter"] < "2023")
    for name in NEEDS:
        if name.endswith("_spending"):
            results.dataset[name] = results[name].where(~idle, 0.0)
    labs, columns = drawn_why(results)
    line = columns[0, 2].lines[0].get_ydata()
    here = results["lab_belief"].sel(lab=labs[0], world=0).values
    assert np.isnan(line[:4]).all()
    np.testing.assert_allclose(line[4:], here[4:])


def test_why_is_not_drawn_without_its_measures():
    results = walk()
    results.dataset = results.dataset.drop_vars("lab_shadow_price")
    assert not list(why_figures({"one": results}))
    with_it = dict(figures({"one": results}, {"one": walk()}))
    assert NAME in with_it


def test_uses_keep_their_colours(two):
    """In the mix and in the reasons, whichever is larger."""
    figure = dict(figures(two))["spending_mix"]
    for ax in figure.axes[:2]:
        shown = [area.get_facecolor()[0][:3] for area in ax.collections]
        wanted = [USE_COLOURS[use] for use in USE_COLOURS if use in COORDS["use"]]
        for colour, want in zip(shown, wanted, strict=False):
            np.testing.assert_allclose(colour, matplotlib.colors.to_rgb(want))


def test_two_mixes_have_what_is_between_them(two):
    """The change of each share, world by world: nothing of a result against itself."""
    spending = two["up"]["spending"]
    assert float(abs(moved(spending, spending)).max()) == 0.0
    gaps = moved(spending, two["flat"]["spending"], "mean")
    np.testing.assert_allclose(gaps.sum("use"), 0.0, atol=1e-12)
    by_world = [one["spending"] / one["spending"].sum("use") for one in two.values()]
    expected = (by_world[1] - by_world[0]).median("world").sel(use="serving")
    figure = dict(figures(two))["spending_mix"]
    change = figure.axes[2]
    lines = [line.get_ydata() for line in change.lines if len(line.get_xdata()) == len(QUARTERS)]
    assert change.get_ylabel() == "percentage points" and len(lines) == 3
    assert any(np.allclose(line, 100 * expected) for line in lines)
