"""A campaign as one file: a line that says what it is, a line an event, and a line to check it by.

    {"format": "fogbound archive", "version": 1, "campaign", "events", "schemaVersions": {TYPE: [N, ...]},
     "people": [{"userId", "role"}]}
    {"version", "eventId", "type", "schemaVersion", "recordedAt", "actor", "sessionId", "commandId", "data"}
    {"events", "sha256"}

The checksum is of all bytes before the last line. Names of people, and the campaign's, are in it only when asked for.
"""

from __future__ import annotations

FORMAT, VERSION = "fogbound archive", 1
