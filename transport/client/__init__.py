"""A client in Python, and the reference for who writes one; see docs/client.md."""

from transport.client.client import Client
from transport.client.errors import ClientError, Closed, CommandRefused, RequestRefused, Unreachable

__all__ = ["Client", "ClientError", "Closed", "CommandRefused", "RequestRefused", "Unreachable"]
