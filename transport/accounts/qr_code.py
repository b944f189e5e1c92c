"""A link as a QR code, for the phones around a table."""

from __future__ import annotations

import segno


def qr_rows(text: str) -> list[str]:
    """The rows from the top, of 0 and 1 (dark), without the free edge of four that a reader needs around them."""
    # "m" still reads with a sixth of it covered or blurred, and a link stays small enough for a phone at arm's length.
    code = segno.make_qr(text, error="m")
    return ["".join(str(int(cell)) for cell in row) for row in code.matrix]
