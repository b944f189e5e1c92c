-- name: one at a time migrates, in this transaction; refused at once while another does
lock table public.schema_migrations in share row exclusive mode nowait;
