"""What the relay takes from the configuration file, turned into its own frozen settings.

`settings_from` reads no secret and opens nothing; a wrong combination of values is a ConfigError with its next step.
The account with which the directory is asked is `directory_connection`'s business, because that reads a password.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import TYPE_CHECKING

from foundation.config.network_fields import split_listen
from foundation.config.of_service import misfit, refuse
from foundation.config.secrets import Secret
from foundation.errors import ConfigError, Problem
from foundation.language import Text
from mailrelay.sending.routing import parse_next_hop
from mailrelay.service import SERVICE
from mailrelay.settings import (
    Application,
    Concurrency,
    Directory,
    Limits,
    Listener,
    NextHop,
    RelaySettings,
    RetrySettings,
    TlsPolicy,
    TlsSettings,
)

if TYPE_CHECKING:
    from foundation.config.relay_section import Relay, RelayTls, RetrySchedule
    from foundation.config.sections import Configuration
    from mailrelay.envelope import ListenerKind

_KINDS: tuple[ListenerKind, ...] = ("relay", "submission", "submissions", "reinjection")


def settings_from(configuration: Configuration) -> RelaySettings:
    """The relay's view of a configuration. Raises ConfigError with everything that does not fit together."""
    section, organisation = configuration.relay, configuration.organisation
    domains = (organisation.domain, *organisation.other_domains)
    refuse([*_misfits(section), *_foreign_applications(section, domains)], SERVICE)
    metrics = split_listen(section.metrics_listen) if section.metrics_listen else ("", 0)
    return RelaySettings(
        hostname=section.hostname,
        domains=domains,
        language=organisation.language,
        timezone=organisation.timezone,
        spool=section.spool,
        control_socket=section.control_socket,
        directory=_directory(configuration),
        listeners=_listeners(section),
        trusted_networks=tuple(ipaddress.ip_network(network) for network in section.trusted_networks),
        local_delivery=parse_next_hop(section.local_delivery),
        routes={name: parse_next_hop(hop) for name, hop in section.routes.items()},
        applications={
            name: Application(each.addresses, each.password, each.messages_per_hour)
            for name, each in section.applications.items()
        },
        smarthost=_optional_hop(section.smarthost),
        filter=_optional_hop(section.filter),
        tls=_tls(section.tls),
        limits=Limits(**section.limits.model_dump()),
        retry={"normal": _schedule(section.retry.normal), "urgent": _schedule(section.retry.urgent)},
        concurrency=Concurrency(**section.concurrency.model_dump()),
        metrics_host=metrics[0],
        metrics_port=metrics[1],
        control_group=section.control_group,
        dkim_domains=section.dkim.domains,
        dkim_key=_file_of(section.dkim.key) if section.dkim.domains else None,
        dkim_selector=section.dkim.selector,
        keep_body_seconds=section.keep_body_seconds,
        event_loop=section.event_loop,
        organisation=organisation.name,
        templates=configuration.templates.directory,
        nameservers=tuple(split_listen(address) for address in section.nameservers),
        list_senders=section.list_senders,
        postmaster_mailbox=section.postmaster,
    )


def _misfits(section: Relay) -> list[Problem]:
    """What each value alone could not show."""
    found = []
    if section.filter and not section.listeners.reinjection:
        found.append(
            misfit(
                "relay.filter",
                Text(
                    "có bộ lọc nhưng không có nơi nhận thư trả về",
                    "there is a filter, and nowhere for it to hand messages back",
                ),
                Text(
                    'đặt reinjection = ["127.0.0.1:10026"] trong [relay.listeners]',
                    'set reinjection = ["127.0.0.1:10026"] in [relay.listeners]',
                ),
            )
        )
    for address in section.listeners.reinjection:
        if not _is_loopback(split_listen(address)[0]):
            found.append(
                misfit(
                    "relay.listeners.reinjection",
                    Text(
                        "{address} không phải địa chỉ loopback: ai cũng có thể vượt qua bộ lọc",
                        "{address} is not a loopback address: anybody could go past the filter",
                    ).format(address=address),
                    Text("dùng 127.0.0.1 hoặc [::1]", "use 127.0.0.1 or [::1]"),
                )
            )
    return found


def _foreign_applications(section: Relay, domains: tuple[str, ...]) -> list[Problem]:
    """A program sends in our name, never in that of others."""
    return [
        misfit(
            f"relay.applications.{name}.addresses",
            Text("{address} không thuộc tên miền nào của ta", "{address} is of no domain of ours").format(
                address=address
            ),
            Text("ví dụ: hop@{domain}", "for example: hop@{domain}").format(domain=domains[0]),
        )
        for name, application in section.applications.items()
        for address in application.addresses
        if address.rpartition("@")[2] not in domains
    ]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listeners(section: Relay) -> tuple[Listener, ...]:
    """Without a certificate nobody could log in, so the two doors for staff stay closed."""
    kinds = _KINDS if section.tls.certificate else tuple(kind for kind in _KINDS if not kind.startswith("submission"))
    return tuple(
        Listener(kind, *split_listen(address)) for kind in kinds for address in getattr(section.listeners, kind)
    )


def _directory(configuration: Configuration) -> Directory:
    section = configuration.directory
    return Directory(
        base=section.base,
        people=section.people,
        lists=section.lists,
        roles=section.role_mailboxes,
        agencies=section.agencies,
        credentials=f"ou=mailcredentials,{section.base}",
    )


def _optional_hop(text: str) -> NextHop | None:
    return parse_next_hop(text) if text else None


def _schedule(section: RetrySchedule) -> RetrySettings:
    return RetrySettings(**section.model_dump())


def _tls(section: RelayTls) -> TlsSettings:
    return TlsSettings(
        certificate=section.certificate,
        key=_file_of(section.key) if section.key else None,
        ca_file=section.ca_file,
        outbound=_tls_policy(section.outbound),
        destinations={name: _tls_policy(level) for name, level in section.destinations.items()},
    )


def _tls_policy(text: str) -> TlsPolicy:
    level, _, pins = text.partition(":")
    match level:
        case "pinned":
            return TlsPolicy("pinned", tuple(pin.lower() for pin in pins.split(",")))
        case "none" | "required":
            return TlsPolicy(level)
        case _:
            return TlsPolicy()


def _file_of(secret: Secret) -> Path:
    """The file that holds a key. Raises ConfigError for a credential outside its systemd unit, and for a variable."""
    path = secret.path
    if path is None:
        raise ConfigError(
            Text("khóa {place} không phải một tệp ở đây", "the key {place} is no file here").format(
                place=secret.describe()
            ),
            Text(
                "dùng file = ..., hoặc chạy dưới systemd với LoadCredential=",
                "use file = ..., or run under systemd with LoadCredential=",
            ),
        )
    return path
