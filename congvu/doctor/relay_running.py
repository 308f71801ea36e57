"""What can be checked of a relay that runs: it answers at every door, Dovecot and the next hosts answer it, mail moves.

Talks as any client would: reads a greeting, says QUIT. Sends no mail and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from congvu.doctor.advice import Advice, advice_for
from congvu.doctor.findings import Finding, Subject
from congvu.doctor.knocking import door_of, first_words, greets, no_welcome, running, welcomes
from foundation import clock
from foundation.dates import duration
from foundation.errors import StorageError
from foundation.language import Text

if TYPE_CHECKING:
    from foundation.config.sections import Configuration
    from mailrelay.settings import Listener, NextHop, RelaySettings


def check_running(configuration: Configuration, settings: RelaySettings, deep: bool) -> Iterator[Finding]:
    """Every finding about the daemon and those it talks to. `deep`: reads every stored body and the whole journal."""
    advice = advice_for(configuration)
    daemon = _daemon(settings, advice)
    yield daemon
    if daemon.state != "failed":
        yield from (_listener(listener, advice) for listener in settings.listeners)
    yield _local_delivery(settings.local_delivery, advice)
    yield from _next_hosts(settings)
    yield _queue(configuration, settings, advice)
    if deep:
        yield _stored(configuration, settings)


# ---- the daemon and its doors ----------------------------------------------------------------------------------------


def _daemon(settings: RelaySettings, advice: Advice) -> Finding:
    subject = Subject("relay.daemon", Text("mailrelay serve", "mailrelay serve"))
    health = (settings.metrics_host, settings.metrics_port)
    return running(subject, settings.control_socket, health, advice.start_relay, advice.relay_log)


def _listener(listener: Listener, advice: Advice) -> Finding:
    where = f"{listener.host}:{listener.port}"
    subject = Subject(
        f"relay.listener.{listener.kind}.{where}",
        Text("Cổng {kind} {where}", "Door {kind} {where}").format(kind=listener.kind, where=where),
    )
    host = door_of(listener.host)
    greeting = first_words(host, listener.port, encrypted=listener.kind == "submissions")
    return greets(subject, greeting, advice.relay_log)


# ---- whom it hands mail to -------------------------------------------------------------------------------------------


def _local_delivery(hop: NextHop, advice: Advice) -> Finding:
    subject = Subject("relay.local_delivery", Text("Nơi giữ hộp thư (Dovecot)", "Mailboxes (Dovecot)"))
    words = _greeting_of(hop)
    if welcomes(words):
        return subject.ok(Text("{where} trả lời", "{where} answers").format(where=_named(hop)))
    return subject.failed(
        Text("{where} {words}", "{where} {words}").format(where=_named(hop), words=no_welcome(words)),
        Text("thư vẫn được giữ và thử lại; {step}", "mail is kept and tried again; {step}").format(
            step=advice.start_dovecot
        ),
    )


def _next_hosts(settings: RelaySettings) -> Iterator[Finding]:
    named = {"smarthost": settings.smarthost, "filter": settings.filter}
    named |= {f"route.{name}": hop for name, hop in settings.routes.items()}
    for name, hop in named.items():
        if hop is None or hop.mx:
            continue  # one that is found by MX is asked when there is mail for it
        subject = Subject(
            f"relay.{name}", Text("Chặng tiếp {name}", "Next host {name}").format(name=name.removeprefix("route."))
        )
        words = _greeting_of(hop)
        if welcomes(words):
            yield subject.ok(Text("{where} trả lời", "{where} answers").format(where=_named(hop)))
        else:
            yield subject.failed(
                Text("{where} {words}", "{where} {words}").format(where=_named(hop), words=no_welcome(words)),
                Text(
                    "thư đi đường này phải chờ; kiểm tra máy ấy, tường lửa, tuyến trong [relay]",
                    "mail on this way has to wait; check that host, the firewall, the route in [relay]",
                ),
            )


def _named(hop: NextHop) -> str:
    return hop.host if hop.unix else f"{hop.host}:{hop.port}"


def _greeting_of(hop: NextHop) -> str | Text:
    return first_words(hop.host, hop.port, unix=hop.unix)


# ---- what waits ------------------------------------------------------------------------------------------------------


def _queue(configuration: Configuration, settings: RelaySettings, advice: Advice) -> Finding:
    subject = Subject("relay.queue", Text("Hàng đợi", "Queue"))

    def check() -> Finding:
        from foundation.tables import open_to_read
        from mailrelay.service import SERVICE
        from mailrelay.store.queue import statistics

        try:
            with open_to_read(configuration.storage, SERVICE.name) as database:
                found = database.read(statistics)
        except StorageError as error:
            return subject.warning(error.message, error.hint or advice.start_relay)
        held = found.recipients["held"]
        detail = Text(
            "{messages} thư, {waiting} nơi nhận đang chờ, {held} bị giữ",
            "{messages} messages, {waiting} recipients waiting, {held} held",
        ).format(messages=found.messages, waiting=sum(found.recipients.values()) - held, held=held)
        if found.oldest_accepted_at is None:
            return subject.ok(Text("trống", "empty"))
        age = timedelta(microseconds=clock.now_microseconds() - found.oldest_accepted_at)
        limit = timedelta(seconds=settings.retry["normal"].delay_notice_seconds)
        if age > limit or held:
            return subject.warning(
                Text("{detail}; cũ nhất từ {age} trước", "{detail}; the oldest is {age} old").format(
                    detail=detail, age=duration(age)
                ),
                Text("xem: mailrelay queue list", "see: mailrelay queue list"),
            )
        return subject.ok(detail)

    return subject.attempt(check)


def _stored(configuration: Configuration, settings: RelaySettings) -> Finding:
    subject = Subject("relay.stored", Text("Thư đã nhận còn nguyên", "What was accepted is whole"))

    def check() -> Finding:
        from foundation.tables import open_to_read
        from mailrelay.service import SERVICE
        from mailrelay.spool.invariants import check as faults_of

        with open_to_read(configuration.storage, SERVICE.name) as database:
            faults = faults_of(database, settings.spool, hashes=True)
        if faults:
            return subject.failed(
                Text("{count} chỗ sai: {first}", "{count} faults: {first}").format(count=len(faults), first=faults[0]),
                Text(
                    "dừng dịch vụ, sao lưu thư mục dữ liệu và thư mục thư chờ trước khi làm gì khác",
                    "stop the service; copy the data folder and the spool before anything else",
                ),
            )
        return subject.ok(Text("mọi thư đang chờ và nhật ký khớp mã băm", "bodies and journal match their hashes"))

    return subject.attempt(check)
