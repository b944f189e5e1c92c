"""Calls that are made of docs/openapi.json, right and wrong ones, to a real server with a real database."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from random import SystemRandom
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings, strategies
from hypothesis import seed as seeded
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS

from tests.end_to_end.conftest import TableMaker
from tests.end_to_end.peers import Table
from tests.fuzz.askers import NOBODY, PATIENCE, Askers
from tests.transport.spec.committed import committed
from transport.http.cookies import SESSION_COOKIE

SHORT, LONG = 20, 2_000
"""Calls of each kind: right and wrong ones of each route."""
WANTED = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
]


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """That of `--seed`, to repeat a failure, or a new one."""
    given_one = request.config.getoption("--seed")
    chosen = SystemRandom().randrange(2**32) if given_one is None else int(given_one)
    print(f"repeat with --seed {chosen}")
    return chosen


async def test_every_answer_is_as_described(set_table: TableMaker, seed: int, is_long: bool) -> None:
    """No 5xx; status, type, headers and shape of each answer are described; wrong input is refused, signed in or not."""
    table = await set_table("Ada", "Bo", "Cy", metrics=True, tries_per_minute=10_000)
    askers = await who_ask(table)
    counts = await asyncio.to_thread(call_all, askers, seed, LONG if is_long else SHORT)
    print({label: dict(counted) for label, counted in counts.items()})
    for label, counted in counts.items():
        # Calls that all fail, or all succeed, would have tried little.
        assert any(status < 300 for status in counted), label
    assert counts.keys() >= {"POST /api/invites/redeem", "POST /api/campaigns/{campaign}/map"}


async def who_ask(table: Table) -> Askers:
    """With a campaign of theirs, one of others, members who may go, and invites."""
    stranger = await table.new_person().sign_up("Eve")
    foreign = await stranger.call("POST", "/api/campaigns", {"name": "Not yours"}, expect=201)
    path = f"/api/campaigns/{table.campaign}/invites"
    made = [await table.dm.call("POST", path, {"role": role}, expect=201) for role in ("player", "player", "dm")]
    ids = {
        "campaign": [table.campaign, table.campaign, foreign["campaignId"]],
        "user": [table.players["Bo"].user_id, table.players["Cy"].user_id],
        "invite": [made[1]["inviteId"]],
    }
    return Askers.of(table, ids, [made[0]["token"], made[1]["token"]])


def call_all(askers: Askers, seed: int, count: int) -> dict[str, Counter[int]]:
    """Statuses of each call. Raises schemathesis' own failure, which tells the call as a curl command."""
    schema = schemathesis.openapi.from_dict(askers.with_ids(committed("openapi")))
    counts: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for found in schema.get_all_operations():
        operation = found.ok()
        # What takes nothing can't be given anything wrong.
        takes_something = bool(operation.body) or bool(operation.path_parameters)
        for mode in GenerationMode if takes_something else (GenerationMode.POSITIVE,):
            calls = strategies.tuples(
                operation.as_strategy(generation_mode=mode), strategies.sampled_from(askers.may(operation.label))
            )
            call_some(askers, calls, seed, count, counts)
    return counts


def call_some(askers: Askers, calls: Any, seed: int, count: int, counts: dict[str, Counter[int]]) -> None:
    checks = CHECKS.get_by_names(WANTED)

    @seeded(seed)
    @settings(max_examples=count, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(calls)
    def one(call: Any) -> None:
        case, asker = call
        cookie = askers.cookies[asker]()
        case.cookies = {}
        answer = case.call(
            base_url=askers.url, cookies={SESSION_COOKIE: cookie} if cookie else {}, timeout=PATIENCE
        )
        counts[case.operation.label][answer.status_code] += 1
        case.validate_response(answer, checks=checks)
        if asker == NOBODY and case.meta.generation.mode is GenerationMode.POSITIVE:
            assert (answer.status_code == 401) == bool(case.operation.definition.raw["security"]), case.as_curl_command()

    one()
