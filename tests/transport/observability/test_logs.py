"""What goes into the logs, and what does not."""

from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = """
import logging
import structlog
from transport.observability.logs import set_up_logs

set_up_logs()
structlog.get_logger().info("listening", url="http://here")
try:
    secret = "the-cookie"
    raise ValueError("went wrong")
except ValueError:
    structlog.get_logger().exception("room failed")
    logging.getLogger("aiohttp.server").exception("of a library")
logging.getLogger("asyncio").warning("slow %s", "loop")
"""


def test_logs_are_json_lines_without_secrets() -> None:
    """Ours and the libraries' come in one form, with tracebacks but without the values of variables."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["event"] for line in lines] == ["listening", "room failed", "of a library", "slow loop"]
    assert [line["level"] for line in lines] == ["info", "error", "error", "warning"]
    assert "went wrong" in done.stderr
    assert "the-cookie" not in done.stderr
