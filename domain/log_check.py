"""Whether the rules could have made a log: they decide each of its events again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from domain.causes import Named, cause_of
from domain.decide import CommandContext, decide
from domain.event_codec import EventRow, decode, is_as_written
from domain.events import (
    ENVELOPE,
    ChangesDiscarded,
    ChangeStaged,
    Event,
    HexesRevealed,
    HexesUpdated,
    PlayerJoined,
    PlayerLeft,
    Reveal,
    SessionStarted,
    StagedReveal,
    Update,
)
from domain.hexes import MAX_HEXES, HexKey
from domain.parts import Fact, earlier_part, is_earlier_part
from domain.refusals import Refused
from domain.staged import NOTHING_STAGED
from domain.store import ImpossibleEvent
from domain.table import Table, evolve

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""What a clock shows that was never set."""

CLOCKS_DIFFER = timedelta(minutes=1)
"""By at most so much time runs backwards in an old log: EventStore.version_at finds a moment in it all the same."""

LONGEST_COMMAND_ID = 64

_PERSON = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class _Everybody:
    """Who was a member once may be none now."""

    def __contains__(self, _person: object) -> bool:
        return True


class LogCheck:
    """Of one stream, event by event from its first. `latest` is the time after which none can have been recorded."""

    def __init__(self, latest: datetime) -> None:
        self._latest = latest
        self._table = Table()
        self._newest = EARLIEST
        self._discard: tuple[ChangesDiscarded, Table] | None = None
        """One whose command is known by the next event alone, and the table before it."""
        self._expected: list[Fact] = []
        """What the last command makes happen besides."""
        self._part: Event | None = None
        """The last event, if the next one must be a part of the same update."""

    def take(self, row: EventRow) -> None:
        """The next event. Raises ImpossibleEvent when the rules make no such event here, UnreadableEvent."""
        event = decode(row)
        if not is_as_written(row, event):
            raise ImpossibleEvent(f"{row.type} is not written as this program does")
        self._check_envelope(event)
        _check_ids(event)
        self._check_part(event)
        if isinstance(event, ChangesDiscarded):
            self._hold(event)
        else:
            self._check_decision(event)
        self._newest = max(self._newest, event.timestamp)
        self._table = evolve(self._table, event)

    def end(self) -> None:
        """After the last event. Raises ImpossibleEvent when others were stored together with it."""
        if self._discard is not None or self._expected or self._part is not None:
            raise ImpossibleEvent("the log ends in the middle of a command")

    def _check_envelope(self, event: Event) -> None:
        session = event.session_id if isinstance(event, SessionStarted) else self._table.session_id
        if event.session_id != session or (isinstance(event, SessionStarted) and session is None):
            raise ImpossibleEvent(f"{event.TOPIC} of session {event.session_id}, while session {session} runs")
        if not EARLIEST <= event.timestamp <= self._latest:
            raise ImpossibleEvent(f"{event.TOPIC} was recorded at {event.timestamp}: no clock can have shown that")
        if event.timestamp < self._newest - CLOCKS_DIFFER:
            raise ImpossibleEvent(f"{event.TOPIC} was recorded at {event.timestamp}: time ran back from {self._newest}")
        if event.command_id is not None and not 1 <= len(event.command_id) <= LONGEST_COMMAND_ID:
            raise ImpossibleEvent(f"the command id of {event.TOPIC} has {len(event.command_id)} characters")

    def _check_part(self, event: Event) -> None:
        """An update whose last part is missing would never happen."""
        before = self._part
        if before is not None and (type(event), earlier_part(event.event_id)) != (type(before), before.event_id):
            raise ImpossibleEvent(f"{before.TOPIC} is a part of an update whose next part is missing")
        is_earlier = isinstance(event, HexesUpdated) and is_earlier_part(event.event_id)
        self._part = event if is_earlier else None

    def _hold(self, event: ChangesDiscarded) -> None:
        if self._expected or self._discard is not None:
            raise ImpossibleEvent(f"{event.TOPIC} stands in the middle of another command")
        self._discard = (event, self._table)

    def _check_decision(self, event: Named) -> None:
        if self._expected:
            _compare([event], [self._expected.pop(0)])
            return
        events: list[Event] = [event]
        table = self._table
        if self._discard is not None:
            discard, table = self._discard
            events.insert(0, discard)
            self._discard = None
            if (discard.actor, discard.command_id) != (event.actor, event.command_id):
                raise ImpossibleEvent(f"{discard.TOPIC} and the {event.TOPIC} after it are of two commands")
        facts = _decided(event, table)
        _compare(events, facts[: len(events)])
        self._expected = facts[len(events) :]


def _compare(events: Sequence[Event], facts: Sequence[Fact]) -> None:
    if [type(event) for event in events] != [fact.event for fact in facts]:
        made = " and ".join(fact.event.TOPIC for fact in facts) or "nothing"
        raise ImpossibleEvent(f"{' and '.join(event.TOPIC for event in events)}: the rules make {made} happen here")
    for event, fact in zip(events, facts, strict=True):
        for name, value in fact.fields.items():
            if name not in ENVELOPE and getattr(event, name) != value:
                raise ImpossibleEvent(f"{event.TOPIC}: {name} is not what the rules make it here")


def _decided(event: Named, table: Table) -> list[Fact]:
    """What the command makes happen that causes this event last, or first if it is an undo."""
    present = event.present if isinstance(event, SessionStarted) else ()
    # How much may be staged is a setting, so each change is decided as if it were the only one.
    before = table._replace(staged=NOTHING_STAGED) if isinstance(event, ChangeStaged) else table
    context = CommandContext(players=_Everybody(), online=present)
    try:
        return decide(cause_of(event, table), before, context, lambda: event.session_id or event.event_id)
    except Refused as refusal:
        raise ImpossibleEvent(f"{event.TOPIC}: {refusal.message}") from None


def _check_ids(event: Event) -> None:
    for people in _people(event):
        if not all(_PERSON.fullmatch(person) for person in people):
            raise ImpossibleEvent(f"{event.TOPIC} names a person by something that is no id")
        if len(set(people)) != len(people):
            raise ImpossibleEvent(f"{event.TOPIC} names a person twice")
    hexes = _hexes(event.change if isinstance(event, ChangeStaged) else event)
    if len(hexes) > MAX_HEXES:
        raise ImpossibleEvent(f"{event.TOPIC} names {len(hexes)} hexes: an event has at most {MAX_HEXES}")
    if len(set(hexes)) != len(hexes):
        raise ImpossibleEvent(f"{event.TOPIC} names a hex twice")


def _people(event: Event) -> Iterator[Sequence[str]]:
    yield (event.actor,)
    match event:
        case SessionStarted():
            yield event.present
        case PlayerJoined() | PlayerLeft():
            yield (event.player_id,)
        case HexesRevealed(audience=audience) | ChangeStaged(change=StagedReveal(audience=audience)):
            yield audience if audience != "all" else ()
        case _:
            pass


def _hexes(change: object) -> Sequence[HexKey]:
    match change:
        case Reveal():
            return change.hex_keys
        case Update():
            return [key for key, _ in change.changes]
        case _:
            return ()
