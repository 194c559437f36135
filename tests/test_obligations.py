"""What is told of obligations: the figure is true to its numbers and never empty, and so are the
table and the sentence of `explain`."""

import numpy as np
import pytest
from test_plots import QUARTERS, walk

from sim.outputs import owed
from sim.plots import figures
from sim.plots.obligations import LINES, NAME, NEEDS, obligations_figures


def walked(title="Up"):
    """A result with what the figure needs: random walks of dollars, everybody at work."""
    results = walk(title)
    revenue = results["lab_revenue"]
    for times, name in ((3.0, "lab_obligations"), (0.5, "lab_cash")):
        results.dataset[name] = (times * revenue).assign_attrs(revenue.attrs)
    results.dataset["lab_alive"] = (revenue > 0.0).astype(float).assign_attrs(unit="share")
    return results


def panels(figure):
    return [ax for ax in figure.axes if ax.axison and ax.get_title(loc="left")]


def test_it_draws_what_was_promised_against_cash_and_revenue():
    results = walked()
    ((name, figure),) = obligations_figures({"up": results})
    assert name == NAME and len(panels(figure)) == 4
    for ax in panels(figure):
        lab = ax.get_title(loc="left").split("\n")[0]
        lines = [line for line in ax.lines if len(line.get_xdata()) == len(QUARTERS)]
        assert len(lines) == len(LINES)
        for measure, line in zip(LINES, lines, strict=True):
            of = results[measure].sel(lab=lab).transpose("quarter", "world").values
            np.testing.assert_allclose(line.get_ydata(), np.median(of, axis=-1))
        assert ax.get_yscale() == "log" and "3.0 times its revenue" in ax.get_title(loc="left")
    assert panels(figure)[0].get_ylabel() == "US dollars"
    assert "12 worlds" in figure.get_supxlabel()


def test_a_lab_that_promises_nothing_has_no_panel():
    results = walked()
    promised = results["lab_obligations"]
    ((_, figure),) = obligations_figures({"up": results})
    first = panels(figure)[0].get_title(loc="left").split("\n")[0]
    results.dataset["lab_obligations"] = promised.where(promised["lab"] != first, 0.0)
    ((_, fewer),) = obligations_figures({"up": results})
    assert len(panels(fewer)) == 3
    assert all(first not in ax.get_title(loc="left") for ax in panels(fewer))
    results.dataset["lab_obligations"] = 0.0 * promised
    assert not list(obligations_figures({"up": results}))


def test_it_is_drawn_for_each_of_two_runs_and_not_without_its_measures():
    two = {"up": walked(), "flat": walked("Flat")}
    assert [name for name, _ in obligations_figures(two)] == [f"{NAME}_1", f"{NAME}_2"]
    assert {f"{NAME}_1", f"{NAME}_2"} <= set(dict(figures(two)))
    for need in NEEDS:
        without = walked()
        without.dataset = without.dataset.drop_vars(need)
        if need != "lab_revenue":
            assert NAME not in dict(figures({"up": without}))


def owes(**more):
    numbers = {"obligations": 30e9, "years": 3.25, "cash": 5e9, "revenue": 10e9}
    numbers |= {"debt": 2e9, "interest": 1.2e8, **more}
    return {name: np.full(4, float(value)) for name, value in numbers.items()}


def test_a_sentence_on_what_is_owed():
    assert owed.sentence(owes()) == (
        "It has promised clouds and staff $30B over 3.2 years, 3.0 times its revenue of a year and "
        "6.0 times its cash; it owes lenders $2B, at $120M a year of interest."
    )
    poor = owed.sentence(owes(cash=-1.0, revenue=0.0, debt=0.0))
    assert "over 100 times its revenue of a year and over 100 times its cash" in poor
    assert poor.endswith("it owes lenders nothing.")
    nothing = owed.sentence(owes(obligations=0.0, years=0.0, debt=0.0))
    assert nothing == "It has promised clouds nothing; it owes lenders nothing."


def test_a_table_of_what_is_owed():
    told = owed.cells(owes(), alone=True)
    assert told["promised, all that is left to pay"] == "$30B"
    assert told["promised over cash"] == "6.0" and told["promised over a year's revenue"] == "3.0"
    band = owed.cells(owes() | {"debt": np.array([0.0, 1e9, 2e9, 3e9])}, alone=False)
    assert band["owed to lenders"].startswith("$1.5B [$150M")


@pytest.mark.parametrize("means", [0.0, -3e9])
def test_promises_over_nothing_are_endless_and_none_over_nothing_none(means):
    assert np.all(np.isinf(owed.rows(owes(cash=means))["over_cash"]))
    assert np.all(owed.rows(owes(cash=means, obligations=0.0))["over_cash"] == 0.0)
