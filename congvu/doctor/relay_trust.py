"""What can be checked of whom the relay trusts and who answers for it: networks, postmaster, domains of the signature.

Reads the configuration and, as the relay's own account, the directory. Changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING, Final

from congvu.doctor.findings import Finding, Subject
from foundation.errors import Unreachable
from foundation.language import Text

if TYPE_CHECKING:
    from foundation.config.sections import Configuration
    from foundation.directory import Directory
    from mailrelay.settings import RelaySettings

_PRIVATE: Final = tuple(
    ip_network(network)
    for network in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)
"""Where only our own hosts can be: RFC 1918, 1122 3.2.1.3, 3927, 4193, 4291 2.5.6. Python's `is_private` calls
0.0.0.0/0 private in some versions."""
_WIDEST: Final = {4: 8, 6: 16}
"""The shortest prefix of a network that is not private; a wider one is half the world, which is an open relay."""


def check_trust(configuration: Configuration, settings: RelaySettings) -> Iterator[Finding]:
    """Every finding about whom the relay trusts and who answers for it."""
    yield trusted_networks(settings)
    yield _postmaster(configuration, settings)
    if settings.dkim_domains:
        yield _signed_domains(configuration, settings)


@contextmanager
def directory_of_relay(configuration: Configuration) -> Iterator[Directory]:
    """The directory, asked as the relay asks it. Raises Unreachable, whose hint names the section of that account."""
    from foundation.config.of_service import directory_connection
    from foundation.directory.ldap import connect
    from mailrelay.service import SERVICE

    try:
        with connect(directory_connection(configuration, SERVICE)) as directory:
            yield directory
    except Unreachable as error:
        if configuration.relay.bind_password is None or error.hint is None or "bind_dn" not in error.hint.en:
            raise
        hint = Text("kiểm tra bind_dn và bind_password trong [relay]", "check bind_dn and bind_password in [relay]")
        raise Unreachable(error.message, hint) from error


# ---- trusted networks ------------------------------------------------------------------------------------------------


def trusted_networks(settings: RelaySettings) -> Finding:
    """Whoever is in one of them may send as anybody to anywhere."""
    subject = Subject("relay.trusted_networks", Text("Mạng được tin", "Trusted networks"))
    public = [network for network in settings.trusted_networks if not _is_private(network)]
    everybody = [network for network in public if network.prefixlen < _WIDEST[network.version]]
    if everybody:
        return subject.failed(
            Text(
                "máy chuyển thư mở: {networks} gửi được dưới tên bất kỳ ai tới bất kỳ đâu",
                "an open relay: {networks} may send as anybody to anywhere",
            ).format(networks=_named(everybody)),
            Text(
                "chỉ ghi địa chỉ máy quét, máy chủ ứng dụng của mình vào [relay] trusted_networks",
                "name only your own scanners and application servers in [relay] trusted_networks",
            ),
        )
    if public:
        return subject.warning(
            Text(
                "không phải mạng riêng: {networks} gửi được dưới tên bất kỳ ai tới bất kỳ đâu",
                "not private: {networks} may send as anybody to anywhere",
            ).format(networks=_named(public)),
            Text(
                "kiểm tra từng máy trong đó có phải của mình; nếu không, bỏ khỏi [relay] trusted_networks",
                "make sure that every host in it is yours, or take it out of [relay] trusted_networks",
            ),
        )
    if not settings.trusted_networks:
        return subject.ok(Text("không tin mạng nào: ai gửi cũng phải đăng nhập", "none: whoever sends must log in"))
    return subject.ok(Text("{names}", "{names}").format(names=_named(settings.trusted_networks)))


def _is_private(network: IPv4Network | IPv6Network) -> bool:
    first, last = network[0], network[-1]
    return any(first in private and last in private for private in _PRIVATE)


def _named(networks: Iterable[IPv4Network | IPv6Network]) -> str:
    return ", ".join(map(str, networks))


# ---- postmaster ------------------------------------------------------------------------------------------------------


def _postmaster(configuration: Configuration, settings: RelaySettings) -> Finding:
    subject = Subject("relay.postmaster", Text("Người nhận thư postmaster@, abuse@", "Who reads postmaster@, abuse@"))

    def check() -> Finding:
        from mailrelay.policy.addressing import spelled
        from mailrelay.policy.resolution import own_route

        wanted = [each for each in map(spelled, (settings.postmaster, settings.postmaster_mailbox)) if each]
        routed = next((each for each in wanted if own_route(each, settings)), None)
        if routed is not None:
            return subject.ok(Text("{who}", "{who}").format(who=routed.address))
        with directory_of_relay(configuration) as directory:
            ours = _our_domains(directory, settings)
            for each in wanted:
                if each.domain not in ours or _receives(directory, settings, each.address, each.without_detail):
                    return subject.ok(Text("{who}", "{who}").format(who=each.address))
        return subject.failed(
            Text(
                "không ai: thư tới {who} bị từ chối (550), thư trả lại không ai xem",
                "nobody: mail to {who} is refused (550), and nobody sees what bounces",
            ).format(who=", ".join(dict.fromkeys(each.address for each in wanted))),
            Text(
                'đặt postmaster = "ĐỊA_CHỈ" của một hộp thư có thật trong [relay], rồi nạp lại máy chuyển thư',
                'set postmaster = "ADDRESS" of a mailbox that exists in [relay], then reload the relay',
            ),
        )

    return subject.attempt(check)


def _receives(directory: Directory, settings: RelaySettings, *addresses: str) -> bool:
    """Whether the relay finds somebody with one of these addresses who takes mail."""
    from foundation.directory import schema
    from mailrelay.policy.account_states import allowed
    from mailrelay.policy.filters import equals

    attributes = (schema.MAIL, directory.dialect.alias_attribute)
    wanted = "".join(equals(attribute, address) for attribute in attributes for address in dict.fromkeys(addresses))
    subtrees = settings.directory
    for base in (subtrees.people, subtrees.roles, subtrees.lists):
        for entry in directory.search(base, f"(|{wanted})", (schema.STATE,)):
            if base == subtrees.lists or allowed(entry.first(schema.STATE)).receives:
                return True
    return False


def _our_domains(directory: Directory, settings: RelaySettings) -> frozenset[str]:
    from mailrelay.policy.directory_reader import DirectoryReader

    return DirectoryReader(directory, settings.directory).agency_domains() | set(settings.domains)


# ---- DKIM ------------------------------------------------------------------------------------------------------------


def _signed_domains(configuration: Configuration, settings: RelaySettings) -> Finding:
    subject = Subject("relay.dkim.domains", Text("Miền được ký DKIM", "Domains signed with DKIM"))

    def check() -> Finding:
        foreign = set(settings.dkim_domains) - set(settings.domains)
        if foreign:
            with directory_of_relay(configuration) as directory:
                foreign -= _our_domains(directory, settings)
        if not foreign:
            return subject.ok(Text("{names}", "{names}").format(names=", ".join(settings.dkim_domains)))
        return subject.warning(
            Text("không phải miền của ta: {names}", "not ours: {names}").format(names=", ".join(sorted(foreign))),
            Text(
                "sửa domains trong [relay.dkim], hoặc thêm miền vào [organisation] other_domains",
                "mend domains in [relay.dkim], or add the domain to [organisation] other_domains",
            ),
        )

    return subject.attempt(check)
