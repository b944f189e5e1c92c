"""Arguments and options that several verbs take."""

from __future__ import annotations

import math
from typing import Annotated
from uuid import UUID

import typer

CampaignArgument = Annotated[UUID, typer.Argument(metavar="CAMPAIGN", help="The campaign's id.")]


def _finite(value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"{value} is no number to count with.")
    return value


Speed = Annotated[
    float | None,
    typer.Option(min=0.01, callback=_finite, help="1: real time.  [default: as fast as it goes]"),
]
