"""The files that browsers load, and pages that need no server."""
