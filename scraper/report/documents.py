"""A change as unified text, Markdown, JSON values and HTML; changes as Atom."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from scraper.report.evidence import FIELD_NAMES, facts
from scraper.report.rows import Fold, folded, rows
from scraper.report.spans import Span, escaped, safe, word_spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from scraper.model import Article, Change, Comparison, Edit, JsonValue

# A backslash is shown before a letter or a digit (CommonMark 2.4): of "6. " at a line's
# beginning the full stop is escaped, and in "6.4" nothing.
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~!&])|^(\s*)([-+=])|^(\s*\d+)([.)])(?!\S)")
_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: #1e1d1b;
  background: #fff; font: 1rem/1.55 Georgia, serif; overflow-wrap: anywhere; }}
dt {{ font-weight: bold; }}
dd {{ margin: 0 0 .5rem; }}
ins {{ background: #d8f1df; color: #0b4a23; text-decoration: none; }}
del {{ background: #fbe0dc; color: #8a1c12; }}
/* Most screen readers do not say of which words these marks are. */
ins::before, del::before, ins::after, del::after {{ position: absolute; width: 1px;
  height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }}
ins::before {{ content: " [added: "; }}
del::before {{ content: " [removed: "; }}
ins::after, del::after {{ content: "] "; }}
@media print {{ ins {{ text-decoration: underline; }} }}
</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""
_INTERVAL = (
    "Govwatch asked for this page again and again and compared what it received. The"
    " change came between the two times above; nobody here claims to know the moment."
)
_TAGS = {"added": "ins", "removed": "del"}
_MARKS = {"added": "**", "removed": "~~"}
MEDIA_TYPE = "application/atom+xml; charset=utf-8"
"""Of `atom_feed`."""


def unified(comparison: Comparison, before: Article, after: Article) -> str:
    """Return the texts as one, lines marked `-` and `+`; fields as `- name: value`.

    Args:
        comparison: Of the two articles.
        before: As `comparison.settle` gives it; likewise `after`.
        after: The new article.
    """
    lines = [f"--- {safe(before.url)}", f"+++ {safe(after.url)}"]
    for edit in comparison.edits:
        if not edit.in_text:
            name = FIELD_NAMES[edit.field]
            if edit.before is not None:
                lines.append(f"- {name}: {_line(edit.before)}")
            if edit.after is not None:
                lines.append(f"+ {name}: {_line(edit.after)}")
    if not any(edit.in_text for edit in comparison.edits):
        return "\n".join(lines) + "\n"
    for row in folded(rows(comparison, before, after)):
        if isinstance(row, Fold):
            lines.append(f"@@ {row.blocks} unchanged @@")
        elif row.kind == "same":
            lines.append(f"  {_line(row.after or '')}")
        else:
            lines.extend(f"- {_line(t)}" for t in (row.before or "").split("\n") if t)
            lines.extend(f"+ {_line(t)}" for t in (row.after or "").split("\n") if t)
    return "\n".join(lines) + "\n"


def markdown(change: Change) -> str:
    """Return a change as a Markdown document; text from the page is escaped."""
    comparison = change.comparison
    lines = [f"# {marked_down(change.title or change.page_url)}", ""]
    lines += [marked_down(comparison.summary), ""]
    lines += [f"- {label}: {marked_down(text)}" for label, text in facts(change)]
    for field, edits in groupby(comparison.edits, key=lambda edit: edit.field):
        lines += ["", f"## {FIELD_NAMES[field].capitalize()}", ""]
        lines += [f"- {_told(edit, _markdown_spans)}" for edit in edits]
    lines += ["", _INTERVAL]
    return "\n".join(lines) + "\n"


def as_dict(change: Change) -> dict[str, JsonValue]:
    """Return a change as plain JSON-able values. Stable: keys are only added.

    `ref page_url site title`, `old` and `new` (each `version`, `at`, `on`: the id of
    the version, when it was last or first seen as ISO UTC, and on what that rests),
    `recorded_at`, `only_feed` (the page itself was not seen), and the keys of
    `Comparison.as_dict`.
    """
    return {
        "ref": change.ref,
        "page_url": change.page_url,
        "site": change.site,
        "title": change.title,
        "old": {
            "version": change.old_version,
            "at": change.old_last_seen_at.isoformat(),
            "on": change.old_last_seen_on,
        },
        "new": {
            "version": change.new_version,
            "at": change.new_first_seen_at.isoformat(),
            "on": change.new_first_seen_on,
        },
        "recorded_at": change.recorded_at.isoformat(),
        "only_feed": change.only_feed,
        **change.comparison.as_dict(),
    }


def html(change: Change, *, level: int = 2) -> str:
    """Return a change as an HTML fragment; text from the page is escaped.

    Args:
        change: With its evidence.
        level: Of its heading; those of its fields are one below.
    """
    comparison = change.comparison
    parts = [
        '<article class="govwatch-change">',
        f"<h{level}>{escaped(change.title or change.page_url)}</h{level}>",
        f"<p>{escaped(comparison.summary)}</p>",
        "<dl>",
        *(
            f"<dt>{escaped(label)}</dt><dd>{escaped(text)}</dd>"
            for label, text in facts(change)
        ),
        "</dl>",
    ]
    for field, edits in groupby(comparison.edits, key=lambda edit: edit.field):
        name = escaped(FIELD_NAMES[field].capitalize())
        parts.append(f"<h{level + 1}>{name}</h{level + 1}>")
        parts.append("<ul>")
        parts.extend(f"<li>{_told(edit, _html_spans)}</li>" for edit in edits)
        parts.append("</ul>")
    parts.append("</article>")
    return "\n".join(parts)


def html_page(change: Change) -> str:
    """Return a change as an HTML page that needs nothing else and runs nothing."""
    body = f"{html(change, level=1)}\n<p>{escaped(_INTERVAL)}</p>"
    return _PAGE.format(title=escaped(change.title or change.page_url), body=body)


def atom_entry(change: Change) -> str:
    """Return a change as an Atom entry (RFC 4287), to stand in a feed's namespace."""
    title = f"{change.title or change.page_url}: {change.comparison.summary}"
    return "\n".join(
        [
            '<entry xmlns="http://www.w3.org/2005/Atom">',
            f"<id>urn:govwatch:change:{escaped(change.ref)}</id>",
            f"<title>{escaped(title)}</title>",
            f"<updated>{change.new_first_seen_at.isoformat()}</updated>",
            f"<published>{change.new_first_seen_at.isoformat()}</published>",
            "<author><name>Govwatch</name></author>",
            f'<link rel="alternate" href="{escaped(change.page_url)}"/>',
            f"<summary>{escaped(change.comparison.summary)}</summary>",
            f'<content type="html">{escaped(html(change))}</content>',
            "</entry>",
        ]
    )


def feed_of(
    scope: str = "", called: str = "Government pages", *, silent_only: bool = False
) -> tuple[str, str]:
    """Return the name and the title of a feed.

    Args:
        scope: `site/cdc`, `page/12`, or empty for everything.
        called: What that is for people.
        silent_only: It tells only what pages do not own up to.
    """
    if not silent_only:
        return scope or "all", f"{called}: every change"
    name = f"{scope}/undisclosed".removeprefix("/")
    return name, f"{called}: changes they do not own up to"


def atom_feed(
    changes: Iterable[Change],
    *,
    name: str,
    title: str,
    made_at: datetime,
    self_url: str | None = None,
) -> str:
    """Return a feed with one entry for each change, the newest first.

    An entry never differs once it was told; readers tell entries apart by id.

    Args:
        changes: What it tells, in any order.
        name: Which feed, as a path: `all`, `undisclosed`, `site/cdc`, `page/12`.
        title: For people.
        made_at: Its time while it has no entries.
        self_url: Where it can be fetched.
    """
    ordered = sorted(
        changes, key=lambda change: (change.new_first_seen_at, change.id), reverse=True
    )
    updated = ordered[0].new_first_seen_at if ordered else made_at
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        f"<id>urn:govwatch:feed:{escaped(name)}</id>",
        f"<title>{escaped(title)}</title>",
        f"<updated>{updated.isoformat()}</updated>",
        "<author><name>Govwatch</name></author>",
        "<generator>Govwatch</generator>",
    ]
    if self_url:
        kind = MEDIA_TYPE.partition(";")[0]
        lines.append(f'<link rel="self" type="{kind}" href="{escaped(self_url)}"/>')
    return "\n".join([*lines, *map(atom_entry, ordered), "</feed>", ""])


def marked_down(text: str) -> str:
    """Return text so that Markdown shows it and does not act on it."""
    return _MARKDOWN.sub(
        lambda found: (
            f"{found[2] or found[4] or ''}\\{found[1] or found[3] or found[5]}"
        ),
        _line(text),
    )


def _told(edit: Edit, shown: Callable[[Iterable[Span]], str]) -> str:
    """Return one edit in words, its texts as `shown` marks them."""
    if edit.op == "moved":
        return f"moved: {shown([Span(edit.after or '')])}"
    if edit.before is None:
        return f"added: {shown([Span(edit.after or '', 'added')])}"
    if edit.after is None:
        return f"removed: {shown([Span(edit.before, 'removed')])}"
    old, new = word_spans(edit.before, edit.after)
    return f"{shown(old)} \u2192 {shown(new)}"


def _html_spans(spans: Iterable[Span]) -> str:
    pieces: list[str] = []
    for text, style in spans:
        tag = _TAGS.get(style)
        pieces.append(f"<{tag}>{escaped(text)}</{tag}>" if tag else escaped(text))
    return "".join(pieces)


def _markdown_spans(spans: Iterable[Span]) -> str:
    """Mark words; spaces stay outside the marks (CommonMark 6.2)."""
    pieces: list[str] = []
    for text, style in spans:
        bare = text.strip()
        mark = _MARKS.get(style, "") if bare else ""
        head, _, tail = text.partition(bare) if bare else (text, "", "")
        pieces.append(f"{_line(head)}{mark}{marked_down(bare)}{mark}{_line(tail)}")
    return "".join(pieces)


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", safe(text))
