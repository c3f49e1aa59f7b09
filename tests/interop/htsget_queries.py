"""Queries, and by samtools and bcftools on the original file what they have to give."""

import random
import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from htsget_site import run

# The most bases that SAM and VCF can count.
LAST = 2**31 - 2
# Sequences of CRAM files cannot be had without their references.
WITHOUT_SEQUENCE = "required_fields=0x1ff"
SPANNING = re.compile(r"(\d+)[MDN=X]")


@dataclass(frozen=True)
class Region:
    """Bases `[start, end)` from 0; nothing for an open side."""

    name: str
    start: int | None = None
    end: int | None = None

    def __str__(self):
        if self.start is None and self.end is None:
            return self.name
        return f"{self.name}:{'' if self.start is None else self.start}-{'' if self.end is None else self.end}"

    def parameters(self):
        pairs = {"referenceName": self.name, "start": self.start, "end": self.end}
        return {key: value for key, value in pairs.items() if value is not None}


@dataclass(frozen=True)
class Query:
    """Everything without regions."""

    what: str
    regions: tuple[Region, ...] = ()
    is_header: bool = False

    def url(self, base, served, **more):
        """The URL of a GET request."""
        parameters = {"format": served.format, **more}
        if self.is_header:
            parameters["class"] = "header"
        for region in self.regions:
            parameters |= region.parameters()
        return f"{base}/{served.endpoint}/{served.id}?{urlencode(parameters)}"

    def body(self, served):
        """The body of a POST request."""
        body = {"format": served.format}
        if self.is_header:
            body["class"] = "header"
        if self.regions:
            body["regions"] = [region.parameters() for region in self.regions]
        return body


def header(served, source):
    if served.endpoint == "reads":
        return run("samtools", "view", "--header-only", "--no-PG", source)
    return run("bcftools", "view", "--header-only", "--no-version", source)


def records(served, source, *args):
    """The lines of a file or URL without its header."""
    if served.format == "CRAM":
        return run("samtools", "view", "--input-fmt-option", WITHOUT_SEQUENCE, source, *args)
    if served.format == "BAM":
        return run("samtools", "view", source, *args)
    return run("bcftools", "view", "--no-header", source, *args)


class Original:
    """A file as samtools or bcftools reads it."""

    def __init__(self, served):
        self.served = served
        self.all = records(served, served.path)
        self.known = {}

    def expected(self, query):
        if query not in self.known:
            self.known[query] = self.ask(query)
        return self.known[query]

    def ask(self, query):
        if query.is_header:
            return header(self.served, self.served.path)
        if not query.regions:
            return self.all
        if query.regions == (Region("*"),):
            return records(self.served, self.served.path, "*")
        regions = [r for r in query.regions if r.start is None or r.start != r.end]
        if not regions:
            return []
        with TemporaryDirectory() as folder:
            bed = Path(folder) / "regions.bed"
            bed.write_text("".join(f"{r.name}\t{r.start or 0}\t{r.end or LAST}\n" for r in regions))
            if self.served.endpoint == "reads":
                return records(self.served, self.served.path, "-M", "-L", bed)
            # Read from first to last: with an index a record of two regions may come twice.
            return records(self.served, self.served.path, "--targets-file", bed, "--targets-overlap", "1")

    def difference(self, query, got):
        """What is wrong with the lines that a client got; nothing when they are right."""
        expected = self.expected(query)
        if self.served.format == "CRAM" and query.regions:
            # Whole containers are sent: more than was asked for, but in order and of the file.
            if not is_part(got, self.all):
                return f"{len(got)} records that are not those of the file in order"
            got = [line for line in got if any(overlaps(line, region) for region in query.regions)]
        return difference(expected, got)

    def places(self):
        """Name, first and last base, from 0, of every record that has a place."""
        for line in self.all:
            fields = line.split("\t", 8)
            name, start = (fields[2], fields[3]) if self.served.endpoint == "reads" else fields[:2]
            if int(start) > 0:
                yield name, int(start) - 1


def is_part(some, every):
    rest = iter(every)
    return all(line in rest for line in some)


def overlaps(line, region):
    fields = line.split("\t", 6)
    if region.name == "*" or fields[2] != region.name:
        return fields[2] == region.name
    start = int(fields[3]) - 1
    # A read without bases on the reference counts as one.
    span = sum(int(n) for n in SPANNING.findall(fields[5])) if int(fields[1]) & 4 == 0 else 0
    return start < (region.end or LAST) and start + max(span, 1) > (region.start or 0)


def difference(expected, got):
    if got == expected:
        return None
    at = next((i for i, pair in enumerate(zip(expected, got)) if pair[0] != pair[1]), None)
    if at is None:
        return f"{len(got)} instead of {len(expected)}"
    return f"{len(got)} instead of {len(expected)}; the first that differs: {got[at]!r}, not {expected[at]!r}"


def queries(original, seed, count=6):
    """A set of queries that fits the file."""
    chance = random.Random(f"{seed} {original.served.name}")
    places = list(original.places())
    found = [Query("everything"), Query("header", is_header=True)]
    if original.served.endpoint == "reads":
        found.append(Query("unplaced", (Region("*"),)))
    if not places:
        return found
    name, start = places[len(places) // 2]
    # One contig, and one more when there is one.
    found += [Query(f"contig {n}", (Region(n),)) for n in sorted({name, places[0][0]})]
    found.append(Query(f"{name}:{start}-{start}, empty", (Region(name, start, start),)))
    found.append(Query(f"{name}:{start}-{start + 1}", (Region(name, start, start + 1),)))
    found.append(Query(f"{name}, past the end", (Region(name, 2_000_000_000, 2_000_001_000),)))
    found.append(Query(f"{name}, to its end", (Region(name, start),)))
    found.append(Query(f"{name}, from its start", (Region(name, None, start + 1),)))
    some = [around(places, chance) for _ in range(count)]
    found += [Query(str(region), (region,)) for region in some]
    for n in (2, 40):
        regions = tuple(around(places, chance) for _ in range(n))
        found.append(Query(f"{n} regions", regions))
    return found


def around(places, chance):
    """10 kb to 1 Mb, in which a record begins."""
    name, start = chance.choice(places)
    length = int(10_000 * 100 ** chance.random())
    start = max(start - chance.randrange(length), 0)
    return Region(name, start, start + length)
