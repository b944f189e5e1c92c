"""The version of a file format, as it stands in a file."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator


def _number(value: Any) -> Any:
    """Python takes `true` and `1.0` for 1, but other readers of such a file need not."""
    return value if type(value) is int else None


VersionOne = Annotated[Literal[1], BeforeValidator(_number)]
"""The number 1 and nothing else."""
