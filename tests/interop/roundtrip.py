#!/usr/bin/env python3
"""Takes files to Parquet, Arrow, SQLite and JSON Lines and back, and compares.

    roundtrip.py BIOSERDE CORPUS [--page docs/roundtrip.md] [--polars-bio]

BAM, BCF and BGZF text are equal by their inflated bytes, plain text by its bytes, CRAM by what samtools
shows of its records. A file that bioserde refuses is not taken. Exits with 1 when anything differs.
"""

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
from pathlib import Path

TABLES = ["parquet", "arrow", "db", "jsonl"]
NAMES = {"parquet": "Parquet", "arrow": "Arrow", "db": "SQLite", "jsonl": "JSON Lines"}
SUFFIXES = [".bam", ".sam", ".cram", ".vcf", ".vcf.gz", ".vcf.bgz", ".bcf"]


def files(corpus):
    """Every file of the formats, but those that the specifications want refused."""
    for path in sorted(corpus.rglob("*")):
        name = path.name
        if path.is_file() and any(name.endswith(s) for s in SUFFIXES) and "failed" not in path.parts:
            # The SAM beside a CRAM has its records for comparison; it is a file like others.
            yield path


def suffix(path):
    return max((s for s in SUFFIXES if path.name.endswith(s)), key=len)


def content(path):
    """The bytes that count."""
    raw = path.read_bytes()
    return gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw


def records_of_cram(path, reference):
    command = ["samtools", "view", "--no-PG", "-h"] + (["-T", str(reference)] if reference else []) + [str(path)]
    done = subprocess.run(command, capture_output=True)
    return done.stdout if done.returncode == 0 else None


def reference_of(path):
    for name in ["ce.fa", "reference.fa"]:
        for folder in [path.parent, path.parent.parent, path.parent.parent.parent]:
            if (folder / name).exists():
                return folder / name
    return None


def run(command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr.strip()


def is_equal(source, back, kind, reference):
    if kind == ".cram":
        before = records_of_cram(source, reference)
        return before is not None and before == records_of_cram(back, reference)
    a, b = content(source), content(back)
    if kind in (".sam", ".vcf", ".vcf.gz", ".vcf.bgz") and a and not a.endswith(b"\n"):
        # The last line gets the end that it lacks; the summary counts that.
        return b in (a + b"\n", a + b"\r\n")
    return a == b


def try_file(bioserde, path, folder):
    """(records, residual, {table: result}) or the reason why it is refused."""
    kind = suffix(path)
    reference = reference_of(path) if kind == ".cram" else None
    given = ["--reference", reference] if reference else []
    results, records, residual = {}, None, None
    for table in TABLES:
        there, back = folder / f"x.{table}", folder / f"back{kind}"
        for old in (there, back):
            old.unlink(missing_ok=True)
        code, out, error = run([bioserde, "convert", "--quiet", "--json", *given, path, there])
        if code != 0:
            return error.splitlines()[0] if error else "failed"
        summary = json.loads(out)
        records = summary["records"]
        residual = summary["oddities"].get("records kept as residual", 0)
        # That of a CRAM is taken from its first table: of the CRAM itself the reference would be wanted.
        original = folder / f"x.{TABLES[0]}" if kind == ".cram" else path
        header = ["--header-from", original] if table == "jsonl" else []
        # CRAM is written without a reference: with one, readers add MD and NM to reads that have none.
        code, _, error = run([bioserde, "convert", "--quiet", *header, there, back])
        if code != 0:
            results[table] = f"not written: {error.splitlines()[0] if error else code}"
        else:
            results[table] = "equal" if is_equal(path, back, kind, reference) else "differs"
    return records, residual, results


def try_polars_bio(path, folder):
    """What polars-bio gives back by way of Parquet, with every option of its that keeps more."""
    import polars_bio as pb
    from polars_config_meta import read_parquet_with_meta

    kind = suffix(path)
    back, parquet = folder / f"pb{kind}", folder / "pb.parquet"
    for old in (back, parquet):
        old.unlink(missing_ok=True)
    reference = reference_of(path)
    try:
        match kind:
            case ".bam":
                df = pb.read_bam(str(path), tag_fields=tags_of(path, None))
            case ".sam":
                df = pb.read_sam(str(path), tag_fields=tags_of(path, None))
            case ".cram":
                of_reference = str(reference) if reference else None
                df = pb.read_cram(str(path), reference_path=of_reference, tag_fields=tags_of(path, reference))
            case ".bcf":
                return "no way back"
            case _:
                df = pb.read_vcf(str(path), preserve_record_layout=True)
        df.config_meta.write_parquet(str(parquet))
        df = read_parquet_with_meta(str(parquet))
        match kind:
            case ".bam" | ".sam":
                pb.write_bam(df, str(back))
            case ".cram":
                pb.write_cram(df, str(back), str(reference) if reference else "")
            case _:
                pb.write_vcf(df, str(back))
    except BaseException as e:  # noqa: BLE001 - panics of its library are BaseException
        if isinstance(e, KeyboardInterrupt):
            raise
        return "fails"
    if is_equal(path, back, kind, reference):
        return "equal"
    before, after = (records_alone(file, reference) for file in (path, back))
    if before is None or after is None:
        return "differs"
    if before == after:
        return "records equal"
    is_text = ".vcf" in path.name
    return "tags sorted" if not is_text and tags_sorted(before) == tags_sorted(after) else "differs"


def tags_sorted(text):
    """Alignments with their tags in order."""
    fields = (line.split(b"\t") for line in text.splitlines())
    return [line[:11] + sorted(line[11:]) for line in fields]


def tags_of(path, reference):
    """Every tag of a file of alignments: polars-bio reads those that it is told."""
    text = records_alone(path, reference) or b""
    lines = text.splitlines()
    return sorted({field[:2].decode() for line in lines for field in line.split(b"\t")[11:]})


def records_alone(path, reference):
    """The records as samtools or bcftools shows them."""
    if ".vcf" in path.name or path.suffix == ".bcf":
        command = ["bcftools", "view", "-H", str(path)]
    else:
        command = ["samtools", "view"] + (["-T", str(reference)] if reference else []) + [str(path)]
    done = subprocess.run(command, capture_output=True)
    return done.stdout if done.returncode == 0 else None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bioserde", type=Path)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--page", type=Path)
    parser.add_argument("--polars-bio", action="store_true")
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    rows, faults, refused = [], 0, []
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for path in files(args.corpus):
            name = path.relative_to(args.corpus).as_posix()
            if args.only not in name:
                continue
            outcome = try_file(args.bioserde, path, folder)
            if isinstance(outcome, str):
                refused.append((name, outcome.replace(str(path), name)))
                continue
            records, residual, results = outcome
            bad = {t: r for t, r in results.items() if r != "equal"}
            if bad:
                faults += 1
                print(f"{name}: {bad}", file=sys.stderr)
            peer = try_polars_bio(path, folder) if args.polars_bio else ""
            rows.append((name, records, residual, results, peer))
    if args.page:
        write_page(args, rows, refused)
    records = sum(r[1] for r in rows)
    print(f"{len(rows)} files, {records} records, {sum(r[2] for r in rows)} kept as residual, {faults} files differ, {len(refused)} refused")
    for name, reason in refused:
        print(f"refused: {name}: {reason}")
    sys.exit(1 if faults else 0)


def write_page(args, rows, refused):
    lines = args.page.read_text().splitlines() if args.page.exists() else ["# Round trips", "", "<!-- table -->"]
    start = lines.index("<!-- table -->")
    page = lines[: start + 1] + [""]
    peer = " polars-bio |" if args.polars_bio else ""
    page.append("| file | records | residual | " + " | ".join(NAMES[t] for t in TABLES) + " |" + peer)
    page.append("|---|---|---|" + "---|" * len(TABLES) + ("---|" if args.polars_bio else ""))
    for name, records, residual, results, other in rows:
        cells = " | ".join(results[t] for t in TABLES)
        page.append(f"| `{name}` | {records:,} | {residual:,} | {cells} |" + (f" {other} |" if args.polars_bio else ""))
    page += ["", "Refused, with the reason:", ""]
    page += [f"- `{name}`: {reason}" for name, reason in refused]
    args.page.write_text("\n".join(page) + "\n")


if __name__ == "__main__":
    main()
