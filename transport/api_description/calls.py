"""What neither routes nor handlers can tell of each HTTP call: who may, what comes along, with which status it ends."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from aiohttp.typedefs import Handler

from transport.http import campaigns, health, history, invites, maps, members, people, report, sign_ins
from transport.maps.file import MapFile


class Call(NamedTuple):
    """`may_also` are codes beyond what follows from the rest.

    `query` are the parameters behind the question mark, all of which may be left out.
    """

    summary: str
    who: Literal["anyone", "signed in", "member", "dm"]
    status: int
    body: Any = None
    signs_in: bool = False
    may_also: tuple[str, ...] = ()
    query: tuple[str, ...] = ()


_OTHER_EYES = ("bad_request", "forbidden", "too_many_calls")

CALLS: dict[Handler, Call] = {
    people.sign_up: Call(
        "Makes a person and signs it in.",
        "anyone",
        201,
        people.NewPerson,
        signs_in=True,
        may_also=("too_many_tries",),
    ),
    people.who_am_i: Call("Who am I? The cookie is good for longer again.", "signed in", 200, signs_in=True),
    sign_ins.list_mine: Call("The devices that one is signed in on.", "signed in", 200),
    sign_ins.end: Call("Signs out one's device: its cookie stops working.", "signed in", 204, signs_in=True),
    sign_ins.end_others: Call("Signs out all one's other devices.", "signed in", 204),
    people.sign_out: Call("Signs out: this cookie stops working.", "signed in", 204, signs_in=True),
    campaigns.create: Call(
        "Makes a campaign, with the maker as its DM.",
        "signed in",
        201,
        campaigns.NewCampaign,
        may_also=("conflict",),
    ),
    campaigns.close: Call("Closes a campaign for ever; its log stays.", "dm", 204),
    campaigns.list_mine: Call("The campaigns one is a member of.", "signed in", 200),
    members.list_all: Call("Everybody in the campaign; for a DM with the invites that let them in.", "member", 200),
    members.change_role: Call(
        "Makes a DM of a player, or the other way round.",
        "dm",
        200,
        members.NewRole,
        may_also=("conflict",),
    ),
    members.remove: Call("Removes a member.", "dm", 204, may_also=("bad_request", "conflict"), query=("revokeInvite",)),
    members.remove_several: Call(
        "Removes several members: all of them or none.", "dm", 204, body=members.Removal, may_also=("conflict",)
    ),
    invites.create: Call("Makes an invite.", "dm", 201, invites.NewInvite, may_also=("conflict",)),
    invites.list_all: Call("The invites that were made, without tokens.", "dm", 200),
    invites.revoke: Call("Revokes an invite.", "dm", 204),
    invites.redeem: Call(
        "Comes in by the token of a link.",
        "anyone",
        200,
        invites.Redemption,
        signs_in=True,
        may_also=("not_found", "conflict", "too_many_tries", "not_signed_in"),
    ),
    maps.take_in: Call(
        "Imports a map file, or goes on with an unfinished import of the same file.",
        "dm",
        200,
        MapFile,
        may_also=("bad_request", "conflict", "invalid_map", "quota_exceeded", "too_many_calls"),
        query=("importId",),
    ),
    maps.put_back: Call(
        "Takes an unfinished import back: its hexes are as before, but for those that were changed since.",
        "dm",
        200,
        may_also=("conflict", "quota_exceeded", "too_many_calls"),
    ),
    maps.hand_out: Call("The map as far as the one who asks may know it.", "member", 200, may_also=("too_many_calls",)),
    history.sessions: Call(
        "The sessions as far as somebody was told of them.",
        "member",
        200,
        may_also=_OTHER_EYES,
        query=("as",),
    ),
    history.timeline: Call(
        "A session event by event, as somebody was told it.",
        "member",
        200,
        may_also=_OTHER_EYES,
        query=("as", "from", "limit"),
    ),
    history.state: Call(
        "What somebody knew at a moment.",
        "member",
        200,
        may_also=_OTHER_EYES,
        query=("as", "eventId", "at"),
    ),
    report.hand_out: Call(
        "Pictures of a campaign's evenings.",
        "dm",
        200,
        may_also=("not_installed", "too_many_calls"),
    ),
    health.is_alive: Call("Does the process answer?", "anyone", 200),
    health.is_ready: Call("Can events be committed?", "anyone", 200),
    health.metrics: Call("Figures for Prometheus, where the settings say so.", "anyone", 200, may_also=("not_found",)),
}
