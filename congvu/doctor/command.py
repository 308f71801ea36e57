"""`congvu doctor` on the command line: one line per finding, the next step below each that needs one."""

from __future__ import annotations

from collections.abc import Iterator

import click

from congvu.doctor.findings import Finding, State, Subject
from foundation.command_line import command, emit_json, invocation
from foundation.errors import ConfigError
from foundation.failures import show_problems
from foundation.language import Text
from foundation.logs import one_line

EXIT_SOMETHING_FAILED = 1

_MARK: dict[State, tuple[Text, str]] = {
    "ok": (Text("tốt  ", "ok   "), "green"),
    "warning": (Text("lưu ý", "note "), "yellow"),
    "failed": (Text("HỎNG ", "FAIL "), "red"),
}


@command(
    "doctor",
    Text("Kiểm tra mọi thứ: cấu hình, kết nối, an toàn.", "Is everything configured, reachable, safe?"),
    Text(
        "Mỗi kiểm tra một dòng, kèm bước tiếp theo khi có lỗi. Không thay đổi gì. Mã thoát: 1 có lỗi, 78 cấu hình sai.",
        "One line per check, the next step for each failure. Changes nothing. Exit: 1 a failure, 78 bad configuration.",
    ),
)
@click.option(
    "--deep",
    is_flag=True,
    help="Đọc và đối chiếu mọi thư đang giữ và nhật ký; lâu. / Read and compare all stored mail and the journal; slow.",
)
def doctor(deep: bool) -> int:
    """Show the findings as they come."""
    current = invocation()
    findings = []
    for finding in diagnose(deep):
        findings.append(finding)
        if not current.json:
            _show(finding)
    failed = [finding for finding in findings if finding.state == "failed"]
    if current.json:
        emit_json({"healthy": not failed, "checks": [finding.as_json() for finding in findings]})
    if failed and failed[0].name == "configuration":
        return ConfigError.exit_code
    return EXIT_SOMETHING_FAILED if failed else 0


def diagnose(deep: bool = False) -> Iterator[Finding]:
    """All findings; a configuration that cannot be loaded ends the list, because all else depends on it."""
    subject = Subject("configuration", Text("Cấu hình", "Configuration"))
    try:
        configuration = invocation().configuration
    except ConfigError as error:
        show_problems(error.problems)
        yield subject.failed(error.message, error.hint)
        return
    yield subject.ok(Text("{domain}", "{domain}").format(domain=configuration.organisation.domain))
    from congvu.doctor.directory import check_directory
    from congvu.doctor.machine import check_machine
    from congvu.doctor.meetings import check_meetings
    from congvu.doctor.relay import check_relay
    from congvu.doctor.service_user import check_service_user
    from foundation.config import find_config

    yield from check_machine(configuration)
    yield from check_service_user(configuration, find_config(invocation().config_file))
    yield from check_directory(configuration)
    yield from check_relay(configuration, deep)
    yield from check_meetings(configuration)


def _show(finding: Finding) -> None:
    text, color = _MARK[finding.state]
    click.echo(f"{click.style(str(text), fg=color)}  {finding.title}: {one_line(str(finding.detail))}")
    if finding.next_step:
        click.echo(f"         → {one_line(str(finding.next_step))}")
