"""Every reason for which the rules say no.

Refused
├── SessionAlreadyActive   SessionIsPaused   NoActiveSession   NoPausedSession   NoSession
├── NothingStaged   TooManyStaged   NoSuchChange
├── UnknownPlayer   ModeChanged
├── RestrictedToDm
├── QuotaExceeded
├── InvalidJson   InvalidMessage
└── KnownRefusal      one of the above, as it was recorded
"""

from __future__ import annotations


class Refused(Exception):
    """Expected: goes to the sender alone, changes nothing and is no fault of ours."""

    code: str

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class SessionAlreadyActive(Refused):
    code = "session_active"

    def __init__(self) -> None:
        super().__init__("Session is already active")


class SessionIsPaused(Refused):
    code = "session_paused"

    def __init__(self) -> None:
        super().__init__("Session is paused: resume or end it")


class NoActiveSession(Refused):
    code = "not_active"

    def __init__(self) -> None:
        super().__init__("No active session to pause")


class NoPausedSession(Refused):
    code = "not_paused"

    def __init__(self) -> None:
        super().__init__("No paused session to resume")


class NoSession(Refused):
    code = "no_session"

    def __init__(self) -> None:
        super().__init__("No active or paused session to end")


class NothingStaged(Refused):
    code = "nothing_staged"

    def __init__(self) -> None:
        super().__init__("No staged changes to publish")


class TooManyStaged(Refused):
    code = "too_many_staged"

    def __init__(self) -> None:
        super().__init__("Too many staged changes: publish or undo some")


class NoSuchChange(Refused):
    code = "no_such_change"

    @classmethod
    def at_index(cls) -> NoSuchChange:
        return cls("Invalid staged change index")

    @classmethod
    def with_id(cls) -> NoSuchChange:
        return cls("No such staged change")


class UnknownPlayer(Refused):
    code = "unknown_player"

    def __init__(self, player: str) -> None:
        super().__init__(f"Not a player of this campaign: {player}")


class ModeChanged(Refused):
    """The sender saw another mode."""

    code = "mode_changed"

    def __init__(self, mode: str) -> None:
        super().__init__(f"The mode is {mode} now: look again")


class RestrictedToDm(Refused):
    code = "dm_only"

    def __init__(self, message_type: str) -> None:
        super().__init__(f"Action '{message_type}' is restricted to the DM")


class QuotaExceeded(Refused):
    """Not for ever: the same command may be given again the next day."""

    code = "quota_exceeded"

    def __init__(self) -> None:
        super().__init__("You have written as much as one person may in a day: go on after midnight UTC")


class InvalidJson(Refused):
    code = "invalid_json"

    def __init__(self) -> None:
        super().__init__("Invalid JSON")


class InvalidMessage(Refused):
    code = "invalid_message"

    def __init__(self, what: str) -> None:
        super().__init__(f"Invalid message: {what}")


class KnownRefusal(Refused):
    """The outcome of a command that was refused before, at whichever server."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
