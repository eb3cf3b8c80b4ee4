"""The views: what a person reads first. Plain SQL, from SQLite 3.38 on."""

from __future__ import annotations

from typing import Final

VIEWS: Final = (
    """
    CREATE VIEW recent_changes AS -- every change, the newest first: start here
    SELECT c.new_first_seen_at AS seen_at, c.old_last_seen_at AS not_before, p.site,
      v.title, c.summary AS what_changed,
      CASE c.disclosure WHEN 'none_seen' THEN 'silent' ELSE '' END AS silent,
      round(c.significance, 2) AS significance, p.url, c.ref
    FROM changes c
    JOIN pages p ON p.id = c.page_id
    JOIN versions v ON v.id = c.new_version_id
    ORDER BY c.new_first_seen_at DESC, c.id DESC
    """,
    """
    CREATE VIEW mass_edits AS -- the same words swapped on many pages, page by page
    SELECT e.first_seen_at AS seen_at, g.publisher, g.pages, g.before, g.after,
      round(g.significance, 2) AS significance, p.url, c.ref, g.event_id
    FROM groups g
    JOIN events e ON e.id = g.event_id
    JOIN group_members m ON m.event_id = g.event_id
    JOIN pages p ON p.id = m.page_id
    JOIN changes c ON c.id = m.change_id
    WHERE e.kind = 'mass_edit'
    ORDER BY g.significance DESC, g.event_id, p.id
    """,
    """
    CREATE VIEW silent_edits AS -- edits that a page could have owned up to
    SELECT c.new_first_seen_at AS seen_at, c.old_last_seen_at AS not_before, p.site,
      v.title, e.field, e.op, e.before, e.after,
      round(c.significance, 2) AS significance, p.url, c.ref
    FROM changes c
    JOIN edits e ON e.change_id = c.id
    JOIN pages p ON p.id = c.page_id
    JOIN versions v ON v.id = c.new_version_id
    WHERE c.disclosure = 'none_seen'
    ORDER BY c.new_first_seen_at DESC, c.id DESC, e.number
    """,
    """
    CREATE VIEW latest_versions AS -- what every page says now, with its whole text
    SELECT p.site, v.title, v.published, p.state, v.number AS version, v.words,
      v.first_seen_at, v.last_seen_at, p.url,
      (SELECT group_concat(text, char(10)) FROM
        (SELECT s.text FROM version_passages vp JOIN passages s ON s.id = vp.passage_id
         WHERE vp.version_id = v.id AND s.kind NOT IN ('note', 'caption', 'title')
         ORDER BY vp.position))
      AS text, v.page_id, v.id AS version_id
    FROM pages p JOIN versions v ON v.id = p.latest_version_id
    """,
    """
    CREATE VIEW removed_pages AS -- pages missing, removed, withdrawn or moved away
    SELECT p.state_since AS first_missed_at, p.state, p.site, v.title,
      v.last_seen_at, p.reason, p.url, p.id AS page_id
    FROM pages p LEFT JOIN versions v ON v.id = p.latest_version_id
    WHERE p.state IN ('missing', 'removed', 'withdrawn', 'moved_outside')
    ORDER BY p.state_since DESC
    """,
    """
    CREATE VIEW page_timeline AS -- what happened, in order; choose a page_id or a site
    SELECT e.first_seen_at AS seen_at, e.kind,
      coalesce(e.summary, c.summary) AS summary, c.ref, e.last_seen_at,
      coalesce(p.site, e.site) AS site, p.url, e.page_id
    FROM events e
    LEFT JOIN pages p ON p.id = e.page_id
    LEFT JOIN changes c ON c.id = e.change_id
    ORDER BY e.first_seen_at, e.id
    """,
    # `passages_fts AS phrase` keeps the hidden column within reach:
    # SELECT * FROM phrase_history WHERE phrase MATCH '"clean energy"'
    """
    CREATE VIEW phrase_history AS -- when passages stood where; choose by phrase MATCH
    SELECT a.first_seen_at AS appeared_at, g.first_seen_at AS gone_at, p.site, f.text,
      p.url, pp.page_id, pp.passage_id, f.passages_fts AS phrase
    FROM passages_fts f
    JOIN page_passages pp ON pp.passage_id = f.rowid
    JOIN pages p ON p.id = pp.page_id
    JOIN versions a ON a.id = pp.appeared_in
    LEFT JOIN versions g ON g.id = pp.gone_in
    """,
    """
    CREATE VIEW source_health AS -- hosts: in trouble, resting, last checked
    SELECT h.host,
      (SELECT count(*) FROM pages p WHERE p.host = h.host) AS pages,
      (SELECT count(*) FROM pages p WHERE p.host = h.host
        AND p.state IN ('failing', 'blocked', 'suspect', 'disallowed', 'unreadable'))
      AS in_trouble,
      (SELECT max(p.checked_at) FROM pages p WHERE p.host = h.host) AS checked_at,
      h.paused_until, h.pause_reason, h.failures, round(h.latency_s, 2) AS latency_s,
      h.robots_status, h.robots_checked_at
    FROM hosts h
    """,
    """
    CREATE VIEW version_passages AS -- which passages make up a version, in order
    SELECT v.id AS version_id, l.position, l.passage_id
    FROM versions v JOIN passage_lists l ON l.version_id = v.passages_of
    """,
    """
    CREATE VIEW version_links AS -- which links a version has, in order
    SELECT v.id AS version_id, l.part, l.position, l.link_id, l.passage_position
    FROM versions v JOIN link_lists l ON l.version_id = v.links_of
    """,
    """
    CREATE VIEW image_captions AS -- pictures with their words, by version
    SELECT v.first_seen_at, v.last_seen_at, p.site, v.title, i.title AS image_title,
      i.caption, i.alt, i.credit, i.virin, i.src, p.url, v.id AS version_id
    FROM version_images vi
    JOIN images i ON i.id = vi.image_id
    JOIN versions v ON v.id = vi.version_id
    JOIN pages p ON p.id = v.page_id
    """,
    """
    CREATE VIEW responses AS -- captures, with what they share; choose a page_id
    SELECT k.id, k.page_id, k.version_id, k.kept_as, k.outcome, k.assessment,
      k.assessment_reason, k.evidence, k.requested_url,
      coalesce(k.url, k.requested_url) AS url, k.status, k.request_headers, k.hops,
      k.captured_at, k.took_us, n.program, n.server_address, n.certificate_sha256,
      n.http_version, k.content_encoding, k.cache_age_s, k.source, k.body_id,
      k.wire_sha256,
      coalesce(b.sha256, -- else that of nothing
        'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
      AS body_sha256
    FROM captures k
    JOIN connections n ON n.id = k.connection_id
    LEFT JOIN bodies b ON b.id = k.body_id
    """,
    """
    CREATE VIEW ledger_chain AS -- the ledger, each row with the hash it builds upon
    SELECT l.number, l.content ->> 'recorded_at' AS recorded_at, l.page_id,
      coalesce(p.sha256, printf('%064d', 0)) AS previous_sha256, l.content, l.sha256
    FROM ledger l LEFT JOIN ledger p ON p.number = l.number - 1
    """,
    """
    CREATE VIEW capture_headers AS -- answers' headers; choose a capture_id
    SELECT k.id AS capture_id, p.key AS hop, l.value ->> 0 AS name,
      coalesce(l.value ->> 1, p.value -> 'headers' ->> (sum(l.value ->> 1 IS NULL)
        OVER (PARTITION BY k.id, p.key ORDER BY l.key))) AS value
    FROM captures k, json_each(k.hops) p
    JOIN headers h ON h.id = p.value -> 'headers' ->> 0, json_each(h.lines) l
    """,
    """
    CREATE VIEW gaps AS -- when nobody was able to look, by page
    SELECT m.seen_until, m.seen_again_at,
      round((julianday(m.seen_again_at) - julianday(m.seen_until)) * 24, 1) AS hours,
      p.site, p.url, m.page_id
    FROM looks_missed m JOIN pages p ON p.id = m.page_id
    UNION ALL
    SELECT p.seen_at, NULL, NULL, p.site, p.url, p.id
    FROM pages p
    WHERE p.seen_at IS NOT NULL AND p.checked_at > p.seen_at
    ORDER BY 1 DESC
    """,
)
