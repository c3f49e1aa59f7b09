"""Encrypted files to and from the reference implementation of Crypt4GH, the package `crypt4gh` of PyPI.

Usage: crypt4gh_files.py BIOSERDE; exits with 1 at the first difference.
"""

import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from crypt4gh import lib
from crypt4gh.keys import c4gh, get_private_key, get_public_key

ROOT = Path(__file__).resolve().parents[2]
PASSPHRASE = "correct horse"


def bioserde(program, *args, **environment):
    run = subprocess.run([program, *map(str, args)], env={**os.environ, **environment}, capture_output=True, check=True)
    return run.stdout


def secret(folder, name):
    return get_private_key(folder / f"{name}.sec", lambda: PASSPHRASE)


def encrypt(folder, reader, plain):
    out = io.BytesIO()
    key = (0, secret(folder, "writer"), get_public_key(folder / f"{reader}.pub"))
    lib.encrypt([key], io.BytesIO(plain), out)
    return out.getvalue()


def decrypt(folder, reader, path):
    out = io.BytesIO()
    with open(path, "rb") as encrypted:
        lib.decrypt([(0, secret(folder, reader), None)], encrypted, out)
    return out.getvalue()


def check_input(program, folder):
    """Keys and files of the reference implementation are read."""
    source = ROOT / "tests/data/reads.bam"
    expected = bioserde(program, "view", source, "--to", "jsonl")
    for reader in ["open", "locked"]:
        path = folder / f"{reader}.bam.c4gh"
        path.write_bytes(encrypt(folder, reader, source.read_bytes()))
        key = {"C4GH_SECRET_KEY": str(folder / f"{reader}.sec"), "C4GH_PASSPHRASE": PASSPHRASE}
        assert bioserde(program, "view", path, "--to", "jsonl", **key) == expected, reader


def check_output(program, folder):
    """Each recipient reads with the reference implementation what was written for several."""
    source = ROOT / "tests/data/reads.bam"
    plain, encrypted = folder / "reads.parquet", folder / "reads.parquet.c4gh"
    bioserde(program, "convert", source, plain)
    recipients = [arg for name in ["open", "locked"] for arg in ["--recipient", folder / f"{name}.pub"]]
    bioserde(program, "convert", source, encrypted, *recipients)
    for reader in ["open", "locked"]:
        assert decrypt(folder, reader, encrypted) == plain.read_bytes(), reader


def check_edits(program, folder):
    """What the reference implementation has cut out of a file by an edit list is read as cut."""
    head = "##fileformat=VCFv4.3\n##contig=<ID=1>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    text = head + "".join(f"1\t{i + 1}\t.\tA\tC\t.\tPASS\t.\n" for i in range(20_000))
    end = text.index("\n1\t7001\t") + 1
    assert end > 65536
    cut = io.BytesIO()
    writer = [(0, secret(folder, "open"), get_public_key(folder / "open.pub"))]
    lib.rearrange(writer, io.BytesIO(encrypt(folder, "open", text.encode())), cut, offset=0, span=end)
    path = folder / "cut.vcf.c4gh"
    path.write_bytes(cut.getvalue())
    rows = bioserde(program, "view", path, "--to", "tsv", "--columns", "pos", "--decrypt-key", folder / "open.sec")
    assert [int(line) for line in rows.split()[1:]] == list(range(1, 7001))


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for key, passphrase in [("writer", None), ("open", None), ("locked", PASSPHRASE.encode())]:
            c4gh.generate(folder / f"{key}.sec", folder / f"{key}.pub", passphrase, b"a comment")
        for check in [check_input, check_output, check_edits]:
            check(program, folder)
            print(f"{check.__doc__}")


if __name__ == "__main__":
    sys.exit(main())
