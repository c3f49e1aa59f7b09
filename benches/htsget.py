#!/usr/bin/env python3
"""Measures the htsget server: tickets a second, bytes delivered, streaming, memory under slow readers.

    htsget.py --bioserde PROGRAM FOLDER ID [--peer HTSGET_AXUM] [--seconds 5] [--rounds 3]

FOLDER has an indexed BAM, ID is its name without suffix. Needs wrk and samtools. A peer is measured in turn
with the same requests. Prints medians of the rounds; what they were on one machine is in
docs/benchmarks.md.
"""

import argparse
import base64
import json
import os
import pathlib
import random
import re
import socket
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request

LUA = """
local paths = {}
for line in io.lines(os.getenv("BENCH_PATHS")) do paths[#paths + 1] = line end
local at = 0
request = function()
  at = at % #paths + 1
  return wrk.format("GET", paths[at])
end
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server process, ready to answer."""

    def __init__(self, name, command, origin, ready, environment=None):
        self.name, self.origin = name, origin
        environment = {**os.environ, **(environment or {})}
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(500):
            try:
                urllib.request.urlopen(origin + ready, timeout=5).read()
                return
            except OSError:
                time.sleep(0.02)
        raise SystemExit(f"{name} does not answer")

    def peak_mib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024

    def stop(self):
        self.process.terminate()
        self.process.wait()


def start_bioserde(program, folder):
    port = free_port()
    command = [program, "serve", folder, "--addr", f"127.0.0.1:{port}"]
    # A line a request would measure the log.
    quiet = {"BIOSERDE_SERVE_LOG__LEVEL": "warn"}
    return Server("bioserde", command, f"http://127.0.0.1:{port}", "/healthz", quiet)


def start_peer(program, folder):
    tickets, data = free_port(), free_port()
    config = tempfile.NamedTemporaryFile("w", suffix=".toml", delete=False)
    config.write(
        f"""ticket_server.addr = "127.0.0.1:{tickets}"
data_server.addr = "127.0.0.1:{data}"
data_server.local_path = "{folder}"
[[locations]]
regex = ".*"
substitution_string = "$0"
[locations.backend]
kind = "File"
scheme = "Http"
authority = "127.0.0.1:{data}"
local_path = "{folder}"
"""
    )
    config.close()
    command = [program, "--config", config.name]
    environment = {"RUST_LOG": "error"}
    return Server("htsget-axum", command, f"http://127.0.0.1:{tickets}", "/reads/service-info", environment)


def fetch(url, headers=None):
    if url.startswith("data:"):
        return base64.b64decode(url.split(",", 1)[1])
    request = urllib.request.Request(url, headers=headers or {})
    return urllib.request.urlopen(request, timeout=120).read()


def joined(origin, path):
    ticket = json.loads(fetch(origin + path))["htsget"]
    return b"".join(fetch(part["url"], part.get("headers")) for part in ticket["urls"])


def regions(bam, count, width):
    """Regions of the width that have reads, spread over the file."""
    out = subprocess.run(["samtools", "view", "-s", "3.002", bam], capture_output=True, text=True, check=True)
    places = [line.split("\t", 4)[2:4] for line in out.stdout.splitlines()]
    chosen = random.Random(1).sample([p for p in places if p[0] != "*"], count)
    return [(name, max(0, int(pos) - width // 2)) for name, pos in chosen]


def path_of(identity, region, width):
    name, start = region
    return f"/reads/{identity}?format=BAM&referenceName={name}&start={start}&end={start + width}"


def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]


def wrk(server, paths, seconds):
    with tempfile.TemporaryDirectory() as folder:
        script, list_of = pathlib.Path(folder, "paths.lua"), pathlib.Path(folder, "paths")
        script.write_text(LUA)
        list_of.write_text("\n".join(paths) + "\n")
        command = ["wrk", "-t1", "-c8", f"-d{seconds}s", "--latency", "-s", script, server.origin]
        environment = {**os.environ, "BENCH_PATHS": str(list_of)}
        out = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out:
        raise SystemExit(f"{server.name}: {out}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])
    p50, p99 = (milliseconds(re.search(rf"\n\s+{n}%\s+(\S+)", out)[1]) for n in (50, 99))
    return rate, p50, p99


def first_ticket(start, path):
    """Milliseconds of the first ticket that a new process gives."""
    server = start()
    began = time.perf_counter()
    fetch(server.origin + path)
    took = time.perf_counter() - began
    server.stop()
    return took * 1e3


def measure_tickets(starts, paths, seconds, rounds):
    print(f"\ntickets, {len(paths)} regions, 8 connections, {rounds} rounds of {seconds} s in turn (medians)")
    running = {name: start() for name, start in starts.items()}
    results = {name: [] for name in starts}
    for _ in range(rounds):
        for name, server in running.items():
            wrk(server, paths, 1)
            results[name].append(wrk(server, paths, seconds))
    for server in running.values():
        server.stop()
    for name, rows in results.items():
        rate, p50, p99 = (statistics.median(column) for column in zip(*rows))
        cold = statistics.median(first_ticket(starts[name], paths[0]) for _ in range(rounds))
        print(f"  {name:12} {rate:9.0f} /s  p50 {p50:.2f} ms  p99 {p99:.2f} ms  first of a process {cold:.1f} ms")


def measure_bytes(starts, bam, identity, places, width):
    print(f"\nbytes delivered for {width} bases, {len(places)} regions, and the exact slice by samtools view -b")
    exact = 0
    for name, start in places:
        region = f"{name}:{start + 1}-{start + width}"
        exact += len(subprocess.run(["samtools", "view", "-b", "--no-PG", bam, region], capture_output=True).stdout)
    print(f"  {'samtools':12} {exact:12}")
    for name, start in starts.items():
        server = start()
        total = sum(len(joined(server.origin, path_of(identity, place, width))) for place in places)
        server.stop()
        print(f"  {name:12} {total:12}  {total / exact:.3f} x")


def measure_stream(start, identity, rounds):
    server = start()
    ticket = json.loads(fetch(f"{server.origin}/reads/{identity}"))["htsget"]
    url = next(part["url"] for part in ticket["urls"] if part["url"].startswith("http"))
    rates = []
    for _ in range(rounds):
        out = ["curl", "-s", "-o", "/dev/null", "-w", "%{size_download} %{time_total}", url]
        size, seconds = subprocess.run(out, capture_output=True, text=True, check=True).stdout.split()
        rates.append(int(size) / float(seconds) / 1e6)
    print(f"\nwhole file to one reader: {statistics.median(rates):.0f} MB/s (median of {rounds})")
    server.stop()


def measure_slow_readers(start, identity, readers, seconds):
    server = start()
    ticket = json.loads(fetch(f"{server.origin}/reads/{identity}"))["htsget"]
    url = next(part["url"] for part in ticket["urls"] if part["url"].startswith("http"))
    host, port = server.origin.removeprefix("http://").split(":")
    path = url.removeprefix(server.origin)
    until = time.monotonic() + seconds
    received = []

    def read():
        with socket.create_connection((host, int(port))) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
            total = 0
            while time.monotonic() < until:
                total += len(client.recv(4096))
                time.sleep(0.05)
            received.append(total)

    threads = [threading.Thread(target=read) for _ in range(readers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(received) == readers and min(received) > 0
    print(f"\n{readers} readers of {statistics.median(received) / seconds / 1e3:.0f} kB/s for {seconds} s: "
          f"peak {server.peak_mib():.0f} MiB")
    server.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bioserde", required=True)
    parser.add_argument("--peer")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("folder")
    parser.add_argument("id")
    args = parser.parse_args()
    folder = str(pathlib.Path(args.folder).resolve())
    bam = f"{folder}/{args.id}.bam"
    starts = {"bioserde": lambda: start_bioserde(args.bioserde, folder)}
    if args.peer:
        starts["htsget-axum"] = lambda: start_peer(args.peer, folder)
    width = 10_000
    places = regions(bam, 200, width)
    paths = [path_of(args.id, place, width) for place in places]
    measure_tickets(starts, paths, args.seconds, args.rounds)
    measure_bytes(starts, bam, args.id, places[:30], width)
    measure_stream(starts["bioserde"], args.id, args.rounds)
    measure_slow_readers(starts["bioserde"], args.id, 200, 10)


if __name__ == "__main__":
    main()
