"""Articles that reach us as a page's visible text, without markup.

A line is what the page showed as one: a paragraph, or one line of a photo block (alt
text, title, caption, `Photo By:`, `VIRIN:`). Blank lines are a help, not a need.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from scraper.extraction import images, wording
from scraper.extraction.dates import PrintedDate, only_date
from scraper.extraction.forms import byline_in, dateline
from scraper.extraction.wording import fold, tidy, words
from scraper.model import Block, Image, Link, Removal

_RELATED = re.compile(
    r"(?:related|recommended|more) (?:stories|story|articles?|news|links?|content|"
    r"coverage|releases?|press releases?|information|documents?|biographies|topics?)"
    r"|(?:historias|noticias|art[ií]culos) relacionad[ao]s|read more|see also|explore",
)
_TAIL = 12
"""Characters in which the end of a line shows."""
_END = re.compile(r"[.!?…:;][\"'”\u2019)\]]*$")
_ALT_MARK = re.compile(r"^(?:alt(?: text)?|image|photo)\s*:\s*", re.IGNORECASE)


_BINARY = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\ufffd]")
"""Binary data bytes (WHATWG MIME Sniffing, 3), and what could not be decoded."""
_LEAST_TEXT = 50
"""A text has this many characters for each such: old files hold a few."""
_SNIFFED = 100_000


def is_binary(text: str) -> bool:
    """Say whether `text` is decoded from bytes that were none."""
    start = text[:_SNIFFED]
    return "\0" in start or len(_BINARY.findall(start)) * _LEAST_TEXT > len(start)


@dataclass(slots=True)
class PlainReading:
    """What a plain text says; fields as in `Article`."""

    title: str | None = None
    published: PrintedDate | None = None
    byline: str | None = None
    blocks: list[Block] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    related: list[Link] = field(default_factory=list)
    removed: list[Removal] = field(default_factory=list)


def read_plain(text: str) -> PlainReading:
    """Read the visible text of a page."""
    lines, removed = wording.trim(_lines(text), text=lambda line: line)
    reading = PlainReading(removed=removed)
    lines = _without_related(lines, reading)
    lines = _without_photos(lines, reading)
    lines, more = wording.trim([line for line in lines if line], text=lambda line: line)
    reading.removed += more
    body = _without_head(lines, reading)
    reading.blocks = [Block("paragraph", line) for line in body]
    return reading


def _lines(text: str) -> list[str]:
    """Return tidy lines; an empty one stands for each gap, hard wraps are undone."""
    lines: list[str] = []
    for chunk in re.split(r"\n[^\S\n]*(?:\n[^\S\n]*)+", text.replace("\r\n", "\n")):
        shown = [line for raw in chunk.split("\n") if (line := tidy(raw))]
        if not shown:
            continue
        if lines:
            lines.append("")
        lines += [tidy(" ".join(shown))] if _is_wrapped(shown) else shown
    return lines


def _is_wrapped(lines: list[str]) -> bool:
    """Say whether lines were broken at a fixed width and are one paragraph.

    All but the last fill the width, and most of them end in mid-sentence.
    """
    if len(lines) < 2 or any(_is_photo_line(line) for line in lines):
        return False
    width = max(map(len, lines))
    if not 40 <= width <= 110 or min(map(len, lines[:-1])) < width - 20:
        return False
    open_ends = sum(not _END.search(line[-_TAIL:]) for line in lines[:-1])
    return open_ends * 2 >= len(lines) - 1


def _is_photo_line(line: str) -> bool:
    return len(line) < 400 and (
        images.virin_line(line) is not None or images.credit_line(line) is not None
    )


def _without_related(lines: list[str], reading: PlainReading) -> list[str]:
    """Cut off the list of further reading at the end, if its heading is there."""
    for at in range(len(lines) - 1, max(-1, len(lines) - 40), -1):
        if not _RELATED.fullmatch(fold(lines[at])):
            continue
        tail = [line for line in lines[at + 1 :] if line]
        if any(words(line) > 30 for line in tail):
            break
        reading.related = [Link(line, "") for line in tail]
        reading.removed.append(Removal("related heading", lines[at]))
        return lines[:at]
    return lines


def _without_photos(lines: list[str], reading: PlainReading) -> list[str]:
    """Move photo blocks to `images`; they are found by their credit and VIRIN lines."""
    kept: list[str] = []
    at = 0
    while at < len(lines):
        if not _is_photo_line(lines[at]):
            kept.append(lines[at])
            at += 1
            continue
        credit = virin = None
        while at < len(lines) and (not lines[at] or _is_photo_line(lines[at])):
            line = lines[at]
            if line:
                label, number = images.credit_line(line), images.virin_line(line)
                if (label is not None and credit is not None) or virin is not None:
                    break  # the next picture's
                if label is not None and number is not None:
                    label = re.split(r"\s*\|?\s*VIRIN\b", label, flags=re.IGNORECASE)[0]
                credit = label if label is not None else credit
                virin = number if number is not None else virin
            elif not any(_is_photo_line(after) for after in lines[at + 1 : at + 2]):
                break
            at += 1
        reading.images.append(_photo(_caption_lines(kept), credit, virin))
    return kept


def _caption_lines(kept: list[str]) -> list[str]:
    """Take the lines that stand above a credit off the end of `kept`."""
    while kept and not kept[-1]:
        kept.pop()
    start = len(kept)
    gaps = 0
    while start and len(kept) - start < 4:
        if kept[start - 1]:
            start -= 1
        elif start == len(kept) - 1 and words(kept[start]) < 4 and not gaps:
            gaps, start = 1, start - 1
        else:
            break
    block = kept[start:]
    # In text that flows without gaps the story's own paragraph comes right before:
    # a title line (short, no full stop) has only the alt text above it.
    titles = [at for at, line in enumerate(block) if _is_title(line)]
    if titles and (first := max(titles[-1] - 1, 0)):
        block, start = block[first:], start + first
    elif not titles and len(block) > 2:
        block, start = block[-2:], len(kept) - 2
    del kept[start:]
    return [line for line in block if line]


def _is_title(line: str) -> bool:
    return len(line) < 150 and words(line) <= 12 and not _END.search(line[-_TAIL:])


def _photo(block: list[str], credit: str | None, virin: str | None) -> Image:
    alt = title = None
    lines = list(block)
    at = next((at for at, line in enumerate(lines[:2]) if _is_title(line)), None)
    if at is not None and len(lines) > at + 1:
        alt, title = (lines[0] if at else None), lines[at]
        lines = lines[at + 1 :]
    elif len(lines) > 1:
        alt, lines = lines[0], lines[1:]
    told = images.split_caption(" ".join(lines))
    return Image(
        alt=_ALT_MARK.sub("", alt) if alt else None,
        title=title,
        caption=told.caption,
        credit=(tidy(credit) if credit else None) or told.credit,
        virin=(virin or None) or told.virin,
    )


def _without_head(lines: list[str], reading: PlainReading) -> list[str]:
    """Read the headline, and date and byline around it."""
    at = 0
    while at < min(len(lines), 6):
        line = lines[at]
        who = byline_in(line)
        when = only_date(line) or (only_date(who.rest) if who else None)
        if when and reading.published is None:
            reading.published = when
        elif who is None and not wording.is_furniture(line):
            if reading.title is not None or not _is_headline(line, lines[at + 1 :]):
                break
            reading.title = line
        if who and reading.byline is None:
            reading.byline = who.name
        at += 1
    return lines[at:]


def _is_headline(line: str, after: list[str]) -> bool:
    """Say whether `line` can be a headline: short, no full stop, more text below."""
    if not after or len(line) > 300 or words(line) > 30 or dateline(line):
        return False
    return (
        not re.search(r"[.:;,][\"'”\u2019)]*$", line)
        or re.search(r"\b[A-Z]\.$", line) is not None
    )
