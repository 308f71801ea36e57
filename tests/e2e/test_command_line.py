"""The commands as people and scripts run them: exit codes, streams, pipes, interrupts, poor surroundings."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.project import FOLDER, TOOLS

SOUND = """
[organisation]
name = "Tỉnh Thử"
domain = "tinh.test"
[keys]
directory = "keys"
[storage]
url = "sqlite:data"
"""


def surroundings(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONGVU_")}
    return {**kept, "PYTHONPATH": str(FOLDER), **more}


def command_of(tool: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", TOOLS[tool].partition(":")[0], *arguments]


def run(tool: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command_of(tool, *arguments),
        env=surroundings(**more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )


@pytest.fixture
def configuration(tmp_path: Path) -> str:
    path = tmp_path / "config.toml"
    path.write_text(SOUND, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("tool", TOOLS)
def test_help_and_version_answer_on_stdout(tool: str) -> None:
    for option in ("--help", "--version"):
        done = run(tool, option)
        assert (done.returncode, done.stderr) == (0, "")
        assert tool in done.stdout


@pytest.mark.parametrize(
    ("tool", "verb"), [("mailrelay", "proof"), ("mailrelay", "register"), ("meetings", "attendance")]
)
def test_what_is_not_built_yet_says_so_and_is_wrong_use(tool: str, verb: str) -> None:
    done = run(tool, verb, "--anything", "at all", LANG="C.UTF-8")
    assert done.returncode == 2
    assert "chưa có" in done.stderr
    assert run(tool, verb, "--help").returncode == 0


def test_a_bad_configuration_is_told_whole_and_ends_with_78(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text('[organisation]\ndomain = "X"\n[direktory]\nurl = "ldapi:///"\n')
    done = run("congvu", "config", "check", "--config", str(path), "--lang", "en", "--json")
    assert done.returncode == 78
    answer = json.loads(done.stdout)
    assert {problem["column"] for problem in answer["problems"]} == {
        "organisation.name",
        "organisation.domain",
        "direktory",
    }
    assert "did you mean: directory?" in done.stderr


def test_a_missing_file_is_wrong_use(tmp_path: Path) -> None:
    assert run("congvu", "config", "check", "--config", str(tmp_path / "none")).returncode == 2


def test_show_says_where_each_value_came_from(configuration: str) -> None:
    done = run("congvu", "config", "show", "--config", configuration, CONGVU_ROSTER__SOURCE="noivu")
    assert done.returncode == 0
    assert f'organisation.name = "Tỉnh Thử"  # file: {configuration}:3' in done.stdout
    assert 'roster.source = "noivu"  # environment: CONGVU_ROSTER__SOURCE' in done.stdout
    assert 'organisation.timezone = "Asia/Ho_Chi_Minh"  # default' in done.stdout


def test_the_schema_is_a_json_document() -> None:
    assert json.loads(run("congvu", "config", "schema").stdout)["title"] == "Configuration"


def test_the_life_of_the_keys(configuration: str, tmp_path: Path) -> None:
    def keys(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run("congvu", "keys", *arguments, "--config", configuration, "--lang", "en")

    assert json.loads(keys("create", "--json").stdout)["created"] == ["journal", "links", "address-register", "dkim"]
    assert keys("create").returncode == 0
    assert keys("create", "journal").returncode == 2
    asked = keys("rotate", "address-register")
    assert asked.returncode == 2
    assert "--yes" in asked.stderr
    assert keys("rotate", "address-register", "--yes").returncode == 0
    listed = {key["name"]: key for key in json.loads(keys("list", "--json").stdout)["keys"]}
    assert [key["signs"] for key in listed["address-register"]["keys"]] == [False, True]
    assert listed["journal"]["keys"][0]["public_key"]
    assert listed["dkim"]["keys"][0]["public_key"]
    everything = keys("list").stdout + keys("list", "--json").stdout
    for line in (tmp_path / "keys/address-register.keys").read_text().splitlines()[1:]:
        assert line.split()[3] not in everything


def test_the_dkim_key_tells_what_dns_must_publish(configuration: str, tmp_path: Path) -> None:
    def keys(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run("congvu", "keys", *arguments, "--config", configuration, "--lang", "en")

    created = keys("create", "dkim")
    assert re.search(
        r'^congvu\._domainkey\.\S+\. IN TXT \( "v=DKIM1; k=rsa; p=\S+" "\S+" \)$', created.stdout, re.MULTILINE
    )
    before = (tmp_path / "keys/dkim.pem").read_bytes()
    rotated = json.loads(keys("rotate", "dkim", "--yes", "--json").stdout)
    assert (tmp_path / "keys/dkim.pem").read_bytes() == before
    assert Path(rotated["file"]).name == f"dkim-{rotated['newest']}.pem"
    assert rotated["selector"] == f"congvu-{rotated['newest']}"
    (record,) = rotated["dns"].values()
    assert record.startswith("v=DKIM1; k=rsa; p=")


def test_merging_the_register_of_another_province(configuration: str, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "config.toml").write_text(SOUND, encoding="utf-8")
    for path in (configuration, str(other / "config.toml")):
        assert run("congvu", "keys", "create", "address-register", "--config", path).returncode == 0
    theirs = str(other / "keys/address-register.keys")
    done = run("congvu", "keys", "import", theirs, "--from", "binhdinh", "--yes", "--json", "--config", configuration)
    assert done.returncode == 0
    assert len(json.loads(done.stdout)["imported"]) == 1


def test_a_reader_that_goes_away_is_no_error(configuration: str) -> None:
    with subprocess.Popen(
        command_of("congvu", "config", "schema"),
        env=surroundings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 141


def test_a_full_disk_is_told_and_is_no_bug() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command_of("congvu", "config", "schema"),
            env=surroundings(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert done.returncode == 69
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 2


def test_an_interrupt_ends_quietly_with_130(configuration: str, tmp_path: Path) -> None:
    program = (
        "import sys, time; from foundation.command_line import command, group, main\n"
        "from foundation.language import Text\n"
        "@command('wait', Text('Chờ.', 'Wait.'))\n"
        "def wait():\n"
        "    print('waiting', flush=True)\n"
        "    time.sleep(60)\n"
        "@group('tool', Text('Công cụ.', 'Tool.'))\n"
        "def tool(): ...\n"
        "tool.add_command(wait)\n"
        "sys.argv = ['tool', 'wait']\n"
        "main(tool, 'tool')\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], env=surroundings(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"waiting\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert process.stderr.read().strip() == b""


@pytest.mark.parametrize(
    "more",
    [
        {"LC_ALL": "C"},
        {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
    ],
)
def test_a_poor_locale_still_gets_an_answer(more: dict[str, str], configuration: str) -> None:
    assert run("congvu", "config", "show", "--config", configuration, **more).returncode == 0
    assert run("congvu", "--help", **more).returncode == 0


def test_no_colours_reach_a_pipe_or_somebody_who_wants_none(configuration: str) -> None:
    assert "\x1b" not in run("congvu", "config", "show", "--config", configuration, NO_COLOR="1").stdout
    assert "\x1b" not in run("congvu", "config", "check", "--config", configuration).stderr


def test_without_any_configuration_it_says_where_it_looked(tmp_path: Path) -> None:
    done = subprocess.run(
        command_of("congvu", "config", "check", "--lang", "en"),
        env=surroundings(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 78
    assert "/etc/congvu/config.toml" in done.stderr
