"""A sync with nothing to do, and one with one changed person, against a full `ldapsearch` plus reading the file.

Targets: at 100,000 people <= 8 x (goal 4 x) and at most linear from 10,000; one changed person <= 1.2 x the
no-op; peak memory <= 400 MiB. Medians of several runs; each side reads all entries with all attributes over loopback.

    PYTHONPATH=. python tests/bench/bench_no_op.py [PEOPLE ...]
"""

from __future__ import annotations

import csv
import sys
import time
from functools import partial

from tests.bench.province import BASE, Bench, Measured, bench, repeated, row

RUNS = 3


def main(sizes: list[int]) -> None:
    """Measure each size; the last line compares them."""
    per_person = {}
    for people in sizes:
        with bench(people) as found:
            found.provision("sync", found.roster, "--yes")
            per_person[people] = measure(found, people)
    if len(sizes) > 1:
        small, large = min(sizes), max(sizes)
        growth = per_person[large] / per_person[small]
        row("no-op, growth per person", f"{large} people", f"{small} people", growth, "at most linear: about 1 or less")


def measure(found: Bench, people: int) -> float:
    """Print both sides for one size; returns our seconds per person."""
    ours = repeated(RUNS, lambda: found.provision("sync", found.roster, "--yes"))
    for what, as_rows in (("bytes of the file", False), ("rows of the file", True)):
        theirs = repeated(RUNS, partial(reading_everything, found, as_rows))
        row(
            f"no-op sync, {people} people",
            f"{ours.wall_seconds:.2f} s",
            f"{theirs.wall_seconds:.2f} s (ldapsearch, {what})",
            ours.wall_seconds / theirs.wall_seconds,
            "pass 8, goal 4; lower is better",
        )
    changed = []
    for number in range(RUNS):
        change_one(found, number)
        changed.append(found.provision("sync", found.roster, "--yes"))
    one = sorted(changed, key=lambda run: run.wall_seconds)[RUNS // 2]
    row(
        f"one changed person, {people} people",
        f"{one.wall_seconds:.2f} s",
        f"{ours.wall_seconds:.2f} s (no-op)",
        one.wall_seconds / ours.wall_seconds,
        "limit 1.2; lower is better",
    )
    print(f"peak memory: no-op {ours.peak_mebibytes:.0f} MiB, one change {one.peak_mebibytes:.0f} MiB (limit 400)")
    return ours.wall_seconds / people


def reading_everything(found: Bench, as_rows: bool) -> Measured:
    """Every entry with every attribute, and the roster: its bytes, or its rows as Python's csv module reads them."""
    search = found.ldap("ldapsearch", "-LLL", "-b", BASE, output=found.folder / "all.ldif")
    started = time.monotonic()
    if as_rows:
        with found.roster.open(encoding="utf-8-sig", newline="") as file:
            sum(1 for _ in csv.reader(file))
    else:
        found.roster.read_bytes()
    reading = time.monotonic() - started
    return Measured(search.wall_seconds + reading, search.cpu_seconds, search.peak_mebibytes)


def change_one(found: Bench, number: int) -> None:
    """Give the last person of the roster another telephone number."""
    lines = found.roster.read_text(encoding="utf-8").splitlines(keepends=True)
    header = lines[0].lstrip("\ufeff").split(",")
    cells = lines[-1].split(",")
    cells[header.index("Điện thoại")] = f"091200000{number}"
    lines[-1] = ",".join(cells)
    found.roster.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [10_000, 100_000])
