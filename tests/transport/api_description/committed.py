"""The descriptions as they lie in docs/, and validators of what they describe."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs

from tests.docs.pages import ROOT

Document = dict[str, Any]


def committed(what: str) -> Document:
    """`asyncapi` or `openapi`."""
    document: Document = json.loads((ROOT / "docs" / f"{what}.json").read_text(encoding="utf-8"))
    return document


def validator(document: Document, schema: Document, *, strict: bool = True) -> jsonschema_rs.Validator:
    """Of a schema that stands in the document. A strict one refuses keys that are not described."""
    schemas = document["components"]["schemas"]
    if strict:
        schemas = {name: closed(one) for name, one in schemas.items()}
    return jsonschema_rs.validator_for({**schema, "components": {"schemas": schemas}})


def closed(schema: Any) -> Any:
    """The schema, with every key refused that it doesn't name."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    shut = {key: closed(value) for key, value in schema.items()}
    return {**shut, "additionalProperties": False} if "properties" in schema and "type" in schema else shut


def payloads(document: Document, operation: str) -> dict[str, Document]:
    """The reference to the schema of each message of an operation, by the message's type."""
    found = {}
    for reference in document["operations"][operation]["messages"]:
        message = document["components"]["messages"][reference["$ref"].rpartition("/")[2]]
        found[message["name"]] = message["payload"]
    return found


def examples(document: Document) -> dict[str, list[Document]]:
    """The examples of each message by its type."""
    messages = document["components"]["messages"].values()
    return {one["name"]: [example["payload"] for example in one["examples"]] for one in messages}
