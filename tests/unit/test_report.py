"""Reports: what they show, what they fold, and that pages cannot act through them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args
from xml.etree import ElementTree as ET

import pytest
from lxml import html

from scraper import report
from scraper.comparison import compare, settle
from scraper.model import (
    Article,
    Block,
    Change,
    Comparison,
    EditField,
    Link,
    PageId,
    VersionId,
)
from scraper.report.documents import marked_down

OLD_AT = datetime(2025, 3, 3, 14, 0, 5, tzinfo=UTC)
NEW_AT = datetime(2025, 3, 3, 14, 15, 9, tzinfo=UTC)
FILLER = tuple(f"Paragraph {n} stays as it was all the time." for n in range(12))


def article(*texts: str, title: str = "Agency to dredge harbor") -> Article:
    return Article(
        url="https://www.harbor.gov/news/1",
        title=title,
        published="2025-03-03",
        blocks=tuple(Block("paragraph", text) for text in texts),
    )


BEFORE = article("It will cost $175 million in all.", *FILLER, "A last word.")
AFTER = article("It will cost $157 million in all.", *FILLER, "A new end, at last.")


def compared(before: Article, after: Article) -> Comparison:
    comparison = compare(before, after)
    assert comparison is not None
    return comparison


def change(comparison: Comparison, title: str = "Agency to dredge harbor") -> Change:
    return Change(
        id=7,
        ref="c4f1e2",
        page_id=PageId(3),
        page_url="https://www.harbor.gov/news/1?a=1&b=2",
        site="harbor",
        old_version=VersionId(11),
        new_version=VersionId(12),
        old_last_seen_at=OLD_AT,
        old_last_seen_on="304",
        new_first_seen_at=NEW_AT,
        new_first_seen_on="full answer, 120 s old by its cache",
        recorded_at=NEW_AT,
        title=title,
        comparison=comparison,
    )


def text_of(lines: list[report.Line]) -> list[str]:
    return ["".join(span.text for span in line) for line in lines]


def styled(lines: list[report.Line], style: str) -> str:
    return "".join(s.text for line in lines for s in line if s.style == style)


def test_a_narrow_terminal_shows_old_and_new_with_their_words_marked() -> None:
    lines = report.terminal(compared(BEFORE, AFTER), BEFORE, AFTER, width=80)
    text = text_of(lines)
    assert "- It will cost $175 million in all." in text
    assert "+ It will cost $157 million in all." in text
    assert "175" in styled(lines, "removed")
    assert "157" in styled(lines, "added")
    assert "million" not in styled(lines, "removed") + styled(lines, "added")


def test_a_wide_terminal_shows_both_side_by_side() -> None:
    lines = report.terminal(compared(BEFORE, AFTER), BEFORE, AFTER, width=120)
    row = next(line for line in text_of(lines) if "\u2502" in line and "$157" in line)
    assert row.index("$175") < row.index("\u2502") < row.index("$157")
    assert all(len(line) <= 120 for line in text_of(lines))
    heads = next(line for line in text_of(lines) if "\u2502" in line)
    assert heads.split("\u2502") == ["before".ljust(59), " after"]


def test_unchanged_text_is_folded_but_for_its_edges() -> None:
    text = text_of(report.terminal(compared(BEFORE, AFTER), BEFORE, AFTER))
    assert any("10 unchanged blocks" in line for line in text)
    assert not any("Paragraph 5" in line for line in text)
    assert any("Paragraph 0" in line for line in text)


@pytest.mark.parametrize("width", [20, 79, 100, 133])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    before = article("word " * 40 + "x" * 300, *FILLER)
    after = article("word " * 41 + "x" * 300 + "y", *FILLER)
    lines = report.terminal(
        compared(before, after),
        before,
        after,
        width=width,
        change=change(compared(before, after)),
    )
    told = text_of(lines)
    assert max(len(line) for line in told if "://" not in line) <= width
    # An address in pieces can neither be clicked nor copied.
    assert any(line.endswith("https://www.harbor.gov/news/1?a=1&b=2") for line in told)


@pytest.mark.parametrize("width", [20, 79, 120])
def test_an_address_in_the_text_keeps_to_its_column(width: int) -> None:
    before = article("See https://www.harbor.gov/" + "x" * 200, *FILLER)
    after = article("See https://www.harbor.gov/" + "y" * 200, *FILLER)
    lines = report.terminal(compared(before, after), before, after, width=width)
    assert max(map(len, text_of(lines))) <= width


def test_what_a_page_says_cannot_drive_a_terminal() -> None:
    before = article("A plain line.", title="Plain")
    after = article("A plain \x1b[2Jline\u202e.", title="Evil \x1b]0;x\x07title\x9b1m")
    comparison = compared(before, after)
    shown = "".join(text_of(report.terminal(comparison, before, after)))
    shown += report.unified(comparison, before, after)
    shown += report.markdown(change(comparison, title=after.title or ""))
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & {*shown}


def test_the_evidence_around_a_change_comes_first() -> None:
    comparison = compared(BEFORE, AFTER)
    lines = text_of(
        report.terminal(comparison, BEFORE, AFTER, width=90, change=change(comparison))
    )
    assert lines[0].startswith("$175 million became $157 million in paragraph 1")
    assert (
        "Old text last seen: 2025-03-03 14:00:05 UTC (304: unchanged, said the server)"
        in lines
    )
    assert (
        "New text first seen: 2025-03-03 14:15:09 UTC (full answer, 120 s old by its "
        "cache)"
    ) in lines
    assert "Reference: c4f1e2" in lines


def test_why_a_page_need_not_own_up_is_said() -> None:
    undated = replace(BEFORE, published=None), replace(AFTER, published=None)
    related = tuple(
        replace(BEFORE, related=(Link(title, f"https://x.gov/{title}"),))
        for title in ("One", "Two")
    )
    of_page = change(compared(*undated))
    lists = tuple(
        replace(each, listed=other.related)
        for each, other in zip((BEFORE, AFTER), related, strict=True)
    )
    for told, why in (
        (of_page, "the page states no date"),
        (change(compared(*related)), "only other stories are named anew"),
        (change(compared(BEFORE, replace(BEFORE, published=None))), "only a date went"),
        (change(compared(*lists)), "it is a list of other stories"),
        (replace(of_page, only_feed=True), "only the feed was read, not the page"),
    ):
        assert dict(report.facts(told))["Disclosure"] == f"not applicable: {why}"


def test_added_removed_and_moved_blocks_stand_where_they_belong() -> None:
    before = article("First it was.", "Second it was.", "Third went away.", *FILLER[:2])
    after = article("Newly come in.", "Second it was.", "First it was.", *FILLER[:2])
    comparison = compared(before, after)
    text = report.unified(comparison, before, after)
    assert "- Third went away." in text
    assert "+ Newly come in." in text
    wide = text_of(report.terminal(comparison, before, after, width=120))
    assert any("(moved)" in line for line in wide)


def test_unified_text_marks_lines_and_names_fields() -> None:
    before = replace(BEFORE, attachments=(Link("Plan", "https://x.gov/1.pdf"),))
    after = replace(AFTER, title="Agency delays dredging")
    text = report.unified(compared(before, after), before, after)
    lines = text.splitlines()
    assert lines[:2] == [f"--- {before.url}", f"+++ {after.url}"]
    assert "- headline: Agency to dredge harbor" in lines
    assert "+ headline: Agency delays dredging" in lines
    assert "- document: Plan <https://x.gov/1.pdf>" in lines
    assert "@@ 10 unchanged @@" in lines


def test_a_paragraph_cut_in_two_is_shown_with_both_its_halves() -> None:
    before = article("One thing happened here. Another cost $5 there.", *FILLER[:3])
    after = article("One thing happened here.", "Another cost $6 there.", *FILLER[:3])
    text = report.unified(compared(before, after), before, after)
    assert "+ One thing happened here.\n+ Another cost $6 there." in text
    assert FILLER[0] in text


def test_rows_fit_articles_with_counters_and_lists_of_links() -> None:
    link = Link("The plan", "https://x.gov/plan")
    listed = Block("list_item", link.title, (link,))
    before = replace(BEFORE, blocks=(listed, *BEFORE.blocks))
    after = replace(
        AFTER, blocks=(Block("paragraph", "3 views"), *AFTER.blocks, listed)
    )
    comparison = compared(before, after)
    text = report.unified(comparison, settle(before), settle(after))
    assert "+ It will cost $157 million in all." in text
    assert "views" not in text


def test_markdown_shows_what_a_page_says_and_does_not_act_on_it() -> None:
    before = article("Plain words stand here.")
    after = article("Plain *bold* [words](http://evil) <b>stand</b> here.")
    text = report.markdown(change(compared(before, after), title="# *A* title"))
    assert text.startswith("# \\# \\*A\\* title\n")
    assert "\\[words\\](http://evil)" in text.replace("**", "")
    assert "<b>" not in text.replace("\\<b", "")
    assert "- Reference: c4f1e2" in text


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("6.4 million", "6.4 million"),
        ("1,200.", "1,200."),
        ("6. The budget", "6\\. The budget"),
        ("12) The budget", "12\\) The budget"),
        ("2026", "2026"),
        ("- a *dash*", "\\- a \\*dash\\*"),
        ("6.", "6\\."),
    ],
)
def test_markdown_never_shows_a_backslash_of_ours(said: str, written: str) -> None:
    assert marked_down(said) == written


def test_figures_in_markdown_are_those_of_the_page() -> None:
    told = report.markdown(change(compared(BEFORE, AFTER)))
    assert re.search(r"\\\w", told) is None
    assert "**157**" in told


def test_json_is_plain_and_names_both_ends_of_the_interval() -> None:
    comparison = compared(BEFORE, AFTER)
    plain = json.loads(json.dumps(report.as_dict(change(comparison))))
    assert plain["old"] == {
        "version": 11,
        "at": "2025-03-03T14:00:05+00:00",
        "on": "304",
    }
    assert plain["new"]["version"] == 12
    assert plain["summary"] == comparison.summary
    assert {"ref", "page_url", "site", "title", "edits", "disclosure"} <= plain.keys()


def test_html_escapes_the_page_and_marks_words() -> None:
    before = article('Say "no" to it now.')
    after = article('Say "yes" <script>alert(1)</script> & to it now.')
    text = report.html(change(compared(before, after), title="<img src=x>"))
    assert "<script>" not in text
    assert "<img" not in text
    assert "&lt;script&gt;" in text.replace("<ins>", "").replace("</ins>", "")
    assert "<del>no</del>" in text
    ET.fromstring(text)  # noqa: S314 - our own output


def test_a_page_of_a_change_stands_by_itself_for_who_never_heard_of_us() -> None:
    page = html.fromstring(report.html_page(change(compared(BEFORE, AFTER))))
    assert [h.tag for h in page.xpath("//h1 | //h2 | //h3")][:2] == ["h1", "h2"]
    assert "The change came between the two times" in page.text_content()
    (style,) = page.xpath("//style/text()")
    # Words that came and went are told apart without colour, and by who listens.
    assert 'ins::before { content: " [added: "; }' in style
    assert 'del::before { content: " [removed: "; }' in style


def test_an_atom_entry_is_well_formed_and_carries_the_reference() -> None:
    before = article("All was quiet.")
    after = article("All was \x0b quiet \ufffe & loud <b>.")
    entry = ET.fromstring(report.atom_entry(change(compared(before, after))))  # noqa: S314 - our own output
    name = "{http://www.w3.org/2005/Atom}"
    assert entry.findtext(f"{name}id") == "urn:govwatch:change:c4f1e2"
    assert entry.findtext(f"{name}updated") == "2025-03-03T14:15:09+00:00"
    link = entry.find(f"{name}link")
    assert link is not None
    assert link.get("href") == "https://www.harbor.gov/news/1?a=1&b=2"
    content = entry.findtext(f"{name}content")
    assert content is not None
    ET.fromstring(content)  # noqa: S314 - our own output


def test_every_field_has_a_name_for_people() -> None:
    assert report.FIELD_NAMES.keys() == {*get_args(EditField)}
