"""A folder of files to serve, and a server over it."""

import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# (kind of file by its suffix): endpoint and format of htsget.
KINDS = {
    ".bam": ("reads", "BAM"),
    ".cram": ("reads", "CRAM"),
    ".vcf.gz": ("variants", "VCF"),
    ".vcf.bgz": ("variants", "VCF"),
    ".bcf": ("variants", "BCF"),
}


@dataclass(frozen=True)
class Served:
    """A file and how a server calls it."""

    path: Path
    id: str
    endpoint: str
    format: str

    @property
    def name(self):
        return f"{self.id}.{self.format.lower()}"


def run(*command):
    """What a program prints, as lines; it has to succeed."""
    done = subprocess.run([str(c) for c in command], capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.decode(errors='replace')}")
    return done.stdout.decode("latin-1").splitlines()


def generated(folder):
    """The files of tests/data in the four formats, indexed."""
    folder.mkdir()
    bam, vcf = (Path(shutil.copy(ROOT / "tests/data" / name, folder)) for name in ("reads.bam", "calls.vcf.gz"))
    # Small slices and containers, so that a region is less than the file.
    kind = "cram,no_ref=1,seqs_per_slice=50"
    cram, bcf = folder / "contained.cram", folder / "calls.bcf"
    run("samtools", "view", "--output-fmt", kind, "-o", cram, bam)
    run("bcftools", "view", "-Ob", "-o", bcf, vcf)
    for reads in (bam, cram):
        run("samtools", "index", reads)
    run("bcftools", "index", "--tbi", vcf)
    run("bcftools", "index", "--csi", bcf)


def fill(folder, corpus):
    """Fills the folder and lists what a server finds in it."""
    generated(folder / "generated")
    if corpus:
        for part in ("reads", "variants"):
            # Copies: a server follows no link out of its folder.
            shutil.copytree(corpus / part, folder / "corpus" / part, copy_function=shutil.copyfile)
    return list(listed(folder))


def listed(folder):
    for path in sorted(folder.rglob("*")):
        kind = next((kind for kind in KINDS if path.name.endswith(kind)), None)
        if kind:
            endpoint, name = KINDS[kind]
            yield Served(path, str(path.relative_to(folder))[: -len(kind)], endpoint, name)


class Server:
    """`bioserde serve` on a free port, with tickets as told; ended when the block is left."""

    def __init__(self, program, data, work, tickets):
        config = work / "serve.toml"
        config.write_text(f'addr = "127.0.0.1:0"\n[[locations]]\npath = "{data}"\n[tickets]\n{tickets}\n')
        self.log = work / "serve.log"
        self.command = [program, "serve", "--config", config]

    def __enter__(self):
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)
        try:
            self.base = self.wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)

    def wait(self):
        """The address, once the server says that it is well."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            said = re.search(r"listening on (http://\S+)", self.log.read_text())
            if said and answers(said[1] + "/healthz"):
                return said[1]
            time.sleep(0.05)
        raise RuntimeError(f"the server did not start: {self.log.read_text()}")


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return reply.status == 200
    except (urllib.error.URLError, ConnectionError):
        return False
