"""The relay against Postfix: the same load, the same disk, the same promise, in turns; both sides printed.

    PYTHONPATH=. python tests/bench/relay_vs_postfix.py [--json] [--quick] [--syncs] [CASE...]

smtp-source pours messages in, the server under test relays them to smtp-sink. `accept` and `end_to_end` are messages a
second until the last 250 and until the sink has every message; `cpu_ms` is processor time per message of the server
with all its processes. Policy, journal and attempt rows are on, as always. `--syncs` counts fsync and fdatasync
with strace instead of measuring time. Targets: docs of the relay's speed, 3 / 5 / 1.5 / 1.2 end to end.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from tests.bench.mail_load import CASES, Case, Sink, pour, program, running_sink
from tests.bench.mail_servers import MailServer, bench_folder, family, running_postfix, running_relay

TARGETS = {"4k-new": (3.0, 4.0), "4k-reused": (5.0, 6.0), "100k": (1.5, 2.5), "2m": (1.2, 1.5)}
ROUNDS = 3
_QUICK_DIVISOR = 5
_SYNC = re.compile(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)(?:\s+\d+)?\s+(fsync|fdatasync)$", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """One run of one case: messages per second, and milliseconds of processor per message."""

    accept: float
    end_to_end: float
    cpu_ms: float


@contextlib.contextmanager
def running_servers() -> Iterator[tuple[tuple[MailServer, MailServer], Sink]]:
    """Postfix and ours on one disk, and the sink behind both."""
    with (
        bench_folder() as folder,
        running_sink() as sink,
        running_postfix(folder, sink.port) as postfix,
        running_relay(folder, sink.port) as relay,
    ):
        yield (postfix, relay), sink


def measure(case: Case, server: MailServer, sink: Sink) -> Run:
    """Pour one case through a server."""
    before, cpu_before, started = sink.messages, server.cpu_seconds(), time.monotonic()
    accepted = pour(case, server.port, "van.thu@tinh.test", "nhan@bo.test")
    arrived = sink.wait_for(before + case.messages)
    cpu = server.cpu_seconds() - cpu_before
    return Run(case.messages / (accepted - started), case.messages / (arrived - started), cpu / case.messages * 1000)


def compare(cases: list[Case], rounds: int) -> dict[str, Any]:
    """All cases, both servers in turns."""
    runs: dict[tuple[str, str], list[Run]] = {}
    with running_servers() as (servers, sink):
        for server in servers:
            measure(replace(cases[0], messages=200), server, sink)  # both warm
        for case, server in ((case, server) for _ in range(rounds) for case in cases for server in servers):
            runs.setdefault((case.name, server.name), []).append(measure(case, server, sink))
    return {case.name: _summary(runs[case.name, "postfix"], runs[case.name, "relay"]) for case in cases}


def _summary(postfix: list[Run], relay: list[Run]) -> dict[str, Any]:
    theirs, ours = _medians(postfix), _medians(relay)
    return {
        "postfix": theirs,
        "relay": ours,
        "accept_ratio": round(ours["accept"] / theirs["accept"], 2),
        "end_to_end_ratio": round(ours["end_to_end"] / theirs["end_to_end"], 2),
        "spread": {
            "postfix": [round(run.end_to_end) for run in postfix],
            "relay": [round(run.end_to_end) for run in relay],
        },
    }


def _medians(runs: list[Run]) -> dict[str, float]:
    return {
        name: round(statistics.median(getattr(run, name) for run in runs), 3)
        for name in ("accept", "end_to_end", "cpu_ms")
    }


def syncs(case: Case) -> dict[str, float]:
    """How often each server calls fsync or fdatasync per message."""
    with running_servers() as (servers, sink):
        return {server.name: round(_traced(case, server, sink) / case.messages, 3) for server in servers}


def _traced(case: Case, server: MailServer, sink: Sink) -> int:
    pids = [part for pid in family(server.pid) for part in ("-p", str(pid))]
    tracer = subprocess.Popen(
        [program("strace"), "-f", "-c", "-e", "trace=fsync,fdatasync", *pids], stderr=subprocess.PIPE, text=True
    )
    assert tracer.stderr is not None
    while "attached" not in tracer.stderr.readline():
        pass
    measure(case, server, sink)
    tracer.send_signal(2)
    return sum(int(count) for count, _ in _SYNC.findall(tracer.communicate()[1]))


def show(cases: dict[str, Any]) -> None:
    """The table for people."""
    print(
        f"{'case':<10} {'postfix e2e/s':>14} {'relay e2e/s':>12} {'ratio':>6} {'accept':>7} {'cpu ms p/r':>12}  target"
    )
    for name, found in cases.items():
        theirs, ours = found["postfix"], found["relay"]
        passed, goal = TARGETS[name]
        print(
            f"{name:<10} {theirs['end_to_end']:>14.0f} {ours['end_to_end']:>12.0f} {found['end_to_end_ratio']:>6.2f} "
            f"{found['accept_ratio']:>7.2f} {theirs['cpu_ms']:>6.2f}/{ours['cpu_ms']:.2f}  pass {passed}, goal {goal}; "
            f"runs {found['spread']['postfix']} / {found['spread']['relay']}"
        )


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="a fifth of the messages, one round")
    parser.add_argument("--syncs", action="store_true", help="count sync calls with strace instead")
    parser.add_argument("cases", nargs="*", metavar="CASE")
    options = parser.parse_args()
    cases = [case for case in CASES if not options.cases or case.name in options.cases]
    if options.quick:
        cases = [replace(case, messages=case.messages // _QUICK_DIVISOR) for case in cases]
    if options.syncs:
        print(json.dumps({"syncs_per_message": syncs(replace(cases[0], messages=1000))}))
        return
    found = compare(cases, 1 if options.quick else ROUNDS)
    print(json.dumps({"cases": found})) if options.json else show(found)
    sys.exit(0 if all(found[case.name]["end_to_end_ratio"] >= TARGETS[case.name][0] for case in cases) else 1)


if __name__ == "__main__":
    main()
