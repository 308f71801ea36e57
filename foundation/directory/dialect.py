"""What differs between the two servers we support, as values: alias attribute, its class, the assertion control.

The server says itself which one it is: whoever publishes the assertion control (RFC 4528) and `mailLocalAddress` is
OpenLDAP; 389-DS publishes neither, names its vendor, and calls the attribute `mailAlternateAddress`. 389-DS ignores an
assertion control that is not critical without a word, so `supports_assertion` decides how a write compares and sets.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

ASSERTION_CONTROL: Final = "1.3.6.1.1.12"
"""RFC 4528 section 4."""

PAGED_RESULTS_CONTROL: Final = "1.2.840.113556.1.4.319"
"""RFC 2696 section 2."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one kind of server spells what we need. `alias_attribute` holds all addresses, the primary too."""

    name: Literal["openldap", "389ds"]
    alias_attribute: str
    alias_class: str
    supports_assertion: bool


OPENLDAP: Final = Dialect("openldap", "mailLocalAddress", "inetLocalMailRecipient", supports_assertion=True)
DS389: Final = Dialect("389ds", "mailAlternateAddress", "mailRecipient", supports_assertion=False)


def dialect_of(vendor_name: str, controls: Iterable[str]) -> Dialect:
    """The dialect of a server by its rootDSE: `vendorName` (RFC 3045) and `supportedControl`.

    A server of a third kind is taken for the one whose controls it shares; the schema check of `congvu doctor` then
    says what it lacks.
    """
    if vendor_name.startswith("389") or ASSERTION_CONTROL not in set(controls):
        return DS389
    return OPENLDAP
