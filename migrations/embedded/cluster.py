"""A PostgreSQL data folder: made whole or not at all, and cleared of the pid file of another boot."""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import IO

from migrations.embedded.account import ServerAccount, start_on_data
from migrations.embedded.folder import ServerFolder
from migrations.errors import ServerNotStarted

SUPERUSER = "fogbound"
FIRST_WITH_BUILTIN_LOCALES = 17
PREVIOUS_SERVER_SECONDS = 30.0


def make_cluster(folder: ServerFolder, binaries: Path, account: ServerAccount, log: IO[bytes], *, fsync: bool) -> None:
    """Run initdb unless `data` is there. One that was killed left `data.new`, which is cleared first."""
    shutil.rmtree(folder.half_made_data, ignore_errors=True)
    if folder.data.exists():
        return
    folder.half_made_data.mkdir(mode=0o700)
    os.chown(folder.half_made_data, account.uid, account.gid)
    command = [str(binaries / "initdb"), *_initdb_options(binaries), *([] if fsync else ["--no-sync"])]
    if start_on_data(account, folder.half_made_data, command, log).wait() != 0:
        raise ServerNotStarted("initdb failed")
    folder.half_made_data.rename(folder.data)
    _sync_folder(folder.path)


def clear_pid_file(data: Path) -> None:
    """Remove a pid file that PostgreSQL would believe although its process is somebody else's by now.

    Waits for a server that is still ending; raises ServerNotStarted when it does not end.
    """
    deadline = time.monotonic() + PREVIOUS_SERVER_SECONDS
    pid_file = data / "postmaster.pid"
    while (pid := _recorded_pid(pid_file)) is not None and _is_alive(pid):
        if not _works_in(pid, data):
            pid_file.unlink(missing_ok=True)
        elif time.monotonic() > deadline:
            raise ServerNotStarted(f"PostgreSQL (pid {pid}) works on {data}; stop it first: kill -INT {pid}")
        time.sleep(0.02)


def _initdb_options(binaries: Path) -> list[str]:
    options = [f"--username={SUPERUSER}", "--auth=trust", "--encoding=UTF8", "--locale=C"]
    version = subprocess.check_output([binaries / "postgres", "--version"], text=True)
    if int(re.findall(r"\d+", version)[0]) < FIRST_WITH_BUILTIN_LOCALES:
        return options
    # One order of texts on every machine, whatever its C library sorts like.
    return [*options, "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]


def _sync_folder(path: Path) -> None:
    # Or a power cut could undo the rename, and the next start would clear committed data as half made.
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _recorded_pid(pid_file: Path) -> int | None:
    try:
        first_line = pid_file.read_text().partition("\n")[0]
    except FileNotFoundError:
        return None
    return int(first_line) if first_line.isdigit() else None


def _is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def _works_in(pid: int, data: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").samefile(data)
    except OSError:
        return False
