"""What the door remembers of sign-ins that were revoked."""

from __future__ import annotations

from transport.sign_outs import REMEMBERED, RecentSignOuts


def test_the_newest_are_remembered() -> None:
    """For longer than it takes to come in, and in bounded memory."""
    recent = RecentSignOuts()
    recent.add(b"first")
    assert b"first" in recent
    for n in range(REMEMBERED):
        recent.add(b"%d" % n)
    assert b"first" not in recent
    assert b"0" in recent
