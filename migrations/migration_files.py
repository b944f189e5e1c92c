"""The numbered .sql files, and whether they fit what a database has applied."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from migrations.errors import (
    DatabaseNewer,
    FileEdited,
    FileMisnamed,
    FileMissing,
    NumberDoubled,
    NumberMissing,
)

NAME = re.compile(r"(\d{4})_[a-z0-9]+(_[a-z0-9]+)*\.sql")


@dataclass(frozen=True)
class AppliedFile:
    """One row of the database's bookkeeping."""

    number: int
    name: str
    sha256: str

    @property
    def takes_away(self) -> bool:
        """Whether programs that don't know the file can't work with what it leaves; else it only adds to it."""
        return self.name[5:].startswith("contract_")


@dataclass(frozen=True)
class MigrationFile:
    """One file as it lies on the disk."""

    number: int
    name: str
    sql: bytes

    @property
    def applied(self) -> AppliedFile:
        """The row that stands for this file once it is applied."""
        return AppliedFile(self.number, self.name, sha256(self.sql).hexdigest())


def read_files(folder: Path) -> dict[int, MigrationFile]:
    """The folder's migrations in order, by number. Raises FileMisnamed or NumberDoubled."""
    files: dict[int, MigrationFile] = {}
    for path in sorted(folder.glob("*.sql")):
        name = NAME.fullmatch(path.name)
        if name is None:
            raise FileMisnamed(f"{path.name}: a migration is named like 0001_event_log.sql")
        number = int(name[1])
        if number in files:
            raise NumberDoubled(f"{files[number].name} and {path.name} have the same number: renumber one")
        files[number] = MigrationFile(number, path.name, path.read_bytes())
    return files


def unapplied(files: Mapping[int, MigrationFile], applied: Sequence[AppliedFile]) -> list[MigrationFile]:
    """The files that the database still needs, in order.

    Raises DatabaseNewer, FileMissing, NumberMissing or FileEdited when they do not fit together.
    """
    rows = {row.number: row for row in applied}
    newest = max(files, default=0)
    if breaking := [row.name for row in applied if row.number > newest and row.takes_away]:
        raise DatabaseNewer(f"This database has {breaking[-1]}, which this program lacks: use a newer program")
    for number in range(1, newest + 1):
        if number in files:
            _refuse_edited(files[number], rows.get(number))
        elif number in rows:
            raise FileMissing(f"This database has applied {rows[number].name}, but the file is gone")
        else:
            raise NumberMissing(f"Migration {number:04d} is missing: the numbers must run without a gap")
    return [file for number, file in files.items() if number not in rows]


def _refuse_edited(file: MigrationFile, row: AppliedFile | None) -> None:
    if row is None or row == file.applied:
        return
    if row.name != file.name:
        raise FileEdited(f"This database has applied {row.name}, which is called {file.name} now")
    raise FileEdited(f"{file.name} was edited after this database applied it: restore it, write a new file")
