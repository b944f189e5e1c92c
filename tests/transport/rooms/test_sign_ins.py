"""What the door remembers of sign-ins that were revoked."""

from __future__ import annotations

from tests.laws.evenings import MEMBERS
from tests.laws.fake_peers import Roster
from transport.rooms.sign_ins import REMEMBERED, SignIns


def test_the_newest_are_remembered() -> None:
    """For longer than it takes to come in, and in bounded memory."""
    sign_ins = SignIns(Roster(dict(MEMBERS)))
    sign_ins.signed_out(b"first")
    assert sign_ins.was_signed_out(b"first")
    for n in range(REMEMBERED):
        sign_ins.signed_out(b"%d" % n)
    assert not sign_ins.was_signed_out(b"first")
    assert sign_ins.was_signed_out(b"0")
