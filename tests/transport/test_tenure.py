"""Since when a member is told everything in one role."""

from __future__ import annotations

from dataclasses import replace

from projections.people import Member
from tests.domain.scenario import ADA, BO
from transport.tenure import Tenure

AS_PLAYER = Member(ADA, "Ada", "player", told_from=3)
AS_DM = Member(ADA, "Ada", "dm")


def test_what_the_directory_knows_counts_over_restarts() -> None:
    """A room that opens at version 10 lets Ada go on from any event after her third."""
    tenure = Tenure({ADA: AS_PLAYER}, version=10)
    assert [tenure.covers(ADA, version) for version in (3, 4, 10)] == [False, True, True]
    assert tenure.unrecorded() == []


def test_who_is_not_known_starts_with_what_comes() -> None:
    """Of a new member, or one whose role changed while nobody looked, only what follows can be resumed."""
    tenure = Tenure({ADA: AS_DM}, version=10)
    assert [tenure.covers(ADA, version) for version in (10, 11)] == [False, True]
    assert tenure.unrecorded() == [replace(AS_DM, told_from=10)]


def test_a_new_role_starts_over_and_the_others_go_on() -> None:
    """What Ada saw as a player she can't resume as a DM; to Bo it makes no difference."""
    bo = Member(BO, "Bo", "player", told_from=1)
    before = {ADA: AS_PLAYER, BO: bo}
    tenure = Tenure(before, version=10)
    tenure.change(before, {ADA: AS_DM, BO: bo}, version=20)
    assert [tenure.covers(ADA, version) for version in (20, 21)] == [False, True]
    assert tenure.covers(BO, 2)


def test_what_is_not_recorded_yet_stays_as_it_is() -> None:
    """A change of somebody else moves nothing for Ada; one that was undone before we read it starts her over."""
    before = {ADA: AS_DM}
    tenure = Tenure(before, version=10)
    tenure.change(before, {ADA: AS_DM}, version=20)
    assert tenure.covers(ADA, 11)
    tenure.recorded(tenure.unrecorded())
    tenure.change(before, {ADA: AS_DM}, version=30)
    assert [tenure.covers(ADA, version) for version in (30, 31)] == [False, True]


def test_a_change_during_the_recording_is_recorded_later() -> None:
    """What was written down meanwhile was about the old role."""
    tenure = Tenure({ADA: AS_DM}, version=10)
    written = tenure.unrecorded()
    tenure.change({ADA: AS_DM}, {ADA: replace(AS_DM, role="player")}, version=11)
    tenure.recorded(written)
    assert tenure.unrecorded() == [Member(ADA, "Ada", "player", told_from=11)]
    tenure.recorded(tenure.unrecorded())
    assert tenure.unrecorded() == []
