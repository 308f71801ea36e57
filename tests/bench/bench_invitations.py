"""Personal invitations rendered on one core: mails per second of the whole path, and of the library's own beside it.

Ten thousand people are invited to one meeting, each with a name, a place in one of four groups, links and an organiser
address of their own. The whole path is `Batch`: text, page, calendar object, PDF attached, MIME. Beside it: the same
letters each rendered alone (every template and the calendar object anew), and what the libraries themselves need for
the calendar object (icalendar) and the MIME tree (email) of the same contents. Memory is the process's peak.

    PYTHONPATH=. python tests/bench/bench_invitations.py [PEOPLE]
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from email import policy
from email.message import EmailMessage

from foundation.rendering import Renderer
from meetings.invitations.event import CalendarForMany, events_for
from meetings.invitations.facts import personal_values
from meetings.invitations.letters import Letter
from meetings.invitations.mime import Batch, render
from meetings.itip.calendar import calendar
from meetings.meeting import Place
from tests.support.meeting_letters import MEETING, attendee, guest, letter

PEOPLE = 10_000
GROUPS = 4
PDF_BYTES = 25_000
GOAL_PER_SECOND = 1000
SAMPLE = 300
"""So many letters are enough to time what takes milliseconds each."""


def main(people: int) -> int:
    """Time each way, print, and return 1 when the whole path misses the goal."""
    renderer = Renderer()
    pdf = b"%PDF-1.7\n" + bytes(range(256)) * (PDF_BYTES // 256)
    batch = Batch(renderer)
    sizes = [0]

    def batched(each: Letter) -> None:
        sizes[0] += len(batch.render(each))

    rate = _per_second("whole path, one Batch", batched, _letters(people, pdf))
    print(f"    {sizes[0] / people / 1000:.1f} kB a mail; peak memory {_peak_megabytes():.0f} MB")
    _per_second("whole path, each alone", lambda each: render(each, renderer), _letters(SAMPLE, pdf))
    first = next(_letters(1, pdf))
    many = CalendarForMany(first, frozenset(personal_values(first)))
    _per_second("calendar object, skeleton", lambda each: many.fill(each, personal_values(each)), _letters(people, pdf))
    _per_second("calendar object, library", lambda each: calendar("REQUEST", events_for(each)), _letters(SAMPLE, pdf))
    _per_second("MIME tree, library", _library_tree, _letters(SAMPLE, pdf))
    return int(rate < GOAL_PER_SECOND)


def _letters(people: int, pdf: bytes) -> Iterator[Letter]:
    places = tuple(Place(f"Điểm cầu {n}", (f"g{n}",), url=f"https://hop.tinh.test/{n}") for n in range(GROUPS))
    meeting = replace(MEETING, places=places)
    for number in range(people):
        person = attendee(number, guest=guest(number, groups=(f"g{number % GROUPS}",)))
        yield letter(person=person, meeting=meeting, letter_pdf=pdf)


def _per_second(name: str, work: Callable[[Letter], object], letters: Iterator[Letter]) -> float:
    count, spent = 0, 0.0
    for each in letters:
        started = time.process_time()
        work(each)
        spent += time.process_time() - started
        count += 1
    print(f"{name:28} {count / spent:10.0f} per second  {spent / count * 1e6:8.0f} µs each")
    return count / spent


def _library_tree(each: Letter) -> bytes:
    """The tree as the standard library builds it, with contents of the same size."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"], message["To"], message["Subject"] = each.organiser_address, each.recipient_address, "Giấy mời"
    message.set_content("Giấy mời họp\n" * 120, cte="quoted-printable")
    message.add_alternative("<p>Giấy mời họp</p>\n" * 300, subtype="html", cte="quoted-printable")
    message.add_alternative(b"BEGIN:VCALENDAR" * 180, "text", "calendar", cte="base64")
    message.add_attachment(b"BEGIN:VCALENDAR" * 180, "application", "ics", filename="invite.ics")
    message.add_attachment(each.letter_pdf, "application", "pdf", filename="giaymoi.pdf")
    return message.as_bytes()


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE))
