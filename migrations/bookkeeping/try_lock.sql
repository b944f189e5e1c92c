-- name: take the lock of migrations without waiting; the number is arbitrary and ours alone
select pg_try_advisory_lock(4606185214157);
