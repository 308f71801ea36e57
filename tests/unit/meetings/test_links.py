"""Personal links: nobody can make up, change or repurpose one; older keys still verify."""

from __future__ import annotations

import string
from dataclasses import replace

import pytest

from foundation.keys import Keyring
from meetings.links import LONGEST_TOKEN, PURPOSES, Links
from tests.support.meeting_pages import ATTENDEE, ID, LINKS, PUBLIC_URL, key

TOKEN = LINKS.token("page", ID, 3)


def test_a_link_names_the_page_and_whose_it_is() -> None:
    assert LINKS.page(ATTENDEE) == f"{PUBLIC_URL}/m/{LINKS.token('page', ID, 0)}"
    assert LINKS.join(ATTENDEE) == f"{PUBLIC_URL}/j/{LINKS.token('join', ID, 0)}"
    assert LINKS.feed(ID, 1) == f"{PUBLIC_URL}/f/{LINKS.token('feed', ID, 1)}.ics"
    assert LINKS.secretary(ID, 1) == f"{PUBLIC_URL}/s/{LINKS.token('secretary', ID, 1)}"


def test_a_link_is_always_the_same() -> None:
    assert Links(Keyring((key(1),)), f"{PUBLIC_URL}/").page(ATTENDEE) == LINKS.page(ATTENDEE)


def test_what_was_signed_is_read() -> None:
    assert LINKS.read("page", TOKEN) == (ID, 3)


def test_a_new_serial_is_another_link() -> None:
    assert LINKS.page(replace(ATTENDEE, link_serial=1)) != LINKS.page(ATTENDEE)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_link_serves_one_purpose(purpose: str) -> None:
    for other in PURPOSES:
        found = LINKS.read(other, LINKS.token(purpose, ID, 0))  # type: ignore[arg-type]
        assert (found is not None) is (other == purpose)


def test_no_letter_of_a_token_can_be_changed() -> None:
    letters = string.ascii_letters + string.digits + "-_."
    for place, old in enumerate(TOKEN):
        for new in letters:
            if new != old:
                assert LINKS.read("page", TOKEN[:place] + new + TOKEN[place + 1 :]) is None, (place, new)


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        TOKEN + "=",
        TOKEN + "\n",
        " " + TOKEN,
        TOKEN.upper(),
        TOKEN.replace(".3.", ".03."),
        TOKEN.replace(".3.", ".٣."),
        TOKEN.replace(".3.", ".-3."),
        TOKEN[:-1],
        "x" * 100_000,
        f"{'a' * 65}.0.{'A' * 43}",
        f"../../etc.0.{'A' * 43}",
        f"{ID}.0.{'é' * 43}",
    ],
)
def test_what_is_no_token_of_ours_is_not_read(token: str) -> None:
    assert LINKS.read("page", token) is None


def test_the_longest_token_is_within_the_bound() -> None:
    longest = LINKS.token("page", "a" * 64, 999_999_999)
    assert len(longest) <= LONGEST_TOKEN
    assert LINKS.read("page", longest) == ("a" * 64, 999_999_999)


def test_after_a_rotation_old_links_still_open_and_new_ones_have_the_new_key() -> None:
    rotated = Links(Keyring((key(1), key(2))), PUBLIC_URL)
    assert rotated.read("page", TOKEN) == (ID, 3)
    assert rotated.token("page", ID, 3) == Links(Keyring((key(2),)), PUBLIC_URL).token("page", ID, 3) != TOKEN


def test_a_key_of_a_merged_province_opens_and_never_signs() -> None:
    merged = Links(Keyring((key(1), replace(key(2), imported_from="tinh-cu"))), PUBLIC_URL)
    assert merged.token("page", ID, 3) == TOKEN
    assert merged.read("page", Links(Keyring((key(2),)), PUBLIC_URL).token("page", ID, 3)) == (ID, 3)


def test_another_installation_s_link_is_not_read() -> None:
    assert LINKS.read("page", Links(Keyring((key(3),)), PUBLIC_URL).token("page", ID, 3)) is None


def test_form_secrets_come_newest_first_and_are_not_the_keys() -> None:
    secrets = Links(Keyring((key(1), key(2))), PUBLIC_URL).form_secrets()
    assert secrets == (*Links(Keyring((key(2),)), PUBLIC_URL).form_secrets(), *LINKS.form_secrets())
    assert key(1).secret not in secrets
