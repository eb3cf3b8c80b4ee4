"""The tables of the record: what came back, what it said, what changed, the proof."""

from __future__ import annotations

from typing import Final

RECORD: Final = (
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
      body_id INTEGER NOT NULL REFERENCES bodies (id),
      number INTEGER NOT NULL, -- from 0
      content BLOB NOT NULL,
      PRIMARY KEY (body_id, number)
    ) STRICT, WITHOUT ROWID
    """,
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
      last_seen_on TEXT NOT NULL
        CHECK (last_seen_on IN ('full answer', '304', 'archived answer')),
      title TEXT,
      kind TEXT NOT NULL,
      url TEXT NOT NULL,
      published TEXT,
      updated TEXT,
      published_text TEXT,
      updated_text TEXT,
      metadata_updated TEXT, -- by metadata, whatever the page prints
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
    CREATE UNIQUE INDEX events_by_site ON events -- a site has many hosts
      (site, first_seen_at, kind, last_seen_at, summary) WHERE page_id IS NULL
      AND kind NOT IN ('mass_edit', 'mass_removal', 'template_changed') -- groups grow
    """,
    "CREATE INDEX events_by_time ON events (first_seen_at)",
    "CREATE INDEX events_by_kind ON events (kind, first_seen_at)",
    "CREATE INDEX events_by_change ON events (change_id) WHERE change_id IS NOT NULL",
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
