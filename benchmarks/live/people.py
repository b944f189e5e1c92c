"""People and rooms for a scenario, made by the HTTP calls of the protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

import aiohttp
from rich.progress import track

from benchmarks.live.swarm import Peer, Swarm

AT_ONCE = 16
"""Calls under way."""


class Person(NamedTuple):
    name: str
    cookie: str


class Room(NamedTuple):
    """A campaign and its members; the first is the DM."""

    campaign: str
    members: Sequence[Person]


class Seated(NamedTuple):
    """The connections of a room."""

    dm: Peer
    players: list[Peer]


def make_rooms(url: str, rooms: int, players: int) -> list[Room]:
    """All with the same people, who are new."""
    return asyncio.run(_make_rooms(url, rooms, players))


def seat(swarm: Swarm, url: str, room: Room) -> Seated:
    """Connects all members."""
    dm, *players = [swarm.add(Peer(url, room.campaign, member.cookie)) for member in room.members]
    return Seated(dm, players)


def seat_all(swarm: Swarm, url: str, rooms: Sequence[Room]) -> list[Seated]:
    """Connects the members of all rooms, and waits until each knows its room and nothing more is said."""
    seated = []
    for room in track(rooms, "connecting", transient=True) if len(rooms) > 100 else rooms:
        peers: list[Peer] = []
        # In groups: who waits too long before the door of one room is sent away, to come again a little later.
        for first in range(0, len(room.members), AT_ONCE):
            group = [swarm.add(Peer(url, room.campaign, one.cookie)) for one in room.members[first : first + AT_ONCE]]
            swarm.until(lambda group=group: all(peer.counts[b"session:state"] for peer in group))  # type: ignore[misc]
            peers += group
        seated.append(Seated(peers[0], peers[1:]))
    settle(swarm)
    return seated


def settle(swarm: Swarm) -> None:
    """Reads until nothing has come for a moment: arrivals are told a little later."""
    while swarm.turn(0.3):
        pass


async def _make_rooms(url: str, rooms: int, players: int) -> list[Room]:
    async with aiohttp.ClientSession(url, cookie_jar=aiohttp.DummyCookieJar()) as http:
        names = ["Dee", *(f"Player {number}" for number in range(1, players + 1))]
        people = await _all([_sign_up(http, name) for name in names])
        made = []
        # In groups, so that a long preparation shows how far it is.
        groups = range(0, rooms, AT_ONCE)
        for first in track(groups, "making rooms", transient=True) if len(groups) > 10 else groups:
            count = min(AT_ONCE, rooms - first)
            made += await asyncio.gather(*(_make_room(http, people) for _ in range(count)))
        return made


async def _make_room(http: aiohttp.ClientSession, people: Sequence[Person]) -> Room:
    dm, *players = people
    campaign = (await _call(http, dm, "/api/campaigns", {"name": "The Coast"}))["campaignId"]
    for first in range(0, len(players), 100):
        some = players[first : first + 100]
        invite = {"role": "player", "uses": len(some)}
        token = (await _call(http, dm, f"/api/campaigns/{campaign}/invites", invite))["token"]
        await _all([_call(http, player, "/api/invites/redeem", {"token": token}) for player in some])
    return Room(campaign, people)


async def _sign_up(http: aiohttp.ClientSession, name: str) -> Person:
    async with http.post("/api/people", json={"name": name}) as answer:
        answer.raise_for_status()
        [cookie] = answer.cookies.values()
        return Person(name, f"{cookie.key}={cookie.value}")


async def _call(http: aiohttp.ClientSession, person: Person, path: str, body: dict[str, Any]) -> dict[str, Any]:
    async with http.post(path, json=body, headers={"Cookie": person.cookie}) as answer:
        answer.raise_for_status()
        told: dict[str, Any] = await answer.json()
        return told


async def _all(calls: list[Any]) -> list[Any]:
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(call: Any) -> Any:
        async with turns:
            return await call

    return await asyncio.gather(*map(one, calls))
