"""When something that was asked of the analysts' tables can't be done."""

from __future__ import annotations


class AnalyticsFailed(Exception):
    """Said to the person who asked, without a traceback."""
