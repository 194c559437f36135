"""Bad input, said in sentences a person can act on."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

MOST_SHOWN = 16  # names listed after "Known:", so that the sentence stays one line


class BadInput(ValueError):
    """Something a person wrote cannot be used; each problem says where, what and what to do."""

    def __init__(self, *problems: str) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(self.problems)


def quoted(word: object) -> str:
    """What a person wrote, in quotes, on one line and never too long."""
    text = repr(word)
    return text if len(text) <= 80 else text[:77] + "..."


def plain(number: float) -> str:
    """A number as a person would write it."""
    return f"{number:.6g}"


def short(number: float) -> str:
    """The same, to three digits."""
    return plain(float(f"{number:.3g}"))


def nearest(word: str, known: Iterable[str], notes: Mapping[str, str] | None = None) -> str:
    """The hint after an unknown name: the nearest right one (with its note), then the others."""
    names = list(known)
    if not names:
        return "None is known."
    hint = ""
    if close := get_close_matches(str(word), names, n=1, cutoff=0.5):
        note = f" ({notes[close[0]]})" if notes else ""
        hint = f"Did you mean {quoted(close[0])}{note}? "
    shown = ", ".join(names[:MOST_SHOWN])
    more = f" and {len(names) - MOST_SHOWN} more" if len(names) > MOST_SHOWN else ""
    return f"{hint}Known: {shown}{more}."
