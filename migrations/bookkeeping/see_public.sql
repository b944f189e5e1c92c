-- name: the first files name no schemas
set local search_path = public, pg_temp;
