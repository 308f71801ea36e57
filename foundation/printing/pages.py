"""A page of ours as a PDF, made by WeasyPrint in a process of its own.

The process (`worker.py`) has neither network nor rights and is bounded in time and memory, so that neither a strange
template nor a library's fault reaches whoever asks. It renders no template, and keeps nothing.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from foundation.errors import ConfigError
from foundation.language import Text

WAIT_SECONDS: Final = 90
"""Three times the processor time that the worker may take: the machine may be busy."""


def print_page(page: str, epoch: str = "0") -> bytes:
    """The PDF of a page (HTML with its own style): the same bytes for the same page. `epoch` (seconds since 1970)
    stands for the time of day in it. Raises ConfigError when the page or the machine's libraries do not make one."""
    worker = Path(__file__).with_name("worker.py")
    environment = {
        "LANG": "C.UTF-8",
        "PATH": "/usr/bin:/bin",
        "PYTHONHASHSEED": "0",  # so that no order of a set reaches the bytes
        "PYTHONDONTWRITEBYTECODE": "1",
        "SOURCE_DATE_EPOCH": epoch,
    }
    try:
        ended = subprocess.run(
            [sys.executable, "-s", "-P", str(worker)],
            input=page.encode(),
            capture_output=True,
            env=environment,
            cwd="/",
            timeout=WAIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _failed("it took too long") from None
    if ended.returncode != 0 or not ended.stdout.startswith(b"%PDF-"):
        lines = ended.stderr.decode("utf-8", "replace").strip().splitlines()
        raise _failed(lines[-1][:300] if lines else f"exit code {ended.returncode}")
    return ended.stdout


def _failed(reason: str) -> ConfigError:
    return ConfigError(
        Text("không lập được tệp PDF: {reason}", "no PDF could be made: {reason}").format(reason=reason),
        Text(
            "kiểm tra mẫu của trang (letters, reports) và các thư viện pango, harfbuzz, phông Liberation của máy",
            "check the page's template (letters, reports) and the machine's pango, harfbuzz and Liberation fonts",
        ),
    )
