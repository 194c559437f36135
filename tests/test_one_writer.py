"""One writer a number: who assigns what, where it is born, and that records say their units."""

import ast

import pytest
from economy import ROOT
from house import MODULES, SIM, name_of, room_of

from sim import units

ECONOMY = [path for path in MODULES if room_of(name_of(path)) == "economy"]
ACTORS = [path for path in ECONOMY if name_of(path).startswith("economy.agents.")]


def assigned(node):
    """Targets of an assignment that are attributes: (object, attribute), also of their items."""
    targets = [*node.targets] if isinstance(node, ast.Assign) else [node.target]
    while targets:
        target = targets.pop()
        if isinstance(target, ast.Tuple | ast.List):
            targets += target.elts
        elif isinstance(target, ast.Subscript | ast.Starred):
            targets.append(target.value)
        elif isinstance(target, ast.Attribute):
            yield ast.unparse(target.value), target.attr


def assignments(tree):
    kinds = ast.Assign | ast.AugAssign | ast.AnnAssign
    for node in ast.walk(tree):
        if isinstance(node, kinds):
            yield from assigned(node)


@pytest.mark.parametrize("path", ECONOMY, ids=name_of)
def test_nobody_writes_what_is_not_his(path):
    """An attribute is assigned by its own object alone: others build records and hand them over."""
    source = path.read_text()
    foreign = {f"{of}.{name}" for of, name in assignments(ast.parse(source)) if of != "self"}
    assert not foreign, f"{name_of(path)} writes {', '.join(sorted(foreign))}"
    if path.name != "saved_state.py":  # which puts everything back as it was
        assert "setattr(" not in source and "__dict__" not in source


@pytest.mark.parametrize("path", ACTORS, ids=name_of)
def test_an_attribute_is_born_in_init(path):
    for kind in ast.walk(ast.parse(path.read_text())):
        if not isinstance(kind, ast.ClassDef):
            continue
        births = [m for m in kind.body if getattr(m, "name", "") == "__init__"]
        born = {name for m in births for of, name in assignments(m) if of == "self"}
        later = {name for of, name in assignments(kind) if of == "self"} - born
        assert not later, f"{kind.name}: {', '.join(sorted(later))} not born in __init__"


def test_the_rule_of_one_writer_would_see_a_breach():
    breach = "class A:\n def f(self, labs):\n  labs.cash, self.x = 1, 2\n  labs.plan.price[0] += 3"
    assert set(assignments(ast.parse(breach))) == {
        ("labs", "cash"),
        ("self", "x"),
        ("labs.plan", "price"),
    }


def test_the_docs_name_every_record():
    tree = ast.parse((SIM / "economy" / "state.py").read_text())
    page = (ROOT / "docs" / "model.md").read_text()
    records = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    assert len(records) == 6 and all(f"| `{name}` |" in page for name in records)


def test_records_say_their_units():
    """Every field of what actors tell one another is annotated with a unit, not a bare array."""
    tree = ast.parse((SIM / "economy" / "state.py").read_text())
    fields = [n for k in ast.walk(tree) if isinstance(k, ast.ClassDef) for n in k.body]
    fields = [field for field in fields if isinstance(field, ast.AnnAssign)]
    assert len(fields) > 30
    for field in fields:
        unit = ast.unparse(field.annotation)
        assert unit in vars(units) and unit != "Array", f"{ast.unparse(field.target)}: {unit}"
