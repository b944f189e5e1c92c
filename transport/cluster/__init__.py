"""What servers that share a database know of each other."""
