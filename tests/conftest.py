"""The databases of a test run: one server, one migrated template, a fresh copy for each test."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import SystemRandom
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from hypothesis import settings
from psycopg.sql import SQL, Identifier

from migrations.embedded.server import EmbeddedServer
from migrations.runner import migrate
from tests.access import Kept, kept_database
from tests.lanes import Lane, is_quick

SERVER_FOLDER = "postgres"
# Fastest of the two for a small template without fsync: it copies files instead of logging each page.
CREATE = SQL("create database {} template {} strategy file_copy")
DROP = SQL("drop database {} with (force)")


# Servers of tests end at once; those that are to hand over their people say so.
os.environ.setdefault("FOGBOUND_DRAIN_SECONDS", "0")

# How long an example takes says more of the machine than of the program.
settings.register_profile("fogbound", deadline=None)
settings.load_profile("fogbound")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--all` and `--long` choose the lane, `--seed` is for tests that draw lots."""
    parser.addoption("--all", action="store_true", help="all tests, and as many tries as each promise needs")
    parser.addoption("--long", action="store_true", help="try for hours to break what is promised")
    parser.addoption("--seed", type=int, help="what a failed test that draws lots said to repeat it with")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The faults take longest: begun last, one worker would be busy with them when all others have nothing to do."""
    items.sort(key=lambda item: "faults" not in item.path.parts)
    if config.args_source == pytest.Config.ArgsSource.TESTPATHS and lane_of(config) == Lane.QUICK:
        config.hook.pytest_deselected(items=[item for item in items if not is_quick(item.path)])
        items[:] = [item for item in items if is_quick(item.path)]


def lane_of(config: pytest.Config) -> Lane:
    """What the command line asks for; a test that it names is run in any lane."""
    if config.getoption("--long"):
        return Lane.LONG
    return Lane.ALL if config.getoption("--all") else Lane.QUICK


@pytest.fixture(scope="session")
def lane(request: pytest.FixtureRequest) -> Lane:
    """How much a test that tries to break a promise may try."""
    return lane_of(request.config)


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """That of `--seed`, to repeat a failure, or a new one, which a failure shows."""
    given = request.config.getoption("--seed")
    chosen = SystemRandom().randrange(2**32) if given is None else int(given)
    print(f"repeat with --seed {chosen}")
    return chosen


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tests that try for long tell by `record_property("figures", ...)` what they have tried."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "figures":
                terminalreporter.write_line(f"{report.nodeid}: {value}")


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def server_url(shared_folder: Path) -> Iterator[str]:
    """The server of this run: the first worker starts it, the last one ends it."""
    with EmbeddedServer.start(shared_folder / SERVER_FOLDER, fsync=False) as server:
        yield server.url


@pytest.fixture(scope="session")
def migrated_template(server_url: str) -> str:
    """The name of a database with all migrations, made once a run."""
    # The server's own database is the template: the runner's lock makes the other workers wait for the first.
    migrate(server_url)
    return database_name(server_url)


@pytest.fixture
def database(server_url: str, migrated_template: str) -> Iterator[str]:
    """The URL of a migrated database of this test's own."""
    with fresh_database(server_url, migrated_template) as url:
        yield url


@pytest.fixture
def empty_database(server_url: str) -> Iterator[str]:
    """The URL of an empty database of this test's own."""
    with fresh_database(server_url, "template0") as url:
        yield url


@pytest.fixture
def kept(server_url: str) -> Iterator[Kept]:
    """A migrated database whose owner and whose servers are no superusers, each with a login of their own."""
    with kept_database(server_url) as made:
        yield made


@contextmanager
def fresh_database(server_url: str, template: str) -> Iterator[str]:
    """A copy of `template`, dropped afterwards even if somebody is still connected to it."""
    name = f"test_{uuid4().hex}"
    maintenance = with_database(server_url, "postgres")
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(CREATE.format(Identifier(name), Identifier(template)))
    try:
        yield with_database(server_url, name)
    finally:
        with psycopg.connect(maintenance, autocommit=True) as connection:
            connection.execute(DROP.format(Identifier(name)))


def database_name(url: str) -> str:
    """The database that a URL names."""
    return urlsplit(url).path.removeprefix("/")


def with_database(url: str, name: str) -> str:
    """The same server's URL for another database."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()
