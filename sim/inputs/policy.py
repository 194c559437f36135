"""A policy: dated changes of law, and nothing else. Policies of different laws compose with +.

A law belongs to one policy. Two that both set it cannot be told to hold together: whether rates add
up, the stricter cap holds or the later text replaces the earlier one is for a legislator to say. So
`+` refuses them, and who wants both writes one policy that `extends` the other: there the dates of
the file replace those of its parent, and the dates that it does not mention stay.

A law is repealed by its neutral value from a date on: no levy is 0, all chips are 1, no cap is inf.
"""

import hashlib
import os
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sim import parameters
from sim.dates import quarter_label, quarter_of
from sim.errors import BadInput, clean, nearest, quoted
from sim.inputs.plain_values import as_plain, as_table
from sim.inputs.text_file import path_of
from sim.inputs.toml_files import policy_folders, read_chain
from sim.inputs.toml_text import toml
from sim.parameters.dial import Value

LAWS = parameters.SUBJECTS["law"]
TOP = ("title", "source", "extends", "law")


@dataclass(frozen=True)
class Change:
    """One law takes a value from a quarter on."""

    value: Value
    where: str


class Law:
    """The law of one quarter, as read-only attributes: `law.compute_levy_rate`."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"There is no law {quoted(name)}. {nearest(name, LAWS)}")

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"law.{name} cannot be set here. Change the policy.")


@dataclass(frozen=True, eq=False, repr=False)
class Policy:
    """Dated changes of law; `Policy()` changes nothing."""

    names: tuple[str, ...] = ()
    title: str = ""
    source: str = ""
    laws: dict[str, dict[int, Change]] = field(default_factory=dict)  # by law and quarter

    @classmethod
    def load(
        cls, file: str | os.PathLike[str], folder: str | os.PathLike[str] | None = None
    ) -> "Policy":
        """A policy by name ("compute_levy") or path. BadInput if it is wrong."""
        folders = policy_folders() if folder is None else [path_of(folder, "folder")]
        name, layers = read_chain(file, folders, "policy")
        policy = cls(names=(name,))
        for layer in layers:
            policy = policy._after(layer.says, layer.where)
        if not policy.laws:
            raise BadInput(
                f"{layers[-1].where}: changes no law. Add a table such as [law.compute_levy_rate]."
            )
        return policy

    def __repr__(self) -> str:
        if not self.names:
            return "Policy that changes nothing"
        return f"Policy {' + '.join(self.names)}: {self.title}\n  sets {', '.join(self.laws)}"

    @classmethod
    def of(cls, laws: Mapping[str, Mapping[Any, Value]], name: str = "policy") -> "Policy":
        """A policy without a file: Policy.of({"compute_levy_rate": {"2027-01-01": 0.02}}).

        Dates and numbers of numpy and pandas are taken, too, and a Series for a law.
        """
        if not isinstance(name, str) or not (name := clean(as_plain(name, "name"))):
            raise BadInput(f"Policy.of: the name is {quoted(name)}. Give a text.")
        return cls(names=(name,))._after({"title": name, "law": as_table(laws, name)}, name)

    def __add__(self, other: "Policy") -> "Policy":
        """Both at once. BadInput, a line a law, if both set a law: it belongs to one policy."""
        if not isinstance(other, Policy):
            raise BadInput(
                f"policy: {quoted(other)} is no policy and cannot be added to one. Add "
                "Policy.load(...)."
            )
        problems = []
        for law in other.laws.keys() & self.laws.keys():
            ours, theirs = (next(iter(laws[law].values())) for laws in (self.laws, other.laws))
            problems.append(
                f"{theirs.where} is set by {ours.where.partition(': ')[0]}, too: of two policies "
                f"that set {law} nobody can tell which one holds. Leave one of the two out, or "
                "write one policy that extends the other."
            )
        if problems:
            raise BadInput(*sorted(problems))
        return Policy(
            self.names + other.names,
            " + ".join(filter(None, (self.title, other.title))),
            "; ".join(filter(None, (self.source, other.source))),
            self.laws | other.laws,
        )

    def __radd__(self, other: object) -> "Policy":
        """So that sum([one, another]) works, which begins with 0."""
        return self if isinstance(other, int) and other == 0 else self + other  # type: ignore[operator]

    def in_force(self, date: object) -> Law:
        """The law in a quarter: the last change up to it, or the neutral default before any."""
        values = {law: dial.value for law, dial in LAWS.items()}
        now = quarter_of(date)
        for law, dated in self.laws.items():
            quarters = sorted(dated)
            if count := bisect_right(quarters, now):
                values[law] = dated[quarters[count - 1]].value
        return Law(values)

    @cached_property
    def text(self) -> str:
        """The policy as TOML: same law, same text; a file that holds it loads again."""
        if not self.names:
            return ""
        lines = [f"title = {toml(self.title)}", f"source = {toml(self.source)}"]
        for law, dated in sorted(self.laws.items()):
            lines += ["", f"[law.{law}]"]
            lines += [
                f"{quarter_label(quarter)} = {toml(change.value)}"
                for quarter, change in sorted(dated.items())
            ]
        return "\n".join(lines) + "\n"

    @cached_property
    def hash(self) -> str:
        """The fingerprint of `text` (SHA-256)."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def _after(self, says: Mapping[str, Any], where: str) -> "Policy":
        """This policy with a file laid over it. BadInput with every problem of the file."""
        problems = [
            f"{where}: there is no {quoted(key)} in a policy. {nearest(key, TOP)}"
            for key in says
            if key not in TOP
        ]
        texts = {"title": self.title, "source": self.source}
        for key in texts:
            texts[key] = says.get(key, texts[key])
            if not isinstance(texts[key], str):
                problems.append(
                    f"{where}: '{key}' is {quoted(texts[key])}, not a text. Put it in quotes."
                )
            texts[key] = clean(str(texts[key]).strip()) if isinstance(texts[key], str) else ""
        if not texts["title"]:
            problems.append(f"{where}: has no 'title'. Add one at the top.")
        laws = {law: dict(dated) for law, dated in self.laws.items()}
        said = says.get("law", {})
        if not isinstance(said, Mapping):
            problems.append(f"{where}: 'law' is {quoted(said)}, not a table. Write [law.name].")
            said = {}
        for law, dated in said.items():
            laws.setdefault(law, {}).update(_read_law(law, dated, where, problems))
        if problems:
            raise BadInput(*problems)
        return Policy(self.names, texts["title"], texts["source"], laws)


def _read_law(law: str, dated: Any, where: str, problems: list[str]) -> dict[int, Change]:
    """The dated values of one law; what is wrong is appended to `problems`."""
    place = f"{where}: [law.{law}]"
    if law not in LAWS:
        hint = nearest(law, LAWS, parameters.worth(LAWS))
        problems.append(f"{where}: [law] has no {quoted(law)}. {hint}")
        return {}
    if not isinstance(dated, Mapping) or not dated:
        problems.append(
            f"{place} is {quoted(dated)}, no table of dates. Write lines such as 2027-01-01 = 0.02."
        )
        return {}
    changes: dict[int, Change] = {}
    for date, value in dated.items():
        problem = LAWS[law].problem(value)
        if problem:
            problems.append(f"{place} {quoted(date)} {problem}")
        try:
            quarter = quarter_of(date)
        except BadInput as error:
            problems.append(f"{place} {error}")
            continue
        if quarter in changes:
            problems.append(
                f"{place} is set twice in {quarter_label(quarter)}. Leave one of the two dates out."
            )
        if not problem:
            kept = float(value) if LAWS[law].kind == "number" else value
            changes[quarter] = Change(kept, place)
    return changes
