"""docs/protocol.md describes the messages that exist, as they are."""

from __future__ import annotations

import re
from typing import Any, get_args, get_type_hints

import pytest
from pydantic import TypeAdapter

from domain.commands import ClientMessage, Command, client_message
from projections.messages import ServerMessage
from tests.docs.pages import all_pages, page, ticked

PROTOCOL = page("docs/protocol.md")
FROM_CLIENT: dict[str, type[Command]] = {
    get_args(message.model_fields["type"].annotation)[0]: message for message in get_args(ClientMessage)
}
FROM_SERVER: dict[str, Any] = {
    get_args(get_type_hints(message)["type"])[0]: message for message in get_args(ServerMessage)
}


def wire_fields(message: type[Command]) -> set[str]:
    """What the message has beyond what all have."""
    own = {name: field for name, field in message.model_fields.items() if name not in Command.model_fields}
    return {field.alias or name for name, field in own.items()}


def test_every_client_message_is_documented() -> None:
    """The table has the messages that the server reads, with their fields, and no others."""
    rows = PROTOCOL.section("What a client sends").rows()
    said = {ticked(row["type"])[0]: set(ticked(row["fields"])) for row in rows}
    assert said == {name: wire_fields(message) for name, message in FROM_CLIENT.items()}


def test_examples_of_client_messages_are_read() -> None:
    """The server takes each of them as it stands, and together they show every field."""
    examples = PROTOCOL.section("What a client sends").json_examples()
    shown: dict[str, set[str]] = {}
    for example in examples:
        command = client_message.validate_python(example)
        assert command.model_dump(by_alias=True, exclude_unset=True) == example
        shown.setdefault(command.type, set()).update(example.keys() - Command.model_fields.keys())
    wanted = {name: wire_fields(message) for name, message in FROM_CLIENT.items()}
    assert shown == {name: fields for name, fields in wanted.items() if fields}


def test_every_server_message_is_documented() -> None:
    """There is a section for each message that the server sends, and none for others."""
    headings = [ticked(heading)[0] for heading in PROTOCOL.section("What the server says").headings()]
    assert sorted(headings) == sorted(FROM_SERVER)


@pytest.mark.parametrize("name", FROM_SERVER)
def test_examples_of_server_messages_are_true(name: str) -> None:
    """Each example has the shape of its message, without unknown fields, and together they show every field."""
    section = PROTOCOL.section(f"`{name}`")
    shown: set[str] = set()
    for example in section.json_examples():
        assert example["type"] == name
        # Pydantic drops the keys that a message doesn't have, so that an invented one makes a difference.
        assert TypeAdapter(FROM_SERVER[name]).validate_python(example) == example
        shown |= example.keys()
    assert shown == get_type_hints(FROM_SERVER[name]).keys()


def test_the_fields_of_the_state_are_explained() -> None:
    """The largest message has a table of its fields."""
    rows = PROTOCOL.section("`session:state`").rows()
    assert {ticked(row["field"])[0] for row in rows} == FROM_SERVER["session:state"].__annotations__.keys() - {"type"}


def test_no_page_names_a_message_that_does_not_exist() -> None:
    """Whatever looks like a message type in any document is one."""
    for document in all_pages():
        named = {word for word in ticked(document.prose) if re.fullmatch(r"[a-z]+:[a-zA-Z]+", word)}
        assert named <= FROM_CLIENT.keys() | FROM_SERVER.keys(), document.name
