"""What can be checked of the meetings server: its way to and from the relay, its links, its room, its own addresses.

A machine whose meetings server has neither a password for the relay nor an account in the directory has none, and
nothing of it is checked. Logs in at the relay and says goodbye; sends nothing, changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from congvu.doctor.advice import Advice, advice_for, is_sandbox
from congvu.doctor.findings import Finding, Subject
from congvu.doctor.knocking import (
    ANSWER_SECONDS,
    door_of,
    first_words,
    no_welcome,
    readiness,
    somebody_listens,
    welcomes,
    what_is_wrong,
)
from congvu.doctor.system_errors import reason_of
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
    yield _login(settings, advice)
    yield from _directory(configuration, settings)
    yield _public_url(configuration, settings)
    yield _room(settings)
    yield _secretary(settings)
    yield from _running(settings, advice)


# ---- keys and addresses ----------------------------------------------------------------------------------------------


def _links(configuration: Configuration) -> Finding:
    subject = Subject("meetings.links", Text("Khóa ký đường dẫn riêng", "Key of personal links"))

    def check() -> Finding:
        from meetings.links import Links

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


def _directory(configuration: Configuration, settings: MeetingsSettings) -> Iterator[Finding]:
    from foundation.directory.ldap import connect
    from meetings.configuration import directory_connection

    reads = Subject("meetings.directory", Text("Máy họp đọc thư mục LDAP", "The meetings server reads the directory"))
    nobody = Subject("meetings.organiser", Text("Địa chỉ riêng của máy họp", "The server's own addresses"))
    try:
        connection = directory_connection(configuration)
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


def _login(settings: MeetingsSettings, advice: Advice) -> Finding:
    subject = Subject("meetings.login", Text("Máy họp đăng nhập máy chuyển thư", "The meetings server's login"))
    submission = settings.submission
    where = f"{submission.username} @ {submission.host}:{submission.port}"

    def check() -> Finding:
        import smtplib

        if submission.password is None:
            return subject.failed(
                Text("chưa có mật khẩu: giấy mời phải chờ", "no password: invitations wait"),
                Text("đặt password trong [meetings.submission]", "set password in [meetings.submission]"),
            )
        password = submission.password.read()
        try:
            _try_login(settings, password)
        except smtplib.SMTPAuthenticationError as error:
            return subject.failed(
                Text("{where}: bị từ chối ({code})", "{where}: refused ({code})").format(
                    where=where, code=error.smtp_code
                ),
                Text(
                    "đặt [relay.applications.{name}] với đúng mật khẩu của [meetings.submission]",
                    "set [relay.applications.{name}] with the password of [meetings.submission]",
                ).format(name=submission.username),
            )
        except (OSError, smtplib.SMTPException) as error:
            why = reason_of(error) if isinstance(error, OSError) else Text(str(error), str(error))
            return subject.failed(
                Text("{where}: {why}", "{where}: {why}").format(where=where, why=why), advice.start_relay
            )
        return subject.ok(Text("{where}", "{where}").format(where=where))

    return subject.attempt(check)


def _try_login(settings: MeetingsSettings, password: str) -> None:
    """As the daemon logs in: with TLS, its certificate verified by the name in `server_name`."""
    import smtplib
    import ssl

    submission = settings.submission
    context = ssl.create_default_context(cafile=submission.ca_file)

    class Named(smtplib.SMTP):
        """Verifies the configured name, whatever address it was reached by."""

        def _get_socket(self, host: str, port: int, timeout: float) -> ssl.SSLSocket:
            plain = super()._get_socket(host, port, timeout)  # type: ignore[misc]  # not in typeshed; smtplib's own hook
            return context.wrap_socket(plain, server_hostname=submission.server_name)

    if submission.tls == "implicit":
        client: smtplib.SMTP = Named(timeout=ANSWER_SECONDS)
        client.connect(submission.host, submission.port)
    else:
        client = smtplib.SMTP(timeout=ANSWER_SECONDS)
        client.connect(submission.host, submission.port)
        client._host = submission.server_name  # type: ignore[attr-defined]  # the name that starttls verifies
        client.starttls(context=context)
    with client:
        client.login(submission.username, password)


# ---- the daemon ------------------------------------------------------------------------------------------------------


def _running(settings: MeetingsSettings, advice: Advice) -> Iterator[Finding]:
    daemon = _daemon(settings, advice)
    yield daemon
    if daemon.state == "failed":
        return
    subject = Subject("meetings.lmtp", Text("Cổng LMTP của máy họp", "The LMTP door"))
    greeting = first_words(door_of(settings.lmtp.host), settings.lmtp.port)
    yield (
        subject.ok(Text("trả lời", "answers"))
        if welcomes(greeting)
        else subject.failed(no_welcome(greeting), advice.meetings_log)
    )
    yield _pages(settings, advice)


def _daemon(settings: MeetingsSettings, advice: Advice) -> Finding:
    subject = Subject("meetings.daemon", Text("meetings serve", "meetings serve"))
    if not somebody_listens(settings.control_socket):
        return subject.failed(
            Text("không chạy: không ai trả lời ở {path}", "not running: nobody answers at {path}").format(
                path=settings.control_socket
            ),
            advice.start_meetings,
        )
    if not settings.metrics.port:
        return subject.ok(Text("đang chạy; metrics_listen tắt", "running; metrics_listen is off"))
    ready = readiness(settings.metrics.host, settings.metrics.port)
    if ready is None:
        return subject.warning(
            Text("đang chạy nhưng trang sức khỏe không trả lời", "running, but its health page does not answer"),
            advice.meetings_log,
        )
    wrong = what_is_wrong(ready)
    if wrong:
        return subject.failed(Text("{wrong}", "{wrong}").format(wrong=wrong), advice.meetings_log)
    return subject.ok(Text("đang chạy, sẵn sàng", "running, ready"))


def _pages(settings: MeetingsSettings, advice: Advice) -> Finding:
    import http.client

    subject = Subject("meetings.pages", Text("Trang web của máy họp", "The pages"))
    connection = http.client.HTTPConnection(door_of(settings.web.host), settings.web.port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/", headers={"Host": urlsplit(settings.public_url).netloc})
        connection.getresponse().read()
    except (OSError, http.client.HTTPException) as error:
        why = reason_of(error) if isinstance(error, OSError) else Text(str(error), str(error))
        return subject.failed(
            Text("không trả lời: {why}", "does not answer: {why}").format(why=why), advice.meetings_log
        )
    finally:
        connection.close()
    return subject.ok(Text("{host}:{port}", "{host}:{port}").format(host=settings.web.host, port=settings.web.port))
