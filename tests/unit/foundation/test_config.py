"""The configuration: all problems at once, nearest names, origins, derived values, and no secret ever shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from foundation.config import find_config, json_schema, load, load_with_origins
from foundation.errors import ConfigError, Problem, UsageError

MINIMAL = """
[organisation]
name = "Tỉnh Thử"
domain = "tinh.test"
"""


@pytest.fixture(autouse=True)
def no_variables_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("CONGVU_"):
            monkeypatch.delenv(name)


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, text: str) -> dict[str, Problem]:
    with pytest.raises(ConfigError) as caught:
        load(written(folder, text))
    return {problem.column: problem for problem in caught.value.problems}


def test_two_lines_are_enough(tmp_path: Path) -> None:
    configuration = load(written(tmp_path, MINIMAL))
    assert configuration.organisation.timezone == "Asia/Ho_Chi_Minh"
    assert configuration.directory.base == "dc=tinh,dc=test"
    assert configuration.directory.people == "ou=people,dc=tinh,dc=test"
    assert configuration.directory.bind_dn == "cn=provision,ou=services,dc=tinh,dc=test"
    assert configuration.journal.origin == "tinh.test"
    assert configuration.lifecycle.limits.of("suspend").floor == 3
    assert configuration.lifecycle.limits.of("rename").percent == 20


def test_every_problem_is_reported_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        """
[organisation]
domain = "Tỉnh"
timezone = "Asia/Nowhere"
[addresses]
pattern = "{given}{nickname}"
alias_days = "many"
[lifecycle.limits]
suspend = { percent = 120, floor = -1 }
""",
    )
    assert set(found) == {
        "organisation.name",
        "organisation.domain",
        "organisation.timezone",
        "addresses.pattern",
        "addresses.alias_days",
        "lifecycle.limits.suspend.percent",
        "lifecycle.limits.suspend.floor",
    }


def test_an_unknown_key_names_the_nearest_one_and_its_line(tmp_path: Path) -> None:
    found = problems(tmp_path, MINIMAL + '[directory]\nbind_passwrd = "x"\n[directry]\nurl = "ldapi:///"\n')
    assert found["directory.bind_passwrd"].hint is not None
    assert "directory.bind_password" in found["directory.bind_passwrd"].hint.en
    assert found["directory.bind_passwrd"].row == 6
    assert found["directry"].hint is not None
    assert "directory" in found["directry"].hint.en


@pytest.mark.parametrize("line", ["[portal]\nport = 25", "[lifecycle]\nfour_eyes = true"])
def test_a_key_of_a_part_that_does_not_exist_yet_is_refused_and_says_so(tmp_path: Path, line: str) -> None:
    (problem,) = problems(tmp_path, f"{MINIMAL}{line}\n").values()
    assert "does not exist yet" in problem.message.en


@pytest.mark.parametrize(
    "line",
    [
        'bind_password = "hunter2"',
        'bind_password = { fil = "hunter2" }',
        'bind_password = { file = "a", env = "hunter2" }',
        "bind_password = [ 'hunter2' ]",
    ],
)
def test_a_secret_written_out_is_refused_and_never_repeated(tmp_path: Path, line: str) -> None:
    (problem,) = problems(tmp_path, f"{MINIMAL}[directory]\n{line}\n").values()
    assert problem.column == "directory.bind_password"
    assert "hunter2" not in str(problem.as_json())


def test_a_password_in_the_storage_url_is_refused_and_never_repeated(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, f'{MINIMAL}[storage]\nurl = "postgresql://u:hunter2@db/x"\n').values()
    assert "hunter2" not in str(problem.as_json())


def test_a_secret_inside_a_wrong_shape_is_not_repeated_either(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, f"{MINIMAL}[[directory]]\nbind_password = 'hunter2'\n").values()
    assert "hunter2" not in str(problem.as_json())


def test_a_secret_in_a_variable_is_refused_and_never_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONGVU_DIRECTORY__BIND_PASSWORD", "hunter2")
    (problem,) = problems(tmp_path, MINIMAL).values()
    assert problem.file == "$CONGVU_DIRECTORY__BIND_PASSWORD"
    assert "hunter2" not in str(problem.as_json())


def test_relative_paths_are_taken_from_the_folder_of_the_file(tmp_path: Path) -> None:
    text = (
        MINIMAL
        + """
[storage]
url = "sqlite:data"
[directory]
bind_password = { file = "secrets/provision" }
tls = { ca_file = "ca.pem" }
[roster]
agencies = "agencies.csv"
"""
    )
    configuration = load(written(tmp_path, text))
    assert configuration.storage.url == f"sqlite://{tmp_path}/data"
    assert configuration.directory.bind_password is not None
    assert configuration.directory.bind_password.place == str(tmp_path / "secrets/provision")
    assert configuration.directory.tls.ca_file == tmp_path / "ca.pem"
    assert configuration.roster.agencies == tmp_path / "agencies.csv"


def test_keys_follow_the_folder_of_keys(tmp_path: Path) -> None:
    configuration = load(written(tmp_path, f'{MINIMAL}[keys]\ndirectory = "keys"\n'))
    assert configuration.addresses.register_key.place == str(tmp_path / "keys/address-register.keys")
    assert configuration.journal.signing_key.place == str(tmp_path / "keys/journal.keys")


def test_a_subtree_may_name_the_base_itself(tmp_path: Path) -> None:
    text = MINIMAL + '[directory]\nbase = "o=tinh"\npeople = "ou=nguoi,o=tinh"\nlists = "ou=nhom"\n'
    configuration = load(written(tmp_path, text))
    assert configuration.directory.people == "ou=nguoi,o=tinh"
    assert configuration.directory.lists == "ou=nhom,o=tinh"


def test_a_variable_wins_over_the_file_and_is_typed_by_its_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONGVU_ORGANISATION__NAME", "12")
    monkeypatch.setenv("CONGVU_ORGANISATION__OTHER_DOMAINS", '["cu.test"]')
    monkeypatch.setenv("CONGVU_DIRECTORY__TLS__START_TLS", "true")
    monkeypatch.setenv("CONGVU_DIRECTORY__TLS__CA_FILE", "here/ca.pem")
    monkeypatch.setenv("CONGVU_LIFECYCLE__LIMITS__SUSPEND__FLOOR", "7")
    monkeypatch.setenv("CONGVU_LIFECYCLE__LIMITS__SUSPEND__PERCENT", "1.5")
    configuration = load(written(tmp_path, MINIMAL))
    assert configuration.organisation.name == "12"
    assert configuration.organisation.other_domains == ("cu.test",)
    assert configuration.directory.tls.start_tls is True
    assert configuration.directory.tls.ca_file == tmp_path / "here/ca.pem"
    assert configuration.lifecycle.limits.suspend.floor == 7


def test_a_misspelt_variable_is_an_error_like_a_misspelt_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONGVU_DIRECTORY__ULR", "ldapi:///")
    (problem,) = problems(tmp_path, MINIMAL).values()
    assert problem.file == "$CONGVU_DIRECTORY__ULR"
    assert problem.hint is not None
    assert "directory.url" in problem.hint.en


def test_every_value_knows_where_it_came_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONGVU_ROSTER__SOURCE", "noivu")
    path = written(tmp_path, MINIMAL + "[lifecycle.limits]\nother = { percent = 10, floor = 5 }\n")
    origins = {value.key: str(value.origin) for value in load_with_origins(path).values}
    assert origins["organisation.name"] == f"file: {path}:3"
    assert origins["lifecycle.limits.other.floor"] == f"file: {path}:6"
    assert origins["lifecycle.limits.suspend.floor"] == "default"
    assert origins["roster.source"] == "environment: CONGVU_ROSTER__SOURCE"
    assert origins["directory.base"] == "derived: organisation.domain"
    assert origins["directory.people"] == "derived: directory.base"


@pytest.mark.parametrize(
    ("content", "row"),
    [(b"[organisation\n", 1), (b"a = 1\nb = = 2\n", 2), (b'x = "\xff"\n', 1), (b"#" * (1 << 20) + b"\n", None)],
)
def test_a_file_that_is_no_toml_is_bad_configuration(tmp_path: Path, content: bytes, row: int | None) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert caught.value.problems[0].row == row


@pytest.mark.parametrize(
    "text", ["organisation = 3", "[organisation]\nname = 'x'\ndomain = 5", "[[organisation]]\nname = 'x'"]
)
def test_wrong_shapes_are_problems_and_not_crashes(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, text)


class TestFindingTheFile:
    def test_a_named_file_that_is_missing_is_wrong_use(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError):
            find_config(tmp_path / "none.toml")

    def test_the_variable_comes_before_the_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "config.toml").write_text("")
        other = tmp_path / "other.toml"
        other.write_text("")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("CONGVU_CONFIG", str(other))
        assert find_config() == other

    def test_root_takes_no_configuration_from_the_folder_it_stands_in(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "config.toml").write_text("")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr("foundation.config.locate.SYSTEM_FILE", tmp_path / "etc" / "config.toml")
        monkeypatch.setattr("os.geteuid", lambda: 0)
        with pytest.raises(ConfigError):
            find_config()
        monkeypatch.setattr("os.geteuid", lambda: 1000)
        assert find_config() == tmp_path / "config.toml"


def test_the_schema_is_json_and_closed() -> None:
    schema = json.loads(json.dumps(json_schema()))
    assert schema["additionalProperties"] is False
    assert "organisation" in schema["required"]


def test_the_configuration_cannot_be_changed(tmp_path: Path) -> None:
    configuration = load(written(tmp_path, MINIMAL))
    with pytest.raises(ValueError):
        configuration.organisation.name = "x"  # type: ignore[misc]


@pytest.mark.parametrize("forbidden", ["stat", "open"])
def test_a_file_that_we_may_not_read_is_bad_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forbidden: str
) -> None:
    """A closed folder answers `stat` so, a closed file `open`; as root neither can be had for real."""
    path = tmp_path / "config.toml"
    path.write_text("", encoding="utf-8")

    def refused(self: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, forbidden, refused)
    monkeypatch.setenv("CONGVU_CONFIG", str(path))
    for named in (path, None):
        with pytest.raises(ConfigError) as caught:
            load(named)
        assert caught.value.exit_code == 78
        assert caught.value.hint is not None
        assert str(path) in caught.value.message.en
