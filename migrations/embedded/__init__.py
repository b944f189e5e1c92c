"""The PostgreSQL that we start ourselves when none is named."""
