"""Every code that the relay stores has words in both languages."""

from __future__ import annotations

from mailrelay import records, terms
from mailrelay.lifecycle import STATES


def test_every_state_has_words() -> None:
    assert set(terms.STATES) == set(STATES)


def test_every_record_type_has_words() -> None:
    assert set(terms.EVENTS) == {record_type.name for record_type in records.VOCABULARY}


def test_an_unknown_code_stands_for_itself() -> None:
    assert terms.word(terms.STATES, "odd") == ("odd", "odd")
