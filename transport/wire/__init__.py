"""The protocol without a socket: frames read and written, JSON, and what is wrong with a message."""
