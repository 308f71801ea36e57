"""`congvu demo`: the whole story on this machine, with the real commands and servers, ending with where to look.

Every step prints the command that it runs, so that a reader can type it again. A step that ends otherwise than the
story says stops the demo with exit 1: it is a test of the installation too. Nothing outside the folder is touched.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import click

from congvu.demo.stage import Stage, StoryBroken
from foundation.command_line import command, tell
from foundation.errors import UsageError
from foundation.language import Text

MARKER = ".congvu-demo"


@command(
    "demo",
    Text(
        "Toàn bộ câu chuyện trên máy này, từ một thư mục trống.",
        "The whole story on this machine, from an empty folder.",
    ),
    Text(
        "Dựng máy chủ thật (LDAP, chuyển thư, hộp thư, họp) trong thư mục đã chọn, tạo 1.000 người, đồng bộ, từ chối "
        "danh sách hỏng; phát hành một văn bản, xem đường đi của nó và đọc nó trong hộp thư; rồi mời họp ba đơn vị, "
        "đổi giờ, nhận trả lời, cử người đi thay.",
        "Real servers (LDAP, relay, mailboxes, meetings) in the chosen folder, 1,000 invented people, syncs, a bad "
        "roster refused; a document is issued, followed and read in a mailbox; then three agencies are invited to a "
        "meeting that moves, one declines, one sends a deputy.",
    ),
)
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help="Thư mục của bản trình diễn. / The folder of the demo.",
)
def demo(folder: Path) -> int:
    """Set the stage, then play."""
    stage = Stage(_empty(folder.absolute()))
    try:
        _play(stage)
    except StoryBroken as broken:
        tell(Text("bản trình diễn dừng: {why}", "the demo stopped: {why}").format(why=broken))
        return 1
    return 0


def _empty(folder: Path) -> Path:
    """A fresh folder; one of an earlier demo is stopped and emptied, anything else is left alone."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARKER).exists():
            raise UsageError(
                Text("{folder} không trống", "{folder} is not empty").format(folder=folder),
                Text("chọn --dir khác", "choose another --dir"),
            )
        from congvu.sandbox import sandbox_down

        sandbox_down(folder / "province")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).touch()
    return folder


def _play(stage: Stage) -> None:
    from congvu.demo.mail import play_mail
    from congvu.demo.meetings import play_meetings
    from congvu.demo.people import play_people

    stage.say(
        "Một tỉnh thử nghiệm: slapd, Dovecot, máy chuyển thư và máy họp thật, chỉ trên máy này",
        "A trial province: a real slapd, Dovecot, our relay and meetings server, on this machine only",
    )
    arguments: list[str | Path] = [
        "congvu",
        "sandbox",
        "up",
        "--dir",
        stage.folder / "province",
        "--people",
        "0",
        "--json",
    ]
    state = json.loads(stage.run(arguments, quiet=True).stdout)
    stage.config = Path(state["config"])
    click.echo(f"  LDAP: {state['directory']['url']}")
    click.echo(f"  SMTP: {state['smtp']['relay']}, {state['smtp']['submission']}, {state['smtp']['submissions']} (TLS)")
    click.echo(f"  IMAP: {state['imap']['plain']}, {state['imap']['tls']} (TLS)")
    click.echo(f"  {Text('họp', 'meetings')}: {state['web']['meetings']}, LMTP {state['lmtp']['meetings']}")
    renamed = play_people(stage, state)
    issued = play_mail(stage, state)
    invited = play_meetings(stage, state)
    _where_to_look(stage, state, renamed, issued, invited)


def _where_to_look(stage: Stage, state: dict[str, Any], renamed: dict[str, Any], issued: str, invited: str) -> None:
    stage.say("Xem tiếp ở đâu", "Where to look")
    config = state["config"]
    programs = Path(sys.executable).parent
    for line in (
        *([] if shutil.which("provision") else [f'export PATH="{programs}:$PATH"']),
        f"export CONGVU_CONFIG={config}",
        f"provision show {renamed['employee_id']}",
        f"provision show {renamed['address']}",
        "provision audit",
        f"mailrelay trace {issued}",
        "mailrelay queue list",
        f"meetings show {invited}",
        f"meetings links show {invited}",
        "meetings list",
        "meetings week --week next",
        f"curl {state['metrics']}",
        "congvu doctor",
        f"congvu sandbox status --dir {stage.folder / 'province'}",
        f"congvu sandbox down --dir {stage.folder / 'province'}",
    ):
        click.echo(f"  {line}")
    click.echo("  docs/how-it-works.md, docs/configuration.md")
