"""The register's short way for ordinary addresses gives what the long way gives."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from foundation.addresses import normalise
from foundation.errors import InputError
from foundation.keys import _ALREADY_NORMAL

_PART = st.text(alphabet="abz019.-_A", min_size=1, max_size=20)


@given(local=_PART, domain=_PART)
def test_what_passes_for_normal_is_normal(local: str, domain: str) -> None:
    address = f"{local}@{domain}"
    if _ALREADY_NORMAL.match(address):
        try:
            assert normalise(address) == address
        except InputError:
            raise AssertionError(f"{address} passes for normal and is no address") from None


@given(label=st.text(alphabet="abcxyz0123456789", min_size=1, max_size=12))
def test_addresses_that_we_give_take_the_short_way(label: str) -> None:
    assert _ALREADY_NORMAL.match(f"annv2.{label}@tinh.test")
