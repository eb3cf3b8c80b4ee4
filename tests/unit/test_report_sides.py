from scraper.comparison import compare, settle
from scraper.model import Article, Block, Image
from scraper.report import field_sides, text_sides
from tests.recorded import story


def sides(before: Article, after: Article):
    comparison = compare(before, after)
    assert comparison is not None
    return text_sides(comparison, settle(before), settle(after))


def plain(pieces) -> str:
    return "".join(piece.text for piece in pieces)


def figures(pieces) -> list[str]:
    return [piece.text for piece in pieces if piece.is_figure]


OLD = "The span, built for $175 million, serves three towns and a garrison."
NEW = "The span, built for $157 million, serves three towns and a garrison."


def test_both_sides_read_as_their_texts_and_mark_the_figure():
    (one,) = sides(story(OLD), story(NEW))
    assert one.kind == "changed"
    assert (plain(one.before), plain(one.after)) == (OLD, NEW)
    assert figures(one.before) == ["175"]
    assert figures(one.after) == ["157"]


def test_the_inline_view_has_the_old_word_before_the_new_one():
    (one,) = sides(story(OLD), story(NEW))
    styles = [piece.style for piece in one.inline if piece.style]
    assert styles == ["removed", "added"]
    assert "$175157 million" in plain(one.inline)


def test_a_figure_that_did_not_change_is_not_marked():
    (one,) = sides(
        story("In 1962 the first bridge opened at a cost of $5 million."),
        story("In 1962 the first bridge opened at a cost of $6 million."),
    )
    assert figures(one.before) == ["5"]
    assert "1962" not in figures(one.before)


def test_unchanged_text_is_folded_and_still_there():
    same = [f"Paragraph number {n} says the same as it ever did." for n in range(6)]
    folded, near, changed = sides(story(*same, OLD), story(*same, NEW))
    assert isinstance(folded, tuple)
    assert [plain(one.inline) for one in folded] == same[:5]
    assert near.kind == "same"
    assert changed.kind == "changed"


def test_added_and_removed_blocks_have_one_side():
    added, _ = sides(story(OLD), story("A wholly new opening was written.", OLD))
    assert added.kind == "added"
    assert (added.before, plain(added.after)) == (
        (),
        "A wholly new opening was written.",
    )


def test_captions_are_fields_of_their_own():
    picture = Image(src="https://www.example.gov/a.jpg", caption="A bridge in May.")
    other = Image(src="https://www.example.gov/a.jpg", caption="A bridge in June.")
    comparison = compare(story(OLD, images=(picture,)), story(OLD, images=(other,)))
    assert comparison is not None
    (field,) = field_sides(comparison)
    assert field.label == "caption"
    assert [p.text for p in field.sides[0].before if p.style == "removed"] == ["May"]
    assert text_sides(comparison, story(OLD), story(OLD)) == []


def test_what_would_act_is_replaced():
    (one,) = sides(
        Article(url="https://a.gov/", blocks=(Block("paragraph", "One is here."),)),
        Article(
            url="https://a.gov/", blocks=(Block("paragraph", "One \u202eis\x00 not."),)
        ),
    )
    assert not {"\u202e", "\x00"} & set(plain(one.after))
