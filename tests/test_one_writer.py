"""One writer a number: who assigns what, where it is born, and that records say their units."""

import ast
from dataclasses import FrozenInstanceError, fields

import pytest
from economy import ROOT, started
from house import MODULES, SIM, name_of, room_of

from sim import units

ECONOMY = [path for path in MODULES if room_of(name_of(path)) == "economy"]
ACTORS = [path for path in ECONOMY if name_of(path).startswith("economy.agents.")]


IN_PLACE = {"append", "clear", "extend", "fill", "insert", "itemset", "pop", "put", "resize",
            "setflags", "sort", "update", "__setattr__", "__setitem__"}  # fmt: skip
INTO_THE_FIRST = {"copyto", "place", "put", "putmask", "put_along_axis", "fill_diagonal", "setattr"}


def attributes(target):
    """Attributes that an assignment to this writes: (object, attribute), also by their items."""
    if isinstance(target, ast.Tuple | ast.List):
        for part in target.elts:
            yield from attributes(part)
    elif isinstance(target, ast.Subscript | ast.Starred):
        yield from attributes(target.value)
    elif isinstance(target, ast.Attribute):
        yield ast.unparse(target.value), target.attr


def targets(node):
    """What a statement or a call writes to."""
    if isinstance(node, ast.Assign | ast.Delete):
        return node.targets
    if isinstance(node, ast.AugAssign | ast.AnnAssign | ast.For | ast.comprehension):
        return [node.target]
    if isinstance(node, ast.withitem):
        return [node.optional_vars] if node.optional_vars else []
    if not isinstance(node, ast.Call):
        return []
    written = [word.value for word in node.keywords if word.arg == "out"]
    if isinstance(node.func, ast.Attribute) and node.func.attr in IN_PLACE:
        written.append(node.func.value)
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
    return [*written, *(node.args[:1] if name in INTO_THE_FIRST else [])]


def assignments(tree):
    for node in ast.walk(tree):
        for target in targets(node):
            yield from attributes(target)


@pytest.mark.parametrize("path", ECONOMY, ids=name_of)
def test_nobody_writes_what_is_not_his(path):
    """An attribute is assigned by its own object alone: others build records and hand them over."""
    source = path.read_text()
    foreign = {f"{of}.{name}" for of, name in assignments(ast.parse(source)) if of != "self"}
    assert not foreign, f"{name_of(path)} writes {', '.join(sorted(foreign))}"
    if path.name != "saved_state.py":  # which puts everything back as it was
        for trick in ("setattr(labs", "__dict__", "vars("):
            assert trick not in source


@pytest.mark.parametrize("path", ACTORS, ids=name_of)
def test_an_attribute_is_born_in_init(path):
    for kind in ast.walk(ast.parse(path.read_text())):
        if not isinstance(kind, ast.ClassDef):
            continue
        births = [m for m in kind.body if getattr(m, "name", "") == "__init__"]
        born = {name for m in births for of, name in assignments(m) if of == "self"}
        later = {name for of, name in assignments(kind) if of == "self"} - born
        assert not later, f"{kind.name}: {', '.join(sorted(later))} not born in __init__"


@pytest.mark.parametrize(
    "breach",
    [
        "labs.cash, x = 1, 2",
        "labs.cash[0] += 3",
        "labs.cash: float = 3",
        "np.multiply(x, 1.0, out=labs.cash)",
        "labs.cash.fill(0.0)",
        "np.copyto(labs.cash, x)",
        "for labs.cash in x: pass",
        "del labs.cash",
        "labs.cash.append(3)",
        "[1 for labs.cash in x]",
    ],
)
def test_the_rule_of_one_writer_sees_a_breach(breach):
    assert ("labs", "cash") in set(assignments(ast.parse(breach)))


def test_what_a_record_holds_cannot_be_written():
    model = started("continued", 2, worlds=2)
    labs = model.labs
    for record in (labs.plan, labs.compute, labs.data, labs.sold, labs.bills, labs.funding):
        for field in fields(record):
            array = getattr(record, field.name)
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0
        with pytest.raises(FrozenInstanceError):
            setattr(record, fields(record)[0].name, 0.0)


def test_the_docs_name_every_record():
    tree = ast.parse((SIM / "economy" / "state.py").read_text())
    page = (ROOT / "docs" / "model.md").read_text()
    records = [n.name for n in tree.body if isinstance(n, ast.ClassDef) and n.bases]
    assert len(records) == 8 and all(f"| `{name}` |" in page for name in records)


def test_records_say_their_units():
    """Every field of what actors tell one another is annotated with a unit, not a bare array."""
    tree = ast.parse((SIM / "economy" / "state.py").read_text())
    lines = [n for k in ast.walk(tree) if isinstance(k, ast.ClassDef) for n in k.body]
    lines = [line for line in lines if isinstance(line, ast.AnnAssign)]
    assert len(lines) > 30
    for field in lines:
        unit = ast.unparse(field.annotation)
        assert unit in vars(units) and unit != "Array", f"{ast.unparse(field.target)}: {unit}"
