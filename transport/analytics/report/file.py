"""A report as a single file that opens without a server or a network."""

from __future__ import annotations

from collections.abc import Mapping

from transport.web.drawing_library import drawing_library
from transport.web.enclosed import block, head, tail


def report_file(report: Mapping[str, object]) -> bytes:
    """The page. Raises CannotDraw."""
    # In no script of the library the closing tag occurs, which would end it here.
    library = b"<script>" + drawing_library().replace(b"</script", b"<\\/script") + b"</script>\n"
    begin = head("report.js", ("page", "report"), root=' data-theme="light"', scheme="light")
    return begin + block("report", report) + library + tail("report.js", "report")
