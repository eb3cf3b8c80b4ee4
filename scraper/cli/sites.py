"""`govwatch site`: the site files, tried on pages, drafted from them, tested."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from scraper import document, extraction, urls
from scraper.cli import screen
from scraper.cli.cases import find_cases
from scraper.cli.naming import NamedGroup
from scraper.cli.reading import PATIENCE, file_body, read_file, understand
from scraper.cli.session import Refusal, Session, pass_session, refusals, utc_now
from scraper.config import profile_for
from scraper.errors import ExtractError, UrlError
from scraper.extraction import suggest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scraper.cli.cases import Case
    from scraper.document import Document
    from scraper.model import Article, Layout, Profile, Reading

_SHOWN = (
    "kind", "title", "published", "published_text", "updated", "updated_text",
    "metadata_updated", "byline", "dateline", "article_id", "lang", "blocks", "images",
    "related", "attachments", "listed", "notes",
)  # fmt: skip
_PREVIEW = 3
_PAGES = Path("tests/pages")


@click.group(cls=NamedGroup)
def site() -> None:
    """Show, try, draft and test the files that describe sites."""


@site.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
@pass_session
def list_sites(session: Session, *, as_json: bool) -> None:
    """List the sites that files describe."""
    with refusals():
        sites = session.profiles.sites
        shared = session.profiles.generic.layouts
    if as_json:
        screen.print_json([_as_dict(profile, shared) for profile in sites])
        return
    screen.print_rows(
        ("site", "publisher", "family", "rules", "unseen", "watches", "hosts"),
        [
            (
                profile.site,
                profile.title,
                profile.family or "",
                *_rules(profile, shared),
                len(profile.watches),
                " ".join(host.name for host in profile.hosts),
            )
            for profile in sites
        ],
    )


@site.command("try")
@click.argument("page", metavar="URL|FILE")
@click.option("--url", help="Where FILE came from: says which site's rules read it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_session
def try_page(session: Session, page: str, url: str | None, *, as_json: bool) -> None:
    """Show each field of a page, which rule answered, what was removed."""
    with refusals():
        if _is_file(page):
            address = session.url(url) if url else ""
            reading = read_file(session, page, file_body(page), address or None)
        else:
            address, reading = _fetched(session, page)
        profile = profile_for(session.profiles, urls.host(address) if address else "")
    if as_json:
        screen.print_json(
            {
                "site": profile.site,
                "layout": reading.layout,
                "encoding": reading.encoding,
                "article": reading.article.as_dict(),
                "removed": [[gone.rule, gone.text] for gone in reading.removed],
            }
        )
        return
    _print_reading(profile, reading)


@site.command("new")
@click.argument("host")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@pass_session
def new_site(session: Session, host: str, files: tuple[str, ...]) -> None:
    """Print the draft of a site file for HOST, made from saved pages.

    Give pages of one kind, two or more. Put the draft into sites/NAME.toml beside
    your settings and see with `site try` what it does.
    """
    with refusals():
        address = session.url(host)
        known = profile_for(session.profiles, urls.host(address))
        if known is not session.profiles.generic:
            screen.say(
                f"note: {urls.host(address)} is already described as {known.site}"
            )
        samples: list[tuple[Document, Article]] = []
        layouts: set[str | None] = set()
        for file in files:
            opened = document.parse(
                file_body(file), url=address, content_type="text/html"
            )
            with _naming(file):
                reading = extraction.read(opened, profile=session.profiles.generic)
            samples.append((opened, reading.article))
            layouts.add(reading.layout)
    family = _family(session, layouts)
    click.echo(_draft(urls.host(address), suggest(samples), family, len(files)))


@site.command("test")
@click.argument("names", nargs=-1, metavar="[SITE...]")
@click.option(
    "--pages",
    "folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder of fixtures; tests/pages, else sites/pages beside your settings.",
)
@click.option("--accept", is_flag=True, help="Put what is read now on file as right.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
@pass_session
def test_sites(
    session: Session,
    names: tuple[str, ...],
    folder: Path | None,
    *,
    accept: bool,
    as_json: bool,
) -> None:
    """Read the fixtures of sites and compare with what is on file."""
    with refusals():
        folder = folder or (_PAGES if _PAGES.is_dir() else session.own_sites / "pages")
        cases = [one for one in find_cases(folder) if not names or one.site in names]
        missing = set(names) - {case.site for case in cases}
        if missing or not cases:
            wanted = ", ".join(sorted(missing)) or "any site"
            msg = f"no fixtures of {wanted} in {folder}"
            raise click.UsageError(msg)
        found = [_outcome(session, case, accept=accept) for case in cases]
    wrong = sum(bool(one["differs"]) for one in found)
    if as_json:
        screen.print_json(found)
    else:
        for one in found:
            _print_outcome(one)
        said = "accepted" if accept else f"{wrong} not as on file"
        screen.say(f"{len(found)} fixtures, {said}")
    if wrong:
        sys.exit(1)


# ---- one page


def _is_file(page: str) -> bool:
    return page == "-" or ("://" not in page and Path(page).is_file())


def _fetched(session: Session, page: str) -> tuple[str, Reading]:
    try:
        address = session.url(page)
    except (UrlError, Refusal) as exc:
        if "://" in page:
            raise
        raise Refusal(f"{page!r} is neither a file nor an address of a page") from exc
    with session.fetcher() as fetcher:
        capture = fetcher.fetch(address, patience=PATIENCE)
    assessed, reading = understand(session, capture)
    if reading is None:
        raise ExtractError(f"{capture.url}: {assessed.kind}: {assessed.reason}")
    return capture.url, reading


def _print_reading(profile: Profile, reading: Reading) -> None:
    out = screen.console()
    layout = next((one for one in profile.layouts if one.name == reading.layout), None)
    out.print(
        Text.assemble(
            (profile.site, "bold"),
            f" ({screen.plain(profile.title)}), layout ",
            (reading.layout or "none: generic rules", "bold"),
            f", {reading.encoding}",
        )
    )
    for name in _SHOWN:
        lines = _lines(getattr(reading.article, name))
        if not lines:
            continue
        rule = _rule(reading.article.provenance.get(name), layout)
        out.print(Text.assemble((f"\n{name}", "bold"), rule))
        for line in lines:
            out.print(Text(f"  {screen.plain(line)}"))
    if reading.removed:
        out.print(Text.assemble("\n", ("removed", "bold red")))
        for gone in reading.removed:
            rule = _rule(gone.rule.removeprefix("layout: "), layout)
            out.print(Text.assemble((f"  {screen.plain(gone.text)[:70]}", "dim"), rule))


def _rule(rule: str | None, layout: Layout | None) -> Text:
    """Return the rule that answered, coloured by how far it is to be trusted."""
    if rule is None:
        return Text()
    if layout is None or not _is_of(layout, rule):
        return Text(f"  <- {screen.plain(rule)}", style="cyan")
    if rule in layout.unverified:
        return Text(f"  <- {rule} (unverified)", style="yellow")
    return Text(f"  <- {rule} (seen)", style="green")


def _is_of(layout: Layout, rule: str) -> bool:
    return rule in layout.remove or any(rule in one for one in layout.fields.values())


def _lines(value: object) -> list[str]:
    """Return a field's value as a few lines."""
    if not isinstance(value, tuple):
        return [str(value)] if value else []
    shown = [_line(one) for one in value[:_PREVIEW]]
    if len(value) > _PREVIEW:
        shown.append(f"... {len(value)} in all")
    return shown


def _line(value: object) -> str:
    if isinstance(value, str):
        return value
    parts = [
        getattr(value, name, None)
        for name in (
            "published",
            "kind",
            "text",
            "title",
            "caption",
            "alt",
            "url",
            "src",
        )
    ]
    return "  ".join(str(part) for part in parts if part) or str(value)


# ---- a draft


@contextmanager
def _naming(file: str) -> Iterator[None]:
    try:
        yield
    except ExtractError as exc:
        raise ExtractError(f"{file}: {exc}") from exc


def _family(session: Session, layouts: set[str | None]) -> str | None:
    """Return the narrowest family whose layouts read all samples."""
    fitting = [
        (len(own), name)
        for name, own in session.profiles.families.items()
        if layouts <= {layout.name for layout in own}
    ]
    return min(fitting)[1] if fitting else None


def _draft(host: str, draft: extraction.Draft, family: str | None, samples: int) -> str:
    today = utc_now().date().isoformat()
    lines = [f"title = {_quoted(draft.title or host)}"]
    if family is not None:
        lines.append(f"family = {_quoted(family)}")
    lines += ["", "[[host]]", f"name = {_quoted(host)}"]
    if draft.fields:
        known_by = draft.fields.get("body") or next(iter(draft.fields.values()))
        lines += ["", "[[layout]]", 'name = "article"', ""]
        lines += [f"[layout.seen] # {today}, {samples} saved pages"]
        lines += [f"detect = [{_quoted(known_by)}]"]
        lines += [f"{name} = [{_quoted(one)}]" for name, one in draft.fields.items()]
    else:
        lines += [
            "",
            "# The pages share no names for their parts: generic rules it is.",
        ]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    """Return a TOML basic string; JSON's escapes are among TOML's."""
    return json.dumps(screen.plain(text), ensure_ascii=False)


# ---- fixtures


def _outcome(session: Session, case: Case, *, accept: bool) -> dict[str, object]:
    with _naming(str(case.folder)):
        found = case.read(session.profiles)
    if accept:
        case.accept(found)
    differ = case.differences(found)
    said = [
        f"{name}: {_short(old)} -> {_short(new)}" for name, old, new in differ or ()
    ]
    if differ is None:
        said = ["no article.json yet: see --accept"]
    return {"case": case.name, "differs": said}


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:200]}..."


def _print_outcome(one: dict[str, object]) -> None:
    differs = one["differs"]
    lines: Sequence[str] = differs if isinstance(differs, list) else []
    mark = Text("differs ", style="red") if lines else Text("fine    ", style="green")
    out = screen.console()
    out.print(mark + Text(str(one["case"])))
    for line in lines:
        out.print(Text(f"        {screen.plain(line)}"))


def _rules(profile: Profile, shared: Sequence[Layout]) -> tuple[int, int]:
    """Return how many rules the site's own file adds, and how many nobody has seen."""
    inherited = {selector for layout in shared for selector in layout.remove}
    own = [layout for layout in profile.layouts if layout not in shared]
    rules = [
        selector
        for layout in own
        for found in (layout.detect, layout.remove, *layout.fields.values())
        for selector in found
        if selector not in inherited
    ]
    unseen = {selector for layout in own for selector in layout.unverified}
    return len(rules), sum(selector in unseen for selector in rules)


def _as_dict(profile: Profile, shared: Sequence[Layout]) -> dict[str, object]:
    rules, unseen = _rules(profile, shared)
    return {
        "site": profile.site,
        "title": profile.title,
        "family": profile.family,
        "hosts": [
            {
                "name": host.name,
                "since": host.since and host.since.isoformat(),
                "until": host.until and host.until.isoformat(),
            }
            for host in profile.hosts
        ],
        "layouts": [layout.name for layout in profile.layouts],
        "rules": rules,
        "unseen": unseen,
        "watches": [
            {"url": watch.url, "kind": str(watch.kind)} for watch in profile.watches
        ],
        "notes": list(profile.notes),
    }
