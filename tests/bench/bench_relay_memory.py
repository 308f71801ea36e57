"""The relay's memory and its start: 100,000 queued messages, then 50 senders of 25 MB at once.

Targets: at most 200 MB resident in each case (goal 120), and accepting within 2 s of a start with 100,000 queued.

    PYTHONPATH=. python tests/bench/bench_relay_memory.py [MESSAGES] [SENDERS]
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests.bench.mail_load import Case, pour, program, running_sink
from tests.bench.mail_servers import bench_folder
from tests.support.relay_process import RelayProcess, running_slapd
from tests.support.slapd_server import free_port

QUEUED = 100_000
SENDERS = 50
LARGE_BYTES = 25_000_000
LIMIT_MEGABYTES = 200


def main(queued: int, senders: int) -> int:
    """Both cases; returns how many targets were missed."""
    with bench_folder() as folder, running_sink() as sink, running_slapd(folder) as slapd:
        (folder / "queue").mkdir()
        (folder / "large").mkdir()
        dead = RelayProcess(folder / "queue", slapd.url, free_port())
        figures = _with_a_long_queue(dead, queued)
        large = RelayProcess(folder / "large", slapd.url, sink.port)
        figures.append(_with_large_messages(large, senders))
    missed = 0
    for words, figure, limit in figures:
        missed += figure > limit
        print(f"{words:<60} {figure:8.1f}  limit {limit:.0f}{'' if figure <= limit else '  MISSED'}")
    return missed


def _with_a_long_queue(relay: RelayProcess, queued: int) -> list[tuple[str, float, float]]:
    relay.start()
    started = time.monotonic()
    accepted = pour(Case("queue", 4 << 10, queued, True), relay.port, "van.thu@tinh.test", "nhan@bo.test")
    print(f"{queued} messages for a host that is down: {queued / (accepted - started):.0f} accepted per second")
    while_filling = peak_megabytes(relay)
    relay.stop()
    begun = time.monotonic()
    relay.start()
    pour(Case("one", 4 << 10, 1, False), relay.port, "van.thu@tinh.test", "nhan@bo.test")
    seconds = time.monotonic() - begun
    time.sleep(10)  # attempts go on meanwhile: a queue at work, not at rest
    after_start = peak_megabytes(relay)
    relay.stop()
    return [
        (f"MB resident at most, {queued} queued, since they came", while_filling, LIMIT_MEGABYTES),
        (f"MB resident at most, {queued} queued, started again", after_start, LIMIT_MEGABYTES),
        (f"seconds from start to the first 250 with {queued} queued", seconds, 2),
    ]


def _with_large_messages(relay: RelayProcess, senders: int) -> tuple[str, float, float]:
    relay.start()
    command = [program("smtp-source"), "-s", str(senders), "-m", str(senders), "-l", str(LARGE_BYTES)]
    command += ["-f", "van.thu@tinh.test", "-t", "nhan@bo.test", f"127.0.0.1:{relay.port}"]
    subprocess.run(command, check=True)
    peak = peak_megabytes(relay)
    relay.stop()
    return f"MB resident at most, {senders} senders of 25 MB at once", peak, LIMIT_MEGABYTES


def peak_megabytes(relay: RelayProcess) -> float:
    """VmHWM of proc(5): the most that was ever resident."""
    assert relay.process is not None
    for line in Path(f"/proc/{relay.process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError("no VmHWM")


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*(numbers + [QUEUED, SENDERS][len(numbers) :])))
