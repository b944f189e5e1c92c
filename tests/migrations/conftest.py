"""What the tests of embedded servers share."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrations.embedded.server import EmbeddedServer
from tests.migrations.embedded.server_user import eventually, running_on


@pytest.fixture(scope="session")
def made_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a server that was started once and stopped."""
    folder = tmp_path_factory.mktemp("made")
    EmbeddedServer.start(folder, fsync=False).stop()
    return folder / "data"


@pytest.fixture
def new_folder(tmp_path: Path) -> Iterator[Path]:
    """A server's folder that is not there yet. Nothing may run on it when the test is over."""
    yield tmp_path / "server"
    assert eventually(lambda: not running_on(tmp_path / "server"))


@pytest.fixture
def folder(new_folder: Path, made_data: Path) -> Path:
    """The folder of a stopped server; a copy, since initdb takes most of a first start."""
    new_folder.mkdir(mode=0o700)
    subprocess.run(["cp", "-a", made_data, new_folder], check=True)
    return new_folder
