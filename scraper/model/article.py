"""Articles and what differs between two of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from scraper.model.capture import Sha256

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]


@dataclass(frozen=True, slots=True)
class Link:
    """A link with its words; `published` is an ISO date or date-time, where shown."""

    title: str
    url: str
    published: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of an article's text as a reader sees it."""

    kind: Literal["paragraph", "heading", "list_item", "row", "quote"]
    text: str
    links: tuple[Link, ...] = ()

    @property
    def sole_link(self) -> Link | None:
        """The link that is the whole block, None for text: links in lists have it."""
        if len(self.links) != 1:
            return None
        (link,) = self.links
        if not link.url.strip() or link.url.startswith(("#", "javascript:")):
            return None
        return link if _bare(link.title) == _bare(self.text) else None


def _bare(text: str) -> str:
    """Return the text without spacing and the signs that follow a link."""
    return "".join(text.split()).rstrip(".:;,>\u203a\u00bb\u2192")


@dataclass(frozen=True, slots=True)
class Image:
    """One picture with what is printed about it.

    Attributes:
        src: Absolute URL, empty where only the text is known.
        title: The heading above its caption, else the one shown to who points at it.
        virin: As printed, valid or not; recovered from the file name if not printed.
    """

    src: str = ""
    alt: str | None = None
    title: str | None = None
    caption: str | None = None
    credit: str | None = None
    virin: str | None = None


ArticleKind = Literal[
    "article",
    "release",
    "transcript",
    "contracts",
    "bio",
    "factsheet",
    "listing",
    "other",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """The fields extracted from one capture. A value: no id, no history.

    Attributes:
        published: ISO date, or date-time with an offset only where the page gives
            one; None where the page states none. `updated` likewise.
        published_text: The date as printed. `updated_text` likewise.
        metadata_updated: ISO date or date-time that the page's metadata give for the
            last update, whatever it prints.
        byline: Without "By".
        dateline: Place, without the dash; it also stays in its paragraph.
        related: Stories or documents offered as further reading.
        attachments: Files to download.
        listed: The stories that a listing page names.
        notes: Corrections and editor's notes; they also stay in `blocks`.
        article_id: The publisher's own.
        lang: BCP 47 tag as the page states it.
        provenance: Field name to the rule that answered.
    """

    url: str
    kind: ArticleKind = "article"
    title: str | None = None
    published: str | None = None
    updated: str | None = None
    published_text: str | None = None
    updated_text: str | None = None
    metadata_updated: str | None = None
    byline: str | None = None
    dateline: str | None = None
    blocks: tuple[Block, ...] = ()
    images: tuple[Image, ...] = ()
    related: tuple[Link, ...] = ()
    attachments: tuple[Link, ...] = ()
    listed: tuple[Link, ...] = ()
    notes: tuple[str, ...] = ()
    article_id: str | None = None
    lang: str | None = None
    provenance: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The blocks, one a line."""
        return "\n".join(block.text for block in self.blocks)

    def as_dict(self) -> dict[str, JsonValue]:
        """Return plain JSON-able values under the names of the attributes."""
        plain: dict[str, JsonValue] = asdict(self)
        plain["text"] = self.text
        return plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """A note that speaks of another page, as corrections of daily lists do.

    Attributes:
        urls: Where its links lead.
        days: ISO dates on which what it speaks of came out.
    """

    note: str
    urls: tuple[str, ...] = ()
    days: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Removal:
    """Boilerplate that extraction took away: by which rule, and how it began."""

    rule: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An article and how it was read.

    Attributes:
        rules: Fingerprint of what read it: extraction code, layout and learned noise.
            Two readings under different rules must not be compared.
        layout: Name of the layout that answered, None for the generic rules.
        encoding: Character encoding used, with its source, e.g. `utf-8 (meta)`.
    """

    article: Article
    rules: str
    layout: str | None = None
    encoding: str = "utf-8"
    removed: tuple[Removal, ...] = ()


EditField = Literal[
    "title",
    "published",
    "updated",
    "byline",
    "dateline",
    "body",
    "links",
    "image",
    "image_title",
    "alt",
    "caption",
    "credit",
    "virin",
    "related",
    "attachments",
    "listed",
    "notes",
]

EditOp = Literal["added", "removed", "changed", "moved"]


class Disclosure(StrEnum):
    """Whether the page owns up to a change.

    `metadata_only`: nothing a reader sees does, but its metadata give another date.
    `not_applicable`: the page never states a date, was not seen itself but for its
    feed, only names other stories anew or lost a date, or is a list that turned over.
    """

    NOTED = "noted"
    REDATED = "redated"
    METADATA_ONLY = "metadata_only"
    NONE_SEEN = "none_seen"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseSighting:
    """Text seen to move while all else on its page stood.

    Attributes:
        shape: The text with `#` for each figure that may move.
        layout: What read the page, None for the generic rules.
        url: The page.
        before: The text as printed, then `after`.
        before_at: When it was seen so, then `after_at`.
        before_sha256: Of the body that held it, where that is known; `after_sha256`
            likewise.
    """

    shape: str
    layout: str | None
    url: str
    before: str
    after: str
    before_at: datetime
    after_at: datetime
    before_sha256: Sha256 | None = None
    after_sha256: Sha256 | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoisePattern:
    """Text that is known to change without being edited.

    What the pattern matches in a block of text counts as the same whatever it reads,
    and a block that holds nothing else does not count at all.

    Attributes:
        pattern: Regular expression, matched against the text as printed.
        reason: What it rests on, for people.
        where: `block`: the pattern must match a whole block, so that the same words in
            a longer text are never masked. Everything that is learned is so.
        shape: The text as people read it, `#` for each figure that moves.
        evidence: What was seen that it was learned from.
        since: When it was learned.
        host: On which it holds; `layout` of whose pages, None for the generic rules.
    """

    pattern: str
    reason: str = ""
    where: Literal["anywhere", "block"] = "anywhere"
    shape: str = ""
    evidence: tuple[NoiseSighting, ...] = ()
    since: datetime | None = None
    host: str = ""
    layout: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where an edit applies; None on the side where there is nothing.

    Indices count in the article as `comparison.settle` gives it. A single field such as
    the title has none.

    Attributes:
        before: Index in the old article's field; for `body`, `notes` and `links`, and
            for a date stamp within the text, the block.
        after: Index in the new article's field.
        before_span: Start and end character within the old text at `before`. Where two
            blocks became one, the text goes on into the next block after a line break.
        after_span: The same in the new text.
    """

    before: int | None = None
    after: int | None = None
    before_span: tuple[int, int] | None = None
    after_span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One typed difference between two articles."""

    field: EditField
    op: EditOp
    before: str | None
    after: str | None
    position: Position = Position()

    @property
    def in_text(self) -> bool:
        """Whether it is of the text's blocks: story, notes or a date stamp in it."""
        at = self.position
        return self.field in {"body", "notes"} or (
            self.field == "updated" and (at.before is not None or at.after is not None)
        )


OTHERS_STORIES: Final = frozenset({"related", "listed"})
"""Fields that name other pages' stories."""
FEED_RULES: Final = "feed 1"
"""`Reading.rules` of what a feed tells: never compared with what a page says.

Some sites refuse a machine every page and leave their feeds open. What the feed tells
of a story then becomes its text on record, marked so by these rules.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a reader would find different; never without an edit.

    Attributes:
        significance: 0 (cosmetic) to 1; `reasons` names its parts and their weight.
        summary: One line of plain English.
        numbers: Pairs of old and new figure, money or date, as printed.
    """

    edits: tuple[Edit, ...]
    disclosure: Disclosure
    significance: float
    reasons: tuple[tuple[str, float], ...]
    summary: str
    numbers: tuple[tuple[str, str], ...] = ()
    words_added: int = 0
    words_removed: int = 0

    @property
    def fields(self) -> frozenset[str]:
        """Names of the fields that differ."""
        return frozenset(edit.field for edit in self.edits)

    @property
    def silent(self) -> bool:
        """Whether the page could have owned up and did not."""
        return self.disclosure is Disclosure.NONE_SEEN

    def as_dict(self) -> dict[str, JsonValue]:
        """Return plain JSON-able values under the names of the attributes."""
        plain: dict[str, JsonValue] = asdict(self)
        plain["disclosure"] = str(self.disclosure)
        plain["fields"] = [*sorted(self.fields)]
        plain["silent"] = self.silent
        return plain
