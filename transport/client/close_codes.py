"""What a close code means for a client."""

from __future__ import annotations

NORMAL = 1000
ABNORMAL = 1006
"""No code arrived: the network broke, or the server died."""
FRAME_OVER_LIMIT = 1009
_TOO_SLOW = 4008


def reconnects(code: int) -> bool:
    """False for the final ones, and for unknown ones: better to stop than to hammer."""
    return 1000 <= code < 2000 or code == _TOO_SLOW
