from __future__ import annotations

import pytest
import zxingcpp

from transport.accounts.qr_code import qr_rows

DOTS = 6
EDGE = 4


def picture_of(rows: list[str]) -> memoryview:
    """Grey dots, several to a module, with the empty edge around it."""
    side = len(rows) + 2 * EDGE
    white = "0" * side
    padded = [white] * EDGE + ["0" * EDGE + row + "0" * EDGE for row in rows] + [white] * EDGE
    dots = bytes(
        0 if module == "1" else 255 for row in padded for _ in range(DOTS) for module in row for _ in range(DOTS)
    )
    return memoryview(dots).cast("B", shape=[side * DOTS, side * DOTS])


@pytest.mark.parametrize(
    "link",
    ["http://127.0.0.1:8080/join#kT2x0pJ8m1yq5Zc7bV3nL9wR4sD6fG0hXaQeUiOpYtE", "https://a.example/join#" + "_-" * 21],
)
def test_a_camera_reads_the_link(link: str) -> None:
    """What a reader of QR codes finds in the rows is the link, letter by letter."""
    rows = qr_rows(link)
    assert {len(row) for row in rows} == {len(rows)}
    (found,) = zxingcpp.read_barcodes(picture_of(rows))
    assert (found.text, found.format) == (link, zxingcpp.BarcodeFormat.QRCode)
