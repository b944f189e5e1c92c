-- name: our own statements name the schema of each table, and of functions they call those of PostgreSQL alone
set search_path = pg_catalog, pg_temp;
