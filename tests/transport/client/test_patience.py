from __future__ import annotations

from typing import Any

import pytest

from tests.transport.client.patience_examples import EXAMPLES
from transport.client.patience import Patience


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["promise"])
def test_it_ends_when_it_should(example: dict[str, Any]) -> None:
    """As the example promises."""
    patience = Patience(0)
    for at, what, *more in example["steps"]:
        match what:
            case "awaits":
                patience.awaits(at, *more)
            case _:
                patience.heard(at, state_is_due=what == "heard before a state")
    assert patience.ends == example["ends"]
