"""Text with the name of its style, and which words of two texts differ."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Literal, NamedTuple

from rapidfuzz.distance import LCSseq

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Style = Literal["", "heading", "label", "muted", "added", "removed", "moved"]


class Span(NamedTuple):
    """A piece of text and how it should look; whoever shows it picks the colours."""

    text: str
    style: Style = ""


_PIECE = re.compile(r"\w+(?:[.,:'\u2019]\w+)*|\s+|[^\w\s]")
# Controls could drive a terminal, bidirectional overrides make a text read otherwise
# than it is stored (Unicode TR 36, 2.3), and XML 1.0 cannot hold some of them.
_UNSAFE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069"
    r"\ud800-\udfff\ufffe\uffff]"
)
_CELLS = 4_000_000


def safe(text: str) -> str:
    """Return `text` without the characters that act instead of being read."""
    return _UNSAFE.sub("\ufffd", text)


def escaped(text: str) -> str:
    """Return `text` for HTML and XML, safe to show."""
    return escape(safe(text))


def word_spans(before: str, after: str) -> tuple[list[Span], list[Span]]:
    """Return the old text with its lost words marked, the new with its new ones."""
    old, new = _PIECE.findall(safe(before)), _PIECE.findall(safe(after))
    if len(old) * len(new) > _CELLS:
        return [Span("".join(old), "removed")], [Span("".join(new), "added")]
    ours: list[Span] = []
    theirs: list[Span] = []
    for code in LCSseq.opcodes(old, new):
        was = "".join(old[code.src_start : code.src_end])
        now = "".join(new[code.dest_start : code.dest_end])
        ours.append(Span(was, "" if code.tag == "equal" else "removed"))
        theirs.append(Span(now, "" if code.tag == "equal" else "added"))
    return _joined(ours), _joined(theirs)


def inline_spans(before: str, after: str) -> list[Span]:
    """Return both texts as one: lost words where they stood, new ones after them."""
    old, new = _PIECE.findall(safe(before)), _PIECE.findall(safe(after))
    if len(old) * len(new) > _CELLS:
        return [Span("".join(old), "removed"), Span("".join(new), "added")]
    found: list[Span] = []
    lost = won = ""
    for code in LCSseq.opcodes(old, new):
        was = "".join(old[code.src_start : code.src_end])
        now = "".join(new[code.dest_start : code.dest_end])
        if code.tag == "equal":
            found += [Span(lost, "removed"), Span(won, "added"), Span(now)]
            lost = won = ""
        else:
            lost, won = lost + was, won + now
    return _joined([*found, Span(lost, "removed"), Span(won, "added")])


def wrapped(
    spans: Iterable[Span], width: int, *, whole_addresses: bool = False
) -> list[tuple[Span, ...]]:
    """Break spans into lines of at most `width` characters, best between words.

    Args:
        spans: One text.
        width: In characters.
        whole_addresses: Let the line with one be longer: in pieces it is of no use.
    """
    lines: list[list[Span]] = [[]]
    room = width
    for span in spans:
        for piece in re.findall(r"\s+|\S+", span.text):
            if piece.isspace():
                piece = " "  # noqa: PLW2901 - a page's line breaks are not ours
                if room == width or room < 1:
                    continue
            is_whole = whole_addresses and "://" in piece
            # No line of its own for an address that does not fit there either.
            if (
                len(piece) > room
                and room < width
                and not (is_whole and len(piece) > width)
            ):
                lines.append([])
                room = width
            while len(piece) > room and not is_whole:
                lines[-1].append(Span(piece[:room], span.style))
                piece = piece[room:]  # noqa: PLW2901 - one word longer than a line
                lines.append([])
                room = width
            lines[-1].append(Span(piece, span.style))
            room -= len(piece)
    return [tuple(_joined(line)) for line in lines]


def _joined(spans: Sequence[Span]) -> list[Span]:
    """Join neighbours of one style; a space between two marked words is marked too."""
    joined: list[Span] = []
    for span in spans:
        if not span.text:
            continue
        if joined and joined[-1].style == span.style:
            joined[-1] = Span(joined[-1].text + span.text, span.style)
        else:
            joined.append(span)
    return joined
