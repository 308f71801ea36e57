"""Options that several commands have, word for word."""

from __future__ import annotations

import click

instance_option = click.option(
    "--instance", default="", help="Buổi bắt đầu lúc này, theo lịch ban đầu. / The one that was to begin then."
)
reason_option = click.option("--reason", default="", help="Lý do, ghi trong thư. / Why, told in the mail.")
dry_run_option = click.option("--dry-run", is_flag=True, help="Chỉ kiểm tra; mã thoát 3. / Only check; exit 3.")
yes_option = click.option("--yes", is_flag=True, help="Không hỏi lại. / Do not ask.")
takes_yes = click.option(
    "--yes",
    is_flag=True,
    expose_value=False,
    help="Được nhận ở mọi lệnh ghi; lệnh này không hỏi. / Taken by every writing verb; this one does not ask.",
)
"""For a verb that writes and never asks, so that a script may say --yes to all of them."""
