"""Invite and sign-in links as people pass them on."""

from __future__ import annotations


def token_of(link: str) -> str:
    """The token behind the `#` of a link, or the text itself if it is just a token."""
    return link.strip().rpartition("#")[2]


def server_of(link: str) -> str | None:
    """`scheme://host[:port]` of a whole link; None for a bare token."""
    address, separator, _ = link.strip().partition("/join#")
    return address if separator else None
