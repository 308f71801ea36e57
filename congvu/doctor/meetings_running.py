"""What can be checked of a meetings server that runs: the relay takes its login, it answers at every door.

Logs in at the relay and says goodbye; sends nothing, changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from congvu.doctor.advice import Advice
from congvu.doctor.findings import Finding, Subject
from congvu.doctor.knocking import ANSWER_SECONDS, door_of, first_words, greets, running
from foundation.errors import StorageError
from foundation.language import Text
from foundation.system_errors import reason_of

if TYPE_CHECKING:
    from foundation.config.sections import Configuration
    from meetings.settings import MeetingsSettings

NEARLY_FULL: Final = 0.8
"""Of a limit; the usual mark at which a disk is called full, and the one of docs/operations.md."""
LATE_MINUTES: Final = 10
"""The mark at which docs/operations.md raises the alarm."""


def login(settings: MeetingsSettings, advice: Advice) -> Finding:
    """Whether the relay takes the account and its password."""
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


def check_running(settings: MeetingsSettings, advice: Advice) -> Iterator[Finding]:
    """Every finding about the daemon and its doors."""
    daemon = _daemon(settings, advice)
    yield daemon
    if daemon.state == "failed":
        return
    subject = Subject("meetings.lmtp", Text("Cổng LMTP của máy họp", "The LMTP door"))
    yield greets(subject, first_words(door_of(settings.lmtp.host), settings.lmtp.port), advice.meetings_log)
    yield _pages(settings, advice)


def _daemon(settings: MeetingsSettings, advice: Advice) -> Finding:
    subject = Subject("meetings.daemon", Text("meetings serve", "meetings serve"))
    health = (settings.metrics.host, settings.metrics.port)
    return running(subject, settings.control_socket, health, advice.start_meetings, advice.meetings_log)


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


# ---- what waits ------------------------------------------------------------------------------------------------------


def what_waits(configuration: Configuration, settings: MeetingsSettings, advice: Advice) -> Finding:
    """Mail that has not left yet, and answers that nobody has decided about."""
    subject = Subject("meetings.waiting", Text("Đang chờ ở máy họp", "Waiting at the meetings server"))

    def check() -> Finding:
        from foundation import clock
        from foundation.tables import open_to_read
        from meetings.desk.keeping import keeping_rules
        from meetings.service import SERVICE
        from meetings.store import incoming, kept_mails, outbox

        now = clock.now_microseconds()
        try:
            with open_to_read(configuration.storage, SERVICE.name) as database:
                due, waiting = database.read(outbox.next_due)
                held = len(database.read(incoming.held))
                kept = database.read(lambda transaction: kept_mails.amount(transaction, now))
        except StorageError as error:
            return subject.warning(error.message, error.hint or advice.start_meetings)
        detail = Text("{waiting} thư chờ gửi, {held} trả lời chờ quyết định", "{waiting} to send, {held} to decide")
        detail = detail.format(waiting=waiting, held=held)
        share = keeping_rules(settings.limits).share(kept)
        if share > NEARLY_FULL:
            return subject.failed(*_nearly_full(detail, share))
        late_minutes = (now - due) // 60_000_000 if due is not None else 0
        if late_minutes >= LATE_MINUTES:
            return subject.failed(*_late(detail, late_minutes, advice))
        if held:
            return subject.warning(detail, Text("xem: meetings held list", "see: meetings held list"))
        return subject.ok(detail)

    return subject.attempt(check)


def _nearly_full(detail: Text, share: float) -> tuple[Text, Text]:
    told = Text(
        "{detail}; thư đang giữ đã chiếm {percent} % giới hạn, quá thì thư mới bị hoãn",
        "{detail}; kept mails fill {percent} % of their limits, beyond which new ones are put off",
    )
    return told.format(detail=detail, percent=int(share * 100)), Text(
        "quyết định: meetings held list, held accept|reject; hoặc tăng kept_* trong [meetings.limits]",
        "decide: meetings held list, held accept|reject; or raise kept_* in [meetings.limits]",
    )


def _late(detail: Text, minutes: int, advice: Advice) -> tuple[Text, Text]:
    told = Text(
        "{detail}; thư đầu tiên đã quá hạn {minutes} phút", "{detail}; the first has been due for {minutes} min"
    )
    step = Text(
        "{relay} nếu meetings.login báo lỗi; nếu không, {log}",
        "{relay} if meetings.login fails; else {log}",
    )
    return told.format(detail=detail, minutes=minutes), step.format(relay=advice.start_relay, log=advice.meetings_log)
