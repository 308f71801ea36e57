"""A server is known by what it says of itself."""

from __future__ import annotations

from foundation.directory.dialect import ASSERTION_CONTROL, DS389, OPENLDAP, dialect_of


def test_the_server_says_which_dialect_it_speaks() -> None:
    assert dialect_of("", ["1.2.840.113556.1.4.319", ASSERTION_CONTROL]) is OPENLDAP
    assert dialect_of("389 Project", ["1.2.840.113556.1.4.319"]) is DS389


def test_without_the_assertion_control_nothing_is_asserted() -> None:
    assert not dialect_of("", []).supports_assertion
    assert not dialect_of("389 Project", [ASSERTION_CONTROL]).supports_assertion
