"""When two addresses on a page lead to the same thing.

Only for comparing what pages link to and show; what may be fetched is for `urls`.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin

_ARCHIVED = re.compile(
    r"^https?://web\.archive\.org/web/\d{4,14}[a-z_]*/(?=https?:)", re.IGNORECASE
)
_SESSION = re.compile(
    r";(?:jsessionid|phpsessid|cfid|cftoken)=[^/?#;]*|/\([saf]\([^)/]*\)\)"
    # What a WebSphere portal remembers of a visit.
    r"|/!ut/p/[^?#]*",
    re.IGNORECASE,
)
_TRACKING = re.compile(
    r"(?:utm_\w+|(?:gcl|fbcl|msclk|dcl|twcl|ttcl|yclid|wbra|gbra|gad_source)\w*"
    r"|mc_[ce]id|_g[al]|_hs\w+|igshid|s_cid|cmpid|icid|ns_campaign|source_id"
    r"|mkt_tok|elq\w+|trk|phpsessid|jsessionid|aspsessionid\w*|session_?id|cfid"
    r"|cftoken|form_build_id|\w*token|\w*csrf|(?:p_)?p_auth|nonce|cdv|ver|cb|no_?cache"
    r"|cachebuster|_|ts|timestamp|mtime|itok|rand|rnd|random|from_?email|destination"
    # Signed addresses, good for an hour: Amazon S3 and CloudFront, Google, Azure
    r"|returnurl|x-(?:amz|goog|ms)-[\w-]+|awsaccesskeyid|key-pair-id|signature|expires"
    r"|sig)=.*"
    # A Unix time in seconds or milliseconds, a signature's dates, the mail it was in.
    r"|(?:t|v|d|r)=1\d{9}(?:\d{3})?"
    # So are milliseconds by any name that means neither a thing nor a chosen day.
    r"|(?!\w*(?:id|date|day|start|end|from|to|month|year|time)=)\w+=1[4-9]\d{11}"
    r"|s[et]=\d{4}-\d\d-.*|source=(?:govdelivery|email)"
    # A session's name is long: "sid=45" is a story.
    r"|sid=[\w-]{16,}",
    re.IGNORECASE | re.DOTALL,
)
"""Parameters, `name=value`, that do not say which page is meant."""
_RESIZING = re.compile(
    r"(?:w|h|width|height|maxwidth|maxheight|size|resize|fit|crop|quality|q|scale|dpr"
    r"|format|auto|zoom|ssl|strip|anchor|mode|rmode|version|rev|hash|modified)=.*"
    # "s=96" is a size and "v=3f9a" a version; "s=CA" a state and "t=deaths" a chart.
    r"|[stv]=(?=\D*\d)[\w.-]*",
    re.IGNORECASE | re.DOTALL,
)
_FILE = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|csv|zip|rtf|txt)$", re.IGNORECASE)
_ROUTE = re.compile(r"#!?/.|#!.")
"""The page is chosen in the browser: regulations.gov/#!documentDetail;D=EPA-1."""
_PICTURE_SIZES = (
    (re.compile(r"(?<=\.(?:jpg|png|gif))\.webp$|(?<=\.jpeg)\.webp$"), ""),
    # WordPress: photo-1024x768.jpg, photo-scaled.jpg, and its servers i0 to i3
    (re.compile(r"-(?:\d{2,4}x\d{2,4}(?:-c-\w+)?|scaled)(?=\.\w{3,4}$)"), ""),
    (re.compile(r"^//i[0-3]\.wp\.com/"), "//"),
    (re.compile(r"@[1-4]x(?=\.\w{3,4}$)"), ""),
    # Drupal image styles, with the derivative's own extension: /styles/large/public/
    (re.compile(r"/styles/[^/]+/(?:public|private|s3)/"), "/"),
    # Adobe Experience Manager: renditions, and when the page was last published
    (re.compile(r"/_jcr_content/renditions/[^/]+$"), ""),
    (re.compile(r"\.coreimg(?:\.\d+){0,2}\.\w{3,4}/\d{13}/"), "/"),
    # The contents' hash in a built site: logo.3f9a1c2b.png, /static/3f9a.../ee604/
    (
        re.compile(
            r"(?<=[A-Za-z])(?<!-[0-9a-f]{4})[.-](?=[a-f]*\d)(?=\d*[a-f])"
            # No day: photo-20250303a.jpg
            r"(?!(?:19|20)\d\d[01]\d[0-3]\d)[0-9a-f]{8,64}"
            r"(?=\.\w{3,4}$)"
        ),
        "",
    ),
    (re.compile(r"/static/[0-9a-f]{32}/(?:[0-9a-f]{5}/)?"), "/static/"),
    # AFPIMS media servers: /2003370087/1200/800/0/240104-F-XX123-1001.JPG
    (re.compile(r"(/\d{10})/-?\d+/-?\d+/\d+/"), r"\1/"),
)
_PLAIN = re.compile(
    r"https?://[\w.-]+(?:/[\w/.~%?&=+,;:@!$'()*-]*)?(?:#\S*)?", re.ASCII
)
_PARTS = re.compile(
    r"https?://([^/?#]*)([^?#]*)(?:\?([^#]*))?(#.*)?", re.IGNORECASE | re.DOTALL
)
_PLAIN_QUERY = re.compile(r"[\w.~&=+-]*", re.ASCII)
_HOST_AFFIXES = re.compile(r"^www\.|:(?:80|443)$")
_PROGRAMS = (".html", ".htm", ".aspx", ".asp", ".php", ".jsp", ".cfm")
_INDEX = re.compile(r"/(?:index|default)\.\w+$", re.IGNORECASE)


def absolute(url: str, base: str) -> str:
    """Return `url` as an absolute address that is one word; garbage as it is."""
    if _PLAIN.fullmatch(url):
        return url
    try:
        joined = urljoin(base, url.strip())
    except ValueError:
        joined = url.strip()
    return quote(joined, safe="!#$%&'()*+,/:;=?@[]~")


def target(url: str) -> str:
    """Return what a link leads to, however it is spelled.

    Scheme, "www.", fragment, tracking, session and cache parameters, signatures, the
    name of an index page, a trailing slash and an archive's prefix make no difference.
    A file under another `ver` was replaced (DotNetNuke, so AFPIMS), and a fragment
    that is a route of its own, `#!` or `#/`, chooses the page.
    """
    return _told_apart(url, _TRACKING)


def picture(src: str) -> str:
    """Return which picture an address shows, at any size."""
    if src.startswith("data:"):
        return src
    plain = _told_apart(src, _TRACKING, _RESIZING)
    path, mark, query = plain.partition("?")
    for pattern, instead in _PICTURE_SIZES:
        path = pattern.sub(instead, path)
    # A bare word after the question mark is a cache's, not a picture's.
    named = [pair for pair in query.split("&") if not pair.endswith("=")]
    return path + mark + "&".join(named) if any(named) else path


def _told_apart(url: str, *dropped: re.Pattern[str]) -> str:
    if "web.archive.org/" in url:
        url = _ARCHIVED.sub("", url)
    parts = _PARTS.fullmatch(_SESSION.sub("", url))
    if parts is None:
        return unquote(url).casefold() if url[:7].lower() == "mailto:" else url
    host = _HOST_AFFIXES.sub("", parts[1].casefold())
    path = parts[2].rstrip("/")
    if path.endswith(_PROGRAMS):
        path = _INDEX.sub("", path)
    if "%" in path:
        path = quote(unquote(path), safe="/!$&'()*+,;=:@~")
    route = parts[4] if parts[4] and _ROUTE.match(parts[4]) else ""
    if not parts[3]:
        return f"//{host}{path}{route}"
    is_file = _FILE.search(path) is not None
    kept = [
        pair
        for pair in _pairs(parts[3])
        if not any(pattern.fullmatch(pair) for pattern in dropped)
        or (is_file and pair.startswith("ver="))
    ]
    query = f"?{'&'.join(kept)}" if kept else ""
    return f"//{host}{path}{query}{route}"


def _pairs(query: str) -> list[str]:
    """Return the parameters of a query, each `name=value`, spelled in one way."""
    if _PLAIN_QUERY.fullmatch(query):
        return [
            pair if "=" in pair else f"{pair}=" for pair in query.split("&") if pair
        ]
    return [urlencode([pair]) for pair in parse_qsl(query, keep_blank_values=True)]
