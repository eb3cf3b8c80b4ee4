"""Posting to receivers: the same guard as for pages; errors hide the address."""

import pytest

from scraper.errors import FetchError, RefusedError
from scraper.fetch import Poster
from scraper.model import FetchPolicy

HOOK = "hooks.example.gov"
SECRET = f"https://{HOOK}/in/s3cret"
HEADERS = {"content-type": "application/json"}


@pytest.fixture
def post(site):
    opened = []

    def made(policy=None, url=SECRET, **how):
        opened.append(Poster(policy or site.policy(HOOK), **how))
        opened[-1].post(url, content=b'{"a": 1}', headers=HEADERS)

    yield made
    for poster in opened:
        poster.close()


def test_what_is_posted_arrives(site, answer, post) -> None:
    site.routes["/in/s3cret"] = answer(status="202 Accepted")
    post()
    (request,) = site.log
    assert request.headers["content-type"] == "application/json"
    assert request.headers["content-length"] == "8"
    assert request.headers["user-agent"].startswith("govwatch/")


@pytest.mark.parametrize(
    "status", ["302 Found", "400 No", "404 No", "500 No", "503 Later"]
)
def test_only_acceptance_counts_and_the_error_names_the_host_alone(
    site, answer, post, status
) -> None:
    elsewhere = f"Location: https://{HOOK}/elsewhere"
    site.routes["/in/s3cret"] = answer(status=status, headers=(elsewhere,))
    site.routes["/elsewhere"] = answer()
    with pytest.raises(FetchError, match=status[:3]) as caught:
        post()
    assert site.paths == ["/in/s3cret"]
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("inner", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1"])
def test_a_receiver_inside_is_refused_by_default(post, inner) -> None:
    policy = FetchPolicy(timeout_s=3.0)
    with pytest.raises(RefusedError, match="only public") as caught:
        post(policy, resolve=lambda _: (inner,))
    assert "s3cret" not in str(caught.value)


def test_a_receiver_inside_is_reached_when_it_is_ours(post) -> None:
    # Port 443 of this machine is closed: that it was tried is what is shown.
    policy = FetchPolicy(timeout_s=3.0)
    inside = {"internal": (SECRET,), "resolve": lambda _: ("127.0.0.1",)}
    with pytest.raises(FetchError, match="no connection") as caught:
        post(policy, **inside)
    assert "only public" not in str(caught.value)
    with pytest.raises(RefusedError, match="only public"):
        post(policy, url="https://other.example.gov/in", **inside)


@pytest.mark.parametrize(
    "url",
    [
        f"http://{HOOK}/in/s3cret",
        f"https://user:s3cret@{HOOK}/in",
        f"https://{HOOK}:8443/s3cret",
        "https://127.0.0.1/s3cret",
        "https://[::1]/s3cret",
        "file:///s3cret",
        "s3cret",
        "https://[s3cret",
    ],
)
def test_what_is_no_plain_https_address_of_a_host_is_refused(post, url) -> None:
    with pytest.raises(RefusedError) as caught:
        post(url=url)
    assert "s3cret" not in str(caught.value)


def test_a_receiver_that_cannot_be_reached_is_not_told_by_its_address(post) -> None:
    policy = FetchPolicy(timeout_s=3.0, connect_to={f"{HOOK}:443": "127.0.0.1:1"})
    with pytest.raises(FetchError, match="no connection") as caught:
        post(policy)
    assert "s3cret" not in str(caught.value)
