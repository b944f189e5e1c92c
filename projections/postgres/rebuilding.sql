-- hold_for_long: for the connection that does nothing but hold the turn
select pg_catalog.set_config('idle_in_transaction_session_timeout', '0', true);

-- try_rebuild: one at a time makes the tables anew, as long as the transaction lasts
lock table public.rebuild_turn in exclusive mode nowait;

-- forget_halves: what an interrupted rebuild left
drop schema if exists analytics_rebuild cascade;

-- forget_old: the tables before the swap, which an interrupted rebuild may have left too
drop schema if exists analytics_tables_old cascade;

-- schema: for the second set of tables
create schema analytics_rebuild;

-- tables: those that have to be there
select table_name from information_schema.tables
where table_schema = 'analytics_tables' and table_type = 'BASE TABLE'
order by table_name;

-- let_servers_feed: the new tables as they may feed the old ones
do $$
declare
    server text := (select server_role from public.database_access);
begin
    execute format('grant usage on schema analytics_rebuild to %I', server);
    execute format('grant select, insert, update, delete on all tables in schema analytics_rebuild to %I', server);
end
$$;

-- indexes: those of the second set that no statement of the feeding looks into, with the statements that make them
select pg_class.relname, pg_get_indexdef(pg_class.oid)
from pg_index
inner join pg_class on pg_class.oid = pg_index.indexrelid
where pg_class.relnamespace = 'analytics_rebuild'::regnamespace and not indisunique and indpred is null;

-- analyze: so that the first who asks is answered as fast as the second
analyze
analytics_rebuild.session,
analytics_rebuild.reveal,
analytics_rebuild.staged_change,
analytics_rebuild.attendance,
analytics_rebuild.terrain;

-- impatient: who reads the tables is not kept waiting behind us for long
select set_config('lock_timeout', '2s', true);

-- set_aside: the first half of the swap
alter schema analytics_tables rename to analytics_tables_old;

-- set_in_place: the second
alter schema analytics_rebuild rename to analytics_tables;

-- show_session: and so for each of the views
create or replace view analytics.session as select * from analytics_tables.session;

-- show_reveal: as above
create or replace view analytics.reveal as select * from analytics_tables.reveal;

-- show_staged_change: as above
create or replace view analytics.staged_change as select * from analytics_tables.staged_change;

-- show_attendance: as above
create or replace view analytics.attendance as select * from analytics_tables.attendance;

-- show_terrain: as above
create or replace view analytics.terrain as select * from analytics_tables.terrain;

-- show_set_aside: as above
create or replace view analytics.set_aside as select campaign_id, version, why, since from analytics_tables.set_aside;

-- show_progress: as above
create or replace view analytics.progress as select projection, position, stopped_by from analytics_tables.checkpoint;
