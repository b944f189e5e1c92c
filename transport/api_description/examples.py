"""One example of each message, by its type: what a client sends, and what it is sent."""

from __future__ import annotations

from typing import Any

_DEE = "aaaaaaaa-0000-4000-8000-000000000001"
_ADA = "aaaaaaaa-0000-4000-8000-000000000002"
_SESSION = "55555555-0000-4000-8000-000000000001"
_EVENT = "eeeeeeee-0000-4000-8000-000000000004"

_PEOPLE = [
    {"userId": _DEE, "name": "Dee", "online": True, "role": "dm"},
    {"userId": _ADA, "name": "Ada", "online": False, "role": "player"},
]
_SWAMP = {"key": "3,-1", "terrain": "swamp"}
_STAGED = {
    "id": _EVENT,
    "description": "Reveal 1 hex to Ada",
    "type": "hex:reveal",
    "data": {"hexKeys": ["3,-1"], "targets": {"playerIds": [_ADA]}},
}

FROM_CLIENT: dict[str, dict[str, Any]] = {
    "session:start": {"type": "session:start", "id": "start-1"},
    "session:pause": {"type": "session:pause", "id": "pause-1"},
    "session:resume": {"type": "session:resume", "id": "resume-1"},
    "session:end": {"type": "session:end", "id": "end-1"},
    "broadcast:mode": {"type": "broadcast:mode", "mode": "staged", "id": "mode-1"},
    "broadcast:publish": {"type": "broadcast:publish", "id": "publish-1"},
    "staged:undo": {"type": "staged:undo", "index": 0, "id": "undo-1"},
    "hex:reveal": {"type": "hex:reveal", "hexKeys": ["3,-1"], "targets": "all", "id": "reveal-1"},
    "hex:update": {"type": "hex:update", "changes": [_SWAMP], "id": "update-1"},
}

FROM_SERVER: dict[str, dict[str, Any]] = {
    "connected": {"type": "connected", "userId": _DEE, "role": "dm", "name": "Dee", "resumed": False},
    "session:state": {
        "type": "session:state",
        "status": "active",
        "broadcastMode": "staged",
        "connectedPlayers": _PEOPLE,
        "revealedHexes": ["3,-1"],
        "preparing": True,
        "sessionId": _SESSION,
        "terrain": [_SWAMP],
        "stagedChanges": [_STAGED],
        "reveals": [{"key": "3,-1", "to": [_ADA]}],
        "eventId": _EVENT,
    },
    "session:statusChanged": {
        "type": "session:statusChanged",
        "status": "active",
        "sessionId": _SESSION,
        "eventId": _EVENT,
    },
    "hex:revealed": {
        "type": "hex:revealed",
        "hexKeys": ["3,-1"],
        "terrain": [_SWAMP],
        "eventId": _EVENT,
        "to": "all",
    },
    "hex:updated": {"type": "hex:updated", "changes": [_SWAMP], "eventId": _EVENT},
    "map:imports": {
        "type": "map:imports",
        "imports": [
            {
                "importId": "1d1d1d1d-0000-4000-8000-000000000001",
                "name": "The Sunken Coast",
                "by": _DEE,
                "hexes": 30_000,
                "of": 100_000,
                "takingBack": False,
            }
        ],
        "eventId": _EVENT,
    },
    "dm:preparing": {"type": "dm:preparing", "preparing": True, "eventId": _EVENT},
    "staged:changes": {"type": "staged:changes", "changes": [_STAGED], "eventId": _EVENT},
    "player:joined": {"type": "player:joined", "userId": _ADA, "name": "Ada", "eventId": _EVENT},
    "player:left": {"type": "player:left", "userId": _ADA, "eventId": _EVENT},
    "player:presence": {"type": "player:presence", "players": _PEOPLE},
    "tick": {"type": "tick"},
    "error": {
        "type": "error",
        "message": "No active session to pause",
        "code": "not_active",
        "id": "pause-1",
    },
    "ack": {"type": "ack", "id": "start-1", "eventId": _EVENT},
}
