-- server: The version and the settings on which a promise rests; how far its clock is.
select
    current_setting('server_version_num')::integer as version_number,
    current_setting('server_version') as version,
    current_setting('fsync') as fsync,
    current_setting('full_page_writes') as full_page_writes,
    current_setting('synchronous_commit') as synchronous_commit,
    pg_is_in_recovery() or current_setting('default_transaction_read_only') = 'on' as is_read_only,
    current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer
    - (select count(*) from pg_stat_activity where backend_type = 'client backend') as free_connections,
    extract(epoch from clock_timestamp())::double precision as clock;

-- refuses_change: Whether the database itself keeps the log from being changed.
select count(*) from pg_trigger
where tgrelid = to_regclass('public.event_log') and tgname = 'event_log_refuses_change' and tgenabled in ('O', 'A');

-- living: How many servers are registered, and live.
select count(*) from public.node where lease_until > clock_timestamp();

-- queue_usage: How full the queue of notifications of the whole cluster is, from 0 to 1.
select pg_notification_queue_usage();

-- write: Something small that has to be on disk before the commit is answered, and leaves nothing behind.
select pg_logical_emit_message(true, 'fogbound', '');

-- set_aside: Campaigns that the tables of the analysts do not go on with: how many, and the first of them.
select count(*), min(campaign_id::text) from analytics.set_aside;
