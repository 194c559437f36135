"""A fuzzer that knows our files: scenarios, policies, records, calibrations, and flags.

Each case is a valid file changed in one to four places, by meaning (a value of another type, a date
of another age, a name nobody knows) or by letter (cut short, other bytes, a byte order mark). It
must end in BadInput with sentences of one line, or in an object that runs without nan and means
what the file says: the last of its dated values, the shares it asks for, values within intervals.
Anything else is a fault, printed with what makes it again:

    python tests/fuzzer.py --cases 10000 --seed 1
    python tests/fuzzer.py --seed 1 --only 4711
"""

import argparse
import contextlib
import datetime
import io
import json
import math
import sys
import tempfile
import tomllib
import traceback
import warnings
from collections import Counter
from csv import reader, writer
from pathlib import Path

import numpy as np

from sim.__main__ import main as command_line
from sim.cli.asked import setting_of
from sim.economy.model import AIEconomy
from sim.errors import BadInput
from sim.history.record.rows import COLUMNS, SHIPPED, read
from sim.inputs.doubts import doubts
from sim.inputs.policy import Policy
from sim.inputs.scenario import Scenario
from sim.inputs.show import dials
from sim.parameters import LAB_FIELDS, SHARES_THAT_SUM_TO_ONE, SUBJECTS

ROOT = Path(__file__).parent.parent
LONGEST = 600  # letters of a sentence
RUN_EVERY = 4  # of the valid cases, one in so many is run
QUARTERS, WORLDS = 4, 3
KINDS = ("scenario", "policy", "record", "calibration", "set")

# Literals of TOML that are no number for a dial, are far from any, or are near its ends.
ODD = (
    "nan", "-nan", "inf", "-inf", "0", "-0.0", "-1", "1e308", "-1e308", "5e-324", "1e-300", "1e400",
    "0x" + "f" * 6000, "0b" + "1" * 9000, "9" * 4000, "9" * 5000, "1_000", "true", "false",
    '""', '"nan"', '"1,5"', '"\\u0000\\u001b[2J"', '"\\u202Eevil"', '"' + "x" * 5000 + '"',
    "'''\nseveral\nlines\n'''", "[]", "[1, 2]", "[[[[]]]]", "[" * 400 + "]" * 400, "{}",
    "{ low = 1 }", "{ low = 1, high = 1 }", "{ low = 2, high = 1 }", "{ low = nan, high = inf }",
    "{ value = 1, low = 2, high = 3 }", "{ low = 0.1, high = 0.2, source = 3 }",
    "{ low = 0.3, high = 0.30000000000000004 }", "{ low = 0, high = 5e-324 }",
    "{ low = 1e-320, high = 1e-319 }",
    '{ value = 0.5, source = "\\u001b" }', "{ a = { b = { c = { d = 1 } } } }",
    "2027-01-01", "2027-01-01T10:00:00Z", "10:00:00", '"2027-Q1"', '"0000-Q1"', '"9999-Q4"',
    '"2027-Q5"', '"soon"', "0001-01-01", "9999-12-31",
    "{ name = 'fit', sha256 = 'x' }",
)  # fmt: skip
DATES = (
    "2020-01-01", "2019-12-31", "2026-07-01", "2040-12-31", "2041-01-01", '"2020-Q1"', '"2030-Q2"',
    '"2059-Q4"', '"2060-Q1"', "1900-01-01", "2199-12-31", "2200-01-01", "0001-01-01", "9999-12-31",
    '"soon"', "3", "2027", "true", '""', "2027-02-31", "10:00:00", "2027-13-01", "{}",
)  # fmt: skip
TWINS = ("2021-03-31", "2021-04-01", "2021-06-30", '"2021-Q3"', "2020-01-01", "2022-12-31")
NAMES = (
    "", "a", "titel", "extends", "labs", "events", "law", "set", "x" * 300, "\\u001b", "é", "中文",
    "a b", "🚀", "__class__", "constructor", "..", "/", "low", "value", "\\u202e",
)  # fmt: skip
LETTERS = (
    "\x00",
    "\x1b",
    "\u202e",
    "\ufeff",
    "\u2028",
    "\x85",
    "é",
    "\r",
    '"',
    "'",
    "[",
    "}",
    "#",
    "=",
    ",",
)
CELLS = (
    "1.250", "12.500", "0.350", "35", "0.35", "1e300", "1e-300",
    "", " ", "nan", "inf", "-1", "0", "1e400", "1e-400", "1,5", "1,234", "1.234,5", "1_0", "0x10",
    "=1+1", "2024-03-01 00:00:00", "2024-3-1", "03/04/2024", "2024-Q9", "0000-01", "9999-12",
    "market", "openai", "nobody", "run_rate", "rent", "x" * 200_000, "\x1b[31m", "\u202e", "é",
    '"', '""', 'a"b', "a\nb", ";", "\t", "USD", "high", "low", "１２", "1e9",
)  # fmt: skip

LAB = """
[labs.{key}]
title = "{key}"
cash = 3e8
spending = 1e8
"""


class Chance:
    """Choices of one case, made again by its seed and number."""

    def __init__(self, seed, case):
        self.draw = np.random.default_rng([seed, case])
        self.wild = self.one((0.0, 0.15, 0.5, 1.0))  # tame cases reach what lies behind the checks

    def whole(self, most):
        """0 to most - 1."""
        return int(self.draw.integers(most))

    def one(self, several):
        return several[self.whole(len(several))]

    def often(self, part):
        return self.draw.random() < part

    def some(self, several, most):
        """Some of them, none twice, at most so many."""
        return [several[place] for place in self.draw.permutation(len(several))][: self.whole(most)]

    def odd(self, part):
        """Whether to go wrong here."""
        return self.often(part * self.wild)


# --- Scenarios and policies ----------------------------------------------------------------------


def key_of(name):
    return name if name.isalnum() and name.isascii() else f'"{name}"'


def value_of(chance, dial):
    """Something for a dial, more often than not something that fits."""
    if chance.odd(0.35):
        return chance.one(ODD)
    if dial.kind == "date":
        return chance.one(DATES if chance.odd(1.0) else DATES[:7])
    if dial.kind == "choice":
        return json.dumps("nobody" if chance.odd(0.3) else chance.one(dial.allowed))
    if dial.kind in ("flag", "text"):
        right = chance.one(("true", "false")) if dial.kind == "flag" else '"A text"'
        return chance.one(("true", '"A text"', "1")) if chance.odd(0.5) else right
    low, high = dial.allowed
    ends = [low, high] if chance.often(0.2) else []
    ends += [low + (high - low) * chance.draw.random() for _ in range(3)]
    if chance.odd(0.3):
        ends = [math.nextafter(high, math.inf), math.nextafter(low, -math.inf), -high, 100.0 * high]
    first, second = (chance.one(ends) for _ in range(2))
    if dial.kind == "count":
        return repr(first if chance.odd(0.5) else int(first))
    if not chance.often(0.3):
        return repr(float(first))
    if not chance.odd(0.5):
        first, second = sorted((first, second))
    if first == second or chance.odd(0.1):
        first, second = math.nextafter(second, low), second
    return f"{{ low = {first!r}, high = {second!r} }}"


def scenario(chance, folder):
    """A scenario as lines of tables, some of them odd."""
    lines = ['title = "Fuzzed"', 'end = "2022-Q4"']
    if chance.odd(0.5):
        lines[1] = f"end = {chance.one(DATES)}"
    for key in ("start", "extends", "calibration", "about", chance.one(NAMES)):
        if chance.odd(0.2):
            value = chance.one((*ODD, *DATES, '"parent"', '"fit"', '"../up"', '"fuzzed"'))
            lines.append(f"{key_of(key)} = {value}")
    subjects = [*SUBJECTS] if chance.odd(0.3) else [name for name in SUBJECTS if name != "law"]
    if chance.often(0.15):
        subjects.remove("research")
        lines += shares(chance)
    for subject in chance.some(subjects, 4):
        lines.append(f"[[{subject}]]" if chance.odd(0.1) else f"[{subject}]")
        for name in chance.some([*SUBJECTS[subject]], 3):
            if name.startswith("weight_") and not chance.odd(1.0):
                continue
            shown = chance.one((name[1:], *NAMES)) if chance.odd(0.1) else name
            lines.append(f"{key_of(shown)} = {value_of(chance, SUBJECTS[subject][name])}")
    labs = ["first", "second", "third"][: 1 + chance.whole(3)]
    for key in [*labs, chance.one(NAMES)] if chance.odd(0.2) else labs:
        lines.append(f"[labs.{key_of(key)}]" if chance.odd(0.1) else LAB.format(key=key))
        for name in chance.some([*LAB_FIELDS], 4):
            if name not in ("title", "cash", "spending"):
                lines.append(f"{name} = {value_of(chance, LAB_FIELDS[name])}")
    for _ in range(chance.whole(3)):
        subject = chance.one(subjects)
        numbers = [name for name, dial in SUBJECTS[subject].items() if dial.kind == "number"]
        name = chance.one([*SUBJECTS[subject]] if chance.odd(0.3) else numbers)
        value = value_of(chance, SUBJECTS[subject][name])
        if value.startswith("{") and not chance.odd(1.0):
            continue
        date = chance.one((*ODD, *DATES)) if chance.odd(0.3) else "2021-05-01"
        lines += ["[[events]]", f"date = {date}", f'set = {{ "{subject}.{name}" = {value} }}']
        if chance.often(0.3):  # the same dial, in the same quarter or another
            date, value = chance.one(TWINS), value_of(chance, SUBJECTS[subject][name])
            lines += ["[[events]]", f"date = {date}", f'set = {{ "{subject}.{name}" = {value} }}']
        if chance.odd(0.2):
            lines.append(f"{chance.one(('what', 'sets', 'where'))} = {chance.one(ODD)}")
    return misspelt(chance, "\n".join(lines) + "\n")


def shares(chance):
    """Shares of one whole, each said."""
    whole = 100
    lines = ["[research]"]
    for dotted in SHARES_THAT_SUM_TO_ONE[0][1:]:
        part = chance.whole(whole // 2)
        whole -= part
        lines.append(f"{dotted.partition('.')[2]} = {part / 100.0}")
    return [*lines, f"{SHARES_THAT_SUM_TO_ONE[0][0].partition('.')[2]} = {whole / 100.0}"]


def policy(chance, folder):
    """A policy with some laws and dates."""
    lines = ['title = "Fuzzed"', 'source = "a test"']
    if chance.odd(0.2):
        lines.append(f"{key_of(chance.one(NAMES))} = {chance.one(ODD)}")
    for law in chance.some([*SUBJECTS["law"]], 3) or ["compute_levy_rate"]:
        lines.append(f"[law.{chance.one(('levy', '', 'a.b.c')) if chance.odd(0.1) else law}]")
        for date in chance.some(DATES[:8], 3) or DATES[:1]:
            date = f'"{chance.one(NAMES)}"' if chance.odd(0.2) else date
            value = value_of(chance, SUBJECTS["law"][law])
            if chance.often(0.1) and not value.startswith("{"):
                value = repr(float(SUBJECTS["law"][law].value))
            elif value.startswith("{") and not chance.odd(1.0):
                value = "0.5" if law != "compute_cap_flop" else "1e25"
            lines.append(f"{date} = {value}")
    return misspelt(chance, "\n".join(lines) + "\n")


def setting(chance, folder):
    """What follows --set."""
    subject = chance.one([*SUBJECTS])
    name = chance.one([*SUBJECTS[subject]])
    dotted = chance.one((f"{subject}.{name}",) * 6 + ("labs.first.cash", "title", "end", "start"))
    if chance.odd(0.2):
        dotted = chance.one(("set" + ".a" * 3000, "labs", "events", "", ".", "a..b", *NAMES))
    value = value_of(chance, SUBJECTS[subject][name])
    if chance.odd(0.3):
        value = chance.one((*ODD, *DATES, "[" * 3000, "a=b", "0,9", "[0.9, 1.1]", "[]", "plateau"))
    return f"{dotted}{chance.one(('=',) * 9 + ('', '==', ' = '))}{value}"


# --- Tables --------------------------------------------------------------------------------------


def record(chance, folder):
    """Some rows of the shipped record, with odd cells, as some program would save them."""
    head, *rows = SHIPPED.read_text(encoding="utf-8").splitlines()
    table = [row for row in reader([head] + [chance.one(rows) for _ in range(1 + chance.whole(4))])]
    for number, row in enumerate(table[1:]):
        row[0] = f"F{number}"
        if chance.often(0.3):
            value, place = float(row[COLUMNS.index("value")]), chance.one(("value", "low", "high"))
            row[COLUMNS.index(place)] = repr(value * chance.one((0.01, 0.5, 0.9, 2.0, 100.0, 1e30)))
    for _ in range(chance.whole(4) if chance.odd(1.0) else 0):
        row = chance.one(table if chance.often(0.2) else table[1:])
        if not row:
            continue
        match chance.whole(8):
            case 0:
                row.append(chance.one(CELLS))
            case 1:
                row.pop(chance.whole(len(row)))
            case 2:
                row[:] = []
            case _:
                row[chance.whole(len(row))] = chance.one(CELLS)
    mark = "|" if chance.odd(0.1) else chance.one((",", ",", ";", "\t"))
    lines = [mark.join(cell_of(chance, cell, mark) for cell in row) for row in table]
    if chance.odd(0.2):
        lines.insert(0, chance.one(("sep=;", "sep=,", "", "# a comment", "id")))
    return misspelt(chance, "\n".join(lines) + "\n")


def cell_of(chance, cell, mark):
    quotes = any(letter in cell for letter in (mark, '"', "\n")) and chance.often(0.95)
    return '"' + cell.replace('"', '""') + '"' if quotes else cell


def calibration(chance, folder):
    """A small calibration with a head."""
    names = ["demand.elasticity", "costs.serving_progress"]
    if chance.odd(0.3):
        names[chance.whole(2)] = chance.one(
            ("demand.elasticty", "law.x", "labs.first.cash", *NAMES)
        )
    ends = {names[0]: "[1.05, 1.5]", names[1]: "[0.2, 0.4]"}
    if chance.odd(0.2):
        ends[names[0]] = chance.one(
            ("[1, 2]", "[1.0]", "3", "[nan, nan]", '["a", "b"]', "[]", "{}")
        )
    about = ['made_by = "us"', "kept = 3", "model_error_oom = 0.1"]
    about.append(f"informed_by_history = {json.dumps(names, ensure_ascii=False)}")
    if chance.odd(0.4):
        place = chance.whole(4)
        about[place] = f"{about[place].split(' =')[0]} = {chance.one((*ODD, *DATES))}"
    if chance.odd(0.3):
        about.pop(chance.whole(4))
    head = [*about, "[prior]", *(f'"{name}" = {pair}' for name, pair in ends.items())]
    table = [names, ["1.1", "0.21"], ["1.2", "0.3"], ["1.3", "0.35"]]
    for _ in range(chance.whole(3) if chance.odd(1.0) else 0):
        row = chance.one(table)
        row[chance.whole(len(row))] = chance.one(CELLS) if chance.often(0.8) else "1.2"
    mark = ";" if chance.odd(0.1) else ","
    lines = [f"# {line}" for line in head] + [mark.join(row) for row in table]
    return misspelt(chance, "\n".join(lines) + "\n")


# --- Letters -------------------------------------------------------------------------------------


def misspelt(chance, text):
    """The bytes of a text, often as they are, else with something done to them."""
    if not chance.odd(0.4) and not chance.often(0.05):
        return text.encode("utf-8", "surrogatepass")
    lines = text.split("\n")
    at, line = chance.whole(len(text)), chance.whole(len(lines))
    match chance.whole(16):
        case 0:
            text = text[:at]
        case 1:
            text = "\ufeff" + text
        case 2:
            text = text.replace("\n", "\r\n")
        case 3:
            text = text[:at] + chance.one(LETTERS) + text[at:]
        case 4:
            text = text[:at] + text[at + 1 :]
        case 5:
            text = "\n".join([*lines[:line], lines[line], *lines[line:]])
        case 6:
            text = "\n".join([*lines[:line], *lines[line + 1 :]])
        case 7:
            text = text.replace(chance.one(("=", ",", '"', "[", "]", "{", ".", "\n")), "", 1)
        case 8:
            return text.encode("utf-16")
        case 9:
            return text.encode("cp1252", "replace")
        case 10:
            return text.encode()[:at] + bytes(chance.draw.integers(0, 256, 5, np.uint8))
        case 11:
            parts = chance.one((30, 3000, 30_000))
            text += f"\n{'a' + '.a' * parts} = 1\n"
        case 12:
            depth = chance.one((50, 300, 5000))
            text += "\nx = " + "[" * depth + "]" * depth
        case 13:
            depth = chance.one((10, 100, 5000))
            text += "\nx = " + "{ a = " * depth + "1" + "}" * depth
        case 14:
            text += "#" + "x" * 250_000
        case 15:
            text = "".join(chance.one(lines) + "\n" for _ in lines)
    return text.encode("utf-8", "surrogatepass")


# --- What must come of it ------------------------------------------------------------------------

MAKERS = dict(zip(KINDS, (scenario, policy, record, calibration, setting), strict=True))
BASE = 'title = "Base"\nend = "2022-Q4"\n' + LAB.format(key="first")
FITTED = (
    f'calibration = "fit"\n{BASE}[demand]\nelasticity = {{ low = 1.05, high = 1.5 }}\n'
    "[costs]\nserving_progress = { low = 0.2, high = 0.4 }\n"
)


class Fault(AssertionError):
    """A case did not end as it must."""


def prepared(folder):
    """Files that fuzzed ones may name, and scenarios to try policies and flags on."""
    (folder / "calibrations").mkdir(exist_ok=True)
    (folder / "parent.toml").write_text(BASE, encoding="utf-8")
    (folder / "fitted.toml").write_text(FITTED, encoding="utf-8")
    return Scenario.load(folder / "parent.toml")


def outcome(kind, content, folder, base):
    """What comes of a case: a scenario and a policy that could be run, or None for a record."""
    path = folder / "fuzzed.toml"
    if kind == "set":
        dotted, value = setting_of(content)
        return base.change({dotted: value}, where="--set"), Policy()
    if kind == "calibration":
        (folder / "calibrations" / "fit.csv").write_bytes(content)
        return Scenario.load(folder / "fitted.toml"), Policy()
    path.write_bytes(content)
    if kind == "record":
        check_record(read(path, ["openai", "anthropic"]), folder / "again.csv")
        return None
    if kind == "policy":
        return base, Policy.load(path)
    return Scenario.load(path), Policy()


def check_sentences(error):
    """Each problem is one printable line of bearable length with a place and a remedy."""
    if not error.problems:
        raise Fault("BadInput without a word")
    for line in error.problems:
        if len(line) > LONGEST or len(line.splitlines()) != 1:
            raise Fault(f"not one short line: {line[:300]!r}")
        if set(line) & set("\x00\x1b\u202e\x85\u2028"):
            raise Fault(f"a terminal would obey it: {line[:300]!r}")
        if ":" not in line or not line.rstrip().endswith("."):
            raise Fault(f"no place or no sentence: {line[:300]!r}")


def check_command(command):
    """What is refused ends a command with status 2 and sentences, and nothing else is written."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = command_line(command)
    lines = err.getvalue().splitlines()
    if status != 2 or not lines or any(len(line) > LONGEST for line in lines):
        raise Fault(
            f"{command[0]} ended with {status}: {out.getvalue()!r} {err.getvalue()!r}"[:500]
        )


def check_again(folder, story, law):
    """What was read can be shown and written, and what is written is read as the same."""
    doubts(story, law)
    story.draw(0, np.arange(WORLDS))
    if set(dials(story, law)) & set("\x00\x1b\u202e"):
        raise Fault("what is shown commands a terminal")
    again = folder / "again.toml"
    again.write_text(story.text, encoding="utf-8", newline="\n")
    if Scenario.load(again).text != story.text:
        raise Fault("the text of the scenario loads as another")
    if law.names:
        again.write_text(law.text, encoding="utf-8", newline="\n")
        if Policy.load(again).text != law.text:
            raise Fault("the text of the policy loads as another")


def check_record(rows, again):
    """Each row lies within its interval and its unit; written plainly they are read as the same."""
    for row in rows:
        low, high = row.interval
        if not (low <= row.value <= high and math.isfinite(row.error) and row.error >= 0.0):
            raise Fault(f"{row.id}: {row.value} is not within {row.interval}")
        said = [end for end in (row.value, row.low, row.high) if end is not None]
        if max(said) > (1.0 if row.unit in ("share", "index") else 1e37):
            raise Fault(f"{row.id}: {said} is no {row.unit}")
    with again.open("w", newline="", encoding="utf-8", errors="surrogatepass") as file:
        table = writer(file)
        table.writerow(COLUMNS)
        for row in rows:
            cells = [getattr(row, column) for column in COLUMNS]
            table.writerow(f"{cell:.17e}" if isinstance(cell, float) else cell for cell in cells)
    if read(again, ["openai", "anthropic"]) != rows:
        raise Fault("the record is read as another")


def check_meaning(content, story, law):
    """What holds in a quarter is what the file says last of it, by its own dates."""
    says = tomllib.loads(content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n"))
    for name, dated in says.get("law", {}).items():
        by_day = sorted((day_of(date), value) for date, value in dated.items())
        for day, _ in by_day:
            last = [value for other, value in by_day if quarter(other) <= quarter(day)][-1]
            if getattr(law.in_force(quarter(day)), name) != last:
                raise Fault(f"{name} is not {last} in {quarter(day)}")
    drawn = story.draw(0, np.arange(WORLDS))
    changes = [
        (day_of(event["date"]), place, dotted, value)
        for place, event in enumerate(says.get("events", []))
        for dotted, value in flat(event["set"]).items()
    ]
    for day, _, dotted, _ in changes:
        subject, name = dotted.split(".")
        last = max(
            change
            for change in changes
            if change[2] == dotted and quarter(change[0]) <= quarter(day)
        )
        if getattr(getattr(drawn.in_force(quarter(day)), subject), name) != last[3]:
            raise Fault(f"{dotted} is not {last[3]} in {quarter(day)}")
    for dotted in (dotted for group in SHARES_THAT_SUM_TO_ONE for dotted in group):
        subject, name = dotted.split(".")
        asked = says.get(subject, {}).get(name)
        if isinstance(asked, int | float) and not any(
            story.settings[other].uncertain for other in SHARES_THAT_SUM_TO_ONE[0]
        ):
            found = getattr(getattr(drawn, subject), name)
            if not math.isclose(found, asked, rel_tol=1e-5, abs_tol=1e-9):
                raise Fault(f"{dotted} is {found}, and {asked} was asked for")


def flat(table, before=""):
    """By dotted name."""
    found = {}
    for key, value in table.items():
        found |= (
            flat(value, f"{before}{key}.") if isinstance(value, dict) else {before + key: value}
        )
    return found


def day_of(date):
    """The first day that a date of a file stands for."""
    if isinstance(date, str) and "Q" in date:
        return datetime.date(int(date[:4]), 3 * int(date[-1]) - 2, 1)
    if isinstance(date, datetime.datetime):
        return date.date()
    return datetime.date.fromisoformat(date) if isinstance(date, str) else date


def quarter(day):
    return f"{day.year:04d}-Q{(day.month + 2) // 3}"


def check_run(story, law):
    """A few quarters are finite in every measure."""
    ends = story.quarters[min(QUARTERS, len(story.quarters)) - 1]
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        model = AIEconomy(story.change({"end": ends}), law, worlds=WORLDS).run()
    for name, array in model.recorder.arrays.items():
        if not np.isfinite(array).all():
            raise Fault(f"the measure {name} is not finite")


def try_case(seed, case, folder, base):
    """One case: its kind and how it ended, "refused", "fine" or "run". Fault, or worse, if bad."""
    chance = Chance(seed, case)
    kind = KINDS[case % len(KINDS)]
    content = MAKERS[kind](chance, folder)
    try:
        found = outcome(kind, content, folder, base)
    except BadInput as error:
        check_sentences(error)
        if kind in ("scenario", "policy") and chance.often(0.1):
            check_command(["validate", str(folder / "fuzzed.toml")])
        if kind == "set" and chance.often(0.1):
            check_command(["show", str(folder / "parent.toml"), "--set", content])
        return kind, "refused"
    if found is None:
        return kind, "fine"
    check_again(folder, *found)
    if kind in ("scenario", "policy"):
        check_meaning(content, *found)
    if not chance.often(1.0 / RUN_EVERY):
        return kind, "fine"
    check_run(*found)
    return kind, "run"


def fuzz(cases, seed, folder):
    """Try cases by number; how many ended how, and the faults as (case, traceback)."""
    base, ended, faults = prepared(folder), Counter(), []
    for case in cases:
        try:
            ended[try_case(seed, case, folder, base)] += 1
        except Exception:
            faults.append((case, traceback.format_exc(limit=-6)))
    return ended, faults


def main():
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--cases", type=int, default=10_000)
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--only", type=int, help="the number of one case")
    chosen = asked.parse_args()
    only = chosen.only
    with tempfile.TemporaryDirectory() as folder:
        if only is not None:
            content = MAKERS[KINDS[only % len(KINDS)]](Chance(chosen.seed, only), Path(folder))
            print(content if isinstance(content, str) else content.decode("utf-8", "replace"))
        cases = range(chosen.cases) if only is None else [only]
        ended, faults = fuzz(cases, chosen.seed, Path(folder))
    for case, trace in faults:
        print(f"\n=== seed {chosen.seed}, case {case}\n{trace}", file=sys.stderr)
    for (kind, end), count in sorted(ended.items()):
        print(f"{kind:12} {end:8} {count}")
    print(f"{len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
