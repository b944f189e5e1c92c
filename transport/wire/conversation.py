"""One client's side of the protocol without a socket: a frame's text comes in, a command or an error goes out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NotRequired

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, from_json
from typing_extensions import TypedDict

from domain.commands import ClientMessage, UndoChange, client_message
from domain.ids import CommandId
from domain.refusals import InvalidJson, InvalidMessage, Refused, RestrictedToDm
from domain.store import EngineError, EventRejected
from projections.messages import Error
from projections.people import Role
from transport.wire.first_error import fault
from transport.wire.sent_lists import SentLists

MOST_CONTAINERS, MOST_KEYS = 12_000, 24_000
"""Objects and lists in a frame, and keys: no command of 256 KiB needs more. Many more take long to read."""

_TEXT = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
"""Also one that does not end: else it would be looked for from each of the quotes in it."""


@dataclass(slots=True)
class Conversation:
    """`staged_lists` are those that this client was sent: what its indexes mean."""

    role: Role
    staged_lists: SentLists = field(default_factory=SentLists)

    def hear(self, text: str) -> ClientMessage | Error:
        """What the frame asks for, or what to answer at once."""
        if _is_too_much(text):
            return refusal(_as_too_many(text))
        parsed: Any = None
        try:
            if "NaN" in text or "Infinity" in text:
                parsed = _parse(text)  # these are no JSON, though what reads messages would take them
            command = _read(text)
        except InvalidJson as refused:
            return refusal(refused)
        except InvalidMessage as refused:
            return refusal(refused, _id_in(_with_id.validate_json(text) if parsed is None else parsed))
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


class _WithId(TypedDict):
    """Only this much of a message is wanted: to make all of a large one takes long."""

    id: NotRequired[Any]


_with_id: TypeAdapter[_WithId] = TypeAdapter(_WithId)


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
    try:
        return client_message.validate_json(text)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] == "json_invalid" or (first["type"] == "dict_type" and not first["loc"]):
        raise InvalidJson
    raise InvalidMessage(_in_words(first))


def _is_too_much(text: str) -> bool:
    if text.count("{") + text.count("[") <= MOST_CONTAINERS and text.count(":") <= MOST_KEYS:
        return False
    # Names of terrains may be full of such characters.
    bare = _TEXT.sub("", text)
    return bare.count("{") + bare.count("[") > MOST_CONTAINERS or bare.count(":") > MOST_KEYS


def _as_too_many(text: str) -> Refused:
    """What is said of a text that is not read."""
    may_be_object = text.lstrip().startswith("{") and text.rstrip().endswith("}")
    return (
        InvalidMessage(f"more than {MOST_CONTAINERS} objects and lists, or {MOST_KEYS} keys")
        if may_be_object
        else InvalidJson()
    )


def _parse(text: str) -> Any:
    try:
        return from_json(text, allow_inf_nan=False)
    except ValueError:
        raise InvalidJson from None


def _id_in(sent: Any) -> CommandId | None:
    """The id of a message that is otherwise wrong, so that its sender knows which one it was."""
    named = sent.get("id") if isinstance(sent, dict) else None
    return CommandId(named) if isinstance(named, str) and 1 <= len(named) <= 64 else None


def _in_words(problem: ErrorDetails) -> str:
    # The first part of the place is the message type; what the client sent is not repeated.
    place = ".".join(str(part) for part in problem["loc"][1:])
    if problem["type"] in ("union_tag_not_found", "union_tag_invalid"):
        return "type: not one of the nine message types"
    message = fault(problem["type"], problem["msg"])
    return f"{place}: {message}" if place else message
