"""Asks a running server by clients of htsget, and compares what they get with the original files.

Usage: htsget_clients.py BIOSERDE [CORPUS]; prints a line for each check, and exits with 1 when one failed.
samtools and bcftools are asked by URL, the package htsget of PyPI by its functions and its program, igv.js and
HtsgetFile of @gmod/bam in node. The Rust client noodles-htsget is tested in tests/it/noodles_client.rs.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import htsget

from htsget_queries import Original, difference, header, queries, records
from htsget_site import KINDS, Server, fill
from htsget_tickets import check_refusals, check_tampering, joined

HERE = Path(__file__).resolve().parent
# How the server gives out its tickets: name of the policy, and lines of its configuration.
POLICIES = {"auto": "", "never inline": 'inline = "never"', "by blocks": 'mode = "block"'}
# Pieces of the smallest size, so that files of some MB are sent in many.
PIECES = {"small pieces": 'piece_bytes = "64 KiB"'}


class Report:
    """Counts checks, and prints each."""

    def __init__(self):
        self.passed = self.failed = 0

    def add(self, client, what, fault, detail=""):
        self.passed += fault is None
        self.failed += fault is not None
        said = f"{client}: {what}: {detail if fault is None else fault}"
        print("ok  " if fault is None else "FAIL", said, flush=True)

    def check(self, client, original, query, fetch):
        """Compares the lines that `fetch` gives with those of the original."""
        what = f"{original.served.name}: {query.what}"
        try:
            got = fetch()
        except Exception as error:  # Whatever a client says is a failed check, not the end of all.
            return self.add(client, what, f"{type(error).__name__}: {error}")
        fault = original.difference(query, got)
        return self.add(client, what, fault, f"{len(got)} lines")


def read(original, query, source):
    """What samtools or bcftools read from a file or URL."""
    return (header if query.is_header else records)(original.served, source)


def by_htslib(report, server, original, asked, policy):
    tool = "samtools" if original.served.endpoint == "reads" else "bcftools"
    for query in asked:
        # A GET request has one region.
        if len(query.regions) <= 1:
            url = query.url(server.base, original.served)
            report.check(f"{tool}, {policy}", original, query, lambda: read(original, query, url))


def by_joining(report, server, original, asked, policy, work):
    """Tickets by GET and POST, each part held to be whole blocks, and joined as the specification says."""
    target = work / f"joined{suffix(original)}"

    def fetch(query, method):
        target.write_bytes(joined(server.base, original.served, query, method))
        return read(original, query, target)

    for query in asked:
        # By GET samtools and bcftools ask under every policy.
        if policy == "auto" and len(query.regions) <= 1:
            report.check(f"GET, {policy}", original, query, lambda: fetch(query, "GET"))
        # In a POST request an empty region is an error.
        if all(region.start is None or region.start != region.end for region in query.regions):
            report.check(f"POST, {policy}", original, query, lambda: fetch(query, "POST"))


def by_python(report, server, original, asked, work):
    """The package htsget of PyPI."""
    target = work / f"python{suffix(original)}"
    served = original.served
    url = f"{server.base}/{served.endpoint}/{served.id}"

    def fetch(region):
        with target.open("wb") as output:
            place = {"reference_name": region.name, "start": region.start, "end": region.end} if region else {}
            htsget.get(url, output, data_format=served.format, max_retries=0, **place)
        return records(served, target)

    def command(region):
        place = ["--reference-name", region.name, "--start", str(region.start), "--end", str(region.end)]
        program = Path(sys.executable).with_name("htsget")
        subprocess.run([program, url, "--format", served.format, "--output", target, *place],
                       check=True, capture_output=True)
        return records(served, target)

    for query in asked:
        if len(query.regions) <= 1 and not query.is_header:
            report.check("PyPI htsget", original, query, lambda: fetch(next(iter(query.regions), None)))
    # The last of them have records.
    bounded = next((q for q in reversed(asked) if is_bounded(q)), None)
    if bounded:
        report.check("PyPI htsget, program", original, bounded, lambda: command(bounded.regions[0]))


def is_bounded(query):
    return len(query.regions) == 1 and None not in (query.regions[0].start, query.regions[0].end)


def by_node(report, server, original, asked, client, script, order=list):
    """A reader of JavaScript, which gives some fields of every record of a region, in an order or not."""
    served = original.served
    # Readers ask for regions of some length.
    chosen = [query for query in asked if is_bounded(query) and query.regions[0].start < query.regions[0].end]
    regions = [{"name": r.name, "start": r.start, "end": r.end} for q in chosen for r in q.regions]
    request = {"base": server.base, "endpoint": served.endpoint, "id": served.id, "regions": regions}
    done = subprocess.run(["node", HERE / "clients" / script], input=json.dumps(request).encode(),
                          capture_output=True, timeout=600)
    if done.returncode != 0:
        return report.add(client, served.name, done.stderr.decode(errors="replace").strip()[:900])
    found = json.loads(done.stdout)["found"]
    for query, got in zip(chosen, found, strict=True):
        expected = [fields(served, line) for line in original.expected(query)]
        fault = difference(order(expected), order(got))
        report.add(client, f"{served.name}: {query.what}", fault, f"{len(got)} records")
    return None


def fields(served, line):
    """What the scripts write of a record."""
    columns = line.split("\t", 5)
    if served.endpoint == "reads":
        return [columns[0], int(columns[1]), int(columns[3]) - 1]
    return [int(columns[1]) - 1, columns[3], columns[4]]


def suffix(original):
    return next(kind for kind in KINDS if original.served.path.name.endswith(kind))


def check_all(program, corpus, work):
    report = Report()
    data = work / "data"
    data.mkdir()
    originals = [Original(served) for served in fill(data, corpus)]
    asked = {original.served: queries(original, seed=1) for original in originals}
    for policy, lines in (POLICIES | PIECES).items():
        with Server(program, data, work, lines) as server:
            for original in originals:
                some = asked[original.served]
                by_htslib(report, server, original, some, policy)
                by_joining(report, server, original, some, policy, work)
                if policy == "auto" or original.served.format != "CRAM":
                    check_tampering(report, server, original.served, policy)
            if policy == "auto":
                by_clients(report, server, originals, asked, work)
                check_refusals(report, server, originals[0].served)
    return report


def by_clients(report, server, originals, asked, work):
    for original in originals:
        some = asked[original.served]
        by_python(report, server, original, some, work)
        if original.served.format == "BAM":
            by_node(report, server, original, some, "@gmod/bam", "gmod_bam.mjs")
        if original.served.format in ("BAM", "VCF"):
            by_node(report, server, original, some, "igv.js", "igv.mjs", sorted)


def main():
    corpus = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory() as work:
        report = check_all(Path(sys.argv[1]).resolve(), corpus, Path(work))
    print(f"{report.passed} passed, {report.failed} failed")
    return report.failed > 0


if __name__ == "__main__":
    sys.exit(main())
