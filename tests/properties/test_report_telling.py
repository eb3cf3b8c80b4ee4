"""Whatever a page says, what we make of it is well-formed and inert."""

import csv
import io
import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from scraper import report
from scraper.comparison import compare
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
