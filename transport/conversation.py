"""One client's side of the protocol without a socket: a frame's text comes in, a command or an error goes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json

from domain.commands import ClientMessage, UndoChange, client_message
from domain.ids import CommandId
from domain.refusals import InvalidJson, InvalidMessage, Refused, RestrictedToDm
from domain.store import EngineError, EventRejected
from projections.messages import Error
from projections.people import Role
from transport.first_error import fault
from transport.sent_lists import SentLists


@dataclass(slots=True)
class Conversation:
    """`staged_lists` are those that this client was sent: what its indexes mean."""

    role: Role
    staged_lists: SentLists = field(default_factory=SentLists)

    def hear(self, text: str) -> ClientMessage | Error:
        """What the frame asks for, or what to answer at once."""
        try:
            command = _read(text)
        except (InvalidJson, InvalidMessage) as refused:
            return refusal(refused, _id_of(text))
        if self.role != "dm":
            return refusal(RestrictedToDm(command.type), command.id)
        if isinstance(command, UndoChange) and command.change_id is None:
            return self._undo_of_what_was_seen(command)
        return command

    def _undo_of_what_was_seen(self, command: UndoChange) -> UndoChange:
        # The queue may have changed since: an index must never undo another change than the one looked at.
        # One that means nothing goes on without: the room refuses it, unless it knows the command's id.
        seen = None if command.index is None else self.staged_lists.change_at(command.index, command.list_id)
        return command.model_copy(update={"change_id": seen, "index": None})


def refusal(refused: Refused, command_id: CommandId | None = None) -> Error:
    """The error message for a refusal."""
    return error(refused.code, refused.message, command_id)


def failure(problem: EngineError, command_id: CommandId | None = None) -> Error:
    """The error message for a command that we failed to carry out. Nothing was recorded."""
    if isinstance(problem, EventRejected):
        return error("invalid_message", "Invalid message: too large to be stored", command_id)
    return error("unavailable", "The event store cannot be reached; nothing was recorded", command_id)


def error(code: str, message: str, command_id: CommandId | None = None) -> Error:
    """An error message; with the id of the command if it had one."""
    answer: Error = {"type": "error", "message": message, "code": code}
    if command_id is not None:
        answer["id"] = command_id
    return answer


def _read(text: str) -> ClientMessage:
    # NaN and Infinity are no JSON, though the parser would take them.
    if "NaN" in text or "Infinity" in text:
        _parse(text)
    try:
        return client_message.validate_json(text)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_context=False)[0]
    if first["type"] in ("json_invalid", "dict_type"):
        raise InvalidJson
    raise InvalidMessage(_in_words(first))


def _parse(text: str) -> Any:
    try:
        return from_json(text, allow_inf_nan=False)
    except ValueError:
        raise InvalidJson from None


def _id_of(text: str) -> CommandId | None:
    """The id of a message that is otherwise wrong, so that its sender knows which one it was."""
    try:
        sent = _parse(text)
    except InvalidJson:
        return None
    named = sent.get("id") if isinstance(sent, dict) else None
    return CommandId(named) if isinstance(named, str) and 1 <= len(named) <= 64 else None


def _in_words(problem: ErrorDetails) -> str:
    # The first part of the place is the message type; what the client sent is not repeated.
    place = ".".join(str(part) for part in problem["loc"][1:])
    if problem["type"] in ("union_tag_not_found", "union_tag_invalid"):
        return "type: not one of the nine message types"
    message = fault(problem["type"], problem["msg"])
    return f"{place}: {message}" if place else message
