-- name: the files that this database has applied, in order
select number, name, sha256 from public.schema_migrations order by number;
