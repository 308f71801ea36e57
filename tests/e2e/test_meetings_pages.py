"""The pages in a real browser: at a desk and on a telephone, with the keyboard alone, without JavaScript, on paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from meetings.desk.context import Door
from meetings.links import Links
from meetings.meeting import Guest
from tests.support.browser import DESKTOP, TELEPHONE, chromium, page_in, served
from tests.support.meeting_pages import (
    ATTENDEE,
    ID,
    KEYS,
    MEETING,
    ROOM_URL,
    SETTINGS,
    FakeDesk,
    application,
    line,
    personal_view,
    secretary_view,
    series,
)

pytestmark = pytest.mark.server

COLLEAGUES = (
    Guest("cuongnv.sxd@tinh.test", "Nguyễn Văn Cường", title="Phó Giám đốc"),
    Guest("dungpt.sxd@tinh.test", "Phạm Thị Dung", title="Chánh Văn phòng"),
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


class House:
    """A desk behind real HTTP, and the links to it."""

    def __init__(self) -> None:
        self.desk = FakeDesk(people=COLLEAGUES)
        self.links = Links(KEYS, "http://unknown.test")

    def make(self, url: str) -> Any:
        self.links = Links(KEYS, url)
        return application(self.desk, replace(SETTINGS, public_url=url), self.links)

    @property
    def page(self) -> str:
        return self.links.page(ATTENDEE)

    @property
    def join(self) -> str:
        return self.links.join(ATTENDEE)

    @property
    def list(self) -> str:
        return self.links.secretary("m" * 16, 0)


@pytest.fixture
def house() -> Iterator[House]:
    made = House()
    with served(made.make):
        yield made


def fits(page: Page) -> None:
    """Nothing sticks out at the side."""
    overhang = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overhang <= 0


def can_be_touched(page: Page) -> None:
    """Everything to press is at least 44 by 44 pixels (WCAG 2.2, 2.5.5); links inside a sentence are excepted there."""
    small = page.evaluate(
        """() => [...document.querySelectorAll(
              'button, .button, input:not([type=hidden]), select, textarea, summary, label.choice, nav a, .touch a')]
            .filter(one => one.offsetParent !== null && !one.closest('.skip') && !one.closest('label.choice input'))
            .filter(one => one.tagName !== 'INPUT' || !['radio', 'checkbox'].includes(one.type))
            .map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
            .filter(([, box]) => box.height < 43.9 || box.width < 43.9)
            .map(([html, box]) => `${html} ${box.width}x${box.height}`)"""
    )
    assert small == []


def reads_well(page: Page) -> None:
    """What a screen reader needs: one h1, landmarks, a label for each field, headings in order, the language."""
    found = page.evaluate(
        """() => ({
            lang: document.documentElement.lang,
            title: document.title,
            h1: document.querySelectorAll('h1').length,
            main: document.querySelectorAll('main').length,
            levels: [...document.querySelectorAll('h1, h2, h3')].map(one => Number(one.tagName[1])),
            unlabelled: [...document.querySelectorAll('input:not([type=hidden]), select, textarea')]
                .filter(one => one.labels.length === 0).map(one => one.outerHTML),
            nameless: [...document.querySelectorAll('a, button')]
                .filter(one => !(one.textContent.trim() || one.getAttribute('aria-label'))).length,
            twice: [...document.querySelectorAll('[id]')].map(one => one.id)
                .filter((id, place, all) => all.indexOf(id) !== place),
            dangling: [...document.querySelectorAll('[aria-labelledby]')]
                .filter(one => !document.getElementById(one.getAttribute('aria-labelledby'))).length,
        })"""
    )
    assert found["lang"] in ("vi", "en")
    assert found["title"]
    assert (found["h1"], found["main"]) == (1, 1)
    levels = found["levels"]
    assert all(after - before <= 1 for before, after in pairwise(levels)), levels
    assert found["unlabelled"] == []
    assert found["nameless"] == 0
    assert found["twice"] == []
    assert found["dangling"] == 0


@pytest.mark.parametrize("viewport", [DESKTOP, TELEPHONE], ids=["desktop", "telephone"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_fits_and_reads_well(
    house: House, browser: Browser, viewport: dict[str, int], language: str
) -> None:
    meeting, sittings = series()
    house.desk.view = personal_view(meeting, occurrences=sittings, previous=MEETING)
    house.desk.open_door = Door("early", MEETING, ATTENDEE, 0, 1)
    with page_in(browser, viewport=viewport) as page:
        for url in (house.page, f"{house.page}/deputy", house.join, house.list):
            page.goto(f"{url}?lang={language}")
            assert page.locator("html").get_attribute("lang") == language
            fits(page)
            can_be_touched(page)
            reads_well(page)


def test_a_long_word_or_name_does_not_widen_the_page(house: House, browser: Browser) -> None:
    long = replace(MEETING, summary="V" * 300, content="https://tinh.test/" + "x" * 400, chair_name="Ẩ" * 200)
    house.desk.view = personal_view(long)
    house.desk.sheet = secretary_view(line(1, "N" * 120, comment="y" * 500, delivery_text="z" * 500), meeting=long)
    with page_in(browser, viewport=TELEPHONE) as page:
        for url in (house.page, house.list):
            page.goto(url)
            fits(page)


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_an_answer_on_a_telephone(house: House, browser: Browser, script: bool) -> None:
    with page_in(browser, viewport=TELEPHONE, has_touch=True, java_script_enabled=script) as page:
        page.goto(f"{house.page}?answer=declined")
        assert page.get_by_role("radio", name="Không dự được").is_checked()
        assert house.desk.orders == []
        page.get_by_label("Lý do hoặc ghi chú").fill("Đi công tác Hà Nội")
        page.get_by_role("button", name="Gửi trả lời").tap()
        page.get_by_text("Đã ghi nhận trả lời của Ông/Bà").wait_for()
        assert house.desk.orders == [("answer", ID, "DECLINED", "Đi công tác Hà Nội", 0)]
        page.reload()
        assert len(house.desk.orders) == 1, "reloading repeats nothing"


def test_an_answer_with_the_keyboard_alone(house: House, browser: Browser) -> None:
    with page_in(browser, viewport=DESKTOP) as page:
        page.goto(house.page)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        box = page.locator(".skip").bounding_box()
        assert box is not None
        assert box["x"] >= 0, "the way past the head is seen when it is reached"
        for _ in range(40):
            if page.evaluate("document.activeElement.name") == "answer":
                break
            page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", "one sees where one is"
        page.keyboard.press("Space")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        page.keyboard.type("Còn chờ lịch")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.get_by_role("status").wait_for()
    assert house.desk.orders == [("answer", ID, "TENTATIVE", "Còn chờ lịch", 0)]


def test_the_browser_asks_for_an_answer_before_it_sends(house: House, browser: Browser) -> None:
    with page_in(browser, viewport=DESKTOP) as page:
        page.goto(house.page)
        page.get_by_role("button", name="Gửi trả lời").click()
        assert page.url == house.page
    assert house.desk.orders == []


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_deputy_is_searched_chosen_and_proposed(house: House, browser: Browser, script: bool) -> None:
    with page_in(browser, viewport=TELEPHONE, java_script_enabled=script) as page:
        page.goto(f"{house.page}?answer=delegated&lang=en")
        page.get_by_label("Find a colleague").fill("Dung")
        page.get_by_role("button", name="Find").click()
        page.get_by_label("Phạm Thị Dung").check()
        assert page.get_by_role("radio").count() == 1
        page.get_by_label("Reason").fill("Bận họp Bộ")
        page.get_by_role("button", name="Propose").click()
        page.get_by_text("Your deputy is proposed.").wait_for()
    assert house.desk.orders == [("propose_deputy", ID, "dungpt.sxd@tinh.test", "Bận họp Bộ")]


def test_one_sitting_of_a_series_is_declined(house: House, browser: Browser) -> None:
    meeting, sittings = series()
    house.desk.view = personal_view(meeting, occurrences=sittings)
    with page_in(browser, viewport=TELEPHONE) as page:
        page.goto(house.page)
        page.get_by_label("Trả lời cho").select_option(str(sittings[1].recurrence_id))
        page.get_by_role("radio", name="Không dự được").check()
        page.get_by_role("button", name="Gửi trả lời").click()
        page.get_by_role("status").first.wait_for()
    assert house.desk.orders == [("answer", ID, "DECLINED", "", sittings[1].recurrence_id)]


def test_the_secretary_decides_sorts_and_filters_without_a_script(house: House, browser: Browser) -> None:
    with page_in(browser, viewport=DESKTOP, java_script_enabled=False) as page:
        page.goto(house.list)
        page.get_by_role("link", name="Trả lời", exact=True).click()
        assert page.get_by_role("rowheader").first.inner_text().startswith("Lê Đức")
        page.get_by_role("link", name="Chưa nhận được").click()
        assert page.get_by_role("rowheader").count() == 1
        page.get_by_role("button", name="Đồng ý", exact=True).click()
        page.get_by_text("Đã đồng ý người đi thay").wait_for()
        page.get_by_role("button", name="Gửi lại cho Lê Đức").click()
        page.get_by_text("Đã gửi lại giấy mời").wait_for()
    assert house.desk.orders == [("decide_deputy", 31, True, False), ("resend", 3)]


def test_a_form_of_another_site_is_refused_by_what_the_browser_says(house: House, browser: Browser) -> None:
    async def foreign(scope: Any, receive: Any, send: Any) -> None:
        html = (
            f'<form method="post" action="{house.page}/answer"><input name="answer" value="declined"><button>x</button>'
        )
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
        await send({"type": "http.response.body", "body": html.encode()})

    with served(lambda url: foreign) as evil:
        context = browser.new_context()
        page = context.new_page()
        page.goto(evil.replace("127.0.0.1", "localhost"))
        with page.expect_navigation() as navigation:
            page.get_by_role("button").click()
        answer = navigation.value
        context.close()
    assert answer is not None
    assert answer.status == 403
    assert house.desk.orders == []


def test_the_way_into_the_room_is_one_click(house: House, browser: Browser) -> None:
    context = browser.new_context(viewport=TELEPHONE)
    page = context.new_page()
    page.goto(house.page)
    with page.expect_request(ROOM_URL) as asked:
        page.get_by_role("link", name="Vào họp").click(no_wait_after=True)
    headers = asked.value.headers
    context.close()
    assert "referer" not in headers, "the room does not learn the personal link"
    assert house.desk.orders == [("joined", ID)]


def test_nothing_moves_while_the_page_loads(house: House, browser: Browser) -> None:
    with page_in(browser, viewport=TELEPHONE) as page:
        page.goto(house.page)
        shift = page.evaluate(
            """() => new Promise(done => {
                let sum = 0;
                new PerformanceObserver(list => list.getEntries().forEach(one => { sum += one.value; }))
                    .observe({type: 'layout-shift', buffered: true});
                requestAnimationFrame(() => requestAnimationFrame(() => done(sum)));
            })"""
        )
        assert shift == 0


def test_on_paper_only_the_letter_remains(house: House, browser: Browser) -> None:
    with page_in(browser, viewport=DESKTOP) as page:
        page.emulate_media(media="print")
        page.goto(house.page)
        assert not page.get_by_role("button", name="Gửi trả lời").is_visible()
        assert not page.locator(".no-print").first.is_visible()
        assert page.get_by_text("Họp giao ban công tác quý IV").first.is_visible()


def test_letters_twice_as_large_still_fit(house: House, browser: Browser) -> None:
    with page_in(browser, viewport=DESKTOP) as page:
        page.goto(house.page)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        fits(page)
