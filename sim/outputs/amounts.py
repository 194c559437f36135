"""Amounts as a person writes them: "$1.2T", "3.4e27 FLOP", "35 %", on paper and on an axis."""

from __future__ import annotations

import math

SCALES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
BYTES = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
PER = {
    "year": "a year",
    "day": "a day",
    "H100e-hour": "an H100e-hour",
    "Mtok": "a million tokens",
    "OOM/year": "a year for an OOM",
}
# Units whose axis says more, or something shorter, than the unit itself.
WORDS = {
    "USD": "US dollars",
    "USD/year": "US dollars a year",
    "USD/OOM/year": "US dollars a year for an OOM",
    "USD/Mtok": "US dollars a million tokens",
    "USD/H100e-hour": "US dollars an H100e-hour",
    "tokens/day": "tokens a day",
    "H100e": "H100-equivalents",
    "H100e/year": "H100-equivalents a year",
    "OOM": "log10 of effective FLOP",
    "OOM/OOM": "OOM of capability an OOM of compute",
    "share": "per cent",
}
NAMES = {
    "post_training": "post-training",
    "parents_labs": "labs of parents",
    "start_ups": "start-ups",
    "other_users": "users of applications",
}


def scaled(value: float) -> str:
    """Three digits and a letter (1.2T, 35.1k), or a power of ten where letters end: 3.9e16."""
    value = value + 0.0  # no minus before a zero
    size = abs(value)
    if size >= 9.995e14:
        power = math.floor(math.log10(size) + 1e-9)
        lead = float(f"{value / 10.0**power:.3g}")
        power, lead = (power + 1, lead / 10) if abs(lead) >= 10 else (power, lead)
        return f"{lead:g}e{power}"
    for scale, letter in SCALES:
        if size >= scale * 0.9995:
            return f"{value / scale:.3g}{letter}"
    return f"{value:.3g}" if size >= 0.01 or size == 0 else f"{value:.2g}"


def number(value: float, unit: str = "") -> str:
    """A tick of an axis whose label says the unit: $1.5B, 30%, 2M, 1e25."""
    if not math.isfinite(value):
        return ""
    if unit == "share":
        return f"{100 * value + 0.0:.3g}%"
    mark = "$" if unit.startswith("USD") else ""
    return f"{'-' if value < 0 else ''}{mark}{scaled(abs(value))}"


def human(value: float, unit: str = "", change: bool = False) -> str:
    """A number with its unit, three digits at most; a change carries its sign."""
    if not math.isfinite(value):
        return "-" if math.isnan(value) else "no limit"
    what, _, per = unit.partition("/")
    tail = f" {PER.get(per, 'per ' + per)}" if per else ""
    if change and abs(value) < 1:
        value = round(value, 5 if what in ("share", "USD") else 3)  # finer than this is noise
    value = value + 0.0
    sign = "+" if change and value > 0 else ""
    if what == "USD":
        return f"{'-' if value < 0 else sign}${scaled(abs(value))}{tail}"
    if what == "%":
        return f"{sign}{value:.0f} %" if abs(value) >= 10 else f"{sign}{value:.2g} %"
    if what == "share":
        return f"{sign}{100 * value:.3g} {'points' if change else '%'}"
    if what.startswith("OOM"):
        text = f"{value:z.2f}"
        return f"{sign if float(text) else ''}{text} {unit}"
    if what == "FLOP":
        return f"{sign}{value:.1e} FLOP{tail}".replace("e+", "e")
    return f"{sign}{scaled(value)} {what}{tail}".rstrip()


def counted(count: int, what: str) -> str:
    """So many of something: 1 world, 2,000 worlds."""
    return f"{count:,} {what}{'s' * (count != 1)}"


def in_words(unit: str) -> str:
    """The unit as the label of an axis."""
    return WORDS.get(unit, unit.replace("/", " a ") or "number")


def in_letters(name: str) -> str:
    """A name of the code as a person writes it: final_runs -> final runs."""
    return NAMES.get(name, name.replace("_", " "))


def in_bytes(size: float) -> str:
    """The size of a file or of memory: 14 kB, 35 MB, 120 GB."""
    scale, unit = next((one for one in BYTES if size >= one[0]), BYTES[-1])
    return f"{size / scale:.0f} {unit}" if size >= 10 * scale else f"{size / scale:.1f} {unit}"
