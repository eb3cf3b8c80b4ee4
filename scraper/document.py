"""Bytes decoded and parsed once; shared by assessment, extraction and discovery."""

from __future__ import annotations

import codecs
import re
import zlib
from dataclasses import dataclass
from functools import cached_property

from selectolax.lexbor import LexborHTMLParser

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PRESCAN_BYTES = 1024
"""How far a `<meta charset>` is looked for (WHATWG HTML, 13.2.3.2)."""
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_META = re.compile(rb"<meta[\s/][^>]{0,700}>", re.IGNORECASE)
_CONTENT = re.compile(r"""\bcontent\s*=\s*(?:"[^"]*"|'[^']*')""", re.IGNORECASE)
_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([^\s"';>,]+)""", re.IGNORECASE)

GZIP = b"\x1f\x8b\x08"
"""How a gzip file begins (RFC 1952 section 2.3): its magic number and deflate."""
_MOST_UNPACKED = 10_000_000
"""Bytes, as many as `fetch` decodes of a body."""

_DEEPEST = 5_000
_TAG = re.compile(
    # But for void elements and those that the next of their kind ends (WHATWG HTML
    # 13.1.2): they do not lie in each other.
    r"<(/?)(?!(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr"
    r"|p|li|dt|dd|option|optgroup|tr|td|th|thead|tbody|tfoot|colgroup|rp|rt)\b)[a-z]",
    re.IGNORECASE,
)

_LABELS = {
    label: codec
    for codec, labels in {
        "utf-8": "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 "
        "x-unicode20utf8",
        "cp1252": "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 "
        "iso-ir-100 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii "
        "windows-1252 x-cp1252 x-user-defined",
        "iso8859-2": "iso-8859-2 iso8859-2 iso_8859-2 l2 latin2 csisolatin2",
        "iso8859-3": "iso-8859-3 iso8859-3 iso_8859-3 l3 latin3",
        "iso8859-4": "iso-8859-4 iso8859-4 iso_8859-4 l4 latin4",
        "iso8859-5": "iso-8859-5 iso8859-5 iso_8859-5 cyrillic",
        "iso8859-6": "iso-8859-6 iso8859-6 iso_8859-6 arabic iso-8859-6-e iso-8859-6-i",
        "iso8859-7": "iso-8859-7 iso8859-7 iso_8859-7 greek greek8 ecma-118",
        "iso8859-8": "iso-8859-8 iso8859-8 iso_8859-8 hebrew iso-8859-8-i logical",
        "iso8859-10": "iso-8859-10 iso8859-10 l6 latin6",
        "iso8859-13": "iso-8859-13 iso8859-13",
        "iso8859-14": "iso-8859-14 iso8859-14",
        "iso8859-15": "iso-8859-15 iso8859-15 iso_8859-15 l9 latin9 csisolatin9",
        "iso8859-16": "iso-8859-16",
        "koi8-r": "koi8-r koi koi8 koi8_r cskoi8r",
        "koi8-u": "koi8-u koi8-ru",
        "mac-roman": "macintosh mac x-mac-roman csmacintosh",
        "cp866": "cp866 866 ibm866 csibm866",
        "cp874": "windows-874 dos-874 iso-8859-11 iso8859-11 tis-620",
        "cp1250": "windows-1250 cp1250 x-cp1250",
        "cp1251": "windows-1251 cp1251 x-cp1251",
        "cp1253": "windows-1253 cp1253 x-cp1253",
        "cp1254": "windows-1254 cp1254 x-cp1254 iso-8859-9 iso8859-9 iso_8859-9 l5 "
        "latin5 csisolatin5",
        "cp1255": "windows-1255 cp1255 x-cp1255",
        "cp1256": "windows-1256 cp1256 x-cp1256",
        "cp1257": "windows-1257 cp1257 x-cp1257",
        "cp1258": "windows-1258 cp1258 x-cp1258",
        "gb18030": "gb18030 gbk gb2312 gb_2312 gb_2312-80 chinese csgb2312 x-gbk",
        "big5hkscs": "big5 big5-hkscs cn-big5 csbig5 x-x-big5",
        "euc_jp": "euc-jp x-euc-jp cseucpkdfmtjapanese",
        "iso2022_jp": "iso-2022-jp csiso2022jp",
        "cp932": "shift_jis shift-jis sjis x-sjis ms932 ms_kanji windows-31j "
        "csshiftjis",
        "cp949": "euc-kr korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 "
        "windows-949 cseuckr",
        "utf-16-le": "utf-16 utf-16le ucs-2 unicode csunicode iso-10646-ucs-2",
        "utf-16-be": "utf-16be unicodefffe",
    }.items()
    for label in labels.split()
}
"""Names and labels of encodings as browsers read them (WHATWG Encoding, 4.2)."""


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

    def own_tree(self) -> LexborHTMLParser:
        """Return the page as a tree that the caller may change."""
        shared = self.__dict__.get("tree")
        return LexborHTMLParser(self.text) if shared is None else shared.clone()

    @cached_property
    def tag_count(self) -> int:
        """How many tags and comments the text holds at most."""
        return self.text.count("<")

    @cached_property
    def is_too_deep(self) -> bool:
        """Whether elements lie so deep in each other that parsing is an attack.

        Ask before `tree`: lexbor's time grows with the cube of the depth (20,000 nested
        `<div>` 0.4 s, 40,000 3.3 s, 200,000 3 minutes). Browsers stop at 512.
        """
        if self.tag_count <= _DEEPEST:
            return False
        depth = deepest = 0
        for tag in _TAG.finditer(self.text):
            depth = max(0, depth - 1) if tag[1] else depth + 1
            deepest = max(deepest, depth)
        return deepest > _DEEPEST


def parse(body: bytes, *, url: str, content_type: str | None = None) -> Document:
    """Decode `body`; the order is BOM, header, meta, UTF-8 (WHATWG Encoding).

    A gzip file is unpacked first: see `unpacked`.
    """
    body = unpacked(body)
    codec, source, skip = _encoding(body, content_type)
    text = body[skip:].decode(codec, errors="replace")
    media_type = (content_type or "").partition(";")[0].strip().lower()
    return Document(
        url=url,
        text=text,
        encoding=f"{codec} ({source})",
        is_plain_text=media_type == "text/plain",
    )


def unpacked(body: bytes) -> bytes:
    """Return what a gzip file holds: sitemaps may be one (sitemaps.org protocol).

    Any other body is returned as it is, and so is a file that is broken, that has
    something after its end, or that holds more than 10 MB. One in another stays closed.
    """
    if not body.startswith(GZIP):
        return body
    unzip = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        plain = unzip.decompress(body, _MOST_UNPACKED + 1)
    except zlib.error:
        return body
    is_whole = unzip.eof and not unzip.unused_data
    return plain if is_whole and len(plain) <= _MOST_UNPACKED else body


def _encoding(body: bytes, content_type: str | None) -> tuple[str, str, int]:
    for bom, codec in _BOMS:
        if body.startswith(bom):
            return codec, "bom", len(bom)
    if (declared := _codec(content_type or "")) is not None:
        return declared, "header", 0
    for meta in _META.findall(_COMMENT.sub(b"", body[:_PRESCAN_BYTES])):
        said = meta.decode("latin-1")
        if "http-equiv" not in said.lower():
            said = _CONTENT.sub("", said)
        if (declared := _codec(said)) is not None:
            # A meta that could be read at all is not in UTF-16 (WHATWG 13.2.3.2).
            return ("utf-8" if "utf-16" in declared else declared), "meta", 0
    return "utf-8", "default", 0


def _codec(text: str) -> str | None:
    """Return the Python codec that a `charset=` in `text` names, if it is one."""
    found = _CHARSET.search(text)
    return _LABELS.get(found[1].lower()) if found else None
