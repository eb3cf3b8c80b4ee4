"""Whatever a feed names from look to look: nothing missed, doubled or wrongly gone."""

from tempfile import TemporaryDirectory

from hypothesis import example, given, settings
from hypothesis import strategies as st

from scraper.model import Outcome, WatchKind
from scraper.store import Store
from tests.newsrooms import Clock, Desk, Newsroom, Wire

HOST = "www.example.gov"
FEED = f"https://{HOST}/feed/"
LOOKS = st.lists(
    st.lists(st.integers(0, 9), unique=True, max_size=8), min_size=1, max_size=7
)


def feed(stories: list[int]) -> tuple[int, str, str]:
    told = "".join(
        f"<item><title>{n}</title><link>https://{HOST}/story/{n}</link></item>"
        for n in stories
    )
    body = f'<rss version="2.0"><channel><title>News</title>{told}</channel></rss>'
    return 200, "application/rss+xml", body


@settings(max_examples=25, deadline=None)
@given(LOOKS)
@example([[0], [], [0], [], [0]])  # a list that goes to and fro is read all the same
def test_every_story_is_known_once_and_gone_only_when_missing_twice(
    looks: list[list[int]],
) -> None:
    clock, newsroom = Clock(), Newsroom(HOST)
    with (
        TemporaryDirectory() as folder,
        Store.open(f"{folder}/g.db", mode="create", clock=clock) as store,
    ):
        desk = Desk(store, clock, Wire({HOST: newsroom}, clock))
        desk.watch(FEED, WatchKind.FEED)
        believed: list[set[int]] = []
        for named in looks:
            newsroom.instead["/feed/"] = feed(named)
            check, recorded = desk.look(FEED)
            gone = {number(store.page(one)) for one in recorded.delisted}
            if check.outcome is not Outcome.UNCHANGED:
                assert not named
                assert not recorded.found
                assert not gone
                continue
            before = set().union(*believed)
            assert {number(store.page(one)) for one in recorded.found} == (
                set(named) - before
            )
            for story in gone:
                assert story not in named
                assert story not in believed[-1]
                assert story in believed[-2]
            believed.append(set(named))
        stories = [p for p in store.pages() if p.kind is WatchKind.ARTICLE]
        assert len(stories) == len(set().union(*believed))
        for page in stories:
            is_first = number(page) in believed[0]
            assert page.found_as == ("baseline" if is_first else "new")


def number(page) -> int:
    return int(page.url.rpartition("/")[2])
