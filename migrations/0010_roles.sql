-- Servers run in a role of their own, and whoever may log in may no longer stop them: turns are taken by locks on tables,
-- which need a right on the table, and no longer by advisory locks, which need none. What each role may do, and its
-- name, is in access/access.sql, which every `fogbound migrate` applies again.

create table public.database_access (
    is_only boolean primary key default true check (is_only),
    database oid not null,
    server_role text not null,
    analyst_role text not null,
    channel_key text not null default 'fogbound_' || replace(gen_random_uuid()::text, '-', '')
);

comment on table public.database_access is 'One row: who may do what in this database. Analysts may not read it.';
comment on column public.database_access.database is
'The database for which the roles were named. A copy has another one, and gets roles of its own by `fogbound migrate`.';
comment on column public.database_access.server_role is 'In which servers work, whoever they have signed in as.';
comment on column public.database_access.analyst_role is 'Whose members read the schema analytics.';
comment on column public.database_access.channel_key is
'Random: with it begin the names of the channels on which servers notify each other, so that nobody else does.';

create table public.log_turn ();

comment on table public.log_turn is 'Always empty: whoever writes to event_log holds its lock until the commit.';

create table public.feeding_turn ();

comment on table public.feeding_turn is 'Always empty: whoever feeds the tables of the analysts holds its lock meanwhile.';

create table public.rebuild_turn ();

comment on table public.rebuild_turn is
'Always empty: whoever makes the tables of the analysts anew holds its lock meanwhile.';

create table public.snapshot_turn (slot bigint primary key);

comment on table public.snapshot_turn is 'Whoever adds a snapshot of a campaign has locked the row of its last byte.';

insert into public.snapshot_turn (slot) select generate_series(0, 255);

-- A function, since LOCK TABLE can't be the first statement of a pipeline. The body names no function and no operator, so
-- that it needs no search path of its own, which would cost each append 2.5 us.
create function public.take_turn() returns void language plpgsql as $$
begin
    lock table public.log_turn in exclusive mode;
end
$$;

comment on function public.take_turn() is
'From here to the commit nobody else writes to event_log, so that the order of positions is the order of commits.';

create function public.take_turn_to_insert() returns trigger language plpgsql as $$
begin
    lock table public.log_turn in exclusive mode;
    return null;
end
$$;

-- Our servers have the turn by then. A program that has not, such as an older server, gets it here.
create trigger event_log_takes_turn before insert on public.event_log
for each statement execute function public.take_turn_to_insert();

create function public.try_turn_to_feed() returns boolean language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    lock table public.feeding_turn in exclusive mode nowait;
    return true;
exception
    when lock_not_available then return false;
end
$$;

comment on function public.try_turn_to_feed() is
'Whether nobody else feeds the tables of the analysts from here to the commit. Does not wait.';

create function public.take_turn_to_feed() returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    lock table public.feeding_turn in exclusive mode;
end
$$;

comment on function public.take_turn_to_feed() is 'The same for who waits.';

alter table public.node add column hears_by_key boolean not null default false;

comment on column public.node.hears_by_key is 'False for older servers, which listen on channels that everybody knows.';

create function public.hint_older_servers(channel text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if exists (select from public.node where not node.hears_by_key and node.lease_until > clock_timestamp()) then
        -- Nonsense, so that they look at everything, and nobody who listens learns anything.
        perform pg_notify(channel, '?');
    end if;
end
$$;

create or replace function public.note_change_of_members() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    changed uuid := case when tg_op = 'DELETE' then old.campaign_id else new.campaign_id end;
    counted bigint;
begin
    update public.campaign set roster_version = roster_version + 1 where campaign_id = changed
    returning roster_version into counted;
    if found then
        perform pg_notify(
            (select channel_key || '_members' from public.database_access), changed || ',' || counted
        );
        perform public.hint_older_servers('fogbound_members');
    end if;
    return null;
end
$$;

create or replace function public.note_end_of_sign_in() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    perform pg_notify(
        (select channel_key || '_sign_outs' from public.database_access), encode(old.token_hash, 'hex')
    );
    perform public.hint_older_servers('fogbound_sign_outs');
    return null;
end
$$;

create or replace function public.note_told_from() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    -- At the commit, in turn with whoever appends to the log.
    perform public.take_turn();
    update public.member set told_from = (
        select coalesce(max(version), 0) from public.event_log where event_log.campaign_id = new.campaign_id
    )
    where campaign_id = new.campaign_id and person_id = new.person_id;
    return null;
end
$$;

alter function public.event_log_is_append_only() set search_path = pg_catalog, pg_temp;

create function public.end_lingering_analysts(longest_seconds double precision, fullest_queue double precision)
returns table (analyst text, reason text)
-- With the rights of who migrated: a server's own don't reach other people's sessions.
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    one record;
begin
    for one in
        select
            session.pid,
            session.usename,
            case
                when pg_notification_queue_usage() > fullest_queue then 'the queue of notifications is too full'
                when session.xact_start < clock_timestamp() - make_interval(secs => longest_seconds)
                    then 'a transaction took too long'
                when exists (select from pg_locks where pg_locks.pid = session.pid and locktype = 'advisory')
                    then 'an advisory lock was held'
            end as reason
        from pg_stat_activity as session
        inner join pg_database on pg_database.oid = session.datid
        cross join public.database_access
        inner join pg_roles as analysts on analysts.rolname = database_access.analyst_role
        inner join pg_roles as servers on servers.rolname = database_access.server_role
        where
            pg_database.datname = current_database()
            and pg_has_role(session.usesysid, analysts.oid, 'member')
            -- Nor who runs the servers, nor superusers, who are members of everything.
            and not pg_has_role(session.usesysid, servers.oid, 'member')
    loop
        if one.reason is not null then
            begin
                if pg_terminate_backend(one.pid) then
                    analyst := one.usename;
                    reason := one.reason;
                    return next;
                end if;
            exception
                when insufficient_privilege then
                    raise warning 'the session of % can not be ended: %', one.usename, sqlerrm;
            end;
        end if;
    end loop;
end
$$;

comment on function public.end_lingering_analysts(double precision, double precision) is
'Ends sessions of analysts of this database that could be in the way of play, and says whose and why.';
