"""The read side: what a table looks like, to everybody who looks."""
