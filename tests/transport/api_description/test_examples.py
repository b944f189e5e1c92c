"""The examples in docs/asyncapi.json are true."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domain.ids import CommandId
from tests.docs.test_protocol_messages import FROM_SERVER
from tests.recorded.record import FOLDER
from tests.transport.api_description.committed import committed, examples, payloads, validator
from transport.api_description.asyncapi import type_of
from transport.wire.conversation import Conversation

DOCUMENT = committed("asyncapi")
EXAMPLES = examples(DOCUMENT)
HEARD, SAID = payloads(DOCUMENT, "hear"), payloads(DOCUMENT, "say")


@pytest.mark.parametrize("name", [*HEARD, *SAID])
def test_each_has_the_shape_that_is_described(name: str) -> None:
    """Without a key that isn't described."""
    check = validator(DOCUMENT, (HEARD | SAID)[name])
    for example in EXAMPLES[name]:
        check.validate(example)


@pytest.mark.parametrize("name", HEARD)
def test_the_server_reads_what_a_client_sends(name: str) -> None:
    """Each becomes the command that it names, with its id."""
    for example in EXAMPLES[name]:
        heard = Conversation("dm").hear(json.dumps(example))
        assert not isinstance(heard, dict), heard
        assert type_of(type(heard)) == name
        assert heard.id == CommandId(example["id"])


@pytest.mark.parametrize("name", HEARD)
def test_what_the_server_refuses_is_not_described(name: str) -> None:
    """Without one of its required keys, or with something odd in it, an example is refused by both."""
    check = validator(DOCUMENT, HEARD[name], strict=False)
    for example in EXAMPLES[name]:
        for wrong in wrong_ones(example):
            heard = Conversation("dm").hear(json.dumps(wrong))
            assert check.is_valid(wrong) == (not isinstance(heard, dict)), (wrong, heard)


def wrong_ones(example: dict[str, Any]) -> list[dict[str, Any]]:
    """Many that are wrong, and some that only look it."""
    odd: list[Any] = [None, True, -1, 1.5, "", "x" * 65, "00,0", [], [[]], ["1,2"], {}, {"playerIds": []}]
    odd += [{"playerIds": ["x"] * 101}, {"playerIds": ["x"]}, [{"key": "1,2"}], [{"key": "1,2", "terrain": ""}]]
    without = [{key: value for key, value in example.items() if key != gone} for gone in example]
    changed = [{**example, key: value} for key in example if key != "type" for value in odd]
    return [*without, *changed, {**example, "something": "else"}]


@pytest.mark.parametrize("name", SAID)
def test_the_recorded_messages_are_described(name: str) -> None:
    """Those of a whole evening, each strictly."""
    check = validator(DOCUMENT, SAID[name])
    recorded = [one for path in FOLDER.glob("*.json") for one in json.loads(path.read_text(encoding="utf-8"))]
    told = [one for one in recorded if one["type"] == name]
    assert told
    for one in told:
        check.validate(one)


def test_messages_are_not_taken_for_others() -> None:
    """The description of one message fits no other: a reader finds out which it is."""
    for name in FROM_SERVER:
        check = validator(DOCUMENT, SAID[name], strict=False)
        assert [other for other in SAID if check.is_valid(EXAMPLES[other][0])] == [name]
