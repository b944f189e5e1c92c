"""The session cookie, byte by byte, at a real server."""

from __future__ import annotations

import hashlib

import psycopg
import pytest

from tests.end_to_end.conftest import TableMaker
from tests.end_to_end.peers import Person
from tests.end_to_end.raw_http import exchange, get, sign_up, statuses
from transport.server.server import running
from transport.settings import Settings

IN = [200, 200]
OUT = [401, 200]


def set_cookies(answers: bytes) -> list[bytes]:
    """The values of all Set-Cookie headers."""
    return [line.partition(b": ")[2] for line in answers.split(b"\r\n") if line.lower().startswith(b"set-cookie:")]


def token_of(person: Person) -> bytes:
    (cookie,) = person.http.cookie_jar
    return cookie.value.encode()


def asking(cookies: bytes) -> bytes:
    """Who am I?"""
    return get(b"/api/me", b"Cookie: " + cookies + b"\r\n")


async def test_the_cookie_on_http(set_table: TableMaker) -> None:
    """One, with all its marks, whatever the client says of https: that is for the settings to say."""
    table = await set_table()
    for lie in (b"", b"X-Forwarded-Proto: https\r\n", b"Forwarded: proto=https\r\n", b"X-Forwarded-Ssl: on\r\n"):
        (cookie,) = set_cookies(await exchange(table.url, sign_up(lie)))
        name, _, rest = cookie.partition(b"=")
        token, _, marks = rest.partition(b"; ")
        assert (name, len(token)) == (b"fogbound_session", 43)
        assert sorted(marks.split(b"; ")) == [b"HttpOnly", b"Max-Age=15638400", b"Path=/", b"SameSite=Lax"]


async def test_the_cookie_on_https(database: str) -> None:
    """Secure, and under a name that no other host can set; the name of http is worth nothing there."""
    async with running(Settings(port=0, public_url="https://fog.example"), database) as url:
        (cookie,) = set_cookies(await exchange(url, sign_up(b"X-Forwarded-Proto: http\r\n")))
        name, _, rest = cookie.partition(b"=")
        token, _, marks = rest.partition(b"; ")
        assert name == b"__Host-fogbound_session"
        assert sorted(marks.split(b"; ")) == [b"HttpOnly", b"Max-Age=15638400", b"Path=/", b"SameSite=Lax", b"Secure"]
        assert statuses(await exchange(url, asking(name + b"=" + token))) == IN
        assert statuses(await exchange(url, asking(b"fogbound_session=" + token))) == OUT
        assert statuses(await exchange(url, asking(b"__host-fogbound_session=" + token))) == OUT


async def test_only_the_hash_is_stored(set_table: TableMaker) -> None:
    """Whoever reads the database can't sign in with what stands there."""
    table = await set_table()
    token = token_of(table.dm)
    with psycopg.connect(table.database) as connection:
        rows = connection.execute("select token_hash, sign_in::text from sign_in").fetchall()
    assert [bytes(row[0]) for row in rows] == [hashlib.sha256(token).digest()]
    assert token.decode() not in rows[0][1]
    stored = bytes(rows[0][0])
    for forged in (stored.hex().encode(), rows[0][1].encode()):
        assert statuses(await exchange(table.url, asking(b"fogbound_session=" + forged))) == OUT


async def test_a_revoked_cookie_is_worth_nothing(set_table: TableMaker) -> None:
    """After a sign-out the cookie is cleared in the browser and dead wherever it was copied to."""
    table = await set_table()
    cookie = b"fogbound_session=" + token_of(table.dm)
    answer = await exchange(
        table.url, get(b"/api/session", b"Cookie: " + cookie + b"\r\nContent-Length: 0\r\n", b"DELETE")
    )
    assert statuses(answer) == [204, 200]
    (cleared,) = set_cookies(answer)
    assert cleared.startswith(b'fogbound_session=""; ')
    assert b"Max-Age=0" in cleared
    assert statuses(await exchange(table.url, asking(cookie))) == OUT


ODD = [
    b"fogbound_session",
    b"fogbound_session=",
    b"fogbound_session=;",
    b'fogbound_session="',
    b'fogbound_session="\\"',
    b"fogbound_session=\xff\xfe\x80",
    b"fogbound_session=\xed\xa0\x80",
    b"fogbound_session=\xc3\xa9",
    b"fogbound_session=%00",
    b"fogbound_session=' or 1=1 --",
    b"fogbound_session=TOKEN,",
    b"fogbound_session=TOKENa",
    b"fogbound_session=TOKEN=",
    b"Fogbound_session=TOKEN",
    b"fogbound_session =x; fogbound_session2=TOKEN",
    b"__Host-fogbound_session=TOKEN",
    b"fogbound_session=" + b"a" * 8_000,
    b"; ; ;=;==; a=b=c; fogbound_session",
    b"a=b; " * 1_500,
    b"$Version=1; $Path=/; fogbound_session=x",
]


async def test_odd_cookies_are_no_cookies(set_table: TableMaker, caplog: pytest.LogCaptureFixture) -> None:
    """Each is answered as if there were none, and none makes the server stumble."""
    table = await set_table()
    token = token_of(table.dm)
    wrong = []
    for odd in ODD:
        answer = await exchange(table.url, asking(odd.replace(b"TOKEN", token)))
        if statuses(answer) != OUT:
            wrong.append((odd[:60], statuses(answer)))
    assert wrong == []
    assert caplog.records == []
    too_long = asking(b"fogbound_session=" + b"a" * 20_000)
    assert statuses(await exchange(table.url, too_long)) == [400]


async def test_among_others_the_cookie_is_found(set_table: TableMaker) -> None:
    """What other programs on the same host set stands beside it and does no harm."""
    table = await set_table()
    good = b"fogbound_session=" + token_of(table.dm)
    for others in (b"a=b; " + good, good + b"; a=b", b"=; a; " + good, b'a="x;y"; ' + good, b"\xff=\xfe; " + good):
        assert statuses(await exchange(table.url, asking(others))) == IN, others


async def test_of_two_of_its_name_the_last_counts(set_table: TableMaker) -> None:
    """Browsers send those for deeper paths first, and ours is for all paths: a stray one does not sign out."""
    table = await set_table()
    good, stray = b"fogbound_session=" + token_of(table.dm), b"fogbound_session=stray"
    assert statuses(await exchange(table.url, asking(stray + b"; " + good))) == IN
    assert statuses(await exchange(table.url, asking(good + b"; " + stray))) == OUT
