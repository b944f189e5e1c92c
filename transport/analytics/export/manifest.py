"""What the files of a directory hold, as `manifest.json` beside them says it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from transport.analytics.failure import AnalyticsFailed
from transport.files.whole_file import read_whole
from transport.wire.first_error import first_error
from transport.wire.version import VersionOne

NAME = "manifest.json"
MAX_MANIFEST_BYTES = 256 * 1024 * 1024
"""Each run adds some 3 KB."""

Format = Literal["parquet", "csv", "ndjson"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class File(_Part):
    """`run` counts the exports into the directory from 1."""

    file: str
    run: int
    rows: int
    bytes: int
    sha256: str


class Table(_Part):
    """`columns` with PostgreSQL's names of their types. Several files follow each other."""

    columns: dict[str, str]
    files: list[File]


class Run(_Part):
    """`position`: up to which place of the whole log its files are; `event`: the newest one there, if any.

    By the event the log is known again: positions are the same in every database.
    """

    run: int
    taken_at: datetime
    position: int
    event: UUID | None


class Manifest(_Part):
    """`campaign` and `since` tell what was chosen; null: everything."""

    format: Literal["fogbound export"] = "fogbound export"
    version: VersionOne = 1
    files: Format
    campaign: UUID | None
    since: datetime | None
    runs: list[Run]
    tables: dict[str, Table]


def read_manifest(directory: Path) -> Manifest | None:
    """None where there is none. Raises AnalyticsFailed for something else under that name, FileTooLarge, OSError."""
    try:
        return Manifest.model_validate_json(read_whole(directory / NAME, MAX_MANIFEST_BYTES))
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise AnalyticsFailed(f"{directory / NAME} is no manifest of an export: {first_error(error)}") from None


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """At once. Raises OSError."""
    new = directory / f"{NAME}.new"
    new.write_text(manifest.model_dump_json(indent=1) + "\n")
    new.replace(directory / NAME)
