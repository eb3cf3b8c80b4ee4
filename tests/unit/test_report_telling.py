"""Messages, feeds and the weekly sheet: what they say, and that they are inert."""

import csv
import io
import os
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree, html

from scraper import report
from scraper.model import (
    Article,
    Block,
    Change,
    Coverage,
    Delivery,
    Event,
    Group,
    GroupMember,
    Notice,
    PageId,
)
from tests.unit.test_telling import EDITED, NOON, STORY, change, edited, happened

ATOM = "{http://www.w3.org/2005/Atom}"
EVIL = (
    "<!channel> <@U012> <https://evil.example|click> @everyone [gift](https://evil.ex)"
    " <script>alert(1)</script>\r\nBcc: all@example.org\x00\x1b[31m\u202e&lt;"
)


def alert(*notices: Notice, kind: str = "alert") -> Delivery:
    return Delivery(
        id="abcdefgh2345",
        rule="alerts",
        sink="desk",
        kind=kind,
        group="example",
        made_at=NOON,
        since=NOON - timedelta(days=1),
        due_at=NOON,
        attempts=0,
        notices=notices,
    )


def hostile() -> Notice:
    before = replace(STORY, title=f"Old {EVIL}")
    after = replace(EDITED, title=f"New {EVIL}")
    return edited(before, after, site=f"site {EVIL}", summary=f"Title {EVIL}")


def test_an_alert_says_what_changed_where_and_on_what_that_rests() -> None:
    told = report.message(alert(edited()))
    assert told.subject.startswith("[Govwatch] example: Bridge opens: ")
    assert "- text: The bridge cost $175 million" in told.text
    assert "+ text: The bridge cost $157 million" in told.text
    assert "Old text last seen: 2026-11-23 11:00:00 UTC (full answer)" in told.text
    assert "https://www.example.gov/releases/bridge" in told.text
    assert "abcdefgh2345" in told.text
    (notice,) = told.payload["notices"]
    assert notice["change"]["numbers"] == (("$175 million", "$157 million"),)


def test_a_message_ends_with_the_hash_that_shows_how_old_the_record_is() -> None:
    told = report.message(replace(alert(edited()), ledger=(7, "ab" * 32)))
    assert told.text.endswith(f"\nLedger row 7: sha256 {'ab' * 32}\n")
    assert told.payload["ledger"] == {"row": 7, "sha256": "ab" * 32}


def test_a_group_is_one_message_with_the_group_first() -> None:
    mass = happened("mass_edit", summary="3 pages: energy", page_url=None, title=None)
    told = report.message(alert(edited(), edited(), edited(), mass))
    assert told.subject == "[Govwatch] example: 3 pages: energy"
    assert told.text.index("Mass edit:") < told.text.index("Edited:")
    plain = report.message(alert(edited(), edited(), happened("removed")))
    assert plain.subject == "[Govwatch] example: 2 pages edited, 1 page removed"


def test_the_same_edit_on_many_pages_is_told_once_and_each_page_named() -> None:
    notices = [
        replace(edited(), change=on_page(n), page_url=f"https://www.example.gov/{n}")
        for n in range(1, 41)
    ]
    other = edited(STORY, replace(STORY, byline="By another hand"))
    told = report.message(alert(*notices, other)).text
    assert told.count("+ text: The bridge cost $157 million") == 1
    assert "The same edit on 39 more pages:" in told
    assert "ref000000002  Bridge opens  https://www.example.gov/2" in told
    assert "... and 29 more: govwatch changes" in told
    assert "+ byline: By another hand" in told
    assert len(told.splitlines()) < 45
    two = report.message(alert(*notices[:2])).text
    assert two.count("+ text: The bridge cost $157 million") == 2


def test_a_message_says_each_thing_once_and_what_to_do_next() -> None:
    mass = happened("mass_edit", summary="3 pages: energy", page_url=None, title=None)
    gone = happened("removed", summary="Removed, first missed on 22 November 2026")
    told = report.message(alert(mass, gone, edited())).text
    assert "\nMass edit: 3 pages: energy\n" in told
    assert "Which pages: govwatch changes example" in told
    assert "example (example)" not in told
    assert "\nRemoved, first missed on 22 November 2026\n  Confirmed: 2026" in told
    assert "The change came between the two times" in told
    assert "govwatch evidence REFERENCE" in told
    assert "REFERENCE" not in report.message(alert(gone)).text


def test_nothing_from_a_page_acts_in_mail_or_chat() -> None:
    told = report.message(alert(hostile()))
    assert not re.search(r"[\r\n]", told.subject)
    assert len(told.subject) <= 150
    for text in (told.subject, told.text):
        assert not re.search(r"[<>]", text)
        assert not re.search(r"(?<!\w)@\w", text)
        assert "](" not in text
        assert not re.search(r"[\x00\x1b\u202e]", text)
    # No line of ours can be forged: what follows a page's line break stays on its line.
    assert not re.search(r"^Bcc", told.text, re.MULTILINE)


def test_a_message_about_a_thousand_changes_stays_readable() -> None:
    told = report.message(alert(*[edited()] * 1000))
    assert len(told.text) < 60_000
    assert "and 950 more" in told.text
    assert told.payload["notices_left_out"] == 950


def test_a_digest_has_one_line_for_what_is_in_trouble() -> None:
    coverage = Coverage(
        followed=10,
        checked=9,
        seen=7,
        trouble=("a.gov: 2 blocked since 2026-11-23T08:00:00Z", "b.gov: 1 failing"),
        counts={"template_changed": 1},
    )
    told = report.message(alert(edited(), kind="digest"), coverage)
    assert told.subject == "[Govwatch] alerts: 1 page edited"
    (line,) = [line for line in told.text.splitlines() if "trouble" in line]
    assert "a.gov: 2 blocked since 2026-11-23 08:00 UTC" in line
    assert "b.gov" in line
    assert "Followed 10 pages; looked at 9, 7 of them" in told.text


# Feeds: RFC 4287.


def feed(*changes: Change, self_url: str | None = None) -> str:
    return report.atom_feed(
        changes, name="all", title="Every change", made_at=NOON, self_url=self_url
    )


def evil_change() -> Change:
    found = hostile().change
    assert found is not None
    return found


def rfc_4287_faults(text: str) -> list[str]:
    """Return what RFC 4287 (sections 4.1.1, 4.1.2, 4.2) says is wrong with a feed."""
    root = etree.fromstring(text.encode())
    faults = []
    for element in (root, *root.iter(f"{ATOM}entry")):
        faults += [
            f"{element.tag}: not one {name}"
            for name in ("id", "title", "updated")
            if len(element.findall(f"{ATOM}{name}")) != 1
        ]
        for name in ("updated", "published"):
            faults += [
                f"{element.tag}: {name} is no RFC 3339 time"
                for found in element.findall(f"{ATOM}{name}")
                if datetime.fromisoformat(found.text or "").tzinfo is None
            ]
        rels = [
            (link.get("rel"), link.get("type"), link.get("hreflang"))
            for link in element.findall(f"{ATOM}link")
        ]
        if len(set(rels)) != len(rels):
            faults.append(f"{element.tag}: two links alike")
        faults += [
            f"{element.tag}: link without an absolute address"
            for link in element.findall(f"{ATOM}link")
            if not re.match(r"https?://", link.get("href") or "")
        ]
        if not re.match(r"[a-z]+:\S+$", element.findtext(f"{ATOM}id") or ""):
            faults.append(f"{element.tag}: id is no IRI")
    ids = [entry.findtext(f"{ATOM}id") for entry in root.iter(f"{ATOM}entry")]
    if len(set(ids)) != len(ids):
        faults.append("two entries of one id")
    if root.find(f"{ATOM}author") is None:
        faults.append("no author")
    return faults


@pytest.mark.parametrize(
    "text",
    [
        feed(),
        feed(change(STORY, EDITED), self_url="https://desk.example.org/all.xml?a=1&b"),
        feed(change(STORY, EDITED), replace(evil_change(), ref="zyxwvu765432", id=2)),
    ],
    ids=["empty", "one", "hostile"],
)
def test_a_feed_keeps_to_the_rules(text: str) -> None:
    assert rfc_4287_faults(text) == []


@pytest.mark.skipif(
    shutil.which("xmllint") is None and not os.environ.get("CI"),
    reason="no xmllint here: make packages",
)
def test_xmllint_reads_a_feed_of_hostile_words() -> None:
    text = feed(change(STORY, EDITED), replace(evil_change(), ref="zyxwvu765432", id=2))
    subprocess.run(
        ["xmllint", "--noout", "-"],  # noqa: S607 - the system's
        input=text.encode(),
        check=True,
    )


def test_the_checker_of_feeds_sees_what_is_wrong() -> None:
    text = feed(change(STORY, EDITED))
    broken = text.replace("<author><name>Govwatch</name></author>", "")
    assert rfc_4287_faults(broken) == ["no author"]
    assert rfc_4287_faults(text.replace("urn:govwatch:feed:all", "no iri"))
    twice = feed(change(STORY, EDITED), change(STORY, EDITED))
    assert "two entries of one id" in rfc_4287_faults(twice)


def test_an_entry_is_the_same_in_every_feed_and_at_every_time() -> None:
    found = change(STORY, EDITED)
    later = replace(found, id=2, ref="bbbbbbbbbbbb")
    alone = feed(found)
    beside = report.atom_feed(
        [found, later], name="x", title="X", made_at=datetime(2030, 1, 1, tzinfo=UTC)
    )
    entry = report.atom_entry(found)
    assert entry in alone
    assert entry in beside
    assert beside.index("bbbbbbbbbbbb") < beside.index(found.ref)


def test_what_a_feed_shows_as_html_holds_no_script_and_no_link_of_a_page() -> None:
    root = etree.fromstring(feed(evil_change()).encode())
    (content,) = root.iter(f"{ATOM}content")
    shown = html.fromstring(content.text)
    assert (
        shown.xpath("//script | //a | //img | //iframe | //@*[name() != 'class']") == []
    )
    assert "alert(1)" in shown.text_content()


# The sheet.


def on_page(number: int, before: Article = STORY, after: Article = EDITED) -> Change:
    found = change(before, after)
    return replace(found, id=number, ref=f"ref{number:09}", page_id=PageId(number))


def test_the_sheet_ranks_by_significance() -> None:
    small = replace(STORY, byline="By another hand")
    rows = report.sheet(
        [on_page(1, STORY, small), on_page(2)],
        [happened("removed"), edited()],
    )
    assert [row.kind for row in rows] == ["removed", "edited", "edited"]
    assert rows[1].refs == ("ref000000002",)


def test_the_sheet_says_within_which_time_and_of_how_many_pages() -> None:
    found = [*map(on_page, (1, 2, 3))]
    found[0] = replace(
        found[0], old_last_seen_at=found[0].old_last_seen_at - timedelta(hours=9)
    )
    rows = report.sheet(found, [happened("removed")])
    for told in (
        report.as_markdown(rows, title="Week"),
        report.as_html(rows, title="Week"),
    ):
        assert "between 2026-11-23 02:00:00 UTC and 2026-11-23 12:00:00 UTC" in told
        assert " and 2 more" in told
        assert "Mass edit: " in told
        assert "Significance" in told
        assert "confirmed 2026-11-23" in told


def test_the_same_edit_on_three_pages_is_one_row_above_all_single_ones() -> None:
    other = replace(
        EDITED, blocks=(*EDITED.blocks, Block("paragraph", "It is closed."))
    )
    rows = report.sheet([on_page(4, STORY, other), *map(on_page, (1, 2, 3))], [])
    assert [(row.kind, row.pages) for row in rows] == [("mass_edit", 3), ("edited", 1)]
    assert rows[0].refs == ("ref000000001", "ref000000002", "ref000000003")
    alone = on_page(1).comparison.significance
    assert rows[0].significance == pytest.approx(1 - (1 - alone) / 3)
    two = report.sheet([on_page(1), on_page(2)], [])
    assert [row.pages for row in two] == [1, 1]


def test_a_light_edit_of_many_pages_is_above_a_heavier_one_of_a_single_page() -> None:
    small = replace(STORY, byline="By another hand")
    heavy = replace(EDITED, title="Bridge closed", blocks=EDITED.blocks[:1])
    found = [
        on_page(4, STORY, heavy),
        *(on_page(n, STORY, small) for n in (1, 2, 3)),
    ]
    many, single = report.sheet(found, [])
    assert (many.kind, single.kind) == ("mass_edit", "edited")
    assert many.significance < single.significance


def test_different_paragraphs_that_moved_on_three_pages_are_three_rows() -> None:
    def moved(number: int) -> Change:
        texts = [f"Line {n} of page {number}." for n in range(4)]
        before, after = (
            replace(STORY, blocks=tuple(Block("paragraph", text) for text in order))
            for order in (texts, [*texts[1:], texts[0]])
        )
        return on_page(number, before, after)

    rows = report.sheet(map(moved, (1, 2, 3)), [])
    assert [row.pages for row in rows] == [1, 1, 1]


def group(kind: str, summary: str, refs: tuple[str | None, ...]) -> Group:
    return Group(
        id=1,
        event=Event(kind=kind, first_seen_at=NOON, last_seen_at=NOON, summary=summary),
        publisher="example",
        before=None,
        after=None,
        significance=0.9,
        members=tuple(
            GroupMember(
                page_id=PageId(n),
                page_url=f"https://www.example.gov/releases/{n}",
                ref=ref,
            )
            for n, ref in enumerate(refs, start=1)
        ),
    )


def test_a_mass_edit_on_record_is_one_row_under_its_own_words() -> None:
    longer = replace(
        EDITED, blocks=(*EDITED.blocks, Block("paragraph", "It is closed."))
    )
    found = [on_page(1), on_page(2, STORY, longer), on_page(3)]
    refs = ("ref000000001", "ref000000002", "ref of last week")
    mass = group("mass_edit", "2 pages: $175 became $157", refs)
    first, second = report.sheet(found, [happened("mass_edit")], groups=[mass])
    assert (first.kind, first.pages, first.significance) == ("mass_edit", 2, 0.9)
    assert first.summary == "2 pages: $175 became $157"
    assert second.refs == ("ref000000003",)


def test_pages_removed_together_are_one_row() -> None:
    together = group("mass_removal", "3 pages gone", (None, None, None))
    gone = [
        happened("removed", page_url=member.page_url) for member in together.members
    ]
    alone = happened("removed", page_url="https://www.example.gov/alone")
    told = happened("mass_removal", summary="3 pages gone", page_url=None)
    rows = report.sheet([], [*gone, alone, told], groups=[together])
    assert sorted(row.kind for row in rows) == ["mass_removal", "removed"]


def test_csv_columns_say_what_edgi_asks_and_no_cell_is_a_formula() -> None:
    formula = replace(EDITED, title='=HYPERLINK("https://evil.example")')
    found = on_page(1, replace(STORY, title="=1+1"), formula)
    text = report.as_csv(report.sheet([found], [happened("removed", title="+1")]))
    first, second = csv.DictReader(io.StringIO(text))
    assert (first["kind"], first["indiv_6"], first["sig_4"]) == ("removed", "x", "x")
    assert first["page_title"] == "'+1"
    assert second["page_title"].startswith("'=HYPERLINK")
    assert (second["indiv_1"], second["indiv_2"], second["indiv_3"]) == ("", "x", "")
    assert second["ref"] == "ref000000001"
    dated = on_page(2, STORY, replace(STORY, published="2026-11-21"))
    (row,) = csv.DictReader(io.StringIO(report.as_csv(report.sheet([dated], []))))
    assert (row["indiv_1"], row["indiv_2"]) == ("x", "")


def test_the_sheet_in_html_and_markdown_is_inert() -> None:
    rows = report.sheet([evil_change()], [happened("removed", page_url="javascript:x")])
    shown = html.fromstring(report.as_html(rows, title=f"Week {EVIL}"))
    assert shown.xpath("//script") == []
    assert shown.xpath("//a/@href") == ["https://www.example.gov/releases/bridge"]
    told = report.as_markdown(rows, title="Week")
    assert "<script" not in told.replace("\\<", "")
    assert len([line for line in told.splitlines() if line.startswith("|")]) == 4


def test_an_empty_sheet_says_so() -> None:
    assert "Nothing changed" in report.as_markdown([], title="Week")
    assert "Nothing changed" in report.as_html([], title="Week")
    assert report.as_csv([]).count("\n") == 1
