"""Where the directory is, and what we refuse to do on the way there."""

from __future__ import annotations

from pathlib import Path

import pytest

from foundation.config.secrets import Secret
from foundation.config.sections import Directory
from foundation.directory.connection import ConnectionSettings, check, settings_from
from foundation.directory.url import DEFAULT_SOCKET, Address, parse_url
from foundation.errors import ConfigError

BASE = "dc=tinh,dc=test"


@pytest.mark.parametrize(
    ("url", "expected", "written"),
    [
        ("ldap://ldap.tinh.test", Address("ldap", "ldap.tinh.test", 389), "ldap://ldap.tinh.test:389"),
        ("ldaps://ldap.tinh.test", Address("ldaps", "ldap.tinh.test", 636), "ldaps://ldap.tinh.test:636"),
        ("ldaps://[2001:db8::1]:3636", Address("ldaps", "2001:db8::1", 3636), "ldaps://[2001:db8::1]:3636"),
        ("LDAP://127.0.0.1:1389/", Address("ldap", "127.0.0.1", 1389), "ldap://127.0.0.1:1389"),
        ("ldapi:///", Address("ldapi", path=DEFAULT_SOCKET), "ldapi://%2Frun%2Fslapd%2Fldapi"),
        ("ldapi://%2Fsrv%2Fa%20b%2Fldapi", Address("ldapi", path="/srv/a b/ldapi"), "ldapi://%2Fsrv%2Fa%20b%2Fldapi"),
    ],
)
def test_urls(url: str, expected: Address, written: str) -> None:
    assert parse_url(url) == expected
    assert str(expected) == written


@pytest.mark.parametrize("url", ["", "ldap://", "http://ldap.tinh.test", "ldap://host:port", "ldap://[::1", "ldap"])
def test_what_is_no_url(url: str) -> None:
    with pytest.raises(ConfigError):
        parse_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "ldapi:///",
        "ldaps://ldap.tinh.test",
        "ldap://localhost",
        "ldap://127.0.0.1:1389",
        "ldap://127.9.9.9",
        "ldap://[::1]",
    ],
)
def test_a_password_may_stay_on_this_machine_or_go_encrypted(url: str) -> None:
    check(ConnectionSettings(url, BASE, "cn=x", "secret"))


@pytest.mark.parametrize(
    "url", ["ldap://ldap.tinh.test", "ldap://10.0.0.1", "ldap://[2001:db8::1]", "ldap://localhost.evil.test"]
)
def test_a_password_never_goes_unencrypted_over_a_network(url: str) -> None:
    with pytest.raises(ConfigError, match="unencrypted"):
        check(ConnectionSettings(url, BASE, "cn=x", "secret"))
    check(ConnectionSettings(url, BASE, "cn=x", "secret", start_tls=True))


def test_a_bind_without_a_password_is_no_login() -> None:
    with pytest.raises(ConfigError, match="empty"):
        check(ConnectionSettings("ldapi:///", BASE, "cn=x", ""))


def test_only_the_local_socket_knows_us_without_a_name() -> None:
    check(ConnectionSettings("ldapi:///", BASE))
    with pytest.raises(ConfigError, match="no account"):
        check(ConnectionSettings("ldaps://ldap.tinh.test", BASE))


def test_a_password_is_never_shown() -> None:
    assert "secret" not in repr(ConnectionSettings("ldapi:///", BASE, "cn=x", "secret"))


def test_settings_come_from_the_configuration(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("secret\n")
    secret.chmod(0o600)
    section = Directory(
        url="ldaps://ldap.tinh.test", base=BASE, bind_dn="cn=x", bind_password=Secret("file", str(secret))
    )
    assert settings_from(section) == ConnectionSettings("ldaps://ldap.tinh.test", BASE, "cn=x", "secret")
    without_secret = Directory(url="ldapi:///", base=BASE, bind_dn="cn=x")
    assert settings_from(without_secret).bind_dn == ""
