"""SQL files hold named statements."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from domain.sql import load_statements

Load = Callable[[str], dict[str, str]]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Loads a text as the .sql file of an import package."""
    package = tmp_path / "package_with_sql"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)

    def load(text: str) -> dict[str, str]:
        (package / "statements.sql").write_text(text, encoding="utf-8")
        return load_statements("package_with_sql", "statements.sql")

    yield load
    sys.modules.pop("package_with_sql", None)


def test_each_statement_has_the_name_above_it(load: Load) -> None:
    """A heading names what follows up to the next heading; comments inside and before stay harmless."""
    text = """
-- What this file is for.

-- find_dragon: the one that sleeps
select *
-- it must not wake up: see below
from dragon where asleep;

-- count_gold_2: how much there is
select sum(gold) from hoard
"""
    statements = load(text)
    assert list(statements) == ["find_dragon", "count_gold_2"]
    assert statements["find_dragon"].startswith("select *\n-- it must")
    assert statements["find_dragon"].endswith("from dragon where asleep")
    assert statements["count_gold_2"] == "select sum(gold) from hoard"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("-- one: first\nselect 1;\n-- one: second\nselect 2;", "two statements named one"),
        ("-- one: first\n-- two: second\nselect 2;", "no statement under one"),
        ("-- one: first\n", "no statement under one"),
        ("select 0;\n-- one: first\nselect 1;", "a statement without a name"),
    ],
)
def test_a_file_that_is_not_in_order_is_refused(load: Load, text: str, message: str) -> None:
    """Doubled names, headings without statements and statements without headings don't pass unseen."""
    with pytest.raises(ValueError, match=f"statements.sql has {message}"):
        load(text)
