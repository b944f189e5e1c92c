"""The write side: what may happen at a table. Imports nothing of ours and, but for the event store, does no I/O."""
