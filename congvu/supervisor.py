"""The one process that owns the servers of a sandbox: `python -m congvu.supervisor DIR [READY_DESCRIPTOR]`.

It starts them, says so once on the descriptor it was given, and waits. SIGTERM stops them in order; if it is killed
outright, the kernel ends them (`PR_SET_PDEATHSIG`). A server that dies is reported in the log and in `sandbox status`,
never restarted behind anybody's back. `congvu sandbox up` is what starts this module; nobody else needs to.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from congvu.sandbox_folder import SandboxFolder, write_json
from congvu.servers.child import ProcessIdentity, identify
from congvu.servers.slapd import Slapd
from foundation.clock import now
from foundation.errors import CongvuError
from foundation.language import Text, use_language

_ENDING: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def supervise(folder: SandboxFolder, ready_descriptor: int | None) -> int:
    """Run the servers until somebody says stop. Returns the exit code: 0, or 69 when a server does not start."""
    woken = _signals_as_bytes()
    slapd = Slapd(folder.slapd_settings())
    try:
        slapd.socket_path  # noqa: B018 - makes the short link, if one is needed, so that it is recorded before use
        _record(folder, slapd, None)
        slapd_identity = slapd.start()
        _record(folder, slapd, slapd_identity)
        _log(f"slapd runs: pid {slapd_identity.pid}, {slapd.url}, {slapd.ldaps_url}, {slapd.ldapi_url}")
        _say(ready_descriptor, {"pid": os.getpid(), "ldapi": slapd.ldapi_url})
        _wait(woken, slapd)
        _log("stopping")
        return 0
    except CongvuError as error:
        _log(f"failed: {error.message.en}")
        hint = error.hint or Text("", "")
        _say(ready_descriptor, {"message": list(error.message), "hint": list(hint)})
        return error.exit_code
    finally:
        slapd.stop()
        folder.answer.unlink(missing_ok=True)
        folder.supervisor.unlink(missing_ok=True)
        _log("stopped")


def _wait(woken: int, slapd: Slapd) -> None:
    reported = False
    while True:
        for number in os.read(woken, 64):
            if number in _ENDING:
                return
        if not reported and slapd.process is not None and slapd.process.poll() is not None:
            _log(f"slapd has ended by itself: {slapd.process.returncode}; `congvu sandbox up` starts it again")
            reported = True


def _signals_as_bytes() -> int:
    """A descriptor on which every signal arrives as its number: no handler runs code, no signal is lost."""
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    signal.set_wakeup_fd(write_end)
    for number in (*_ENDING, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    return read_end


def _record(folder: SandboxFolder, slapd: Slapd, slapd_identity: ProcessIdentity | None) -> None:
    """Who we are and what we own, for `status`, `down` and an `up` after a crash."""
    ours = identify(os.getpid())
    write_json(
        folder.supervisor,
        {
            "supervisor": asdict(ours) if ours else None,
            "children": {"slapd": asdict(slapd_identity)} if slapd_identity else {},
            "short_folder": str(slapd._short_paths.folder) if slapd._short_paths.folder else None,
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
