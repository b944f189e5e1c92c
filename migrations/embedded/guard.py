"""The process that runs PostgreSQL for as long as somebody uses it.

It reads a named pipe whose writers are the users. However a user ends, the kernel closes its end; when the
last one is closed, the guard stops PostgreSQL. So nothing is left running after kill -9, and no user owns the
server.
"""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from migrations.embedded.account import account_for, start_on_data
from migrations.embedded.binaries import copy_of_wheel
from migrations.embedded.cluster import clear_pid_file, make_cluster
from migrations.embedded.folder import ServerFolder, socket_folder
from migrations.errors import EmbeddedServerError

LEASE = 0
FAST_SHUTDOWN_SECONDS = 60.0
DURABLE = ("fsync=on", "synchronous_commit=on", "full_page_writes=on")
THROWAWAY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
SETTINGS = (
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "cluster_name=fogbound",
    "max_connections=200",
    "shared_buffers=128MB",
    "max_wal_size=1GB",
    "wal_level=minimal",  # nothing replicates from this server
    "max_wal_senders=0",
    "timezone=UTC",
    "log_timezone=UTC",
    "log_checkpoints=off",
    "log_error_verbosity=terse",  # the details of an error quote rows: names and hidden hexes
    "log_min_error_statement=panic",
)


@dataclass(frozen=True)
class GuardOrder:
    """What the starting process tells the guard; paths as text because it travels as JSON."""

    folder: str
    run: str
    binaries: str
    fsync: bool


def main(order_json: str) -> None:
    """Serve one order, from initdb to the removal of the run folder."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # A handler, not SIG_IGN, since PostgreSQL would inherit that. Only the users' leaving ends the guard.
        signal.signal(number, lambda *_: None)
    order = GuardOrder(**json.loads(order_json))
    folder, run = ServerFolder(Path(order.folder)), Path(order.run)
    try:
        _serve(folder, run, order)
    except EmbeddedServerError as error:
        sys.exit(str(error))  # into the log, whose end the users show
    finally:
        shutil.rmtree(run, ignore_errors=True)


def _serve(folder: ServerFolder, run: Path, order: GuardOrder) -> None:
    account, binaries = account_for(folder.data), Path(order.binaries)
    socket = socket_folder(run)
    socket.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(socket, account.uid, account.gid)
        binaries = copy_of_wheel(binaries, run)
        run.chmod(0o711)  # the account may pass, but not put programs in the place of ours
    with folder.log.open("ab") as log:
        make_cluster(folder, binaries, account, log, fsync=order.fsync)
        clear_pid_file(folder.data)
        alive, kept_by_postgres = os.pipe()
        command = [str(binaries / "postgres"), *_settings(socket, order)]
        postgres = start_on_data(account, folder.data, command, log, keep_open=[kept_by_postgres])
        os.close(kept_by_postgres)
        _wait_for_users(folder, postgres, alive)


def _settings(socket: Path, order: GuardOrder) -> list[str]:
    durability = DURABLE if order.fsync else THROWAWAY
    return [f"--{setting}" for setting in (*SETTINGS, *durability, f"unix_socket_directories={socket}")]


def _wait_for_users(folder: ServerFolder, postgres: subprocess.Popen[bytes], alive: int) -> None:
    ends = select.poll()
    ends.register(LEASE, 0)
    ends.register(alive, 0)
    while alive not in dict(ends.poll()):
        with folder.door():
            # Somebody may have joined between the last user's end and our hold on the door.
            if LEASE in dict(ends.poll(0)):
                _stop(postgres)
                # Before the door opens: nobody may join a guard that is on its way out.
                os.close(LEASE)
                return
    os.close(LEASE)
    postgres.wait()


def _stop(postgres: subprocess.Popen[bytes]) -> None:
    postgres.send_signal(signal.SIGINT)
    try:
        postgres.wait(FAST_SHUTDOWN_SECONDS)
    except subprocess.TimeoutExpired:
        postgres.send_signal(signal.SIGQUIT)
        postgres.wait()
