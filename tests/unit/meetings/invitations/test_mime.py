"""A letter as a message: the tree, the head, one way for one and for many, nothing of a value outside its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import ConfigError, CongvuError, InputError
from foundation.rendering import Renderer
from meetings.invitations.event import METHOD_OF, events_for
from meetings.invitations.letters import Letter
from meetings.invitations.mime import Batch, pdf_name, render, template_version
from meetings.itip.calendar import calendar
from meetings.itip.restrictions import violations
from meetings.meeting import Contact, Guest, Occurrence, Place
from tests.support.mail_reading import calendar_of, part, read, text_of, tree
from tests.support.meeting_letters import (
    AT,
    DELEGATOR,
    DEPUTY,
    HALL,
    MEETING,
    MOVED,
    ONLINE,
    SECRET,
    SERIES,
    START,
    attendee,
    every_letter,
    guest,
    letter,
    to_secretary,
)

RENDERER = Renderer()
LETTERS = every_letter()
WITH_CALENDAR = sorted(name for name, each in LETTERS.items() if each.purpose in METHOD_OF)
PLAIN = sorted(set(LETTERS) - set(WITH_CALENDAR))


def rendered(each: Letter) -> bytes:
    return render(each, RENDERER)


@pytest.mark.parametrize("name", sorted(LETTERS))
def test_every_mail_can_be_carried_by_any_host(name: str) -> None:
    content = rendered(LETTERS[name])
    assert content.isascii()
    assert content.endswith(b"\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")
    assert max(map(len, content.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("name", sorted(LETTERS))
def test_the_same_letter_is_the_same_bytes_for_ever(name: str) -> None:
    assert rendered(LETTERS[name]) == render(every_letter()[name], Renderer())


def test_every_letter_of_one_batch_is_what_it_is_alone() -> None:
    batch = Batch(RENDERER)
    for _ in range(2):
        for each in LETTERS.values():
            assert batch.render(each) == rendered(each)


def test_ten_groups_of_people_get_in_a_batch_what_each_gets_alone() -> None:
    names = (
        "Nguyễn Thị Ánh",
        "A",
        'Lê "Hai" \\',
        "<b>&amp;",
        "Đặng " * 30,
        "Tên, có; dấu: phẩy",
        "=?utf-8?Q?x?=",
        "ký=",
    )
    places = (HALL, ONLINE, replace(ONLINE, name="Điểm cầu B", groups=("b",), sip=""))
    meeting = replace(MEETING, places=places)
    batch = Batch(RENDERER)
    for number in range(80):
        someone = guest(
            number,
            name=names[number % len(names)],
            title="" if number % 3 else "Trưởng phòng <nội vụ>",
            agency=("sxd", "xa-an-phu", "b")[number % 3],
            agency_name="" if number % 5 else "Sở Xây dựng",
        )
        person = attendee(number, guest=someone)
        feed_url = "" if number % 7 else "https://hop.tinh.test/f/x.ics"
        each = letter(person=person, meeting=meeting, feed_url=feed_url, at=AT + timedelta(hours=number))
        assert batch.render(each) == rendered(each)


@pytest.mark.parametrize("name", WITH_CALENDAR)
def test_a_mail_with_a_calendar_object_has_exactly_the_tree_that_works(name: str) -> None:
    message = read(rendered(LETTERS[name]))
    files = ["application/ics"] + ["application/pdf"] * bool(LETTERS[name].letter_pdf)
    alternative = ("multipart/alternative", ["text/plain", "text/html", "text/calendar"])
    assert tree(message) == ("multipart/mixed", [alternative, *files])
    calendar_part = part(message, "text/calendar")
    assert calendar_part["Content-Disposition"] is None
    assert calendar_part["Content-ID"] is None
    assert calendar_part["Content-Transfer-Encoding"] == "base64"
    assert calendar_part["Content-Type"].params["method"] == METHOD_OF[LETTERS[name].purpose]
    assert part(message, "text/plain")["Content-Transfer-Encoding"] == "quoted-printable"
    assert part(message, "text/html")["Content-Transfer-Encoding"] == "quoted-printable"
    attached = part(message, "application/ics")
    assert attached.get_filename() == "invite.ics"
    assert attached["Content-Disposition"].content_disposition == "attachment"
    assert attached.get_payload(decode=True) == calendar_of(message)


@pytest.mark.parametrize("name", WITH_CALENDAR)
def test_the_calendar_object_is_the_librarys_and_breaks_no_rule(name: str) -> None:
    content = calendar_of(read(rendered(LETTERS[name])))
    assert content == calendar(METHOD_OF[LETTERS[name].purpose], events_for(LETTERS[name]))
    assert violations(content) == ()


@pytest.mark.parametrize("name", PLAIN)
def test_other_mail_is_text_in_both_languages(name: str) -> None:
    message = read(rendered(LETTERS[name]))
    assert tree(message) == "text/plain"
    vietnamese, _, english = text_of(message).partition("\n----------------------------------------\n")
    assert vietnamese.strip()
    assert english.strip()


def test_the_letter_comes_last() -> None:
    message = read(rendered(LETTERS["request, with PDF"]))
    last = list(message.iter_parts())[-1]
    assert last.get_content_type() == "application/pdf"
    assert last.get_filename() == "giaymoi-15-gm-ubnd.pdf"
    assert last.get_payload(decode=True) == LETTERS["request, with PDF"].letter_pdf
    assert "application/pdf" not in str(tree(read(rendered(replace(LETTERS["cancel"], letter_pdf=b"%PDF-")))))


def test_the_name_of_the_file_is_plain() -> None:
    assert pdf_name(replace(MEETING, kind="Thông báo", number="36 /TB-UBND\r\nX: y")) == "thongbao-36-tb-ubnd-x-y.pdf"
    assert pdf_name(replace(MEETING, kind="", number="")) == "giaymoi.pdf"


def test_the_head_says_who_writes_to_whom() -> None:
    message = read(rendered(letter(sent_by="cuc.le@tinh.test")))
    assert str(message["From"]) == "Văn phòng UBND tỉnh Thử <hop+r1@tinh.test>"
    assert message["Sender"] is None
    assert message["Reply-To"].addresses[0].addr_spec == "hop+r1@tinh.test"
    assert str(message["To"]) == "Nguyễn Văn Ấn 1 <an.nguyen1@xa.tinh.test>"
    assert message["Message-ID"] == "<tok000000001@tinh.test>"
    assert message["Date"].datetime == AT
    assert str(message["Subject"]).startswith("[UBND tỉnh Thử] Giấy mời 15/GM-UBND V/v Họp giao ban tháng 12")
    assert message["Congvu-Document-Number"] == "15/GM-UBND"
    assert message["Congvu-Document-Kind"] == "Giấy mời"
    organizer = events_for(letter(sent_by="cuc.le@tinh.test"))[0].organizer
    assert (organizer.address, organizer.sent_by) == ("hop+r1@tinh.test", "cuc.le@tinh.test")


def test_mail_to_the_secretary_has_no_name() -> None:
    assert read(rendered(LETTERS["alarm"]))["To"] == "thuky@tinh.test"


@pytest.mark.parametrize("name", sorted(LETTERS))
def test_every_mail_of_ours_is_known_when_it_comes_back(name: str) -> None:
    assert read(rendered(LETTERS[name]))["Congvu-Meeting"]


def test_a_thread_holds() -> None:
    first = read(rendered(letter()))
    assert first["In-Reply-To"] is None
    for told in ("tok0", "<tok0@tinh.test>"):
        later = read(rendered(letter(sequence=1, details={"in_reply_to": told})))
        assert later["In-Reply-To"] == later["References"] == "<tok0@tinh.test>"
    assert read(rendered(letter(details={"in_reply_to": "tok000000001"})))["References"] is None


@pytest.mark.parametrize("name", sorted(LETTERS))
def test_only_what_a_timer_sends_is_automatic(name: str) -> None:
    automatic = LETTERS[name].purpose in ("reminder", "alarm", "consent", "waiting", "week")
    assert read(rendered(LETTERS[name]))["Auto-Submitted"] == ("auto-generated" if automatic else None)


@pytest.mark.parametrize(
    ("urgency", "priority", "calendar_priority"), [("khẩn", 2, 3), ("thượng khẩn", 1, 2), ("hỏa tốc", 1, 1)]
)
def test_an_urgent_meeting_is_marked(urgency: str, priority: int, calendar_priority: int) -> None:
    message = read(rendered(letter(meeting=replace(MEETING, urgency=urgency))))  # type: ignore[arg-type]
    assert (message["Importance"], message["X-Priority"]) == ("high", str(priority))
    assert message["Congvu-Document-Urgency"] == urgency
    assert f"PRIORITY:{calendar_priority}\r\n".encode() in calendar_of(message)
    assert read(rendered(letter()))["Importance"] is None


@pytest.mark.parametrize("name", ["alarm", "consent", "waiting", "refusal", "declinecounter", "reminder", "week"])
def test_whoever_reads_one_half_only_finds_the_page(name: str) -> None:
    halves = text_of(read(rendered(LETTERS[name]))).split("-" * 40)
    assert ["https://hop.tinh.test/" in half for half in halves] == [True, True]


def test_both_halves_say_why_the_secretary_is_told() -> None:
    vietnamese, english = text_of(read(rendered(LETTERS["alarm"]))).split("-" * 40)
    assert "Giấy mời: không phát được" in vietnamese
    assert "Invitation: not delivered" in english
    vietnamese, english = text_of(read(rendered(LETTERS["consent"]))).split("-" * 40)
    assert "Lý do: Đi học" in vietnamese
    assert "Reason: Đi học" in english


def test_the_text_and_the_page_say_what_the_letter_says() -> None:
    message = read(rendered(letter()))
    for said in (text_of(message), text_of(message, "text/html")):
        for fact in (
            "GIẤY MỜI",
            "15/GM-UBND",
            "Nguyễn Văn Ấn 1, Chủ tịch UBND xã, UBND xã An Phú",
            "Ông Trần Văn Bình, Chủ tịch UBND tỉnh",
            "từ 14 giờ 00 đến 16 giờ 00, thứ Ba, ngày 01 tháng 12 năm 2026",
            "14:00 to 16:00, Tuesday, 1 December 2026 (UTC+07:00)",
            "Điểm cầu các xã",
            "sip:4711@mcu.tinh.test",
            "2468",
            "b) Nhiệm vụ tháng 12; ý kiến các ngành",
            "Các đơn vị gửi báo cáo trước ngày 30/11",
            "Dự thảo báo cáo",
            "Lê Thị Cúc",
            letter().join_url,
            f"{letter().page_url}?answer=accepted",
            f"{letter().page_url}?answer=tentative",
            f"{letter().page_url}?answer=declined",
            f"{letter().page_url}?answer=delegated",
            letter().feed_url,
        ):
            assert fact in said, fact
        assert "Phòng họp số 1" not in said  # another group's place
        assert ONLINE.url not in said  # the room's own address never goes out


def test_the_letter_in_english_puts_english_first() -> None:
    message = read(rendered(letter(language="en")))
    assert text_of(message).index("INVITATION TO A MEETING") < text_of(message).index("GIẤY MỜI")
    assert '<html lang="en">' in text_of(message, "text/html")


def test_a_changed_invitation_says_why_in_both_languages_and_a_new_one_has_no_reason() -> None:
    changed = replace(LETTERS["request, changed"], details={"reason": "Chủ tịch đi công tác"})
    message = read(rendered(changed))
    assert text_of(message).count("Chủ tịch đi công tác") == 2
    assert "Lý do thay đổi" in text_of(message, "text/html")
    invited_later = replace(changed, previous=None)
    assert "Chủ tịch đi công tác" not in text_of(read(rendered(invited_later)))


def test_a_change_shows_old_and_new() -> None:
    message = read(rendered(LETTERS["request, changed"]))
    assert str(message["Subject"]).startswith("[UBND tỉnh Thử] Thay đổi: Giấy mời 15/GM-UBND")
    assert "cũ:  từ 14 giờ 00" in text_of(message)
    assert "mới: từ 15 giờ 00" in text_of(message)
    assert "was: 14:00 to 16:00" in text_of(message)
    assert "<s " in text_of(message, "text/html")


def test_the_english_half_of_a_change_is_in_english_and_can_be_answered() -> None:
    before = replace(MEETING, urgency="khẩn", places=(HALL, replace(ONLINE, pin="1357")))
    after = replace(MEETING, urgency="hỏa tốc")
    english = text_of(read(rendered(letter(meeting=after, previous=before)))).partition("-----\n")[2]
    assert "Invitation 15/GM-UBND" in english
    assert "was: the personal join link; SIP sip:4711@mcu.tinh.test, PIN 1357" in english
    assert "Telephone +84 20 3333 4444, PIN 2468" in english
    assert "was: urgent" in english
    assert "now: express" in english
    for vietnamese in ("mã PIN", "Điện thoại", "hỏa tốc", "Giấy mời"):
        assert vietnamese not in english
    assert all(f"?answer={answer}" in english for answer in ("accepted", "tentative", "declined"))


def test_a_neutral_word_says_what_becomes_of_the_letter_to_fetch() -> None:
    said = {name: text_of(read(rendered(LETTERS[name]))) for name in LETTERS if name.startswith("neutral")}
    assert len(set(said.values())) == 4
    assert "giấy mời cũ không còn giá trị" in said["neutral, replaced"]
    assert "does not take place" in said["neutral, withdrawn"]
    assert "no longer invited" in said["neutral, removed"]
    assert all("Lê Thị Cúc" in text for text in said.values()), "whom to ask"


def test_whoever_sends_a_deputy_is_let_into_no_room() -> None:
    each = replace(LETTERS["delegation, delegator"], join_url="https://hop.tinh.test/j/old")
    message = read(rendered(each))
    content = rendered(each)
    for said in (text_of(message), text_of(message, "text/html"), calendar_of(message).decode()):
        assert "/j/" not in said
        assert "2468" not in said
    assert "sẽ dự họp thay Ông/Bà" in text_of(message)
    assert content == Batch(RENDERER).render(each)
    assert "Ông/Bà được cử dự họp thay Nguyễn Văn Ấn 1" in text_of(read(rendered(LETTERS["delegation, deputy"])))


@pytest.mark.parametrize(
    "name",
    [
        "neutral",
        "neutral, replaced",
        "neutral, withdrawn",
        "cancel, now secret",
        "secret alarm",
        "secret consent",
        "secret refusal",
        "secret cancel, one",
    ],
)
def test_mail_of_a_secret_meeting_says_neither_what_nor_when_nor_where(name: str) -> None:
    """Even if the desk forgot to take it out of the meeting."""
    told = replace(MEETING, secret=True, urgency="khẩn")
    known = replace(MEETING, start=START - timedelta(days=300), end=START - timedelta(days=299))
    unsaid = replace(told, summary="Giấy mời")  # what the desk puts in the place of the abstract
    one = LETTERS["cancel, one"]
    letters = {
        "neutral": letter("neutral", meeting=told),
        "neutral, replaced": letter("neutral", meeting=told, details={"what": "replaced", "reason": "bí mật"}),
        "neutral, withdrawn": letter("neutral", meeting=told, details={"what": "withdrawn", "reason": "bí mật"}),
        "cancel, now secret": letter("cancel", meeting=unsaid, previous=known, details={"reason": "bí mật"}),
        "secret alarm": to_secretary("alarm", meeting=told),
        "secret consent": to_secretary("consent", meeting=told),
        "secret waiting": to_secretary("waiting", meeting=told),
        "secret refusal": letter("refusal", meeting=told),
        "secret cancel, one": replace(
            one,
            meeting=replace(unsaid, rrule=SERIES.rrule),
            occurrences=tuple(replace(each, meeting=unsaid) for each in one.occurrences),
            previous=known,
        ),
    }
    content = rendered(letters[name])
    message = read(content)
    head = str(content.partition(b"\r\n\r\n")[0]) + str(message["Subject"])
    said = [head] + [
        (each.get_payload(decode=True) or b"").decode()  # type: ignore[union-attr]
        for each in message.walk()
        if not each.is_multipart()
    ]
    for secret in (
        "giao ban",
        "15/GM-UBND",
        "14 giờ",
        "14:00",
        "20261201",
        "Điểm cầu",
        "Nhiệm vụ",
        "2468",
        "bí mật",
        "/j/",
        "Bình",
    ):
        assert not any(secret in each for each in said), secret
    assert "PRIORITY:3" not in "".join(said)


@pytest.mark.parametrize("purpose", ["request", "delegation", "declinecounter", "reminder"])
def test_of_a_secret_meeting_other_mail_is_our_bug(purpose: str) -> None:
    with pytest.raises(CongvuError):
        rendered(letter(purpose, meeting=SECRET, counterpart=DEPUTY))  # type: ignore[arg-type]


def test_nobody_invites_themselves() -> None:
    with pytest.raises(CongvuError) as caught:
        rendered(letter(recipient_address="HOP+r1@tinh.test"))
    assert "ORGANIZER" in caught.value.message.en


def test_an_object_with_a_room_but_without_a_person_is_our_bug() -> None:
    with pytest.raises(CongvuError):
        rendered(to_secretary("request"))


def test_a_lone_occurrence_that_is_not_there_is_our_bug() -> None:
    with pytest.raises(CongvuError):
        rendered(letter(meeting=SERIES, lone=True))


def test_a_recipient_that_is_no_address_is_refused() -> None:
    with pytest.raises(InputError):
        rendered(letter("reminder", recipient_address="nobody"))


@pytest.mark.parametrize("token", ["", "a b", "a\r\nBcc: x@y.test", "a@b", "…", "x" * 201])
def test_a_token_that_cannot_stand_in_a_head_is_refused(token: str) -> None:
    with pytest.raises(ValueError):
        rendered(letter(token=token))


NASTY = st.text(
    st.one_of(
        st.sampled_from(
            "\r\n\t\0\x0b\x0c\x1b\x7f\x85\u2028\u2029\ufeff\u202e\ue000\ue001\ud83c😀ếỆ\u0300=?._-,;:\"'\\<>&{}%#"
        ),
        st.characters(),
    ),
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(words=st.lists(NASTY, min_size=9, max_size=9), lead=st.sampled_from(["", "x\r\nBcc: boss@tinh.test\r\n\r\n--"]))
def test_no_value_leaves_its_place(words: list[str], lead: str) -> None:
    title, content, chair, name, agency, organiser, reason, number, contact = (lead + word for word in words)
    meeting = replace(
        MEETING,
        summary=title,
        content=content,
        requirements=content,
        chair_name=chair,
        number=number,
        contact=Contact(contact, contact, contact),
        places=(replace(HALL, name=title), replace(ONLINE, pin=number, telephone=contact, h323=title)),
    )
    person = attendee(1, guest=Guest("an@tinh.test", name, title=title, agency_name=agency))
    plain = read(rendered(letter(meeting=replace(MEETING, urgency="khẩn"))))
    each = letter(
        person=person, meeting=meeting, organiser_name=organiser, organisation=agency, details={"reason": reason}
    )
    for purpose in ("request", "cancel", "reminder"):
        bytes_of = rendered(replace(each, purpose=purpose))  # type: ignore[arg-type]
        message = read(bytes_of)
        assert bytes_of.isascii()
        assert set(message.keys()) <= {*plain.keys(), "Auto-Submitted", "Content-Transfer-Encoding"}
        assert len(message.keys()) == len(set(message.keys()))
        assert [each.addr_spec for each in message["To"].addresses] == ["an@tinh.test"]
        assert [each.addr_spec for each in message["From"].addresses] == ["hop+r1@tinh.test"]
        assert "Bcc" not in message
        if purpose != "reminder":
            assert tree(message) == tree(plain)
            assert violations(calendar_of(message)) == ()


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, str], Renderer]:
    def write(path: str, text: str) -> Renderer:
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("{# variables: recipient, page_url #}\n" + text, encoding="utf-8")
        return Renderer(tmp_path)

    return write


def test_an_administrator_may_word_it_otherwise(put: Callable[[str, str], Renderer]) -> None:
    renderer = put("mail/vi/invitation.txt", "Chào {{ recipient.name }}{{ recipient.title }}.\n{{ page_url }}\n")
    assert text_of(read(render(letter(), renderer))).startswith(
        f"Chào Nguyễn Văn Ấn 1Chủ tịch UBND xã.\n{letter().page_url}\n"
    )


@pytest.mark.parametrize("filter_", ["upper", "truncate(3, true, '')", "reverse", "replace('e', 'x')"])
def test_a_template_that_alters_a_personal_value_is_bad_configuration(
    put: Callable[[str, str], Renderer], filter_: str
) -> None:
    renderer = put("mail/vi/invitation.txt", f"Chào {{{{ recipient.name | {filter_} }}}}\n")
    with pytest.raises(ConfigError) as caught:
        render(letter(), renderer)
    assert "mail/invitation.txt" in caught.value.message.en


def test_the_version_of_the_templates_changes_with_any_of_them(put: Callable[[str, str], Renderer]) -> None:
    ours = template_version(RENDERER)
    assert len(ours) == 12
    assert ours == template_version(Renderer())
    assert template_version(put("mail/en/meeting_alarm.txt", "x")) != ours
    assert template_version(put("letters/vi/invitation.html", "x")) != ours
    assert template_version(put("mail/vi/frame.html", "x")) != ours


@pytest.mark.parametrize("name", ["request", "cancel", "declinecounter"])
def test_every_html_mail_stands_in_the_one_frame(put: Callable[[str, str], Renderer], name: str) -> None:
    renderer = put("mail/vi/frame.html", "<p>Sở Thử</p>{% block letter %}{% endblock %}<p>Hết</p>\n")
    body = read(render(LETTERS[name], renderer)).get_body(("html",))
    assert body is not None
    page = body.get_content()
    assert page.startswith("<p>Sở Thử</p>")
    assert "<h1" in page
    assert page.rstrip().endswith("<p>Hết</p>")


def test_only_the_letter_itself_carries_its_number_on_top() -> None:
    for name, bears_it in (("request", True), ("cancel", False), ("declinecounter", False)):
        body = read(render(LETTERS[name], RENDERER)).get_body(("html",))
        assert body is not None
        assert ("Số: 15/GM-UBND" in body.get_content()) is bears_it


def test_delegation_names_the_pair() -> None:
    for name in ("delegation, deputy", "delegation, delegator"):
        parties = {party.address: party for party in events_for(LETTERS[name])[0].attendees}
        one, other = parties[DELEGATOR.guest.address], parties[DEPUTY.guest.address]
        assert (one.partstat, one.delegated_to, one.rsvp) == ("DELEGATED", other.address, False)
        assert (other.partstat, other.delegated_from, other.rsvp) == ("NEEDS-ACTION", one.address, True)
        assert len(parties) == 3  # and the chair


def test_whoever_stands_in_is_offered_no_deputy() -> None:
    """Also when nobody is left whom they stand in for, and letters of others were rendered before."""
    batch = Batch(RENDERER)
    for purpose in ("request", "reminder"):
        own = text_of(read(batch.render(letter(purpose))))  # type: ignore[arg-type]
        deputys = text_of(read(batch.render(letter(purpose, DEPUTY))))  # type: ignore[arg-type]
        assert "đi thay:" in own
        assert "đi thay:" not in deputys
        assert "send a deputy" not in deputys.lower()
        assert "trả lời" in deputys.lower()


def words_of(each: Letter) -> tuple[str, str]:
    """The two texts of the mail, each on one line."""
    message = read(rendered(each))
    return " ".join(text_of(message, "text/plain").split()), " ".join(text_of(message, "text/html").split())


def test_whoever_sent_a_deputy_is_told_of_a_change_and_not_invited() -> None:
    each = LETTERS["request, changed for whom a deputy goes"]
    for text in words_of(each):
        assert "THÔNG BÁO CUỘC HỌP CÓ THAY ĐỔI" in text
        assert "in your place; the meeting has changed" in text
        assert "GIẤY MỜI Kính" not in text
        assert "trân trọng kính mời" not in text
        assert "invites you" not in text
        assert "?answer=" not in text
        assert "Nguyễn Văn Ấn 2" in text.split("đi thay; cuộc họp có thay đổi")[0]
        assert "từ 15 giờ 00 đến 17 giờ 00" in text
    event = calendar_of(read(rendered(each))).replace(b"\r\n ", b"")
    assert b"PARTSTAT=DELEGATED" in event
    assert b"TRANSP:TRANSPARENT" in event


@pytest.mark.parametrize("name", ["delegation, deputy", "delegation, delegator"])
def test_a_deputy_for_a_series_goes_to_all_of_it_and_the_letters_say_so(name: str) -> None:
    for text in words_of(replace(LETTERS[name], meeting=SERIES)):
        assert "ở tất cả các buổi" in text
        assert "at all meetings of the series" in text
    for text in words_of(LETTERS[name]):
        assert "tất cả các buổi" not in text


def test_consent_to_a_deputy_for_a_series_is_asked_for_all_of_it() -> None:
    each = LETTERS["consent"]
    asked = text_of(read(rendered(replace(each, meeting=SERIES))), "text/plain")
    assert "Lặp lại: hằng tuần vào thứ Ba (6 lần); đề nghị này là đi thay ở tất cả các buổi." in asked
    assert "tất cả các buổi" not in text_of(read(rendered(each)), "text/plain")


def test_an_answer_to_an_old_time_is_said_to_be_why_the_letter_comes_again() -> None:
    for text in words_of(LETTERS["request, old time"]):
        assert "Trả lời của Ông/Bà là cho thời gian cũ nên chưa được tính" in text
        assert "Your answer was to an earlier time and is not counted" in text
        assert "bản gửi lại" not in text


def test_a_letter_that_leaves_again_bears_the_date_of_its_edition() -> None:
    again = letter(at=AT + timedelta(days=5), made=AT, details={"again": True})
    for text in words_of(again):
        assert "gày 23 tháng 11 năm 2026" in text
        assert "28 tháng 11" not in text
    assert b"\r\nDate: Sat, 28 Nov 2026 " in rendered(again)


def test_nobody_is_asked_to_answer_before_a_day_that_has_passed() -> None:
    batch = Batch(RENDERER)
    wanted = MEETING.answer_by
    assert wanted is not None
    for at, asks in ((wanted - timedelta(minutes=1), True), (wanted, False), (wanted - timedelta(hours=1), True)):
        message = read(batch.render(letter(at=at)))
        for kind in ("text/plain", "text/html"):
            assert ("Đề nghị trả lời trước" in text_of(message, kind)) is asks


def test_a_series_whose_first_meeting_is_cancelled_begins_with_the_first_that_is_held() -> None:
    first = replace(MEETING, status="CANCELLED")
    for text in words_of(letter(meeting=SERIES, occurrences=(Occurrence(START, first), MOVED), sequence=2)):
        assert "từ 14 giờ 00 đến 16 giờ 00, thứ Ba, ngày 08 tháng 12 năm 2026" in text
        assert "đến 16 giờ 00, thứ Ba, ngày 01 tháng 12" not in text
        assert "14 giờ 00, thứ Ba, ngày 01 tháng 12 năm 2026" in text, "as one that is not held"


def test_an_occurrence_that_only_ends_later_or_elsewhere_is_not_said_to_be_moved() -> None:
    at = START + timedelta(days=7)
    own = replace(MEETING, start=at, end=at + timedelta(hours=3))
    elsewhere = replace(MEETING, start=at, end=at + timedelta(hours=2), places=(Place("Hội trường B"),))
    content = replace(MEETING, start=at, end=at + timedelta(hours=2), content="Chuyên đề")
    for meeting, said in (
        (own, "ngày 08 tháng 12 năm 2026: kết thúc lúc 17 giờ 00"),
        (elsewhere, "Hội trường B"),
        (content, "ngày 08 tháng 12 năm 2026: có nội dung riêng"),
    ):
        for text in words_of(letter(meeting=SERIES, occurrences=(Occurrence(at, meeting),), sequence=2)):
            assert said in text
            assert "chuyển sang" not in text
            assert "→" not in text
    moved = words_of(letter(meeting=SERIES, occurrences=(MOVED,), sequence=2))[0]
    assert "chuyển sang: từ 15 giờ 00 đến 17 giờ 00, thứ Ba, ngày 08 tháng 12 năm 2026" in moved
    assert "Điểm cầu các xã" in moved
    assert "2026, tại" not in moved, "it is where the series is"
