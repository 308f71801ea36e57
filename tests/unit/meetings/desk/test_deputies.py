"""Standing in: one hop, one agency, consent, refusal, withdrawal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from foundation.errors import InputError
from foundation.storage import Database
from meetings.desk import answers as desk_answers
from meetings.desk import deputies, meetings_desk
from meetings.desk.context import Created
from meetings.meeting import Guest
from meetings.store import proposals
from meetings.store.values import DeputyProposal
from tests.support.meeting_book import (
    AT,
    BINH,
    CHAIR,
    CUONG,
    DUNG,
    GIANG,
    HOUR,
    OFFICE,
    all_mails,
    answered,
    change,
    context,
    create,
    line,
    mails,
    person,
    records,
    reply,
    send_all,
)

STRANGER = Guest("xa@tinh.test", "Người Xa", agency="stc")


def propose(
    database: Database, created: Created, deputy: Guest = GIANG, who: Guest = BINH, **facts: bool
) -> DeputyProposal:
    delegator = person(database, created, who.address).attendee.id
    acting = context(AT + HOUR, "page")
    return database.run(
        lambda unit: deputies.propose(unit, created.id, delegator, deputy, "bận", "page", acting, **facts)
    )


def state_of(database: Database, proposal: DeputyProposal) -> str:
    found = database.read(lambda unit: proposals.deputy(unit, proposal.id))
    assert found is not None
    return found[0].state


def test_a_refusal_is_told_to_whoever_proposed(database: Database) -> None:
    created = create(database)
    send_all(database)
    proposal = propose(database, created)
    send_all(database, AT + HOUR)
    database.run(lambda unit: deputies.refuse(unit, proposal.id, "cần đúng người", context(AT + 2 * HOUR)))
    assert mails(database, created) == [("refusal", BINH.address)]
    assert all_mails(database, created)[-1].details == {
        "deputy": {"name": GIANG.name, "address": GIANG.address},
        "reason": "cần đúng người",
    }
    with pytest.raises(InputError):
        database.run(lambda unit: deputies.consent(unit, proposal.id, context(AT + 2 * HOUR)))
    assert "deputy.refused" in records(database)


def test_coming_after_all_withdraws_the_proposal(database: Database) -> None:
    created = create(database)
    proposal = propose(database, created)
    reply(database, created, answered(BINH.address, "TENTATIVE", seconds=50))
    assert state_of(database, proposal) == "open"
    reply(database, created, answered(BINH.address, "ACCEPTED", seconds=60))
    assert state_of(database, proposal) == "withdrawn"
    with pytest.raises(InputError):
        database.run(lambda unit: deputies.consent(unit, proposal.id, context(AT + 3 * HOUR)))
    assert records(database)[-1] == "deputy.withdrawn"


def test_coming_after_all_on_the_page_withdraws_it_too(database: Database) -> None:
    created = create(database)
    proposal = propose(database, created)
    attendee = person(database, created, BINH.address).attendee
    database.run(
        lambda unit: desk_answers.answer_from_page(
            unit, attendee.public_id, attendee.link_serial, "ACCEPTED", "", None, context(AT + 2 * HOUR)
        )
    )
    assert state_of(database, proposal) == "withdrawn"


def test_another_proposal_withdraws_the_first(database: Database) -> None:
    created = create(database)
    first = propose(database, created)
    second = propose(database, created, replace(GIANG, address="khac@tinh.test"))
    assert (state_of(database, first), state_of(database, second)) == ("withdrawn", "open")


def test_a_deputy_is_of_the_same_agency_unless_the_secretary_says_so(database: Database) -> None:
    created = create(database)
    with pytest.raises(InputError):
        propose(database, created, STRANGER)
    proposal = propose(database, created, STRANGER, unknown=False, other_agency=True)
    done = database.run(lambda unit: deputies.consent(unit, proposal.id, context(AT + 2 * HOUR)))
    assert STRANGER.address in done.mailed["delegation"]


def test_whose_agency_nobody_knew_is_looked_up_before_consent(database: Database) -> None:
    created = create(database)
    proposal = propose(database, created, Guest(STRANGER.address, ""), unknown=True)
    acting = context(AT + 2 * HOUR)
    with pytest.raises(InputError):
        database.run(lambda unit: deputies.consent(unit, proposal.id, acting, guest=STRANGER))
    assert state_of(database, proposal) == "open"
    database.run(lambda unit: deputies.consent(unit, proposal.id, acting, guest=STRANGER, other_agency=True))
    assert line(database, created, STRANGER.address).name == STRANGER.name


def test_whom_nobody_may_send(database: Database) -> None:
    created = create(database)
    with pytest.raises(InputError):
        propose(database, created, CUONG)  # invited in their own right
    agreed = propose(database, created)
    database.run(lambda unit: deputies.consent(unit, agreed.id, context(AT + 2 * HOUR)))
    another = replace(GIANG, address="khac@tinh.test")
    with pytest.raises(InputError):
        propose(database, created, another)  # somebody stands in already
    with pytest.raises(InputError):
        propose(database, created, another, who=GIANG)  # a deputy sends nobody
    database.run(lambda unit: meetings_desk.cancel(unit, created.id, context(AT + 3 * HOUR)))
    with pytest.raises(InputError):
        propose(database, created, another, who=CUONG)


def test_a_deputy_takes_role_and_place(database: Database) -> None:
    created = create(database)
    deputy = Guest("thay@tinh.test", "Người Thay", agency="stc")
    proposal = propose(database, created, deputy, who=DUNG)
    database.run(lambda unit: deputies.consent(unit, proposal.id, context(AT + 2 * HOUR)))
    guest = person(database, created, deputy.address).attendee.guest
    assert guest.role == "OPT-PARTICIPANT"
    assert "stc" in guest.groups


def test_who_sends_somebody_for_the_chair_asks_the_secretary_alone(database: Database) -> None:
    created = create(database)
    send_all(database)
    propose(database, created, Guest("pho@tinh.test", "Phó Chủ tịch", agency="ubnd"), who=CHAIR)
    assert mails(database, created) == [("consent", OFFICE.secretary)]


def test_a_deputy_who_was_removed_once_comes_back(database: Database) -> None:
    created = create(database, guests=(CHAIR, BINH, CUONG, DUNG, GIANG))
    change(database, created, guests=(CHAIR, BINH, CUONG, DUNG))
    proposal = propose(database, created)
    done = database.run(lambda unit: deputies.consent(unit, proposal.id, context(AT + 3 * HOUR)))
    assert GIANG.address in done.mailed["delegation"]
    found = line(database, created, GIANG.address)
    assert (found.removed, found.delegated_from) == (False, BINH.address)


def test_cancelling_withdraws_what_waits(database: Database) -> None:
    created = create(database)
    proposal = propose(database, created)
    database.run(lambda unit: meetings_desk.cancel(unit, created.id, context(AT + 2 * HOUR)))
    assert state_of(database, proposal) == "withdrawn"


def test_of_an_office_and_its_holder_each_has_a_proposal_of_their_own(database: Database) -> None:
    office = Guest("vp@tinh.test", "Văn phòng", agency="sxd", aliases=(CUONG.address,))
    created = create(database, guests=(CHAIR, CUONG, office))
    for address, deputy in ((CUONG.address, GIANG), (office.address, BINH)):
        who = person(database, created, address).attendee.id
        database.run(lambda unit: deputies.propose(unit, created.id, who, deputy, "", "command", context()))  # noqa: B023
    found = database.read(lambda unit: proposals.deputies(unit, created.id))
    assert {one.delegator_address: one.deputy.address for one in found if one.state == "open"} == {
        CUONG.address: GIANG.address,
        office.address: BINH.address,
    }
