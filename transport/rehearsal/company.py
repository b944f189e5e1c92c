"""The people of a rehearsal, each with a client of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from domain.ids import UserId
from transport.client import Client
from transport.rehearsal.lines import Cast


@dataclass(slots=True)
class Actor:
    """`user_id` is empty until the actor has sat down; `is_here` from then on but for a drop."""

    part: Cast
    client: Client
    user_id: UserId
    is_here: bool = False

    @property
    def leads(self) -> bool:
        """Whether the actor is a DM by now."""
        return self.is_here and self.client.state.people[self.user_id]["role"] == "dm"


@dataclass(slots=True)
class Company:
    """Who plays, by alias, and the campaign that they play in."""

    actors: dict[str, Actor]
    campaign: str
    invite: str

    @property
    def dm(self) -> Actor:
        """The one who invited the others, at the table from beginning to end."""
        return next(actor for actor in self.actors.values() if actor.part.role == "dm")

    def leading(self) -> list[Actor]:
        """The DMs who are here."""
        return [actor for actor in self.actors.values() if actor.leads]

    async def open(self, title: str, dm_link: str | None) -> None:
        """Seats all but the late at a new campaign. Raises ClientError.

        The DM signs in by `dm_link`, or signs up.
        """
        dm = self.dm
        if dm_link is not None:
            await dm.client.redeem(dm_link, dm.part.name)
        else:
            await dm.client.sign_up(dm.part.name)
        dm.user_id = UserId((await dm.client.me())["userId"])
        self.campaign = await dm.client.create_campaign(title)
        self.invite = (await dm.client.invite(self.campaign, "player", uses=len(self.actors)))["token"]
        await self.connect(dm)
        for actor in self.actors.values():
            if actor is not dm and not actor.part.late:
                await self.seat(actor)

    async def seat(self, actor: Actor) -> None:
        """Lets an actor in by the invite link. Raises ClientError."""
        redeemed = await actor.client.redeem(self.invite, actor.part.name)
        actor.user_id = UserId(redeemed["userId"])
        await self.connect(actor)

    async def connect(self, actor: Actor) -> None:
        """Returns when the DM sees the actor at the table. Raises ClientError."""
        await actor.client.connect(self.campaign)
        await self._await_presence(actor, online=True)
        actor.is_here = True

    async def drop(self, actor: Actor) -> None:
        """Returns when the DM sees the actor gone. Raises ClientError."""
        actor.is_here = False
        await actor.client.disconnect()
        await self._await_presence(actor, online=False)

    async def _await_presence(self, actor: Actor, *, online: bool) -> None:
        await self.dm.client.until(
            lambda state: actor.user_id in state.people and state.people[actor.user_id]["online"] == online
        )


@asynccontextmanager
async def gathered(title: str, cast_: Sequence[Cast], url: str, dm_link: str | None) -> AsyncIterator[Company]:
    """A company whose campaign is open, as by `Company.open`. Raises ClientError."""
    async with AsyncExitStack() as clients:
        actors = {part.cast: Actor(part, await clients.enter_async_context(Client(url)), UserId("")) for part in cast_}
        company = Company(actors, campaign="", invite="")
        await company.open(title, dm_link)
        yield company
