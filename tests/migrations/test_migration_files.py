"""Which files are migrations, and when they do not fit a database."""

from pathlib import Path

import pytest

from migrations.errors import (
    DatabaseNewer,
    FileEdited,
    FileMisnamed,
    FileMissing,
    MigrationError,
    NumberDoubled,
    NumberMissing,
)
from migrations.migration_files import AppliedFile, MigrationFile, read_files, unapplied
from migrations.runner import FOLDER


def file(number: int, word: str = "step", sql: bytes = b"select 1;") -> MigrationFile:
    """One migration file."""
    return MigrationFile(number, f"{number:04d}_{word}.sql", sql)


def numbered(*files: MigrationFile) -> dict[int, MigrationFile]:
    """Files as read_files returns them."""
    return {each.number: each for each in files}


def test_our_own_files_are_well_formed() -> None:
    """The files that ship have proper names and numbers without a gap."""
    files = read_files(FOLDER)
    assert unapplied(files, []) == list(files.values()) != []


def test_files_are_read_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    """What is not .sql is left alone."""
    for name in ("0010_z.sql", "0002_b_c.sql", "0001_a1.sql", "README.md"):
        (tmp_path / name).write_text(name)
    assert [each.name for each in read_files(tmp_path).values()] == [
        "0001_a1.sql",
        "0002_b_c.sql",
        "0010_z.sql",
    ]


@pytest.mark.parametrize("name", ["1_a.sql", "0001.sql", "0001_A.sql", "0001-a.sql", "0001_a__b.sql", "later.sql"])
def test_a_misnamed_file_is_refused(tmp_path: Path, name: str) -> None:
    """A file that would be skipped in silence is an error."""
    (tmp_path / name).touch()
    with pytest.raises(FileMisnamed, match=name):
        read_files(tmp_path)


def test_a_doubled_number_is_refused(tmp_path: Path) -> None:
    """Two files of one number have no order."""
    (tmp_path / "0001_a.sql").touch()
    (tmp_path / "0001_b.sql").touch()
    with pytest.raises(NumberDoubled, match=r"0001_a.sql and 0001_b.sql"):
        read_files(tmp_path)


def test_only_what_is_new_is_needed() -> None:
    """Applied files are not applied again."""
    one, two, three = file(1), file(2), file(3)
    assert unapplied(numbered(one, two, three), [one.applied]) == [two, three]


def test_what_a_newer_program_added_is_no_hindrance() -> None:
    """The older one goes on beside it, and can take over again; only what takes something away says so."""
    one, two, three = file(1), file(2, "contractor"), file(3, "later_contract_x")
    assert unapplied(numbered(one), [one.applied, two.applied, three.applied]) == []


@pytest.mark.parametrize(
    ("files", "applied", "error", "names"),
    [
        ([file(1), file(3)], [], NumberMissing, "0002"),
        ([file(2)], [], NumberMissing, "0001"),
        ([file(1), file(3)], [file(1), file(2), file(3)], FileMissing, "0002_step.sql"),
        ([file(1)], [file(1), file(2, "contract_table"), file(3)], DatabaseNewer, "0002_contract_table.sql"),
        ([], [file(1, "contract_table")], DatabaseNewer, "0001_contract_table.sql"),
        ([file(1, sql=b"select 2;")], [file(1)], FileEdited, "0001_step.sql was edited"),
        ([file(1, "other")], [file(1)], FileEdited, "is called 0001_other.sql now"),
        ([file(1, sql=b"select 2;"), file(2)], [file(1)], FileEdited, "0001_step.sql was edited"),
    ],
)
def test_files_that_do_not_fit_the_database_are_refused(
    files: list[MigrationFile], applied: list[MigrationFile], error: type[MigrationError], names: str
) -> None:
    """Edited, renamed, missing and unknown files each have an error that names them."""
    rows: list[AppliedFile] = [each.applied for each in applied]
    with pytest.raises(error, match=names):
        unapplied(numbered(*files), rows)
