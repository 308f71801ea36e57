"""The meetings server is killed with SIGKILL in the middle of sending, again and again; then every letter is counted.

    PYTHONPATH=. python -m tests.support.meetings_kills [GUESTS] [KILLS] [SEED]

Everybody invited must get their letter exactly once: what was on the wire at a kill is handed over again with the same
bytes, and the relay takes it once. A meeting whose creation is cut off is there as a whole, or not at all.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.support.directory_entries import one_of_each
from tests.support.letter_box import Letter
from tests.support.meetings_house import MeetingsHouse, form, meetings_house
from tests.support.slapd_server import SlapdServer

DOMAIN = "noi-khac.example"
WAIT_SECONDS = 600


@dataclass
class Totals:
    """What a loop saw; `losses` must be zero, and so must `duplicates` that nobody flagged."""

    promised: int = 0
    handed_over: int = 0
    delivered: int = 0
    duplicates: int = 0
    flagged_as_possible_duplicates: int = 0
    missing: int = 0
    halves: int = 0
    kills: int = 0
    repeated: int = 0

    @property
    def losses(self) -> int:
        return self.missing + self.halves + (self.promised - self.handed_over)


class Envelopes(list[Letter]):
    """The letters of a box, without their bytes: ten thousand would be hundreds of megabytes."""

    def append(self, letter: Letter) -> None:
        super().append(Letter(letter.sender, letter.recipients, b""))


def send_loop(house: MeetingsHouse, guests: int, kills: int, dice: random.Random) -> Totals:
    """Invite so many, kill the server so often while it sends, and count."""
    totals = Totals()
    house.mail.outside.letters = Envelopes()
    people = [f"nguoi{number}@{DOMAIN}" for number in range(guests)]
    house.create(form(people))
    for _ in range(kills):
        if not _flows(house):
            break
        time.sleep(dice.uniform(0.0, 0.4))  # the moment of the kill is what is random here
        house.kill()
        totals.kills += 1
        house.start()
    _wait_for_all(house)
    house.stop()
    with house.database() as database:
        rows = database.read(lambda unit: unit.execute("SELECT state, attempts, possible_duplicate FROM promised"))
    totals.promised = len(rows)
    totals.handed_over = sum(state == "handed_over" for state, _, _ in rows)
    totals.repeated = sum(attempts > 1 for _, attempts, _ in rows)
    totals.flagged_as_possible_duplicates = sum(bool(flag) for _, _, flag in rows)
    copies = Counter(recipient for letter in house.mail.outside.letters for recipient in letter.recipients)
    totals.delivered = sum(copies[person] > 0 for person in people)
    totals.duplicates = sum(max(copies[person] - 1, 0) for person in people)
    totals.missing = guests - totals.delivered
    return totals


def create_loop(house: MeetingsHouse, guests: int, kills: int, dice: random.Random) -> Totals:
    """Kill the server while it creates meetings: each is there with all its letters, or not at all."""
    totals = Totals()
    house.mail.outside.letters = Envelopes()
    for number in range(kills):
        path = house.folder / f"form{number}.toml"
        people = [f"nguoi{number}.{guest}@{DOMAIN}" for guest in range(guests)]
        path.write_text(
            form(people, f"{100 + number}/GM-UBND", more="").replace("2030-12-12", f"2031-01-{1 + number:02}")
        )
        creating = subprocess.Popen(
            house.command("create", path),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(dice.uniform(0.3, 1.2))  # from before the question arrives until after it is answered
        house.kill()
        creating.wait(60)
        totals.kills += 1
        house.start()
    _wait_for_all(house)
    house.stop()
    with house.database() as database:
        rows = database.read(lambda unit: unit.execute("SELECT meeting_id, count(*) FROM promised GROUP BY meeting_id"))
        meetings = database.read(lambda unit: unit.execute("SELECT count(*) FROM meeting"))[0][0]
    totals.promised = totals.handed_over = sum(count for _, count in rows)
    totals.halves = sum(count != guests + 1 for _, count in rows) + abs(meetings - len(rows))
    copies = Counter(recipient for letter in house.mail.outside.letters for recipient in letter.recipients)
    totals.delivered = len(copies)
    totals.duplicates = sum(count - 1 for count in copies.values())
    totals.missing = len(rows) * guests - len(copies)
    return totals


def _flows(house: MeetingsHouse) -> bool:
    """Wait until letters leave (the first of each life waits for its PDF); False when none waits any more."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        figures = house.page("metrics")[1]
        if "meetings_letters_waiting 0.0" in figures:
            return False
        if figures and "meetings_letters_handed_over_total 0.0" not in figures:
            return True
        assert time.monotonic() < deadline, house.log.read_text()[-4000:]
        time.sleep(0.01)


def _wait_for_all(house: MeetingsHouse) -> None:
    """Until no letter waits here, and the relay has none left."""
    deadline = time.monotonic() + WAIT_SECONDS
    while "meetings_letters_waiting 0.0" not in house.page("metrics")[1] or _left(house):
        assert time.monotonic() < deadline, house.log.read_text()[-4000:]
        time.sleep(0.2)


def _left(house: MeetingsHouse) -> bool:
    return "mailrelay_queue_messages 0.0" not in house.mail.page("metrics")[1]


def main() -> None:
    """Both loops in a folder of their own; prints the totals, exit 1 for a broken promise."""
    given = [int(word) for word in sys.argv[1:4]]
    guests, kills, seed = [*given, *(9_999, 40, random.randrange(1 << 30))[len(given) :]]
    broken = False
    for name, loop, count in (("sending", send_loop, guests), ("creating", create_loop, min(guests, 500))):
        with tempfile.TemporaryDirectory(prefix="congvu-kills-", dir="/var/tmp") as place:
            folder = Path(place)
            folder.chmod(0o755)
            (folder / "slapd").mkdir(mode=0o755)
            slapd = SlapdServer(folder / "slapd")
            try:
                slapd.add_all(one_of_each())
                with meetings_house(folder / "house", slapd) as house:
                    totals = loop(house, count, min(kills, 25) if loop is create_loop else kills, random.Random(seed))
            finally:
                slapd.stop()
        print(f"{name}, seed {seed}: {json.dumps(asdict(totals))}", flush=True)
        broken = broken or bool(totals.losses) or totals.duplicates > totals.flagged_as_possible_duplicates
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
