"""The database: numbered SQL files that go one way, and the PostgreSQL that comes along."""
