"""Headers are stored once where answers share them, and read back as they came."""

import pytest

from scraper.model import Hop
from tests.recorded import URL, capture, desk, html, story

POLICY = "default-src 'self'; " * 100
STORY = story("The bridge opened on Thursday.")


@pytest.fixture
def watching(tmp_path):
    with (made := desk(tmp_path)).store:
        yield made


def answer(made, **told):
    return capture(html(STORY), at=made.clock.now, **told)


def sent(etag, *, policy=POLICY):
    return (("date", "today"), ("etag", etag), ("content-security-policy", policy))


def test_a_long_policy_sent_with_every_answer_is_stored_once(watching):
    for n in range(3):
        watching.look(STORY, capture=answer(watching, headers=sent(f'"{n}"')))
    kept = [c.hops[0].headers for c in watching.store.captures(watching.page().id)]
    assert kept == [sent('"0"'), sent('"2"')]
    lists = watching.store._db.rows("SELECT lines FROM headers")
    assert sum(POLICY in row["lines"] for row in lists) == 1


def test_a_policy_made_anew_for_each_answer_leaves_no_list_behind(watching):
    for n in range(3):
        headers = sent('"1"', policy=f"script-src 'nonce-{n}'")
        watching.look(STORY, capture=answer(watching, headers=headers))
    # One list for the request, one for the answers.
    assert watching.store._db.value("SELECT count(*) FROM headers") == 2


def test_every_hop_comes_back_and_the_view_shows_its_headers(watching):
    came = answer(watching, headers=(("age", "7"), ("server", "x"), ("etag", '"b"')))
    moved = Hop(url=f"{URL}/old", status=301, headers=(("location", URL),))
    came_by = type(came)(
        **{name: getattr(came, name) for name in came.__slots__}
        | {"hops": (moved, *came.hops)}
    )
    watching.look(STORY, capture=came_by)
    assert watching.store.captures(watching.page().id) == [came_by]
    shown = watching.store._db.rows(
        "SELECT hop, name, value FROM capture_headers WHERE capture_id = 1"
    )
    assert [tuple(row.values()) for row in shown] == [
        (0, "location", URL),
        (1, "age", "7"),
        (1, "server", "x"),
        (1, "etag", '"b"'),
    ]


@pytest.mark.parametrize("age", ["9" * 20, "9" * 5000])
def test_an_age_beyond_all_measure_is_recorded_as_one_that_fits(watching, age):
    """Else the answer could never be recorded, and its page never be seen again."""
    seen = answer(watching, headers=(("age", age),))
    assert watching.look(STORY, capture=seen).version is not None
    (kept,) = watching.store.captures(watching.page().id)
    assert kept.headers["age"] == age
    assert kept.cache_age_s == 2**31
