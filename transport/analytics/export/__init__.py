"""The log and the tables as files to take home."""

from transport.analytics.export.run import Wanted, export

__all__ = ["Wanted", "export"]
