-- The table of locks and the queue of notifications are the cluster's: an analyst who signs in to another database, as
-- everybody may unless it was revoked, can fill them from there.
create or replace function public.end_lingering_analysts(
    longest_seconds double precision, fullest_queue double precision
) returns table (analyst text, reason text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    one record;
    most_locks constant integer := 1000;
begin
    for one in
        select
            session.pid,
            session.usename,
            case
                when pg_notification_queue_usage() > fullest_queue then 'the queue of notifications is too full'
                when (select count(*) from pg_locks where pg_locks.pid = session.pid) > most_locks
                    then 'too many locks were held'
                -- What they do elsewhere is the business of others, but for what all databases share.
                when place.datname <> current_database() then null
                when session.xact_start < clock_timestamp() - make_interval(secs => longest_seconds)
                    then 'a transaction took too long'
                when exists (select from pg_locks where pg_locks.pid = session.pid and locktype = 'advisory')
                    then 'an advisory lock was held'
            end as reason
        from pg_stat_activity as session
        inner join pg_database as place on place.oid = session.datid
        cross join public.database_access
        inner join pg_roles as analysts on analysts.rolname = database_access.analyst_role
        inner join pg_roles as servers on servers.rolname = database_access.server_role
        where
            pg_has_role(session.usesysid, analysts.oid, 'member')
            -- Nor who runs the servers, nor superusers, who are members of everything.
            and not pg_has_role(session.usesysid, servers.oid, 'member')
    loop
        if one.reason is not null then
            begin
                if pg_terminate_backend(one.pid, 500) then
                    analyst := one.usename;
                    reason := one.reason;
                    return next;
                end if;
            exception
                when insufficient_privilege then
                    raise warning 'the session of % can not be ended: %', one.usename, sqlerrm;
            end;
            if one.reason = 'too many locks were held' and (select rolcanlogin from pg_roles where rolname = one.usename) then
                begin
                    -- To take them all again would be done in a moment.
                    execute format('alter role %I nologin', one.usename);
                exception
                    -- Another server does the same at the same moment.
                    when insufficient_privilege or out_of_memory or internal_error then
                        raise warning '% can sign in again: %', one.usename, sqlerrm;
                end;
            end if;
        end if;
    end loop;
end
$$;

comment on function public.end_lingering_analysts(double precision, double precision) is
'Ends sessions of analysts of this database, wherever they are, that could be in the way of play; says whose and why. Who takes locks by the thousand can not sign in any more.';
