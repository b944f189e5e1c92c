"""The secrets that people hold: session cookies and the tokens in links."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    """256 random bits as 43 characters that need no escaping in a link or a cookie."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """The SHA-256 that is stored instead of the token.

    Takes whatever a client sends. No salt and no slow hash: there are no guessable tokens.
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def join_link(base_url: str, token: str) -> str:
    """A link for a person. What stands behind the # browsers keep to themselves: it reaches no log."""
    return f"{base_url}/join#{token}"
