-- name: note one file, in the transaction that applied it
insert into public.schema_migrations (number, name, sha256) values (%(number)s, %(name)s, %(sha256)s);
