"""Rehearsals: a script of an evening, played by real clients, and a check that everybody knows what they should."""

from transport.rehearsal.run import rehearse

__all__ = ["rehearse"]
