"""Bad input, said in sentences a person can act on."""

import unicodedata
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

MOST_SHOWN = 16  # names listed after "Known:", so that the sentence stays one line
LONGEST_NAME = 40  # letters of a name that is suggested or listed
LONGEST_QUOTE = 80  # letters of what a person wrote
LONGEST_LINE = 560  # letters of a problem: what is cut is cut from its middle
END_KEPT = 160  # letters of a cut problem's end, where it says what to do
# Marks that turn the direction of text: what is shown would not be what is there.
TURNS_TEXT = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
OBEYED = {"Cc", "Cs", "Zl", "Zp"}  # control characters, halves of letters, separators of lines


class BadInput(ValueError):
    """Something a person wrote cannot be used; each problem says where, what and what to do.

    Each is one line of printable letters, whatever it quotes.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__(*problems)
        self.problems = tuple(_line(problem) for problem in problems)

    def __str__(self) -> str:
        return "\n".join(self.problems)


def clean(text: str) -> str:
    """A text that a terminal shows and does not obey: control characters as escapes, such as \\x1b.

    So are halves of letters, which no file can hold, and marks that turn the direction of text.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        letter.encode("unicode_escape").decode()
        if letter in TURNS_TEXT or unicodedata.category(letter) in OBEYED
        else letter
        for letter in text
    )


def cut(text: str, most: int) -> str:
    """The text, or its beginning and three dots."""
    return text if len(text) <= most else text[: most - 3] + "..."


def quoted(word: object) -> str:
    """What a person wrote, in quotes, on one line and never too long. It never fails."""
    if isinstance(word, str):  # cut first: escapes can make it six times as long
        return cut(clean(repr(str(word[: LONGEST_QUOTE + 1]))), LONGEST_QUOTE)
    try:
        return cut(clean(" ".join(repr(word).split())), LONGEST_QUOTE)
    except Exception:  # nested too deeply, a number too long to write out, a repr that fails
        return _bare(word)


def _bare(word: object) -> str:
    """What can be said of something that cannot be written out."""
    if isinstance(word, int):
        return f"a number of {word.bit_length()} binary digits"
    return f"a {type(word).__name__} that cannot be written out"


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
    if close := get_close_matches(str(word)[:LONGEST_QUOTE], names, n=1, cutoff=0.5):
        note = f" ({notes[close[0]]})" if notes else ""
        hint = f"Did you mean {quoted(close[0])}{note}? "
    listed, length = [], 0
    for name in names[:MOST_SHOWN]:
        listed.append(cut(clean(name), LONGEST_NAME))
        length += len(listed[-1])
        if length > LONGEST_LINE // 2:
            break
    more = f" and {len(names) - len(listed)} more" if len(names) > len(listed) else ""
    return f"{hint}Known: {', '.join(listed)}{more}."


def _line(problem: object) -> str:
    """A problem as one printable line that is not too long; its end says what to do."""
    line = clean(str(problem).replace("\n", " "))
    if len(line) <= LONGEST_LINE:
        return line
    return f"{line[: LONGEST_LINE - END_KEPT - 5]} ... {line[-END_KEPT:]}"
