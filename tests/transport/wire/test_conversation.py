"""A client's frames, without a socket."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domain.commands import RevealHexes, UndoChange
from domain.store import EventRejected, StoreUnavailable
from transport.wire.conversation import Conversation, failure


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
        ('{"type":"hex:update","id":"x","changes":[5]}', "x"),
        ('{"type":"hex:update","id":"x","changes":{}}', "x"),
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


def test_a_list_of_what_is_no_object_is_json() -> None:
    """The message is an object, whatever is in it."""
    heard = hear(Conversation("dm"), type="hex:update", changes=[5])
    assert heard["message"] == "Invalid message: changes.0: Input should be an object"


@pytest.mark.parametrize("one", ["{}", "[]", "[[]]", '{"":0}', '{"a":[0]}'])
def test_very_many_objects_and_lists_are_not_read(one: str) -> None:
    """Of a few the error names what is wrong, of many only that they are many: to read them takes long."""
    each = one.count("{") + one.count("[")
    for wanted, message in (
        (6_000, "type: not one of the nine message types"),
        (20_000, "more than 12000 objects and"),
    ):
        for word in ("x", "NaN"):
            heard = Conversation("dm").hear(f'{{"type":"x","s":"{word}","a":[{",".join([one] * (wanted // each))}]}}')
            assert heard["code"] == "invalid_message"  # type: ignore[index]
            assert heard["message"].startswith(f"Invalid message: {message}")  # type: ignore[index]


def test_very_many_keys_are_not_read() -> None:
    """Of one object, wherever it stands."""
    for keys, is_read in ((20_000, True), (30_000, False)):
        many = ",".join(f'"{n}":0' for n in range(keys))
        heard = Conversation("dm").hear(f'{{"type":"session:start","id":{{{many}}}}}')
        assert (heard["message"] == "Invalid message: id: Input should be a valid string") == is_read  # type: ignore[index]
        assert ("or 24000 keys" in heard["message"]) == (not is_read)  # type: ignore[index]


@pytest.mark.parametrize("terrain", ["a:b:c:d", "[{[{", '"{:', "\\\\:{["])
def test_what_stands_in_texts_does_not_count(terrain: str) -> None:
    """A terrain may have such a name."""
    changes = [{"key": f"{n % 100},{n // 100}", "terrain": terrain} for n in range(5_000)]
    assert hear(Conversation("dm"), type="hex:update", changes=changes).type == "hex:update"


def test_a_text_that_does_not_end_is_looked_at_once() -> None:
    """However many quotes are in it."""
    text = '{"type": "' + "[" * 20_000 + '\\"' * 100_000
    assert Conversation("dm").hear(text)["code"] == "invalid_json"  # type: ignore[index]


@pytest.mark.parametrize("text", ["[" * 20_000, '{"a":' * 20_000, "[" * 20_000 + "]" * 20_000, " {[" + "[" * 20_000])
def test_what_is_no_object_is_no_message(text: str) -> None:
    """However much of it there is."""
    assert Conversation("dm").hear(text)["code"] == "invalid_json"  # type: ignore[index]


def test_words_that_only_look_like_numbers() -> None:
    """NaN is no JSON, but a text may well contain the word."""
    assert hear(Conversation("dm"), type="session:start", id="NaN").type == "session:start"
    assert Conversation("dm").hear('{"type":"session:start","x":-Infinity}')["code"] == "invalid_json"  # type: ignore[index]


def test_our_failures_are_told_apart_from_refusals() -> None:
    """A store that can't be reached and an event that it will not take have their own words."""
    assert failure(StoreUnavailable(), None)["code"] == "unavailable"
    assert failure(StoreUnavailable(), None)["message"] == ("The event store cannot be reached; nothing was recorded")
    assert failure(EventRejected())["code"] == "invalid_message"
