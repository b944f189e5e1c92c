"""Whether a script can be played: who is at the table when, and what the names in it stand for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import assert_never

from pydantic import ValidationError

from domain.commands import client_message
from domain.refusals import Refused
from transport.files.whole_file import read_whole
from transport.maps.file import MAX_MAP_BYTES, read_map
from transport.rehearsal.lines import Cast, Drop, Import, Join, Promote, Return, Say, Send, Step
from transport.wire.first_error import first_error


class Break(Exception):
    """The step can't come here; the message says why."""


class Continuity:
    """Follows a script line by line, as the performance will. Every method raises Break."""

    def __init__(self, cast: Mapping[str, Cast], folder: Path) -> None:
        self._cast = cast
        self._folder = folder
        self._seated = {alias for alias, part in cast.items() if not part.late}
        self._away: set[str] = set()
        self._leads = {alias for alias, part in cast.items() if part.role == "dm"}
        self._labels: set[str] = set()

    def begin(self) -> None:
        """Whether the cast can sit down."""
        if len(self._leads) != 1:
            raise Break(f'one of the cast has the role "dm", not {len(self._leads)}')
        if self._leads - self._seated:
            raise Break("the dm can't be late: somebody has to invite the others")

    def follow(self, step: Step) -> None:
        """Takes the next step into account."""
        if isinstance(step, Say):
            return
        if step.who not in self._cast:
            raise Break(f"who: {step.who} is not in the cast")
        if not isinstance(step, Join | Return):
            self._must_be_here(step.who)
        match step:
            case Join():
                if step.who in self._seated:
                    raise Break(f"{step.who} is at the table already")
                self._seated.add(step.who)
            case Drop():
                self._away.add(step.who)
            case Return():
                if step.who not in self._away:
                    raise Break(f"{step.who} did not drop")
                self._away.discard(step.who)
            case Import():
                self._must_lead(step.who)
                self._must_be_a_map(step.imports)
            case Promote():
                self._must_lead(step.who)
                self._promote(step.promote)
            case Send():
                self._send(step)
            case _:
                assert_never(step)

    def finish(self) -> None:
        """At the end everybody is asked what they know."""
        if missing := sorted((set(self._cast) - self._seated) | self._away):
            raise Break(f"not at the table at the end: {', '.join(missing)}")

    def _send(self, step: Send) -> None:
        message = step.send
        if "id" in message:
            raise Break("send.id: the client gives the ids")
        try:
            client_message.validate_python(message)
        except ValidationError as error:
            raise Break(f"send: {first_error(error)}") from None
        targets = message.get("targets")
        for alias in targets["playerIds"] if isinstance(targets, dict) else ():
            if alias not in self._seated:
                raise Break(f"send.targets: {alias} is not in the cast, or not at the table yet")
        if (label := message.get("changeId")) is not None and label not in self._labels:
            raise Break(f'send.changeId: no change was staged "as" {label}')
        if step.label is not None:
            if step.label in self._labels:
                raise Break(f"as: {step.label} is the name of another change")
            self._labels.add(step.label)

    def _promote(self, alias: str) -> None:
        if alias not in self._seated or self._cast[alias].role != "co-dm":
            raise Break(f'promote: {alias} is not at the table with the role "co-dm"')
        self._leads.add(alias)

    def _must_be_here(self, alias: str) -> None:
        if alias not in self._seated:
            raise Break(f"who: {alias} has not joined yet")
        if alias in self._away:
            raise Break(f"who: {alias} has dropped and not returned")

    def _must_lead(self, alias: str) -> None:
        if alias not in self._leads:
            raise Break(f"who: {alias} is no DM at this point")

    def _must_be_a_map(self, name: str) -> None:
        try:
            read_map(read_whole(self._folder / name, MAX_MAP_BYTES))
        except (OSError, Refused) as problem:
            raise Break(f"import: {name}: {problem}") from None
