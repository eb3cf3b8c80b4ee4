"""Corrections and editor's notes inside an article."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scraper.model import Block

_NOTE = re.compile(
    r"^[\s*(\[_\u2013—-]*(?:"
    r"(?:editor(?:'|\u2019)?s?(?:'|\u2019)?|editorial|publisher(?:'|\u2019)s)\s+note\b|"
    r"(?:correction|corrected|clarification|erratum|errata|retraction|update|updated|"
    r"correcci[oó]n|aclaraci[oó]n|nota\s+del?\s+editor|fe\s+de\s+erratas)"
    r"(?:\s*[\w.,/ ]{0,30})?\s*[:\u2013—-]\s*\S|"
    r"(?:note|this\s+(?:story|article|release|page|post|fact\s+sheet|transcript))\b"
    r"[^.]{0,80}\b(?:was|has\s+been|is)\s+(?:corrected|updated|revised|amended|edited|"
    r"changed\s+to)\b|"
    r"an?\s+(?:earlier|previous|prior)\s+version\b"
    r")",
    re.IGNORECASE,
)


def notes_in(blocks: Sequence[Block]) -> tuple[str, ...]:
    """Return the blocks in which the page owns up to a change or speaks as editor."""
    return tuple(block.text for block in blocks if _NOTE.match(block.text[:300]))
