"""First load of N people against `ldapadd` of the same entries into the same server (target: >= 0.9).

Both sides write into an empty, durable (fsync) slapd with the reference configuration. Ours is the whole command:
reading the roster, planning, intents, writes, outcomes and journal; `ldapadd` only sends an LDIF that is already made.

    PYTHONPATH=. python tests/bench/bench_first_load.py [PEOPLE]
"""

from __future__ import annotations

import sys

from tests.bench.province import BASE, Bench, bench, row

SUBTREES = ("agencies", "people", "roles", "lists")


def main(people: int) -> None:
    """Load, dump what was written as LDIF, empty the server, load that."""
    with bench(people) as found:
        ours = found.provision("sync", found.roster, "--yes")
        entries = dump(found)
        found.empty()
        theirs = found.ldap("ldapadd", "-f", found.folder / "entries.ldif")
    print(f"{people} people, {entries} entries, one run each")
    row(
        "first load",
        f"{ours.wall_seconds:.1f} s, {entries / ours.wall_seconds:.0f}/s",
        f"{theirs.wall_seconds:.1f} s, {entries / theirs.wall_seconds:.0f}/s",
        theirs.wall_seconds / ours.wall_seconds,
        "pass 0.9, goal 1.2; higher is better",
    )
    print(f"peak memory {ours.peak_mebibytes:.0f} MiB (limit 400), our processor time {ours.cpu_seconds:.1f} s")


def dump(found: Bench) -> int:
    """Write what the sync made into entries.ldif; returns how many entries."""
    count = 0
    with (found.folder / "entries.ldif").open("w", encoding="utf-8") as out:
        for subtree in SUBTREES:
            part = found.folder / "part.ldif"
            base = f"ou={subtree},{BASE}"
            found.ldap("ldapsearch", "-LLL", "-o", "ldif-wrap=no", "-s", "one", "-b", base, output=part)
            text = part.read_text(encoding="utf-8")
            count += text.count("\ndn:") + text.startswith("dn:")
            out.write(text)
    return count


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
