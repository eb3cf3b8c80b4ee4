"""Stories that are found by themselves: baseline, news, what vanishes, what is held."""

import gzip
import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from scraper import report
from scraper.model import Outcome, State, WatchKind
from scraper.store import Store
from tests.newsrooms import START, Clock, Desk, Newsroom, Told, Wire

HOST = "www.example.gov"
PATHS = {
    WatchKind.FEED: "/feed/",
    WatchKind.LISTING: "/news/",
    WatchKind.SITEMAP: "/sitemap.xml",
}
KINDS = pytest.mark.parametrize("kind", list(PATHS))
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def newsroom():
    return Newsroom(HOST, [Told(f"story-{n}", START - n * DAY) for n in range(1, 6)])


@pytest.fixture
def desk(tmp_path, newsroom):
    clock = Clock()
    wire = Wire({HOST: newsroom}, clock)
    with Store.open(tmp_path / "govwatch.db", mode="create", clock=clock) as store:
        yield Desk(store, clock, wire)


def slugs(desk):
    return [
        page.url.rpartition("/")[2]
        for page in desk.store.pages()
        if page.kind is WatchKind.ARTICLE
    ]


def events(desk, kind):
    return [event for event in desk.store.events() if event.kind == kind]


@KINDS
def test_a_first_pass_knows_what_is_there_and_announces_nothing(desk, newsroom, kind):
    desk.watch(newsroom.url(PATHS[kind]), kind)
    _, recorded = desk.look(newsroom.url(PATHS[kind]))
    assert len(recorded.found) == 5
    assert sorted(slugs(desk)) == [f"story-{n}" for n in range(1, 6)]
    desk.work(START + HOUR)
    read = [p for p in desk.store.pages() if p.latest is not None]
    assert len(read) == 5
    assert desk.store.events() == []


@KINDS
def test_a_story_after_the_first_pass_is_found_and_published(desk, newsroom, kind):
    url = newsroom.url(PATHS[kind])
    desk.watch(url, kind)
    desk.look(url)
    newsroom.stories.append(Told("fresh", START + HOUR))
    desk.clock.now = START + 2 * HOUR
    _, recorded = desk.look(url)
    assert [desk.store.page(one).url for one in recorded.found] == [
        newsroom.url("/fresh")
    ]
    desk.look(newsroom.url("/fresh"))
    assert [event.kind for event in desk.store.events()] == ["published"]


@KINDS
def test_what_a_listing_names_is_no_change_of_it(desk, newsroom, kind):
    url = newsroom.url(PATHS[kind])
    desk.watch(url, kind)
    desk.look(url)
    newsroom.stories.append(Told("fresh", START))
    check, recorded = desk.look(url)
    assert check.outcome is Outcome.UNCHANGED
    assert recorded.version is None
    assert desk.store.changes() == []


def test_stories_that_were_there_are_read_half_a_minute_apart_and_news_at_once(
    desk, newsroom
):
    newsroom.stories = [Told(f"old-{n}", START - n * HOUR) for n in range(1, 41)]
    newsroom.window = 50
    url = newsroom.url("/feed/")
    desk.watch(url, WatchKind.FEED)
    desk.look(url)
    due = sorted(
        p.next_check_at for p in desk.store.pages() if p.state.state is State.UNSEEN
    )
    gaps = {later - earlier for earlier, later in itertools.pairwise(due)}
    assert gaps == {timedelta(seconds=30)}
    newsroom.stories.append(Told("fresh", START))
    desk.look(url)
    assert desk.store.page(newsroom.url("/fresh")).next_check_at <= desk.clock.now


def test_include_and_exclude_choose_by_address(desk, newsroom):
    url = newsroom.url("/feed/")
    desk.watch(url, WatchKind.FEED, include=("story-[123]",), exclude=("2$",))
    desk.look(url)
    assert slugs(desk) == ["story-1", "story-3"]


def test_a_link_off_to_a_host_that_is_not_allowed_is_not_followed(desk, newsroom):
    newsroom.instead["/feed/"] = (
        200,
        "application/rss+xml",
        (
            '<rss version="2.0"><channel><title>N</title>'
            "<item><link>https://www.example.com/video</link></item>"
            f"<item><link>https://{HOST}/story-1</link></item></channel></rss>"
        ),
    )
    desk.watch(newsroom.url("/feed/"), WatchKind.FEED)
    desk.look(newsroom.url("/feed/"))
    assert slugs(desk) == ["story-1"]


def test_a_sitemap_speaks_for_its_own_site_only(desk, newsroom):
    newsroom.instead["/sitemap.xml"] = (
        200,
        "application/xml",
        (
            "<urlset><url><loc>https://www.other.gov/x</loc></url>"
            "<url><loc>https://example.gov/story-1</loc></url></urlset>"
        ),
    )
    desk.watch(newsroom.url("/sitemap.xml"), WatchKind.SITEMAP)
    desk.look(newsroom.url("/sitemap.xml"))
    assert slugs(desk) == ["story-1"]


@pytest.mark.parametrize("content_type", ["application/x-gzip", "text/plain", ""])
def test_the_packed_sitemaps_of_an_index_are_followed(desk, newsroom, content_type):
    packed = newsroom.url("/sitemap-1.xml.gz")
    newsroom.instead["/sitemap.xml"] = (
        200,
        "application/xml",
        f"<sitemapindex><sitemap><loc>{packed}</loc></sitemap></sitemapindex>",
    )
    newsroom.instead["/sitemap-1.xml.gz"] = (
        200,
        content_type,
        gzip.compress(
            f"<urlset><url><loc>{newsroom.url('/story-1')}</loc></url></urlset>".encode()
        ),
    )
    desk.watch(newsroom.url("/sitemap.xml"), WatchKind.SITEMAP)
    desk.look(newsroom.url("/sitemap.xml"))
    check, _ = desk.look(packed)
    assert check.outcome is Outcome.UNCHANGED
    assert newsroom.url("/story-1") in {page.url for page in desk.store.pages()}


def test_one_story_under_many_addresses_is_one_page(desk, newsroom):
    told = "".join(
        f"<item><link>{address}</link></item>"
        for address in (
            "https://www.war.gov/News/Releases/Release/Article/41001/bridge-opens/",
            "http://www.war.gov/News/Releases/Release/Article/41001/bridge-opens",
            "https://www.defense.gov/News/Releases/Release/Article/41001/bridge-opens/",
            (
                "https://www.war.gov/News/Releases/Release/Article/41001/a-new-slug/"
                "?utm_source=mail#top"
            ),
        )
    )
    newsroom.instead["/feed/"] = (
        200,
        "application/rss+xml",
        f'<rss version="2.0"><channel><title>N</title>{told}</channel></rss>',
    )
    desk.watch(newsroom.url("/feed/"), WatchKind.FEED)
    desk.look(newsroom.url("/feed/"))
    stories = [p for p in desk.store.pages() if p.kind is WatchKind.ARTICLE]
    assert [page.key for page in stories] == ["defense#41001"]


@pytest.mark.parametrize("paths", [("/node/1",), ("/node/1", "/story-1")])
def test_a_link_that_redirects_to_a_known_story_is_another_address_of_it(
    desk, newsroom, paths
):
    newsroom.redirects["/node/1"] = "/story-1"
    named = "".join(f"<item><link>https://{HOST}{p}</link></item>" for p in paths)
    newsroom.instead["/feed/"] = (
        200,
        "application/rss+xml",
        f'<rss version="2.0"><channel><title>N</title>{named}</channel></rss>',
    )
    for path, kind in (("/news/", WatchKind.LISTING), ("/feed/", WatchKind.FEED)):
        desk.watch(newsroom.url(path), kind)
        desk.look(newsroom.url(path))
    assert len(slugs(desk)) == 6
    desk.look(newsroom.url("/story-1"))
    check, recorded = desk.look(newsroom.url("/node/1"))
    assert check.outcome is Outcome.UNCHANGED
    assert recorded.version is None
    assert sorted(slugs(desk)) == [f"story-{n}" for n in range(1, 6)]
    assert (
        desk.store.page(newsroom.url("/node/1")).id
        == desk.store.page(newsroom.url("/story-1")).id
    )
    _, again = desk.look(newsroom.url("/feed/"))
    assert again.found == ()


def test_a_page_taken_for_a_list_from_now_on_claims_no_sighting_of_its_old_text(
    desk, newsroom
):
    url = newsroom.url("/news/")
    desk.watch(url, WatchKind.ARTICLE)
    desk.look(url)
    before = desk.store.page(url).latest
    assert before is not None
    desk.store.remove_watch(url)
    desk.watch(url, WatchKind.LISTING)
    desk.look(url)
    after = desk.store.page(url).latest
    assert after is not None
    assert after.last_seen_at == before.last_seen_at


def test_a_page_that_moved_onto_a_followed_one_is_told_once_and_left_to_it(
    desk, newsroom
):
    newsroom.stories.append(Told("old-address", START - DAY))
    desk.watch(newsroom.url("/feed/"), WatchKind.FEED)
    desk.look(newsroom.url("/feed/"))
    desk.look(newsroom.url("/old-address"))
    desk.look(newsroom.url("/story-1"))
    newsroom.redirects["/old-address"] = "/story-1"
    for _ in range(4):
        desk.look(newsroom.url("/old-address"))
    old = desk.store.page(newsroom.url("/old-address"))
    new = desk.store.page(newsroom.url("/story-1"))
    assert old.id != new.id
    assert old.next_check_at is None
    assert new.next_check_at is not None


# What vanishes.


@KINDS
def test_a_story_missing_twice_out_of_turn_is_delisted_and_looked_at(
    desk, newsroom, kind
):
    url = newsroom.url(PATHS[kind])
    desk.watch(url, kind)
    desk.look(url)
    desk.work(START + HOUR)
    slow = desk.store.page(newsroom.url("/story-3")).next_check_at
    newsroom.stories = [s for s in newsroom.stories if s.slug != "story-3"]
    _, first = desk.look(url)
    assert first.delisted == ()
    early = desk.store.page(newsroom.url("/story-3")).next_check_at
    assert early < slow
    assert early <= desk.clock.now
    _, second = desk.look(url)
    assert [desk.store.page(one).url for one in second.delisted] == [
        newsroom.url("/story-3")
    ]
    _, third = desk.look(url)
    assert third.delisted == ()
    (event,) = events(desk, "delisted")
    assert event.first_seen_at < event.last_seen_at
    assert url in event.summary


def news_sitemap(newsroom, *slugs):
    """Google's form: the stories of two days, with the day of each."""
    told = "".join(
        f"<url><loc>{newsroom.url('/' + slug)}</loc><news:news><news:publication_date>"
        f"{START:%Y-%m-%d}</news:publication_date></news:news></url>"
        for slug in slugs
    )
    return (
        200,
        "application/xml",
        (
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
            ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">'
            f"{told}</urlset>"
        ),
    )


def test_a_story_too_old_for_a_sitemap_of_news_is_not_delisted(desk, newsroom):
    url = newsroom.url("/sitemap.xml")
    newsroom.instead["/sitemap.xml"] = news_sitemap(
        newsroom, "story-1", "story-2", "story-3"
    )
    desk.watch(url, WatchKind.SITEMAP)
    desk.look(url)
    newsroom.instead["/sitemap.xml"] = news_sitemap(newsroom, "story-1", "story-2")
    for _ in range(3):
        desk.look(url)
    assert events(desk, "delisted") == []


def test_a_story_that_was_last_in_a_whole_sitemap_is_delisted(desk, newsroom):
    url = newsroom.url("/sitemap.xml")
    desk.watch(url, WatchKind.SITEMAP)
    desk.look(url)
    newsroom.stories = newsroom.stories[1:]  # a sitemap has the newest one last
    for _ in range(3):
        desk.look(url)
    assert len(events(desk, "delisted")) == 1


@pytest.mark.parametrize("kind", [WatchKind.FEED, WatchKind.LISTING])
def test_a_story_pushed_off_the_end_by_newer_ones_is_not_delisted(desk, newsroom, kind):
    newsroom.window = 5
    url = newsroom.url(PATHS[kind])
    desk.watch(url, kind)
    desk.look(url)
    newsroom.stories.append(Told("fresh", START))
    for _ in range(3):
        _, recorded = desk.look(url)
        assert recorded.delisted == ()


def test_a_story_back_on_the_list_at_the_second_look_is_not_delisted(desk, newsroom):
    url = newsroom.url("/feed/")
    desk.watch(url, WatchKind.FEED)
    desk.look(url)
    all_of_them = list(newsroom.stories)
    newsroom.stories = all_of_them[1:]
    desk.look(url)
    newsroom.stories = all_of_them
    desk.look(url)
    desk.look(url)
    assert events(desk, "delisted") == []


def test_a_listing_made_anew_delists_nothing(desk, newsroom):
    url = newsroom.url("/feed/")
    desk.watch(url, WatchKind.FEED)
    desk.look(url)
    newsroom.stories = newsroom.stories[4:]
    for _ in range(3):
        desk.look(url)
    assert events(desk, "delisted") == []


def test_a_story_named_by_another_list_is_not_delisted(desk, newsroom):
    for path, kind in (("/feed/", WatchKind.FEED), ("/news/", WatchKind.LISTING)):
        desk.watch(newsroom.url(path), kind)
        desk.look(newsroom.url(path))
    newsroom.instead["/news/"] = newsroom.answer(newsroom.url("/news/"), START)
    newsroom.stories = [s for s in newsroom.stories if s.slug != "story-3"]
    for _ in range(3):
        desk.look(newsroom.url("/feed/"))
    assert events(desk, "delisted") == []


# What cannot be read.

LOGIN = (
    "<!DOCTYPE html><html lang=en><title>Sign in</title><main><h1>Sign in</h1>"
    "<p>Please sign in with your account to read this part of the site, which is open "
    "to employees of the department and its contractors only.</p></main></html>"
)
EMPTY_FEED = '<rss version="2.0"><channel><title>News</title></channel></rss>'
EMPTY_SITEMAP = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>'
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE urlset [<!ENTITY a "aaaaaaaaaa">'
    '<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><urlset><url><loc>&b;</loc></url></urlset>'
)

CUT_SHORT = gzip.compress(EMPTY_SITEMAP.encode())[:-4]


@pytest.mark.parametrize(
    ("kind", "content_type", "body", "reason"),
    [
        (WatchKind.FEED, "text/html", LOGIN, "where a feed was expected"),
        (WatchKind.FEED, "application/rss+xml", EMPTY_FEED, "names no story"),
        (WatchKind.SITEMAP, "application/xml", BOMB, "where a sitemap was expected"),
        (WatchKind.SITEMAP, "application/xml", EMPTY_SITEMAP, "names no story"),
        (WatchKind.SITEMAP, "application/gzip", CUT_SHORT, "gzip file that is broken"),
        (WatchKind.LISTING, "text/html", LOGIN, "names no story"),
    ],
)
def test_a_list_that_suddenly_names_nothing_fails_with_a_reason_and_removes_nothing(
    desk, newsroom, kind, content_type, body, reason
):
    url = newsroom.url(PATHS[kind])
    desk.watch(url, kind)
    desk.look(url)
    newsroom.instead[PATHS[kind]] = (200, content_type, body)
    for _ in range(3):
        check, recorded = desk.look(url)
        assert check.outcome is Outcome.UNREADABLE
        assert reason in (check.error or "")
        assert recorded.delisted == ()
    assert desk.store.page(url).state.state is State.UNREADABLE
    assert [event.kind for event in desk.store.events()] == ["unreadable"]
    del newsroom.instead[PATHS[kind]]
    check, recorded = desk.look(url)
    assert check.outcome is Outcome.UNCHANGED
    assert recorded.found == ()


# How much.


def test_a_watch_follows_its_most_and_newer_stories_take_the_place_of_the_slowest(
    desk, newsroom
):
    newsroom.stories = [Told(f"old-{n}", START - n * DAY) for n in range(1, 31)]
    url = newsroom.url("/sitemap.xml")
    desk.watch(url, WatchKind.SITEMAP, most=10)
    desk.look(url)
    followed = [p for p in desk.store.pages() if p.next_check_at and p.url != url]
    assert sorted(p.url for p in followed) == sorted(
        newsroom.url(f"/old-{n}") for n in range(1, 11)
    )
    newsroom.stories.append(Told("fresh", START))
    desk.look(url)
    assert desk.store.page(newsroom.url("/fresh")).next_check_at is not None
    assert desk.store.page(newsroom.url("/old-10")).next_check_at is None
    assert desk.store.page(newsroom.url("/old-9")).next_check_at is not None


def test_a_first_pass_goes_on_to_older_stories_and_later_ones_stop_at_the_known(
    desk, newsroom
):
    newsroom.stories = [Told(f"old-{n:02}", START - n * HOUR) for n in range(1, 61)]
    url = newsroom.url("/news/")
    desk.watch(url, WatchKind.LISTING)
    _, recorded = desk.look(url)
    assert len(recorded.found) == 40
    asked = len(newsroom.asked)
    newsroom.stories += [Told(f"new-{n:02}", START) for n in range(15)]
    _, recorded = desk.look(url)
    assert len(recorded.found) == 15
    assert len(newsroom.asked) == asked + 2


def test_old_stories_are_looked_at_seldom_from_the_start(desk, newsroom):
    newsroom.stories = [Told("ancient", START - 3000 * DAY)]
    desk.watch(newsroom.url("/feed/"), WatchKind.FEED)
    desk.look(newsroom.url("/feed/"))
    check, _ = desk.look(newsroom.url("/ancient"))
    assert check.next_check_at - check.checked_at > DAY


def test_a_sitemaps_date_brings_a_look_forward(desk, newsroom):
    newsroom.stories[4] = Told("story-5", START - 500 * DAY)
    url = newsroom.url("/sitemap.xml")
    desk.watch(url, WatchKind.SITEMAP)
    desk.look(url)
    desk.work(START + HOUR)
    desk.clock.now = START + 2 * HOUR
    slow = desk.store.page(newsroom.url("/story-5")).next_check_at
    assert slow > desk.clock.now
    newsroom.stories[4] = Told(
        "story-5", START - 500 * DAY, edited_at=desk.clock.now, sum=157
    )
    desk.look(url)
    assert desk.store.page(newsroom.url("/story-5")).next_check_at <= desk.clock.now
    check, _ = desk.look(newsroom.url("/story-5"))
    assert check.outcome is Outcome.CHANGED


def test_a_sitemap_index_leads_to_its_sitemaps_and_their_stories(desk, newsroom):
    newsroom.instead["/index.xml"] = (
        200,
        "application/xml",
        (
            "<sitemapindex><sitemap>"
            f"<loc>{newsroom.url('/sitemap.xml')}</loc></sitemap></sitemapindex>"
        ),
    )
    desk.watch(newsroom.url("/index.xml"), WatchKind.SITEMAP)
    desk.look(newsroom.url("/index.xml"))
    desk.work(START + HOUR)
    assert len(slugs(desk)) == 5
    assert desk.store.events() == []
    newsroom.stories.append(Told("fresh", START + HOUR))
    desk.work(START + 3 * DAY)
    assert [event.kind for event in desk.store.events()] == ["published"]


def test_a_watch_resumed_looks_at_its_list_first_and_at_its_stories_in_turn(
    desk, newsroom
):
    url = newsroom.url("/feed/")
    desk.watch(url, WatchKind.FEED)
    desk.look(url)
    desk.store.pause_watch(url)
    assert all(page.next_check_at is None for page in desk.store.pages())
    desk.store.resume_watch(url)
    due = [page.next_check_at - desk.clock.now for page in desk.store.pages()]
    assert due == [n * timedelta(seconds=30) for n in range(6)]


def test_a_feed_only_watch_resumed_still_asks_for_no_story(desk, newsroom):
    url = newsroom.url("/feed/")
    desk.watch(url, WatchKind.FEED, feed_only=True)
    desk.look(url)
    desk.store.pause_watch(url)
    desk.store.resume_watch(url)
    due = [page.url for page in desk.store.pages() if page.next_check_at is not None]
    assert due == [url]


# Only the feed.


def test_feed_only_watching_records_what_the_feed_says_and_asks_for_no_story(
    desk, newsroom
):
    url = newsroom.url("/feed/")
    desk.watch(url, WatchKind.FEED, feed_only=True)
    desk.look(url)
    page = desk.store.page(newsroom.url("/story-1"))
    assert page.latest is not None
    assert page.latest.rules == "feed 1"
    assert page.latest.article.title == "story-1"
    assert page.latest.article.text == "A bridge for $175 million."
    assert page.latest.article.published == "2026-11-22T12:00:00+00:00"
    assert page.next_check_at is None
    newsroom.stories[0] = Told("story-1", START - DAY, sum=157)
    newsroom.stories.append(Told("fresh", START))
    desk.look(url)
    (change,) = desk.store.changes()
    assert "$175 million became $157 million" in change.comparison.summary
    assert "does not say so" not in change.comparison.summary
    assert not change.comparison.silent
    assert change.only_feed
    assert "only the feed was read" in dict(report.facts(change))["Disclosure"]
    assert sorted(e.kind for e in desk.store.events()) == ["edited", "published"]
    assert {asked for _, asked in newsroom.asked} == {url}


def test_a_story_told_by_its_feed_is_not_asked_for_with_the_feeds_validators(
    desk, newsroom
):
    newsroom.etag = '"of the feed"'
    desk.watch(newsroom.url("/feed/"), WatchKind.FEED, feed_only=True)
    desk.look(newsroom.url("/feed/"))
    assert desk.store.page(newsroom.url("/feed/")).validators is not None
    assert desk.store.page(newsroom.url("/story-1")).validators is None


def test_a_page_read_after_its_feed_starts_anew_and_claims_no_change(desk, newsroom):
    url = newsroom.url("/feed/")
    desk.watch(url, WatchKind.FEED, feed_only=True)
    desk.look(url)
    check, recorded = desk.look(newsroom.url("/story-1"))
    assert check.comparison is None
    assert recorded.version is not None
    assert recorded.version.origin == "baseline"
    assert desk.store.changes() == []
    desk.look(url)
    assert desk.store.changes() == []


# The simulator.


@KINDS
def test_ten_newsrooms_publish_and_no_story_is_missed_or_found_twice(tmp_path, kind):
    hosts = [f"news{n}.example.gov" for n in range(10)]
    newsrooms = {
        host: Newsroom(
            host,
            [Told(f"{host[:5]}-old-{n}", START - n * DAY) for n in range(1, 4)]
            + [
                Told(f"{host[:5]}-new-{n}", START + timedelta(minutes=5 * at + 20 * n))
                for n in range(1, 4)
            ],
        )
        for at, host in enumerate(hosts)
    }
    clock = Clock()
    interval = timedelta(minutes=66 if kind is WatchKind.SITEMAP else 16.5)
    with Store.open(tmp_path / "govwatch.db", mode="create", clock=clock) as store:
        desk = Desk(store, clock, Wire(newsrooms, clock))
        for newsroom in newsrooms.values():
            desk.watch(newsroom.url(PATHS[kind]), kind)
        desk.work(START + 3 * HOUR)
        stories = {
            page.url.rpartition("/")[2]: page
            for page in store.pages()
            if page.kind is WatchKind.ARTICLE
        }
        assert len(stories) == len(store.pages()) - 10
        told = [story for one in newsrooms.values() for story in one.stories]
        assert sorted(stories) == sorted(story.slug for story in told)
        late = {
            story.slug: stories[story.slug].added_at - story.at
            for story in told
            if story.at > START
        }
        assert len(late) == 30
        assert max(late.values()) <= interval
        published = [e for e in store.events() if e.kind == "published"]
        assert len(published) == 30


def test_a_sitemap_of_5000_addresses_costs_its_host_no_more_than_its_budget(
    desk, newsroom
):
    newsroom.stories = [Told(f"s-{n}", START - n * HOUR) for n in range(5000)]
    url = newsroom.url("/sitemap.xml")
    desk.watch(url, WatchKind.SITEMAP)
    desk.work(START + HOUR / 2)
    assert len(desk.store.page(url).named) == 5000
    # One request in 5 s is 360 in half an hour: the sitemap's stories take less than
    # half of that, and leave the rest for what is new.
    assert 60 <= len(newsroom.asked) < 180


def test_what_a_person_watches_outlives_the_list_that_found_it(desk, newsroom):
    url, story = newsroom.url(PATHS[WatchKind.FEED]), newsroom.url("/story-3")
    desk.watch(url, WatchKind.FEED)
    desk.look(url)
    desk.watch(story, WatchKind.ARTICLE)
    desk.look(url)
    desk.store.remove_watch(url)
    assert due(desk) == [story]
    desk.store.pause_watch(story)
    assert due(desk) == []


def test_what_a_person_has_paused_no_list_wakes(desk, newsroom):
    url, story = newsroom.url(PATHS[WatchKind.FEED]), newsroom.url("/story-3")
    desk.watch(url, WatchKind.FEED)
    desk.look(url)
    desk.watch(story, WatchKind.ARTICLE)
    desk.store.pause_watch(story)
    desk.look(url)
    assert story not in due(desk)
    desk.store.resume_watch(story)
    assert story in due(desk)


def test_a_story_of_two_lists_is_followed_until_both_are_removed(desk, newsroom):
    feed, listing = (
        newsroom.url(PATHS[kind]) for kind in (WatchKind.FEED, WatchKind.LISTING)
    )
    for url, kind in ((feed, WatchKind.FEED), (listing, WatchKind.LISTING)):
        desk.watch(url, kind)
        desk.look(url)
    stories = [newsroom.url(f"/story-{n}") for n in range(1, 6)]
    desk.store.remove_watch(feed)
    assert due(desk) == sorted([listing, *stories])
    desk.store.remove_watch(listing)
    assert due(desk) == []


def test_a_paused_list_leaves_its_stories_to_the_other_when_it_is_removed(
    desk, newsroom
):
    feed, listing = (
        newsroom.url(PATHS[kind]) for kind in (WatchKind.FEED, WatchKind.LISTING)
    )
    for url, kind in ((feed, WatchKind.FEED), (listing, WatchKind.LISTING)):
        desk.watch(url, kind)
        desk.look(url)
    desk.store.pause_watch(feed)
    assert due(desk) == [listing]
    desk.store.remove_watch(feed)
    assert len(due(desk)) == 6


def test_a_story_that_a_person_watches_no_more_is_its_lists_again(desk, newsroom):
    url, story = newsroom.url(PATHS[WatchKind.FEED]), newsroom.url("/story-3")
    desk.watch(url, WatchKind.FEED)
    desk.look(url)
    desk.watch(story, WatchKind.ARTICLE, every=7 * DAY)
    assert desk.store.page(story).every == 7 * DAY
    desk.store.remove_watch(story)
    assert story in due(desk)
    assert desk.store.page(story).every is None


def test_a_hint_of_a_sitemap_also_hurries_what_a_person_watches(desk, newsroom):
    url, story = newsroom.url(PATHS[WatchKind.SITEMAP]), newsroom.url("/story-3")
    desk.watch(url, WatchKind.SITEMAP)
    desk.look(url)
    desk.watch(story, WatchKind.ARTICLE, every=7 * DAY)
    desk.look(story)
    desk.clock.now += HOUR
    assert desk.store.page(story).next_check_at > desk.clock.now
    (told,) = (one for one in newsroom.stories if one.slug == "story-3")
    newsroom.stories[newsroom.stories.index(told)] = replace(
        told, edited_at=desk.clock.now
    )
    desk.look(url)
    assert desk.store.page(story).next_check_at <= desk.clock.now


def test_one_page_is_watched_once_whatever_address_is_given(desk, newsroom):
    story = newsroom.url("/story-3")
    first = desk.watch(story, WatchKind.ARTICLE)
    second = desk.watch(story + "?utm_source=mail", WatchKind.ARTICLE)
    assert first.id == second.id
    assert len(desk.store.watches()) == 1


def due(desk):
    return sorted(page.url for page in desk.store.pages() if page.next_check_at)
