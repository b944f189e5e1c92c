"""The library that draws reports, which is an extra."""

from __future__ import annotations

from domain.refusals import Refused


class CannotDraw(Refused):
    """A package is missing, which whoever runs the server can install."""

    code = "not_installed"

    def __init__(self) -> None:
        super().__init__("Reports need plotly: pip install 'fogbound[analysis]'")


def drawing_library() -> bytes:
    """plotly.js, 5 MB. Raises CannotDraw."""
    try:
        from plotly.offline import get_plotlyjs
    except ImportError:
        raise CannotDraw from None
    return str(get_plotlyjs()).encode()
