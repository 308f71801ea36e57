"""The frame of a page: language, links that keep it, a style under a name of its content, contrast that can be read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from foundation.language import Text
from foundation.rendering import Renderer
from foundation.web import style
from foundation.web.pages import Pages
from foundation.web.style import Style

CSS = Path(style.__file__).with_name("congvu.css").read_text(encoding="utf-8")


def pages(public_url: str = "https://hop.tinh.test", folder: Path | None = None) -> Pages:
    return Pages(Renderer(folder), "UBND tỉnh <Thử>", "vi", public_url)


def scope(query: bytes = b"", method: str = "GET") -> dict[str, Any]:
    return {"type": "http", "method": method, "path": "/m/x", "query_string": query, "headers": []}


def shown(made: Pages, query: bytes = b"", method: str = "GET", **more: Any) -> str:
    response = made.render(
        scope(query, method), "error.html", Text("Tiêu đề <b>", "A title <b>"), 200, **more, status=1, sentence="<i>"
    )
    return bytes(response.body).decode()


def test_everything_in_a_page_is_escaped() -> None:
    text = shown(pages())
    assert "<title>Tiêu đề &lt;b&gt; – UBND tỉnh &lt;Thử&gt;</title>" in text
    assert "<p>&lt;i&gt;</p>" in text


def test_the_language_is_asked_for_by_the_address() -> None:
    assert '<html lang="vi">' in shown(pages())
    assert '<html lang="en">' in shown(pages(), b"lang=en")
    assert '<html lang="vi">' in shown(pages(), b"lang=%22%3Escript")


def test_the_other_language_keeps_the_rest_of_the_address() -> None:
    assert 'href="?answer=accepted&amp;lang=en"' in shown(pages(), b"answer=accepted")
    assert 'href="?lang=vi"' in shown(pages(), b"lang=en")


def test_after_a_form_the_other_language_is_the_page_itself() -> None:
    assert 'href="/m/x?lang=en"' in shown(pages(), b"", "POST", at="/m/x")


def test_links_keep_the_language() -> None:
    made = pages()
    assert made.link(scope(), "/m/x") == "/m/x"
    assert made.link(scope(b"lang=en"), "/m/x", said="answered") == "/m/x?said=answered&lang=en"


def test_a_public_url_may_have_a_path() -> None:
    made = pages("https://tinh.test/hop/")
    assert made.link(scope(), "/m/x") == "/hop/m/x"
    assert f'href="/hop{made.style.path}"' in shown(made)


def test_a_broken_error_page_of_the_administrator_is_replaced(tmp_path: Path) -> None:
    own = tmp_path / "pages" / "vi"
    own.mkdir(parents=True)
    (own / "error.html").write_text("{# variables: frame #}{{ nothing }}", encoding="utf-8")
    response = pages(folder=tmp_path).error(scope(), 404)
    assert response.status_code == 404
    assert "Không có trang này" in bytes(response.body).decode()


@pytest.mark.parametrize("status", [400, 403, 404, 405, 408, 413, 415, 418, 421, 429, 500, 502, 503])
def test_every_refusal_has_a_page(status: int) -> None:
    assert pages().error(scope(), status).status_code == status


def test_the_style_is_kept_for_ever_under_a_name_of_its_content() -> None:
    served = Style()
    assert re.fullmatch(r"/assets/congvu\.[0-9a-f]{16}\.css", served.path)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        from starlette.requests import Request

        await (await served.serve(Request(scope)))(scope, receive, send)

    answer = TestClient(app).get(served.path)
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.text == CSS


def test_the_style_loads_nothing() -> None:
    assert "url(" not in CSS
    assert "@import" not in CSS


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_colours_can_be_told_apart() -> None:
    colours = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6});", CSS))
    for name in ("text", "soft", "link", "strong", "good", "warn", "bad"):
        for ground in ("ground", "quiet"):
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
    assert contrast(colours["line"], colours["ground"]) >= 3
    assert contrast("#ffffff", colours["strong"]) >= 4.5
