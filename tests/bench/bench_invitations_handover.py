"""Personal invitations rendered and durably handed to the real relay: letters per second on one core.

`meetings serve` has one core to itself; relay, directory and sink share another. One meeting with so many guests
elsewhere is created, and every letter carries text, page, calendar object and the PDF. Counted is the time between the
first and the last letter that the relay took with a 250 (its commit included) and we recorded.

    first line   the relay keeps the letters: nothing comes back
    second line  the relay delivers them, and a delivery report for each comes back by LMTP meanwhile

    PYTHONPATH=. python tests/bench/bench_invitations_handover.py [GUESTS]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.mail_load import program
from tests.support.directory_entries import one_of_each
from tests.support.mail_house import MailHouse
from tests.support.meetings_house import MeetingsHouse, form, meetings_house
from tests.support.slapd_server import SlapdServer, free_port

GUESTS = 2000
PASS_PER_SECOND, GOAL_PER_SECOND = 150, 500
OURS, THEIRS = {0}, {1}
WAIT_SECONDS = 300


def main(guests: int) -> int:
    """Run both, print, and return 1 when the letters are slower than what passes."""
    worst = min(_measured(guests, delivered=False), _measured(guests, delivered=True))
    print(f"pass {PASS_PER_SECOND}/s, goal {GOAL_PER_SECOND}/s")
    return int(worst < PASS_PER_SECOND)


def _measured(guests: int, delivered: bool) -> float:
    with tempfile.TemporaryDirectory(prefix="congvu-bench-", dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "slapd").mkdir(mode=0o755)
        slapd = SlapdServer(folder / "slapd")
        try:
            slapd.add_all(one_of_each())
            with _sink(delivered) as port, meetings_house(folder / "house", slapd, outside_port=port) as house:
                return _letters_per_second(house, guests, delivered)
        finally:
            slapd.stop()


def _letters_per_second(house: MeetingsHouse, guests: int, delivered: bool) -> float:
    assert house.process is not None
    _pin(house.process.pid, OURS)
    _pin(_pid(house.mail), THEIRS)
    before = _cpu_seconds(house.process.pid)
    people = [f"nguoi{number}@noi-khac.example" for number in range(guests)]
    uid = house.create(form(people))["uid"]
    wanted = {"relayed", "delivered"} if delivered else None
    house.wait_shown(uid, lambda shown: _done(shown, wanted), WAIT_SECONDS)
    spent = _cpu_seconds(house.process.pid) - before
    house.stop()
    with house.database() as database:
        ((first, last, count),) = database.read(
            lambda unit: unit.execute("SELECT min(handed_over_at), max(handed_over_at), count(*) FROM promised")
        )
    rate = (count - 1) / ((last - first) / 1e6)
    what = "reports come back" if delivered else "nothing comes back"
    print(f"{what:20} {rate:7.0f} letters/s   {spent / count * 1000:.2f} ms of processor each, with create and show")
    return rate


def _done(shown: dict[str, object], wanted: set[str] | None) -> bool:
    people = shown["attendees"]
    assert isinstance(people, list)
    outside = [one for one in people if one["address"].endswith("@noi-khac.example")]
    if wanted is None:
        return all(one["handed_over_at"] for one in outside)
    return all(one["delivery"] in wanted for one in outside)


@contextmanager
def _sink(answers: bool) -> Iterator[int]:
    """The port of a host that takes everything, or of nobody."""
    port = free_port()
    if not answers:
        yield port
        return
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    # -N: it knows no DSN, so that the reports are the relay's (RFC 3461 5.2.2)
    sink = subprocess.Popen([program("smtp-sink"), *user, "-N", f"127.0.0.1:{port}", "1000"])
    _pin(sink.pid, THEIRS)
    try:
        yield port
    finally:
        sink.kill()
        sink.wait()


def _pid(house: MailHouse) -> int:
    assert house.process is not None
    return house.process.pid


def _pin(pid: int, cores: set[int]) -> None:
    """All threads of a process, those to come too."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), cores)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    started = time.monotonic()
    code = main(int(sys.argv[1]) if len(sys.argv) > 1 else GUESTS)
    print(f"{time.monotonic() - started:.0f} s")
    sys.exit(code)
