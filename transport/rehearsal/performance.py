"""Plays the steps of a script, one after the other, each when the one before has taken effect."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, assert_never

from transport.client import ClientError, CommandRefused
from transport.files.whole_file import read_whole
from transport.maps.file import MAX_MAP_BYTES
from transport.rehearsal.company import Actor, Company
from transport.rehearsal.failure import RehearsalFailed
from transport.rehearsal.lines import Drop, Import, Join, Promote, Return, Say, Send, Step
from transport.rehearsal.staging import Staging

PATIENCE_SECONDS = 60.0
"""For one step; long enough for a server that is killed in it to come back."""


class Performance:
    """`speed` is how many times faster than written; None: as fast as the answers come."""

    def __init__(
        self,
        company: Company,
        folder: Path,
        *,
        speed: float | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._company = company
        self._folder = folder
        self._speed = speed
        self._sleep = sleep
        self._changes: dict[str, str] = {}
        self._staging = Staging()

    async def play(self, steps: Sequence[Step], on_step: Callable[[Step], None]) -> None:
        """Tells `on_step` before each step. Raises RehearsalFailed."""
        for step in steps:
            if self._speed is not None and not isinstance(step, Say) and step.after:
                await self._sleep(step.after / self._speed)
            on_step(step)
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await self._perform(step)
            except TimeoutError:
                raise RehearsalFailed(f"line {step.number}: no answer in {PATIENCE_SECONDS:.0f} s") from None
            except ClientError as error:
                raise RehearsalFailed(f"line {step.number}: {error}") from error

    async def _perform(self, step: Step) -> None:
        if isinstance(step, Say):
            return
        actor = self._company.actors[step.who]
        match step:
            case Send():
                await self._send(step, actor)
            case Join():
                await self._company.seat(actor)
            case Drop():
                await self._company.drop(actor)
            case Return():
                await self._company.connect(actor)
            case Import():
                map_file = await asyncio.to_thread(read_whole, self._folder / step.imports, MAX_MAP_BYTES)
                await actor.client.import_map(self._company.campaign, map_file)
            case Promote():
                await self._promote(actor, self._company.actors[step.promote])
            case _:
                assert_never(step)

    async def _send(self, step: Send, actor: Actor) -> None:
        message = self._with_ids(step.send)
        fields = {name: value for name, value in message.items() if name != "type"}
        try:
            event_id = await actor.client.send(message["type"], **fields)
        except CommandRefused as refused:
            if refused.code != step.refused:
                raise
            return
        if step.refused is not None:
            raise RehearsalFailed(f"line {step.number}: was to be refused as {step.refused}, but was carried out")
        if step.label is not None:
            self._changes[step.label] = event_id
        await self._show_to_dms(message, event_id, actor)

    async def _show_to_dms(self, message: dict[str, Any], event_id: str, actor: Actor) -> None:
        # Another DM may hear of it a moment after the ack: a change of hexes means the mode that was seen, and an undo
        # by index the list.
        undone = message.get("changeId")
        if "index" in message:
            undone = self._staging.at(message["index"])
        mode = actor.client.state.mode
        self._staging.take(message, event_id, mode, undone)
        for dm in self._company.leading():
            await dm.client.until(lambda state: state.mode == mode and self._staging.is_seen_by(state))

    def _with_ids(self, written: dict[str, Any]) -> dict[str, Any]:
        """In place of the aliases."""
        message = dict(written)
        if isinstance(targets := message.get("targets"), dict):
            players = [self._company.actors[alias].user_id for alias in targets["playerIds"]]
            message["targets"] = {"playerIds": players}
        if "changeId" in message:
            message["changeId"] = self._changes[message["changeId"]]
        return message

    async def _promote(self, actor: Actor, promoted: Actor) -> None:
        await actor.client.change_role(self._company.campaign, promoted.user_id, "dm")
        await promoted.client.until(lambda state: state.people[promoted.user_id]["role"] == "dm")
