-- session: every name that is used here has its schema
select pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false);

-- impatient: writers wait behind us from the moment when we ask for the log, so we ask for a moment only
select set_config('lock_timeout', '5s', true);

-- hold_campaign: whether the campaign is open; no row where there is none, though it may have left a log
select closed_at is null from public.campaign where campaign_id = %(campaign)s for update;

-- count_events: how much would go
select count(*) from public.event_log where campaign_id = %(campaign)s;

-- tables: all that know campaigns, whichever version made them; a row that refers to the campaign comes before it
select pg_namespace.nspname, pg_class.relname
from pg_class
inner join pg_namespace on pg_namespace.oid = pg_class.relnamespace
inner join pg_attribute on pg_attribute.attrelid = pg_class.oid
where
    pg_class.relkind in ('r', 'p')
    and pg_attribute.attname = 'campaign_id' and not pg_attribute.attisdropped
    and (pg_namespace.nspname = 'public' or pg_namespace.nspname like 'analytics%')
order by pg_class.oid = 'public.campaign'::regclass, pg_class.oid = 'public.event_log'::regclass, 1, 2;

-- unlock_log: until the commit nobody else writes to it, so that nobody else can change it either
alter table public.event_log disable trigger event_log_refuses_change;

-- lock_log: as it was
alter table public.event_log enable trigger event_log_refuses_change;
