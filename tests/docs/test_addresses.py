"""The addresses that the documents name."""

from __future__ import annotations

import re
from uuid import uuid4

from aiohttp import web

from domain.memory_store import MemoryStore
from tests.docs.pages import all_pages, ticked
from tests.laws.fake_peers import Alone, KeptRooms
from transport.accounts import Directory
from transport.cluster.notifications import Notifications
from transport.database import connection_pool
from transport.history.worker_process import WorkerProcess
from transport.server.app import make_app
from transport.settings import Settings

PARTS = re.compile(r"\{[a-z]+\}|(?<=/)[A-Z]+\b")
"""What stands for an id, in the program's way and in that of the documents."""


def an_app() -> web.Application:
    """The application, with a database that is never opened."""

    async def ready() -> bool:
        return True

    return make_app(
        MemoryStore(),
        Directory(connection_pool("postgresql:///never-opened")),
        KeptRooms(),
        WorkerProcess("postgresql:///never-opened"),
        settings=Settings(),
        base_url=lambda: "http://fog.example",
        ready=ready,
        membership=Alone(),
        notifications=Notifications("postgresql:///never-opened", lambda: None, uuid4()),
    )


async def addresses() -> set[str]:
    """Method and path of everything that the application answers, but for the files of the pages."""
    app = an_app()
    found = {
        f"{route.method} {PARTS.sub('*', route.resource.canonical)}"
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    return {address for address in found if "/static/" not in address}


def documented() -> set[str]:
    """Method and path of every address in backticks."""
    words = [word for document in all_pages() for word in ticked(document.prose)]
    found = [re.fullmatch(r"(GET|POST|PUT|PATCH|DELETE) (/[^?\s]*)(\?\S+)?", word) for word in words]
    return {f"{match[1]} {PARTS.sub('*', match[2])}" for match in found if match}


async def test_documented_addresses_are_those_that_exist() -> None:
    """Each call, page and socket stands somewhere in the documents, and nothing that isn't there does."""
    assert documented() == await addresses()
