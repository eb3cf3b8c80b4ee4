"""The public Python API, which notebooks and scorers rely on."""

import inspect
import json
from dataclasses import replace

import pytest

import scraper
from scraper import Article, Comparison, assess, compare, extract
from scraper.errors import ExtractError

URL = "https://www.example.gov/releases/bridge-opens"
STORY = b"""<html lang=en><head><title>Bridge Opens</title></head><body><main><article>
<h1>Bridge Opens</h1><p>Engineers opened a new vehicle bridge today, eleven months
after flooding carried the old one away, the garrison said in a statement.</p>
<p>The span, built for $175 million, replaces one of 1962.</p></article></main>"""


@pytest.mark.parametrize(
    ("function", "signature"),
    [
        (extract, "(body, *, url, content_type=None, captured_at=None, profile=None)"),
        (assess, "(body, *, url, requested_url=None, status=200, headers=None)"),
        (compare, "(before, after, *, noise=(), terms=())"),
    ],
)
def test_signatures_are_stable(function, signature: str) -> None:
    bare = inspect.signature(function)
    parameters = [
        each.replace(annotation=inspect.Parameter.empty)
        for each in bare.parameters.values()
    ]
    assert str(inspect.Signature(parameters)) == signature


def test_everything_promised_is_there() -> None:
    promised = {"Article", "Comparison", "assess", "compare", "extract"}
    assert promised <= set(scraper.__all__)
    assert all(hasattr(scraper, name) for name in scraper.__all__)


def test_an_article_gives_plain_values_under_the_names_of_its_attributes() -> None:
    article = extract(STORY, url=URL)
    assert isinstance(article, Article)
    plain = json.loads(json.dumps(article.as_dict()))
    assert set(plain) == {
        *("url", "kind", "title", "published", "updated", "published_text"),
        *("updated_text", "metadata_updated", "byline", "dateline", "blocks"),
        *("images", "related"),
        *("attachments", "listed", "notes", "article_id", "lang", "provenance", "text"),
    }
    assert plain["blocks"][0].keys() == {"kind", "text", "links"}
    assert plain["text"].splitlines() == [block["text"] for block in plain["blocks"]]


def test_a_comparison_gives_plain_values_under_the_names_of_its_attributes() -> None:
    before = extract(STORY, url=URL)
    after = extract(STORY.replace(b"$175", b"$157"), url=URL)
    comparison = compare(before, after)
    assert isinstance(comparison, Comparison)
    plain = json.loads(json.dumps(comparison.as_dict()))
    assert set(plain) == {
        *("edits", "fields", "disclosure", "silent", "significance", "reasons"),
        *("summary", "numbers", "words_added", "words_removed"),
    }
    assert plain["edits"][0].keys() == {"field", "op", "before", "after", "position"}
    assert plain["numbers"] == [["$175 million", "$157 million"]]


def test_nothing_a_reader_reads_is_no_comparison() -> None:
    article = extract(STORY, url=URL)
    assert compare(article, replace(article, provenance={"title": "another"})) is None


def test_extract_raises_extract_error_only() -> None:
    for body in (b"", b"<html></html>"):
        with pytest.raises(ExtractError):
            extract(body, url=URL)


def test_a_visible_text_is_read_as_text() -> None:
    text = b"Bridge Opens\n\nEngineers opened a new vehicle bridge today.\n"
    article = extract(text, url=URL, content_type="text/plain")
    assert article.title == "Bridge Opens"
    assert article.text == "Engineers opened a new vehicle bridge today."


def test_assess_tells_an_error_page_from_a_page() -> None:
    assert assess(STORY, url=URL).kind == "page"
    assert assess(STORY, url=URL, status=404).kind == "not_found"
    assert set(assess(STORY, url=URL).as_dict()) == {"kind", "reason", "evidence"}
