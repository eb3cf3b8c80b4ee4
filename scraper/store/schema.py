"""The tables of the first migration; `migrations` makes them."""

from __future__ import annotations

from typing import Final

from scraper.store.record_tables import RECORD

APPLICATION_ID: Final = 0x474F5657
"""`GOVW` in the file's header, so that `file` and we know our own."""

WORK: Final = (
    # What we follow.
    """
    CREATE TABLE watches ( -- standing orders to follow a URL
      id INTEGER PRIMARY KEY,
      url TEXT NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('article', 'listing', 'feed', 'sitemap')),
      site TEXT,
      every_s INTEGER CHECK (every_s > 0), -- fixed interval; NULL: adaptive
      active_hours TEXT, -- 07:00-19:00 America/New_York; NULL: always
      include TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(include)), -- patterns
      exclude TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(exclude)),
      most INTEGER NOT NULL CHECK (most > 0), -- pages followed for it
      feed_only INTEGER NOT NULL DEFAULT 0 CHECK (feed_only IN (0, 1)),
      added_at TEXT NOT NULL,
      paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
      removed_at TEXT -- a removed watch stays on record
    ) STRICT
    """,
    "CREATE UNIQUE INDEX watches_by_url ON watches (url) WHERE removed_at IS NULL",
    """
    CREATE TABLE pages ( -- articles and listings for ever, and how they stand
      id INTEGER PRIMARY KEY,
      key TEXT NOT NULL UNIQUE, -- what makes it one page under many URLs
      url TEXT NOT NULL, -- where it is asked for now
      host TEXT NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('article', 'listing', 'feed', 'sitemap')),
      site TEXT,
      watch_id INTEGER REFERENCES watches (id), -- what follows it, NULL: nothing
      by_hand INTEGER NOT NULL DEFAULT 0 CHECK (by_hand IN (0, 1)),
      found_as TEXT NOT NULL CHECK (found_as IN (
        'asked', 'baseline', 'new')), -- by a person, by a watch's first pass, or later
      every_s INTEGER CHECK (every_s > 0),
      added_at TEXT NOT NULL,
      state TEXT NOT NULL DEFAULT 'unseen' CHECK (state IN (
        'unseen', 'ok', 'failing', 'blocked', 'withdrawn', 'missing', 'removed',
        'moved_outside', 'disallowed', 'suspect', 'unreadable')),
      state_since TEXT,
      reason TEXT,
      standing TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(standing)), -- the rest
      checks INTEGER NOT NULL DEFAULT 0,
      checked_at TEXT,
      last_outcome TEXT,
      seen_at TEXT, -- last check that showed how the page stood
      full_answer_at TEXT,
      next_check_at TEXT, -- NULL: not due
      next_check_why TEXT,
      overdue_since TEXT, -- first planned then; put off after a downtime
      leased_until TEXT,
      leased_by TEXT,
      latest_version_id INTEGER REFERENCES versions (id)
        DEFERRABLE INITIALLY DEFERRED
    ) STRICT
    """,
    """
    CREATE INDEX pages_due ON pages (host, by_hand, next_check_at)
      WHERE next_check_at IS NOT NULL
    """,
    "CREATE INDEX pages_leased ON pages (host) WHERE leased_until IS NOT NULL",
    "CREATE INDEX pages_by_answer ON pages (host, checked_at, last_outcome)",
    """
    CREATE INDEX pages_in_doubt ON pages (host, state_since)
      WHERE state IN ('suspect', 'unreadable')
    """,
    """
    CREATE INDEX pages_out_of_sight ON pages (seen_at)
      WHERE seen_at IS NOT NULL AND checked_at > seen_at
    """,
    "CREATE INDEX pages_by_state ON pages (state, state_since)",
    "CREATE INDEX pages_by_site ON pages (site, state)",
    "CREATE INDEX pages_by_watch ON pages (watch_id) WHERE watch_id IS NOT NULL",
    """
    CREATE TABLE page_urls ( -- every address a page was known by
      url TEXT PRIMARY KEY, -- one page answers at a URL
      page_id INTEGER NOT NULL REFERENCES pages (id),
      etag TEXT, -- validators of the last full answer at this URL
      last_modified TEXT,
      first_seen_at TEXT NOT NULL,
      last_seen_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX page_urls_by_page ON page_urls (page_id)",
    # What listings name.
    """
    CREATE TABLE listings ( -- which stories a listing, feed or sitemap names
      listing_id INTEGER NOT NULL REFERENCES pages (id),
      page_id INTEGER NOT NULL REFERENCES pages (id),
      place INTEGER NOT NULL, -- from 0, when it was named last
      listed_at TEXT NOT NULL, -- first named
      standing TEXT NOT NULL DEFAULT 'listed' CHECK (standing IN (
        'listed', 'missed', -- absent once, out of turn: it is looked at
        'delisted', -- absent again
        'outlived')), -- newer stories took its place, or the listing was made anew
      standing_since TEXT NOT NULL,
      PRIMARY KEY (listing_id, page_id)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX listings_by_page ON listings (page_id, standing)",
    # What is learned of noise.
    """
    CREATE TABLE noise_patterns ( -- lines that change without being edited
      id INTEGER PRIMARY KEY,
      host TEXT NOT NULL,
      layout TEXT, -- of the pages it holds on; NULL: the generic rules
      shape TEXT NOT NULL, -- the line, # for each figure that moves
      pattern TEXT NOT NULL, -- regular expression; a whole block must match it
      reason TEXT NOT NULL,
      evidence TEXT NOT NULL CHECK (json_valid(evidence)), -- what was seen, when
      since TEXT NOT NULL,
      removed_at TEXT -- no longer in force; it may be learned anew
    ) STRICT
    """,
    """
    CREATE UNIQUE INDEX noise_patterns_in_force ON noise_patterns
      (host, ifnull(layout, ''), pattern) WHERE removed_at IS NULL
    """,
    """
    CREATE TABLE noise_sightings ( -- lines that moved while all else stood: suspects
      page_id INTEGER NOT NULL REFERENCES pages (id),
      host TEXT NOT NULL,
      layout TEXT,
      shape TEXT NOT NULL,
      look INTEGER NOT NULL, -- number of the look at its page
      before TEXT NOT NULL,
      after TEXT NOT NULL,
      before_at TEXT NOT NULL,
      after_at TEXT NOT NULL,
      before_sha256 TEXT, -- of the body that held it
      after_sha256 TEXT,
      PRIMARY KEY (host, shape, page_id, look)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX noise_sightings_by_page ON noise_sightings (page_id)",
    # What many pages share.
    """
    CREATE TABLE replacements ( -- which words a change put in place of which
      change_id INTEGER NOT NULL REFERENCES changes (id),
      key TEXT NOT NULL, -- the same for the same words
      publisher TEXT NOT NULL, -- the site, or the host where no file describes it
      seen_at TEXT NOT NULL,
      before TEXT NOT NULL,
      after TEXT NOT NULL,
      around TEXT NOT NULL CHECK (json_valid(around)), -- words left and right of them
      PRIMARY KEY (change_id, key)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX replacements_by_key ON replacements (publisher, key, seen_at)",
    """
    CREATE TABLE furniture_dictionaries ( -- furniture to pack other pages' with
      id INTEGER PRIMARY KEY,
      publisher TEXT NOT NULL,
      size INTEGER NOT NULL, -- bytes, uncompressed
      lines BLOB NOT NULL -- zstd
    ) STRICT
    """,
    """
    CREATE INDEX furniture_dictionaries_by_publisher
      ON furniture_dictionaries (publisher)
    """,
    """
    CREATE TABLE page_furniture ( -- the site's own text around an article, as seen last
      page_id INTEGER PRIMARY KEY REFERENCES pages (id),
      sha256 BLOB NOT NULL,
      dictionary_id INTEGER NOT NULL REFERENCES furniture_dictionaries (id),
      size INTEGER NOT NULL,
      lines BLOB NOT NULL -- zstd, with that dictionary
    ) STRICT
    """,
    """
    CREATE TABLE furniture_moves ( -- lines that came or went around articles, for a day
      publisher TEXT NOT NULL,
      line TEXT NOT NULL,
      op TEXT NOT NULL CHECK (op IN ('added', 'removed')),
      page_id INTEGER NOT NULL REFERENCES pages (id),
      seen_at TEXT NOT NULL,
      PRIMARY KEY (publisher, line, op, page_id)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX furniture_moves_by_page ON furniture_moves (page_id)",
    """
    CREATE TABLE groups ( -- events of many pages: what they have in common
      event_id INTEGER PRIMARY KEY REFERENCES events (id),
      publisher TEXT NOT NULL,
      key TEXT NOT NULL,
      before TEXT,
      after TEXT,
      pages INTEGER NOT NULL,
      significance REAL NOT NULL CHECK (significance BETWEEN 0 AND 1)
    ) STRICT
    """,
    "CREATE INDEX groups_by_key ON groups (publisher, key)",
    """
    CREATE TABLE group_members ( -- the pages of a group, with their own changes
      event_id INTEGER NOT NULL REFERENCES groups (event_id),
      page_id INTEGER NOT NULL REFERENCES pages (id),
      change_id INTEGER REFERENCES changes (id),
      PRIMARY KEY (event_id, page_id)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX group_members_by_change ON group_members (change_id)",
    "CREATE INDEX group_members_by_page ON group_members (page_id)",
    # What is told to whom.
    """
    CREATE TABLE deliveries ( -- messages to sinks: waiting, sent or given up
      id TEXT PRIMARY KEY, -- sent along; the same at every attempt
      rule TEXT NOT NULL, -- and sink: names in govwatch.toml, never an address
      sink TEXT NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('alert', 'digest')),
      grouped_by TEXT NOT NULL, -- site or host; 'digest'; 'overflow' of an hour
      state TEXT NOT NULL CHECK (state IN (
        'waiting', 'sealed', 'sent', 'given_up',
        'merged')), -- open for more, fixed, accepted, failed for good, told elsewhere
      made_at TEXT NOT NULL,
      since TEXT NOT NULL, -- what a digest tells of begins then
      due_at TEXT NOT NULL,
      leased_until TEXT, -- an attempt is under way
      attempts INTEGER NOT NULL DEFAULT 0,
      sent_at TEXT,
      error TEXT, -- of the last attempt
      message TEXT CHECK (json_valid(message)) -- as sent
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE INDEX deliveries_due ON deliveries (due_at)
      WHERE state IN ('waiting', 'sealed')
    """,
    "CREATE INDEX deliveries_sent ON deliveries (sink, sent_at)",
    "CREATE INDEX deliveries_by_rule ON deliveries (rule, state, grouped_by)",
    """
    CREATE TABLE delivery_events ( -- what a delivery tells
      delivery_id TEXT NOT NULL REFERENCES deliveries (id),
      event_id INTEGER NOT NULL REFERENCES events (id),
      PRIMARY KEY (delivery_id, event_id)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX delivery_events_by_event ON delivery_events (event_id)",
    # How we looked.
    """
    CREATE TABLE checks_by_day ( -- a tally of looks; no row per look
      day TEXT NOT NULL, -- UTC
      page_id INTEGER NOT NULL REFERENCES pages (id),
      outcome TEXT NOT NULL,
      checks INTEGER NOT NULL,
      PRIMARY KEY (day, page_id, outcome)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE looks_missed ( -- times in which nobody could see a page
      page_id INTEGER NOT NULL REFERENCES pages (id),
      seen_until TEXT NOT NULL, -- last answer that showed how the page stood
      seen_again_at TEXT NOT NULL,
      PRIMARY KEY (page_id, seen_until)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX looks_missed_by_time ON looks_missed (seen_until)",
    """
    CREATE TABLE housekeeping ( -- when the daemon last did what it does once a day
      task TEXT PRIMARY KEY,
      done_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE hosts ( -- what politeness must remember; times to the microsecond
      host TEXT PRIMARY KEY,
      next_request_at TEXT,
      latency_s REAL,
      failures INTEGER NOT NULL DEFAULT 0,
      paused_until TEXT,
      pause_reason TEXT,
      robots_status INTEGER,
      robots_checked_at TEXT,
      distrusts_validators INTEGER NOT NULL DEFAULT 0
        CHECK (distrusts_validators IN (0, 1)),
      certificate_held INTEGER -- at the last connection; NULL: it never did
        CHECK (certificate_held IN (0, 1)),
      given_back_at TEXT, -- when the above was known: tells a clock that was wrong
      taken_until TEXT -- a request is under way
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE robots ( -- the last good robots.txt of each host
      host TEXT PRIMARY KEY REFERENCES hosts (host),
      text TEXT NOT NULL -- as it may be long, not with what changes at every request
    ) STRICT
    """,
)

TABLES: Final = (*WORK, *RECORD)

GUARDS: Final = tuple(
    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} BEGIN"
    f" SELECT RAISE(ABORT, '{table}: what is recorded is never rewritten'); END"
    for table in ("changes", "edits", "ledger")
    for verb in ("UPDATE", "DELETE")
)

SCHEMA_VERSION: Final = 2
"""Kept in `user_version`: the number of migrations."""
