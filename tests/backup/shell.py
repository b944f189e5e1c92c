"""Bash as the one who runs a database has it: what docs/backup.md shows is pasted into it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from migrations.embedded.account import ServerAccount

PATIENCE_SECONDS = 120.0
STRICT = ("bash", "-euo", "pipefail", "-c")


class Shell:
    """`variables` are those that the blocks go by, and PATH."""

    def __init__(self, folder: Path, account: ServerAccount, variables: dict[str, str]) -> None:
        self._folder = folder
        self._account = account
        self.variables = variables

    def run(self, block: str) -> str:
        """What it prints. Fails if one of its commands does."""
        # A file, not a pipe: a PostgreSQL that is started here would hold its end for ever.
        with tempfile.TemporaryFile("w+") as printed:
            process = self._start(block, printed)
            try:
                code = process.wait(PATIENCE_SECONDS)
            finally:
                end(process)
            printed.seek(0)
            said = printed.read()
        assert code == 0, f"{block}\nended with {code}:\n{said}"
        return said

    @contextmanager
    def running(self, block: str) -> Iterator[None]:
        """Meanwhile it runs. Fails if it has ended by itself."""
        with tempfile.TemporaryFile("w+") as printed:
            process = self._start(block, printed)
            try:
                yield
                assert process.poll() is None, f"{block}\nended by itself"
            finally:
                end(process)

    def _start(self, block: str, printed: IO[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*STRICT, block],
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=printed,
            cwd=self._folder,
            env={**os.environ, **self.variables},
            start_new_session=True,
            **self._who(block),
        )

    def _who(self, block: str) -> dict[str, Any]:
        """PostgreSQL refuses root; our own programs may lie where only we get to."""
        if os.geteuid() != 0 or re.search(r"^(\S+=\S+ )?fogbound ", block, re.MULTILINE):
            return {}
        return {"user": self._account.uid, "group": self._account.gid, "extra_groups": []}


def end(process: subprocess.Popen[bytes]) -> None:
    """Bash and what it started, if it still runs; returns when bash is gone."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
    process.wait(PATIENCE_SECONDS)
