"""What goes in front of a message's bytes on their way out: X-Original-To, DKIM-Signature, Received. Pure.

The Received header was made when the message was accepted, so that every copy and every repetition carries the same; so
was the Authentication-Results above it, which only addresses with a route of their own get.
"""

from __future__ import annotations

from mailrelay.dispatch.parcels import Errand
from mailrelay.messages.authentication_results import without_results
from mailrelay.messages.trace import envelope_to


def prefix_of(errand: Errand) -> bytes:
    """The bytes in front of this copy, ending in CRLF (or empty)."""
    parcel, original_to = errand.parcel, errand.copy.original_to
    own_route = errand.lane.destination.startswith("address:")
    trace = parcel.received if own_route else without_results(parcel.received)
    if original_to:
        return envelope_to(original_to) + trace
    if parcel.signature:
        return parcel.signature + trace
    return trace
