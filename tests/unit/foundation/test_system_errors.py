"""What the machine refuses is said in the reader's language, wherever it comes up."""

from __future__ import annotations

import errno
import os
import socket

import pytest

from foundation.errors import StorageError
from foundation.failures import FULL_OR_BROKEN, as_expected
from foundation.system_errors import reason_of

_COMMON = (errno.ECONNREFUSED, errno.ENOENT, errno.EACCES, errno.EISDIR, errno.ETIMEDOUT, errno.EADDRINUSE)


@pytest.mark.parametrize("number", [*_COMMON, *sorted(FULL_OR_BROKEN)])
def test_the_machines_errors_are_said_in_vietnamese(number: int) -> None:
    found = reason_of(OSError(number, os.strerror(number)))
    assert found.vi != found.en
    assert os.strerror(number) not in found.vi


def test_a_name_that_dns_does_not_know() -> None:
    assert "DNS" in reason_of(socket.gaierror(-2, "Name or service not known")).vi


def test_a_full_disk_names_the_file() -> None:
    told = as_expected(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/var/lib/congvu/x"))
    assert isinstance(told, StorageError)
    assert told.message.vi == "máy này không ghi được nữa: đĩa đã đầy (/var/lib/congvu/x)"
