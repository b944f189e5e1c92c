"""Calls that are made of docs/openapi.json, right and wrong ones, to a real server with a real database."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings, strategies
from hypothesis import seed as seeded
from hypothesis.strategies import SearchStrategy
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation

from tests.end_to_end.peers import Table, a_table
from tests.end_to_end.unfinished_imports import half_an_import
from tests.fuzz.askers import NOBODY, PATIENCE, Askers
from tests.lanes import Lane
from tests.transport.api_description.committed import committed
from transport.http.cookies import SESSION_COOKIE
from transport.http.routes import ROUTES
from transport.server.server import running
from transport.settings import Settings

Operation = APIOperation[Any, Any, Any, Any]
DOCUMENT = committed("openapi")
QUICK, ALL, LONG = 8, 30, 1_000
"""Calls of each kind: right and wrong ones of each route."""
WANTED = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
]


# The server runs in this process: its pool of connections draws random numbers while a strategy does.
@pytest.mark.filterwarnings("ignore:Do not use the .random. module:hypothesis.errors.HypothesisDeprecationWarning")
async def test_every_answer_is_as_described(database: str, seed: int, lane: Lane) -> None:
    """No 5xx; status, type, headers and shape of each answer are described; wrong input is refused, whoever asks."""
    chosen = Settings(port=0, metrics=True, tries_per_minute=10_000)
    async with running(chosen, database) as url, a_table(url, database, ("Ada", "Bo", "Cy")) as table:
        askers = await who_ask(table)
        counts = await asyncio.to_thread(call_all, askers, seed, lane.of(QUICK, ALL, LONG))
    print({label: dict(counted) for label, counted in counts.items()})
    assert len(counts) == len(ROUTES)
    # Calls that all fail, or all succeed, would have tried little.
    assert sum(counts.values(), Counter()).keys() >= {200, 201, 204, 400, 401, 403, 404}


async def who_ask(table: Table) -> Askers:
    """With a campaign of theirs, one of others, members who may go, and invites."""
    stranger = await table.new_person().sign_up("Eve")
    foreign = await stranger.call("POST", "/api/campaigns", {"name": "Not yours"}, expect=201)
    path = f"/api/campaigns/{table.campaign}/invites"
    dm = table.sockets["dm"]
    await dm.send("session:start", id="1")
    await dm.send("hex:reveal", hexKeys=["1,1"], targets="all", id="2")
    await dm.send("session:end", id="3")
    events = [(await dm.until("ack"))["eventId"] for _ in range(3)]
    made = [await table.dm.call("POST", path, {"role": role}, expect=201) for role in ("player", "player", "dm")]
    await half_an_import(table)
    (unfinished,) = (await table.dm.call("GET", f"/api/campaigns/{table.campaign}/map"))["imports"]
    ids = {
        "campaign": [*[table.campaign] * 6, foreign["campaignId"]],
        "user": [*[table.players["Bo"].user_id] * 3, table.players["Cy"].user_id],
        "invite": [made[1]["inviteId"]] * 3,
        "signin": [(await stranger.call("GET", "/api/me/sign-ins"))["signIns"][0]["signInId"]],
        "number": ["1", "1", "2"],
        "as": ["dm", table.players["Ada"].user_id, table.players["Cy"].user_id],
        "import": [unfinished["importId"]],
        "importId": [unfinished["importId"]],
        "eventId": events,
        "from": events,
    }
    return Askers.of(table, ids, [made[0]["token"], made[1]["token"]])


def call_all(askers: Askers, seed: int, count: int) -> dict[str, Counter[int]]:
    """Statuses of each call. Raises schemathesis' own failure, which tells the call as a curl command."""
    schema = schemathesis.openapi.from_dict(askers.described(DOCUMENT))
    counts: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        for made in right_and_wrong(operation, askers):
            calls = strategies.tuples(made, strategies.sampled_from(askers.may(operation.label)))
            call_some(askers, calls, seed, count, counts)
    return counts


def right_and_wrong(operation: Operation, askers: Askers) -> Iterator[SearchStrategy[Any]]:
    """What fits the description, then what does not: a body, or else an address. What takes neither is always right."""
    parameters = operation.definition.raw.get("parameters", ())
    names = [parameter["name"] for parameter in parameters if parameter["in"] == "path"]
    with_body = "requestBody" in operation.definition.raw
    for mode in GenerationMode:
        if mode is GenerationMode.POSITIVE or with_body:

            def at(ids: dict[str, str], mode: GenerationMode = mode) -> SearchStrategy[Any]:
                return operation.as_strategy(generation_mode=mode, path_parameters=ids)

            yield askers.ids_of(names).flatmap(at)
        elif names:
            yield operation.as_strategy(generation_mode=mode)


def call_some(askers: Askers, calls: Any, seed: int, count: int, counts: dict[str, Counter[int]]) -> None:
    checks = CHECKS.get_by_names(WANTED)

    @seeded(seed)
    @settings(max_examples=count, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(calls)
    def one(call: Any) -> None:
        case, asker = call
        cookie = askers.cookies[asker]()
        case.cookies = {}
        answer = case.call(base_url=askers.url, cookies={SESSION_COOKIE: cookie} if cookie else {}, timeout=PATIENCE)
        counts[case.operation.label][answer.status_code] += 1
        case.validate_response(answer, checks=checks)
        if asker == NOBODY and case.meta.generation.mode is GenerationMode.POSITIVE:
            needed = DOCUMENT["paths"][case.operation.path][case.operation.method]["security"]
            assert (answer.status_code == 401) == bool(needed), case.as_curl_command()

    one()
