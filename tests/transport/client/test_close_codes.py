from __future__ import annotations

import pytest

from transport.client.close_codes import reconnects


@pytest.mark.parametrize("code", [1000, 1001, 1006, 1009, 1011, 1013, 4008])
def test_reconnects(code: int) -> None:
    """1xxx and 4008 mean: come back."""
    assert reconnects(code)


@pytest.mark.parametrize("code", [4001, 4002, 4003, 4009])
def test_final(code: int) -> None:
    """4001 to 4003 and 4009 mean: stop."""
    assert not reconnects(code)


def test_unknown_codes_are_final() -> None:
    """A code that a newer server may have added does not make the client hammer it."""
    assert not reconnects(4999)
