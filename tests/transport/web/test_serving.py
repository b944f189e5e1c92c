from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from typing_extensions import override

from tests.transport.web.conftest import make_app

DOCUMENTS = (
    "/",
    "/join",
    "/table/6f1e7f6e-0000-4000-8000-000000000000",
    "/replay/6f1e7f6e-0000-4000-8000-000000000000",
    "/report/6f1e7f6e-0000-4000-8000-000000000000",
)
LIBRARY = "/static/plotly.js"
Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with TestClient(TestServer(make_app())) as opened:
        yield opened


async def test_every_page_is_a_document_with_a_strict_policy(client: Client) -> None:
    """Each address of the pages answers with HTML that may load nothing from elsewhere and run nothing inline."""
    for address in DOCUMENTS:
        answer = await client.get(address)
        assert (answer.status, answer.content_type, answer.charset) == (200, "text/html", "utf-8")
        assert "<!doctype html>" in await answer.text()
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self';")


@pytest.mark.parametrize(
    ("file", "content_type"),
    [
        ("home.js", "text/javascript"),
        ("style/page.css", "text/css"),
        ("icon.svg", "image/svg+xml"),
    ],
)
async def test_files_have_the_type_that_browsers_insist_on(client: Client, file: str, content_type: str) -> None:
    """A module or a style sheet of another type would not be used."""
    answer = await client.get(f"/static/{file}")
    assert (answer.status, answer.content_type) == (200, content_type)


async def test_a_known_file_is_not_sent_again(client: Client) -> None:
    """A browser asks each time, and gets a body only when the file is another one."""
    first = await client.get("/static/home.js")
    assert first.headers["Cache-Control"] == "no-cache"
    again = await client.get("/static/home.js", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, await again.read()) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    changed = await client.get("/static/home.js", headers={"If-None-Match": '"of-the-last-release"'})
    assert (changed.status, await changed.read()) == (200, await first.read())


async def test_nothing_else_is_served(client: Client) -> None:
    """No way leads out of the folder, and a document has one address only."""
    for address in ("/static/home.html", "/static/../__init__.py", "/static/%2e%2e/__init__.py", "/static/"):
        assert (await client.get(address)).status == 404


async def test_the_start_page_knows_whether_anybody_may_sign_up() -> None:
    """The page offers a sign-up where the settings allow it, and only there."""
    for signup in ("open", "invite"):
        async with TestClient(TestServer(make_app(signup=signup))) as client:
            assert f'name="fogbound-signup" content="{signup}"' in await (await client.get("/")).text()


async def test_a_page_names_all_the_modules_it_needs(client: Client) -> None:
    """A browser that follows no import has them all: on a slow line it does not wait for one after the other."""
    most = set[str]()
    for address, entry in zip(DOCUMENTS, ("home.js", "join.js", "table.js", "replay.js", "report.js"), strict=True):
        seen = _Inline()
        seen.feed(await (await client.get(address)).text())
        needed, met = [f"/static/{entry}"], set[str]()
        while needed:
            module = needed.pop()
            if module in met:
                continue
            met.add(module)
            imports = re.findall(r'from "(\.[^"]+)"', await (await client.get(module)).text())
            needed += [urljoin(module, imported) for imported in imports]
        assert {file for file in seen.files if file.endswith(".js")} - {LIBRARY} == met
        most = max(most, met, key=len)
    assert len(most) > 40


class _Inline(HTMLParser):
    """Collects what the policy would block, and which files the document asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.blocked: list[str] = []
        self.files: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in given):
            self.blocked.append(tag)
        self.blocked += [name for name in given if name == "style" or name.startswith("on")]
        self.files += [value for name, value in attrs if name in ("src", "href") and value]


def test_documents_bring_no_inline_script_or_style(static: Path) -> None:
    """What the policy forbids is not there to begin with."""
    for document in static.glob("*.html"):
        seen = _Inline()
        seen.feed(document.read_text(encoding="utf-8"))
        assert seen.blocked == []


def test_every_file_is_used_and_every_used_file_is_there(static: Path) -> None:
    """From the documents on, imports lead to every module and to none that is missing."""
    used: set[str] = set()
    for document in static.glob("*.html"):
        seen = _Inline()
        seen.feed(document.read_text(encoding="utf-8"))
        used |= {file.removeprefix("/static/") for file in seen.files}
    for module in static.rglob("*.js"):
        for imported in re.findall(r'from "(\.[^"]+)"', module.read_text(encoding="utf-8")):
            used.add((module.parent / imported).resolve().relative_to(static).as_posix())
    assert used - {"plotly.js"} == {
        file.relative_to(static).as_posix() for file in static.rglob("*.*") if file.suffix != ".html"
    }


def test_no_text_can_become_markup(static: Path) -> None:
    """Names and terrains come from people: nothing in the modules parses a text as HTML or as code."""
    dangerous = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|document\.write|DOMParser"
        r"|createContextualFragment|\beval\(|new Function|srcdoc"
    )
    for module in static.rglob("*.js"):
        assert dangerous.search(module.read_text(encoding="utf-8")) is None, module.name
