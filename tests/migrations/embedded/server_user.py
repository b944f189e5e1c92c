"""A program that uses an embedded server until it is ended, and what tests need to watch it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from migrations.embedded.server import EmbeddedServer

ROOT = Path(__file__).parents[3]
# A durable server writes everything out before it ends, and the disk may be busy with other tests.
PATIENCE_SECONDS = 60.0


@contextmanager
def server_user(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that starts or joins the server of `folder`; its first line of output is the URL."""
    with subprocess.Popen(
        [sys.executable, "-W", "error", __file__, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    ) as user:
        try:
            yield user
        finally:
            user.kill()


def first_line(user: subprocess.Popen[str]) -> str:
    """The URL that a server user prints when its server is ready."""
    assert user.stdout is not None
    return user.stdout.readline().strip()


def running_on(folder: Path) -> list[int]:
    """The pids of all processes that work for the server of `folder`: guard, initdb and PostgreSQL's own."""
    return [pid for pid in _pids() if _works_for(pid, folder)]


def eventually(happened: Callable[[], bool]) -> bool:
    """Whether something comes true within our patience."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.01)
    return happened()


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _works_for(pid: int, folder: Path) -> bool:
    process = Path(f"/proc/{pid}")
    try:
        command = (process / "cmdline").read_text()
        is_guard = "migrations.embedded.guard" in command and str(folder) in command
        return is_guard or (process / "cwd").readlink().is_relative_to(folder)
    except OSError:  # it ended meanwhile, or is not ours
        return False


def main() -> None:
    """Use the server until standard input ends."""
    # As at a terminal: who is started by a script in the background ignores a Ctrl-C, or that the terminal closes.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    with EmbeddedServer.start(Path(sys.argv[1])) as server:
        print(server.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
