"""The templates of `deploy/`: no name is left unfilled, comments stay as they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from congvu.servers.certificates import make_certificate
from congvu.servers.dovecot import Dovecot, DovecotSettings
from congvu.servers.filling import filled
from foundation.resources import deploy_folder

NAME = re.compile(r"@[A-Z][A-Z_]+@")


def unfilled(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#") and NAME.search(line)]


@pytest.mark.parametrize("name", ["mailbox", "lists", "offices", "sender-login"])
def test_postfix_maps_need_four_names(name: str) -> None:
    values = {"LDAP_URI": "ldapi:///", "BASE": "dc=x", "RELAY_PASSWORD": "secret", "TLS_CA": "/ca.pem"}
    assert unfilled(filled(f"postfix/{name}.cf.template", values)) == []


def test_every_name_of_dovecots_files_is_filled(tmp_path: Path) -> None:
    settings = DovecotSettings(
        tmp_path / "dovecot",
        tmp_path / "log",
        "mail.tinh.test",
        "tinh.test",
        1143,
        1993,
        1024,
        "ldapi:///",
        "dc=tinh,dc=test",
        "secret",
    )
    Dovecot(settings).configure(make_certificate())
    written = [path for path in (tmp_path / "dovecot").iterdir() if path.is_file()]
    templates = {path.stem for path in (deploy_folder() / "dovecot").glob("*.template")}
    assert {path.name for path in written} == templates | {"end-suspended-sessions"}
    for path in written:
        assert unfilled(path.read_text()) == [], path.name
        assert path.stat().st_mode & 0o777 == 0o600


def test_comments_keep_their_names() -> None:
    assert "#   @RUN@ @STATE@ @MAIL@" in filled(
        "dovecot/dovecot.conf.template", {"RUN": "x", "STATE": "y", "MAIL": "z"}
    )


@pytest.mark.parametrize(("readme", "templates"), [("dovecot", "dovecot*.template"), ("postfix", "*.template")])
def test_the_readme_fills_every_name(readme: str, templates: str) -> None:
    """Whoever sets up a mail host by hand uses the commands of README.md: they must know every name."""
    folder = deploy_folder() / readme
    known = set(NAME.findall((folder / "README.md").read_text(encoding="utf-8")))
    used = {
        name
        for path in folder.glob(templates)
        for line in path.read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
        for name in NAME.findall(line)
    }
    assert used - known == set()
