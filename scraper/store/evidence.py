"""One change as a file for others: what was received, what it said, how to check it."""

from __future__ import annotations

import hashlib
import json
import zipfile
from typing import TYPE_CHECKING

from scraper.errors import StoreError
from scraper.store import bodies, headers, ledger, pages, rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from typing import BinaryIO

    from scraper.model import Change, Version
    from scraper.store.database import Database, Row

_README = """\
Evidence for a change on {url}
{underline}

{citation}

What is here
  comparison.html   the change edit by edit, for any browser
  change.json       the change: every edit, the interval, what it rests on
  before/, after/   text.txt: the text as read; capture.json: the response with its
                    headers, every hop, server address and certificate; body: its bytes
                    after content decoding
  sealed/           what the ledger seals of them, one line of JSON each: responses,
                    texts, the change with its edits
  ledger/           the ledger's rows from the first to the last that seal these
  SHA256SUMS        the sha256 of every other file

How to check it without Govwatch (on a Mac say `shasum -a 256` for sha256sum)
  1. sha256sum -c SHA256SUMS
  2. cd ledger && sha256sum -c SHA256SUMS
     The first line of each row is the sha256 of the row before it: no row can be
     changed without changing all that follow. {head}
  3. cd ../sealed && sha256sum -c SHA256SUMS
     Each of those sums stands in a row of the ledger, beside the thing's name.
  4. The sha256 of before/body and after/body are the `body_sha256` of the sealed
     responses. A sealed text names the response it was first read in: where the page
     is sent with other bytes each time, an earlier one than that here.

When it changed
  The old text was last seen {old_last_seen_at} ({old_last_seen_on}); the new text was
  first seen {new_first_seen_at} ({new_first_seen_on}). The change came between the two.
  Nobody here claims to know the moment. All times are UTC. In brackets is on what a
  sighting rests: a full answer, the whole page; 304, the server's word that nothing had
  changed since; an archived answer, what an archive received.

What this does not prove
  - That the publisher's server sent these bytes to anyone else: TLS shows whom we
    spoke to, and leaves no signature over what was said.
  - That the ledger was not made anew as a whole: only a copy of one of its hashes kept
    elsewhere, before the dispute, shows that. Each message that Govwatch sends ends
    with one; `govwatch verify --kept` looks it up.
  - That the clock of the machine was right: compare the Date header in capture.json.
  - Who made the change, or why.
{archived}"""


_ARCHIVED = """\
  - That the publisher sent what an archive kept: a response whose "source" in
    capture.json is "memento" or "warc" was not received by us. What we vouch for is
    that the archive gave us these bytes, and stated that time.
"""


def write_evidence(
    db: Database, change: Change, stream: BinaryIO, *, comparison_page: str | None
) -> None:
    """Write a zip archive about a change.

    The same record gives the same bytes.

    Args:
        db: The record.
        change: One of its changes.
        stream: Where to.
        comparison_page: A self-contained HTML page, made by `report`.
    """
    before = pages.version(db, change.old_version)
    after = pages.version(db, change.new_version)
    if before is None or after is None:
        raise StoreError(f"change {change.ref}: a version of it is not there")
    files: dict[str, bytes] = {"change.json": _plain(_told(change, before, after))}
    if comparison_page is not None:
        files["comparison.html"] = comparison_page.encode()
    for side, version in (("before", before), ("after", after)):
        files[f"{side}/text.txt"] = _text(version).encode()
        files.update(_capture(db, side, change, version))
    sealed = _sealed(db, change)
    segment = dict(_segment(db, change, sealed))
    proofs = {"ledger": segment, "sealed": dict(_documents(db, sealed))}
    for folder, proof in proofs.items():
        files |= {f"{folder}/{name}": content for name, content in proof.items()}
        files[f"{folder}/SHA256SUMS"] = _sums(proof)
    files["README.txt"] = _readme(change, segment, _sources(db, change)).encode()
    files["SHA256SUMS"] = _sums(files)
    at = change.recorded_at.timetuple()[:6]
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"govwatch-{change.ref}/{name}", at)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name])


def _sources(db: Database, change: Change) -> set[str]:
    """Return whence the two responses came that a change rests on."""
    responses = (
        response_row(db, change, version)
        for version in (change.old_version, change.new_version)
    )
    return {row["source"] for row in responses if row is not None} or {"live"}


def citation(change: Change) -> str:
    """Return the sentence to cite a change by."""
    title = f"“{change.title}”, " if change.title else ""
    return (
        f"{title}{change.page_url}, changed between"
        f" {_instant(change.old_last_seen_at)} and {_instant(change.new_first_seen_at)}"
        f"; Govwatch change {change.ref}, recorded {_instant(change.recorded_at)}."
    )


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def row_sealing(db: Database, change: Change, part: ledger.Sealed, row_id: int) -> int:
    """Return the number of the ledger's row that seals something of a change's page.

    Raises:
        StoreError: There is none.
    """
    name = ledger.name(db, part, row_id)
    found = db.value(
        "SELECT min(number) FROM ledger"
        " WHERE page_id = ? AND json_type(content, ?) IS NOT NULL",
        (change.page_id, f'$.{part}."{name}"'),
    )
    if found is None:
        raise StoreError(f"change {change.ref}: the ledger does not name it")
    return int(found)


def _told(change: Change, before: Version, after: Version) -> Row:
    return {
        "ref": change.ref,
        "citation": citation(change),
        "page": change.page_url,
        "site": change.site,
        "old_last_seen_at": rows.seconds(change.old_last_seen_at),
        "old_last_seen_on": change.old_last_seen_on,
        "new_first_seen_at": rows.seconds(change.new_first_seen_at),
        "new_first_seen_on": change.new_first_seen_on,
        "recorded_at": rows.seconds(change.recorded_at),
        "comparison": change.comparison.as_dict(),
        "before": _version(before),
        "after": _version(after),
    }


def _version(version: Version) -> Row:
    return {
        "number": version.number,
        "origin": version.origin,
        "reading_rules": version.rules,
        "content_sha256": version.content_sha256,
        "body_sha256": version.body_sha256,
        "article": version.article.as_dict(),
    }


def _text(version: Version) -> str:
    captions = [image.caption for image in version.article.images if image.caption]
    parts = [version.article.title or "", version.article.text, *captions]
    return "\n\n".join(part for part in parts if part) + "\n"


def response_row(db: Database, change: Change, version: int) -> Row | None:
    """Return the response that one of a change's two versions rests on.

    The last one kept with the old text, the first with the new. A reread version has
    none of its own: its body was another version's.
    """
    order = "captured_at DESC" if version == change.old_version else "captured_at"
    return db.row(
        "SELECT * FROM responses WHERE page_id = ?2 AND (version_id = ?1"  # noqa: S608 - ours
        " OR body_id = (SELECT body_id FROM versions WHERE id = ?1))"
        f" ORDER BY version_id IS ?1 DESC, {order} LIMIT 1",
        (version, change.page_id),
    )


def _capture(
    db: Database, side: str, change: Change, version: Version
) -> Iterator[tuple[str, bytes]]:
    row = response_row(db, change, version.id)
    if row is None:
        return
    row = headers.unfolded(db, row)
    capture = {
        name: json.loads(value)
        if name in {"hops", "request_headers", "evidence"}
        else value
        for name, value in row.items()
        if not name.endswith("id")
    }
    yield f"{side}/capture.json", _plain(capture)
    if body := bodies.read(db, row["body_id"]):
        yield f"{side}/body", body


def _sealed(db: Database, change: Change) -> list[tuple[ledger.Sealed, int]]:
    """Return what the ledger seals of a change: itself, its texts and responses."""
    found: list[tuple[ledger.Sealed, int]] = [("changes", change.id)]
    for version in (change.old_version, change.new_version):
        found.append(("versions", version))
        if (row := response_row(db, change, version)) is not None:
            found.append(("captures", row["id"]))
    return found


def _documents(
    db: Database, sealed: list[tuple[ledger.Sealed, int]]
) -> Iterator[tuple[str, bytes]]:
    """Yield each of them as the document that the ledger hashed."""
    for part, row_id in sealed:
        name = ledger.name(db, part, row_id).replace(":", "")
        told = ledger.document(db, part, row_id)
        yield f"{part.removesuffix('s')}-{name}.json", told.encode()


def _segment(
    db: Database, change: Change, sealed: list[tuple[ledger.Sealed, int]]
) -> Iterator[tuple[str, bytes]]:
    """Yield the ledger's rows from the first to the last that seal any of them.

    The old text's response may have been sealed long before that text: newer rules read
    it again. One taken in from an archive was sealed after.
    """
    numbers = [row_sealing(db, change, part, row_id) for part, row_id in sealed]
    for row in db.rows(
        "SELECT number, previous_sha256, content FROM ledger_chain"
        " WHERE number BETWEEN ? AND ? ORDER BY number",
        (min(numbers), max(numbers)),
    ):
        told = f"{row['previous_sha256']}\n{row['content']}"
        yield f"{row['number']:09}.txt", told.encode()


def _readme(change: Change, segment: dict[str, bytes], sources: set[str]) -> str:
    _, last = max(segment.items())
    return _README.format(
        url=change.page_url,
        underline="=" * (len(change.page_url) + 25),
        citation=citation(change),
        head=f"The last row's is {hashlib.sha256(last).hexdigest()}.",
        old_last_seen_at=_instant(change.old_last_seen_at),
        old_last_seen_on=change.old_last_seen_on,
        new_first_seen_at=_instant(change.new_first_seen_at),
        new_first_seen_on=change.new_first_seen_on,
        archived="" if sources == {"live"} else _ARCHIVED,
    )


def _sums(files: dict[str, bytes]) -> bytes:
    """Return a file that `sha256sum -c` reads."""
    return "".join(
        f"{hashlib.sha256(content).hexdigest()}  {name}\n"
        for name, content in sorted(files.items())
    ).encode()


def _plain(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
