"""docs/asyncapi.json and docs/openapi.json are what they claim to be."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, Literal, get_args, get_origin, get_type_hints

import jsonschema_rs
import pytest
from aiohttp.web import RouteDef
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import RootModel
from typing_extensions import is_typeddict

from tests.docs.pages import ROOT
from tests.docs.test_protocol_codes import close_codes, refusals, turned_away
from tests.docs.test_protocol_messages import FROM_CLIENT, FROM_SERVER
from tests.transport.api_description.committed import committed, examples, payloads
from transport.api_description.calls import CALLS
from transport.api_description.meanings import CLOSES, ERRORS
from transport.api_description.printed import printed
from transport.http import health
from transport.http.problems import STATUS
from transport.http.responses import JsonResponse, LinesResponse
from transport.http.routes import ROUTES

# aiohttp sends these for us.
OF_THE_FRAMEWORK = {1000, 1009}


@pytest.mark.parametrize("what", ["asyncapi", "openapi"])
def test_the_committed_file_is_current(what: Literal["asyncapi", "openapi"]) -> None:
    """It is what the program prints today."""
    kept = (ROOT / "docs" / f"{what}.json").read_text(encoding="utf-8")
    assert kept == printed(what), f"run `fogbound spec {what} > docs/{what}.json`, and look at what changed"


@pytest.mark.parametrize("what", ["asyncapi", "openapi"])
def test_the_command_prints_it(what: Literal["asyncapi", "openapi"]) -> None:
    """`fogbound spec` needs no settings and no database."""
    said = subprocess.run(
        [sys.executable, "-m", "transport.cli", "spec", what], capture_output=True, check=True, timeout=60, cwd=ROOT
    )
    assert said.stdout.decode() == printed(what)


def asyncapi_model() -> Any:
    from asyncapi3.models import AsyncAPI3  # type: ignore[import-untyped]  # it has types, but does not say so

    return AsyncAPI3


# Two fields of theirs are called `schema`, at which pydantic wonders when the package is imported.
@pytest.mark.filterwarnings("ignore:Field name:UserWarning")
def test_the_asyncapi_document_is_valid() -> None:
    """It is AsyncAPI 3.0.0 without a key that this version doesn't know; a wrong document is found out."""
    document = committed("asyncapi")
    assert document["asyncapi"] == "3.0.0"
    asyncapi_model().model_validate(document)
    document["operations"]["say"]["action"] = "shout"
    with pytest.raises(ValueError, match="action"):
        asyncapi_model().model_validate(document)


def test_the_openapi_document_is_valid() -> None:
    """It is OpenAPI 3.1."""
    document = committed("openapi")
    assert document["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(document).validate()


@pytest.mark.parametrize("what", ["asyncapi", "openapi"])
def test_every_reference_leads_somewhere(what: str) -> None:
    """And every schema is referred to, or stands for a message: nothing is left over."""
    document = committed(what)
    references = set(all_references(document))
    for reference in references:
        found: Any = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
    schemas = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert schemas <= references


def all_references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [found for one in value for found in all_references(one)]
    if not isinstance(value, dict):
        return []
    own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
    return own + [found for one in value.values() for found in all_references(one)]


@pytest.mark.parametrize("what", ["asyncapi", "openapi"])
def test_every_schema_is_one(what: str) -> None:
    """Each holds to JSON Schema, as AsyncAPI (draft 7) and OpenAPI (2020-12) read it."""
    of_draft = jsonschema_rs.Draft7Validator if what == "asyncapi" else jsonschema_rs.Draft202012Validator
    document = committed(what)
    for name in document["components"]["schemas"]:
        of_draft({"$ref": f"#/components/schemas/{name}", "components": document["components"]})


def test_every_message_is_described() -> None:
    """Both ways, with an example for each, and no others."""
    document = committed("asyncapi")
    assert payloads(document, "hear").keys() == FROM_CLIENT.keys()
    assert payloads(document, "say").keys() == FROM_SERVER.keys()
    assert examples(document).keys() == FROM_CLIENT.keys() | FROM_SERVER.keys()
    assert all(examples(document).values())


def test_every_error_code_is_described() -> None:
    """The codes of refusals, of our failures and of who is turned away, with a meaning, and no others."""
    known = {refused.code for refused in refusals()} | {code for code, _ in turned_away()} | {"unavailable"}
    code = committed("asyncapi")["components"]["schemas"]["Error"]["properties"]["code"]
    assert set(code["enum"]) == ERRORS.keys() == known
    assert all(f"`{one}`: {ERRORS[one]}" in code["description"] for one in known)


def test_every_close_code_is_described() -> None:
    """The channel tells each code with which the server closes."""
    assert CLOSES.keys() == close_codes() | OF_THE_FRAMEWORK
    text = committed("asyncapi")["channels"]["table"]["description"]
    assert all(f"- {code}: {meaning}" in text for code, meaning in CLOSES.items())


def test_every_call_is_described() -> None:
    """Each route of the table, and no other."""
    paths = committed("openapi")["paths"]
    described = {(method.upper(), path) for path, calls in paths.items() for method in calls}
    assert described == {(route.method, route.path) for route in ROUTES}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_handler_says_what_it_answers(route: RouteDef) -> None:
    """By its return type, of which the description is made; but for those without content, and for a text."""
    response = get_type_hints(route.handler)["return"]
    if get_origin(response) in (JsonResponse, LinesResponse):
        [shape] = get_args(response)
        assert is_typeddict(shape) or issubclass(shape, RootModel)
    else:
        assert CALLS[route.handler].status == 204 or route.handler is health.metrics


def test_every_code_of_the_http_calls_is_described() -> None:
    """Codes are those of the server's own table, and each status occurs somewhere but that of a wrong method."""
    document = committed("openapi")
    assert document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"] == [*STATUS]
    calls = [call for calls in document["paths"].values() for call in calls.values()]
    statuses = {int(status) for call in calls for status in call["responses"]}
    assert statuses == {200, 201, 204} | set(STATUS.values()) - {STATUS["method_not_allowed"]}
