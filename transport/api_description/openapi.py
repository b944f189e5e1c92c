"""The HTTP calls as an OpenAPI 3.1 document."""

from __future__ import annotations

import re
from collections import defaultdict
from importlib.metadata import version
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

from aiohttp.typedefs import Handler
from aiohttp.web import RouteDef

from transport.api_description.calls import CALLS, Call
from transport.api_description.meanings import QUERY, STATUSES
from transport.api_description.schemas import JsonSchema, ref, schemas_of
from transport.http.cookies import SESSION_COOKIE
from transport.http.problems import STATUS
from transport.http.responses import LinesResponse
from transport.http.routes import ROUTES
from transport.wire.answers import ErrorAnswer

_JSON, _LINES = "application/json", "application/x-ndjson"
_UUID = {"type": "string", "format": "uuid"}
_SCHEMAS: dict[str, dict[str, Any]] = {"number": {"type": "integer", "minimum": 1}}
_CODES_OF_A_COOKIE = ("not_signed_in", "too_many_tries")
_CODES_OF_WHO = {
    "anyone": (),
    "signed in": _CODES_OF_A_COOKIE,
    "member": (*_CODES_OF_A_COOKIE, "not_found"),
    "dm": (*_CODES_OF_A_COOKIE, "not_found", "forbidden"),
}
_CODES_OF_A_BODY = ("bad_request", "invalid_json", "too_large")
_CODES_OF_ALL = ("failed", "unavailable")
_RETRY_AFTER = {
    "Retry-After": {
        "description": "Seconds to wait.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    }
}
_SET_COOKIE = {
    "Set-Cookie": {
        "description": "The session cookie, new or for longer; none when nothing changes about it.",
        "schema": {"type": "string"},
    }
}
_HEADERS_OF_CODE = dict.fromkeys(("too_many_tries", "too_many_calls", "quota_exceeded", "unavailable"), _RETRY_AFTER)


def describe() -> dict[str, Any]:
    """The document; it depends on nothing but the program."""
    paths: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for route in ROUTES:
        paths[route.path][route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Fogbound: people, campaigns, invites and maps",
            "version": version("fogbound"),
            "description": "docs/http.md tells in words what this tells to machines.",
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": dict(paths),
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": SESSION_COOKIE,
                    "description": f"On https it is called __Host-{SESSION_COOKIE}.",
                }
            },
        },
    }


class _Answer(NamedTuple):
    """`shape` None: nothing, or text, comes back."""

    shape: Any
    in_lines: bool


def _answer_of(handler: Handler) -> _Answer:
    """What its return type says."""
    response = get_type_hints(handler)["return"]
    [shape] = get_args(response) or [None]
    return _Answer(shape, in_lines=get_origin(response) is LinesResponse)


def _schemas() -> dict[str, JsonSchema]:
    bodies = [call.body for call in CALLS.values()]
    models = [*bodies, *(_answer_of(route.handler).shape for route in ROUTES), ErrorAnswer]
    schemas = schemas_of(list({model.__name__: model for model in models if model is not None}.values()))
    schemas["Problem"]["properties"]["code"] = {"enum": [*STATUS], "type": "string"}
    return schemas


def _operation(route: RouteDef) -> dict[str, Any]:
    call = CALLS[route.handler]
    operation: dict[str, Any] = {
        "operationId": f"{route.handler.__module__.rpartition('.')[2]}.{route.handler.__name__}",
        "summary": call.summary,
        "security": [] if call.who == "anyone" else [{"session": []}],
        "responses": _responses(route, call),
    }
    parameters = [_parameter(name) for name in re.findall(r"\{(\w+)\}", route.path)]
    if parameters or call.query:
        operation["parameters"] = parameters + [_query(name) for name in call.query]
    if call.body is not None:
        operation["requestBody"] = {"required": True, "content": _json(ref(call.body))}
    return operation


def _parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": _SCHEMAS.get(name, _UUID)}


def _query(name: str) -> dict[str, Any]:
    description, schema = QUERY[name]
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def _responses(route: RouteDef, call: Call) -> dict[str, Any]:
    responses: dict[str, Any] = {str(call.status): _done(call, _answer_of(route.handler))}
    for code in _codes(route, call):
        status = STATUS[code]
        told = responses.setdefault(str(status), _failed(status))
        if headers := _HEADERS_OF_CODE.get(code):
            told["headers"] = headers
    return dict(sorted(responses.items()))


def _codes(route: RouteDef, call: Call) -> list[str]:
    codes = [*_CODES_OF_WHO[call.who], *call.may_also, *_CODES_OF_ALL]
    if route.method != "GET":
        codes.append("forbidden")  # a call from another site
    if "{" in route.path:
        codes.append("not_found")
    if call.body is not None:
        codes += _CODES_OF_A_BODY
    return codes


def _done(call: Call, answer: _Answer) -> dict[str, Any]:
    response: dict[str, Any] = {"description": STATUSES[call.status]}
    if answer.shape is not None:
        response["content"] = {_LINES if answer.in_lines else _JSON: {"schema": ref(answer.shape)}}
    elif call.status == 200:
        response["content"] = {"text/plain": {"schema": {"type": "string"}}}
    if call.signs_in:
        response["headers"] = _SET_COOKIE
    return response


def _failed(status: int) -> dict[str, Any]:
    return {"description": STATUSES[status], "content": _json(ref(ErrorAnswer))}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {_JSON: {"schema": schema}}
