"""Key rings: parsing, typing mistakes, rotation, imported keys, and the digests of the address register."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from foundation.errors import ConfigError
from foundation.keys import KINDS, AddressRegisterKeys, Key, Keyring, key_id, parse_keyring


def key(number: int, imported_from: str = "") -> Key:
    secret = bytes([number]) * 32
    return Key(key_id("hmac-sha256", secret), date(2026, 11, number), "hmac-sha256", secret, imported_from)


def test_a_keyring_reads_back_what_it_writes() -> None:
    keyring = Keyring((key(1), key(2, "binhdinh"), key(3)))
    assert parse_keyring(keyring.format(), "x") == keyring
    assert parse_keyring(keyring.format().replace("\n", "\r\n") + "\n# a note\n", "x") == keyring


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text.replace("congvu-keyring 1", "congvu-keyring 2"),
        lambda text: text.replace("AQEB", "AQEC", 1),
        lambda text: text[: len(text) // 2],
        lambda text: text + text.splitlines()[1],
        lambda text: text.splitlines()[0],
        lambda text: text.replace("2026-11-01", "2026-13-01"),
        lambda text: text.replace("=\n", "= imported:gialai\n"),
    ],
)
def test_a_damaged_keyring_is_refused_without_showing_it(damage) -> None:  # type: ignore[no-untyped-def]
    text = Keyring((key(1),)).format()
    with pytest.raises(ConfigError) as caught:
        parse_keyring(damage(text), "/etc/x.keys")
    assert "AQEB" not in caught.value.message.en + caught.value.message.vi
    assert "/etc/x.keys" in caught.value.message.en


def test_a_secret_never_shows_in_a_representation() -> None:
    assert "\\x01" not in repr(Keyring((key(1),)))


class TestAddressRegister:
    def test_one_address_in_any_spelling_has_one_digest(self) -> None:
        keys = AddressRegisterKeys(Keyring((key(1),)))
        assert keys.digest("AnNV.sxd@Tinh.Test") == keys.digest("annv.sxd@tinh.test")
        assert keys.digest("annv.sxd@tinh.test") != keys.digest("annv2.sxd@tinh.test")
        assert re.fullmatch(r"[0-9a-f]{8}:[0-9a-f]{32}", keys.digest("a@tinh.test"))

    def test_the_digest_is_a_published_construction(self) -> None:
        # Computed apart: HMAC-SHA256(key, b"address\0annv@tinh.test") cut to 16 bytes. It must never change.
        keys = AddressRegisterKeys(Keyring((key(1),)))
        assert keys.digest("annv@tinh.test") == "5c36ae88:1be03800bec1392efb9febf73a686eaf"
        assert keys.opaque_id("hr:CB0001") == "uzujbbjxpbr7ky43m"

    def test_after_a_rotation_the_newest_writes_and_all_recognise(self) -> None:
        before = AddressRegisterKeys(Keyring((key(1),)))
        after = AddressRegisterKeys(Keyring((key(1), key(2))))
        assert after.digest("a@tinh.test") != before.digest("a@tinh.test")
        assert before.digest("a@tinh.test") in after.digests("a@tinh.test")
        assert after.digests("a@tinh.test")[0] == after.digest("a@tinh.test")

    def test_opaque_ids_survive_a_rotation(self) -> None:
        before = AddressRegisterKeys(Keyring((key(1),)))
        after = AddressRegisterKeys(Keyring((key(1), key(2))))
        assert after.opaque_id("hr:1") == before.opaque_id("hr:1")
        assert re.fullmatch(r"u[a-z2-7]{16}", after.opaque_id("hr:1"))
        assert after.opaque_id("hr:1") != after.opaque_id("hr:2")

    def test_an_imported_key_recognises_and_neither_signs_nor_names(self) -> None:
        theirs = AddressRegisterKeys(Keyring((key(9),)))
        merged = AddressRegisterKeys(Keyring((key(9, "binhdinh"), key(1), key(2), key(8, "kontum"))))
        ours = AddressRegisterKeys(Keyring((key(1), key(2))))
        assert theirs.digest("a@tinh.test") in merged.digests("a@tinh.test")
        assert merged.digest("a@tinh.test") == ours.digest("a@tinh.test")
        assert merged.opaque_id("hr:1") == ours.opaque_id("hr:1")
        assert len(merged.digests("a@tinh.test")) == 4

    def test_an_address_and_a_person_never_share_a_digest(self) -> None:
        keys = AddressRegisterKeys(Keyring((replace(key(1)),)))
        assert keys.opaque_id("a@tinh.test")[1:] not in keys.digest("a@tinh.test")


def test_every_kind_says_what_it_protects_in_both_languages() -> None:
    for kind in KINDS.values():
        for text in (kind.protects, kind.when_lost, kind.when_leaked):
            assert text.vi
            assert text.en
