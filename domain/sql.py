"""SQL lives in .sql files, each statement under a line `-- name: purpose`."""

from __future__ import annotations

import re
from importlib.resources import files

_HEADING = re.compile(r"^-- ([a-z][a-z0-9_]*): .+$", re.MULTILINE)


def load_statements(package: str, file: str) -> dict[str, str]:
    """The statements of a file inside an import package, by name and without their headings.

    Raises ValueError for a name that is given twice, a heading without a statement, and text before the first one.
    """
    before, *parts = _HEADING.split(files(package).joinpath(file).read_text(encoding="utf-8"))
    if _is_blank(before):
        return _by_name(file, parts[0::2], parts[1::2])
    raise ValueError(f"{file} has a statement without a name")


def _by_name(file: str, names: list[str], texts: list[str]) -> dict[str, str]:
    statements: dict[str, str] = {}
    for name, text in zip(names, texts, strict=True):
        if name in statements:
            raise ValueError(f"{file} has two statements named {name}")
        if _is_blank(text):
            raise ValueError(f"{file} has no statement under {name}")
        statements[name] = text.strip().removesuffix(";")
    return statements


def _is_blank(text: str) -> bool:
    """Whether nothing but comments is there."""
    return all(line.startswith("--") or not line.strip() for line in text.splitlines())
