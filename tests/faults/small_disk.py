"""A disk of its own for a database, which can be filled up."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SIZE = "192m"
CHUNK = bytes(64 * 1024)


class SmallDisk:
    """Mounted at `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    @classmethod
    @contextmanager
    def mounted(cls, folder: Path) -> Iterator[SmallDisk]:
        """In memory. Skips the test where we may not mount."""
        folder.mkdir(parents=True)
        try:
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", folder], check=True)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("only who may mount file systems can fill a disk")
        try:
            yield cls(folder)
        finally:
            subprocess.run(["umount", folder], check=True)

    def fill(self) -> None:
        """Up to the last byte."""
        with self._filler.open("ab", buffering=0) as filler:
            try:
                while True:
                    filler.write(CHUNK)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def free(self) -> None:
        """All that was filled."""
        os.unlink(self._filler)
