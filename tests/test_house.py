"""The house: who imports whom, how large a room is, what it is for."""

import ast
import re
import sys

import pytest
from house import MODULES, SIM, name_of, room_of

LONGEST = 300  # lines

# Left may import right, and nothing else. A room is a folder; files of sim itself are the ground.
GROUND = {
    "errors": set(),
    "units": set(),
    "dates": {"errors"},
    "luck": {"errors"},
    "version": set(),
}
MAY_IMPORT = {
    **GROUND,
    "equations": {"units"},
    "parameters": {"errors", "dates"},
    "inputs": {"parameters", *GROUND},
    "outputs": set(GROUND),
    "economy": {"equations", "parameters", "inputs", "outputs", *GROUND},
    "running": {"economy", "inputs", "outputs", *GROUND},
    "history": {"running", "inputs", "outputs", "parameters", *GROUND},
    "plots": {"outputs", *GROUND},
    "app": {"history", "plots", "running", "economy", "outputs", "inputs", "parameters", *GROUND},
    "cli": {
        "app",
        "history",
        "plots",
        "running",
        "economy",
        "outputs",
        "inputs",
        "parameters",
        *GROUND,
    },
    "__main__": {"cli", *GROUND},
    "__init__": {"running", "economy", "inputs", "outputs", *GROUND},  # the public names
}
# Within the economy: agents never import markets, nor markets agents; records lie between them.
INSIDE_ECONOMY = {
    "accounts": set(),
    "state": set(),
    "agents": {"state"},
    "markets": {"state"},
    "scarcity": {"agents"},
    "clouds_books": {"agents"},
    "measure": set(),
    "reckoning": {"accounts", "measure", "state"},
    "spent": {"state"},
    "promises": set(),
    "measures": {
        *("accounts", "agents", "clouds_books", "measure", "promises"),
        *("reckoning", "scarcity", "spent", "state"),
    },
    "recorder": {"measure"},
    "saved_state": set(),
    "model": {"accounts", "measures", "agents", "markets", "state", "recorder", "saved_state"},
}
# One door a library.
DOORS = {
    "mesa": {"economy", "app"},
    "matplotlib": {"plots", "app"},
    "solara": {"app"},
    "starlette": {"app"},
    "uvicorn": {"app"},
    "scipy": {"inputs"},
    "pyarrow": {"outputs"},
    "tqdm": {"running"},
}


NAMES = {f"sim.{name_of(path)}" for path in MODULES}


def imports(path, types=False):
    """What a module imports when it runs, dotted; those for types alone count if `types`."""
    waiting = [ast.parse(path.read_text())]
    while waiting:
        node = waiting.pop()
        if not types and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting += node.orelse
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            if isinstance(node.args[0], ast.Constant):  # not of a name that is worked out
                yield node.args[0].value
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in NAMES else node.module
        waiting += ast.iter_child_nodes(node)


def test_the_table_knows_every_room():
    assert {room_of(name_of(path)) for path in MODULES} == set(MAY_IMPORT)
    assert len(MODULES) > 50


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_keep_to_the_table(path):
    here = name_of(path)
    room = room_of(here)
    for name in imports(path):
        if name.split(".")[0] != "sim":
            library = name.split(".")[0]
            assert room in DOORS.get(library, {room}), f"{here} opens a door to {library}"
            continue
        there = name.removeprefix("sim").removeprefix(".")
        assert room_of(there) in MAY_IMPORT[room] | {room}, f"{here} may not import {name}"
        if room == room_of(there) == "economy" and here != "economy":
            inner, its = here.split(".")[1], there.split(".")[1]
            assert its in INSIDE_ECONOMY[inner] | {inner}, f"{here} may not import {name}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_types_come_from_below_too(path):
    """A room may name a type of a room that it may import, or of its own."""
    room = room_of(name_of(path))
    for name in imports(path, types=True):
        there = name.removeprefix("sim").removeprefix(".")
        if name.split(".")[0] == "sim" and there:
            assert room_of(there) in MAY_IMPORT[room] | {room}, f"{name_of(path)} names {name}"


def test_the_public_names_come_from_rooms_they_may():
    import sim

    assert {room_of(home.removeprefix("sim.")) for home in sim._HOME.values()} <= MAY_IMPORT[
        "__init__"
    ]


@pytest.mark.parametrize("path", sorted(SIM.rglob("__init__.py")), ids=name_of)
def test_every_room_says_in_one_line_what_belongs_there(path):
    says = ast.get_docstring(ast.parse(path.read_text()))
    assert says and len(says.splitlines()[0]) > 20


def test_no_circle_of_imports():
    """Also inside a room: whoever is read first needs nothing that comes after."""
    known = {name_of(path): path for path in MODULES}

    def follow(name, way):
        assert name not in way, f"a circle: {' -> '.join([*way, name])}"
        if name in known and name not in done:
            for there in imports(known[name]):
                follow(there.removeprefix("sim").removeprefix("."), [*way, name])
            done.add(name)

    done = set()
    for name in known:
        follow(name, [])


def test_equations_need_numpy_alone():
    for path in sorted((SIM / "equations").glob("*.py")):
        for name in imports(path):
            ours = name == "sim.units" or name.startswith("sim.equations.")
            assert ours or name.split(".")[0] in {"numpy", *sys.stdlib_module_names}
        source = path.read_text()
        assert "random" not in {
            name
            for tree in [ast.parse(source)]
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            for name in [node.attr]
        }
        assert not re.search(r"\bself\.(\w+) = ", source), f"{path.name} keeps state"


MATHEMATICS = set("abipxyz_")  # two runs, places, powers, coordinates, a standard normal


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_names_are_words(path):
    """No single letters but in mathematics, and equations are mathematics."""
    if room_of(name_of(path)) == "equations":
        return
    nodes = list(ast.walk(ast.parse(path.read_text())))
    bound = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    bound |= {n.arg for n in nodes if isinstance(n, ast.arg)}
    assert not {name for name in bound if len(name) == 1} - MATHEMATICS


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_is_short_and_says_what_it_is(path):
    source = path.read_text()
    assert len(source.splitlines()) < LONGEST
    assert ast.get_docstring(ast.parse(source)), "begin with a line on what this is for"
    assert not set(path.stem.split("_")) & {"utils", "helpers", "manager", "engine", "core", "base"}
