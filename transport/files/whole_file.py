"""Reads files that people name on the command line, never more of one than allowed."""

from __future__ import annotations

import os
from pathlib import Path

from domain.refusals import Refused


class FileTooLarge(Refused):
    """`limit` in bytes."""

    code = "too_large"

    def __init__(self, path: Path, limit: int) -> None:
        super().__init__(f"{path} may have at most {limit} bytes")


def read_whole(path: Path, limit: int) -> bytes:
    """Pipes and devices, whose size nothing tells, have the same bound. Raises FileTooLarge, OSError."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size > limit:
            raise FileTooLarge(path, limit)
        whole = file.read(limit + 1)
    if len(whole) > limit:
        raise FileTooLarge(path, limit)
    return whole
