"""Every dial of the model, by subject, each with its unit, range and source."""

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules

from sim.errors import BadInput, nearest, quoted
from sim.parameters.dial import Dial, Value

__all__ = [
    "LAB_FIELDS",
    "SHARES_THAT_SUM_TO_ONE",
    "SUBJECTS",
    "Dial",
    "Value",
    "find",
    "find_column",
    "worth",
]


def _dials_of(module: str) -> dict[str, Dial]:
    found = vars(import_module(f"{__name__}.{module}")).items()
    return {name: dial for name, dial in found if isinstance(dial, Dial)}


# Every module of this folder is a subject, but for the dial itself and what is said of each lab.
SUBJECTS: dict[str, dict[str, Dial]] = {
    module.name: _dials_of(module.name)
    for module in iter_modules(__path__)
    if module.name not in ("dial", "lab")
}
LAB_FIELDS: dict[str, Dial] = _dials_of("lab")

# Dotted names of dials that divide one whole between them, such as the uses of compute.
SHARES_THAT_SUM_TO_ONE: tuple[tuple[str, ...], ...] = (
    (
        "research.weight_final",
        "research.weight_experiments",
        "research.weight_post",
        "research.weight_data",
        "research.weight_product",
    ),
)


def worth(dials: dict[str, Dial]) -> dict[str, str]:
    """What every dial is worth by default, to show beside a suggested name."""
    return {name: dial.default_text for name, dial in dials.items()}


def find(dotted: str) -> Dial:
    """The dial called "subject.name". BadInput, with the nearest right name, if there is none."""
    subject, _, name = dotted.partition(".")
    if subject not in SUBJECTS:
        raise BadInput(f"There is no subject {quoted(subject)}. {nearest(subject, SUBJECTS)}")
    if name not in SUBJECTS[subject]:
        hint = nearest(name, SUBJECTS[subject], worth(SUBJECTS[subject]))
        raise BadInput(f"[{subject}] has no {quoted(name)}. {hint}")
    return SUBJECTS[subject][name]


def find_column(dotted: str, labs: Iterable[str]) -> Dial:
    """The dial that a column with a row a world is named by: "subject.name" or "labs.lab.field".

    BadInput, with the nearest right name, if there is none.
    """
    subject, _, rest = dotted.partition(".")
    if subject == "law":
        raise BadInput("a law is set by a policy. Leave the column out.")
    if subject != "labs":
        return find(dotted)
    lab, _, field = rest.partition(".")
    names = list(labs)
    if lab not in names:
        raise BadInput(f"there is no lab {quoted(lab)}. {nearest(lab, names)}")
    if field not in LAB_FIELDS:
        raise BadInput(f"a lab has no {quoted(field)}. {nearest(field, LAB_FIELDS)}")
    return LAB_FIELDS[field]
