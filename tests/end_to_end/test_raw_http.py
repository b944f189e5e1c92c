"""Tricks with request lines, headers and the ends of messages, byte by byte, at a real server."""

from __future__ import annotations

import asyncio
import logging
import re

import psycopg
import pytest

from tests.end_to_end.conftest import TableMaker
from tests.end_to_end.raw_http import HOST, exchange, get, post, sign_up, statuses

NOTHING = [404, 200]
"""There is nothing at this address, and the connection goes on."""
NOT_SIGNED_IN = [401, 200]
REFUSED = [400, 200]
NO_HTTP = [400]
"""The server can't tell where the next call begins, so it reads no further."""
NOT_ALLOWED = [405, 200]

PATHS = {
    get(b"/static/../../../etc/passwd"): NOTHING,
    get(b"/static/../__init__.py"): NOTHING,
    get(b"/static/%2e%2e/__init__.py"): NOTHING,
    get(b"/static/%252e%252e/__init__.py"): NOTHING,
    get(b"/static/..%2f__init__.py"): NOTHING,
    get(b"/static/..\\__init__.py"): NOTHING,
    get(b"/static/..%5c__init__.py"): NOTHING,
    get(b"/static//home.js"): NOTHING,
    get(b"/static/home.js/"): NOTHING,
    get(b"/static/home.js%00.html"): NOTHING,
    get(b"/static/%c0%ae%c0%ae/__init__.py"): NOTHING,
    get(b"//evil.example/api/me"): NOTHING,
    get(b"/api//me"): NOTHING,
    get(b"/api%2fme"): NOTHING,
    get(b"/api/me;x=1"): NOTHING,
    get(b"/%zz"): NOTHING,
    get(b"/%ff%fe"): NOTHING,
    get(b"/%61pi/me"): NOT_SIGNED_IN,
    get(b"/api/me?x=%00&x=%ff&&=%zz"): NOT_SIGNED_IN,
    get(b"/api/me#fragment"): NOT_SIGNED_IN,
    get(b"/api/campaigns/%2e%2e/members"): NOT_SIGNED_IN,
    get(b"/api/campaigns/%00/members"): NOT_SIGNED_IN,
    get(b"http://evil.example/api/me"): NOT_SIGNED_IN,
    get(b"http://[/"): NO_HTTP,
    get(b"http://a:99999/"): NO_HTTP,
    get(b"healthz"): NO_HTTP,
    get(b"/\x00"): NO_HTTP,
    get(b"/\xc3\xa9"): NO_HTTP,
    get(b"/" + b"a" * 20_000): NO_HTTP,
    get(b"*", method=b"OPTIONS"): NOTHING,
    get(b"evil.example:443", method=b"CONNECT"): NOTHING,
}
UPGRADE = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
HEADERS = {
    b"GET /api/me HTTP/1.1\r\n\r\n": NO_HTTP,
    b"GET /api/me HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n": NO_HTTP,
    b"GET /api/me HTTP/1.1\r\nHost:\r\n\r\n": NOT_SIGNED_IN,
    b"GET /api/me HTTP/1.1\r\nHost: a b/c@d?\r\n\r\n": NOT_SIGNED_IN,
    b"GET /api/me HTTP/1.1\r\nHost: [::1\r\n\r\n": NOT_SIGNED_IN,
    b"GET /api/me HTTP/1.1\r\nHost: a:99999999\r\n\r\n": NOT_SIGNED_IN,
    b"GET /api/me HTTP/1.1\r\nHost: \xff\xfe\r\n\r\n": NOT_SIGNED_IN,
    get(b"/api/me", b"X-A: \xff\xfe\xc3\r\n"): NOT_SIGNED_IN,
    get(b"/api/me", b"X-A: b\r\n folded\r\n"): NO_HTTP,
    get(b"/api/me", b"X-A: b\rX-B: c\r\n"): NO_HTTP,
    get(b"/api/me", b"X-A: \x00\r\n"): NO_HTTP,
    get(b"/api/me", b"X A: b\r\n"): NO_HTTP,
    get(b"/api/me", b": b\r\n"): NO_HTTP,
    get(b"/api/me", b"nonsense\r\n"): NO_HTTP,
    get(b"/api/me", b"X-A: " + b"a" * 20_000 + b"\r\n"): NO_HTTP,
    get(b"/api/me", b"X-A: b\r\n" * 5_000): NO_HTTP,
    get(b"/static/home.js", b"Range: bytes=9-1,-0,x\r\n"): [200, 200],
    get(b"/static/home.js", b'If-None-Match: "\xff, W/\r\n'): [200, 200],
    get(b"/api/me", b"Connection: Upgrade\r\nUpgrade: h2c\r\n"): [401],
    get(b"/ws"): REFUSED,
    get(b"/ws", b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n"): [400],
    get(b"/ws", b"Connection: Upgrade\r\nUpgrade: \xff\r\n"): [400],
    get(b"/ws", b"Connection: \xffpgrade\r\nUpgrade: websocket\r\n"): [400],
    get(b"/ws", b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\xff\r\n"): [400],
    get(b"/ws", UPGRADE + b"Sec-WebSocket-Key: \xc3\xa9hlIHNhbXBsZSBub25jZQ==\r\n"): [400],
    b"GET /api/me HTTP/1.1\nHost: 127.0.0.1\n\n": NO_HTTP,
    b"GET /api/me HTTP/3.0\r\n" + HOST + b"\r\n": NO_HTTP,
    b"GET /api/me\r\n": NO_HTTP,
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n": NO_HTTP,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"a" * 64: NO_HTTP,
}
ENDS = {
    post(b"Content-Length: 2\r\nContent-Length: 3\r\n", b"{} "): NO_HTTP,
    post(b"Content-Length: 2\r\nContent-Length: 2\r\n", b"{}"): NO_HTTP,
    post(b"Content-Length: 2, 2\r\n", b"{}"): NO_HTTP,
    post(b"Content-Length: -1\r\n"): NO_HTTP,
    post(b"Content-Length: +2\r\n", b"{}"): NO_HTTP,
    post(b"Content-Length: 0x2\r\n", b"{}"): NO_HTTP,
    post(b"Content-Length: 99999999999999999999999\r\n"): NO_HTTP,
    post(b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"): NO_HTTP,
    post(b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", b"0\r\n\r\n"): NO_HTTP,
    post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"): NO_HTTP,
    post(b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n"): NO_HTTP,
    post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", b"0\r\n\r\n"): NO_HTTP,
    post(b"Transfer-Encoding : chunked\r\n", b"0\r\n\r\n"): NO_HTTP,
    post(b"Transfer-Encoding: chunked\r\n", b"zz\r\n\r\n"): NO_HTTP,
    post(b"Transfer-Encoding: chunked\r\n", b"-1\r\n\r\n"): NO_HTTP,
    post(b"Transfer-Encoding: chunked\r\n", b"2\n{}\n0\n\n"): NO_HTTP,
    post(b"Transfer-Encoding: chunked\r\n", b"2;a=b\r\n{}\r\n0\r\n\r\n"): REFUSED,
    post(b"Content-Length: 2\r\n", b"{}"): REFUSED,
    post(b"Content-Encoding: br\r\nContent-Length: 2\r\n", b"{}"): REFUSED,
    post(b"Content-Encoding: nonsense\r\nContent-Length: 2\r\n", b"{}"): REFUSED,
    post(b"Content-Type: ;;\xff; charset=nonsense\r\nContent-Length: 2\r\n", b"{}"): REFUSED,
    post(b"Expect: 100-continue\r\nContent-Length: 2\r\n", b"{}"): [100, 400, 200],
    post(b"Expect: the-worst\r\nContent-Length: 2\r\n", b"{}"): [417, 200],
    # A body on a call that has none is no second call.
    get(b"/api/me", b"Content-Length: 32\r\n") + b"GET /healthz HTTP/1.1\r\nHost: a\r\n": NOT_SIGNED_IN,
}
METHODS = {
    get(b"/api/me", method=b"HEAD"): NOT_SIGNED_IN,
    **{get(b"/api/me", method=method): NOT_ALLOWED for method in (b"OPTIONS", b"TRACE", b"PROPFIND", b"PUT", b"PATCH")},
    **{get(b"/", method=method): NOT_ALLOWED for method in (b"DELETE", b"TRACE", b"OPTIONS")},
    get(b"/api/me", method=b"BREW"): NO_HTTP,
    get(b"/healthz", method=b"get"): NO_HTTP,
    get(b"/api/session", b"X-HTTP-Method-Override: DELETE\r\nX-HTTP-Method: DELETE\r\n"): NOT_ALLOWED,
    get(b"/api/session?_method=DELETE", b"X-Method-Override: DELETE\r\n"): NOT_ALLOWED,
}
TOLD_TOO_MUCH = re.compile(rb"Traceback|aiohttp|Python/|site-packages|PostgreSQL|psycopg|root:", re.IGNORECASE)


@pytest.mark.parametrize("tricks", [PATHS, HEADERS, ENDS, METHODS], ids=["paths", "headers", "ends", "methods"])
async def test_tricks_are_refused_and_tell_nothing(
    set_table: TableMaker, caplog: pytest.LogCaptureFixture, tricks: dict[bytes, list[int]]
) -> None:
    """Each gets its status with all security headers, the call after it too or none, and no log fills with it."""
    table = await set_table()
    answers = await asyncio.gather(*(exchange(table.url, request) for request in tricks))
    wrong = {
        request[:100]: (statuses(answer), expected)
        for (request, expected), answer in zip(tricks.items(), answers, strict=True)
        if statuses(answer) != expected
    }
    assert wrong == {}
    for answer in answers:
        assert not TOLD_TOO_MUCH.search(answer), answer
        finals = [status for status in statuses(answer) if status >= 200]
        assert answer.count(b"X-Content-Type-Options: nosniff") == len(finals), answer
        assert answer.count(b"Content-Security-Policy: default-src 'self'") == len(finals), answer
        assert not re.search(rb"\nServer: *[^\r ]", answer), answer
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    await table.dm.call("GET", "/api/me")


async def test_one_connection_is_one_row_of_answers(set_table: TableMaker) -> None:
    """What stands in a body stays a body: of a call that is smuggled in one, nothing is done."""
    table = await set_table()
    smuggled = sign_up(b"")
    hidden = post(b"Content-Length: %d\r\n" % len(smuggled), smuggled)
    chunked = post(b"Transfer-Encoding: chunked\r\n", b"%x\r\n" % len(smuggled) + smuggled + b"\r\n0\r\n\r\n")
    for request in (hidden, chunked):
        assert statuses(await exchange(table.url, request)) == REFUSED
    # Read by length, this is one call; read by chunks, two.
    torn = post(b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n" + smuggled)
    assert statuses(await exchange(table.url, torn)) == NO_HTTP
    assert everybody(table.database) == ["Dee"]
    assert statuses(await exchange(table.url, sign_up(b"") + sign_up(b""))) == [201, 201, 200]
    assert everybody(table.database) == ["Dee", "Eve", "Eve"]


FOREIGN = [
    b"Origin: null\r\n",
    b"Origin:\r\n",
    b"Origin: http://127.0.0.1:1\r\n",
    b"Origin: http://127.0.0.1.evil.example\r\n",
    b"Origin: http://evil-127.0.0.1\r\n",
    b"Origin: http://127.0.0.1@evil.example\r\n",
    b"Origin: http://evil@127.0.0.1\r\n",
    b"Origin: http://127.0.0.1:80@evil.example\r\n",
    b"Origin: file://127.0.0.1\r\n",
    b"Origin: javascript://127.0.0.1\r\n",
    b"Origin: //127.0.0.1\r\n",
    b"Origin: 127.0.0.1\r\n",
    b"Origin: http://127.0.0.1, http://evil.example\r\n",
    b"Origin: http://127.0.0.1 http://evil.example\r\n",
    b"Origin: http://evil.example\r\nOrigin: http://127.0.0.1\r\n",
    b"Origin: http://127.0.0.1\r\nOrigin: http://evil.example\r\n",
    b"Origin: http://127.0.0.1\\.evil.example\r\n",
    b"Origin: http://127.0.0.1/\xff\xfe\r\nSec-Fetch-Site: cross-site\r\n",
    b"Origin: http://[::1\r\n",
    b"Origin: http://127.0.0.1\r\nSec-Fetch-Site: cross-site\r\n",
    b"Sec-Fetch-Site: CROSS-SITE\r\n",
    b"Sec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site\r\n",
    b"Sec-Fetch-Site: cross-site\r\nSec-Fetch-Site: none\r\n",
]


async def test_no_foreign_origin_passes_for_our_own(set_table: TableMaker) -> None:
    """Whatever looks like our own host and is not is refused, and makes nobody."""
    table = await set_table()
    answers = await asyncio.gather(*(exchange(table.url, sign_up(headers)) for headers in FOREIGN))
    passed = [headers for headers, answer in zip(FOREIGN, answers, strict=True) if statuses(answer) != [403, 200]]
    assert passed == []
    assert everybody(table.database) == ["Dee"]
    for headers in (b"", b"Origin: http://127.0.0.1\r\n", b"Origin: HTTP://127.0.0.1\r\n"):
        assert statuses(await exchange(table.url, sign_up(headers))) == [201, 200]


def everybody(database: str) -> list[str]:
    with psycopg.connect(database) as connection:
        return [name for (name,) in connection.execute("select name from person order by name").fetchall()]
