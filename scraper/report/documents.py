"""A comparison as unified text, Markdown, JSON values, HTML and an Atom entry."""

from __future__ import annotations

import re
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from scraper.report.evidence import FIELD_NAMES, facts
from scraper.report.rows import Fold, folded, rows
from scraper.report.spans import safe, word_spans

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scraper.model import Article, Change, Comparison, Edit, JsonValue
    from scraper.report.spans import Span

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~!&])|^(\s*)([-+=]|\d+(?=[.)]))")
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
</style>
</head>
<body>
{body}
</body>
</html>
"""
_TAGS = {"added": "ins", "removed": "del"}


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
        lines += [f"- {_marked_down_edit(edit)}" for edit in edits]
    return "\n".join(lines) + "\n"


def as_dict(change: Change) -> dict[str, JsonValue]:
    """Return a change as plain JSON-able values. Stable: keys are only added.

    `ref page_url site title`, `old` and `new` (each `version`, `at`, `on`: the id of
    the version, when it was last or first seen as ISO UTC, and on what that rests),
    `recorded_at`, and the keys of `Comparison.as_dict`.
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
        **change.comparison.as_dict(),
    }


def html(change: Change) -> str:
    """Return a change as an HTML fragment; text from the page is escaped."""
    comparison = change.comparison
    parts = [
        '<article class="govwatch-change">',
        f"<h2>{_escaped(change.title or change.page_url)}</h2>",
        f"<p>{_escaped(comparison.summary)}</p>",
        "<dl>",
        *(
            f"<dt>{_escaped(label)}</dt><dd>{_escaped(text)}</dd>"
            for label, text in facts(change)
        ),
        "</dl>",
    ]
    for field, edits in groupby(comparison.edits, key=lambda edit: edit.field):
        parts.append(f"<h3>{_escaped(FIELD_NAMES[field].capitalize())}</h3>")
        parts.append("<ul>")
        parts.extend(f"<li>{_html_edit(edit)}</li>" for edit in edits)
        parts.append("</ul>")
    parts.append("</article>")
    return "\n".join(parts)


def html_page(change: Change) -> str:
    """Return a change as an HTML page that needs nothing else and runs nothing."""
    return _PAGE.format(
        title=_escaped(change.title or change.page_url), body=html(change)
    )


def atom_entry(change: Change) -> str:
    """Return a change as an Atom entry (RFC 4287), to stand in a feed's namespace."""
    title = change.title or change.page_url
    return "\n".join(
        [
            '<entry xmlns="http://www.w3.org/2005/Atom">',
            f"<id>urn:govwatch:change:{_escaped(change.ref)}</id>",
            f"<title>{_escaped(title)}</title>",
            f"<updated>{change.new_first_seen_at.isoformat()}</updated>",
            f"<published>{change.new_first_seen_at.isoformat()}</published>",
            "<author><name>Govwatch</name></author>",
            f'<link rel="alternate" href="{_escaped(change.page_url)}"/>',
            f"<summary>{_escaped(change.comparison.summary)}</summary>",
            f'<content type="html">{_escaped(html(change))}</content>',
            "</entry>",
        ]
    )


def _html_edit(edit: Edit) -> str:
    if edit.op == "moved":
        return f"moved: {_escaped(edit.after or '')}"
    if edit.before is None:
        return f"<ins>{_escaped(edit.after or '')}</ins>"
    if edit.after is None:
        return f"<del>{_escaped(edit.before)}</del>"
    old, new = word_spans(edit.before, edit.after)
    return f"{_html_spans(old)} \u2192 {_html_spans(new)}"


def _html_spans(spans: Iterable[Span]) -> str:
    pieces: list[str] = []
    for text, style in spans:
        tag = _TAGS.get(style)
        pieces.append(f"<{tag}>{_escaped(text)}</{tag}>" if tag else _escaped(text))
    return "".join(pieces)


def _marked_down_edit(edit: Edit) -> str:
    if edit.op == "moved":
        return f"moved: {marked_down(edit.after or '')}"
    if edit.before is None:
        return f"added: {marked_down(edit.after or '')}"
    if edit.after is None:
        return f"removed: ~~{marked_down(edit.before)}~~"
    old, new = word_spans(edit.before, edit.after)
    return f"{_markdown_spans(old)} \u2192 {_markdown_spans(new)}"


def _markdown_spans(spans: Iterable[Span]) -> str:
    """Mark words; spaces stay outside the marks (CommonMark 6.2)."""
    marks = {"added": "**", "removed": "~~"}
    pieces: list[str] = []
    for text, style in spans:
        bare = text.strip()
        mark = marks.get(style, "") if bare else ""
        head, _, tail = text.partition(bare) if bare else (text, "", "")
        pieces.append(f"{_line(head)}{mark}{marked_down(bare)}{mark}{_line(tail)}")
    return "".join(pieces)


def marked_down(text: str) -> str:
    """Return text so that Markdown shows it and does not act on it."""
    return _MARKDOWN.sub(
        lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}",
        _line(text),
    )


def _escaped(text: str) -> str:
    return escape(safe(text))


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", safe(text))
