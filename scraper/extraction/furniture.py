"""The site's own text on a page: every line that is not the article's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scraper.extraction.excess import is_excessive
from scraper.extraction.prune import drop_not_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scraper.document import Document
    from scraper.model import Article


def furniture(document: Document, article: Article) -> tuple[str, ...]:
    """Return the distinct lines of text outside `article`, in the page's order.

    A line is what stands in one piece between tags. Of a paragraph with links or bold
    words in it the pieces are among them: whoever compares two pages' furniture must
    leave out what is part of their articles. Empty for plain text and for pages too
    large or too deep to be parsed twice.
    """
    if document.is_plain_text or is_excessive(document):
        return ()
    tree = document.own_tree()
    drop_not_text(tree)
    if tree.body is None:
        return ()
    of_article = set(_lines(article))
    lines = dict.fromkeys(
        line
        for text in tree.body.text(separator="\n").split("\n")
        if (line := " ".join(text.split())) and line not in of_article
    )
    return tuple(lines)


def _lines(article: Article) -> Iterator[str]:
    """Yield the pieces of an article as they would stand on a line of their own."""
    for text in (
        article.title,
        article.byline,
        article.published_text,
        article.updated_text,
        *(block.text for block in article.blocks),
        *(link.title for block in article.blocks for link in block.links),
        *(text for image in article.images for text in (image.caption, image.credit)),
        *(
            link.title
            for links in (article.related, article.attachments, article.listed)
            for link in links
        ),
    ):
        if text:
            yield from (" ".join(line.split()) for line in text.split("\n"))
