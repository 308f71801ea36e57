"""Whom an operator's order means."""

from __future__ import annotations

import pytest

from foundation.control.protocol import Garbled
from foundation.errors import UsageError
from mailrelay import queue_ids
from mailrelay.control.queue_orders import selection_of
from mailrelay.store.orders import Selection

ID = queue_ids.spell(12345)


def test_numbers_and_conditions() -> None:
    assert selection_of({"queue_ids": [ID]}) == Selection((12345,))
    assert selection_of({"destination": "domain:bo.example"}) == Selection(destination="domain:bo.example")
    assert selection_of({"everything": True}) == Selection(everything=True)


def test_nobody_is_not_everybody() -> None:
    for fields in ({}, {"queue_ids": []}, {"recipient": ""}, {"everything": "yes"}):
        with pytest.raises(UsageError):
            selection_of(dict(fields))


@pytest.mark.parametrize(
    "fields", [{"queue_ids": ["x"]}, {"queue_ids": "x"}, {"recipient": 7}, {"queue_ids": [ID] * 501}]
)
def test_what_no_command_of_ours_sends(fields: dict[str, object]) -> None:
    with pytest.raises(Garbled):
        selection_of(fields)
