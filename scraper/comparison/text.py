"""Text as a reader reads it: folded spelling, and words that know where they stood.

White space, typographic quotes and dashes, entity spelling, ligatures, invisible
characters and UTF-8 read twice are not what an article says, so they are folded away
before anything is compared. Offsets into the text as printed survive the folding.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_VARIANTS = {
    **dict.fromkeys(
        "\u2018\u2019\u201a\u201b\u2032\u00b4\u0060\u02bc\u2039\u203a", "'"
    ),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043", "-"),
    **dict.fromkeys("\u00a0\u202f\u2007\u2060\ufeff", " "),
    **dict.fromkeys("\u00b7\u2022\u25cf\u25aa", "\u2022"),
}
_VARIANT = re.compile(f"[{''.join(map(re.escape, _VARIANTS))}]")
_LIGATURES = {
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb03": "ffi",
    "\ufb04": "ffl",
}
_REPEATED = {"-": "-", ".": "\u2026", "'": '"', "\u2018": '"', "\u2019": '"'}
# What UTF-8 looks like after a reader took it for windows-1252: a lead byte's
# character, then as many continuation bytes as it announces.
_CONTINUATION = (
    "["
    + "".join(
        re.escape(
            bytes([byte]).decode("cp1252", "replace").replace("\ufffd", chr(byte))
        )
        for byte in range(0x80, 0xC0)
    )
    + "]"
)
_MISREAD = re.compile(
    rf"[\u00c2-\u00df]{_CONTINUATION}|[\u00e0-\u00ef]{_CONTINUATION}{{2}}"
    rf"|[\u00f0-\u00f4]{_CONTINUATION}{{3}}"
)
_LONGER = re.compile(
    # One set of first characters: the rest of the text is passed over ten times faster.
    r"[\u00c2-\u00f4\u200b-\u200f\u00ad\u2061-\u2064\ufb00-\ufb04\-'\u2018\u2019.](?:"
    rf"(?<=[\u00c2-\u00df]){_CONTINUATION}|(?<=[\u00e0-\u00ef]){_CONTINUATION}{{2}}"
    rf"|(?<=[\u00f0-\u00f4]){_CONTINUATION}{{3}}"
    r"|(?<=[\u200b-\u200f\u00ad\u2061-\u2064\ufb00-\ufb04])"
    r"|(?<=-)-+|(?<=['\u2018\u2019])['\u2018\u2019]|(?<=\.)(?:\s?\.){2,})"
)
_MARK = re.compile(r"[\u0300-\u036f]")
_LONGER_OR_MARKED = re.compile(rf"{_LONGER.pattern}|\w{_MARK.pattern}+")
"""Looks at every letter for what may follow, which takes five times as long."""
_LONG = 20_000
"""Characters from which replacing sign by sign is faster."""
_DOTS = re.compile(r"\.\s?\.")
_MASKED = "\x00"
_APART = "\x01"
_BETWEEN_DIGITS = re.compile(r" (?<=\d )(?=\d)")
"""A space first, which is what is looked for."""
# A figure keeps its points, commas and colons; a word its apostrophes; a line break is
# where one block ends and the next begins.
_WORD = re.compile(r"\d+(?:[.,:]\d+)*\w*|[\w\u0300-\u036f]+(?:'\w+)*|\n|[^\w\s]")


def key(text: str, mask: re.Pattern[str] | None = None) -> str:
    """Return what `text` says without its spacing; equal keys are equal texts.

    A gap is kept between two digits only: in a table's row "1 23" is not "12 3".
    What `mask` matches is the same as anything else that it matches.
    """
    if mask is not None:
        text = mask.sub(_MASKED, text)
    return joined(folded(text).split())


def joined(keys: Iterable[str]) -> str:
    """Return the key of texts that follow each other, given the key of each."""
    return _BETWEEN_DIGITS.sub(_APART, " ".join(keys)).replace(" ", "")


def folded(text: str) -> str:
    """Return `text` in plain spelling; spacing is left as it is."""
    if _is_plain(text):
        return text
    return _same_length(_longer(text).sub(lambda found: _spelt_out(found[0]), text))


def _longer(text: str) -> re.Pattern[str]:
    return _LONGER_OR_MARKED if _MARK.search(text) else _LONGER


def _is_plain(text: str) -> bool:
    """Whether there is nothing to fold: `in` is faster than any pattern."""
    return (
        text.isascii()
        and "--" not in text
        and "`" not in text
        and "''" not in text
        and not ("." in text and _DOTS.search(text))
    )


@dataclass(frozen=True, slots=True)
class Words:
    """The words and marks of one text.

    Attributes:
        text: As printed; spans refer to it.
        keys: Each word in plain spelling.
        starts: Where each begins in `text`; `ends` where each ends.
    """

    text: str
    keys: Sequence[str]
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Return the characters from word `first` up to, not including, `last`."""
        if first < last:
            return self.starts[first], self.ends[last - 1]
        at = self.starts[first] if first < len(self.starts) else len(self.text)
        return at, at

    def stands_apart(self, at: int) -> bool:
        """Whether there is a space, a line break or nothing before word `at`."""
        if not 0 < at < len(self.keys) or "\n" in self.keys[at - 1 : at + 1]:
            return True
        return self.starts[at] > self.ends[at - 1]


def words(text: str, mask: re.Pattern[str] | None = None) -> Words:
    """Split `text` into words and marks; each match of `mask` is one word."""
    if mask is not None and mask.search(text):
        return _masked_words(text, mask)
    plain, offsets = _fold(text)
    keys = _WORD.findall(plain)
    starts = [found.start() for found in _WORD.finditer(plain)]
    ends = [start + len(word) for start, word in zip(starts, keys, strict=True)]
    if offsets is not None:
        starts = [offsets[at] for at in starts]
        # The end of a word is where its last character's spelling ends.
        ends = [offsets[at] for at in ends]
    return Words(text, keys, starts, ends)


def shared_start(ours: str, theirs: str) -> int:
    """Return how many characters two texts begin with alike."""
    shared, most = 0, min(len(ours), len(theirs))
    while shared < most:
        middle = (shared + most + 1) // 2
        if ours.startswith(theirs[shared:middle], shared):
            shared = middle
        else:
            most = middle - 1
    return shared


def shared_end(ours: str, theirs: str, most: int) -> int:
    """Return how many characters, at most so many, two texts end with alike."""
    shared = 0
    while shared < most:
        middle = (shared + most + 1) // 2
        piece = theirs[len(theirs) - middle : len(theirs) - shared]
        if ours.endswith(piece, 0, len(ours) - shared):
            shared = middle
        else:
            most = middle - 1
    return shared


def _masked_words(text: str, mask: re.Pattern[str]) -> Words:
    keys: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for start, end in [*(m.span() for m in mask.finditer(text)), (len(text),) * 2]:
        between = words(text[at:start])
        keys.extend(between.keys)
        starts.extend(at + offset for offset in between.starts)
        ends.extend(at + offset for offset in between.ends)
        if start < end:
            keys.append(_MASKED)
            starts.append(start)
            ends.append(end)
        at = end
    return Words(text, keys, starts, ends)


def _fold(text: str) -> tuple[str, list[int] | None]:
    """Return the plain spelling and, where lengths differ, each character's origin."""
    if _is_plain(text):
        return text, None
    pieces: list[str] = []
    offsets: list[int] = []
    at = 0
    for found in _longer(text).finditer(text):
        pieces.append(text[at : found.start()])
        offsets.extend(range(at, found.start()))
        plain = _spelt_out(found[0])
        pieces.append(plain)
        offsets.extend([found.start()] * len(plain))
        at = found.end()
    if not pieces:
        return _same_length(text), None
    pieces.append(text[at:])
    offsets.extend(range(at, len(text) + 1))
    return _same_length("".join(pieces)), offsets


def _same_length(text: str) -> str:
    if len(text) > _LONG:
        for variant, plain in _VARIANTS.items():
            text = text.replace(variant, plain)
        return text
    return _VARIANT.sub(lambda found: _VARIANTS[found[0]], text)


def _spelt_out(found: str) -> str:
    if found in _LIGATURES:
        return _LIGATURES[found]
    if found[0] in _REPEATED:
        return _REPEATED[found[0]]
    if _MISREAD.fullmatch(found):
        return _read_again(found)
    if "\u0300" <= found[-1] <= "\u036f":
        return unicodedata.normalize("NFC", found)
    return ""


def _read_again(misread: str) -> str:
    """Undo windows-1252 over UTF-8, or leave the text alone where it is no such."""
    octets = bytes(
        ord(sign) if ord(sign) < 0x100 else sign.encode("cp1252")[0] for sign in misread
    )
    try:
        again = octets.decode("utf-8")
    except UnicodeDecodeError:
        return misread
    return "".join(_LIGATURES.get(sign, sign) for sign in again)
