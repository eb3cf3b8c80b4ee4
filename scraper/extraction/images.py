"""The article's pictures: caption, credit and VIRIN told apart.

Forms from the DoD Visual Information Style Guide and the VIRIN rules of DIMOC
(`YYMMDD-S-VVVVV-SNNN[-CC]`).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit

from scraper.extraction.blocks import resolve
from scraper.extraction.prune import holds, names
from scraper.extraction.wording import tidy, words
from scraper.model import Image

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_PICTURE_BOX = re.compile(
    r"(?<![a-z])(?:figure|media|photo|image|img|picture|caption|gallery|asset|slide|"
    r"thumbnail|wp-caption|pimage|carousel)"
)
_CAPTION = (
    ":is(figcaption, [class*=caption], [class*=Caption], [itemprop=caption], .pinfo, "
    "[class*=media-description], [class*=photo-description])"
)
_CREDIT = (
    ":is([class*=credit i], [class*=photographer i]):not(:has(img, [class*=caption i]))"
)
_CREDIT_NAME = re.compile(r"(?<![a-z])(?:photo|image)?credits?(?![a-z])|photographer")
_MOST_WORDS_OF_CREDIT = 15
_HEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})
_HEADING = f":is({', '.join(sorted(_HEADINGS))}, [class*=title i])"
_HEADING_NAME = re.compile(r"(?<![a-z])title(?![a-z])")
"""AFPIMS and DVIDS print a title above the caption: "Pentagon Meeting"."""
_MOST_WORDS_OF_HEADING = 15
_DECORATION = re.compile(
    # Some only as words of their own: "block-party.jpg", "seals-at-sea.jpg".
    r"logo|icon(?!ic)|spacer|sprite|banner_|transparent|/flags?/|avatar|us_flag|dot-?gov|"
    r"(?<![a-z])(?:seal|pixel|blank|button|badge|bullet|arrow|(?:pad)?lock)"
    r"(?![a-rt-z]|s[a-z-])|https\b(?!:)",
    re.IGNORECASE,
)
_DECORATED_ALT = re.compile(
    r"(?:(?:[^.]{0,80} )?logo|icon|seal|"
    r"(?:u\.?s\.? )?flag|dot gov|https|exit|pdf|adobe.*|print|email|"
    r"rss|facebook|twitter|youtube|share.*|search|home|menu)",
    re.IGNORECASE,
)
_LINK_LINE = re.compile(
    r"(?:\W*(?:download(?: image)?:?|hi-res|photo details|full size|details|share|"
    r"view (?:original|media details)|\d+ ?(?:/|of) ?\d+|(?:show|hide) caption ?[+-]?|"
    r"(?:(?:click|tap) (?:\w+ )?to )?(?:view (?:image|photo|larger)|enlarge|zoom).*|"
    r"open image.*|"
    r"\(?[\d.]+ ?[mk]b\)?|zoom|hi-?res(?:olution)?(?: image)?|photo gallery))+\W*",
    re.IGNORECASE,
)
_OFFERS_FILE = re.compile(
    r"(?:download )?(?:hi|high)-?res(?:olution)?(?: image)?|download image:?|"
    r"photo details|view original",
    re.IGNORECASE,
)
_BOX_LEVELS = 6
"""How far above a picture the element is looked for that holds it and its words."""
_MOST_IN_BOX = 50
_MOST_PICTURES = 20_000
"""Of a page; one with more is for no reader, and would take others' time."""
_SOURCES = ("src", "data-src", "data-lazy-src", "data-original")


def take_images(root: LexborNode, *, base: str) -> list[Image]:
    """Return the pictures under `root`, and take their captions off the tree."""
    images: dict[Image, None] = {}
    shown = root.css("img")[:_MOST_PICTURES]
    region = _Region.of(root, shown)
    for node in shown:
        if node.parent is None:
            continue
        image = _image(node, region, base)
        if image is not None:
            images[image] = None
    for node in root.css("figure, img, picture, figcaption"):
        if node.parent is not None and words(node.text(separator=" ")) < 400:
            node.decompose()
    return list(images)


@dataclass(frozen=True, slots=True)
class _Region:
    """Where the pictures stand.

    Attributes:
        root: Of the article.
        words: How many there are, those about the pictures included.
        crowded: The elements that hold more pictures than any box has for itself,
            counted once: asking each for its pictures is quadratic in a gallery.
    """

    root: LexborNode
    words: int
    crowded: frozenset[int]

    @classmethod
    def of(cls, root: LexborNode, shown: list[LexborNode]) -> Self:
        held: Counter[int] = Counter()
        for node in shown:
            parent = node.parent
            for _ in range(_BOX_LEVELS):
                if parent is None or parent.mem_id == root.mem_id:
                    break
                held[parent.mem_id] += 1
                parent = parent.parent
        crowded = frozenset(node for node, n in held.items() if n > _MOST_IN_BOX)
        return cls(root, words(root.text(separator=" ")) if shown else 0, crowded)


def _image(node: LexborNode, region: _Region, base: str) -> Image | None:
    given = node.attributes
    sources = [s for key in _SOURCES if (s := (given.get(key) or "").strip())]
    # A lazy picture's own source is a placeholder within the page.
    lasting = (s for s in sources if not s.startswith("data:"))
    src = next(lasting, sources[0] if sources else "")
    alt = tidy(given.get("alt") or "") or None
    box = _box(node, region)
    credit = _take_credit(box) if box is not None else None
    text = _caption_text(box) if box is not None else ""
    if not text and _is_decoration(src, alt, given):
        return None
    heading, told = None, Caption()
    if box is not None:
        heading, told = _told_in(box, text, credit)
    if box is not None and box.tag != "figure":
        box.decompose()
    url = resolve(base, src)
    return Image(
        src=url,
        alt=alt,
        title=heading or tidy(given.get("title") or "") or None,
        caption=told.caption,
        credit=told.credit,
        virin=told.virin or virin_in_url(url),
    )


def _is_decoration(src: str, alt: str | None, given: dict[str, str | None]) -> bool:
    if not src or src.startswith("data:") or _DECORATION.search(src.rpartition("/")[2]):
        return True
    sizes = [given.get(key) or "" for key in ("width", "height")]
    if any(
        size.rstrip("px").isdecimal() and int(size.rstrip("px")) < 60 for size in sizes
    ):
        return True
    return bool(alt and _DECORATED_ALT.fullmatch(alt))


def _box(node: LexborNode, region: _Region) -> LexborNode | None:
    """Return the element that holds one picture and the words about it."""
    box: LexborNode | None = None
    told = 0
    is_named = True
    parent = node.parent
    for _ in range(_BOX_LEVELS):
        if parent is None or parent.tag == "body":
            break
        if parent.mem_id == region.root.mem_id or parent.mem_id in region.crowded:
            break
        if len(parent.css("img")) > 1 or parent.css_first("h1") is not None:
            break
        said = words(parent.text(separator=" "))
        if said > 250:
            break
        if parent.tag == "figure":
            return parent
        if (
            box is not None
            and said > told
            and (not is_named or box.css_first(_CAPTION) is not None)
        ) or (said >= _LEAST_TEXT and _holds_text(parent)):
            break
        if said:
            is_named = bool(_PICTURE_BOX.search(names(parent)))
            is_told = parent.css_first(_CAPTION) is not None
            # Neither a name nor a credit alone makes a caption of most of a page.
            signs = is_named + (not is_told and _reads_as_caption(parent, node))
            if is_told or signs > 1 or (signs and said * 2 <= region.words):
                box, told = parent, said
                is_named = is_named or is_told
        parent = parent.parent
    return box


_PROSE = re.compile(r"(?:\S+\s+){8,}\S+[.!?][\"\u201d]?")
_LEAST_TEXT = 18
"""Words of two such paragraphs."""


def _holds_text(box: LexborNode) -> bool:
    """Say whether paragraphs of prose stand in `box`: a text, and no caption.

    Boxes named after the media hold whole releases.
    """
    count = _paragraphs(box, "p")
    return count > 1 and count - _paragraphs(box, f"{_CAPTION} p") > 1


def _paragraphs(box: LexborNode, selector: str) -> int:
    said = (tidy(node.text(separator=" ")) for node in box.css(selector))
    return sum(_PROSE.fullmatch(line) is not None for line in said)


_LINES = "p, li, h2, h3, h4, h5, blockquote, td"
_FEW_WORDS = 40
_MOST_LINES, _MOST_BREAKS, _MOST_WORDS = 2, 3, 160
"""Of a caption: a credit may have its own line."""


def _reads_as_caption(box: LexborNode, picture: LexborNode) -> bool:
    """Say whether the words below a picture are its own, whatever they are called.

    They are few lines, with nothing above the picture; a credit ends them, links offer
    the file, or they share a table or italics with the picture alone. An article that
    opens with its picture is none.
    """
    text = box.text(separator="\n")
    if (
        words(text) > _MOST_WORDS
        or len(box.css("br")) > _MOST_BREAKS
        or not _opens(box, picture)
    ):
        return False
    said = [tidy(node.text(separator=" ")) for node in box.css(_LINES)]
    told = [line for line in said if line and not _LINK_LINE.fullmatch(line)]
    if len(told) > _MOST_LINES:
        return False
    if _holds_nothing_else(box):
        return True
    shown = [line for piece in text.split("\n") if (line := tidy(piece))]
    if any(_OFFERS_FILE.fullmatch(line) for line in shown):
        return True
    return bool(shown) and split_caption(" ".join(shown)).credit is not None


def _holds_nothing_else(box: LexborNode) -> bool:
    """Say whether `box` is a table of one column, or a paragraph all in italics."""
    if box.tag not in ("p", "table") or words(box.text(separator=" ")) > _FEW_WORDS:
        return False
    if box.tag == "table":
        inner = [one for one in box.css("table") if one.mem_id != box.mem_id]
        return not (inner or box.css_first("th, li, h2, h3")) and all(
            len(row.css("td")) == 1 for row in box.css("tr")
        )
    leaning = "".join(node.text() for node in box.css("em, i, small"))
    return bool(leaning.strip()) and leaning.split() == box.text().split()


def _opens(box: LexborNode, picture: LexborNode) -> bool:
    """Say whether no words stand in `box` before `picture`."""
    node: LexborNode | None = picture
    while node is not None and node.mem_id != box.mem_id:
        before = node.prev
        while before is not None:
            if re.search(r"\w", before.text() or ""):
                return False
            before = before.prev
        node = node.parent
    return True


def _take_credit(box: LexborNode) -> str | None:
    """Take the element that is named the picture's credit off `box`."""
    named = (node for node in box.css(_CREDIT) if _CREDIT_NAME.search(names(node)))
    node = next(named, None)
    text = tidy(node.text(separator=" ")) if node is not None else ""
    if node is None or not 0 < words(text) <= _MOST_WORDS_OF_CREDIT:
        return None
    node.decompose()
    line = credit_line(text)
    return (line if line is not None else text).strip("() ") or None


def _told_in(
    box: LexborNode, text: str, credit: str | None
) -> tuple[str | None, Caption]:
    """Return the heading of a picture's caption, None where it has none, and the rest.

    What only a credit or a VIRIN follows is the caption, whatever it is called.
    """
    for node in box.css(_HEADING):
        is_heading = node.tag in _HEADINGS or _HEADING_NAME.search(names(node))
        heading = tidy(node.text(separator=" ")) if is_heading else ""
        if not 0 < words(heading) <= _MOST_WORDS_OF_HEADING or heading[-1] in ".!?":
            continue
        if text.startswith(f"{heading} "):
            told = split_caption(text[len(heading) :], credit=credit)
            if told.caption is None:
                return None, replace(told, caption=heading)
            return heading, told
    return None, split_caption(text, credit=credit)


def _caption_text(box: LexborNode) -> str:
    """Return the words of a picture's box, its caption element's if it has one."""
    told = box.css(_CAPTION)
    outer = [n for n in told if not any(holds(other, n) for other in told)]
    parts: list[str] = []
    for node in outer or [box]:
        for piece in node.text(separator="\n").split("\n"):
            line = tidy(piece)
            if re.search(r"\w", line) and not _LINK_LINE.fullmatch(line):
                parts.append(line)
    return tidy(" ".join(parts))


VIRIN = re.compile(
    r"(?<![0-9A-Za-z])\d{6}-[A-Z]-[0-9A-Z]{5}-\d{3,4}(?:-[A-Z]{2})?(?![0-9A-Za-z])"
)
_VIRIN_LABEL = re.compile(
    r"\bVIRIN\s*(?:#|:|number:?)\s*(?P<virin>\S+)?", re.IGNORECASE
)
_FILE_ENDING = re.compile(r"\.(?:jpe?g|png|gif|tiff?|webp|mp4)$", re.IGNORECASE)
_CREDIT_LABEL = re.compile(
    r"^\W*(?:(?:photo(?:graph)?|image|graphic|video|illustration)s?"
    r"(?:\s+(?:by|credits?|courtesy(?:\s+of)?))?|credits?|fotos?\s+(?:de|por)|"
    r"cr[eé]dito)\s*:\s*(?P<credit>.*)$",
    re.IGNORECASE,
)
_MEDIUM = r"(?:photo(?:graph)?s?|image|graphic|illustration|video|fotograf[ií]a|foto)"
_CREDIT_IN_BRACKETS = re.compile(
    rf"\(\s*(?P<credit>[^()]{{0,80}}?\b{_MEDIUM}\b(?:[^()]|\([^()]*\))*?)\s*\)[\s.]*$",
    re.IGNORECASE,
)
_CREDIT_PHRASE = re.compile(
    rf"\b{_MEDIUM}\s*(?:/|by\b|courtesy\b|credit\b|de\b|por\b)|^courtesy\b|"
    rf"^(?:[\w.]+\s+){{0,6}}{_MEDIUM}$",
    re.IGNORECASE,
)


_CREDIT_SENTENCE = re.compile(
    rf"(?:^|(?<=[.!?”\")])\s+)(?P<credit>(?:[A-Z][\w.]*\s+){{0,5}}(?i:{_MEDIUM})\s+"
    r"(?:by|courtesy(?:\s+of)?)\s+[^.!?:]{2,80}?)\.?$"
)
"""Below or after the caption, without brackets or a colon."""


_CREDIT_ABOVE = re.compile(
    r"(?:Photo|Video|Graphic) [Bb]y (?P<name>[^|]{2,80}?) \| |"
    r"(?P<whole>Courtesy (?:Photo|Video|Graphic)) \| "
)
"""DVIDS: `Photo By Staff Sgt. NAME | CAPTION.... read more`."""
_CUT_SHORT = re.compile(r"(?<=\.)\.{3} read more$|\s*read (?:more|less)$")


@dataclass(frozen=True, slots=True)
class Caption:
    """What is printed with a picture, told apart. None for what is not."""

    caption: str | None = None
    credit: str | None = None
    virin: str | None = None


def virin_line(line: str) -> str | None:
    """Return what a line labelled `VIRIN:` says, valid or not; None for other lines."""
    label = _VIRIN_LABEL.search(line)
    if label is None:
        return None
    return _FILE_ENDING.sub("", (label["virin"] or "").strip(" ,;.|"))


def credit_line(line: str) -> str | None:
    """Return the credit of a line such as `Photo By: NAME`; None for other lines."""
    label = _CREDIT_LABEL.match(line)
    return label["credit"].strip() if label else None


def virin_in_url(url: str) -> str | None:
    """Return the VIRIN that names the file at `url`, as AFPIMS and DVIDS do."""
    name = unquote(urlsplit(url).path.rpartition("/")[2])
    found = VIRIN.search(name.upper())
    return found[0] if found else None


def split_caption(text: str, *, credit: str | None = None) -> Caption:
    """Tell caption, credit and VIRIN apart in one running text.

    Args:
        text: What is printed with the picture.
        credit: Where an element of its own names it, so that `text` need not.
    """
    text = tidy(text)
    virin = None
    if label := _VIRIN_LABEL.search(text):
        virin = virin_line(label[0]) or None
        text = (text[: label.start()] + text[label.end() :]).strip(" |,;")
    if credit is not None:
        return Caption(text or None, credit, virin)
    if above := _CREDIT_ABOVE.match(text):
        caption = _CUT_SHORT.sub("", text[above.end() :])
        return Caption(caption or None, above["name"] or above["whole"], virin)
    found = _CREDIT_IN_BRACKETS.search(text)
    if found is None or not _CREDIT_PHRASE.search(found["credit"]):
        found = _CREDIT_SENTENCE.search(text)
    if found is not None:
        credit, text = found["credit"], text[: found.start()].rstrip()
    elif label := re.search(
        rf"(?:^|(?<=[.!?”\")])\s+)(?P<line>(?:{_MEDIUM}\s*"
        r"(?:by|credits?|courtesy(?:\s+of)?)?|credits?)\s*:\s*.+)$",
        text,
        re.IGNORECASE,
    ):
        credit, text = credit_line(label["line"]), text[: label.start()].rstrip()
    return Caption(text or None, tidy(credit) if credit else None, virin)
