-- name: roll back rather than make everybody else wait behind a migration that waits for a table
set local lock_timeout = '10s';
