"""The third part of the story: a meeting of three agencies, moved; one declines by mail, one sends a deputy."""

from __future__ import annotations

import json
import re
import smtplib
import ssl
from collections.abc import Mapping
from datetime import date
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Any, Final

import click

from congvu.demo.cast import Cast, find_cast
from congvu.demo.mail import SOURCE
from congvu.demo.mailbox import header_of, newest_mail
from congvu.demo.stage import Stage, StoryBroken
from congvu.sandbox_activation import activate
from congvu.sandbox_configuration import TIMEZONE
from congvu.sandbox_folder import SandboxFolder
from foundation.clock import now, today
from foundation.language import Text
from foundation.workdays import WorkCalendar

NUMBER: Final = "15/GM-VPUB"
_DAYS_BEFORE: Final = 8  # working days: more than the three that an invitation needs
_EXIT_SOMETHING_TO_DO: Final = 3
_TRY_AGAIN: Final = 454  # RFC 4954 section 6
_REACHED: Final = frozenset({"delivered", "relayed"})
_WEEKDAYS: Final = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


def play_meetings(stage: Stage, state: Mapping[str, Any]) -> str:
    """Invite, move, decline, stand in, look. Returns the UID."""
    cast = find_cast(state)
    day = WorkCalendar().add(today(TIMEZONE), _DAYS_BEFORE)
    uid = _invite(stage, cast, day)
    _move(stage, uid, day)
    _decline(stage, state, cast, uid)
    _stand_in(stage, cast, uid)
    stage.say("Danh sách của thư ký: ai đã nhận, ai trả lời, ai đi thay", "The secretary's list: who has it, who comes")
    stage.run(["meetings", "show", uid], show=40)
    return uid


def _invite(stage: Stage, cast: Cast, day: date) -> str:
    stage.say(
        "Thư ký lập cuộc họp ba đơn vị từ một phiếu; xem trước ai sẽ nhận gì, rồi mới gửi",
        "A secretary creates a meeting of three agencies from a form; first who would get what, then for real",
    )
    form = stage.folder / "giay-moi-15.toml"
    form.write_text(_form(cast, day), encoding="utf-8")
    stage.show(form.read_text(encoding="utf-8"), most=20)
    stage.run(["meetings", "create", form, "--dry-run"], expected=_EXIT_SOMETHING_TO_DO, show=16)
    created = json.loads(stage.run(["meetings", "create", form, "--json"], quiet=True).stdout)
    uid = str(created["uid"])
    click.echo(f"  UID {uid}: {len(created['join'])} {Text('liên kết vào họp riêng', 'personal join links')}")
    stage.wait_for(NUMBER, lambda: _all_reached(stage, uid))
    return uid


def _form(cast: Cast, day: date) -> str:
    first, second, third = cast.agencies
    return f"""# Phiếu họp của thư ký
number = "{NUMBER}"
summary = "Họp trực tuyến giao ban công tác cải cách hành chính"
chair = "{cast.chair.address}"
start = "8h00, ngày {day:%d/%m/%Y} ({_WEEKDAYS[day.weekday()]})"
duration = "90 phút"
content = "Đánh giá việc tiếp nhận hồ sơ trực tuyến; phương hướng tháng tới."
requirements = "Các đơn vị chuẩn bị báo cáo, gửi trước cuộc họp một ngày."
contact = "Văn phòng UBND tỉnh; 0255 3822 000"
required = ["{first}", "{second}", "{third}", "{cast.declines.address}", "{cast.sends.address}"]
places = [
  "Phòng họp số 1, UBND tỉnh",
  {{ name = "Điểm cầu {second}", for = ["{second}"], url = "https://phonghop.tinh.test/15", pin = "2468" }},
]
"""


def _move(stage: Stage, uid: str, day: date) -> None:
    stage.say(
        "Lùi một giờ: chỉ những người bị ảnh hưởng nhận thư, lịch của họ tự đổi",
        "One hour later: only those affected get a mail, and their calendars follow",
    )
    start = f"9h00, ngày {day:%d/%m/%Y}"
    stage.run(["meetings", "change", uid, "--start", start, "--reason", "Trùng lịch tiếp công dân"])


def _decline(stage: Stage, state: Mapping[str, Any], cast: Cast, uid: str) -> None:
    stage.say(
        "Một người bấm “không dự” trong chương trình thư của mình; câu trả lời được tính",
        "Somebody declines in their own mail program; the answer counts",
    )
    folder = SandboxFolder(Path(state["dir"]))
    reader = activate(state, SOURCE, {cast.declines.employee_id: "staff"}, folder.password("portal"))[0]

    def moved() -> EmailMessage | None:
        found = newest_mail(state, reader, "Congvu-Document-Number", NUMBER)
        return found if found is not None and _property(_calendar(found), "SEQUENCE") == "1" else None

    invitation = stage.wait_for(NUMBER, moved)
    for name in ("From", "Subject"):
        click.echo(f"  {name}: {header_of(invitation, name)}")
    reply = _reply(reader, invitation)
    stage.wait_for("250", lambda: _submitted(state, reader, reply))
    stage.wait_for("DECLINED", lambda: _has_answered(stage, uid, cast.declines.address, "DECLINED"))
    click.echo(f"  {cast.declines.address}: PARTSTAT=DECLINED")


def _stand_in(stage: Stage, cast: Cast, uid: str) -> None:
    stage.say(
        "Một người cử đồng nghiệp đi thay; thư ký đồng ý, cả hai nhận thư, liên kết cũ hết hiệu lực",
        "Somebody sends a colleague; the secretary consents, both are told, the old links end",
    )
    propose = ["meetings", "deputy", "propose", uid, cast.sends.address, cast.deputy.address]
    stage.run([*propose, "--reason", "Đi công tác"])
    stage.run(["meetings", "deputy", "consent", uid, cast.sends.address])
    stage.wait_for(cast.deputy.address, lambda: _all_reached(stage, uid))


# ---- what a mail program does ----------------------------------------------------------------------------------------


def _calendar(message: EmailMessage) -> str:
    part = next((part for part in message.walk() if part.get_content_type() == "text/calendar"), None)
    if part is None:
        raise StoryBroken(str(Text("thư không có lịch", "the mail has no calendar")))
    content = part.get_payload(decode=True)
    return re.sub(r"\r\n[ \t]", "", content.decode("utf-8") if isinstance(content, bytes) else "")


def _property(calendar: str, name: str) -> str:
    event = calendar[calendar.find("BEGIN:VEVENT") :]
    found = re.search(rf'^{name}(?:;(?:"[^"\r\n]*"|[^":\r\n])*)?:([^\r\n]*)', event, re.MULTILINE)
    return found[1] if found else ""


def _reply(reader: Mapping[str, str], invitation: EmailMessage) -> EmailMessage:
    """A REPLY as mail programs write it (RFC 5546 3.2.3)."""
    calendar = _calendar(invitation)
    organizer = _property(calendar, "ORGANIZER").removeprefix("mailto:")
    lines = (
        "BEGIN:VCALENDAR",
        "PRODID:-//Mail program of the demo//EN",
        "VERSION:2.0",
        "METHOD:REPLY",
        "BEGIN:VEVENT",
        f"UID:{_property(calendar, 'UID')}",
        f"SEQUENCE:{_property(calendar, 'SEQUENCE')}",
        f"DTSTAMP:{now():%Y%m%dT%H%M%SZ}",
        f"ORGANIZER:mailto:{organizer}",
        f"ATTENDEE;PARTSTAT=DECLINED:mailto:{reader['address']}",
        "COMMENT:Bận tiếp công dân",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    reply = EmailMessage()
    reply["From"], reply["To"] = reader["address"], organizer
    reply["Subject"] = f"Declined: {header_of(invitation, 'Subject')}"
    reply["Date"], reply["Message-ID"] = formatdate(now().timestamp()), make_msgid(domain="tinh.test")
    reply.set_content("Tôi không dự được.")
    reply.add_alternative("\r\n".join((*lines, "")), subtype="calendar", params={"method": "REPLY"})
    return reply


def _submitted(state: Mapping[str, Any], reader: Mapping[str, str], message: EmailMessage) -> bool | None:
    """Sent over TLS with the reader's own password; None while the relay has not heard yet that they may log in."""
    host, _, port = state["smtp"]["submissions"].rpartition(":")
    context = ssl.create_default_context(cafile=state["tls_ca"])
    with smtplib.SMTP_SSL(host, int(port), context=context, timeout=30) as client:
        try:
            client.login(reader["address"], Path(reader["password_file"]).read_text(encoding="ascii"))
        except smtplib.SMTPAuthenticationError as error:
            if error.smtp_code != _TRY_AGAIN:
                raise
            return None
        client.send_message(message)
    return True


# ---- how far it is ---------------------------------------------------------------------------------------------------


def _show(stage: Stage, uid: str) -> dict[str, Any]:
    answer = stage.ask(["meetings", "show", uid, "--json"])
    found: dict[str, Any] = json.loads(answer) if answer else {"attendees": []}
    return found


def _all_reached(stage: Stage, uid: str) -> bool | None:
    deliveries = [person["delivery"] for person in _show(stage, uid)["attendees"]]
    return True if deliveries and _REACHED.issuperset(deliveries) else None


def _has_answered(stage: Stage, uid: str, address: str, partstat: str) -> bool | None:
    people = {person["address"]: person["partstat"] for person in _show(stage, uid)["attendees"]}
    return True if people.get(address) == partstat else None
