"""Whatever a page says, what we make of it is well-formed and inert."""

import csv
import io
import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from scraper import report
from scraper.comparison import compare, settle
from scraper.model import Block
from tests.unit.test_report_telling import alert, change, edited, rfc_4287_faults
from tests.unit.test_telling import EDITED, NOON, STORY

words = st.text(max_size=80) | st.sampled_from(
    ["]]>", "<!--", "&#0;", "\x00", "\ud800", "\ufffe", "@here", "](x", "\r\n\r\n"]
)


@given(title=words, text=words)
def test_feeds_messages_and_sheets_hold_whatever_a_page_says(
    title: str, text: str
) -> None:
    said = Block("paragraph", f"It cost $1. {text}")
    after = replace(EDITED, title=title, blocks=(said,))
    assert compare(STORY, after) is not None
    found = change(STORY, after)
    feed = report.atom_feed([found], name="all", title=title, made_at=NOON)
    assert rfc_4287_faults(feed) == []

    message = report.message(alert(edited(STORY, after)))
    assert not re.search(r"[<>\x00-\x09\x0b-\x1f\x7f]|(?<!\w)@\w|\]\(", message.text)
    assert len(message.subject.splitlines()) == 1
    assert not re.search(r"[<>\x00-\x1f\x7f\u202a-\u202e]", message.subject)

    rows = report.sheet([found], [])
    ((_, *cells),) = list(csv.reader(io.StringIO(report.as_csv(rows))))[1:]
    assert not [cell for cell in cells if cell[:1] in set("=+-@\t\r")]
    page = etree.HTML(report.as_html(rows, title=title))
    assert page.xpath("//script") == []


hostile = st.text(
    st.sampled_from(
        [*"ab 1.|<&]*\t\n\r\x00\x1b\x9b", "\u05d0", "\u202e", "\u2066", "\u200f"]
    )
    | st.characters(),
    max_size=60,
)


@given(
    title=hostile,
    texts=st.lists(hostile, max_size=4),
    width=st.integers(20, 140),
)
def test_every_view_of_a_change_is_inert_and_fits(
    title: str, texts: list[str], width: int
) -> None:
    said = tuple(Block("paragraph", f"It cost $1. {text}") for text in texts)
    after = replace(EDITED, title=f"New {title}", blocks=said)
    found = change(STORY, after)
    old, new = settle(STORY), settle(after)
    lines = [
        "".join(span.text for span in line)
        for line in report.terminal(
            found.comparison, old, new, width=width, change=found
        )
    ]
    # But for the addresses that the change's evidence and its links name.
    assert max(len(line) for line in lines if "://" not in line) <= width
    assert not re.search(r"[\r\n\t]", "".join(lines))
    sides = report.text_sides(found.comparison, old, new)
    pieces = [
        piece.text
        for each in sides
        for side in (each if isinstance(each, tuple) else (each,))
        for piece in (*side.before, *side.after, *side.inline)
    ]
    shown = [
        *lines,
        *pieces,
        report.unified(found.comparison, old, new),
        report.markdown(found),
        report.html_page(found),
        report.atom_entry(found),
    ]
    acting = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
    assert not re.search(acting, "".join(shown))
    etree.fromstring(report.html(found))
    etree.fromstring(report.atom_entry(found))
