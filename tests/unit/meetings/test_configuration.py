"""From the configuration file to the settings of the meetings server: what follows from what, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from foundation.config import load
from foundation.config.of_service import directory_connection, journal_origin
from foundation.config.sections import Configuration
from foundation.daemon.reloading import kept_until_restart, sections_that_wait
from foundation.errors import ConfigError
from meetings.configuration import settings_from
from meetings.parts import WAITS_FOR_RESTART
from meetings.service import SERVICE
from meetings.settings import Listen

MINIMAL = '[organisation]\nname = "UBND tỉnh Thử"\ndomain = "tinh.test"\nother_domains = ["cu.test"]\n'


@pytest.fixture(autouse=True)
def no_variables_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("CONGVU_")]:
        monkeypatch.delenv(name)


def loaded(tmp_path: Path, more: str = "") -> Configuration:
    path = tmp_path / "config.toml"
    path.write_text(MINIMAL + more, encoding="utf-8")
    return load(path)


def problems(tmp_path: Path, more: str) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        settings_from(loaded(tmp_path, more))
    return {problem.column: problem.message.en for problem in caught.value.problems}


def test_two_names_are_enough(tmp_path: Path) -> None:
    settings = settings_from(loaded(tmp_path))
    assert (settings.organiser, settings.bounce_address) == ("hop@tinh.test", "hop-bao-phat@tinh.test")
    assert settings.organiser_name == settings.organisation == "UBND tỉnh Thử"
    assert settings.public_url == "https://hop.tinh.test"
    assert settings.authserv_id == settings.submission.server_name == "mail.tinh.test"
    assert settings.domains == ("tinh.test", "cu.test")
    assert settings.directory.people == "ou=people,dc=tinh,dc=test"
    assert settings.own_addresses == {"hop@tinh.test", "hop-bao-phat@tinh.test"}


def test_no_figures_for_machines_when_none_are_wanted(tmp_path: Path) -> None:
    assert settings_from(loaded(tmp_path, '[meetings]\nmetrics_listen = ""\n')).metrics == Listen("", 0)


def test_reminders_are_sorted(tmp_path: Path) -> None:
    settings = settings_from(loaded(tmp_path, "[meetings.reminders]\nbefore_hours = [1, 48, 0.5]\n"))
    assert settings.reminders.before_hours == (48, 1, 0.5)


@pytest.mark.parametrize(
    ("more", "key", "words"),
    [
        ('[meetings]\norganiser = "hop@bo.test"', "meetings.organiser", "of a domain of ours"),
        ('[meetings]\norganiser = "hop+x@tinh.test"', "meetings.organiser", "no +"),
        ('[meetings]\nbounce_address = "hop@tinh.test"', "meetings.bounce_address", "could not be told apart"),
        ('[meetings]\nsecretary = "hop@tinh.test"', "meetings.secretary", "loop"),
        ('[meetings]\npublic_url = "http://hop.tinh.test"', "meetings.public_url", "HTTPS"),
        ('[meetings]\npublic_url = "hop.tinh.test"', "meetings.public_url", "web address"),
        ('[meetings.room]\nurl = "http://phong.test"', "meetings.room.url", "web address"),
        ('[meetings.room]\nurl = "https://ai:mat@phong.test"', "meetings.room.url", "web address"),
        ('[meetings.room]\nengine = "jitsi"', "meetings.room.engine", "no such room engine"),
        ('[meetings.room]\npin = "12\\n34"', "meetings.room.pin", "one line"),
        ("[meetings.reminders]\nbefore_hours = [1, 1.0]", "meetings.reminders.before_hours", "same hour"),
        ('[meetings]\nclash = "ask"', "meetings.clash", "one of"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_key(tmp_path: Path, more: str, key: str, words: str) -> None:
    assert words in problems(tmp_path, more)[key]


def test_an_engine_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, '[meetings.room]\nengine = "janus"')
    (problem,) = caught.value.problems
    assert problem.hint is not None
    assert "static" in problem.hint.en


def test_its_own_account_asks_the_directory_if_it_has_one(tmp_path: Path) -> None:
    for name in ("provision", "meetings"):
        (tmp_path / name).touch(mode=0o600)
        (tmp_path / name).write_text(f"password of {name}")
    of_directory = '[directory]\nurl = "ldaps://ldap.tinh.test"\nbind_password = { file = "provision" }\n'
    without = directory_connection(loaded(tmp_path, of_directory), SERVICE)
    own = directory_connection(
        loaded(tmp_path, f'{of_directory}[meetings]\nbind_password = {{ file = "meetings" }}\n'), SERVICE
    )
    assert (without.bind_dn, without.password) == ("cn=provision,ou=services,dc=tinh,dc=test", "password of provision")
    assert (own.bind_dn, own.password) == ("cn=meetings,ou=services,dc=tinh,dc=test", "password of meetings")


def test_the_journal_has_a_name_of_its_own(tmp_path: Path) -> None:
    assert journal_origin(loaded(tmp_path), SERVICE) == "tinh.test/meetings"


def test_a_password_written_for_an_application_is_never_shown(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, '[relay.applications.meetings]\naddresses = ["hop@tinh.test"]\npassword = "ro-rang"\n')
    assert "ro-rang" not in repr(caught.value.problems)
    assert caught.value.problems[0].column == "relay.applications.meetings.password"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('[relay.applications."Hop@x"]\naddresses = ["hop@tinh.test"]\npassword = { file = "x" }\n', "pattern"),
        ('[relay.applications.hop]\naddresses = []\npassword = { file = "x" }\n', "at least"),
        ('[relay.applications.hop]\naddresses = ["hop@tinh.test"]\n', "required"),
    ],
)
def test_an_application_has_a_plain_name_addresses_and_a_password(tmp_path: Path, more: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, more)
    assert any(words in problem.message.en for problem in caught.value.problems), caught.value.problems


# ---- reload ------------------------------------------------------------------------------------------------------


def test_what_a_reload_cannot_change_stays_and_is_named(tmp_path: Path) -> None:
    old = settings_from(loaded(tmp_path))
    new = settings_from(loaded(tmp_path, '[meetings]\nworking_days = 1\nweb_listen = "127.0.0.1:1"\n'))
    kept, waiting = kept_until_restart(old, new, WAITS_FOR_RESTART)
    assert (kept.working_days, kept.web) == (1, old.web)
    assert waiting == ["web"]


def test_sections_that_are_read_once_are_named(tmp_path: Path) -> None:
    old = loaded(tmp_path)
    new = loaded(tmp_path, '[storage]\nurl = "sqlite:data"\n[meetings]\nbind_dn = "cn=x"\n')
    assert sections_that_wait(old, new, "meetings") == ["storage", "meetings.bind_dn"]
