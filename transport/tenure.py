"""Since when each member has been told everything in the present role: from before that nothing can be resumed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from domain.ids import UserId
from projections.people import Member


class Tenure:
    """Counts in versions of the stream. The directory keeps it as `Member.told_from`, so that it outlives the room."""

    def __init__(self, members: Mapping[UserId, Member], version: int) -> None:
        """`version` is the newest one: whoever comes from now on is told what follows."""
        self._told_from: Mapping[UserId, int] = {}
        self._unrecorded: dict[UserId, Member] = {}
        self.change({}, members, version)

    def change(self, before: Mapping[UserId, Member], after: Mapping[UserId, Member], version: int) -> None:
        """Whoever has a new role starts over with what follows `version`."""
        told_from = {user: self._since(before.get(user), member, version) for user, member in after.items()}
        self._told_from = told_from
        self._unrecorded = {
            user: replace(member, told_from=told_from[user])
            for user, member in after.items()
            if member.told_from is None
        }

    def covers(self, user: UserId, version: int) -> bool:
        """Whether that version, and all that followed, was told to the user in the present role."""
        return version > self._told_from[user]

    def unrecorded(self) -> list[Member]:
        """Those of whom the directory does not know it."""
        return list(self._unrecorded.values())

    def recorded(self, members: Iterable[Member]) -> None:
        """By now it does, unless there was a change meanwhile."""
        for member in members:
            if self._unrecorded.get(member.user_id) is member:
                del self._unrecorded[member.user_id]

    def _since(self, before: Member | None, now: Member, version: int) -> int:
        if before is None:
            return version if now.told_from is None else now.told_from
        # Known once and now no more: the role was another one in between.
        was_reset = now.told_from is None and now.user_id not in self._unrecorded
        return version if before.role != now.role or was_reset else self._told_from[now.user_id]
