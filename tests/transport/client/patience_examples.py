"""What both clients promise about dead lines, as steps: the Python client and the page are held to them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

EXAMPLES: list[dict[str, Any]] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
"""`steps` are [seconds, what happens, ...] in order; the connection is given up after `ends` seconds."""
