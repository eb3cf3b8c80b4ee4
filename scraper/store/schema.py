"""The tables of the first migration; `migrations` makes them."""

from __future__ import annotations

from typing import Final

APPLICATION_ID: Final = 0x474F5657
"""`GOVW` in the file's header, so that `file` and we know our own."""

TABLES: Final = (
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
    # What came back.
    """
    CREATE TABLE bodies ( -- response bodies, by sha256
      id INTEGER PRIMARY KEY,
      sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
      size INTEGER NOT NULL, -- bytes, uncompressed
      dictionary_id INTEGER REFERENCES bodies (id), -- needed to read it; NULL: none
      depth INTEGER NOT NULL CHECK (depth BETWEEN 0 AND 20), -- dictionaries behind it
      checksum INTEGER, -- crc32 of it all: zstd ignores a few bits; NULL: dropped
      CHECK (dictionary_id IS NULL OR checksum IS NOT NULL)
    ) STRICT
    """,
    # The beginning finds it: an index of whole hashes costs as much as the rows.
    "CREATE INDEX bodies_by_sha256 ON bodies (substr(sha256, 1, 8))",
    """
    CREATE TABLE body_parts ( -- a body's zstd frame, cut so that it packs well
      id INTEGER PRIMARY KEY,
      body_id INTEGER NOT NULL REFERENCES bodies (id),
      content BLOB NOT NULL
    ) STRICT
    """,
    "CREATE INDEX body_parts_by_body ON body_parts (body_id)",
    """
    CREATE INDEX bodies_by_dictionary ON bodies (dictionary_id)
      WHERE dictionary_id IS NOT NULL
    """,
    """
    CREATE TABLE dictionaries ( -- a body of each host, to start others from
      host TEXT PRIMARY KEY,
      body_id INTEGER NOT NULL REFERENCES bodies (id)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX dictionaries_by_body ON dictionaries (body_id)",
    """
    CREATE TABLE headers ( -- header lists that many requests or answers share
      id INTEGER PRIMARY KEY,
      lines TEXT NOT NULL UNIQUE
        CHECK (json_valid(lines)) -- pairs name, value; null: the capture has it
    ) STRICT
    """,
    """
    CREATE TABLE connections ( -- who asked whom, and how
      id INTEGER PRIMARY KEY,
      program TEXT NOT NULL,
      server_address TEXT,
      certificate_sha256 TEXT,
      http_version TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE INDEX connections_by_server
      ON connections (server_address, certificate_sha256)
    """,
    """
    CREATE TABLE captures ( -- what was received; read `responses`
      id INTEGER PRIMARY KEY,
      page_id INTEGER NOT NULL REFERENCES pages (id),
      version_id INTEGER REFERENCES versions (id) DEFERRABLE INITIALLY DEFERRED,
      kept_as TEXT NOT NULL CHECK (kept_as IN ('first', 'latest', 'archived')),
      outcome TEXT NOT NULL,
      assessment TEXT, -- what the answer is
      assessment_reason TEXT,
      evidence TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(evidence)),
      requested_url TEXT NOT NULL,
      url TEXT, -- what answered; NULL: the same
      status INTEGER NOT NULL,
      -- id of a row of `headers`, then the values that it leaves open
      request_headers TEXT NOT NULL CHECK (json_valid(request_headers)),
      hops TEXT NOT NULL CHECK (json_valid(hops)), -- url and status but of the last
      captured_at TEXT NOT NULL, -- the last byte came
      took_us INTEGER NOT NULL, -- until then from asking, in microseconds
      connection_id INTEGER NOT NULL REFERENCES connections (id),
      content_encoding TEXT,
      cache_age_s INTEGER,
      body_id INTEGER REFERENCES bodies (id), -- NULL: empty
      wire_sha256 TEXT NOT NULL,
      source TEXT NOT NULL CHECK (source IN ('live', 'warc', 'memento')),
      UNIQUE (page_id, captured_at, source)
    ) STRICT
    """,
    "CREATE INDEX captures_by_version ON captures (version_id)",
    "CREATE INDEX captures_by_body ON captures (body_id)",
    # What it said.
    """
    CREATE TABLE readings ( -- how texts were read
      id INTEGER PRIMARY KEY,
      provenance TEXT NOT NULL -- which rule answered for which field
        CHECK (json_valid(provenance)),
      layout TEXT,
      encoding TEXT
    ) STRICT
    """,
    "CREATE INDEX readings_by_provenance ON readings (provenance)",
    """
    CREATE TABLE versions ( -- texts of a page, each unlike the one before
      id INTEGER PRIMARY KEY,
      page_id INTEGER NOT NULL REFERENCES pages (id),
      number INTEGER NOT NULL CHECK (number > 0), -- in the order of recording
      origin TEXT NOT NULL
        CHECK (origin IN ('first', 'changed', 'reread', 'baseline')),
      change_id INTEGER UNIQUE REFERENCES changes (id)
        DEFERRABLE INITIALLY DEFERRED, -- the change that ends in this version
      first_seen_at TEXT NOT NULL,
      last_seen_at TEXT NOT NULL,
      last_seen_on TEXT NOT NULL CHECK (last_seen_on IN ('full answer', '304')),
      title TEXT,
      kind TEXT NOT NULL,
      url TEXT NOT NULL,
      published TEXT,
      updated TEXT,
      published_text TEXT,
      updated_text TEXT,
      byline TEXT,
      dateline TEXT,
      article_id TEXT,
      lang TEXT,
      words INTEGER NOT NULL,
      content_sha256 TEXT NOT NULL CHECK (length(content_sha256) = 64),
      body_id INTEGER REFERENCES bodies (id), -- what it was read from
      -- The first version of the page with these very passages, or links.
      passages_of INTEGER NOT NULL REFERENCES versions (id),
      links_of INTEGER NOT NULL REFERENCES versions (id),
      rules TEXT NOT NULL, -- fingerprint of what read it
      reading_id INTEGER NOT NULL REFERENCES readings (id),
      UNIQUE (page_id, number),
      CHECK (last_seen_at >= first_seen_at),
      CHECK (origin <> 'changed' OR change_id IS NOT NULL),
      CHECK (origin IN ('changed', 'first') OR change_id IS NULL)
    ) STRICT
    """,
    "CREATE INDEX versions_by_time ON versions (page_id, first_seen_at, number)",
    "CREATE INDEX versions_by_body ON versions (body_id)",
    "CREATE INDEX versions_by_links ON versions (links_of)",
    """
    CREATE TABLE passages ( -- every distinct block of text, once
      id INTEGER PRIMARY KEY,
      kind TEXT NOT NULL CHECK (kind IN ('paragraph', 'heading', 'list_item', 'row',
        'quote', 'note', 'caption', 'title')),
      text TEXT NOT NULL,
      digest INTEGER NOT NULL -- 4 bytes of the sha256 of kind, line feed and text
    ) STRICT
    """,
    "CREATE INDEX passages_by_digest ON passages (digest)",
    """
    CREATE TABLE passage_lists ( -- passages as a version has them: `version_passages`
      version_id INTEGER NOT NULL REFERENCES versions (id),
      position INTEGER NOT NULL, -- from 0; the text, then notes, captions, title
      passage_id INTEGER NOT NULL REFERENCES passages (id),
      PRIMARY KEY (version_id, position)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE page_passages ( -- when a passage stood on a page: one row a stay
      page_id INTEGER NOT NULL REFERENCES pages (id),
      passage_id INTEGER NOT NULL REFERENCES passages (id),
      appeared_in INTEGER NOT NULL REFERENCES versions (id),
      gone_in INTEGER REFERENCES versions (id), -- first without it; NULL: it stands
      PRIMARY KEY (passage_id, page_id, appeared_in)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE links ( -- every distinct link, once
      id INTEGER PRIMARY KEY,
      url TEXT NOT NULL,
      title TEXT NOT NULL,
      published TEXT
    ) STRICT
    """,
    "CREATE INDEX links_by_url ON links (url)",
    """
    CREATE TABLE link_lists ( -- links as a version has them: `version_links`
      version_id INTEGER NOT NULL REFERENCES versions (id),
      part TEXT NOT NULL CHECK (part IN ('body', 'related', 'attachments', 'listed')),
      position INTEGER NOT NULL,
      link_id INTEGER NOT NULL REFERENCES links (id),
      passage_position INTEGER, -- of a link in the body: in which of its passages
      PRIMARY KEY (version_id, part, position),
      CHECK ((part = 'body') = (passage_position IS NOT NULL))
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX link_lists_by_link ON link_lists (link_id)",
    """
    CREATE TABLE images ( -- every distinct picture with its words, once
      id INTEGER PRIMARY KEY,
      src TEXT NOT NULL,
      alt TEXT,
      title TEXT,
      caption TEXT,
      credit TEXT,
      virin TEXT
    ) STRICT
    """,
    "CREATE INDEX images_by_src ON images (src)",
    "CREATE INDEX images_by_virin ON images (virin) WHERE virin IS NOT NULL",
    """
    CREATE TABLE version_images ( -- which pictures a version has, in order
      version_id INTEGER NOT NULL REFERENCES versions (id),
      position INTEGER NOT NULL,
      image_id INTEGER NOT NULL REFERENCES images (id),
      PRIMARY KEY (version_id, position)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX version_images_by_image ON version_images (image_id)",
    # What changed.
    """
    CREATE TABLE changes ( -- comparisons of two successive versions; never rewritten
      id INTEGER PRIMARY KEY,
      ref TEXT NOT NULL UNIQUE, -- cite this
      page_id INTEGER NOT NULL REFERENCES pages (id),
      page_url TEXT NOT NULL, -- where the page was then
      old_version_id INTEGER NOT NULL REFERENCES versions (id),
      new_version_id INTEGER NOT NULL UNIQUE REFERENCES versions (id)
        DEFERRABLE INITIALLY DEFERRED,
      old_last_seen_at TEXT NOT NULL, -- the change came after this
      old_last_seen_on TEXT NOT NULL,
      new_first_seen_at TEXT NOT NULL, -- and before this
      new_first_seen_on TEXT NOT NULL,
      recorded_at TEXT NOT NULL,
      disclosure TEXT NOT NULL CHECK (disclosure IN (
        'noted', 'redated', 'metadata_only', 'none_seen', 'not_applicable')),
      significance REAL NOT NULL CHECK (significance BETWEEN 0 AND 1),
      summary TEXT NOT NULL,
      fields TEXT NOT NULL, -- names, separated by spaces
      reasons TEXT NOT NULL CHECK (json_valid(reasons)),
      numbers TEXT NOT NULL CHECK (json_valid(numbers)), -- pairs old, new
      words_added INTEGER NOT NULL,
      words_removed INTEGER NOT NULL,
      edits INTEGER NOT NULL CHECK (edits > 0), -- how many; the last must exist
      CHECK (old_version_id <> new_version_id),
      FOREIGN KEY (id, edits) REFERENCES edits (change_id, number)
        DEFERRABLE INITIALLY DEFERRED
    ) STRICT
    """,
    "CREATE INDEX changes_by_time ON changes (new_first_seen_at)",
    "CREATE INDEX changes_by_page ON changes (page_id, new_first_seen_at)",
    "CREATE INDEX changes_by_old_version ON changes (old_version_id)",
    "CREATE INDEX changes_by_disclosure ON changes (disclosure, new_first_seen_at)",
    """
    CREATE TABLE edits ( -- the single differences a change is made of
      change_id INTEGER NOT NULL REFERENCES changes (id),
      number INTEGER NOT NULL, -- from 1
      field TEXT NOT NULL,
      op TEXT NOT NULL CHECK (op IN ('added', 'removed', 'changed', 'moved')),
      before TEXT,
      after TEXT,
      position TEXT NOT NULL CHECK (json_valid(position)),
      PRIMARY KEY (change_id, number)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX edits_by_field ON edits (field, op)",
    """
    CREATE TABLE events ( -- what belongs on a page's or a site's timeline
      id INTEGER PRIMARY KEY,
      page_id INTEGER REFERENCES pages (id), -- NULL: of a whole site
      site TEXT,
      kind TEXT NOT NULL,
      first_seen_at TEXT NOT NULL,
      last_seen_at TEXT NOT NULL,
      summary TEXT, -- NULL: that of its change
      detail TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(detail)),
      change_id INTEGER REFERENCES changes (id),
      recorded_at TEXT NOT NULL,
      CHECK (summary IS NOT NULL OR change_id IS NOT NULL)
    ) STRICT
    """,
    """
    CREATE UNIQUE INDEX events_by_page ON events
      (page_id, first_seen_at, kind, last_seen_at) WHERE page_id IS NOT NULL
    """,
    """
    CREATE UNIQUE INDEX events_by_site ON events
      (site, first_seen_at, kind, last_seen_at) WHERE page_id IS NULL
      AND kind NOT IN ('mass_edit', 'mass_removal', 'template_changed') -- groups grow
    """,
    "CREATE INDEX events_by_time ON events (first_seen_at)",
    "CREATE INDEX events_by_kind ON events (kind, first_seen_at)",
    "CREATE INDEX events_by_change ON events (change_id) WHERE change_id IS NOT NULL",
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
    CREATE TABLE hosts ( -- what politeness must remember; times to the microsecond
      host TEXT PRIMARY KEY,
      next_request_at TEXT,
      latency_s REAL,
      failures INTEGER NOT NULL DEFAULT 0,
      paused_until TEXT,
      pause_reason TEXT,
      robots_text TEXT,
      robots_status INTEGER,
      robots_checked_at TEXT,
      distrusts_validators INTEGER NOT NULL DEFAULT 0
        CHECK (distrusts_validators IN (0, 1)),
      given_back_at TEXT, -- when the above was known: tells a clock that was wrong
      taken_until TEXT -- a request is under way
    ) STRICT, WITHOUT ROWID
    """,
    # The proof.
    """
    CREATE TABLE ledger ( -- hashes over all the above, chained; read `ledger_chain`
      number INTEGER PRIMARY KEY,
      page_id INTEGER REFERENCES pages (id),
      content TEXT NOT NULL CHECK (json_valid(content)), -- what was recorded, sealed
      sha256 TEXT NOT NULL -- of the previous row's, a line feed and `content`
        CHECK (length(sha256) = 64)
    ) STRICT
    """,
    "CREATE INDEX ledger_by_page ON ledger (page_id)",
    # Search by phrase, kept in step by triggers.
    """
    CREATE VIRTUAL TABLE passages_fts USING fts5 ( -- search by phrase
      text, content="passages", content_rowid="id",
      tokenize="unicode61 remove_diacritics 2")
    """,
    """
    CREATE TRIGGER passages_added AFTER INSERT ON passages BEGIN
      INSERT INTO passages_fts (rowid, text) VALUES (new.id, new.text);
    END
    """,
    """
    CREATE TRIGGER passages_removed AFTER DELETE ON passages BEGIN
      INSERT INTO passages_fts (passages_fts, rowid, text)
        VALUES ('delete', old.id, old.text);
    END
    """,
    """
    CREATE TRIGGER passages_replaced AFTER UPDATE ON passages BEGIN
      INSERT INTO passages_fts (passages_fts, rowid, text)
        VALUES ('delete', old.id, old.text);
      INSERT INTO passages_fts (rowid, text) VALUES (new.id, new.text);
    END
    """,
)

GUARDS: Final = tuple(
    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} BEGIN"
    f" SELECT RAISE(ABORT, '{table}: what is recorded is never rewritten'); END"
    for table in ("changes", "edits", "ledger")
    for verb in ("UPDATE", "DELETE")
)

SCHEMA_VERSION: Final = 1
"""Kept in `user_version`: the number of migrations."""
