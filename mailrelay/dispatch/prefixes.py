"""What goes in front of a message's bytes on their way out: X-Original-To, DKIM-Signature, Received. Pure.

The Received header was made when the message was accepted, so that every copy and every repetition carries the same.
"""

from __future__ import annotations

from mailrelay.dispatch.parcels import Errand
from mailrelay.messages.trace import envelope_to


def prefix_of(errand: Errand) -> bytes:
    """The bytes in front of this copy, ending in CRLF (or empty)."""
    parcel, original_to = errand.parcel, errand.copy.original_to
    if original_to:
        return envelope_to(original_to) + parcel.received
    if parcel.signature:
        return parcel.signature + parcel.received
    return parcel.received
