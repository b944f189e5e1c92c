-- name: whether this database was ever migrated
select to_regclass('public.schema_migrations') is not null;
