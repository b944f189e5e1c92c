"""Bodies that come packed, to the server as it runs."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest

from tests.end_to_end.conftest import TableMaker
from tests.end_to_end.peers import Person, Table
from tests.transport.maps.map_files import a_map_file


async def post(person: Person, path: str, body: bytes, encoding: str) -> tuple[int, Any]:
    """Status and answer."""
    headers = {"Content-Encoding": encoding}
    async with person.http.post(f"{person.url}{path}", data=body, headers=headers) as answer:
        return answer.status, await answer.json()


def a_map(table: Table) -> str:
    return f"/api/campaigns/{table.campaign}/map"


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
async def test_bodies_may_be_packed(set_table: TableMaker, encoding: str, pack: Any) -> None:
    """A call and a map are taken as if they had not been."""
    table = await set_table()
    status, person = await post(table.new_person(), "/api/people", pack(b'{"name":"Eve"}'), encoding)
    assert (status, person["name"]) == (201, "Eve")
    packed = pack(json.dumps(a_map_file(7)).encode())
    assert await post(table.dm, a_map(table), packed, encoding) == (200, {"hexes": 7})


async def test_bombs_are_refused(set_table: TableMaker) -> None:
    """A small body that gets larger than a body may be."""
    table = await set_table()
    for path, size in (("/api/people", 10**6), (a_map(table), 10**8)):
        status, answer = await post(table.dm, path, gzip.compress(bytes(size), 1), "gzip")
        assert (status, answer["error"]["code"]) == (413, "too_large")
