"""Tickets as the specification has them: joined, held against its rules, and refused when they are changed."""

import base64
import json
import urllib.error
import urllib.request
import zlib
from urllib.parse import urlsplit

from htsget_queries import Query, Region

TIMEOUT = 120


def reply(url, method="GET", body=None, headers=None):
    """Status, header fields and body, whatever the status."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as got:
            return got.status, got.headers, got.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def ticket(base, served, query, method="GET"):
    if method == "GET":
        status, headers, body = reply(query.url(base, served))
    else:
        status, headers, body = reply(f"{base}/{served.endpoint}/{served.id}", "POST", query.body(served))
    if status != 200:
        raise RuntimeError(f"{status}: {body.decode()}")
    must(headers["content-type"] == "application/vnd.ga4gh.htsget.v1.3.0+json; charset=utf-8", "content type")
    must("content-encoding" not in headers, "a content coding")
    parsed = json.loads(body)
    must(list(parsed) == ["htsget"] and parsed["htsget"]["format"] == served.format, "shape of the ticket")
    return parsed["htsget"]["urls"]


def joined(base, served, query, method):
    """The bytes that a ticket leads to."""
    urls = ticket(base, served, query, method)
    must(len({"class" in url for url in urls}) == 1, "some URLs have a class")
    parts = [part(url) for url in urls]
    if served.format != "CRAM":
        for bytes_ in parts:
            blocks(bytes_)
    return b"".join(parts)


def part(url):
    if url["url"].startswith("data:"):
        return base64.b64decode(url["url"].split(";base64,", 1)[1], validate=True)
    status, headers, body = reply(url["url"], headers=url["headers"])
    must(status == 200, f"{status} for a part: {body[:300]!r}")
    must(int(headers["content-length"]) == len(body), "length of a part")
    return body


def blocks(part):
    """Holds that a part is whole BGZF blocks (SAMv1 §4.1)."""
    at = 0
    while at < len(part):
        must(part[at : at + 4] == b"\x1f\x8b\x08\x04", f"no block at {at} of a part of {len(part)} bytes")
        end = at + int.from_bytes(part[at + 16 : at + 18], "little") + 1
        must(end <= len(part), f"the block at {at} of a part of {len(part)} bytes ends at {end}")
        # Checks CRC-32 and length as well.
        inflater = zlib.decompressobj(31)
        inflater.decompress(part[at:end])
        must(inflater.eof and not inflater.unused_data, f"the block at {at} is not whole")
        at = end


def must(holds, what):
    if not holds:
        raise RuntimeError(what)


def changed(url):
    """The URL with another character in each place of its path and query in turn."""
    start = url.index(urlsplit(url).path) + 1
    for at in range(start, len(url)):
        for other in ("B" if url[at] == "A" else "A", chr(ord(url[at]) ^ 1)):
            # A fragment is not sent.
            if other.isalnum() and other != url[at]:
                yield at - start, url[:at] + other + url[at + 1 :]


def check_tampering(report, server, served, policy):
    """No URL of a ticket gives data when one of its characters is another."""
    urls = [url["url"] for url in ticket(server.base, served, Query("everything"))]
    url = next((url for url in urls if url.startswith("http")), None)
    if url is None:
        return
    taken = []
    for at, other in changed(url):
        status, _, body = reply(other)
        if not 400 <= status < 500 or "htsget" not in json.loads(body):
            taken.append(f"{status} with another character at {at}")
    what = f"{served.name}: every character of {len(url)}"
    report.add(f"changed URL, {policy}", what, "; ".join(taken) or None, "refused")


def check_refusals(report, server, served):
    """The errors of the specification, as htsget JSON."""
    base = f"{server.base}/{served.endpoint}"
    cases = [
        ("unknown id", "/none", 404, "NotFound"),
        ("unknown reference", f"/{served.id}?referenceName=none&format={served.format}", 404, "NotFound"),
        ("unknown format", f"/{served.id}?format=X", 400, "UnsupportedFormat"),
        ("start above end", f"/{served.id}?referenceName=chr1&start=9&end=8&format={served.format}", 400,
         "InvalidRange"),
        ("start without a reference", f"/{served.id}?start=9&format={served.format}", 400, "InvalidInput"),
    ]
    for what, path, status, name in cases:
        got, _, body = reply(base + path)
        error = json.loads(body).get("htsget", {}).get("error")
        fault = None if (got, error) == (status, name) else f"{got} {error} instead of {status} {name}"
        report.add("refusal", what, fault, f"{status} {name}")
    empty = Query("an empty region", (Region("chr1", 5, 5),))
    got, _, body = reply(f"{base}/{served.id}", "POST", empty.body(served))
    fault = None if (got, "InvalidRange" in body.decode()) == (400, True) else f"{got} {body.decode()}"
    report.add("refusal", "an empty region by POST", fault, "400 InvalidRange")
