"""What happened, in a plain sentence: for a DM from the event, for a player only from what the player was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from domain.events import (
    BroadcastModeChanged,
    ChangesDiscarded,
    ChangesPublished,
    ChangeStaged,
    ChangeUndone,
    HexesRevealed,
    HexesUpdated,
    PlayerJoined,
    PlayerLeft,
    Reveal,
    SessionEnded,
    SessionPaused,
    SessionResumed,
    SessionStarted,
    Update,
)
from domain.ids import UserId
from domain.table import Status
from projections.messages import Push
from projections.people import Member
from projections.room_state import Step, is_import, takes_back
from projections.words import count, described, hex_count, listed, name_of, names, terrains, whom


def sentence(step: Step, members: Mapping[UserId, Member]) -> str:
    """For a DM."""
    event = step.event
    who = name_of(event.actor, members)
    match event:
        case HexesRevealed():
            return f"{who} revealed {hex_count(event.hex_keys)} to {whom(event.audience, members)}"
        case HexesUpdated():
            if takes_back(event):
                if not event.changes:
                    return f"{who} began to take an imported map back"
                return f"{who} took {hex_count(event.changes)} of an imported map back"
            if is_import(event):
                return f"{who} imported {hex_count(event.changes)} of a map"
            return f"{who} set {hex_count(event.changes)} to {terrains(event)}"
        case ChangeStaged():
            return f"{who} staged: {_order(event.change, members)}"
        case ChangeUndone():
            undone = step.before.table.staged.staged_by(event.change_id)
            if undone is None:
                return f"{who} undid a further part of it"
            return f"{who} undid: {_order(undone.change, members)}"
        case ChangesPublished():
            return f"{who} published {count(len(step.before.table.staged), 'change', 'changes')}"
        case ChangesDiscarded():
            dropped = len(step.before.table.staged)
            return f"{count(dropped, 'staged change was', 'staged changes were')} dropped"
        case SessionStarted():
            here = listed(sorted(names(event.present, members))) if event.present else "nobody else"
            return f"{who} started session {event.number}, with {here} at the table"
        case SessionPaused():
            return f"{who} paused the session"
        case SessionResumed():
            return f"{who} resumed the session"
        case SessionEnded():
            return f"{who} ended the session"
        case BroadcastModeChanged():
            return f"{who} began to stage changes" if event.mode == "staged" else f"{who} went back to showing at once"
        case PlayerJoined():
            return f"{name_of(event.player_id, members)} came to the table"
        case PlayerLeft():
            return f"{name_of(event.player_id, members)} left the table"
        case _:
            assert_never(event)


def told(messages: Sequence[Push], before: Status, members: Mapping[UserId, Member]) -> str:
    """For a player, who was sent these when the session was in the status `before`."""
    return "; ".join(_told(message, before, members) for message in messages)


def _told(message: Push, before: Status, members: Mapping[UserId, Member]) -> str:
    match message["type"]:
        case "session:statusChanged":
            return _status(message["status"], before)
        case "hex:revealed":
            return f"{hex_count(message['hexKeys'])} revealed to you"
        case "hex:updated":
            return f"{hex_count(message['changes'])} changed"
        case "dm:preparing":
            return "The DM began to prepare" if message["preparing"] else "The DM is done preparing"
        case "player:joined":
            return f"{name_of(message['userId'], members)} came to the table"
        case "player:left":
            return f"{name_of(message['userId'], members)} left the table"
        case "staged:changes" | "map:imports":
            raise ValueError("only a DM is told of it")
        case _:
            assert_never(message["type"])


def _status(status: Status, before: Status) -> str:
    match status:
        case "active":
            return "The session went on" if before == "paused" else "The session started"
        case "paused":
            return "The session was paused"
        case "ended":
            return "The session ended"
        case "waiting":
            raise ValueError("no event leads back to waiting")
        case _:
            assert_never(status)


def _order(change: Reveal | Update, members: Mapping[UserId, Member]) -> str:
    words = described(change, members)
    return words[0].lower() + words[1:]
