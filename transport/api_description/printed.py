"""A description as the text that is printed, and kept in docs/."""

from __future__ import annotations

import json
from typing import Literal

from transport.api_description import asyncapi, openapi


def printed(what: Literal["asyncapi", "openapi"]) -> str:
    """Always the same for the same program, and easy to compare line by line."""
    document = asyncapi.describe() if what == "asyncapi" else openapi.describe()
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
