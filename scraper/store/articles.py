"""Articles as rows of their versions, and back: passages, links, pictures, readings."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from scraper.model import Article, Block, Image, Link, Reading
from scraper.store.rows import as_json

if TYPE_CHECKING:
    from scraper.store.database import Database, Row


def columns(db: Database, reading: Reading) -> Row:
    """Return the columns of `versions` that hold single fields, in a transaction."""
    article = reading.article
    return {
        "title": article.title,
        "kind": article.kind,
        "url": article.url,
        "published": article.published,
        "updated": article.updated,
        "published_text": article.published_text,
        "updated_text": article.updated_text,
        "metadata_updated": article.metadata_updated,
        "byline": article.byline,
        "dateline": article.dateline,
        "article_id": article.article_id,
        "lang": article.lang,
        "words": len(article.text.split()),
        "rules": reading.rules,
        "reading_id": _reading(db, reading),
    }


def lists_of(db: Database, page_id: int, version_id: int, article: Article) -> Row:
    """Return whose passages and links an article has: a new version's own, or older.

    A byline or a date that moves leaves both as they were in the page's newest version.
    """
    newest = db.row(
        "SELECT passages_of, links_of FROM versions WHERE page_id = ?"
        " ORDER BY number DESC LIMIT 1",
        (page_id,),
    )
    own: Row = {"passages_of": version_id, "links_of": version_id}
    if newest is None:
        return own
    if stored_passages(db, newest["passages_of"]) == _passages(article):
        own["passages_of"] = newest["passages_of"]
    if _stored_links(db, newest["links_of"]) == _links(article):
        own["links_of"] = newest["links_of"]
    return own


def save(db: Database, version: Row, article: Article) -> None:
    """Store an article's lists as rows of its version, inside a transaction.

    Args:
        db: Where to.
        version: Its row, with `lists_of` the article.
        article: What to store.
    """
    version_id = version["id"]
    if version["passages_of"] == version_id:
        db.run_many(
            "INSERT INTO passage_lists (version_id, position, passage_id)"
            " VALUES (?, ?, ?)",
            [
                (version_id, position, _passage(db, kind, text))
                for position, (kind, text) in enumerate(_passages(article))
            ],
        )
    if version["links_of"] == version_id:
        db.run_many(
            "INSERT INTO link_lists"
            " (version_id, part, position, link_id, passage_position)"
            " VALUES (?, ?, ?, ?, ?)",
            [
                (version_id, part, at, _link(db, link), block_at)
                for part, links in _links(article).items()
                for at, (block_at, link) in enumerate(links)
            ],
        )
    db.run_many(
        "INSERT INTO version_images (version_id, position, image_id) VALUES (?, ?, ?)",
        [
            (version_id, at, _image(db, image))
            for at, image in enumerate(article.images)
        ],
    )


def searched(article: Article) -> list[tuple[str, str]]:
    """Return what is kept as passages for search alone: kind and text.

    First the titles of pictures, which texts recorded under schema 1 lack.
    """
    titles = [("caption", image.title) for image in article.images if image.title]
    captions = [("caption", image.caption) for image in article.images if image.caption]
    return [*titles, *captions, *([("title", article.title)] if article.title else [])]


def load(db: Database, version: Row) -> Article:
    """Return the article of one row of `versions`, equal to the one stored."""
    version_id = version["id"]
    passages = stored_passages(db, version["passages_of"])
    links = _stored_links(db, version["links_of"])
    of_block: dict[int | None, list[Link]] = {}
    for block_at, link in links["body"]:
        of_block.setdefault(block_at, []).append(link)
    images = db.rows(
        "SELECT i.src, i.alt, i.title, i.caption, i.credit, i.virin"
        " FROM version_images vi JOIN images i ON i.id = vi.image_id"
        " WHERE vi.version_id = ? ORDER BY vi.position",
        (version_id,),
    )
    body = [one for one in passages if one[0] not in {"note", "caption", "title"}]
    return Article(
        url=version["url"],
        kind=version["kind"],
        title=version["title"],
        published=version["published"],
        updated=version["updated"],
        published_text=version["published_text"],
        updated_text=version["updated_text"],
        metadata_updated=version["metadata_updated"],
        byline=version["byline"],
        dateline=version["dateline"],
        blocks=tuple(
            Block(kind, text, tuple(of_block.get(at, ())))
            for at, (kind, text) in enumerate(body)
        ),
        images=tuple(Image(**row) for row in images),
        related=tuple(link for _, link in links["related"]),
        attachments=tuple(link for _, link in links["attachments"]),
        listed=tuple(link for _, link in links["listed"]),
        notes=tuple(text for kind, text in passages if kind == "note"),
        article_id=version["article_id"],
        lang=version["lang"],
        provenance=json.loads(
            db.value(
                "SELECT provenance FROM readings WHERE id = ?", (version["reading_id"],)
            )
        ),
    )


def _links(article: Article) -> dict[str, list[tuple[int | None, Link]]]:
    return {
        "body": [(at, link) for at, b in enumerate(article.blocks) for link in b.links],
        "related": [(None, link) for link in article.related],
        "attachments": [(None, link) for link in article.attachments],
        "listed": [(None, link) for link in article.listed],
    }


def _passages(article: Article) -> list[tuple[str, str]]:
    return [
        *((block.kind, block.text) for block in article.blocks),
        *(("note", note) for note in article.notes),
        *searched(article),
    ]


def stored_passages(db: Database, version_id: int) -> list[tuple[Any, str]]:
    """Return one of `passage_lists`: kind and text of each, those for search last."""
    found = db.rows(
        "SELECT s.kind, s.text FROM passage_lists o"
        " JOIN passages s ON s.id = o.passage_id"
        " WHERE o.version_id = ? ORDER BY o.position",
        (version_id,),
    )
    return [(row["kind"], row["text"]) for row in found]


def _stored_links(
    db: Database, version_id: int
) -> dict[str, list[tuple[int | None, Link]]]:
    """Return one of `link_lists`, as `_links` has it."""
    parts = _links(Article(url=""))
    for row in db.rows(
        "SELECT o.part, o.passage_position, l.title, l.url, l.published"
        " FROM link_lists o JOIN links l ON l.id = o.link_id"
        " WHERE o.version_id = ? ORDER BY o.part, o.position",
        (version_id,),
    ):
        link = Link(row["title"], row["url"], row["published"])
        parts[row["part"]].append((row["passage_position"], link))
    return parts


def _passage(db: Database, kind: str, text: str) -> int:
    values = {"digest": passage_digest(kind, text), "kind": kind, "text": text}
    known = db.value(
        "SELECT id FROM passages WHERE digest = ? AND kind = ? AND text = ?",
        tuple(values.values()),
    )
    return int(known) if known is not None else db.insert("passages", values)


def passage_digest(kind: str, text: str) -> int:
    """Return what a passage is found by, and checked: 4 bytes of a sha256, signed.

    A whole one would cost a kilobyte a page. Two alike only cost a comparison, and
    a version's own hash covers its whole text.
    """
    told = hashlib.sha256(f"{kind}\n{text}".encode()).digest()
    return int.from_bytes(told[:4], signed=True)


def reading(db: Database, version: Row) -> Reading:
    """Return how one row of `versions` was read."""
    (found,) = db.rows("SELECT * FROM readings WHERE id = ?", (version["reading_id"],))
    return Reading(
        article=load(db, version),
        rules=version["rules"],
        layout=found["layout"],
        encoding=found["encoding"],
    )


def _reading(db: Database, reading: Reading) -> int:
    values: Row = {
        "provenance": as_json(dict(reading.article.provenance)),
        "layout": reading.layout,
        "encoding": reading.encoding,
    }
    known = db.value(
        "SELECT id FROM readings"
        " WHERE provenance = ? AND layout IS ? AND encoding IS ?",
        tuple(values.values()),
    )
    return int(known) if known is not None else db.insert("readings", values)


def _link(db: Database, link: Link) -> int:
    values = {"url": link.url, "title": link.title, "published": link.published}
    known = db.value(
        "SELECT id FROM links WHERE url = ? AND title = ? AND published IS ?",
        tuple(values.values()),
    )
    return int(known) if known is not None else db.insert("links", values)


def _image(db: Database, image: Image) -> int:
    values: Row = asdict(image)
    known = db.value(
        "SELECT id FROM images WHERE src = ? AND alt IS ? AND title IS ?"
        " AND caption IS ? AND credit IS ? AND virin IS ?",
        tuple(values.values()),
    )
    return int(known) if known is not None else db.insert("images", values)
