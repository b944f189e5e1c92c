"""How much there is in a text of JSON: a few characters become many bytes of memory, and take time to make."""

from __future__ import annotations

MOST_CONTAINERS = 800_000
"""Objects and lists: eight for each hex of the largest map."""

MOST_VALUES = 1_500_000
"""About, by their commas: fifteen for each hex."""


def too_much(body: bytes) -> str | None:
    """What there is too much of; None if the text can be read. What stands in texts counts as well."""
    if body.count(b"{") + body.count(b"[") > MOST_CONTAINERS:
        return f"more than {MOST_CONTAINERS} objects and lists"
    if body.count(b",") > MOST_VALUES:
        return f"more than {MOST_VALUES} values"
    return None
