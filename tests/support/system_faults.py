"""Real faults for SQLite: writes that fail or kill the process, and fsyncs that fail, below SQLite's own code.

Writes go through SQLite's table of system calls, which may be replaced for the whole process. fsync cannot be replaced
there, so the kernel refuses it (seccomp), for the calling thread and for good.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import struct
from collections.abc import Iterator
from contextlib import contextmanager

import apsw

_libc = ctypes.CDLL(None, use_errno=True)
_Write = ctypes.CFUNCTYPE(
    ctypes.c_ssize_t, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int64, use_errno=True
)
_kept: list[object] = []  # what C code points at must not be collected

_FDATASYNC = {"x86_64": 75, "aarch64": 83}
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_SECCOMP_RET_ERRNO, _SECCOMP_RET_ALLOW = 0x00050000, 0x7FFF0000


class Writes:
    """Every write of SQLite in this process: counts them, and can let them fail or kill."""

    def __init__(self) -> None:
        self.count = 0
        self.error = 0
        self.kill_at = 0

    def write(self, descriptor: int, buffer: int, length: int, offset: int) -> int:
        self.count += 1
        if self.count == self.kill_at:  # half of it arrives, as it may when a machine dies
            _libc.pwrite(descriptor, ctypes.c_void_p(buffer), ctypes.c_size_t(length // 2), ctypes.c_int64(offset))
            os.kill(os.getpid(), signal.SIGKILL)
        if self.error:
            ctypes.set_errno(self.error)
            return -1
        written = _libc.pwrite(descriptor, ctypes.c_void_p(buffer), ctypes.c_size_t(length), ctypes.c_int64(offset))
        return int(written)


@contextmanager
def watched_writes() -> Iterator[Writes]:
    """Put ourselves between SQLite and the kernel's pwrite while the block runs."""
    writes = Writes()
    callback = _Write(writes.write)
    _kept.append(callback)
    system = apsw.VFS("watched", base="unix")
    names = [name for name in ("pwrite", "pwrite64") if _has_call(system, name)]
    for name in names:
        assert system.xSetSystemCall(name, ctypes.cast(callback, ctypes.c_void_p).value or 0)
    try:
        yield writes
    finally:
        for name in names:
            system.xSetSystemCall(name, 0)
        system.unregister()


def refuse_fdatasync(error: int) -> None:
    """From now on fdatasync fails with this errno in the calling thread. Only for processes about to end."""
    instructions = [
        (0x20, 0, 0, 0),  # load the number of the system call
        (0x15, 0, 1, _FDATASYNC[platform.machine()]),  # if it is not fdatasync, skip one
        (0x06, 0, 0, _SECCOMP_RET_ERRNO | error),
        (0x06, 0, 0, _SECCOMP_RET_ALLOW),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *instruction) for instruction in instructions))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(instructions), ctypes.addressof(code)))
    _kept.extend((code, program))
    for arguments in (
        (_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(program), 0, 0),
    ):
        if _libc.prctl(arguments[0], *(ctypes.c_ulong(argument) for argument in arguments[1:])):
            raise OSError(ctypes.get_errno(), "prctl")


def _has_call(system: apsw.VFS, name: str) -> bool:
    found: str | None = None
    while found := system.xNextSystemCall(found):
        if found == name:
            return True
    return False
