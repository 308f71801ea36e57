"""What people type to choose messages, and how sizes and instants are shown to them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from foundation.errors import UsageError
from foundation.language import use_language
from mailrelay.commands import presentation, queue_view, trace
from mailrelay.commands.selections import destination_as_stored
from mailrelay.lifecycle import State
from mailrelay.store.listing import QueuedRecipient, QueueEntry

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("", ""),
        ("local", "local"),
        ("Bo.Example", "domain:bo.example"),
        ("domain:bo.example", "domain:bo.example"),
        ("Hop@tinh.test", "address:hop@tinh.test"),
        ("address:hop@tinh.test", "address:hop@tinh.test"),
    ],
)
def test_destinations(typed: str, stored: str) -> None:
    assert destination_as_stored(typed) == stored


@pytest.mark.parametrize("typed", ["không phải", "a b", "host:bo.example", "@"])
def test_what_is_no_destination(typed: str) -> None:
    with pytest.raises(UsageError):
        destination_as_stored(typed)


def test_sizes_have_the_decimal_mark_of_the_language() -> None:
    use_language("vi")
    assert presentation.size(999) == "999 B"
    assert presentation.size(1_500_000) == "1,5 MB"
    use_language("en")
    try:
        assert presentation.size(1_500) == "1.5 kB"
    finally:
        use_language("vi")


def test_instants() -> None:
    text = presentation.rfc3339(1_795_323_006_096_996, ZONE)
    assert text == "2026-11-22T11:50:06.096+07:00"
    assert presentation.shown(text) == "22/11/2026 11:50:06"
    assert presentation.rfc3339(None, ZONE) is None


def test_since_is_a_date_a_time_or_how_long_ago() -> None:
    midnight = trace._instant("2020-01-01", ZONE)
    assert trace._instant("2020-01-01T07:00+07:00", ZONE) - midnight == 7 * 3600 * 1_000_000
    assert trace._instant("2h", ZONE) > trace._instant("1d", ZONE)
    for wrong in ("hôm qua", "2x", "99999999d"):
        with pytest.raises(UsageError):
            trace._instant(wrong, ZONE)


@pytest.mark.parametrize(
    ("state", "origin", "destination", "because"),
    [
        ("held", "report", "refused", "no_postmaster"),
        ("held", "report", "local", "operator"),
        ("held", "client", "local", "operator"),
        ("queued", "report", "local", None),
    ],
)
def test_why_a_recipient_is_held(state: State, origin: str, destination: str, because: str | None) -> None:
    held = QueuedRecipient(0, "postmaster@tinh.test", "", destination, state, 0, None, False, 0, "", "", "", 1)
    entry = QueueEntry(1, "", 10, 1, "", "", origin, (held,))
    (fields,) = queue_view.message_fields(entry, ZONE)["recipients"]
    assert fields["held_because"] == because
