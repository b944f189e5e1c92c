"""A session as one player saw it, as a single page that replays it without a server and holds nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from projections.people import Member
from projections.session_list import WireSession
from projections.timeline import Keyframe, TimelineLine, TimelineStart
from transport.web.enclosed import block, harmless, head, tail
from transport.wire.json import wire_json

STYLES = ("page", "map", "table", "replay")


class Share:
    """Made in three parts, so that no more than a batch of lines has to be in memory."""

    def __init__(self, name: str, orientation: str, session: WireSession, player: Member) -> None:
        """`name` is the campaign's; `session` its figures for the player."""
        viewer = {"userId": player.user_id, "name": player.name}
        self._about = {"name": name, "orientation": orientation, "session": session, "viewer": viewer}

    def head(self) -> bytes:
        """All up to the first line."""
        begin = b'<script type="application/x-ndjson" id="timeline">\n'
        return head("replay.js", STYLES) + block("share", self._about) + begin

    def lines(self, lines: Sequence[TimelineStart | Keyframe | TimelineLine]) -> bytes:
        """The next lines of the timeline, of which the start is the first."""
        return b"".join([harmless(wire_json(line)) + b"\n" for line in lines])

    def tail(self) -> bytes:
        """All after the last line."""
        return b"</script>\n" + tail("replay.js", "table replay")
