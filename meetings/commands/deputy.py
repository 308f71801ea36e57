"""`meetings deputy`: standing in. The invited person proposes somebody, chair or secretary consents or refuses."""

from __future__ import annotations

from typing import Any

import click

from foundation.command_line import command, emit_json, group, invocation, tell
from foundation.language import Text
from meetings.commands import presentation, waiting
from meetings.commands.asking import ask
from meetings.commands.options import reason_option, takes_yes

_STATES = {
    "open": Text("chờ đồng ý", "waits for consent"),
    "accepted": Text("đã đồng ý", "consented"),
    "refused": Text("không đồng ý", "refused"),
    "withdrawn": Text("đã rút", "withdrawn"),
}


@group(
    "deputy",
    Text("Cử người đi thay: đề nghị, đồng ý, từ chối.", "Standing in: propose, consent, refuse."),
    Text(
        "Người đi thay phải cùng đơn vị, trừ khi thư ký đồng ý rõ ràng bằng --other-agency. Ở cuộc họp định kỳ, người "
        "đi thay dự tất cả các buổi.",
        "A deputy is of the same agency, unless the secretary consents explicitly with --other-agency, and attends all "
        "meetings of a series.",
    ),
)
def deputy() -> None:
    """The group itself does nothing."""


@command(
    "propose",
    Text("Đề nghị một người đi thay; chủ trì và thư ký được hỏi.", "Propose a deputy; chair and secretary are asked."),
)
@click.argument("meeting")
@click.argument("who")
@click.argument("stands_in", metavar="DEPUTY")
@click.option("--reason", default="", help="Lý do. / Why.")
@click.option("--other-agency", is_flag=True, help="Cho phép người của đơn vị khác. / Somebody of another agency.")
@takes_yes
def propose(meeting: str, who: str, stands_in: str, reason: str, other_agency: bool) -> int:
    """Ask the daemon."""
    answer = ask("deputy_propose", meeting=meeting, who=who, deputy=stands_in, reason=reason, other_agency=other_agency)
    return _told(answer, Text("đã hỏi ý kiến chủ trì và thư ký", "chair and secretary are asked"))


@command(
    "consent",
    Text("Đồng ý: người đi thay nhận giấy mời, liên kết cũ hết hiệu lực.", "Consent: the deputy is invited."),
)
@click.argument("meeting")
@click.argument("who")
@click.option("--other-agency", is_flag=True, help="Đồng ý cả khi khác đơn vị. / Even of another agency.")
@takes_yes
def consent(meeting: str, who: str, other_agency: bool) -> int:
    """Ask the daemon."""
    answer = ask("deputy_consent", meeting=meeting, who=who, other_agency=other_agency)
    return _told(answer, Text("đã đồng ý; cả hai người được báo", "consented; both are told"))


@command("refuse", Text("Từ chối: người đề nghị được báo.", "Refuse: whoever proposed it is told."))
@click.argument("meeting")
@click.argument("who")
@reason_option
@takes_yes
def refuse(meeting: str, who: str, reason: str) -> int:
    """Ask the daemon."""
    answer = ask("deputy_refuse", meeting=meeting, who=who, reason=reason)
    return _told(answer, Text("đã từ chối; người đề nghị được báo", "refused; whoever proposed it is told"))


@command(
    "list",
    Text("Ai đi thay ai, và các đề nghị đang chờ.", "Who stands in for whom, and what waits for consent."),
    Text("Không nêu HỌP: mọi đề nghị đang chờ.", "Without MEETING: everything that waits."),
)
@click.argument("meeting", required=False, default="")
@click.option("--all", "everything", is_flag=True, help="Cả những gì đã quyết. / Decided ones too.")
def list_(meeting: str, everything: bool) -> int:
    """Read the database."""
    found = waiting.deputies(meeting, everything or bool(meeting))
    if invocation().json:
        emit_json({"deputies": found})
        return 0
    headers = (
        Text("họp", "meeting"),
        Text("người được mời", "invited"),
        Text("đi thay", "deputy"),
        Text("lúc", "at"),
        Text("tình trạng", "state"),
    )
    rows = [
        [
            (each["number"] or each["uid"], None),
            (f"{each['delegator']['name']} <{each['delegator']['address']}>", None),
            (f"{each['deputy']['name']} <{each['deputy']['address']}>", None),
            (presentation.short(each["proposed_at"]), None),
            (presentation.word(_STATES, each["state"]), "yellow" if each["state"] == "open" else None),
        ]
        for each in found
    ]
    presentation.table_or_nothing(headers, rows)
    return 0


def _told(answer: dict[str, Any], done: Text) -> int:
    if invocation().json:
        emit_json({key: value for key, value in answer.items() if key != "warnings"})
    else:
        tell(done)
        tell(Text("xem: meetings deputy list {who}", "see: meetings deputy list {who}").format(who=answer["uid"]))
    return 0


for _command in (propose, consent, refuse, list_):
    deputy.add_command(_command)
