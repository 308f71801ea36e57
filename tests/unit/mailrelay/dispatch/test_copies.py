"""Which recipients travel together."""

from __future__ import annotations

from mailrelay.dispatch.copies import RECIPIENTS_PER_TRANSACTION, Copy, for_filter, for_mailboxes, for_next_host
from mailrelay.dispatch.placing import Fresh
from mailrelay.envelope import Delivery, Notify


def waiting(
    ordinal: int, address: str, mailbox: str = "", via: str = "", notify: tuple[Notify, ...] = (), original: str = ""
) -> Fresh:
    return Fresh(ordinal, Delivery(address, "local" if mailbox else "domain:bo.test", mailbox, via, notify, original))


def wire(copy: Copy) -> list[str]:
    return [recipient.address for recipient in copy.recipients]


def ordinals(copy: Copy) -> list[list[int]]:
    return [[each.ordinal for each in group] for group in copy.served]


def test_a_mailbox_gets_one_copy_for_all_its_addresses() -> None:
    (copy,) = for_mailboxes([waiting(0, "an@tinh.test", "u1"), waiting(1, "a.nguyen@tinh.test", "u1")])
    assert wire(copy) == ["u1"]
    assert ordinals(copy) == [[0, 1]]
    assert copy.original_to == ("an@tinh.test", "a.nguyen@tinh.test")


def test_two_mailboxes_do_not_learn_of_each_other() -> None:
    first, second = for_mailboxes([waiting(0, "an@tinh.test", "u1"), waiting(1, "binh@tinh.test", "u2")])
    assert (first.original_to, second.original_to) == (("an@tinh.test",), ("binh@tinh.test",))


def test_the_members_of_a_list_share_a_transaction() -> None:
    (copy,) = for_mailboxes([waiting(n, f"m{n}@tinh.test", f"u{n}", via="tatca@tinh.test") for n in range(3)])
    assert wire(copy) == ["u0", "u1", "u2"]
    assert copy.original_to == ("tatca@tinh.test",)


def test_a_member_who_is_also_named_directly_gets_one_copy_of_his_own() -> None:
    copies = for_mailboxes(
        [
            waiting(0, "an@tinh.test", "u1"),
            waiting(1, "an@tinh.test", "u1", via="tatca@tinh.test"),
            waiting(2, "binh@tinh.test", "u2", via="tatca@tinh.test"),
        ]
    )
    assert [(wire(copy), copy.original_to) for copy in copies] == [
        (["u1"], ("an@tinh.test", "tatca@tinh.test")),
        (["u2"], ("tatca@tinh.test",)),
    ]


def test_a_long_list_is_cut_at_what_every_server_takes() -> None:
    copies = for_mailboxes([waiting(n, f"m{n}@tinh.test", f"u{n}", via="tatca@tinh.test") for n in range(250)])
    assert [len(copy.recipients) for copy in copies] == [100, 100, 50]


def test_a_single_mailbox_shows_the_list_that_led_to_it() -> None:
    (copy,) = for_mailboxes([waiting(0, "an@tinh.test", "u1", via="tatca@tinh.test")])
    assert copy.original_to == ("tatca@tinh.test",)


def test_another_host_gets_each_address_once_whatever_the_case_of_its_domain() -> None:
    (copy,) = for_next_host([waiting(0, "an@bo.test"), waiting(1, "an@BO.test"), waiting(2, "An@bo.test")])
    assert wire(copy) == ["an@bo.test", "An@bo.test"]
    assert ordinals(copy) == [[0, 1], [2]]
    assert copy.original_to == ()


def test_another_host_gets_no_more_recipients_than_every_server_takes() -> None:
    copies = for_next_host([waiting(n, f"a{n}@bo.test") for n in range(RECIPIENTS_PER_TRANSACTION + 1)])
    assert [len(copy.recipients) for copy in copies] == [RECIPIENTS_PER_TRANSACTION, 1]


def test_the_filter_sees_what_the_client_named() -> None:
    (copy,) = for_filter(
        [
            waiting(0, "an@tinh.test", "u1", via="tatca@tinh.test"),
            waiting(1, "binh@tinh.test", "u2", via="tatca@tinh.test"),
            waiting(2, "ngoai@bo.test"),
        ]
    )
    assert wire(copy) == ["tatca@tinh.test", "ngoai@bo.test"]
    assert ordinals(copy) == [[0, 1], [2]]


def test_what_was_asked_to_be_told_is_passed_on() -> None:
    (copy,) = for_next_host([waiting(0, "an@bo.test", notify=("SUCCESS",), original="rfc822;an@bo.test")])
    assert (copy.recipients[0].notify, copy.recipients[0].original) == (("SUCCESS",), "rfc822;an@bo.test")


def test_wishes_of_recipients_that_share_an_address_are_joined() -> None:
    def joined(*wishes: tuple[Notify, ...]) -> tuple[Notify, ...]:
        (copy,) = for_next_host([waiting(n, "an@bo.test", notify=wish) for n, wish in enumerate(wishes)])
        return copy.recipients[0].notify

    assert joined((), ()) == ()
    assert joined(("NEVER",), ("NEVER",)) == ("NEVER",)
    assert joined(("NEVER",), ("SUCCESS",)) == ("SUCCESS",)
    assert joined((), ("SUCCESS",)) == ("SUCCESS", "FAILURE", "DELAY")
