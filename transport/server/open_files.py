"""The limit on open files: each connection is one."""

from __future__ import annotations

import resource
import sys

import structlog

log = structlog.get_logger()

OTHER_FILES = 200
"""Those that are no connections of clients: the connections to the database, above all. Without them nobody plays."""


def room_for(connections: int) -> int:
    """How many of so many wanted connections fit; the limit is raised as far as it is ours to raise."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed, most = (sys.maxsize if limit == resource.RLIM_INFINITY else limit for limit in limits)
    wanted = connections + OTHER_FILES
    if allowed < wanted:
        allowed = min(wanted, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, limits[1]))
    if allowed < wanted:
        log.warning("the limit on open files leaves room for fewer connections", connections=allowed - OTHER_FILES)
    return min(connections, max(1, allowed - OTHER_FILES))
