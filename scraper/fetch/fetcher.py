"""One fetch: robots, politeness, redirects; a capture, or why there is none."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from scraper import urls
from scraper.errors import (
    CertificateError,
    DisallowedError,
    FetchError,
    HostBusyError,
    RefusedError,
    UnreachableError,
    UrlError,
)
from scraper.fetch import politeness
from scraper.fetch.addresses import loopback_hosts, resolve
from scraper.fetch.request import Requests, program
from scraper.model import Capture, Hop

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from scraper.fetch.addresses import Resolve
    from scraper.fetch.request import Answer
    from scraper.model import FetchPolicy, HostLedger, HostState, Validators

    Lesson = Callable[[HostState], HostState]
    Received = tuple[Answer, datetime]

_MOST_REDIRECTS = 5
_LEAST_GAP_S = 5.0
_LEASE_SLACK = timedelta(seconds=5)
"""What a request may take beyond its deadline, on a machine that is busy."""
_WALK_KEPT = timedelta(minutes=30)
_MOST_WALKS = 1000
_SHORTEST_SLEEP_S = 0.01
_LONGEST_SLEEP_S = 0.5
"""A host in use is mostly free again long before its lease ends."""


@dataclass(slots=True, kw_only=True)
class _Walk:
    """The way from an address to its answer; a host may rest between two hops."""

    start: str
    at: str
    started_at: datetime
    ended_at: datetime
    hops: list[Hop] = field(default_factory=list)


class Fetcher:
    """Fetches pages for as long as it is open. Safe to use from many threads.

    A fetch sends nothing while a host must rest: it waits at most `patience`, then
    raises `HostBusyError`. What it has done by then - robots.txt read, redirects
    followed - is not lost: the next fetch of the same address goes on from there.
    """

    def __init__(
        self,
        policy: FetchPolicy,
        *,
        ledger: HostLedger,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        resolve: Resolve = resolve,
    ) -> None:
        """Prepare; nothing is sent.

        Args:
            policy: How requests are made.
            ledger: Who may ask a host for something now.
            clock: The time, aware.
            sleep: Waits so many seconds.
            resolve: Addresses of a host name.

        Raises:
            ConfigError: The contact, the certificates or `connect_to` cannot be used.
        """
        self.policy = policy
        self._ledger = ledger
        self._clock = clock
        self._sleep = sleep
        self._program = program()
        self._requests = Requests(policy, resolve=resolve)
        self._lease = timedelta(seconds=policy.timeout_s) + _LEASE_SLACK
        self._own_hosts = loopback_hosts(policy.connect_to)
        self._lessons: dict[str, list[Lesson]] = {}
        self._pauses: dict[str, str] = {}
        self._walks: dict[str, _Walk] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._requests.close()

    def fetch(
        self,
        url: str,
        *,
        validators: Validators | None = None,
        patience: timedelta = timedelta(0),
        follows: bool = True,
    ) -> Capture:
        """Return the response to a GET of `url`, whatever its status.

        A redirect to a host that is not allowed, or any where it `follows` none, ends
        the capture, with status 3xx and no body. With `validators`, sent unless the
        host is known to misuse them, the status may be 304 with an empty body.

        Raises:
            RefusedError: The address, or one it redirects or resolves to, is forbidden;
                `DisallowedError` when robots.txt forbids it.
            HostBusyError: The host must rest for longer than `patience`.
            FetchError: No whole answer came; `UnreachableError` when not even a
                connection did.
        """
        walk = self._resume(self._allowed(url, asked=url))
        until = self._clock() + patience
        answer = self._follow(
            walk,
            lambda address: self._ask_page(address, validators, until),
            follows=follows,
        )
        return Capture(
            requested_url=walk.start,
            request_headers=answer.request_headers,
            started_at=walk.started_at,
            captured_at=walk.ended_at,
            hops=tuple(walk.hops),
            http_version=answer.http_version,
            server_address=answer.server_address,
            certificate_sha256=answer.certificate_sha256,
            content_encoding=answer.coding,
            body=answer.body,
            wire_sha256=answer.wire_sha256,
            program=self._program,
        )

    def distrust_validators(self, url: str) -> None:
        """Send no more validators to the host of `url`: `conditional.contradicts`.

        The ledger learns it with the next request to that host.
        """
        self._teach(
            urls.host(url), lambda state: replace(state, distrusts_validators=True)
        )

    # Redirects

    def _resume(self, start: str) -> _Walk:
        """Return the walk that an earlier fetch of `start` left, or a new one."""
        walk = self._walks.pop(start, None)
        if walk is None or self._clock() - walk.started_at > _WALK_KEPT:
            now = self._clock()
            walk = _Walk(start=start, at=start, started_at=now, ended_at=now)
        return walk

    def _follow(
        self, walk: _Walk, ask: Callable[[str], Received], *, follows: bool = True
    ) -> Answer:
        """Ask for an address and for what it redirects to, each hop judged anew."""
        while True:
            try:
                answer, walk.ended_at = ask(walk.at)
            except HostBusyError:
                if walk.hops and len(self._walks) < _MOST_WALKS:
                    self._walks[walk.start] = walk
                raise
            walk.hops.append(
                Hop(url=walk.at, status=answer.status, headers=answer.headers)
            )
            target = self._target(walk, answer) if follows else None
            if target is None:
                return answer
            walk.at = target

    def _target(self, walk: _Walk, answer: Answer) -> str | None:
        """Return where `answer` sends us, None where the walk ends with it."""
        if answer.location is None:
            return None
        try:
            reference = urls.join(walk.at, answer.location)
        except UrlError as exc:
            raise RefusedError(
                walk.start, f"redirects to {answer.location!r}, which {exc.reason}"
            ) from exc
        if urls.is_outside(reference, allowed=self.policy.allowed_hosts):
            return None
        target = self._allowed(reference, asked=walk.start)
        if any(target == hop.url for hop in walk.hops):
            raise RefusedError(walk.start, f"redirects in a circle, to {target} again")
        if len(walk.hops) > _MOST_REDIRECTS:
            raise RefusedError(
                walk.start, f"redirects more than {_MOST_REDIRECTS} times"
            )
        return target

    def _allowed(self, url: str, *, asked: str) -> str:
        try:
            return urls.parse(url, allowed=self.policy.allowed_hosts)
        except UrlError as exc:
            came = "" if url == asked else f"redirects to {url!r}, which "
            raise RefusedError(asked, f"{came}{exc.reason}") from exc

    # Robots

    def _ask_page(
        self, url: str, validators: Validators | None, until: datetime
    ) -> Received:
        turn = self._take(url, until)
        while politeness.robots_are_due(turn, self._clock()):
            self._ask_robots(turn, until)
            turn = self._take(url, until)
        overridden = urls.host_matches(turn.host, self.policy.ignore_robots)
        if not overridden and not politeness.allows(turn.robots_text or "", url):
            self._give_back(turn)
            raise DisallowedError(
                url, f"the robots.txt of {turn.host} asks us not to fetch it"
            )
        sent = None if turn.distrusts_validators else validators
        return self._request(url, turn, validators=sent)

    def _ask_robots(self, turn: HostState, until: datetime) -> None:
        """Spend a turn at a host on its robots.txt, and learn from the answer.

        Raises:
            FetchError: It cannot be had, and there is no copy of it.
        """
        host = turn.host
        walk = self._resume(f"https://{host}/robots.txt")
        turns = [turn]

        def ask(address: str) -> Received:
            held = turns.pop() if turns else None
            if held is not None and urls.host(address) != host:
                self._give_back(held)
                held = None
            return self._request(
                address, held or self._take(address, until), robots_of=host
            )

        try:
            answer = self._follow(walk, ask)
        except HostBusyError:
            raise
        except RefusedError:
            if not walk.hops:
                raise
            status, text = 404, b""  # as if there were none, RFC 9309 section 2.3.1.2
        except FetchError:
            if turn.robots_text is None:
                raise
            status, text = 0, b""
        else:
            if answer.location is None and urls.host(walk.at) == host:
                return  # learned when the host was given back
            status, text = answer.status, answer.body
        self._teach(host, lambda state: self._learned(state, status, text))

    def _learned(self, state: HostState, status: int, text: bytes) -> HostState:
        now = self._clock()
        learned = politeness.after_robots(state, now=now, status=status, body=text)
        if learned.robots_text is None:
            return politeness.after_lost_robots(learned, now=now, status=status)
        # The first request after it keeps the crawl-delay that it has just asked for.
        rested = now + self._rest(learned, 0.0)
        return replace(
            learned, next_request_at=max(learned.next_request_at or now, rested)
        )

    # Requests and turns

    def _request(
        self,
        url: str,
        turn: HostState,
        *,
        validators: Validators | None = None,
        robots_of: str | None = None,
    ) -> Received:
        """Spend a turn at a host on one request, and give the host back.

        Returns:
            The answer, and when it was whole: giving back may take its time.
        """
        is_robots = robots_of is not None
        limit_bytes = politeness.ROBOTS_BYTES if is_robots else self.policy.limit_bytes
        self._outlive_lease(turn)
        state = turn
        began = time.monotonic()
        try:
            answer = self._requests.send(
                url,
                validators=validators,
                limit_bytes=limit_bytes,
                cut=is_robots,
            )
            now = self._clock()
            state = self._after_answer(turn, answer, now, time.monotonic() - began)
            if robots_of == turn.host and answer.location is None:
                state = self._learned(state, answer.status, answer.body)
        except BaseException as exc:
            # Also when we are interrupted: the host has been asked.
            state = self._after_error(turn, exc, time.monotonic() - began)
            raise
        finally:
            self._give_back(state)
        return answer, now

    def _after_answer(
        self, turn: HostState, answer: Answer, now: datetime, took_s: float
    ) -> HostState:
        # What an archive kept of a refusal is not the archive's own (RFC 7089).
        is_archived = answer.header("memento-datetime") is not None
        return politeness.after_answer(
            turn,
            now=now,
            status=200 if is_archived else answer.status,
            latency_s=took_s,
            retry=politeness.retry_after(answer.header("retry-after"), now=now),
            rest=self._rest(turn, took_s),
        )

    def _after_error(
        self, turn: HostState, error: BaseException, took_s: float
    ) -> HostState:
        if isinstance(error, RefusedError):
            return turn  # nothing was sent
        if isinstance(error, UnreachableError):
            return politeness.after_no_connection(
                turn,
                now=self._clock(),
                reason=error.reason,
                rest=self._rest(turn, 0.0),
                by_certificate=isinstance(error, CertificateError),
            )
        return politeness.after_failure(
            turn,
            now=self._clock(),
            latency_s=took_s,
            rest=self._rest(turn, took_s),
        )

    def _outlive_lease(self, turn: HostState) -> None:
        """Record a long rest beforehand.

        Should we be killed now, the lease alone would let the next process in early.
        """
        rest = self._rest(turn, 0.0)
        if rest > self._lease:
            ends_at = self._clock() + self._lease + rest
            self._ledger.give_back(replace(turn, next_request_at=ends_at))

    def _rest(self, turn: HostState, latency_s: float) -> timedelta:
        return politeness.gap(
            least=timedelta(seconds=self._gap_s(turn.host)),
            latency_s=latency_s,
            crawl_delay=politeness.crawl_delay(turn.robots_text),
        )

    def _gap_s(self, host: str) -> float:
        """Return the least gap: shorter than 5 s only where the host is ourselves."""
        least = 0.0 if host in self._own_hosts else _LEAST_GAP_S
        return max(least, self.policy.gap_s)

    def _take(self, url: str, until: datetime) -> HostState:
        """Wait for a turn at the host of `url`.

        Raises:
            HostBusyError: There is none before `until`.
        """
        host = urls.host(url)
        while True:
            now = self._clock()
            turn = self._ledger.take(host, now=now, lease=self._lease)
            if not isinstance(turn, datetime):
                turn = self._taught(turn)
                if max(turn.paused_until or now, turn.next_request_at or now) <= now:
                    return turn
                self._give_back(turn)
                continue
            if turn > until:
                why = self._pauses.get(host)
                raise HostBusyError(
                    url,
                    f"{host} rests until {turn:%Y-%m-%d %H:%M:%S} UTC"
                    + (f", since {why}" if why else ""),
                    retry_at=turn,
                )
            wait_s = (turn - now).total_seconds()
            self._sleep(min(max(wait_s, _SHORTEST_SLEEP_S), _LONGEST_SLEEP_S))

    def _give_back(self, state: HostState) -> None:
        state = self._taught(state)
        if state.pause_reason is None:
            self._pauses.pop(state.host, None)
        else:
            self._pauses[state.host] = state.pause_reason
        self._ledger.give_back(state)

    def _teach(self, host: str, lesson: Lesson) -> None:
        self._lessons.setdefault(host, []).append(lesson)

    def _taught(self, state: HostState) -> HostState:
        for lesson in self._lessons.pop(state.host, ()):
            state = lesson(state)
        return state
