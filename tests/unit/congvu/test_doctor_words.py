"""What doctor says of ages and of the machine's own errors."""

from __future__ import annotations

import errno
import os
import socket
from datetime import timedelta

import pytest

from foundation.dates import duration
from foundation.system_errors import reason_of


@pytest.mark.parametrize(
    ("age", "vietnamese"),
    [
        (timedelta(seconds=5), "chưa đầy một phút"),
        (timedelta(minutes=29), "29 phút"),
        (timedelta(hours=3, minutes=59), "3 giờ"),
        (timedelta(days=4), "4 ngày"),
    ],
)
def test_an_age_is_never_nought(age: timedelta, vietnamese: str) -> None:
    assert duration(age).vi == vietnamese


@pytest.mark.parametrize(
    "number",
    [errno.ECONNREFUSED, errno.ENOENT, errno.EACCES, errno.EISDIR, errno.ETIMEDOUT, errno.EADDRINUSE, errno.ENOSPC],
)
def test_the_machines_errors_are_said_in_vietnamese(number: int) -> None:
    found = reason_of(OSError(number, os.strerror(number)))
    assert found.vi != found.en
    assert os.strerror(number) not in found.vi


def test_a_name_that_dns_does_not_know() -> None:
    assert "DNS" in reason_of(socket.gaierror(-2, "Name or service not known")).vi
