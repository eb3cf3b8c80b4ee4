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
    r";(?:jsessionid|phpsessid|cfid|cftoken)=[^/?#;]*|/\([saf]\([^)/]*\)\)",
    re.IGNORECASE,
)
_TRACKING = re.compile(
    r"utm_\w+|(?:gcl|fbcl|msclk|dcl|twcl|ttcl|yclid|wbra|gbra|gad_source)\w*"
    r"|mc_[ce]id|_g[al]|_hs\w+|igshid|s_cid|cmpid|icid|ns_campaign|source_id"
    r"|phpsessid|jsessionid|sid|sessionid|cfid|cftoken|form_build_id|form_token|token"
    r"|nonce|cdv|ver|cb|cachebuster|_|ts|timestamp|itok|rand|from_?email"
    r"|source=(?:govdelivery|email)|destination|returnurl",
    re.IGNORECASE,
)
_RESIZING = re.compile(
    r"w|h|width|height|maxwidth|maxheight|size|resize|fit|crop|quality|q|scale|dpr"
    r"|format|auto|zoom|ssl|strip|anchor|mode|rmode|s",
    re.IGNORECASE,
)
_PICTURE_SIZES = (
    # WordPress: photo-1024x768.jpg, photo-scaled.jpg
    (re.compile(r"-(?:\d{2,4}x\d{2,4}|scaled)(?=\.\w{3,4}$)"), ""),
    # Drupal image styles, with the derivative's own extension: /styles/large/public/
    (re.compile(r"/styles/[^/]+/(?:public|private|s3)/"), "/"),
    (re.compile(r"(?<=\.(?:jpg|png|gif))\.webp$|(?<=\.jpeg)\.webp$"), ""),
    # AFPIMS media servers: /2003370087/1200/800/0/240104-F-XX123-1001.JPG
    (re.compile(r"(/\d{10})/-?\d+/-?\d+/\d+/"), r"\1/"),
)
_PLAIN = re.compile(
    r"https?://[\w.-]+(?:/[\w/.~%?&=+,;:@!$'()*-]*)?(?:#\S*)?", re.ASCII
)
_PARTS = re.compile(r"https?://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.IGNORECASE)
_DEFAULT_PORT = re.compile(r":(?:80|443)$")


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

    Scheme, fragment, tracking, session and cache parameters, a trailing slash and an
    archive's prefix make no difference.
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
    host = _DEFAULT_PORT.sub("", parts[1].casefold())
    path = parts[2].rstrip("/")
    if "%" in path:
        path = quote(unquote(path), safe="/!$&'()*+,;=:@~")
    if not parts[3]:
        return f"//{host}{path}"
    kept = [
        (name, value)
        for name, value in parse_qsl(parts[3], keep_blank_values=True)
        if not any(pattern.fullmatch(name) for pattern in dropped)
    ]
    query = urlencode(kept)
    return f"//{host}{path}?{query}" if query else f"//{host}{path}"
