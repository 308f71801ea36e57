"""The one process that owns the servers of a sandbox: `python -m congvu.supervisor DIR [READY_DESCRIPTOR]`.

It starts them one after the other, says so once on the descriptor it was given, and waits. SIGTERM stops them in the
opposite order; if it is killed outright, the kernel ends them (`PR_SET_PDEATHSIG`). A server that dies is reported in
the log and in `sandbox status`, never restarted behind anybody's back. Every 20 seconds each server is tended: Dovecot
ends the sessions of whoever was suspended. `congvu sandbox up` is what starts this module;
nobody else needs to.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from congvu.sandbox_folder import SandboxFolder
from congvu.sandbox_servers import servers_of
from congvu.sandbox_settings import forget_short_folder, write_json
from congvu.servers.child import ProcessIdentity, identify
from congvu.servers.server import Server
from foundation.clock import monotonic, now
from foundation.errors import CongvuError
from foundation.language import Text, use_language

_ENDING: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
TEND_SECONDS: Final = 20
"""As often as deploy/dovecot/end-suspended-sessions.timer: with what Dovecot remembers it keeps within a minute."""


def supervise(folder: SandboxFolder, ready_descriptor: int | None) -> int:
    """Run the servers until somebody says stop. Returns the exit code: 0, or 69 when a server does not start."""
    woken = _signals_as_bytes()
    servers = servers_of(folder).in_order
    try:
        _run(folder, servers, woken, ready_descriptor)
    except CongvuError as error:
        _log(f"failed: {error.message.en}")
        _clear_up(folder, servers)
        _say(ready_descriptor, {"message": list(error.message), "hint": list(error.hint or Text("", ""))})
        return error.exit_code
    except BaseException:
        _clear_up(folder, servers)
        raise
    _clear_up(folder, servers)
    return 0


def _run(folder: SandboxFolder, servers: Sequence[Server], woken: int, ready_descriptor: int | None) -> None:
    children: dict[str, ProcessIdentity] = {}
    _record(folder, children)
    for server in servers:
        children[server.name] = server.start()
        _record(folder, children)
        _log(f"{server.name} runs: pid {children[server.name].pid}")
    _say(ready_descriptor, {"pid": os.getpid()})
    _wait(woken, servers)
    _log("stopping")


def _clear_up(folder: SandboxFolder, servers: Sequence[Server]) -> None:
    """Stop them, the last one first, and remove the traces of this run."""
    for server in reversed(servers):
        server.stop()
    folder.answer.unlink(missing_ok=True)
    folder.supervisor.unlink(missing_ok=True)
    forget_short_folder(folder.settings_file)
    _log("stopped")


def _wait(woken: int, servers: Sequence[Server]) -> None:
    """Until a signal says stop; a server that ends by itself is told of once, the others are tended."""
    reported: set[str] = set()
    tend_at = monotonic() + TEND_SECONDS
    while True:
        readable, _, _ = select.select([woken], [], [], max(0.0, tend_at - monotonic()))
        if readable and any(number in _ENDING for number in os.read(woken, 64)):
            return
        for server in servers:
            if server.name not in reported and server.has_ended is not None:
                _log(f"{server.name} has ended by itself: {server.has_ended}; `congvu sandbox up` starts it again")
                reported.add(server.name)
        if monotonic() >= tend_at:
            _tend(servers)
            tend_at = monotonic() + TEND_SECONDS


def _tend(servers: Sequence[Server]) -> None:
    for server in servers:
        done = server.tend() if server.has_ended is None else ""
        for line in done.splitlines():
            _log(f"{server.name}: {line}")


def _signals_as_bytes() -> int:
    """A descriptor on which every signal arrives as its number: no handler runs code, no signal is lost."""
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    signal.set_wakeup_fd(write_end)
    for number in (*_ENDING, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    return read_end


def _record(folder: SandboxFolder, children: Mapping[str, ProcessIdentity]) -> None:
    """Who we are and what we own, for `status`, `down` and an `up` after a crash."""
    ours = identify(os.getpid())
    write_json(
        folder.supervisor,
        {
            "supervisor": asdict(ours) if ours else None,
            "children": {name: asdict(identity) for name, identity in children.items()},
        },
    )


def _say(descriptor: int | None, message: dict[str, Any]) -> None:
    """Tell whoever started us, who may be gone."""
    if descriptor is not None:
        with contextlib.suppress(BrokenPipeError), os.fdopen(descriptor, "wb") as stream:
            stream.write(json.dumps(message).encode())


def _log(message: str) -> None:
    print(now().isoformat(timespec="milliseconds"), message, file=sys.stderr, flush=True)


def main() -> None:
    """Entry of `python -m congvu.supervisor`."""
    use_language("en")
    folder = SandboxFolder(Path(sys.argv[1]))
    ready_descriptor = int(sys.argv[2]) if len(sys.argv) > 2 else None
    sys.exit(supervise(folder, ready_descriptor))


if __name__ == "__main__":
    main()
