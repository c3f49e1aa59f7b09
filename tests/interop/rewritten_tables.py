"""Takes tables that DuckDB, Polars and pyarrow wrote again back to BAM and VCF, and compares with samtools and
bcftools.

Usage: rewritten_tables.py BIOSERDE; exits with 1 when anything differs.

The programs drop metadata and change types: large and dictionary-encoded text, 64-bit integers. Besides copies
there are tables with fewer rows, without a column, with a column for a new tag, and with other values.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import polars
import pyarrow
import pyarrow.compute
import pyarrow.parquet

ROOT = Path(__file__).resolve().parents[2]
READS, CALLS = ROOT / "tests/data/reads.bam", ROOT / "tests/data/calls.vcf.gz"


def run(*command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: {done.stderr}")
    return done.stdout.splitlines()


def records(path):
    return run("samtools", "view", path) if path.suffix == ".bam" else run("bcftools", "view", "-H", path)


# Each edit by the three programs, and what it does to the lines of the records.


def duckdb_rewrite(source, out, select):
    duckdb.sql(f"COPY ({select.format(t=f'read_parquet({str(source)!r})')}) TO '{out}' (FORMAT parquet)")


def by_duckdb(select):
    return lambda source, out: duckdb_rewrite(source, out, select)


def by_polars(edit):
    return lambda source, out: edit(polars.read_parquet(source)).write_parquet(out)


def by_pyarrow(edit):
    def rewrite(source, out):
        table = pyarrow.parquet.read_table(source).replace_schema_metadata(None)
        pyarrow.parquet.write_table(edit(table), out)
    return rewrite


def with_types(encode):
    """Every column of text in another type."""
    def edit(table):
        for i, field in enumerate(table.schema):
            if pyarrow.types.is_string(field.type):
                table = table.set_column(i, field.name, encode(table.column(i)))
        return table
    return edit


def set_column(table, name, values):
    at = table.schema.get_field_index(name)
    return table.append_column(name, values) if at < 0 else table.set_column(at, name, values)


def to_large(table):
    return with_types(lambda column: column.cast(pyarrow.large_string()))(table)


def to_dictionary(table):
    return with_types(lambda column: column.dictionary_encode())(table)


def same(lines):
    return lines


def drop_tag(tag):
    def edit(lines):
        return ["\t".join(f for f in line.split("\t") if not f.startswith(tag + ":")) for line in lines]
    return edit


def mapped_well(lines):
    return [line for line in lines if int(line.split("\t")[4]) >= 30]


def with_tag(lines):
    return [line + "\tXY:i:7" for line in lines]


def deep(lines):
    def depth(line):
        found = [e for e in line.split("\t")[7].split(";") if e.startswith("DP=")]
        return int(found[0][3:]) if found else 0
    return [line for line in lines if depth(line) >= 100]


def info(edit):
    """Changes the entries of INFO."""
    def change(lines):
        def of_line(line):
            fields = line.split("\t")
            entries = [e for e in map(edit, fields[7].split(";")) if e]
            fields[7] = ";".join(entries) or "."
            return "\t".join(fields)
        return [of_line(line) for line in lines]
    return change


def without_db(entry):
    return None if entry == "DB" else entry


def other_dp(entry):
    return f"DP={int(entry[3:]) + 1}" if entry.startswith("DP=") else entry


P = polars.col
CASES = {
    READS: [
        ("a copy by DuckDB", by_duckdb("SELECT * FROM {t}"), same),
        ("a copy by Polars", by_polars(lambda t: t), same),
        ("a copy by pyarrow", by_pyarrow(lambda t: t), same),
        ("large text by pyarrow", by_pyarrow(to_large), same),
        ("dictionaries by pyarrow", by_pyarrow(to_dictionary), same),
        ("fewer rows by DuckDB", by_duckdb("SELECT * FROM {t} WHERE mapq >= 30 ORDER BY record_no"), mapped_well),
        ("fewer rows by Polars", by_polars(lambda t: t.filter(P("mapq") >= 30)), mapped_well),
        ("fewer rows by pyarrow",
         by_pyarrow(lambda t: t.filter(pyarrow.compute.greater_equal(t["mapq"], 30))), mapped_well),
        ("no tag_nm by DuckDB", by_duckdb("SELECT * EXCLUDE (tag_nm) FROM {t}"), drop_tag("NM")),
        ("no tag_nm by Polars", by_polars(lambda t: t.drop("tag_nm")), drop_tag("NM")),
        ("no tag_nm by pyarrow", by_pyarrow(lambda t: t.drop_columns(["tag_nm"])), drop_tag("NM")),
        ("a new tag by DuckDB", by_duckdb("SELECT *, 7 AS tag_xy FROM {t}"), with_tag),
        ("a new tag by Polars", by_polars(lambda t: t.with_columns(tag_xy=polars.lit(7))), with_tag),
        ("a new tag by pyarrow",
         by_pyarrow(lambda t: set_column(t, "tag_xy", pyarrow.array([7] * len(t)))), with_tag),
    ],
    CALLS: [
        ("a copy by DuckDB", by_duckdb("SELECT * FROM {t}"), same),
        ("a copy by Polars", by_polars(lambda t: t), same),
        ("a copy by pyarrow", by_pyarrow(lambda t: t), same),
        ("large text by pyarrow", by_pyarrow(to_large), same),
        ("dictionaries by pyarrow", by_pyarrow(to_dictionary), same),
        ("fewer rows by DuckDB", by_duckdb("SELECT * FROM {t} WHERE info_dp >= 100 ORDER BY record_no"), deep),
        ("fewer rows by Polars", by_polars(lambda t: t.filter(P("info_dp") >= 100)), deep),
        ("fewer rows by pyarrow",
         by_pyarrow(lambda t: t.filter(pyarrow.compute.greater_equal(t["info_dp"], 100))), deep),
        ("no info_db by DuckDB", by_duckdb("SELECT * EXCLUDE (info_db) FROM {t}"), info(without_db)),
        ("no info_db by Polars", by_polars(lambda t: t.drop("info_db")), info(without_db)),
        ("no info_db by pyarrow", by_pyarrow(lambda t: t.drop_columns(["info_db"])), info(without_db)),
        ("another DP by DuckDB", by_duckdb("SELECT * REPLACE (info_dp + 1 AS info_dp) FROM {t}"), info(other_dp)),
        ("another DP by Polars", by_polars(lambda t: t.with_columns(info_dp=P("info_dp") + 1)), info(other_dp)),
        ("another DP by pyarrow",
         by_pyarrow(lambda t: set_column(t, "info_dp", pyarrow.compute.add(t["info_dp"], 1))), info(other_dp)),
    ],
}


def check(program, source, folder):
    table, rewritten = folder / "table.parquet", folder / "rewritten.parquet"
    back = folder / ("back.bam" if source.suffix == ".bam" else "back.vcf")
    run(program, "convert", source, table, "--quiet")
    lines = records(source)
    faults = []
    for name, rewrite, edit in CASES[source]:
        rewrite(table, rewritten)
        run(program, "convert", "--header-from", source, rewritten, back, "--quiet", "--overwrite")
        expected, found = edit(lines), records(back)
        assert (expected == lines) == (edit is same), f"{name} changes nothing"
        if found == expected:
            continue
        pairs = [(e, f) for e, f in zip(expected, found) if e != f]
        first = "\n  ".join(pairs[0]) if pairs else ""
        faults.append(f"{source.name}, {name}: {len(found)} records of {len(expected)}, {len(pairs)} differ\n  {first}")
    print(f"{source.name}: {len(CASES[source])} tables written again, {len(lines)} records")
    return faults


def main():
    faults = []
    for source in CASES:
        with tempfile.TemporaryDirectory() as folder:
            faults += check(sys.argv[1], source, Path(folder))
    for fault in faults:
        print(fault, file=sys.stderr)
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
