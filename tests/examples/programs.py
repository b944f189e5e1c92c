"""The programs in examples/, which are no package: they are run as files."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parents[2] / "examples"


def load(name: str) -> dict[str, Any]:
    """The names that the program defines; it is run as when another one imports it."""
    # They import each other, as they can when started from their own folder.
    sys.path.insert(0, str(EXAMPLES))
    try:
        return runpy.run_path(str(EXAMPLES / name))
    finally:
        sys.path.remove(str(EXAMPLES))
