"""The event store in PostgreSQL. Only this package and domain.sql know the database."""

from domain.postgres.store import PostgresStore

__all__ = ["PostgresStore"]
