"""Opens what `bioserde` writes with DuckDB, Polars, pyarrow and sqlite3, and compares what they count.

Usage: engines.py BIOSERDE [CORPUS]; exits with 1 at the first difference.
"""

import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import polars
import pyarrow.ipc
import pyarrow.parquet

ROOT = Path(__file__).resolve().parents[2]

# What every engine must agree on: rows, sums of integers, and of the lengths of texts.
INTEGERS = {"reads": ["flag", "pos", "end_pos", "mapq", "tlen"], "variants": ["pos", "end_pos"]}
TEXTS = {"reads": ["qname", "seq", "qual", "cigar"], "variants": ["ref"]}
CONTIG = {"reads": "rname", "variants": "chrom"}


def convert(program, source, out, *args):
    subprocess.run([program, "convert", source, out, "--quiet", *args], check=True)


def of_rows(family, columns):
    """Counts a table that is a dict of lists; the yardstick for the engines."""
    counts = {"rows": len(columns["record_no"])}
    for name in INTEGERS[family]:
        counts[name] = sum(v for v in columns[name] if v is not None)
    for name in TEXTS[family]:
        counts[name] = sum(len(v) for v in columns[name] if v is not None)
    return counts


def queries(family):
    parts = ["count(*)"]
    parts += [f"coalesce(sum({name}), 0)" for name in INTEGERS[family]]
    parts += [f"coalesce(sum(length({name})), 0)" for name in TEXTS[family]]
    return ", ".join(parts), ["rows", *INTEGERS[family], *TEXTS[family]]


def by_pyarrow(family, table):
    names = ["record_no", *INTEGERS[family], *TEXTS[family]]
    return of_rows(family, {name: table.column(name).to_pylist() for name in names})


def by_duckdb(family, path):
    select, names = queries(family)
    row = duckdb.sql(f"select {select} from read_parquet('{path}')").fetchall()[0]
    return dict(zip(names, map(int, row)))


def by_polars(family, frame):
    counts = {"rows": frame.height}
    for name in INTEGERS[family]:
        counts[name] = int(frame[name].cast(polars.Int64).sum())
    for name in TEXTS[family]:
        counts[name] = int(frame[name].cast(polars.String).str.len_chars().cast(polars.Int64).sum())
    return counts


def by_sqlite(family, path):
    select, names = queries(family)
    with sqlite3.connect(path) as connection:
        row = connection.execute(f"select {select} from {family}").fetchall()[0]
    return dict(zip(names, map(int, row)))


def region_rows(family, parquet, database, region):
    """The region query of each engine: the record numbers it selects."""
    contig, start, end = region
    where = f"{CONTIG[family]} = '{contig}' and pos <= {end} and end_pos >= {start}"
    order = "order by record_no"
    zones = f"zone_name = '{contig}' and zone_min_pos <= {end} and zone_max_end >= {start}"
    with sqlite3.connect(database) as connection:
        return {
            "duckdb": duckdb.sql(f"select record_no from read_parquet('{parquet}') where {where} {order}").fetchall(),
            "sqlite3, by a scan": connection.execute(
                f"select record_no from {family} where {where} {order}").fetchall(),
            "sqlite3, by zones": connection.execute(
                f"select record_no from {family}_zoned where {zones} and {where} {order}").fetchall(),
        }


def region_of(family, table):
    """A region around the record in the middle of those that have a place."""
    placed = [(n, p) for n, p in zip(table.column(CONTIG[family]).to_pylist(), table.column("pos").to_pylist())
              if n is not None and p is not None]
    contig, pos = placed[len(placed) // 2]
    return contig, max(pos - 50_000, 1), pos + 50_000


def check(program, source, family, folder):
    parquet, arrow, database = (str(folder / f"out.{e}") for e in ("parquet", "arrow", "sqlite"))
    for out in (parquet, arrow, database):
        convert(program, str(source), out, "--overwrite")
    table = pyarrow.parquet.read_table(parquet)
    expected = by_pyarrow(family, table)
    with pyarrow.ipc.open_file(arrow) as reader:
        from_arrow = reader.read_all()
    results = {
        "duckdb, Parquet": by_duckdb(family, parquet),
        "polars, Parquet": by_polars(family, polars.read_parquet(parquet)),
        "pyarrow, Arrow": by_pyarrow(family, from_arrow),
        "polars, Arrow": by_polars(family, polars.read_ipc(arrow)),
        "sqlite3": by_sqlite(family, database),
    }
    faults = [f"{source.name}: {engine}: {counts}, not {expected}"
              for engine, counts in results.items() if counts != expected]
    if table.schema.metadata.get(b"bioserde.table") != family.encode():
        faults.append(f"{source.name}: the metadata lack bioserde.table")
    region = region_of(family, table)
    selected = region_rows(family, parquet, database, region)
    rows = selected["duckdb"]
    faults += [f"{source.name} {region}: {engine} selects {len(got)} rows, duckdb {len(rows)}"
               for engine, got in selected.items() if got != rows or not got]
    print(f"{source.name}: {expected['rows']} rows, {len(rows)} in the region")
    return faults


def main():
    program = sys.argv[1]
    sources = [(ROOT / "tests/data/reads.bam", "reads"), (ROOT / "tests/data/calls.vcf.gz", "variants")]
    if len(sys.argv) > 2:
        corpus = Path(sys.argv[2])
        sources.append((corpus / "reads/htsnexus_test_NA12878.bam", "reads"))
        sources.append((corpus / "variants/sample1-bcbio-cancer.vcf.gz", "variants"))
        sources.append((corpus / "variants/CEUTrio.20.21.gatk3.4.g.bcf", "variants"))
    faults = []
    for source, family in sources:
        with tempfile.TemporaryDirectory() as folder:
            faults += check(program, source, family, Path(folder))
    for fault in faults:
        print(fault, file=sys.stderr)
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
