"""The one table of what an account may do in which state."""

from __future__ import annotations

from typing import get_args

import pytest

from foundation.directory.schema import State
from mailrelay.policy.account_states import ACCOUNT_STATES, NOTHING, allowed


def test_every_state_of_the_directory_has_its_row() -> None:
    assert set(ACCOUNT_STATES) == set(get_args(State))


def test_whoever_logs_in_or_sends_also_receives() -> None:
    for row in ACCOUNT_STATES.values():
        assert row.receives >= row.logs_in
        assert row.receives >= row.sends


def test_only_the_active_log_in_and_send() -> None:
    assert {state for state, row in ACCOUNT_STATES.items() if row.logs_in or row.sends} == {"active"}


@pytest.mark.parametrize("state", ["", "Active", "deleted", "active "])
def test_an_unknown_state_allows_nothing(state: str) -> None:
    assert allowed(state) == NOTHING
