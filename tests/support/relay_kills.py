"""The relay is killed with SIGKILL at random moments under load, again and again; then every promise is checked.

    PYTHONPATH=. python -m tests.support.relay_kills [CYCLES] [SEED]

After each kill the invariants of queue, spool and journal are checked on what lies on the disk; at the end the queue is
let empty, and every acknowledged message must have arrived with exactly the bytes that were sent. smtp-source adds load
that nobody counts. A process kill proves the order of our writes, not that of the disk: see the fault tests for that.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from foundation import journal
from foundation.storage import Database, open_database
from mailrelay.spool import invariants
from tests.bench.mail_load import program
from tests.support.recording_sender import RecordingSenders
from tests.support.recording_sink import RecordingSink
from tests.support.relay_process import RelayProcess, running_slapd

SENDER_THREADS = 4
DRAIN_SECONDS = 120
CYCLES_PER_ROUND = 25


@dataclass
class Totals:
    """What a crash loop saw; `losses` must be zero."""

    missing: int = 0
    altered: int = 0
    refused_for_good: int = 0
    broken_invariants: int = 0
    left_in_queue: int = 0
    cycles: int = 0
    acknowledged: int = 0
    duplicates: int = 0
    flagged_as_possible_duplicates: int = 0

    @property
    def losses(self) -> int:
        return self.missing + self.altered + self.refused_for_good + self.broken_invariants + self.left_in_queue


def crash_loop(cycles: int, seed: int, folder: Path) -> tuple[Totals, list[str]]:
    """Run it; returns the totals and what was found wrong, in words."""
    dice, totals, findings = random.Random(seed), Totals(), []
    with running_slapd(folder, durable=False) as slapd, RecordingSink() as sink:
        relay = RelayProcess(folder, slapd.url, sink.port)
        relay.start()
        senders = RecordingSenders(relay.port, SENDER_THREADS, seed)
        senders.start()
        for _ in range(cycles):
            extra = _extra_load(relay.port)
            time.sleep(dice.uniform(0.05, 0.7))  # the moment of the kill is what is random here
            relay.kill()
            extra.kill()
            extra.wait()
            findings += _check(relay)
            totals.cycles += 1
            relay.start()
        senders.stop()
        missing = sink.wait_for(set(senders.acknowledged), DRAIN_SECONDS)
        totals.left_in_queue = _left(relay)
        relay.stop()
        findings += _check(relay)
    totals.missing, totals.acknowledged = len(missing), len(senders.acknowledged)
    totals.broken_invariants = len(findings)
    totals.altered = sum(
        any(copy != sha256 for copy in sink.copies.get(token, [])) for token, sha256 in senders.acknowledged.items()
    )
    totals.duplicates = sum(len(copies) - 1 for copies in sink.copies.values())
    permanent = [reply for reply in senders.refused if reply.startswith(b"5")]
    totals.refused_for_good = len(permanent)
    totals.flagged_as_possible_duplicates = _flagged(relay)
    return totals, findings + [repr(reply) for reply in permanent[:5]]


def _extra_load(port: int) -> subprocess.Popen[bytes]:
    command = [program("smtp-source"), "-s", "5", "-m", "100000", "-l", "4096"]
    command += ["-f", "may@tinh.test", "-t", "nhan@bo.test", f"127.0.0.1:{port}"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _check(relay: RelayProcess) -> list[str]:
    with _database(relay) as database:
        return invariants.check(database, relay.spool)


def _database(relay: RelayProcess) -> Database:
    url = f"sqlite://{relay.database_folder}"
    return open_database(url, "mailrelay", [journal.MIGRATIONS, "mailrelay.migrations"])


def _left(relay: RelayProcess) -> int:
    """How many messages still wait once the sink has everything that was acknowledged (and some time has passed)."""
    deadline = time.monotonic() + DRAIN_SECONDS
    while True:
        answer = json.loads(relay.run("queue", "list", "--json").stdout)
        if not answer["messages"] or time.monotonic() > deadline:
            return len(answer["messages"])
        time.sleep(0.5)


def _flagged(relay: RelayProcess) -> int:
    with _database(relay) as database:
        query = "SELECT count(*) FROM recipient WHERE possible_duplicate <> 0"
        return int(database.read(lambda transaction: transaction.execute(query))[0][0])


def main() -> None:
    """Run the loop, in rounds that each begin with an empty queue, and print the totals; exit 1 for a broken promise.

    Every check reads the whole journal, so one long round would spend its time on checking what was checked before.
    """
    cycles = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 30)
    sums, broken = Totals(), False
    for number, begin in enumerate(range(0, cycles, CYCLES_PER_ROUND)):
        with tempfile.TemporaryDirectory(prefix="congvu-kills-", dir="/var/tmp") as name:
            Path(name).chmod(0o755)
            count = min(CYCLES_PER_ROUND, cycles - begin)
            totals, findings = crash_loop(count, seed + number, Path(name))
        for each in fields(Totals):
            setattr(sums, each.name, getattr(sums, each.name) + getattr(totals, each.name))
        unflagged = totals.duplicates > totals.flagged_as_possible_duplicates
        broken = broken or bool(totals.losses) or unflagged
        print(f"{sums.cycles} kills, seed {seed + number}: {json.dumps(asdict(totals))}", flush=True)
        for finding in findings[:20]:
            print(f"  {finding}")
    print(f"all: {json.dumps(asdict(sums))}")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
