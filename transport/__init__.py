"""The edge: how people reach a table."""
