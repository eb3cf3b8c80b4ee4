"""Times in which pages could not be seen: what many share is told once."""

from datetime import UTC, datetime, timedelta

from scraper.cli.gaps import stretches
from scraper.store import Gap

NIGHT = datetime(2026, 11, 23, 22, tzinfo=UTC)
MORNING = NIGHT + timedelta(hours=9)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def gap(page, since, until, *, site="cdc"):
    return Gap(
        page_id=page,
        url=f"https://www.{site}.gov/{page}",
        site=site,
        seen_until=since,
        seen_again_at=until,
    )


def told(*gaps):
    return [
        (one.since, one.until, len(one.gaps))
        for one in stretches(gaps, now=MORNING + 3 * HOUR)
    ]


def test_a_night_in_which_the_daemon_was_off_is_one_line() -> None:
    pages = [
        gap(page, NIGHT - page * MINUTE, MORNING + page * MINUTE / 12, site=site)
        for page in range(1000)
        for site in ("cdc", "fda")
    ]
    assert told(*pages) == [(NIGHT, MORNING, 2000)]


def test_a_page_seen_in_the_middle_of_the_night_does_not_shorten_it() -> None:
    night = [gap(page, NIGHT, MORNING) for page in range(5)]
    by_hand = gap(9, MORNING - 10 * MINUTE, MORNING)
    assert told(*night, by_hand) == [
        (MORNING - 10 * MINUTE, MORNING, 1),
        (NIGHT, MORNING, 5),
    ]


def test_what_a_single_page_had_is_told_by_itself() -> None:
    night = [gap(page, NIGHT, MORNING) for page in range(5)]
    alone = gap(7, NIGHT - 48 * HOUR, NIGHT - 24 * HOUR)
    two = [gap(page, NIGHT - 90 * HOUR, NIGHT - 80 * HOUR) for page in (1, 2)]
    assert told(*night, alone, *two) == [
        (NIGHT, MORNING, 5),
        (NIGHT - 48 * HOUR, NIGHT - 24 * HOUR, 1),
        (NIGHT - 90 * HOUR, NIGHT - 80 * HOUR, 1),
        (NIGHT - 90 * HOUR, NIGHT - 80 * HOUR, 1),
    ]


def test_two_nights_are_two_lines_the_latest_first() -> None:
    day = 24 * HOUR
    nights = [
        gap(page, NIGHT - n * day, MORNING - n * day + page * MINUTE)
        for page in range(5)
        for n in (0, 1)
    ]
    assert told(*nights) == [
        (NIGHT, MORNING, 5),
        (NIGHT - day, MORNING - day, 5),
    ]


def test_what_lasts_is_shared_within_a_site_only() -> None:
    down = [gap(page, NIGHT - page * MINUTE, None) for page in range(4)]
    others = [gap(9, NIGHT - HOUR, None, site=site) for site in ("fda", "epa")]
    assert sorted(told(*down, *others)) == [
        (NIGHT - HOUR, None, 1),
        (NIGHT - HOUR, None, 1),
        (NIGHT, None, 4),
    ]


def test_no_gap_is_left_out_or_told_twice() -> None:
    many = [
        gap(
            page,
            NIGHT - (page * 37 % 101) * HOUR,
            NIGHT + (1 + page * 53 % 97) * MINUTE,
        )
        for page in range(300)
    ]
    found = stretches(many, now=MORNING)
    assert sorted(g.page_id for one in found for g in one.gaps) == list(range(300))
    for one in found:
        for own in one.gaps:
            assert own.seen_until <= one.since < one.until <= own.seen_again_at


def test_a_clock_that_was_set_back_leaves_a_gap_that_is_told() -> None:
    assert told(gap(1, MORNING + 9 * HOUR, None)) == [(MORNING + 9 * HOUR, None, 1)]
