"""Bytes decoded and parsed once; shared by assessment, extraction and discovery."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from functools import cached_property

from selectolax.lexbor import LexborHTMLParser

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([^\s"';>]+)""", re.IGNORECASE)
_META = re.compile(rb"<meta\b[^>]{0,500}?charset[^>]{0,200}>", re.IGNORECASE)
_PRESCAN_BYTES = 1024
"""How far a `<meta charset>` is looked for (WHATWG HTML, 13.2.3.2)."""


@dataclass(frozen=True, kw_only=True)
class Document:
    """One response body as text, and as a tree when first asked for.

    Attributes:
        url: Where the body came from; base of relative links.
        text: The body decoded; undecodable bytes became U+FFFD.
        encoding: Name of the codec used and where it was named: `utf-8 (meta)`.
        is_plain_text: Declared `text/plain`: a page's visible text, no markup.
    """

    url: str
    text: str
    encoding: str
    is_plain_text: bool

    @cached_property
    def tree(self) -> LexborHTMLParser:
        """The whole page as lexbor parses it. Treat as read-only: it is shared."""
        return LexborHTMLParser(self.text)


def parse(body: bytes, *, url: str, content_type: str | None = None) -> Document:
    """Decode `body`; the order is BOM, header, meta, UTF-8 (WHATWG Encoding)."""
    codec, source, skip = _encoding(body, content_type)
    text = body[skip:].decode(codec, errors="replace")
    media_type = (content_type or "").partition(";")[0].strip().lower()
    return Document(
        url=url,
        text=text,
        encoding=f"{codec} ({source})",
        is_plain_text=media_type == "text/plain",
    )


def _encoding(body: bytes, content_type: str | None) -> tuple[str, str, int]:
    for bom, codec in _BOMS:
        if body.startswith(bom):
            return codec, "bom", len(bom)
    if (declared := _codec(content_type or "")) is not None:
        return declared, "header", 0
    for meta in _META.findall(body[:_PRESCAN_BYTES]):
        if (declared := _codec(meta.decode("latin-1"))) is not None:
            # A meta that could be read at all is not in UTF-16 (WHATWG 13.2.3.2).
            return ("utf-8" if "utf-16" in declared else declared), "meta", 0
    return "utf-8", "default", 0


def _codec(text: str) -> str | None:
    """Return the Python codec that a `charset=` in `text` names, if it is one."""
    found = _CHARSET.search(text)
    if found is None:
        return None
    try:
        name = codecs.lookup(found[1]).name
        b"".decode(name)  # refuses codecs that are not text, such as zlib
    except (LookupError, ValueError, AssertionError):
        return None
    # Browsers read all of these as windows-1252 (WHATWG Encoding, names and labels).
    return "cp1252" if name in {"iso8859-1", "ascii"} else name
