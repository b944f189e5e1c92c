"""What can go wrong for a client.

ClientError
├── CommandRefused     the table said no; nothing changed
├── RequestRefused     an HTTP call was answered with an error
├── Unreachable        an HTTP call got no answer
└── Closed             the connection is over for good
"""

from __future__ import annotations


class ClientError(Exception):
    """Anything of this file."""


class CommandRefused(ClientError):
    """`code` is one of the protocol's error codes, or FRAME_TOO_LARGE."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{message} ({code})")
        self.code = code
        self.message = message


FRAME_TOO_LARGE = "frame_too_large"
"""Not said by the server, which only closes with 1009: the client finds out which command it was."""


class RequestRefused(ClientError):
    """`status` is HTTP's, `code` the engine's; empty if something else than the engine answered."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{message} ({code or status})")
        self.status = status
        self.code = code
        self.message = message


class Unreachable(ClientError):
    """Whether the call was carried out is not known."""


class Closed(ClientError):
    """No reconnecting: the server said so, or this side ended it (1000)."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{reason or 'closed'} ({code})")
        self.code = code
        self.reason = reason

    def once_more(self) -> Closed:
        """The same for the next one who asks: an exception keeps the traceback of where it was raised."""
        copy = Closed(self.code, self.reason)
        copy.__cause__ = self.__cause__
        return copy
