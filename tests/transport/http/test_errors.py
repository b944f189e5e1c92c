"""Whatever goes wrong is a JSON answer."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path

import psycopg
import pytest
from aiohttp import web
from psycopg.sql import SQL, Identifier

from tests.conftest import database_name, with_database
from tests.transport.http.site import Site, a_site
from transport.http.problems import STATUS


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"name=Ada",
        b"\xff\xfe",
        b'{"name": NaN}',
        b'{"name": "Ada", "other": -Infinity}',
        b'{"name": "Ada", "name": "Bo"}',
        b'{"name": "Ada", "other": {"a": 1, "a": 2}}',
        b"[" * 60_000,
        b'{"name": ' + b"9" * 5_000 + b"}",
        b'{"name": "Ada"} {}',
        '{"name": "Ada"}'.encode("utf-16"),
    ],
)
async def test_bodies_that_are_no_json(site: Site, body: bytes) -> None:
    """Broken, ambiguous and bottomless JSON is invalid_json, and nobody comes to be."""
    browser = await site.browser()
    answer = await browser.call("POST", "/api/people", data=body)
    assert (answer.status, answer.code) == (400, "invalid_json")
    assert (await browser.call("GET", "/api/me")).status == 401


async def test_unknown_keys_are_refused(site: Site) -> None:
    """What would be dropped may have meant something: the first such key is named."""
    answer = await (await site.browser()).call("POST", "/api/people", {"name": "Ada", "pronouns": ["she"]})
    assert (answer.status, answer.code) == (400, "bad_request")
    assert "pronouns" in answer.content["error"]["message"]


async def test_large_bodies_are_refused(site: Site) -> None:
    """A body of more than 64 KiB is 413 on every call but the map's."""
    browser = await site.browser()
    answer = await browser.call("POST", "/api/people", {"name": "Ada", "x": "y" * 65_536})
    assert (answer.status, answer.code) == (413, "too_large")
    assert (await browser.call("GET", "/healthz")).status == 200


async def test_broken_compression_is_a_bad_request(site: Site) -> None:
    """A body that can't be unpacked is the client's fault, and the server goes on."""
    headers = {"Content-Encoding": "gzip"}
    answer = await (await site.browser()).call("POST", "/api/people", data=b"no gzip", headers=headers)
    assert (answer.status, answer.code) == (400, "bad_request")


async def test_a_client_that_goes_away_in_the_middle(
    site: Site, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Half a body has no effect and is no error of ours."""
    _, writer = await asyncio.open_connection(site.url.host, site.url.port)
    writer.write(b'POST /api/people HTTP/1.1\r\nHost: x\r\nContent-Length: 15\r\n\r\n{"name": "Ad')
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.close()
    await asyncio.sleep(0.1)
    assert not caplog.records
    with psycopg.connect(database) as connection:
        assert connection.execute("select count(*) from person").fetchone() == (0,)


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/people/x", "/api/campaigns//map", "/nothing", "/api/%00"])
async def test_unknown_addresses(site: Site, path: str) -> None:
    """What is nowhere is a 404 in JSON."""
    answer = await (await site.browser()).call("GET", path)
    assert (answer.status, answer.code) == (404, "not_found")


async def test_wrong_methods(site: Site) -> None:
    """A call that exists, but not so, is 405 and says what is possible."""
    answer = await (await site.browser()).call("PUT", "/api/people", {"name": "Ada"})
    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "POST"


async def test_faults_of_ours_tell_nothing(database: str) -> None:
    """An exception nobody expected is a plain 500: no traceback, no message, no name of a class."""

    async def broken(_: web.Request) -> web.Response:
        raise RuntimeError("a secret detail")

    async with a_site(database, also=[web.get("/broken", broken)]) as site:
        answer = await (await site.browser()).call("GET", "/broken")
        assert (answer.status, answer.code) == (500, "failed")
        assert answer.message == "Something went wrong on the server"


async def test_redirects_and_pages_pass(database: str) -> None:
    """Only errors are turned into JSON: a redirect that is raised stays one."""

    async def elsewhere(_: web.Request) -> web.Response:
        raise web.HTTPFound("/healthz")

    async with a_site(database, also=[web.get("/moved", elsewhere)]) as site:
        answer = await (await site.browser()).call("GET", "/moved")
        assert (answer.status, answer.content) == (200, {"status": "ok"})


async def test_without_a_database(site: Site, database: str) -> None:
    """While the database is away every call that needs it is 503; when it is back, so are we."""
    ada = await site.person("Ada")
    with psycopg.connect(with_database(database, "postgres"), autocommit=True) as connection:
        name = Identifier(database_name(database))
        connection.execute(SQL("alter database {} allow_connections false").format(name))
        connection.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s",
            [database_name(database)],
        )
        started = time.monotonic()
        answers = await asyncio.gather(
            ada.call("GET", "/api/me"),
            ada.call("POST", "/api/people", {"name": "Bo"}),
            ada.call("GET", "/readyz"),
        )
        assert [(answer.status, answer.code) for answer in answers] == [(503, "unavailable")] * 3
        assert time.monotonic() - started < 10
        assert (await ada.call("GET", "/healthz")).status == 200
        connection.execute(SQL("alter database {} allow_connections true").format(name))
    while (await ada.call("GET", "/api/me")).status == 503:
        assert time.monotonic() - started < 30
    assert (await ada.call("GET", "/api/me")).content["userId"] == ada.user_id


async def test_a_restart_of_the_database_fails_no_call(site: Site, database: str) -> None:
    """Connections that died while nobody used them are replaced before somebody does."""
    ada = await site.person("Ada")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
    assert (await ada.call("GET", "/api/me")).status == 200


def test_every_code_is_documented() -> None:
    """docs/http.md lists each error code with its status."""
    text = Path("docs/http.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `([a-z_]+)` \| (\d{3}) \|", text, re.MULTILINE))
    assert listed == {code: str(status) for code, status in STATUS.items()}
