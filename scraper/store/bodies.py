"""Response bodies: addressed by sha256, zstd with an earlier body as dictionary."""

from __future__ import annotations

import contextlib
import zlib
from typing import TYPE_CHECKING

import zstandard

from scraper.errors import DamagedError
from scraper.model import Sha256, sha256

if TYPE_CHECKING:
    from scraper.store.database import Database, Row

LEVEL = 9
"""With the last body of a page of 74 KB as dictionary, a higher one saves nothing for
ten times the time; with another page's, a tenth of 3 KB for eight times the time."""
_PART_BYTES = 1000
"""A row of kilobytes leaves a third of a database page empty."""
LONGEST_CHAIN = 20
"""A body is read back through at most this many dictionaries."""
_WORTH_IT = 0.9
"""A host's dictionary that saves less than a tenth is replaced."""
_SURELY_WORTH_IT = 0.1
"""A frame so small is not tried without dictionary; pages alone pack to a fifth."""


def put(db: Database, body: bytes, *, host: str, previous: int | None) -> int | None:
    """Store `body` once; return its id, None for an empty one.

    Args:
        db: Inside a transaction.
        body: As captured.
        host: Whose dictionary serves where there is no previous body.
        previous: Id of the page's previous body, the best dictionary there is.
    """
    if not body:
        return None
    digest = sha256(body)
    known = _find(db, digest)
    if known is not None and not known["is_dropped"]:
        return int(known["id"])
    dictionary_id = previous if previous is not None else _host_dictionary(db, host)
    depth, content = 0, b""
    if dictionary_id is not None:
        behind = db.row("SELECT depth FROM bodies WHERE id = ?", (dictionary_id,))
        if behind is not None and behind["depth"] < LONGEST_CHAIN - 1:
            # Of a damaged one `verify` tells; it must not keep others from being kept.
            with contextlib.suppress(DamagedError):
                content = compress(body, read(db, dictionary_id))
                depth = behind["depth"] + 1
    if not depth or len(content) > len(body) * _SURELY_WORTH_IT:
        alone = compress(body, None)
        if not depth or len(content) >= len(alone) * _WORTH_IT:
            depth, content = 0, alone
    row: Row = {
        "sha256": digest,
        "size": len(body),
        "dictionary_id": dictionary_id if depth else None,
        "depth": depth,
    }
    row["checksum"] = checksum(row, content)
    if known is None:
        row_id = db.insert("bodies", row)
    else:
        row_id = known["id"]
        db.update("bodies", row_id, row)
    db.run_many(
        "INSERT INTO body_parts (body_id, number, content) VALUES (?, ?, ?)",
        [
            (row_id, number, content[at : at + _PART_BYTES])
            for number, at in enumerate(range(0, len(content), _PART_BYTES))
        ],
    )
    if depth == 0:
        db.run(
            "INSERT INTO dictionaries (host, body_id) VALUES (?, ?)"
            " ON CONFLICT (host) DO UPDATE SET body_id = excluded.body_id",
            (host, row_id),
        )
    return row_id


def find(db: Database, digest: Sha256) -> bytes | None:
    """Return the body of that sha256, None if it is not kept."""
    known = _find(db, digest)
    return None if known is None or known["is_dropped"] else read(db, known["id"])


def _find(db: Database, digest: Sha256) -> Row | None:
    return db.row(
        "SELECT id, checksum IS NULL AS is_dropped FROM bodies"
        " WHERE substr(sha256, 1, 8) = substr(?1, 1, 8) AND sha256 = ?1",
        (digest,),
    )


def read(db: Database, row_id: int | None) -> bytes:
    """Return a stored body, checked against its sha256; nothing if it was dropped.

    Args:
        db: Where it is.
        row_id: Its id, None for an empty one.

    Raises:
        DamagedError: It is, or a dictionary it needs.
    """
    chain: list[Row] = []
    wanted = row_id
    while wanted is not None and len(chain) <= LONGEST_CHAIN:
        link = db.row("SELECT * FROM bodies WHERE id = ?", (wanted,))
        if link is None:
            raise DamagedError(f"body {row_id}: body {wanted}, its dictionary, is gone")
        if link["checksum"] is None:
            return b""
        chain.append(link)
        wanted = link["dictionary_id"]
    body: bytes | None = None
    for link in reversed(chain):
        content = _content(db, link["id"])
        if link["checksum"] != checksum(link, content):
            raise DamagedError(f"body {link['sha256']}: damaged (its checksum differs)")
        try:
            body = decompress(content, body, size=link["size"])
        except zstandard.ZstdError as exc:
            raise DamagedError(f"body {link['sha256']}: damaged ({exc})") from exc
        if sha256(body) != link["sha256"]:
            raise DamagedError(f"body {link['sha256']}: its bytes have another sha256")
    return body or b""


def _content(db: Database, row_id: int) -> bytes:
    parts = db.rows(
        "SELECT content FROM body_parts WHERE body_id = ? ORDER BY number", (row_id,)
    )
    return b"".join(part["content"] for part in parts)


def checksum(row: Row, content: bytes) -> int:
    """Return the crc32 of a row of `bodies` and its frame; it tells any flipped bit."""
    told = f"{row['sha256']} {row['size']} {row['dictionary_id']} {row['depth']} "
    return zlib.crc32(told.encode() + content)


def drop_content(db: Database, row_id: int) -> None:
    """Delete a body's bytes; its hash and size stay."""
    db.run("DELETE FROM body_parts WHERE body_id = ?", (row_id,))
    gone = {"dictionary_id": None, "depth": 0, "checksum": None}
    db.update("bodies", row_id, gone)


def drop_unused(db: Database, row_id: int) -> None:
    """Delete a body that no capture shows and no other body or host needs."""
    needed = db.value(
        "SELECT EXISTS (SELECT 1 FROM captures WHERE body_id = ?1)"
        " OR EXISTS (SELECT 1 FROM versions WHERE body_id = ?1)"
        " OR EXISTS (SELECT 1 FROM bodies WHERE dictionary_id = ?1)"
        " OR EXISTS (SELECT 1 FROM dictionaries WHERE body_id = ?1)",
        (row_id,),
    )
    if not needed:
        db.run("DELETE FROM body_parts WHERE body_id = ?", (row_id,))
        db.run("DELETE FROM bodies WHERE id = ?", (row_id,))


def compress(body: bytes, dictionary: bytes | None) -> bytes:
    """Return one zstd frame with a checksum."""
    if dictionary is None:
        return zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compress(body)
    parameters = zstandard.ZstdCompressionParameters.from_level(
        LEVEL,
        source_size=len(body),
        dict_size=len(dictionary),
        # The window must span both, or the dictionary's start is out of reach.
        window_log=max(10, (len(body) + len(dictionary)).bit_length()),
        write_checksum=True,
    )
    return zstandard.ZstdCompressor(
        compression_params=parameters, dict_data=_raw(dictionary)
    ).compress(body)


def decompress(content: bytes, dictionary: bytes | None, *, size: int) -> bytes:
    """Return the body of one frame; never more than `size` bytes."""
    if dictionary is None:
        return zstandard.ZstdDecompressor().decompress(content, max_output_size=size)
    return zstandard.ZstdDecompressor(dict_data=_raw(dictionary)).decompress(
        content, max_output_size=size
    )


def _raw(dictionary: bytes) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(
        dictionary, dict_type=zstandard.DICT_TYPE_RAWCONTENT
    )


def _host_dictionary(db: Database, host: str) -> int | None:
    found = db.value("SELECT body_id FROM dictionaries WHERE host = ?", (host,))
    return None if found is None else int(found)
