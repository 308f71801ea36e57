"""Templates: the administrator's come first, missing variables are errors, HTML is escaped, the sandbox holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from foundation.errors import ConfigError
from foundation.rendering import Renderer


@pytest.fixture
def own(tmp_path: Path) -> Path:
    for language in ("vi", "en"):
        (tmp_path / "mail" / language).mkdir(parents=True)
    return tmp_path


def put(own: Path, name: str, text: str) -> Renderer:
    (own / name).parent.mkdir(parents=True, exist_ok=True)
    (own / name).write_text(text, encoding="utf-8")
    return Renderer(own)


def test_the_administrators_template_wins(own: Path) -> None:
    renderer = put(own, "reports/vi/keys.txt", "{# variables: kinds #}\ncủa tôi {{ kinds }}")
    assert renderer.render("reports/keys.txt", "vi", kinds=3) == "của tôi 3"
    assert "Back up" in renderer.render("reports/keys.txt", "en", kinds=[])


def test_a_missing_variable_is_an_error_and_never_an_empty_place(own: Path) -> None:
    renderer = put(own, "mail/vi/a.txt", "{# variables: name #}\nKính gửi {{ name }}")
    with pytest.raises(ConfigError) as caught:
        renderer.render("mail/a.txt", "vi")
    assert "name" in caught.value.message.en


def test_html_is_escaped_and_text_is_not(own: Path) -> None:
    put(own, "mail/vi/a.html", "{# variables: name #}\n{{ name }}")
    renderer = put(own, "mail/vi/a.txt", "{# variables: name #}\n{{ name }}")
    assert renderer.render("mail/a.html", "vi", name="<b>") == "&lt;b&gt;"
    assert renderer.render("mail/a.txt", "vi", name="<b>") == "<b>"


@pytest.mark.parametrize(
    "text",
    [
        "{{ name.__class__.__mro__ }}",
        "{{ ''.__class__ }}",
        "{% for x in %}",
        "{% for x in name.upper %}{% endfor %}",
        "{{ 1 / 0 }}",
        "{{ names.append(1) }}",
        "{% include '/etc/passwd' %}",
        "{% include '../../../etc/passwd' %}",
    ],
)
def test_what_a_template_must_not_do_is_bad_configuration(own: Path, text: str) -> None:
    renderer = put(own, "mail/vi/a.txt", "{# variables: name, names #}\n" + text)
    with pytest.raises(ConfigError):
        renderer.render("mail/a.txt", "vi", name="x", names=[])


def test_a_template_may_use_only_what_its_first_line_lists(own: Path) -> None:
    renderer = put(own, "mail/vi/a.txt", "{# variables: name #}\n{{ nome }}")
    with pytest.raises(ConfigError) as caught:
        renderer.check("mail/vi/a.txt")
    assert "nome" in caught.value.message.en
    with pytest.raises(ConfigError):
        put(own, "mail/vi/b.txt", "no first line").check("mail/vi/b.txt")


def test_a_template_that_does_not_exist_is_bad_configuration(own: Path) -> None:
    with pytest.raises(ConfigError):
        Renderer(own).render("mail/none.txt", "vi")
