"""What goes into the database comes out of it, whatever it is."""

import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scraper.comparison import compare, content_sha256
from scraper.model import Article, Block, Image, Link
from scraper.store.bodies import compress, decompress
from tests.recorded import NOON, URL, Desk, desk, html, story

# What a decoded page can hold: no lone surrogates (document.parse).
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
maybe = st.none() | text
links = st.lists(st.builds(Link, text, text, maybe), max_size=3).map(tuple)
kinds = st.sampled_from(["paragraph", "heading", "list_item", "row", "quote"])
articles = st.builds(
    Article,
    url=st.just(URL),
    kind=st.sampled_from(["article", "listing", "other"]),
    title=maybe,
    published=maybe,
    updated=maybe,
    published_text=maybe,
    updated_text=maybe,
    byline=maybe,
    dateline=maybe,
    blocks=st.lists(st.builds(Block, kinds, text, links), max_size=4).map(tuple),
    images=st.lists(
        st.builds(Image, text, maybe, maybe, maybe, maybe, maybe), max_size=3
    ).map(tuple),
    related=links,
    attachments=links,
    listed=links,
    notes=st.lists(text, max_size=2).map(tuple),
    article_id=maybe,
    lang=maybe,
    provenance=st.dictionaries(text, text, max_size=2),
)
SLOW = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@SLOW
@given(articles, articles)
def test_articles_come_back_equal_and_their_changes_too(first, second):
    with tempfile.TemporaryDirectory() as folder, desk(Path(folder)).store as store:
        made = Desk(store, store._clock)
        one = made.look(first).version
        two = made.look(second)
        assert store.version(one.id).article == first
        difference = compare(first, second)
        if two.version is not None:
            assert store.version(two.version.id).article == second
            assert store.change(two.change.ref).comparison == difference
        else:
            assert difference is None
        assert made.page().latest.content_sha256 == content_sha256(second)


@SLOW
@given(st.permutations(range(5)), st.lists(st.integers(0, 2), min_size=5, max_size=5))
def test_captures_in_any_order_give_the_same_history(order, texts):
    stories = [story("Never changes.", f"Edition {n}.") for n in range(3)]
    with tempfile.TemporaryDirectory() as folder, desk(Path(folder)).store as store:
        made = Desk(store, store._clock)
        made.clock.now = NOON + timedelta(days=9)
        for n in order:
            at = NOON + timedelta(hours=n)
            seen = stories[texts[n]]
            body = html(seen) + str(n).encode()
            before = store.changes()
            made.look(seen, at=at, source="warc", body=body)
            assert set(before) <= set(store.changes())  # none was rewritten
        page_id = made.page().id
        for n in range(5):
            seen = store.version_at(page_id, NOON + timedelta(hours=n))
            assert seen.article == stories[texts[n]]
        assert made.page().latest.article == stories[texts[4]]
        for stay in store.phrase(f"Edition {texts[4]}")[-1:]:
            assert stay.gone_at is None


@given(st.binary(max_size=2000), st.binary(min_size=1, max_size=2000))
def test_any_bytes_survive_any_dictionary(body, dictionary):
    for one in (None, dictionary):
        assert decompress(compress(body, one), one, size=len(body)) == body
