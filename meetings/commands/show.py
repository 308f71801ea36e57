"""`meetings show`: one meeting: who has the invitation, who answered, who stands in, what waits for a decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from foundation.clock import microseconds, now_microseconds
from foundation.command_line import command, emit_json, invocation, tell
from foundation.language import Text
from foundation.logs import one_line
from meetings.commands import presentation
from meetings.commands.options import instance_option
from meetings.commands.presentation import Cell
from meetings.commands.reading import read
from meetings.terms import DELIVERIES, PARTSTATS, ROLES

if TYPE_CHECKING:
    from foundation.storage import Transaction


@command(
    "show",
    Text("Ai đã nhận giấy mời, ai trả lời, ai đi thay.", "Who has the invitation, who answered, who stands in."),
    Text(
        "HỌP là UID hoặc số giấy mời; --instance chọn một buổi của cuộc họp định kỳ. Mã thoát 1 khi không có.",
        "MEETING is a UID or a number; --instance chooses one of a series. Exit 1 when there is none.",
    ),
)
@click.argument("meeting")
@instance_option
def show(meeting: str, instance: str) -> int:
    """Read, show."""
    found, took_ms = read(_finder(meeting, instance))
    if invocation().json:
        emit_json({"took_ms": took_ms, **found})
        return 0
    presentation.head(found)
    _series(found)
    click.echo(f"  {presentation.counts(found['attendees'])}")
    _people(found["attendees"])
    _incoming(Text("Chờ quyết định", "Waiting for a decision"), found["held"])
    _incoming(Text("Không tính", "Not counted"), found["ignored"])
    _what_waits(found)
    return 0


def _finder(who: str, instance: str) -> Callable[[Transaction], dict[str, Any]]:
    """What is asked, with everything loaded that it needs: loading is no part of the answer's time."""
    from meetings.control_orders.finding import one_instance, one_meeting
    from meetings.desk.showing import show as shown

    def find(transaction: Transaction) -> dict[str, Any]:
        stored = one_meeting(transaction, who)
        found = one_instance(transaction, stored, instance, cancelled=True)
        return shown(transaction, stored, microseconds(found.recurrence_id) if found else 0, now_microseconds())

    return find


def _series(found: Mapping[str, Any]) -> None:
    """The rule of a series, and which of it are not as the rule says."""
    if not found["rrule"]:
        return
    begins = presentation.instant(found["start"])
    rule = Text("định kỳ: {rule}, từ {begins}", "series: {rule}, from {begins}")
    click.echo(f"  {rule.format(rule=found['rrule'], begins=begins)}")
    places = [place["name"] for place in found["places"]]
    for one in found["occurrences"]:
        was = presentation.instant(one["instance"])
        if one["status"] == "CANCELLED":
            click.echo(f"    {was}: {Text('đã hủy', 'cancelled')}")
        elif one["changed"]:
            click.echo(one_line(f"    {was}: {_difference(one, places)}"))


def _difference(one: Mapping[str, Any], places: Sequence[str]) -> str:
    """How one occurrence differs from its series: its time, its place, or else its words."""
    told = []
    if datetime.fromisoformat(one["instance"]) != datetime.fromisoformat(one["start"]):
        told.append(str(Text("dời sang {time}", "moved to {time}").format(time=presentation.instant(one["start"]))))
    if one["places"] != list(places):
        told.append(str(Text("họp tại {place}", "held at {place}").format(place="; ".join(one["places"]) or "—")))
    return ", ".join(told) or str(Text("có nội dung riêng", "has words of its own"))


def _people(people: Sequence[Mapping[str, Any]]) -> None:
    headers = (
        Text("tên", "name"),
        Text("địa chỉ", "address"),
        Text("vai trò", "role"),
        Text("trả lời", "answer"),
        Text("lúc", "at"),
        Text("thư", "mail"),
        Text("đi thay", "deputy"),
        Text("vào họp", "joined"),
    )
    if people:
        presentation.table(headers, [_person(person) for person in people])


def _person(person: Mapping[str, Any]) -> list[Cell]:
    partstat, delivery = person["partstat"], person["delivery"]
    answer = presentation.word(PARTSTATS, partstat)
    if person["comment"]:
        answer += f" ({person['comment']})"
    if person["exceptions"]:
        answer += f" ({presentation.exceptions(person['exceptions'])})"
    if person["answered_from"] not in ("", person["address"]):
        answer += f" [{Text('từ {sender}', 'from {sender}').format(sender=person['answered_from'])}]"
    if person["answered_old_time"]:
        answer += f" [{presentation.reason('answered_old_time')}]"
    mail = presentation.word(DELIVERIES, delivery)
    if person["unreachable"]:
        mail, delivery = str(Text("không còn hộp thư", "no mailbox any more")), "failed"
    if person["possible_duplicate"]:
        mail += f" ({Text('có thể trùng', 'possibly a duplicate')})"
    deputy = ""
    if person["delegated_to"]:
        deputy = f"→ {person['delegated_to']}"
    elif person["delegated_from"]:
        deputy = str(Text("thay {who}", "for {who}").format(who=person["delegated_from"]))
    return [
        (person["name"], None),
        (person["address"], None),
        (presentation.word(ROLES, person["role"]), None),
        (answer, presentation.COLORS.get(partstat)),
        (presentation.short(person["answered_at"]), None),
        (mail, presentation.COLORS.get(delivery)),
        (deputy, None),
        (presentation.short(person["joined"]), None),
    ]


def _incoming(title: Text, mails: Sequence[Mapping[str, Any]]) -> None:
    if not mails:
        return
    click.echo(click.style(f"{title}:", bold=True))
    for mail in mails:
        when = presentation.short(mail["received_at"])
        told = f"  {mail['id']}  {when}  {presentation.sender(mail)}: {presentation.reason(mail['reason'])}"
        if mail["attendee"]:
            answer = presentation.word(PARTSTATS, mail["partstat"])
            about = Text("trả lời cho {whose}: {answer}", "answers for {whose}: {answer}")
            told += (
                f"; {about.format(whose=presentation.whose(mail['attendee']), answer=answer or presentation.NOTHING)}"
            )
        click.echo(one_line(told))


def _what_waits(found: Mapping[str, Any]) -> None:
    """Where to go for what the secretary has to decide."""
    for name, text in (
        (
            "deputies",
            Text(
                "đề nghị cử người đi thay chờ đồng ý: meetings deputy list {uid}",
                "deputies wait for consent: meetings deputy list {uid}",
            ),
        ),
        (
            "counters",
            Text(
                "đề xuất thời gian khác chờ trả lời: meetings counter list {uid}",
                "proposed times wait: meetings counter list {uid}",
            ),
        ),
    ):
        if any(each["state"] == "open" for each in found[name]):
            tell(text.format(uid=found["uid"]), "yellow")
    if found["held"]:
        tell(
            Text("thư chờ quyết định: meetings held accept|reject MÃ", "mail waits: meetings held accept|reject ID"),
            "yellow",
        )
