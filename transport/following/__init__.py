"""For operators: one command followed over the servers that share a database, by lines in their logs or by traces."""
