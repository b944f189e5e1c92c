-- name: who holds the turn, for the one who waits
select format('%s, process %s', usename, pid)
from pg_locks inner join pg_stat_activity using (pid)
where relation = 'public.schema_migrations'::regclass and mode = 'ShareRowExclusiveLock' and granted
