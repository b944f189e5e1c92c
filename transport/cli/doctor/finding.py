"""What a check has found."""

from __future__ import annotations

from typing import Literal, NamedTuple

Verdict = Literal["ok", "look", "wrong"]


class Finding(NamedTuple):
    """`wrong`: a promise would be broken; `look`: it is kept, at a price or by luck."""

    verdict: Verdict
    what: str
    said: str


def found(is_well: bool, what: str, well: str, ill: str, otherwise: Verdict = "wrong") -> Finding:
    return Finding("ok", what, well) if is_well else Finding(otherwise, what, ill)
