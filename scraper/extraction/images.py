"""The article's pictures with what is printed about them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scraper.extraction import captions
from scraper.extraction.blocks import resolve
from scraper.extraction.prune import names
from scraper.extraction.text import tidy, words
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
    ":is([class*=credit i], [class*=photographer i], [itemprop=creditText])"
    ":not(:has(img, [class*=caption i]))"
)
_MOST_WORDS_OF_CREDIT = 15
_DECORATION = re.compile(
    r"logo|icon|spacer|sprite|seal|pixel|blank|button|banner_|badge|bullet|arrow|"
    r"transparent|/flags?/|avatar|lock|us_flag|dot-?gov|https\b(?!:)",
    re.IGNORECASE,
)
_DECORATED_ALT = re.compile(
    r"(?:logo|icon|seal|(?:u\.?s\.? )?flag|dot gov|https|exit|pdf|adobe.*|print|email|"
    r"rss|facebook|twitter|youtube|share.*|search|home|menu)",
    re.IGNORECASE,
)
_LINK_LINE = re.compile(
    r"(?:\W*(?:download(?: image)?:?|hi-res|photo details|full size|details|share|"
    r"view original|\d+ ?(?:/|of) ?\d+|(?:show|hide) caption ?[+-]?|"
    r"view (?:image|photo|larger).*|enlarge.*|open image.*|"
    r"\(?[\d.]+ ?[mk]b\)?|zoom|hi-?res(?:olution)?(?: image)?|photo gallery))+\W*",
    re.IGNORECASE,
)
_SOURCES = ("src", "data-src", "data-lazy-src", "data-original")


def take_images(root: LexborNode, *, base: str) -> list[Image]:
    """Return the pictures under `root`, and take their captions off the tree."""
    images: list[Image] = []
    for node in root.css("img"):
        if node.parent is None:
            continue
        image = _image(node, root, base)
        if image is not None and image not in images:
            images.append(image)
    for node in root.css("figure, img, picture, figcaption"):
        if node.parent is not None and words(node.text(separator=" ")) < 400:
            node.decompose()
    return images


def _image(node: LexborNode, root: LexborNode, base: str) -> Image | None:
    given = node.attributes
    src = next((s for key in _SOURCES if (s := (given.get(key) or "").strip())), "")
    alt = tidy(given.get("alt") or "") or None
    box = _box(node, root)
    credit = _take_credit(box) if box is not None else None
    text = _caption_text(box) if box is not None else ""
    if not text and _is_decoration(src, alt, given):
        return None
    told = captions.split_caption(text, credit=credit)
    if box is not None and box.tag != "figure":
        box.decompose()
    url = resolve(base, src)
    return Image(
        src=url,
        alt=alt,
        title=tidy(given.get("title") or "") or None,
        caption=told.caption,
        credit=told.credit,
        virin=told.virin or captions.virin_in_url(url),
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


def _box(node: LexborNode, root: LexborNode) -> LexborNode | None:
    """Return the element that holds one picture and the words about it."""
    box: LexborNode | None = None
    told = 0
    parent = node.parent
    for _ in range(6):
        if parent is None or parent.mem_id == root.mem_id or parent.tag == "body":
            break
        if len(parent.css("img")) > 1 or parent.css_first("h1") is not None:
            break
        said = words(parent.text(separator=" "))
        if said > 250:
            break
        if parent.tag == "figure":
            return parent
        if box is not None and said > told and box.css_first(_CAPTION) is not None:
            break
        if said and (
            _PICTURE_BOX.search(names(parent)) or parent.css_first(_CAPTION) is not None
        ):
            box, told = parent, said
        parent = parent.parent
    return box


def _take_credit(box: LexborNode) -> str | None:
    """Take the element that is named the picture's credit off `box`."""
    node = box.css_first(_CREDIT)
    text = tidy(node.text(separator=" ")) if node is not None else ""
    if node is None or not 0 < words(text) <= _MOST_WORDS_OF_CREDIT:
        return None
    node.decompose()
    line = captions.credit_line(text)
    return (line if line is not None else text).strip("() ") or None


def _caption_text(box: LexborNode) -> str:
    """Return the words of a picture's box, its caption element's if it has one."""
    told = box.css(_CAPTION)
    outer = [n for n in told if not any(_holds(other, n) for other in told)]
    parts: list[str] = []
    for node in outer or [box]:
        for piece in node.text(separator="\n").split("\n"):
            line = tidy(piece)
            if re.search(r"\w", line) and not _LINK_LINE.fullmatch(line):
                parts.append(line)
    return tidy(" ".join(parts))


def _holds(outer: LexborNode, node: LexborNode) -> bool:
    parent = node.parent
    while parent is not None:
        if parent.mem_id == outer.mem_id:
            return True
        parent = parent.parent
    return False
