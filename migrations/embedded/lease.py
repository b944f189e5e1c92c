"""A share in a running server: our end of the named pipe that its guard reads."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self


class Lease:
    """Held while open. The kernel gives it back however its process ends."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @classmethod
    def join(cls, pipe: Path) -> Self | None:
        """A share in the guard that reads `pipe`, or None when there is no guard."""
        try:
            return cls(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno == errno.ENXIO:  # a pipe without a reader
                return None
            raise

    def give_up(self) -> bool:
        """End the share; False when it was ended before."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)
        return descriptor is not None


@contextmanager
def new_pipe(pipe: Path) -> Iterator[tuple[Lease, int]]:
    """A first lease, and the reading end for the guard, which we close once the guard has it."""
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe, 0o600)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        # Opened second, since a pipe without a reader can't be opened for writing.
        yield Lease(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)), reader
    finally:
        os.close(reader)


def has_holders(pipe: Path) -> bool:
    """Whether any process holds a lease."""
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        return bool(os.read(reader, 1))
    except BlockingIOError:  # nothing to read, but somebody could write
        return True
    finally:
        os.close(reader)
