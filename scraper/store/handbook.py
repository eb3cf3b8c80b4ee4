"""The manual of the database, written from its own schema: docs/database.md.

Run as: python -m scraper.store.handbook > docs/database.md
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from textwrap import dedent

from scraper.store.questions import QUESTIONS, Question
from scraper.store.schema import GUARDS, TABLES
from scraper.store.views import VIEWS

_NAMED = re.compile(
    r"CREATE (?:VIRTUAL )?(?:TABLE|VIEW) (\w+)[^\n]*? -- ([^\n]+)\n", re.ASCII
)

_COLUMN = re.compile(r"^\s+(\w+) [^\n]*? -- ([^\n]+)$", re.ASCII | re.MULTILINE)

_OPENING = """\
# The database

One SQLite file, `govwatch.db`. Any SQLite program reads it, also while Govwatch runs:

    sqlite3 govwatch.db "SELECT * FROM recent_changes LIMIT 20"
    sqlite-utils rows govwatch.db recent_changes --limit 20 --fmt github
    datasette govwatch.db

This page is written from the schema itself (`python -m scraper.store.handbook`), and a
test keeps the two together.

**Times** are text, UTC, ISO 8601, and sort as text: `2026-11-23T14:05:09Z`. Captures
and hosts keep microseconds. **When did it change?** `old_last_seen_at` is the last
sighting of the old text, `new_first_seen_at` the first of the new one; the change came
between the two, and the record never claims to know the moment. The `..._on` columns
say what either rests on: a full answer, with how old a cache said it was, a 304, or an
archived answer, which is an archive's word and not ours.

**Silent**, on the web pages "undisclosed", means `disclosure = 'none_seen'`: the page
states a date, its text changed, its date did not, and no note says so. Pages that never
state a date are `not_applicable`.

**Text** is kept as passages, each distinct block once; a version is an ordered list of
them. `page_passages` has one row for each stay of a passage on a page, and so answers
"when did this sentence appear, and when did it go". Find passages by phrase:

    SELECT * FROM phrase_history WHERE phrase MATCH '"clean energy"';

**Bodies** are compressed with zstd, most with an earlier body as dictionary: use
`govwatch show --raw` to read one.

**The ledger** chains hashes over what was recorded. Its rows can be checked without
Govwatch: a row's `sha256` is that of the row before, a line feed and its own `content`.

    sqlite3 govwatch.db "SELECT previous_sha256 || char(10) || content FROM ledger_chain
      WHERE number = 1" | head -c -1 | sha256sum

`govwatch verify` does so for all rows, and recomputes bodies, passages, articles and
the search index. What that cannot show is that rows at the end were not cut off, or the
whole file made anew: it takes one of its hashes kept elsewhere. Each message that
Govwatch sends ends with the last row's, and `govwatch status` tells it. With one that
somebody kept, `govwatch verify --kept SHA256` shows that all up to that row stood there
when the message was sent.

**Reading while it is written** locks nobody out, but what is written meanwhile stays in
`govwatch.db-wal` until no reader needs what was before. A query that ends is no matter.
One that never does - a forgotten transaction in a shell - lets that file grow: with
40 MB in it nothing more is fetched, since it could soon not be recorded. `govwatch
status --health` names the process. End it, and checking goes on.

**Where nothing can be written**, on a medium or in someone else's folder, SQLite reads
such a file only if it is told that nobody writes to it. Govwatch's commands do so by
themselves; for others: `sqlite3 'file:govwatch.db?immutable=1'`.

**The schema is a product.** A release may add tables, columns, views and indexes. To
rename or remove one is a major release.
"""


def handbook() -> str:
    """Return docs/database.md."""
    return "\n".join(
        (
            _OPENING,
            "## Views: start here\n",
            *map(_described, VIEWS),
            "## Questions\n",
            "Replace the parameters (`:words`, `:url`, ...) by values of your own.\n",
            *map(_asked, QUESTIONS),
            "## Tables\n",
            *(_described(sql) for sql in TABLES if _NAMED.search(sql)),
            "## What is recorded is never rewritten\n",
            *(f"    {sql}" for sql in GUARDS),
            "",
        )
    )


@dataclass(frozen=True, slots=True)
class Described:
    """A table or view in words: what it holds, and those columns that need any."""

    name: str
    holds: str
    columns: tuple[tuple[str, str], ...]


def described() -> list[Described]:
    """Return every table and view, views first, as the comments in the schema say."""
    return [
        Described(
            named[1], _sentence(named[2]), tuple(_COLUMN.findall(sql[named.end() :]))
        )
        for sql in (*VIEWS, *TABLES)
        if (named := _NAMED.search(sql)) is not None
    ]


def _described(sql: str) -> str:
    named = _NAMED.search(sql)
    if named is None:
        raise ValueError(sql)  # a test makes the page, so nobody else sees this
    return f"### {named[1]}\n\n{_sentence(named[2])}\n\n```sql\n{_laid_out(sql)}\n```\n"


def _asked(question: Question) -> str:
    sql = question.sql if "\n" in question.sql else _folded(question.sql)
    return (
        f"### {question.asks}\n\n`{question.name}`\n\n```sql\n{_laid_out(sql)}\n```\n"
    )


def _sentence(comment: str) -> str:
    return f"{comment[0].upper()}{comment[1:]}."


def _laid_out(sql: str) -> str:
    return dedent(sql).strip()


def _folded(sql: str) -> str:
    """Break one long line of SQL before its main words."""
    words = r"\s+(?=(?:FROM|JOIN|WHERE|GROUP BY|ORDER BY|HAVING|LIMIT)\b)"
    return re.sub(words, "\n", re.sub(r" {2,}", " ", sql))


if __name__ == "__main__":
    sys.stdout.write(handbook())
