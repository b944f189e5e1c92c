-- name: a program that freezes in the middle gives up what it holds
set idle_in_transaction_session_timeout = '60s';
