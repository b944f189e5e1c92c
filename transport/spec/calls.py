"""What the table of routes can't tell of each HTTP call: who may, what comes along, what comes back."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from aiohttp.typedefs import Handler

from projections.messages import MapView, PersonHere, SessionState
from transport.http import campaigns, health, history, invites, maps, members, people, report, sign_ins
from transport.map_file import MapFile
from transport.spec import answers


class Call(NamedTuple):
    """`answer` None: nothing, or text, comes back. `may_also` are codes beyond what follows from the rest.

    `query` are the parameters behind the question mark, all of which may be left out. `in_lines`: the answer is a
    line of JSON after the other.
    """

    summary: str
    who: Literal["anyone", "signed in", "member", "dm"]
    status: int
    answer: Any = None
    body: Any = None
    signs_in: bool = False
    may_also: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    in_lines: bool = False


_OTHER_EYES = ("bad_request", "forbidden", "too_many_calls")

CALLS: dict[Handler, Call] = {
    people.sign_up: Call(
        "Makes a person and signs it in.",
        "anyone",
        201,
        answers.Oneself,
        people.NewPerson,
        signs_in=True,
        may_also=("too_many_tries",),
    ),
    people.who_am_i: Call(
        "Who am I? The cookie is good for longer again.", "signed in", 200, answers.Oneself, signs_in=True
    ),
    sign_ins.list_mine: Call("The devices that one is signed in on.", "signed in", 200, answers.SignInList),
    sign_ins.end: Call("Signs out one's device: its cookie stops working.", "signed in", 204, signs_in=True),
    sign_ins.end_others: Call("Signs out all one's other devices.", "signed in", 204),
    people.sign_out: Call("Signs out: this cookie stops working.", "signed in", 204, signs_in=True),
    campaigns.create: Call(
        "Makes a campaign, with the maker as its DM.",
        "signed in",
        201,
        answers.CampaignMade,
        campaigns.NewCampaign,
        may_also=("conflict",),
    ),
    campaigns.close: Call("Closes a campaign for ever; its log stays.", "dm", 204),
    campaigns.list_mine: Call("The campaigns one is a member of.", "signed in", 200, answers.CampaignList),
    members.list_all: Call(
        "Everybody in the campaign; for a DM with the invites that let them in.", "member", 200, answers.MemberList
    ),
    members.change_role: Call(
        "Makes a DM of a player, or the other way round.",
        "dm",
        200,
        PersonHere,
        members.NewRole,
        may_also=("conflict",),
    ),
    members.remove: Call("Removes a member.", "dm", 204, may_also=("bad_request", "conflict"), query=("revokeInvite",)),
    members.remove_several: Call(
        "Removes several members: all of them or none.", "dm", 204, body=members.Removal, may_also=("conflict",)
    ),
    invites.create: Call("Makes an invite.", "dm", 201, answers.InviteMade, invites.NewInvite, may_also=("conflict",)),
    invites.list_all: Call("The invites that were made, without tokens.", "dm", 200, answers.InviteList),
    invites.revoke: Call("Revokes an invite.", "dm", 204),
    invites.redeem: Call(
        "Comes in by the token of a link.",
        "anyone",
        200,
        answers.Redeemed,
        invites.Redemption,
        signs_in=True,
        may_also=("not_found", "conflict", "too_many_tries", "not_signed_in"),
    ),
    maps.take_in: Call(
        "Imports a map file, or goes on with an unfinished import of the same file.",
        "dm",
        200,
        answers.MapTaken,
        MapFile,
        may_also=("bad_request", "conflict", "invalid_map", "quota_exceeded", "too_many_calls"),
        query=("importId",),
    ),
    maps.put_back: Call(
        "Takes an unfinished import back: its hexes are as before, but for those that were changed since.",
        "dm",
        200,
        answers.MapPutBack,
        may_also=("conflict", "quota_exceeded", "too_many_calls"),
    ),
    maps.hand_out: Call(
        "The map as far as the one who asks may know it.", "member", 200, MapView, may_also=("too_many_calls",)
    ),
    history.sessions: Call(
        "The sessions as far as somebody was told of them.",
        "member",
        200,
        answers.SessionsTold,
        may_also=_OTHER_EYES,
        query=("as",),
    ),
    history.timeline: Call(
        "A session event by event, as somebody was told it.",
        "member",
        200,
        answers.TimelinePart,
        may_also=_OTHER_EYES,
        query=("as", "from", "limit"),
        in_lines=True,
    ),
    history.state: Call(
        "What somebody knew at a moment.",
        "member",
        200,
        SessionState,
        may_also=_OTHER_EYES,
        query=("as", "eventId", "at"),
    ),
    report.hand_out: Call(
        "Pictures of a campaign's evenings.",
        "dm",
        200,
        answers.ReportDrawn,
        may_also=("not_installed", "too_many_calls"),
    ),
    health.is_alive: Call("Does the process answer?", "anyone", 200, answers.Health),
    health.is_ready: Call("Can events be committed?", "anyone", 200, answers.Health),
    health.metrics: Call("Figures for Prometheus, where the settings say so.", "anyone", 200, may_also=("not_found",)),
}
