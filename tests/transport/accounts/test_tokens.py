"""The secrets that people hold."""

from __future__ import annotations

import base64
import hashlib

from transport.accounts.tokens import hash_token, join_link, new_token


def test_tokens_are_256_random_bits() -> None:
    """Each is new, holds 32 bytes, and needs no escaping in a link or a cookie."""
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert {len(base64.urlsafe_b64decode(token + "=")) for token in tokens} == {32}
    assert all(token.replace("-", "").replace("_", "").isalnum() for token in tokens)


def test_the_hash_is_plain_sha_256() -> None:
    """And takes whatever a client sends, as it comes."""
    assert hash_token("abc") == hashlib.sha256(b"abc").digest()
    assert len(hash_token("\ud800\x00é")) == 32


def test_a_links_token_is_not_sent() -> None:
    """It stands behind the #, which a browser keeps to itself."""
    assert join_link("https://fog.example", "TOKEN") == "https://fog.example/join#TOKEN"
