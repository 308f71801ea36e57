"""What people send back: mails as their clients make them when a button is pressed, and forms of our pages."""

from __future__ import annotations

import re
import smtplib
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from email import policy
from email.message import EmailMessage
from typing import Any, cast

from tests.support.meeting_pages import form_token


def calendar_of(mail: EmailMessage) -> str:
    """The calendar object inside an invitation."""
    part = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    return cast(bytes, part.get_payload(decode=True)).decode()


def property_of(calendar: str, name: str) -> str:
    """The value of the first property whose line begins so."""
    unfolded = calendar.replace("\r\n ", "")
    return next(line for line in unfolded.split("\r\n") if line.startswith(name)).partition(":")[2]


def organiser_of(invitation: EmailMessage) -> str:
    """Where answers to it go."""
    return str(invitation["Reply-To"].addresses[0].addr_spec)


def calendar_reply(
    invitation: EmailMessage,
    attendee: str,
    partstat: str,
    method: str = "REPLY",
    more: Sequence[str] = (),
    file: bytes = b"",
) -> bytes:
    """What a mail client sends when somebody presses a button (RFC 5546 3.2.3); `more` are lines of the event, `file`
    is attached."""
    calendar = calendar_of(invitation)
    answer = "\r\n".join(
        [
            "BEGIN:VCALENDAR",
            "PRODID:-//Mozilla.org/NONSGML Mozilla Calendar V1.1//EN",
            "VERSION:2.0",
            f"METHOD:{method}",
            "BEGIN:VEVENT",
            f"UID:{property_of(calendar, 'UID')}",
            f"SEQUENCE:{property_of(calendar, 'SEQUENCE')}",
            f"DTSTAMP:{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}",
            f"ORGANIZER:mailto:{organiser_of(invitation)}",
            f"ATTENDEE;PARTSTAT={partstat}:mailto:{attendee}",
            *more,
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        ]
    )
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = attendee
    mail["To"] = organiser_of(invitation)
    mail["Subject"] = "Chấp nhận: họp"
    mail["Message-ID"] = f"<{time.monotonic_ns()}@client.test>"
    mail["In-Reply-To"] = invitation["Message-ID"]
    mail.set_content("Đồng ý.")
    mail.add_alternative(answer.encode(), maintype="text", subtype="calendar", params={"method": method})
    if file:
        mail.add_attachment(file, maintype="application", subtype="pdf", filename="bao-cao.pdf")
    return mail.as_bytes()


def over_lmtp(port: int, sender: str, recipient: str, mail: bytes) -> tuple[int, str]:
    """Hand a mail to the meetings server as the relay does; its last reply. Code 0: nobody answers."""
    try:
        with smtplib.LMTP("127.0.0.1", port, timeout=30) as talk:
            talk.ehlo_or_helo_if_needed()
            for reply in (talk.mail(sender), talk.rcpt(recipient)):
                if reply[0] >= 400:
                    return reply[0], reply[1].decode()
            code, text = talk.data(mail)
            return code, text.decode()
    except (OSError, smtplib.SMTPServerDisconnected) as error:
        return 0, repr(error)


def page_link(invitation: EmailMessage) -> str:
    """The personal page that a letter leads to."""
    html = next(part for part in invitation.walk() if part.get_content_type() == "text/html").get_content()
    found = re.search(r'href="(http://[^"?]+/m/[^"?]+)', str(html))
    assert found
    return found[1]


def pressed(page: str, action: str, **fields: str) -> tuple[int, str]:
    """Send a form of a page as a browser does: with its token, from the same origin; where that leads to."""
    opened, said = asked(page)
    return asked(f"{page}/{action}", {"token": form_token(said), **fields}) if opened == 200 else (opened, said)


def asked(url: str, fields: dict[str, str] | None = None) -> tuple[int, str]:
    """Status and text of a page; 0 when nobody answers."""
    data = urllib.parse.urlencode(fields).encode() if fields is not None else None
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "null"} if data is not None else {}
    request: Any = urllib.request.Request(url, data, headers)  # noqa: S310  # our own, on loopback
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""
