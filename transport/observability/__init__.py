"""For operators: the log, and one command followed by lines in it or by traces."""
