-- name: remember which files this database has applied; of two who do it at once one may fail
create table if not exists public.schema_migrations (
    number integer primary key,
    name text not null,
    sha256 text not null,
    applied_at timestamptz not null default now()
);
