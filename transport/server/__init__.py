"""A running server: the application, its port, and its end."""
