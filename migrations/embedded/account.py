"""Which account PostgreSQL runs under, and how one of its programs is started there."""

import ctypes
import os
import pwd
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from migrations.errors import ServerNotStarted

FOR_ROOT = ("postgres", "nobody")
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class ServerAccount:
    """A user and a group of the machine."""

    uid: int
    gid: int


def account_for(data: Path) -> ServerAccount:
    """Our own account; for root, whom PostgreSQL refuses, the data's owner or an account that exists."""
    if os.geteuid() != 0:
        return ServerAccount(os.geteuid(), os.getegid())
    if data.exists() and data.stat().st_uid != 0:
        return ServerAccount(data.stat().st_uid, data.stat().st_gid)
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in FOR_ROOT:
        if name in known:
            return ServerAccount(known[name].pw_uid, known[name].pw_gid)
    raise ServerNotStarted(f"PostgreSQL refuses root, and there is no account {' or '.join(FOR_ROOT)}")


def start_on_data(
    account: ServerAccount, data: Path, command: Sequence[str], log: IO[bytes], keep_open: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """Start `command` with `-D` naming the data folder, under `account`, so that it ends when we do."""
    is_root = os.geteuid() == 0
    folder = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
    try:
        return subprocess.Popen(
            # Through our open descriptor the account reaches its data wherever it lies, also below /root,
            # without any change to the rights of the folders above.
            [*command, "-D", f"/proc/self/fd/{folder}"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C"},
            pass_fds=[folder, *keep_open],
            # If the guard itself is killed, the kernel stops PostgreSQL (SIGINT: fast shutdown).
            preexec_fn=lambda: LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGINT),  # noqa: PLW1509 (the guard has one thread)
            user=account.uid if is_root else None,
            group=account.gid if is_root else None,
            extra_groups=[] if is_root else None,
        )
    finally:
        os.close(folder)
