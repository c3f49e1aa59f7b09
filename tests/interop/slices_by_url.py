"""Reads tables of slices from a running server by URL with Polars, pyarrow, DuckDB and sqlite3, and compares
them with what `bioserde convert --region` writes.

Usage: slices_by_url.py BIOSERDE; prints `N passed, N failed`.
"""

import shutil
import sqlite3
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import duckdb
import polars
import pyarrow.ipc
import pyarrow.parquet

ROOT = Path(__file__).resolve().parents[2]
# Endpoint, id, file, index option, reference sequence, start and end (0-based, half-open).
SLICES = [
    ("reads", "reads", "reads.bam", "chr1", 0, 100_000_000),
    ("variants", "calls", "calls.vcf.gz", "chr1", 0, 100_000_000),
]


def serve(program, folder):
    command = [program, "serve", str(folder), "--addr", "127.0.0.1:0"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    for line in server.stderr:
        if line.startswith("listening on "):
            return server, line.removeprefix("listening on ").strip()
    raise SystemExit("the server did not start")


def get(url, **headers):
    return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60)


def head(url):
    return urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=60).headers


def checks(program, origin, folder, work):
    for endpoint, name, file, contig, start, end in SLICES:
        expected = work / f"{name}.parquet"
        region = f"{contig}:{start + 1}-{end}"
        convert = [program, "convert", str(folder / file), str(expected), "--region", region, "--quiet"]
        subprocess.run(convert, check=True)
        table = pyarrow.parquet.read_table(expected)
        rows, columns = table.num_rows, table.column_names
        assert rows > 0

        def url(suffix):
            query = f"referenceName={contig}&start={start}&end={end}"
            return f"{origin}/slices/{endpoint}/{name}.{suffix}?{query}"

        lazy = polars.scan_parquet(url("parquet"), glob=False)
        yield f"{name}: Polars scans", lambda: lazy.select(polars.len()).collect().item() == rows
        yield f"{name}: Polars projects", lambda: lazy.select("pos").collect().equals(
            polars.read_parquet(expected, columns=["pos"])
        )
        downloaded = work / "downloaded"

        def download(suffix):
            with get(url(suffix)) as reply, downloaded.open("wb") as out:
                shutil.copyfileobj(reply, out)
            return str(downloaded)

        yield f"{name}: pyarrow, Parquet", lambda: pyarrow.parquet.read_table(download("parquet")).equals(table)
        yield f"{name}: pyarrow, Arrow IPC", lambda: (
            pyarrow.ipc.open_file(download("arrow")).read_all().num_rows == rows
        )
        yield f"{name}: DuckDB, CSV", lambda: (
            duckdb.sql(f"select count(*) from read_csv('{download('csv')}')").fetchall()[0][0] == rows
        )
        yield f"{name}: DuckDB, JSON Lines", lambda: (
            len(duckdb.sql(f"select * from read_json('{download('jsonl')}')").columns) <= len(columns)
            and sum(1 for _ in downloaded.open()) == rows
        )
        yield f"{name}: sqlite3", lambda: (
            sqlite3.connect(download("sqlite")).execute(f"select count(*) from {endpoint}").fetchone()[0] == rows
        )
        length = int(head(url("parquet"))["content-length"])
        yield f"{name}: HEAD tells the length", lambda: length == len(get(url("parquet")).read())
        part = get(url("parquet"), Range="bytes=-8")
        tail = part.read()
        yield f"{name}: Range gives the end", lambda: part.status == 206 and tail.endswith(b"PAR1")
        etag = head(url("parquet"))["etag"]
        try:
            status = get(url("parquet"), **{"If-None-Match": etag}).status
        except urllib.error.HTTPError as e:
            status = e.code
        yield f"{name}: ETag", lambda: status == 304


def main():
    program = sys.argv[1]
    passed, failed = 0, 0
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as work:
        folder = Path(folder)
        for _, _, file, *_ in SLICES:
            shutil.copy(ROOT / "tests" / "data" / file, folder / file)
            subprocess.run([program, "index", str(folder / file)], check=True, stderr=subprocess.DEVNULL)
        server, origin = serve(program, folder)
        try:
            for what, check in checks(program, origin, folder, Path(work)):
                holds = check()
                print(f"{'ok    ' if holds else 'FAILED'} {what}")
                passed, failed = passed + holds, failed + (not holds)
        finally:
            server.terminate()
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
