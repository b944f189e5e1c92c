from __future__ import annotations

from transport.client.links import server_of, token_of


def test_whole_link() -> None:
    """Of a whole link the token and the server are found."""
    assert token_of(" https://play.example:8443/join#abc_-1\n") == "abc_-1"
    assert server_of(" https://play.example:8443/join#abc_-1\n") == "https://play.example:8443"


def test_bare_token() -> None:
    """A bare token is taken as it is, and names no server."""
    assert token_of("abc_-1") == "abc_-1"
    assert server_of("abc_-1") is None
