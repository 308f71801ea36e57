"""What can be checked of the meetings server: its way to and from the relay, its links, its room, its letters.

A machine whose meetings server has neither a password for the relay nor an account in the directory has none, and
nothing of it is checked. Who answers is the business of `meetings_running`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from congvu.doctor.advice import advice_for, is_sandbox
from congvu.doctor.findings import Finding, Subject
from congvu.doctor.knocking import door_of
from congvu.doctor.meetings_running import check_running, login, what_waits
from foundation import clock
from foundation.errors import ConfigError, Unreachable
from foundation.language import Text

if TYPE_CHECKING:
    from foundation.config.sections import Configuration
    from meetings.settings import MeetingsSettings

_SAME_HOST: Final = frozenset({"127.0.0.1", "localhost", "::1", "0.0.0.0", "::"})  # noqa: S104 - names to compare


def check_meetings(configuration: Configuration) -> Iterator[Finding]:
    """Every finding about the meetings server; bad settings end the list, because all else depends on them."""
    from meetings.configuration import settings_from

    subject = Subject("meetings", Text("Máy họp", "Meetings server"))
    section = configuration.meetings
    if section.submission.password is None and section.bind_password is None:
        yield subject.ok(
            Text(
                "không dùng ở đây: [meetings] chưa có bind_password, [meetings.submission] chưa có password",
                "not used here: [meetings] has no bind_password and [meetings.submission] no password",
            )
        )
        return
    try:
        settings = settings_from(configuration)
    except ConfigError as error:
        first = error.problems[0] if error.problems else None
        yield subject.failed(first.message if first else error.message, (first.hint if first else None) or error.hint)
        return
    advice = advice_for(configuration)
    yield subject.ok(Text("{organiser}", "{organiser}").format(organiser=settings.organiser))
    yield _links(configuration)
    yield from _routes(configuration, settings)
    yield login(settings, advice)
    yield from _directory(configuration, settings)
    yield _public_url(configuration, settings)
    yield _room(settings)
    yield _secretary(settings)
    yield _letter_pdf(settings)
    yield from check_running(settings, advice)
    yield what_waits(configuration, settings, advice)


# ---- keys and addresses ----------------------------------------------------------------------------------------------


def _links(configuration: Configuration) -> Finding:
    subject = Subject("meetings.links", Text("Khóa ký liên kết riêng", "Key of personal links"))

    def check() -> Finding:
        from meetings.links import Links

        place = configuration.meetings.links_key
        if place.path is not None and not place.path.exists():
            return subject.failed(
                Text("chưa có {place}", "there is no {place}").format(place=place.describe()),
                Text(
                    "nếu đã từng có: khôi phục bản sao; nếu chưa: congvu keys create links",
                    "if there ever was one: restore the copy; if not: congvu keys create links",
                ),
            )
        Links.load(configuration)
        return subject.ok(Text("dùng được", "usable"))

    return subject.attempt(check)


def _public_url(configuration: Configuration, settings: MeetingsSettings) -> Finding:
    subject = Subject("meetings.public_url", Text("Địa chỉ trang họp", "Address of the pages"))
    if urlsplit(settings.public_url).scheme == "https":
        return subject.ok(Text("{url}", "{url}").format(url=settings.public_url))
    detail = Text("{url}: không mã hóa", "{url}: not encrypted").format(url=settings.public_url)
    if is_sandbox(configuration):
        return subject.ok(Text("{detail}, chỉ trong máy", "{detail}, on loopback only").format(detail=detail))
    return subject.failed(
        detail,
        Text(
            "đặt public_url = https://... trong [meetings], và một máy web có chứng thư trước web_listen",
            "set public_url = https://... in [meetings], and a web server with a certificate before web_listen",
        ),
    )


def _room(settings: MeetingsSettings) -> Finding:
    subject = Subject("meetings.room", Text("Phòng họp chung", "Room"))
    room = settings.room
    ways = [way for way in (room.url, room.sip, room.h323, room.telephone) if way]
    if ways:
        return subject.ok(Text("{way}", "{way}").format(way=ways[0]))
    return subject.warning(
        Text("chưa có: giấy mời chỉ có phòng mà địa điểm ghi", "none: only places that name a room have one"),
        Text("đặt url, sip hay h323 trong [meetings.room]", "set url, sip or h323 in [meetings.room]"),
    )


def _secretary(settings: MeetingsSettings) -> Finding:
    subject = Subject("meetings.secretary", Text("Hộp thư thư ký", "Secretary's mailbox"))
    if settings.secretary:
        return subject.ok(Text("{address}", "{address}").format(address=settings.secretary))
    return subject.warning(
        Text("chưa có: thư không phải trả lời phải chờ", "none: what is no answer has to wait"),
        Text("đặt secretary trong [meetings]", "set secretary in [meetings]"),
    )


def _letter_pdf(settings: MeetingsSettings) -> Finding:
    """Letters leave without their PDF when this machine cannot make one: a sample tells beforehand."""
    subject = Subject("meetings.pdf", Text("Giấy mời dạng PDF", "Invitations as PDF"))

    def check() -> Finding:
        from foundation.rendering import Renderer
        from meetings.invitations.letter_pdf import make_pdf
        from meetings.meeting import Meeting

        at = clock.now().astimezone(ZoneInfo(settings.timezone))
        sample = Meeting("", "Họp thử", at, at + timedelta(hours=1), settings.timezone)
        made = make_pdf(
            sample,
            settings.organisation,
            at=at,
            renderer=Renderer(settings.templates),
            language=settings.language,
            **asdict(settings.letterhead),
        )
        return subject.ok(Text("lập được ({bytes} byte)", "can be made ({bytes} bytes)").format(bytes=len(made)))

    return subject.attempt(check)


def _directory(configuration: Configuration, settings: MeetingsSettings) -> Iterator[Finding]:
    from foundation.config.of_service import directory_connection
    from foundation.directory.ldap import connect
    from meetings.service import SERVICE

    reads = Subject("meetings.directory", Text("Máy họp đọc thư mục LDAP", "The meetings server reads the directory"))
    nobody = Subject("meetings.organiser", Text("Địa chỉ riêng của máy họp", "The server's own addresses"))
    try:
        connection = directory_connection(configuration, SERVICE)
        with connect(connection) as directory:
            subtrees = settings.directory
            names = (subtrees.people, subtrees.lists, subtrees.roles, subtrees.agencies)
            missing = [name for name in names if directory.read(name, ("objectClass",)) is None]
            if missing:
                yield reads.failed(
                    Text("{who} không thấy {names}", "{who} cannot see {names}").format(
                        who=connection.bind_dn, names="; ".join(missing)
                    ),
                    Text("xem quyền của cn=meetings trong deploy/openldap", "see cn=meetings in deploy/openldap"),
                )
                return
            yield reads.ok(Text("{who}", "{who}").format(who=connection.bind_dn or "EXTERNAL"))
            from meetings.people.questions import Questions

            found = Questions(directory, subtrees).by_address(settings.own_addresses)
    except (ConfigError, Unreachable) as error:
        yield reads.failed(error.message, error.hint)
        return
    holders = [entry.dn for entries in found for entry in entries]
    named = ", ".join(sorted(settings.own_addresses))
    if holders:
        yield nobody.failed(
            Text("{who} có một trong {named}", "{who} has one of {named}").format(who=holders[0], named=named),
            Text(
                "chọn organiser, bounce_address khác trong [meetings], hoặc bỏ địa chỉ ấy khỏi thư mục",
                "choose another organiser or bounce_address in [meetings], or take it out of the directory",
            ),
        )
    else:
        yield nobody.ok(Text("{named}: không của ai khác", "{named}: nobody else's").format(named=named))


# ---- to and from the relay -------------------------------------------------------------------------------------------


def _routes(configuration: Configuration, settings: MeetingsSettings) -> Iterator[Finding]:
    """Whether the relay, as far as this file configures one, leads both addresses to our LMTP door."""
    for name, address in (("organiser", settings.organiser), ("bounce_address", settings.bounce_address)):
        subject = Subject(f"meetings.route.{name}", Text("Đường tới {who}", "Way to {who}").format(who=address))
        hop = configuration.relay.routes.get(address)
        wanted = f"lmtp://{door_of(settings.lmtp.host)}:{settings.lmtp.port}"
        step = Text(
            'đặt "{address}" = "{wanted}" trong [relay.routes], rồi nạp lại máy chuyển thư',
            'set "{address}" = "{wanted}" in [relay.routes], then reload the relay',
        ).format(address=address, wanted=wanted)
        if hop is None:
            yield subject.failed(Text("không có: trả lời bị từ chối", "none: answers are refused"), step)
        elif not _leads_to(str(hop), settings):
            yield subject.failed(Text("dẫn tới {hop}", "leads to {hop}").format(hop=hop), step)
        else:
            yield subject.ok(Text("{hop}", "{hop}").format(hop=hop))


def _leads_to(hop: str, settings: MeetingsSettings) -> bool:
    parts = urlsplit(hop)
    host, ours = (parts.hostname or "").lower(), settings.lmtp.host.lower()
    same = host == ours or {host, ours} <= _SAME_HOST
    return parts.scheme == "lmtp" and same and parts.port == settings.lmtp.port
