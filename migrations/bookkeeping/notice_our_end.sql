-- name: when this program is killed, undo its work and free its turn within a second, even in a long statement
set client_connection_check_interval = '1s';
