"""The second half of the story: a document is issued, followed, read over IMAP byte for byte, and one comes back."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from congvu.demo.mailbox import header_of, newest_mail
from congvu.demo.pdf import make_pdf
from congvu.demo.stage import Stage, StoryBroken
from congvu.sandbox_activation import activate
from congvu.sandbox_folder import SandboxFolder
from foundation.directory.connection import ConnectionSettings
from foundation.directory.schema import (
    DEPARTMENT_NUMBER,
    EMPLOYEE_NUMBER,
    LIST_KIND,
    MAIL,
    MEMBER,
    QUOTA_MEBIBYTES,
    ROLE,
    ROLE_OCCUPANT,
)
from foundation.language import Text, current_language

SOURCE: Final = "hr"
_DEPARTMENT: Final = re.compile(r"S[A-Z]+\Z")  # the code of a provincial department: SXD, SNV
_ENDS: Final = frozenset({"delivered", "relayed", "failed", "expired", "removed"})
_LARGE_BYTES: Final = 1_400_000  # above the quota of one mebibyte
_EXIT_BAD_INPUT: Final = 65


@dataclass(frozen=True, slots=True)
class Office:
    """One agency of the province: its registry mailbox, the clerk who owns it, its list; somebody of another one."""

    code: str
    registry: str
    list_address: str
    clerk_id: str
    other_address: str
    other_dn: str

    @property
    def number(self) -> str:
        """Of the document that arrives."""
        return f"36/TB-{self.code}"

    @property
    def second_number(self) -> str:
        """Of the one that does not."""
        return f"37/TB-{self.code}"


def play_mail(stage: Stage, state: Mapping[str, Any]) -> str:
    """Issue, follow, read, bounce. Returns the queue id of the document that arrived."""
    office = _find_office(state)
    stage.say(
        "Văn thư mở tài khoản (việc của cổng kích hoạt sau này) và có mật khẩu ứng dụng cho máy thư",
        "The registry clerk activates the account (the portal's work, later) and has an app password for mail",
    )
    folder = SandboxFolder(Path(state["dir"]))
    clerk = activate(state, SOURCE, {office.clerk_id: "van_thu"}, folder.password("portal"))[0]
    click.echo(f"  {clerk['address']}  {stage.typed(clerk['password_file'])}")
    queue_id = _issue(stage, office)
    _read(stage, state, office, clerk)
    _bounce(stage, state, office, clerk)
    return queue_id


def _find_office(state: Mapping[str, Any]) -> Office:
    """The smallest department whose registry mailbox has an owner who also is on its list."""
    from foundation.directory.ldap import connect

    with connect(provisioner(state)) as directory:
        base = state["directory"]["base"]
        wanted = (MAIL, MEMBER, ROLE_OCCUPANT, DEPARTMENT_NUMBER)
        registries = {
            entry.first(DEPARTMENT_NUMBER): entry
            for entry in directory.search(f"ou=roles,{base}", f"({ROLE}=van_thu)", wanted, "onelevel")
        }
        lists = [*directory.search(f"ou=lists,{base}", f"({LIST_KIND}=agency)", wanted, "onelevel")]
        lists.sort(key=lambda entry: (len(entry.values(MEMBER)), entry.dn))
        for found in lists:
            code, members = found.first(DEPARTMENT_NUMBER), set(found.values(MEMBER))
            owners = members.intersection(registries[code].values(ROLE_OCCUPANT)) if code in registries else set()
            if not owners or not _DEPARTMENT.match(code):
                continue
            clerk = directory.read(min(owners), (EMPLOYEE_NUMBER,))
            strangers = (member for entry in lists for member in entry.values(MEMBER) if member not in members)
            other = directory.read(next(strangers), (MAIL,))
            if clerk is not None and other is not None:
                registry, number = registries[code].first(MAIL), clerk.first(EMPLOYEE_NUMBER)
                return Office(code, registry, found.first(MAIL), number, other.first(MAIL), other.dn)
    raise StoryBroken(str(Text("không có đơn vị nào hợp chuyện", "no agency fits the story")))


def _issue(stage: Stage, office: Office) -> str:
    stage.say(
        "Phát hành một thông báo tới danh sách của cơ quan, kèm tệp PDF",
        "A notice is issued to the list of an agency, with a PDF",
    )
    file = stage.folder / "thong-bao-36.pdf"
    title = "Thông báo về lịch tiếp công dân tháng 12"
    file.write_bytes(
        make_pdf((f"THONG BAO {office.number}", "Ve lich tiep cong dan thang 12", "(ban trinh dien)"), title)
    )
    # Until the relay has heard of the new people it refuses their addresses as unknown, and sends nothing.
    queue_id = _send(stage, office.registry, office.number, office.list_address, title, file)
    stage.say("Đã tới những ai: dấu vết của từng nơi nhận", "Who has it: the trail of every recipient")
    stage.wait_for(office.number, lambda: _ended(stage, queue_id))
    stage.run(["mailrelay", "trace", queue_id], show=14)
    return queue_id


def _send(stage: Stage, sender: str, number: str, recipient: str, subject: str, file: Path) -> str:
    arguments: list[str | Path] = ["mailrelay", "send", "--from", sender, "--number", number, "--kind", "Thông báo"]
    arguments += ["--to", recipient, "--subject", subject, "--attach", file]
    return stage.run(arguments, again_after=_EXIT_BAD_INPUT).stdout.strip()


def _ended(stage: Stage, queue_id: str) -> dict[str, str] | None:
    """The state of every recipient, once none is under way."""
    answer = stage.ask(["mailrelay", "trace", queue_id, "--json"])
    messages = json.loads(answer)["messages"] if answer else []
    states = {found["address"]: found["state"] for message in messages for found in message["recipients"]}
    return states if states and _ENDS.issuperset(states.values()) else None


def _read(stage: Stage, state: Mapping[str, Any], office: Office, clerk: Mapping[str, str]) -> None:
    stage.say(
        "Mở hộp thư qua IMAP (TLS, chứng thư đã kiểm tra): tệp đính kèm đúng từng byte",
        "The mailbox over IMAP (TLS, certificate verified): the attachment, byte for byte",
    )
    message = stage.wait_for(office.number, lambda: newest_mail(state, clerk, "Congvu-Document-Number", office.number))
    for name in ("From", "To", "Subject", "Congvu-Document-Number", "Congvu-Document-Kind"):
        click.echo(f"  {name}: {message[name]}")
    sent = (stage.folder / "thong-bao-36.pdf").read_bytes()
    got = next(part.get_payload(decode=True) for part in message.iter_attachments())
    if not isinstance(got, bytes) or got != sent:
        raise StoryBroken(str(Text("tệp đính kèm đã bị thay đổi", "the attachment was changed")))
    digest = hashlib.sha256(got).hexdigest()
    click.echo(
        f"  thong-bao-36.pdf: {len(got)} byte, SHA-256 {digest[:16]}… = {hashlib.sha256(sent).hexdigest()[:16]}…"
    )


def _bounce(stage: Stage, state: Mapping[str, Any], office: Office, clerk: Mapping[str, str]) -> None:
    stage.say(
        "Một hộp thư chỉ còn 1 MiB: người gửi được báo ngay, bằng tiếng Việt, vì sao",
        "A mailbox of 1 MiB: the sender is told at once why, in Vietnamese",
    )
    _limit(state, office.other_dn)
    file = stage.folder / "phu-luc-37.pdf"
    subject = "Thông báo kèm phụ lục khổ lớn"
    file.write_bytes(make_pdf((f"PHU LUC {office.second_number}", "(ban trinh dien)"), subject, _LARGE_BYTES))
    queue_id = _send(stage, office.registry, office.second_number, office.other_address, subject, file)
    stage.wait_for(office.second_number, lambda: _ended(stage, queue_id))
    stage.run(["mailrelay", "trace", queue_id], show=14)
    report = stage.wait_for("multipart/report", lambda: newest_mail(state, clerk, "Content-Type", "multipart/report"))
    text = next(part for part in report.walk() if part.get_content_type() == "text/plain")
    click.echo(f"  {clerk['address']} ← {header_of(report, 'From')}\n  {header_of(report, 'Subject')}")
    stage.show(text.get_content(), most=20 if current_language() == "vi" else 40)


def _limit(state: Mapping[str, Any], dn: str) -> None:
    """One mebibyte for this mailbox, as an administrator would set it in the directory."""
    import ldap3

    from foundation.directory.ldap import open_connection

    click.echo(f"  {dn}: {QUOTA_MEBIBYTES} = 1")
    changes = {QUOTA_MEBIBYTES: [(ldap3.MODIFY_REPLACE, ["1"])]}
    with open_connection(provisioner(state)) as connection:
        if not connection.modify(dn, changes):  # type: ignore[no-untyped-call]
            raise StoryBroken(f"{dn}: {connection.result['description']}")


def provisioner(state: Mapping[str, Any]) -> ConnectionSettings:
    """The directory, asked as the provisioner."""
    directory = state["directory"]
    password = Path(directory["service_password_file"]).read_text(encoding="ascii").strip()
    return ConnectionSettings(directory["url"], directory["base"], directory["service_dn"], password)
