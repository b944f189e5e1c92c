-- queue_usage: how full PostgreSQL's queue of notifications is, from 0 to 1
select pg_notification_queue_usage();

-- end_lingering: sessions of analysts that take too long, or hold what others wait for; whose, and why
select analyst, reason from public.end_lingering_analysts(%(longest_seconds)s, %(fullest_queue)s);
