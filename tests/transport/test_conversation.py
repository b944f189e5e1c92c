"""A client's frames, without a socket."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domain.commands import RevealHexes, UndoChange
from domain.store import EventRejected, StoreUnavailable
from transport.conversation import Conversation, failure


def hear(conversation: Conversation, **message: Any) -> Any:
    return conversation.hear(json.dumps(message))


def a_conversation(*staged: str) -> Conversation:
    """Of a DM who was sent a list of these changes."""
    conversation = Conversation("dm")
    conversation.staged_lists.sent("list", staged)
    return conversation


def test_a_command_of_the_dm_is_read() -> None:
    """What fits the schema becomes a command with its id."""
    heard = hear(Conversation("dm"), type="hex:reveal", hexKeys=["1,2"], targets="all", id="c1")
    assert isinstance(heard, RevealHexes)
    assert (heard.hex_keys, heard.targets, heard.id) == (["1,2"], "all", "c1")


def test_an_index_means_the_list_last_sent() -> None:
    """The position is looked up in what this client was sent, whatever the queue is by now."""
    heard = hear(a_conversation("a", "b"), type="staged:undo", index=1, id="u")
    assert isinstance(heard, UndoChange)
    assert (heard.change_id, heard.id) == ("b", "u")


@pytest.mark.parametrize("index", [2, 10**20])
def test_an_index_past_the_list_means_nothing(index: int) -> None:
    """It goes on all the same: if its id is that of an executed command, the answer is the first one."""
    heard = hear(a_conversation("a", "b"), type="staged:undo", index=index, id="u")
    assert isinstance(heard, UndoChange)
    assert (heard.change_id, heard.index, heard.id) == (None, None, "u")


@pytest.mark.parametrize(("list_id", "change"), [("first", "a"), ("second", "b"), ("nothing", None)])
def test_an_index_means_the_list_that_is_named(list_id: str, change: str | None) -> None:
    """However many were sent since; one that was not sent means nothing."""
    conversation = Conversation("dm")
    conversation.staged_lists.sent("first", ["a", "b"])
    conversation.staged_lists.sent("second", ["b"])
    heard = hear(conversation, type="staged:undo", index=0, listId=list_id)
    assert isinstance(heard, UndoChange)
    assert (heard.change_id, heard.index) == (change, None)


def test_an_id_is_not_looked_up() -> None:
    """A change that is named by its id is left to the table, which knows whether it is there."""
    heard = hear(Conversation("dm"), type="staged:undo", changeId="z", index=0)
    assert isinstance(heard, UndoChange)
    assert heard.change_id == "z"


@pytest.mark.parametrize("targets", [None, "some", [], {}, {"playerIds": []}, {"playerIds": ["a", 5]}])
def test_wrong_targets_are_told_as_what_they_are(targets: object) -> None:
    """Not as a mere failure to be "all", which is one of two ways to name them."""
    heard = hear(Conversation("dm"), type="hex:reveal", hexKeys=["1,2"], targets=targets)
    assert heard["message"] == 'Invalid message: targets: Input should be "all" or an object with 1 to 100 playerIds'


def test_a_player_is_told_so() -> None:
    """The error names the command and nothing else."""
    heard = hear(Conversation("player"), type="session:start", id="x")
    assert heard["code"] == "dm_only"
    assert heard["message"] == "Action 'session:start' is restricted to the DM"
    assert heard["id"] == "x"


@pytest.mark.parametrize(
    ("frame", "command_id"),
    [
        ('{"type":"hex:reveal","id":"x"}', "x"),
        ('{"type":"hex:reveal","id":7}', None),
        ('{"type":"hex:reveal","id":""}', None),
        ('{"type":"hex:reveal","id":"' + "x" * 65 + '"}', None),
        ("[]", None),
        ("{", None),
    ],
)
def test_an_error_names_the_command_if_that_can_be_read(frame: str, command_id: str | None) -> None:
    """A sane id comes back with the error, and nothing else that the client sent."""
    heard = Conversation("dm").hear(frame)
    assert isinstance(heard, dict)
    assert heard.get("id") == command_id


def test_words_that_only_look_like_numbers() -> None:
    """NaN is no JSON, but a text may well contain the word."""
    assert hear(Conversation("dm"), type="session:start", id="NaN").type == "session:start"
    assert Conversation("dm").hear('{"type":"session:start","x":-Infinity}')["code"] == "invalid_json"  # type: ignore[index]


def test_our_failures_are_told_apart_from_refusals() -> None:
    """A store that can't be reached and an event that it will not take have their own words."""
    assert failure(StoreUnavailable(), None)["code"] == "unavailable"
    assert failure(StoreUnavailable(), None)["message"] == ("The event store cannot be reached; nothing was recorded")
    assert failure(EventRejected())["code"] == "invalid_message"
