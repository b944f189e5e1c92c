"""What a database is like for those who want to serve from it."""
