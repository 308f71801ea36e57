"""A small province in an address book, for tests of the relay's policy: nobody is asked, nothing is started.

| uid    | who                                                                          |
|--------|------------------------------------------------------------------------------|
| u1     | an@tinh.test, alias an.cu@tinh.test, active                                  |
| u2     | binh@tinh.test, active                                                       |
| u3     | moi@tinh.test, invited                                                       |
| u4     | nghi@tinh.test, suspended                                                    |
| u5     | la@tinh.test, in a state that nobody knows                                   |
| r1     | vanthu@tinh.test, an office held by u1 and u4                                |
| lists  | canbo@ (u1, u2, u3), tatca@ (canbo@, vanthu@, u4, tatca@ itself), trong@ ()  |
"""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Any

from mailrelay.envelope import Client
from mailrelay.policy.addressbook import AddressBook, Known
from mailrelay.settings import Directory, NextHop, RelaySettings

PEOPLE = (
    Known("person", "u1", ("an@tinh.test", "an.cu@tinh.test"), "active"),
    Known("person", "u2", ("binh@tinh.test",), "active"),
    Known("person", "u3", ("moi@tinh.test",), "invited"),
    Known("person", "u4", ("nghi@tinh.test",), "suspended"),
    Known("person", "u5", ("la@tinh.test",), "retired"),
)
OFFICE = Known("role", "r1", ("vanthu@tinh.test",), "active", ("u1", "u4"))
LISTS = (
    Known("list", "cn=canbo,ou=lists", ("canbo@tinh.test",), "", ("u1", "u2", "u3")),
    Known(
        "list",
        "cn=tatca,ou=lists",
        ("tatca@tinh.test",),
        "",
        ("cn=canbo,ou=lists", "cn=vanthu,ou=roles", "u4", "u9", "cn=tatca,ou=lists"),
    ),
    Known("list", "cn=trong,ou=lists", ("trong@tinh.test",)),
)

STRANGER = Client("relay", "192.0.2.7")
TRUSTED = Client("relay", "10.1.2.3", trusted=True)
AN = Client("submission", "192.0.2.8", account="u1", login="an@tinh.test")


def small_book() -> AddressBook:
    """A fresh book of the province above; its domains are tinh.test and sxd.tinh.test."""
    book = AddressBook(["tinh.test", "sxd.tinh.test"])
    book.put([*PEOPLE, OFFICE, *LISTS])
    book.call("cn=vanthu,ou=roles", "r1")
    book.confirm()
    return book


def relay_settings(**changes: Any) -> RelaySettings:
    """Settings of that province: 10.0.0.0/8 is trusted, hop@ and the domain doitac.test have routes."""
    values: dict[str, Any] = {
        "hostname": "mail.tinh.test",
        "domains": ("tinh.test", "sxd.tinh.test"),
        "language": "vi",
        "timezone": "Asia/Ho_Chi_Minh",
        "spool": Path("spool"),
        "control_socket": Path("spool/control"),
        "directory": Directory(
            base="dc=tinh,dc=test",
            people="ou=people,dc=tinh,dc=test",
            lists="ou=lists,dc=tinh,dc=test",
            roles="ou=roles,dc=tinh,dc=test",
            agencies="ou=agencies,dc=tinh,dc=test",
            credentials="ou=mailcredentials,dc=tinh,dc=test",
        ),
        "trusted_networks": (ip_network("10.0.0.0/8"), ip_network("fd00::/8")),
        "routes": {
            "hop@tinh.test": NextHop("lmtp", "127.0.0.1", 2424),
            "doitac.test": NextHop("smtp", "mx.doitac.test", 25),
        },
    }
    return RelaySettings(**values | changes)
