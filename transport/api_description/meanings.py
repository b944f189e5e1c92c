"""What codes mean. Each code that the server can send stands here; a test compares with where they come from."""

from __future__ import annotations

ERRORS = {
    "invalid_json": "The frame is no JSON object, or no text.",
    "invalid_message": "The type is unknown, or a field is not as the message needs it.",
    "dm_only": "A player sent what only a DM may.",
    "session_active": "Start while the session is active.",
    "session_paused": "Start while the session is paused.",
    "not_active": "Pause while the session is not active.",
    "not_paused": "Resume while the session is not paused.",
    "no_session": "End while there is no session.",
    "nothing_staged": "Publish while nothing is staged.",
    "too_many_staged": "As many changes are staged as may be.",
    "no_such_change": "Undo of a change that is not staged.",
    "unknown_player": "A target is no member of the campaign.",
    "mode_changed": "The room is in another mode than the one that the command names.",
    "quota_exceeded": "Who sent it has written as much as one person may in a day; the id may be used again tomorrow.",
    "unavailable": "The event store can't be reached, or a newer server is needed; nothing was recorded. "
    "Send again with the same id.",
    "not_signed_in": "Before close 4001: no valid session cookie.",
    "invalid_campaign": "Before close 4002: campaignId is missing or malformed.",
    "origin_not_allowed": "Before close 4003: the page belongs to another site.",
    "not_a_member": "Before close 4003: no member of this campaign, or there is no such campaign.",
    "too_many_tries": "Before close 1013: too many wrong cookies from one address.",
}
"""The codes of `error` on the WebSocket."""

CLOSES = {
    1000: "The client said goodbye.",
    1001: "The server goes away: reconnect with lastEventId.",
    1009: "A frame was over the limit: reconnect, don't send it again.",
    1013: "Try again later: reconnect with backoff.",
    4001: "Not signed in: stop.",
    4002: "campaignId is missing or malformed: stop.",
    4003: "Not a member, not a member any more, or another site: stop.",
    4008: "The client reads too slowly: reconnect with lastEventId.",
    4009: "Newer connections of the same person took its place: stop, until the person wants to go on here.",
}
"""The codes with which the WebSocket closes."""

STATUSES = {
    200: "Done.",
    201: "Made.",
    204: "Done; there is nothing to say.",
    400: "The input is not what the call needs.",
    401: "Not signed in.",
    403: "Not allowed: for DMs only, another's view, a call from another site, or people come in by invite here.",
    404: "There is nothing here, or nothing for you.",
    409: "Not as things are: the last DM can't go; the invite is expired, revoked or used up; there is no room; "
    "the import of a map is over, of another file, or somebody else goes on with it.",
    413: "The body is over its limit.",
    429: "Too many wrong tries, or sign-ups, from one address, new members by one link, calls of yours that wait, "
    "or too much in a day: wait.",
    500: "A fault of the server.",
    501: "The server lacks a package for it.",
    503: "The database can't be reached; try again.",
}

QUERY: dict[str, tuple[str, dict[str, object]]] = {
    "as": ("Whose view: dm, or the id of a person. A player may ask for the own only.", {"type": "string"}),
    "from": ("Begin after this event.", {"type": "string", "format": "uuid"}),
    "limit": ("At most so many lines of events.", {"type": "integer", "minimum": 1, "maximum": 999_999_999}),
    "importId": (
        "Go on with this unfinished import, and begin no other: a file that is not the same is refused.",
        {"type": "string", "format": "uuid"},
    ),
    "eventId": ("The moment after this event.", {"type": "string", "format": "uuid"}),
    "revokeInvite": (
        "Whether all invites that the member has used are revoked, too.",
        {"type": "boolean", "default": False},
    ),
    "at": ("The moment after the last event by this time.", {"type": "string", "format": "date-time"}),
}
"""The parameters behind the question mark: what each means, and its schema."""
