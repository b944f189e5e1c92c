-- limit_session: a call is answered soon or fails, and one that freezes in the middle is not in the way of the others
select
    set_config('statement_timeout', '5s', false),
    set_config('idle_in_transaction_session_timeout', '5s', false);
