"""Questions people ask of the record, as SQL that runs in any SQLite program."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from scraper.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scraper.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A saved query.

    Attributes:
        name: Short, for the command line and Datasette.
        asks: The question, in the words of whoever asks it.
        sql: With named parameters; at most 100 rows.
        example: A value for each parameter.
    """

    name: str
    asks: str
    sql: str
    example: Mapping[str, str] = field(default_factory=dict)


_A_URL: Final = {"url": "https://www.war.gov/News/Releases/"}
_WORDS: Final = {"words": '"clean energy"'}
_EDITED = """
  SELECT c.new_first_seen_at AS seen_at, p.site, e.field, e.op, e.before, e.after,
    p.url, c.ref
  FROM edits e JOIN changes c ON c.id = e.change_id JOIN pages p ON p.id = c.page_id
"""

QUESTIONS: Final = (
    Question(
        name="recent",
        asks="What did the government change lately?",
        sql="SELECT * FROM recent_changes LIMIT 100",
    ),
    Question(
        name="silent",
        asks="What did it change without saying so?",
        sql="SELECT * FROM silent_edits LIMIT 100",
    ),
    Question(
        name="site-since",
        asks="What changed on one site since a day?",
        sql="SELECT * FROM recent_changes"
        " WHERE seen_at >= :since AND site = :site LIMIT 100",
        example={"site": "defense", "since": "2026-11-01"},
    ),
    Question(
        name="weightiest",
        asks="Which changes of the last days matter most?",
        sql="SELECT * FROM recent_changes WHERE seen_at >= :since"
        " ORDER BY significance DESC, seen_at DESC LIMIT 100",
        example={"since": "2026-11-16"},
    ),
    Question(
        name="figures",
        asks="Which figures, sums and dates were changed?",
        sql="SELECT c.new_first_seen_at AS seen_at, p.site,"
        " n.value ->> 0 AS old, n.value ->> 1 AS new, p.url, c.ref"
        " FROM changes c JOIN pages p ON p.id = c.page_id, json_each(c.numbers) n"
        " ORDER BY c.new_first_seen_at DESC, c.id DESC LIMIT 100",
    ),
    Question(
        name="headlines",
        asks="Which headlines were rewritten?",
        sql=f"{_EDITED} WHERE e.field = 'title' AND e.op = 'changed'"
        " ORDER BY c.new_first_seen_at DESC LIMIT 100",
    ),
    Question(
        name="phrase",
        asks="Where does a phrase stand, where did it, and since when?",
        sql="SELECT min(appeared_at) AS appeared_at,"
        " iif(sum(gone_at IS NULL), NULL, max(gone_at)) AS gone_at, site, url"
        " FROM phrase_history WHERE phrase MATCH :words"
        " GROUP BY page_id ORDER BY 1 DESC LIMIT 100",
        example=_WORDS,
    ),
    Question(
        name="phrase-gone",
        asks="From which pages did a phrase vanish?",
        sql="SELECT max(gone_at) AS gone_at, site, url, text"
        " FROM phrase_history WHERE phrase MATCH :words"
        " GROUP BY page_id HAVING sum(gone_at IS NULL) = 0 ORDER BY 1 DESC LIMIT 100",
        example=_WORDS,
    ),
    Question(
        name="removed",
        asks="Which pages were taken down?",
        sql="SELECT * FROM removed_pages LIMIT 100",
    ),
    Question(
        name="restored",
        asks="Which pages came back?",
        sql="SELECT e.first_seen_at AS seen_at, coalesce(e.summary, c.summary)"
        " AS summary, p.site, p.url FROM events e JOIN pages p ON p.id = e.page_id"
        " LEFT JOIN changes c ON c.id = e.change_id WHERE e.kind = 'restored'"
        " ORDER BY e.first_seen_at DESC LIMIT 100",
    ),
    Question(
        name="moved",
        asks="Which pages have another address now?",
        sql="SELECT e.first_seen_at AS seen_at, e.kind, e.summary, p.site, p.url"
        " FROM events e JOIN pages p ON p.id = e.page_id"
        " WHERE e.kind IN ('moved', 'moved_outside')"
        " ORDER BY e.first_seen_at DESC LIMIT 100",
    ),
    Question(
        name="said-on",
        asks="What did a page say on a day?",
        sql="SELECT s.kind, s.text FROM version_passages vp"
        " JOIN passages s ON s.id = vp.passage_id"
        " WHERE s.kind NOT IN ('note', 'caption', 'title')"
        "  AND vp.version_id = (SELECT id FROM versions"
        "  WHERE page_id = (SELECT page_id FROM page_urls WHERE url = :url)"
        "  AND first_seen_at <= :at"
        "  ORDER BY first_seen_at DESC, number DESC LIMIT 1)"
        " ORDER BY vp.position",
        example=_A_URL | {"at": "2026-11-23T12:00:00Z"},
    ),
    Question(
        name="timeline",
        asks="What happened to one page?",
        sql="SELECT * FROM page_timeline WHERE page_id ="
        " (SELECT page_id FROM page_urls WHERE url = :url) LIMIT 100",
        example=_A_URL,
    ),
    Question(
        name="versions",
        asks="How many versions of a page are there, and from when to when?",
        sql="SELECT number, origin, title, words, first_seen_at, last_seen_at,"
        " last_seen_on FROM versions WHERE page_id ="
        " (SELECT page_id FROM page_urls WHERE url = :url)"
        " ORDER BY first_seen_at, number LIMIT 100",
        example=_A_URL,
    ),
    Question(
        name="proof",
        asks="What was received, from whom and when, behind one change?",
        sql="SELECT k.captured_at, k.status, k.server_address,"
        " k.cache_age_s, k.body_sha256, k.certificate_sha256, k.program"
        " FROM changes c JOIN responses k"
        " ON k.version_id IN (c.old_version_id, c.new_version_id)"
        " WHERE c.ref = :ref ORDER BY k.captured_at LIMIT 100",
        example={"ref": "abcdefgh2345"},
    ),
    Question(
        name="corrections",
        asks="Where does a page own up to a correction?",
        sql="SELECT c.new_first_seen_at AS seen_at, p.site, c.summary, p.url, c.ref"
        " FROM changes c JOIN pages p ON p.id = c.page_id"
        " WHERE c.disclosure = 'noted' ORDER BY c.new_first_seen_at DESC LIMIT 100",
    ),
    Question(
        name="most-edited",
        asks="Which pages are edited most?",
        sql="SELECT m.changes, m.last_at, p.site, p.url FROM (SELECT page_id,"
        "  count(*) AS changes, max(new_first_seen_at) AS last_at FROM changes"
        "  GROUP BY page_id ORDER BY 2 DESC LIMIT 100) m"
        " JOIN pages p ON p.id = m.page_id ORDER BY m.changes DESC",
    ),
    Question(
        name="openness",
        asks="Which sites own up to their changes, month by month?",
        sql="SELECT substr(c.new_first_seen_at, 1, 7) AS month, p.site, c.disclosure,"
        " count(*) AS changes FROM changes c JOIN pages p ON p.id = c.page_id"
        " WHERE c.new_first_seen_at >= :since"
        " GROUP BY 1, 2, 3 ORDER BY 1 DESC, 2, 3 LIMIT 100",
        example={"since": "2026-09-01"},
    ),
    Question(
        name="same-edit",
        asks="Which edit was made on many pages?",
        sql="SELECT e.field, e.before, e.after, count(DISTINCT c.page_id) AS pages,"
        " min(c.new_first_seen_at) AS first_seen_at FROM changes c"
        " CROSS JOIN edits e ON e.change_id = c.id WHERE c.new_first_seen_at >= :since"
        " GROUP BY e.field, e.before, e.after HAVING count(DISTINCT c.page_id) > 2"
        " ORDER BY 4 DESC LIMIT 100",
        example={"since": "2026-11-16"},
    ),
    Question(
        name="captions",
        asks="Which titles, captions, credits and alternative texts of pictures were"
        " rewritten?",
        sql=f"{_EDITED} WHERE e.field IN ('image_title', 'caption', 'credit', 'alt')"
        " ORDER BY c.new_first_seen_at DESC LIMIT 100",
    ),
    Question(
        name="picture",
        asks="Where was a picture used, by its VIRIN?",
        sql="SELECT * FROM image_captions WHERE virin = :virin"
        " ORDER BY first_seen_at LIMIT 100",
        example={"virin": "261120-A-AB123-1001"},
    ),
    Question(
        name="links-dropped",
        asks="Which links and attachments were taken away?",
        sql=f"{_EDITED} WHERE e.field IN ('links', 'related', 'attachments')"
        " AND e.op = 'removed' ORDER BY c.new_first_seen_at DESC LIMIT 100",
    ),
    Question(
        name="linking-to",
        asks="Which pages link, or linked, to an address?",
        sql="SELECT DISTINCT p.site, p.url, l.title, vl.part FROM links l"
        " JOIN version_links vl ON vl.link_id = l.id"
        " JOIN versions v ON v.id = vl.version_id JOIN pages p ON p.id = v.page_id"
        " WHERE l.url = :url LIMIT 100",
        example=_A_URL,
    ),
    Question(
        name="gaps",
        asks="When were we unable to look?",
        sql="SELECT * FROM gaps LIMIT 100",
    ),
    Question(
        name="trouble",
        asks="Which hosts are in trouble?",
        sql="SELECT * FROM source_health WHERE in_trouble > 0 OR paused_until > :now"
        " ORDER BY in_trouble DESC LIMIT 100",
        example={"now": "2026-11-23T12:00:00Z"},
    ),
    Question(
        name="looks",
        asks="How often did we look, and what came of it, day by day?",
        sql="SELECT day, outcome, sum(checks) AS checks,"
        " count(DISTINCT page_id) AS pages FROM checks_by_day WHERE day >= :since"
        " GROUP BY day, outcome ORDER BY day DESC, outcome LIMIT 100",
        example={"since": "2026-11-16"},
    ),
)


def ask(
    db: Database, name: str, parameters: Mapping[str, str]
) -> list[dict[str, object]]:
    """Run a question.

    Raises:
        StoreError: There is none of that name, or a parameter is missing.
    """
    for question in QUESTIONS:
        if question.name == name:
            return db.rows(question.sql, parameters)
    raise StoreError(f"no question {name!r}; `govwatch ask` lists them")
