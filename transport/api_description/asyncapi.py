"""The WebSocket as an AsyncAPI 3.0.0 document. Its operations are seen from the server, as the standard wants it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, get_args, get_type_hints

from domain.commands import ClientMessage
from domain.decide import STAGED_HEXES
from projections.messages import Error, ServerMessage
from transport.api_description.examples import FROM_CLIENT, FROM_SERVER
from transport.api_description.meanings import CLOSES, ERRORS
from transport.api_description.schemas import JsonSchema, ref, schemas_of
from transport.http.cookies import SESSION_COOKIE
from transport.rooms.window import WINDOW_BYTES
from transport.settings import Settings
from transport.websocket.heartbeat import TICK_SECONDS

_UUID = {"type": "string", "format": "uuid"}


def describe() -> dict[str, Any]:
    """The document; it depends on nothing but the program."""
    heard, said = get_args(ClientMessage), get_args(ServerMessage)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Fogbound: at the table",
            "version": version("fogbound"),
            "description": "Play goes over one WebSocket. docs/protocol.md tells in words what this tells to machines.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "local": {
                "host": f"{_default('host')}:{_default('port')}",
                "protocol": "ws",
                "security": [{"$ref": "#/components/securitySchemes/session"}],
            }
        },
        "channels": {"table": _channel([*heard, *said])},
        "operations": {
            "hear": _operation("receive", "What a client may send; all of it is for DMs.", heard),
            "say": _operation("send", "What a client is sent.", said),
        },
        "components": {
            "messages": {
                **{model.__name__: _message(model, FROM_CLIENT) for model in heard},
                **{model.__name__: _message(model, FROM_SERVER) for model in said},
            },
            "schemas": _schemas([*heard, *said]),
            "securitySchemes": {
                "session": {
                    "type": "httpApiKey",
                    "in": "cookie",
                    "name": SESSION_COOKIE,
                    "description": f"On https it is called __Host-{SESSION_COOKIE}.",
                }
            },
        },
    }


def type_of(model: Any) -> str:
    """How a message names itself on the wire."""
    name: str = get_args(get_type_hints(model)["type"])[0]
    return name


def _default(setting: str) -> Any:
    return Settings.model_fields[setting].default


def _channel(models: Sequence[Any]) -> dict[str, Any]:
    closes = "\n".join(f"- {code}: {meaning}" for code, meaning in CLOSES.items())
    return {
        "address": "/ws",
        "description": (
            "The upgrade always succeeds; who may not come in gets an `error` and then a close code.\n\n"
            f"Close codes:\n{closes}\n\nLimits, as far as settings don't say otherwise:\n{_limits()}"
        ),
        "messages": {model.__name__: {"$ref": f"#/components/messages/{model.__name__}"} for model in models},
        "bindings": {
            "ws": {
                "method": "GET",
                "query": {
                    "type": "object",
                    "properties": {"campaignId": _UUID, "lastEventId": _UUID},
                    "required": ["campaignId"],
                },
                "bindingVersion": "0.1.0",
            }
        },
    }


def _limits() -> str:
    return "\n".join(
        (
            f"- one frame of a client: {_default('frame_bytes')} bytes, or close 1009",
            f"- commands of a person: {_default('commands_per_second')} a second, then these are read more slowly",
            f"- commands of a person at once: {_default('command_burst')}",
            "- a command of more than 1 KiB counts once for each KiB begun",
            f"- what waits to be read by a client: {_default('backlog_bytes')} bytes, or close 4008",
            f"- connections of one person to one campaign: {_default('tabs')}, or close 4009 for the oldest",
            f"- events told to a viewer to resume from: {_default('resume_events')} and {WINDOW_BYTES} bytes",
            f"- staged changes: {_default('staged_changes')} and {STAGED_HEXES} hexes, or the error `too_many_staged`",
            f"- a `tick` comes when nothing else was said for {TICK_SECONDS} s",
            f"- a ping comes every {_default('heartbeat_seconds')} s, and its pong must",
        )
    )


def _operation(action: str, summary: str, models: Sequence[Any]) -> dict[str, Any]:
    return {
        "action": action,
        "summary": summary,
        "channel": {"$ref": "#/channels/table"},
        "messages": [{"$ref": f"#/channels/table/messages/{model.__name__}"} for model in models],
    }


def _message(model: Any, examples: dict[str, dict[str, Any]]) -> dict[str, Any]:
    name = type_of(model)
    return {"name": name, "payload": ref(model), "examples": [{"payload": examples[name]}]}


def _schemas(models: list[Any]) -> dict[str, JsonSchema]:
    schemas = schemas_of(models)
    meanings = "\n".join(f"- `{code}`: {meaning}" for code, meaning in ERRORS.items())
    schemas[Error.__name__]["properties"]["code"] |= {"enum": list(ERRORS), "description": meanings}
    return schemas
